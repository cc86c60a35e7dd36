"""Which of four shades a value gets, so that each shade is used about equally often and none lies about its range."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final

SHADES: Final = 4


def breaks(values: Iterable[float]) -> list[float]:
    """The highest value of each class, for values above nothing; at most four, fewer where there are few values."""
    found = sorted(value for value in values if value > 0)
    distinct = sorted(set(found))
    if len(distinct) <= SHADES:
        return distinct
    # Equal values never part: a class ends where a value ends.
    quantiles = {found[len(found) * part // SHADES - 1] for part in range(1, SHADES)}
    return sorted({*quantiles, distinct[-1]})


def shade(value: float, limits: Sequence[float]) -> int:
    """The class of a value, from 1; 0 for nothing. With fewer than four classes the darkest are used."""
    if value <= 0 or not limits:
        return 0
    place = min(bisect_left(limits, value), len(limits) - 1)
    return place + 1 + (SHADES - len(limits))


def ranges(values: Iterable[float], limits: Sequence[float]) -> list[tuple[int, float, float]]:
    """For the legend: each shade in use with its lowest and highest value."""
    found: dict[int, list[float]] = {}
    for value in values:
        if value > 0:
            found.setdefault(shade(value, limits), []).append(value)
    return [(number, min(group), max(group)) for number, group in sorted(found.items())]
