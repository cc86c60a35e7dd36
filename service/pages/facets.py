"""Narrowing a list by facets: which items are left, and how many would be with one more choice."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True)
class Facet(Generic[Item]):
    """One way to narrow: its name in the address and the values an item has."""

    name: str
    values: Callable[[Item], Iterable[str]]


@dataclass(frozen=True)
class Narrowed(Generic[Item]):
    """What is left, and for each facet how many items each value would leave or add."""

    items: list[Item]
    counts: dict[str, Counter[str]]


def narrow(items: Iterable[Item], facets: Sequence[Facet[Item]], chosen: Mapping[str, Sequence[str]]) -> Narrowed[Item]:
    """Keep what has one of the chosen values in every facet; count each facet as if nothing were chosen in it."""
    counts: dict[str, Counter[str]] = {facet.name: Counter() for facet in facets}
    wanted = {name: set(values) for name, values in chosen.items() if values}
    left = []
    for item in items:
        values = {facet.name: frozenset(facet.values(item)) for facet in facets}
        missed = [name for name, choice in wanted.items() if not values[name] & choice]
        if not missed:
            left.append(item)
        for name, own in values.items():
            if not missed or missed == [name]:
                counts[name].update(own)
    return Narrowed(left, counts)
