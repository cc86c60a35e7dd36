"""Finds out who sends a request."""

import hmac
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from service.access.principals import Principal, Role
from service.access.rates import FREE
from service.instance import Instance
from service.problems import Problem, render

CHALLENGE: Final = 'Bearer realm="Strategraph"'


def authenticate(instance: Instance, request: Request, token: str | None = None) -> Principal | None:
    """Who sends a request; None without a token. A token that is not valid gets 401, even where none is needed.

    A form that has no header to put it in sends its `token` as a field.
    """
    if not request.headers.get("authorization") and not token:
        return None
    principal = _bearer(instance, token.strip()) if token else bearer(instance, request)
    if principal is None:
        raise _invalid()
    return principal


def bearer(instance: Instance, request: Request) -> Principal | None:
    """The same without an error: None for a wrong token too."""
    text = _token(request)
    return None if text is None else _bearer(instance, text)


class WrongTokens:
    """ASGI middleware that answers 401 to a wrong token whatever is asked, so that nobody believes theirs works.

    Other credentials pass: a browser sends those for a proxy in front with every page.
    """

    def __init__(self, app: ASGIApp, instance: Instance) -> None:
        """Wrap an app."""
        self.app = app
        self._instance = instance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what has no token or a good one, and what machines ask whoever they are."""
        if scope["type"] == "http" and not scope["path"].startswith(FREE):
            text = _token(Request(scope))
            if text is not None and _bearer(self._instance, text) is None:
                await render(_invalid())(scope, receive, send)
                return
        await self.app(scope, receive, send)


def _invalid() -> Problem:
    challenge = f'{CHALLENGE}, error="invalid_token"'
    headers = {"WWW-Authenticate": challenge, "Cache-Control": "no-store"}
    return Problem(401, "The token is not valid.", headers=headers)


def _token(request: Request) -> str | None:
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    return text.strip() if scheme.lower() == "bearer" else None


def _bearer(instance: Instance, text: str) -> Principal | None:
    known = instance.settings.write_token
    # Compared in constant time, so that the time of the answer does not give the token away letter by letter.
    if known is not None and hmac.compare_digest(text.encode(), known.encode()):
        return Principal("write-token", Role.admin)
    return instance.tokens.find(text)
