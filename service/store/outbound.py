"""The one door to the outside: fetches an address only if an operator allowed its host.

Used by loaders and by `LOAD`. The host name is checked against the allow-list, then resolved, and the connection is
made to the very address that was checked, so that neither a redirect nor a changing DNS answer leads inside. A host is
allowed with its usual ports; another port is part of the entry (`example.org:8443`).
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

from service.store.errors import StoreError

# Where the loaders' sources are published; see docs/operations.md.
OPEN_DATA_PORTALS = (
    "data.europa.eu",
    "ec.europa.eu",
    "gisco-services.ec.europa.eu",
    "publications.europa.eu",
    "metadata.un.org",
    "unstats.un.org",
    "download.geonames.org",
    "data.jrc.ec.europa.eu",
    "jeodpp.jrc.ec.europa.eu",
    "data.gov.cz",
    "data.gov.pl",
    "dane.gov.pl",
    "data.gov.sk",
    "data.slovensko.sk",
    "raw.githubusercontent.com",
    "www.wikidata.org",
    "query.wikidata.org",
    "zenodo.org",
)
MAX_REDIRECTS = 5
MAX_BYTES = 1 << 30
# What an address may hold as it is; anything else is percent-encoded.
_AS_WRITTEN = "%/:=&?~+!$,;'@()*[]"
MAX_SECONDS = 300.0
PIECE = 1 << 16
REDIRECTS = {301, 302, 303, 307, 308}
# IPv6 addresses that stand for an IPv4 one, and where in them it is; a gateway would go to that.
EMBEDDING = (
    (ipaddress.IPv6Network("::/96"), 0),
    (ipaddress.IPv6Network("::ffff:0:0/96"), 0),
    (ipaddress.IPv6Network("::ffff:0:0:0/96"), 0),
    (ipaddress.IPv6Network("64:ff9b::/96"), 0),
    (ipaddress.IPv6Network("64:ff9b:1::/48"), 0),
    (ipaddress.IPv6Network("2002::/16"), 80),
)
TEREDO = ipaddress.IPv6Network("2001::/32")


class OutboundRefused(StoreError):
    """An address that may not be fetched, and why."""


class OutboundFailed(StoreError):
    """An address that was allowed but did not answer as it should."""


@dataclass(frozen=True)
class Fetched:
    """What came back: the last address, the media type without parameters, the body, and the whole of its type."""

    address: str
    media_type: str
    body: bytes
    content_type: str = ""


Resolve = Callable[[str, int], list[str]]


def resolve(host: str, port: int) -> list[str]:
    """The IP addresses of a host, as the system resolver gives them."""
    try:
        return sorted({str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})
    except OSError as error:
        raise OutboundFailed(f"{host} cannot be resolved: {error}") from error


def fetch(
    address: str,
    *,
    allow: Collection[str],
    accept: str = "*/*",
    headers: Mapping[str, str] | None = None,
    timeout: float = 30.0,
    max_seconds: float = MAX_SECONDS,
    max_bytes: int = MAX_BYTES,
    resolver: Resolve = resolve,
) -> Fetched:
    """Fetch an http(s) address whose host is in `allow`.

    Raises OutboundRefused for anything the allow-list or the address itself forbids, OutboundFailed for network errors,
    error statuses, bodies above `max_bytes`, and answers that take longer than `timeout` to go on, or `max_seconds`.
    """
    deadline = time.monotonic() + max_seconds
    secure = False
    for _ in range(MAX_REDIRECTS + 1):
        host, port, now_secure, target = check(address, allow)
        if secure and not now_secure:
            raise OutboundRefused(f"{address}: a redirect from https to http is not followed")
        secure = now_secure
        ip = public_address(host, port, resolver)
        sent = {**(headers or {}), "Accept": accept, "User-Agent": "Strategraph"}
        answer = _get(_Connection(host, port, ip, secure, timeout), address, target, sent, max_bytes, deadline)
        if isinstance(answer, Fetched):
            return answer
        address = urljoin(address, answer)
    raise OutboundRefused(f"{address}: more than {MAX_REDIRECTS} redirects")


def check(address: str, allow: Collection[str]) -> tuple[str, int, bool, str]:
    """Host, port, TLS or not, and request target of an allowed address; raises OutboundRefused."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise OutboundRefused(f"{address}: not a usable address ({error})") from error
    if parts.scheme not in {"http", "https"}:
        raise OutboundRefused(f"{address}: only http and https addresses are fetched")
    if parts.username or parts.password:
        raise OutboundRefused(f"{address}: addresses with a user name are not fetched")
    host = (parts.hostname or "").rstrip(".").lower()
    secure = parts.scheme == "https"
    allowed = {entry.lower() for entry in allow}
    if f"{host}:{port}" not in allowed and (host not in allowed or port not in (None, 443 if secure else 80)):
        raise OutboundRefused(
            f"{address}: {parts.netloc or 'no host'} is not on the allow-list (STRATEGRAPH_ALLOW_HOSTS)"
        )
    target = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=_AS_WRITTEN)
    return host, port or (443 if secure else 80), secure, target


