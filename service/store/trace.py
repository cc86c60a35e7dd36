"""The trace that a request to elsewhere belongs to (W3C Trace Context), in whichever thread or process of ours."""

from __future__ import annotations

from contextvars import ContextVar

_traceparent: ContextVar[str] = ContextVar("traceparent", default="")


def follow(traceparent: str) -> None:
    """What is caused from here on belongs to this trace; to none if it is empty."""
    _traceparent.set(traceparent)


def current() -> str:
    """The trace that is followed; empty if there is none."""
    return _traceparent.get()


def outgoing() -> dict[str, str]:
    """Headers of a request to another service: the trace, and nothing about who asks."""
    return {"traceparent": current()} if current() else {}
