"""Tells browsers, with every response, to do nothing with it but what it is for."""

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Pages have a policy of their own; data, errors and styles need nothing at all, wherever somebody opens them.
NOTHING: Final = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox"
ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    # The data is open: a page of any origin may read it.
    "Cross-Origin-Resource-Policy": "cross-origin",
}
HSTS: Final = "max-age=31536000"


class SecurityHeaders:
    """ASGI middleware; a header that a route sets itself stays."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        """Wrap an app; `https` when the public address of the service is one."""
        self.app = app
        self._headers = ALWAYS | ({"Strict-Transport-Security": HSTS} if https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Mark the response."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message.get("headers", ())))
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                policy = headers.setdefault("Content-Security-Policy", NOTHING)
                # For browsers that do not know `frame-ancestors`.
                if "frame-ancestors 'none'" in policy:
                    headers.setdefault("X-Frame-Options", "DENY")
                message = {**message, "headers": headers.raw}
            await send(message)

        await self.app(scope, receive, marked)
