"""The wheel of the seventeen goals, drawn by a template as SVG: each slice is as long as it is covered."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from service.pages.concepts import SDG, Concept, Concepts
from service.pages.language import Language

SIZE: Final = 400.0
_INNER: Final = 62.0
_OUTER: Final = 168.0
_NUMBERS: Final = 184.0
# Between two slices, in radians.
_GAP: Final = 0.018


@dataclass(frozen=True)
class Slice:
    """One goal."""

    iri: str
    number: str
    label: str
    text: str
    level: int
    track: str
    fill: str
    x: float
    y: float


@dataclass(frozen=True)
class Wheel:
    """All of them."""

    title: str
    slices: list[Slice]
    size: float = SIZE


def sdg_wheel(
    concepts: Concepts, share: Callable[[Concept], float], text: Callable[[Concept], str], language: Language
) -> Wheel:
    """The wheel; `share` is how much of a goal is covered, 0 to 1, and `text` says the same in words."""
    goals = concepts.top(SDG)
    slices = [_slice(goal, place, len(goals), share(goal), text(goal), language) for place, goal in enumerate(goals)]
    touched = sum(one.level > 0 for one in slices)
    title = language.gettext("%(covered)s of %(total)s goals covered") % {
        "covered": language.number(touched),
        "total": language.number(len(goals)),
    }
    return Wheel(title, slices)


def _slice(goal: Concept, place: int, count: int, share: float, text: str, language: Language) -> Slice:
    start = 2 * math.pi * place / count - math.pi / 2
    end = 2 * math.pi * (place + 1) / count - math.pi / 2
    middle = (start + end) / 2
    reach = _INNER + (_OUTER - _INNER) * min(max(share, 0.0), 1.0)
    return Slice(
        goal.iri,
        goal.notation,
        str(goal.label(language.code)),
        text,
        math.ceil(share * 4) if share > 0 else 0,
        _ring(start + _GAP, end - _GAP, _INNER, _OUTER),
        _ring(start + _GAP, end - _GAP, _INNER, reach) if share > 0 else "",
        round(SIZE / 2 + _NUMBERS * math.cos(middle), 1),
        round(SIZE / 2 + _NUMBERS * math.sin(middle), 1),
    )


def _ring(start: float, end: float, inner: float, outer: float) -> str:
    """A piece of a ring as an SVG path."""

    def at(angle: float, radius: float) -> str:
        return f"{SIZE / 2 + radius * math.cos(angle):.1f} {SIZE / 2 + radius * math.sin(angle):.1f}"

    return (
        f"M{at(start, inner)}L{at(start, outer)}A{outer:.1f} {outer:.1f} 0 0 1 {at(end, outer)}"
        f"L{at(end, inner)}A{inner:.1f} {inner:.1f} 0 0 0 {at(start, inner)}Z"
    )
