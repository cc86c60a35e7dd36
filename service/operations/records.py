"""What is told of a request and of a write that is over; of a query, see service/store/query.py."""

import time
from dataclasses import dataclass


@dataclass(frozen=True)
class RequestRecord:
    """One request that has been answered."""

    method: str
    route: str
    """The template of its address, such as /sdg/{code}; never the address itself."""
    status: int
    seconds: float
    size: int
    aborted: str = ""
    """Why the answer was cut before its end."""


@dataclass(frozen=True)
class WriteRecord:
    """One write that was published or refused."""

    outcome: str
    waited: float
    """Seconds until its turn came."""
    seconds: float
    """Seconds from its turn to its publication."""
    validated: float = 0.0
    """Seconds of them that the shapes took."""
    applied: float = 0.0
    """Seconds of them before the shapes were asked."""
    generation: int | None = None


class WriteTimes:
    """Times one write; its turn may come more than once, when another of its group fails."""

    def __init__(self) -> None:
        """The write is queued now."""
        self._queued = self._turn = self._applied = time.monotonic()
        self._validated = 0.0

    def begin(self) -> None:
        """Its turn has come."""
        self._turn = self._applied = time.monotonic()
        self._validated = 0.0

    def applied(self) -> None:
        """The change is known, and the shapes are asked next."""
        self._applied = time.monotonic()

    def validated(self) -> None:
        """The shapes have answered."""
        self._validated = time.monotonic() - self._applied

    def end(self, outcome: str, generation: int | None = None) -> WriteRecord:
        """It is published, or refused."""
        seconds = time.monotonic() - self._turn
        return WriteRecord(
            outcome, self._turn - self._queued, seconds, self._validated, self._applied - self._turn, generation
        )


OUTCOMES = {400: "refused", 403: "forbidden", 404: "missing", 409: "conflict", 412: "precondition", 422: "invalid"}


def write_outcome(status: int) -> str:
    """Name what became of a write that failed with this status."""
    return OUTCOMES.get(status, "busy" if status == 503 else "failed")
