"""Speaks HTTP with an engine, through SPARQLWrapper: one connection for each request, never a redirect.

A redirect could carry the credentials to another host. Every failure becomes one of our own errors, and an answer that
was cut short is never taken for a whole one.
"""

from __future__ import annotations

import base64
import http.client
import math
import re
import urllib.error
import urllib.request
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from SPARQLWrapper import POST, POSTDIRECTLY, SPARQLWrapper

from service.store import trace
from service.store.remote.address import Remote
from service.store.remote.errors import (
    EngineDenied,
    EngineFailed,
    EngineIncomplete,
    EngineTimeout,
    EngineUnable,
    EngineUnreachable,
    RemoteError,
)

AGENT = "Strategraph"
# What of an engine's complaint is passed on.
TOLD = 300
TIMED_OUT = {408, 503, 504}
UNAVAILABLE = {429}


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Takes a redirect for the error that it is here."""

    def redirect_request(self, *args: Any, **more: Any) -> None:
        """Go nowhere."""


def opener_for(remote: Remote, address: str) -> urllib.request.OpenerDirector:
    """What opens one address: no proxy, no redirect, and digest authentication where it is set."""
    handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({}), NoRedirect()]
    if remote.user is not None and remote.auth == "digest":
        passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        passwords.add_password(None, address, remote.user, remote.password or "")
        handlers.append(urllib.request.HTTPDigestAuthHandler(passwords))
    return urllib.request.build_opener(*handlers)


class Wrapper(SPARQLWrapper):
    """SPARQLWrapper with an opener of its own: the library's digest authentication would change all of the process."""

    def __init__(self, remote: Remote, kind: str) -> None:
        """Prepare a request of that kind: SELECT, ASK, CONSTRUCT, DESCRIBE or INSERT."""
        self._kind = kind
        address = remote.update if kind == "INSERT" else remote.query
        self._opener = opener_for(remote, str(address))
        super().__init__(remote.query, updateEndpoint=remote.update, agent=AGENT)
        self.setMethod(POST)
        self.setOnlyConneg(True)
        if remote.token is not None:
            self.addCustomHttpHeader("Authorization", f"Bearer {remote.token}")
        elif remote.user is not None and remote.auth == "basic":
            self.setCredentials(remote.user, remote.password or "")

    def _parseQueryType(self, query: str) -> str:
        """The kind is known; the library would search the whole text for it with regular expressions."""
        return self._kind

    def _query(self) -> tuple[Any, str]:
        return self._opener.open(self._createRequest(), timeout=self.timeout), self.returnFormat


class Body:
    """The body of an answer as a file that notices when it ends too early."""

    def __init__(self, response: http.client.HTTPResponse, place: str) -> None:
        """Read that response."""
        self._response = response
        self._place = place
        length = response.headers.get("content-length")
        self._missing = int(length) if length is not None and length.isdigit() else None
        self.framed = self._missing is not None or "chunked" in response.headers.get("transfer-encoding", "").lower()
        self.failure: RemoteError | None = None

    def read(self, size: int = -1) -> bytes:
        """Read a piece."""
        try:
            piece = self._response.read(None if size < 0 else size)
        except (OSError, http.client.HTTPException) as error:
            raise self._failed(failure_of(error, self._place)) from error
        if self._missing is not None:
            self._missing -= len(piece)
            if not piece and size and self._missing > 0:
                raise self._failed(EngineFailed(f"{self._place} ended its answer too early."))
        return piece

    def close(self) -> None:
        """End the connection, which tells the engine to stop."""
        self._response.close()

    def _failed(self, failure: RemoteError) -> RemoteError:
        """Keep what went wrong for whoever reads, and give another one to raise: that one's frames lead to here."""
        self.failure = failure
        return type(failure)(*failure.args)

    def cause(self) -> RemoteError | None:
        """What ended the answer too early, told once: kept, it would hold all that its frames hold."""
        failure, self.failure = self.failure, None
        return failure


