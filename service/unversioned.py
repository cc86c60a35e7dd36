"""A dataset without versions: no answer claims one, and no request that relies on one is carried out.

A remote engine does not tell when its data changes, so an entity tag would promise what nobody knows.
"""

from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service import problems
from service.dataset_etag import listed

VERSION: Final = "Strategraph-Generation"
READS: Final = ("GET", "HEAD")
REFUSED: Final = (
    "This dataset is on a remote engine, which keeps no versions: {name} cannot be honoured. Nothing was written."
)


class Unversioned:
    """ASGI middleware for a store without versions."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an app."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse conditions on versions, and take versions out of answers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if scope["method"] not in READS:
            for name in ("If-Match", "If-None-Match"):
                if set(listed(headers.get(name))) - {"*"}:
                    problem = problems.Problem(501, REFUSED.format(name=name), headers={"Cache-Control": "no-store"})
                    await problems.render(problem)(scope, receive, send)
                    return

        async def honest(message: Message) -> None:
            if message["type"] == "http.response.start":
                found = MutableHeaders(raw=list(message.get("headers", ())))
                if VERSION in found:
                    for name in (VERSION, "ETag"):
                        if name in found:
                            del found[name]
                message = {**message, "headers": found.raw}
            await send(message)

        await self.app(scope, receive, honest)
