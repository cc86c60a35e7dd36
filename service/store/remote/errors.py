"""What can go wrong with an engine on the other side of a wire, each in one line.

StoreError
  RemoteError
    EngineUnreachable    nobody answers at the address
    EngineDenied         the engine does not accept the credentials of the service
    EngineFailed         it answered with an error, or with something that is no answer
    EngineTimeout        it stopped the request, or did not answer in time
    EngineIncomplete     it cut the result short
    EngineUnable         it cannot keep a promise that the request relies on
"""

from __future__ import annotations

from service.store.errors import StoreError


class RemoteError(StoreError):
    """A request that the engine did not carry out."""


class EngineUnreachable(RemoteError):
    """Nobody answers at the engine's address."""


class EngineDenied(RemoteError):
    """The engine does not accept the credentials of the service."""


class EngineFailed(RemoteError):
    """The engine answered with an error, or with something that is no answer."""


class EngineTimeout(RemoteError):
    """The engine stopped the request, or did not answer in time."""


class EngineIncomplete(RemoteError):
    """The engine cut the result short: a part of an answer is a wrong answer."""


class EngineUnable(RemoteError):
    """The engine cannot keep a promise that the request relies on; nothing was done."""


KINDS: dict[str, type[RemoteError]] = {
    kind.__name__: kind
    for kind in (EngineUnreachable, EngineDenied, EngineFailed, EngineTimeout, EngineIncomplete, EngineUnable)
}
