"""Life behind a proxy: who really asks, by which scheme, host and base path; believed only of proxies that are trusted.

ASGI middleware around everything else: what is inside sees the client's own address and paths without the base path.
"""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Headers: TypeAlias = list[tuple[bytes, bytes]]
HOST: Final = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")
PREFIX: Final = re.compile(r"(?:/[A-Za-z0-9._~-]+)*/?")
# One element of RFC 7239: name=value, the value a token or a quoted string without escapes.
PAIR: Final = re.compile(r'\s*([A-Za-z]+)=(?:"([^"\\]*)"|([^\s;,"]+))\s*(?:;|$)')


@dataclass(frozen=True)
class Forwarded:
    """What a trusted proxy says of a request; empty where it says nothing."""

    client: str = ""
    scheme: str = ""
    host: str = ""
    prefix: str = ""


class BehindProxy:
    """Puts the request as the client sent it into the scope, and its base path under `base_path`."""

    def __init__(self, app: ASGIApp, *, trusted: Sequence[Network] = (), base_url: str | None = None) -> None:
        """Believe those proxies; a base URL's path wins over what they say."""
        self.app = app
        self._trusted = trusted
        self._base = urlsplit(base_url).path.rstrip("/") if base_url else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Rewrite the scope and pass it on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        peer = (scope.get("client") or ("",))[0]
        told = read(scope["headers"], self._trusted) if trusts(self._trusted, peer) else Forwarded()
        scope = dict(scope)
        if told.client:
            scope["client"] = (told.client, 0)
        if told.scheme:
            scope["scheme"] = told.scheme
        if told.host:
            others = [(name, value) for name, value in scope["headers"] if name != b"host"]
            scope["headers"] = [(b"host", told.host.encode("ascii")), *others]
        prefix = told.prefix if self._base is None else self._base
        scope["base_path"] = prefix
        if prefix:
            scope["path"] = without(prefix, scope["path"])
            if raw := scope.get("raw_path"):
                scope["raw_path"] = without(prefix, raw.decode("latin-1")).encode("latin-1")
        await self.app(scope, receive, send)


def without(prefix: str, path: str) -> str:
    """A path below the base path; as it is where the proxy has taken the base path away."""
    if path == prefix:
        return "/"
    return path.removeprefix(prefix) if path.startswith(prefix + "/") else path


def trusts(trusted: Sequence[Network], host: str) -> bool:
    """Whether what this address says of a request is believed."""
    address = address_of(host)
    return address is not None and any(address in network for network in trusted)


def address_of(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address as proxies write it: with a port or without, IPv6 in brackets; None for anything else."""
    text = host.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = getattr(found, "ipv4_mapped", None)
    return mapped or found


def read(headers: Headers, trusted: Sequence[Network]) -> Forwarded:
    """Read `Forwarded`, or the `X-Forwarded-` headers where it is missing."""
    prefix = last(headers, b"x-forwarded-prefix")
    prefix = prefix.rstrip("/") if PREFIX.fullmatch(prefix) else ""
    if standard := elements(headers):
        number = nearest_stranger([element.get("for", "") for element in standard], trusted)
        element = standard[number]
        return checked(element.get("for", ""), element.get("proto", ""), element.get("host", ""), prefix)
    clients = ",".join(values(headers, b"x-forwarded-for")).split(",")
    client = clients[nearest_stranger(clients, trusted)]
    return checked(client, last(headers, b"x-forwarded-proto"), last(headers, b"x-forwarded-host"), prefix)


def checked(client: str, scheme: str, host: str, prefix: str) -> Forwarded:
    """Keep what is well-formed."""
    address = address_of(client)
    return Forwarded(
        str(address) if address else "",
        scheme.lower() if scheme.lower() in ("http", "https") else "",
        host if HOST.fullmatch(host) else "",
        prefix,
    )


def nearest_stranger(clients: Sequence[str], trusted: Sequence[Network]) -> int:
    """The last that no trusted proxy is: what stands before it, anybody may have written."""
    for number in range(len(clients) - 1, 0, -1):
        if not trusts(trusted, clients[number]):
            return number
    return 0


def elements(headers: Headers) -> list[dict[str, str]]:
    """The elements of `Forwarded`, one for each proxy; none at all if the header is malformed."""
    found = []
    for text in ",".join(values(headers, b"forwarded")).split(","):
        pairs, place = {}, 0
        while match := PAIR.match(text, place):
            pairs[match[1].lower()] = match[2] if match[2] is not None else match[3]
            place = match.end()
        if place != len(text):
            return []
        if pairs:
            found.append(pairs)
    return found


def values(headers: Headers, name: bytes) -> list[str]:
    """All values of a header."""
    return [value.decode("latin-1") for key, value in headers if key == name]


def last(headers: Headers, name: bytes) -> str:
    """What the nearest proxy wrote, where several wrote one after the other."""
    return ",".join(values(headers, name)).split(",")[-1].strip()
