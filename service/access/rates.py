"""How often anybody may ask: a moving window for each address and each token."""

import ipaddress
import math
import time
from collections.abc import Callable
from typing import Final

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from service.access.principals import Principal
from service.problems import Problem, render

# Cheap to answer, and asked often by machines that must not be locked out.
FREE: Final = ("/static/", "/health/", "/metrics", "/favicon.ico")
# A network of this size belongs to one customer, who has all its addresses.
IPV6_PREFIX: Final = 64


class Rates:
    """Counts requests in this process."""

    def __init__(self, per_address: int, per_token: int) -> None:
        """Requests a minute; 0 for no limit."""
        self.change(per_address, per_token)
        self._counter = SlidingWindowCounterRateLimiter(MemoryStorage())

    def change(self, per_address: int, per_token: int) -> None:
        """The same from now on; who asked too often under the old limits begins anew under others."""
        self._limits = {
            "address": RateLimitItemPerMinute(per_address) if per_address else None,
            "token": RateLimitItemPerMinute(per_token) if per_token else None,
        }

    def wait(self, kind: str, key: str) -> float | None:
        """Count a request; None if it may pass, else the seconds until one may."""
        limit = self._limits[kind]
        if limit is None or self._counter.hit(limit, kind, key):
            return None
        return max(self._counter.get_window_stats(limit, kind, key).reset_time - time.time(), 0.0)


class RateLimit:
    """ASGI middleware that answers 429 to whoever asks too often."""

    def __init__(
        self,
        app: ASGIApp,
        rates: Rates,
        bearer: Callable[[Request], Principal | None],
        rejected: Callable[[str], None] = lambda kind: None,
    ) -> None:
        """Wrap an app; `bearer` tells whose token a request carries, None for none or a wrong one."""
        self.app = app
        self._rates = rates
        self._bearer = bearer
        self._rejected = rejected

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the request and pass it on."""
        if scope["type"] != "http" or scope["path"].startswith(FREE):
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        principal = self._bearer(request)
        kind, key = ("token", principal.agent) if principal else ("address", network_of(request))
        wait = self._rates.wait(kind, key)
        if wait is None:
            await self.app(scope, receive, send)
            return
        self._rejected(kind)
        headers = {"Retry-After": str(max(math.ceil(wait), 1)), "Cache-Control": "no-store"}
        whose = "this token" if principal else "your address"
        await render(Problem(429, f"Too many requests from {whose}. Wait, then go on more slowly.", headers=headers))(
            scope, receive, send
        )


def network_of(request: Request) -> str:
    """Whose requests are counted together."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == 4:
        return host
    return str(ipaddress.ip_network((address, IPV6_PREFIX), strict=False))
