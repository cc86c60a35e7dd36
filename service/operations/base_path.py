"""Puts the base path before every link from the root of the site, where the service is published below a path.

Pages, redirects and cookies are written as if the site had a host of its own, and this is the one place that knows
better: a link that a new page writes cannot be forgotten. Without a base path nothing is touched.
"""

import re
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# `//host` is another site. Quotes in texts are escaped, so that this is always an attribute of a tag.
LINKS: Final = re.compile(rb'(\s(?:href|src|action|formaction|poster|data-[a-z-]+)=")/(?!/)')
ROOT: Final = re.compile(rb"<html(?=[\s>])")
LINK_HEADER: Final = re.compile(r"<(?=/(?!/))")
COOKIE_PATH: Final = re.compile(r"(;\s*path=)/(?=;|$)", re.IGNORECASE)


class BasePath:
    """ASGI middleware that rewrites what an app below it sends."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an app."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and rewrite its answer if there is a base path."""
        prefix = scope.get("base_path", "")
        await self.app(scope, receive, _Rewritten(send, prefix) if prefix else send)


class _Rewritten:
    """Sends an answer with the base path; pages are held back until they are whole."""

    def __init__(self, send: Send, prefix: str) -> None:
        self._send = send
        self._prefix = prefix
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = rewritten_headers(MutableHeaders(raw=list(message.get("headers", ()))), self._prefix)
            message = {**message, "headers": headers.raw}
            page = headers.get("content-type", "").startswith(("text/html", "application/xhtml+xml"))
            if page and "content-encoding" not in headers:
                self._start = message
                return
        elif message["type"] == "http.response.body" and self._start is not None:
            self._body += message.get("body", b"")
            if message.get("more_body"):
                return
            body = rewritten_page(self._body, self._prefix)
            headers = MutableHeaders(raw=self._start["headers"])
            if "content-length" in headers and self._body:
                headers["content-length"] = str(len(body))
            await self._send({**self._start, "headers": headers.raw})
            self._start = None
            message = {**message, "body": body}
        await self._send(message)


def rewritten_headers(headers: MutableHeaders, prefix: str) -> MutableHeaders:
    """Put the base path into redirects, links and cookies."""
    found = []
    for name, value in headers.raw:
        text = value.decode("latin-1")
        if name == b"location" and text.startswith("/") and not text.startswith("//"):
            text = prefix + text
        elif name == b"link":
            text = LINK_HEADER.sub(f"<{prefix}", text)
        elif name == b"set-cookie":
            text = COOKIE_PATH.sub(rf"\g<1>{prefix}/", text)
        found.append((name, text.encode("latin-1")))
    return MutableHeaders(raw=found)


def rewritten_page(body: bytes, prefix: str) -> bytes:
    """Put the base path before the links of a page; scripts find it at the root element."""
    path = prefix.encode()
    page = LINKS.sub(rb"\g<1>" + path + b"/", body)
    return ROOT.sub(b'<html data-base="' + path + b'"', page, count=1)


def public_address(base_url: str | None, request: Request) -> str:
    """The address of the service as its clients see it, without a slash at the end."""
    return base_url or str(request.base_url).rstrip("/") + request.scope.get("base_path", "")