def send(
    remote: Remote,
    kind: str,
    text: str,
    *,
    accept: str,
    seconds: float,
    default_graphs: Iterable[str] = (),
    named_graphs: Iterable[str] = (),
) -> tuple[Body, http.client.HTTPResponse]:
    """Send a query, or an update (kind INSERT), and return the answer when its head is there."""
    wrapper = Wrapper(remote, kind)
    wrapper.setQuery(text)
    wrapper.setTimeout(math.ceil(seconds))
    for name, value in {"Accept": accept, **trace.outgoing()}.items():
        wrapper.addCustomHttpHeader(name, value)
    for iri in default_graphs:
        wrapper.addParameter("default-graph-uri", iri)
    for iri in named_graphs:
        wrapper.addParameter("named-graph-uri", iri)
    if kind == "INSERT":
        wrapper.setRequestMethod(POSTDIRECTLY)
    try:
        response = wrapper.query().response
    except (OSError, http.client.HTTPException) as error:
        raise failure_of(error, remote.place) from error
    check_whole(response, remote)
    return Body(response, remote.place), response


def fetch(remote: Remote, graph: str, accept: str, seconds: float) -> Body:
    """Get a graph from the engine's graph store."""
    address = f"{remote.graphs}?{urlencode({'graph': graph})}"
    request = urllib.request.Request(address, headers={"Accept": accept, "User-Agent": AGENT, **trace.outgoing()})  # noqa: S310
    if remote.token is not None:
        request.add_header("Authorization", f"Bearer {remote.token}")
    elif remote.user is not None and remote.auth == "basic":
        pair = f"{remote.user}:{remote.password or ''}".encode()
        request.add_header("Authorization", f"Basic {base64.b64encode(pair).decode()}")
    try:
        response = opener_for(remote, address).open(request, timeout=seconds)
    except (OSError, http.client.HTTPException) as error:
        raise failure_of(error, remote.place) from error
    check_whole(response, remote)
    return Body(response, remote.place)


def check_whole(response: http.client.HTTPResponse, remote: Remote) -> None:
    """Raise for an answer that says that it is not all: Virtuoso cuts at a number of rows, and when time is up."""
    rows = response.headers.get("X-SPARQL-MaxRows")
    state = response.headers.get("X-SQL-State")
    if rows is None and state is None:
        return
    response.close()
    if rows is not None:
        raise EngineIncomplete(
            f"{remote.place} cut the result at {rows} rows: ask for less, in pages, or have its operator raise "
            "ResultSetMaxRows."
        )
    raise EngineTimeout(f"{remote.place} answered in part, because its time was up ({state}).")


def failure_of(error: Exception, place: str) -> RemoteError:
    """Return our own word for what went wrong on the wire."""
    if isinstance(error, RemoteError):
        return error
    if isinstance(error, urllib.error.HTTPError):
        return _refusal(error, place)
    if isinstance(error, TimeoutError) or isinstance(getattr(error, "reason", None), TimeoutError):
        return EngineTimeout(f"{place} did not answer in time.")
    if isinstance(error, http.client.HTTPException | ConnectionResetError):
        return EngineFailed(f"{place} broke off its answer ({type(error).__name__}).")
    return EngineUnreachable(f"{place} cannot be reached ({getattr(error, 'reason', error)}).")


def _refusal(error: urllib.error.HTTPError, place: str) -> RemoteError:
    with error:
        text = error.read(4096).decode("utf-8", "replace")
    told = " ".join(re.sub(r"<[^>]*>", " ", text).split())[:TOLD]
    if error.code in (401, 403, 407):
        return EngineDenied(f"{place} does not accept the credentials of this service (HTTP {error.code}).")
    if error.code in TIMED_OUT or "timeout" in told.lower() or "estimated execution time" in told:
        return EngineTimeout(f"{place} stopped the request because its time was up (HTTP {error.code}).")
    if error.code in UNAVAILABLE:
        return EngineUnreachable(f"{place} is too busy (HTTP {error.code}).")
    if error.code in (400, 422, 501):
        return EngineUnable(f"{place} cannot carry this out: {told or f'HTTP {error.code}'}")
    if error.code == 413:
        return EngineUnable(f"{place} does not take a request of this size.")
    return EngineFailed(f"{place} failed with HTTP {error.code}: {told}")
