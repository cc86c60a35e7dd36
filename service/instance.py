"""What a running service consists of, passed to every router instead of living in globals."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeAlias

from starlette.requests import Request

from service.settings import Settings
from service.statistics import StatisticsCache
from service.store.changes import Change
from service.store.draft import Draft
from service.store.generations import Generation, GenerationStore
from service.store.readers import Limits, ReaderPool
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
    writer: WriteQueue = field(init=False)
    """There while the service runs: it has a thread."""

    @property
    def writable(self) -> bool:
        """Whether writes over HTTP are possible at all."""
        return self.settings.write_token is not None and not self.settings.read_only

    def base_url(self, request: Request) -> str:
        """The address of this service as its clients see it, without a slash at the end."""
        return self.settings.base_url or str(request.base_url).rstrip("/")

    def limits(self, timeout: float | None = None) -> Limits:
        """The limits of a query; a client can lower its time, never raise it."""
        limits = limits_of(self.settings)
        return limits if timeout is None else replace(limits, seconds=min(timeout, limits.seconds))

    async def generation(self, number: int | None = None) -> Generation:
        """Return the published generation or a kept one, without blocking the loop on the disk."""
        if number is None:
            return await asyncio.to_thread(self.store.current)
        return await asyncio.to_thread(self.store.generation, number)


def client_of(request: Request) -> str:
    """Whose share of the queue a request uses."""
    return request.client.host if request.client else ""


def limits_of(settings: Settings) -> Limits:
    """The limits that the operator set."""
    return Limits(settings.query_timeout, settings.query_memory, settings.query_rows)