def public_address(host: str, port: int, resolver: Resolve = resolve) -> str:
    """The first address of a host; raises OutboundRefused if any of them is not one of the public internet."""
    addresses = resolver(host, port)
    for text in addresses:
        ip = ipaddress.ip_address(text.split("%")[0])
        if not all(each.is_global and not each.is_multicast for each in (ip, *_embedded(ip))):
            raise OutboundRefused(f"{host} resolves to {text}, which is not a public address")
    if not addresses:
        raise OutboundFailed(f"{host} has no address")
    return addresses[0]


def _embedded(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> list[ipaddress.IPv4Address]:
    if isinstance(ip, ipaddress.IPv4Address):
        return []
    if ip in TEREDO:
        return [ipaddress.IPv4Address(~int(ip) & 0xFFFFFFFF), ipaddress.IPv4Address(int(ip) >> 64 & 0xFFFFFFFF)]
    return [ipaddress.IPv4Address(int(ip) >> shift & 0xFFFFFFFF) for network, shift in EMBEDDING if ip in network]


class _Connection(http.client.HTTPConnection):
    """A connection to an address that was checked, under the name that was asked for."""

    def __init__(self, host: str, port: int, ip: str, secure: bool, timeout: float) -> None:
        super().__init__(host, port, timeout=timeout)
        self._ip = ip
        self._secure = secure

    def connect(self) -> None:
        self.sock = socket.create_connection((self._ip, self.port), self.timeout)
        if self._secure:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)


def _get(
    connection: _Connection, address: str, target: str, headers: dict[str, str], max_bytes: int, deadline: float
) -> Fetched | str:
    """The answer, or the address it redirects to."""
    try:
        connection.request("GET", target, headers=headers)
        response = connection.getresponse()
        location = response.getheader("Location")
        if response.status in REDIRECTS and location:
            return location
        if response.status != http.client.OK:
            raise OutboundFailed(f"{address} answered {response.status} {response.reason}")
        body = _body(response, address, max_bytes, deadline)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise OutboundFailed(f"{address}: {error}") from error
    finally:
        connection.close()
    content_type = response.getheader("Content-Type") or "application/octet-stream"
    return Fetched(address, content_type.partition(";")[0].strip().lower(), body, content_type)


def _body(response: http.client.HTTPResponse, address: str, max_bytes: int, deadline: float) -> bytes:
    body = bytearray()
    while piece := response.read1(PIECE):
        body += piece
        if len(body) > max_bytes:
            raise OutboundFailed(f"{address} is larger than {max_bytes} bytes")
        if time.monotonic() > deadline:
            raise OutboundFailed(f"{address} takes too long to answer")
    if response.length:
        raise OutboundFailed(f"{address} ended {response.length} bytes before its end")
    return bytes(body)
