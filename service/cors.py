"""Lets pages of any origin use the service: everything here is public, and writes carry a token, never a cookie."""

from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

Headers = list[tuple[bytes, bytes]]
ORIGIN: Headers = [(b"access-control-allow-origin", b"*")]
EXPOSED: Headers = [
    (
        b"access-control-expose-headers",
        b"ETag, Link, Location, Retry-After, X-Request-Id, Allow, Accept-Post, WWW-Authenticate, "
        b"Strategraph-Generation, Strategraph-Engine, Strategraph-Validation",
    )
]
PREFLIGHT: Headers = [
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, DELETE, OPTIONS"),
    (b"access-control-max-age", b"86400"),
]
# The wildcard does not cover Authorization.
ASKED_HEADERS = b"accept, authorization, content-type, if-match, if-none-match"


class Cors:
    """ASGI middleware; unlike Starlette's, it marks every response, so that a shared cache serves every origin."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an app."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a preflight, or mark the response."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asked = dict(scope["headers"])
        if scope["method"] == "OPTIONS" and b"access-control-request-method" in asked:
            allowed = asked.get(b"access-control-request-headers", ASKED_HEADERS)
            headers = [*ORIGIN, *PREFLIGHT, (b"access-control-allow-headers", allowed)]
            await send({"type": "http.response.start", "status": 204, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*without_cors(message.get("headers", ())), *ORIGIN, *EXPOSED]
            await send(message)

        await self.app(scope, receive, marked)


def without_cors(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Drop what a route set itself: two of these headers would make a browser refuse the response."""
    return [(name, value) for name, value in headers if not name.lower().startswith(b"access-control-allow-origin")]
