"""Finds out who sends a request."""

import hmac
from typing import Final

from starlette.requests import Request

from service.access.principals import Principal, Role
from service.instance import Instance
from service.problems import Problem

CHALLENGE: Final = 'Bearer realm="Strategraph"'


def authenticate(instance: Instance, request: Request, token: str | None = None) -> Principal | None:
    """Who sends a request; None without a token. A token that is not valid gets 401, even where none is needed.

    A form that has no header to put it in sends its `token` as a field.
    """
    if not request.headers.get("authorization") and not token:
        return None
    principal = _bearer(instance, token.strip()) if token else bearer(instance, request)
    if principal is None:
        challenge = f'{CHALLENGE}, error="invalid_token"'
        raise Problem(401, "The token is not valid.", headers={"WWW-Authenticate": challenge})
    return principal


def bearer(instance: Instance, request: Request) -> Principal | None:
    """The same without an error: None for a wrong token too."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    return _bearer(instance, text.strip()) if scheme.lower() == "bearer" else None


def _bearer(instance: Instance, text: str) -> Principal | None:
    known = instance.settings.write_token
    # Compared in constant time, so that the time of the answer does not give the token away letter by letter.
    if known is not None and hmac.compare_digest(text.encode(), known.encode()):
        return Principal("write-token", Role.admin)
    return instance.tokens.find(text)
