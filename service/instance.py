"""What a running service consists of, passed to every router instead of living in globals."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from starlette.requests import Request

from service.access.principals import Role
from service.access.tokens import Tokens
from service.operations.base_path import public_address
from service.operations.records import RequestRecord, WriteRecord
from service.protocol import NO_WISH, Wish
from service.settings import Settings
from service.statistics import StatisticsCache
from service.store.changes import Change
from service.store.draft import Draft
from service.store.generations import Generation, GenerationStore
from service.store.readers import Limits, ReaderPool
from service.store.remote.store import RemoteStore, unable
from service.store.where import WhereReaders
from service.store.writer import WriteQueue


class ValidationReport(Protocol):
    """What the HTTP side needs to know of a validation."""

    @property
    def accepted(self) -> bool:
        """Whether nothing in it stops a write."""

    def as_json(self, language: str = "en") -> dict[str, Any]:
        """Return the findings, readable in that language."""


Validate: TypeAlias = Callable[[Draft, Change], ValidationReport | None]


@dataclass
class Instance:
    """The parts of one service."""

    settings: Settings
    store: GenerationStore
    pool: ReaderPool
    statistics: StatisticsCache
    validate: Validate | None = None
    request_observers: list[Callable[[RequestRecord], None]] = field(default_factory=list)
    write_observers: list[Callable[[WriteRecord], None]] = field(default_factory=list)
    reloaders: list[Callable[[Settings], None]] = field(default_factory=list)
    """What takes settings that changed while the service runs and does not look for them itself."""
    stopping: bool = False
    """Whether the service was told to end."""
    tokens: Tokens = field(init=False)
    where: WhereReaders = field(init=False)
    """Finds what the WHERE of updates asks for."""
    writer: WriteQueue = field(init=False)
    """There while the service runs: it has a thread."""

    def __post_init__(self) -> None:
        """The tokens lie with the store, and updates read it."""
        self.tokens = Tokens(self.store.path)
        self.where = WhereReaders(self.store)

    @property
    def writable(self) -> bool:
        """Whether writes over HTTP are possible at all."""
        if self.settings.read_only:
            return False
        return self.settings.write_token is not None or any(
            token.valid and token.principal.role >= Role.proposer for token in self.tokens.all()
        )

    def base_url(self, request: Request) -> str:
        """The address of this service as its clients see it, without a slash at the end."""
        return public_address(self.settings.base_url, request)

    def tell_write(self, record: WriteRecord) -> None:
        """Let those who count writes know of one that is over."""
        for observe in self.write_observers:
            observe(record)

    def limits(self, wish: Wish = NO_WISH, *, trusted: bool = False) -> Limits:
        """The limits of a query: a client can lower them, and raise them to the operator's caps with a token."""
        default = limits_of(self.settings)
        most = token_limits_of(self.settings) if trusted else default
        return Limits(
            default.seconds if wish.seconds is None else min(wish.seconds, most.seconds),
            default.megabytes if wish.megabytes is None else min(wish.megabytes, most.megabytes),
            default.rows if wish.rows is None else min(wish.rows, most.rows),
        )

    async def generation(self, number: int | None = None) -> Generation:
        """Return the published generation or a kept one, without blocking the loop on the disk."""
        if number is None:
            return await asyncio.to_thread(self.store.current)
        if isinstance(self.store, RemoteStore):
            raise unable(self.store.remote, "older versions")
        return await asyncio.to_thread(self.store.generation, number)


def client_of(request: Request) -> str:
    """Whose share of the queue a request uses."""
    return request.client.host if request.client else ""


def token_limits_of(settings: Settings) -> Limits:
    """The limits that bearers of a token can ask for, never below the others."""
    default = limits_of(settings)
    return Limits(
        max(settings.token_query_timeout, default.seconds),
        max(settings.token_query_memory, default.megabytes),
        max(settings.token_query_rows, default.rows),
    )


def update_limits_of(settings: Settings) -> Limits:
    """The limits of an update."""
    return Limits(settings.update_timeout, settings.update_memory, settings.update_rows)


def limits_of(settings: Settings) -> Limits:
    """The limits that the operator set."""
    return Limits(settings.query_timeout, settings.query_memory, settings.query_rows)
