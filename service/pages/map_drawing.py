"""The map as it is drawn here, for those without scripts and for the moment before they have run."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from service.maps.classes import breaks, ranges, shade
from service.maps.outlines import Frame, Point
from service.pages.addresses import path_of
from service.pages.corpus import Strategy
from service.pages.map_choice import NONE, Choice
from service.pages.map_data import Area, Seats, Spot, middle, positions, spots
from service.pages.page import Page

FRAME: Final = Frame(640)
# How near another name may be, in units of the frame.
APART: Final = (84, 16)
NAMED: Final = 14


@dataclass(frozen=True)
class Shape:
    """A region: its outline, or where it has none a square in its middle."""

    iri: str
    path: str
    middle: Point | None
    shade: int
    title: str
    href: str


@dataclass(frozen=True)
class Dot:
    """A place; the larger the more there is."""

    iri: str
    x: float
    y: float
    radius: float
    kind: str
    title: str
    name: str
    href: str


@dataclass(frozen=True)
class Drawing:
    """All of it."""

    shapes: list[Shape]
    dots: list[Dot]
    legend: list[tuple[int, str]]
    width: float = FRAME.width
    height: float = FRAME.height


async def overview(page: Page, strategies: Iterable[Strategy]) -> Drawing:
    """The four countries with the places that have some strategies."""
    choice = Choice(indicator=NONE)
    places = await positions(page)
    return drawing(page, choice, [], spots(page.corpus, choice, strategies, Seats(), places, ()), places)


def drawing(page: Page, choice: Choice, areas: list[Area], found: list[Spot], places: Mapping[str, Point]) -> Drawing:
    """Draw regions with their shades, and places."""
    limits = breaks(area.value for area in areas)
    shapes = [_shape(page, choice, area, shade(area.value, limits), places) for area in areas]
    if not areas:
        shapes = [*countries(page)]
    legend = [(number, _range(page, choice, low, high)) for number, low, high in ranges(_values(areas), limits)]
    return Drawing(shapes, dots(page, found), legend)


def countries(page: Page) -> Iterable[Shape]:
    """The four countries without values, to show where one is."""
    for code in ("CZ", "HU", "PL", "SK"):
        if geometry := page.site.assets.outlines.get(code):
            yield Shape("", _path(page, code, geometry), None, 0, "", "")


def _path(page: Page, code: str, geometry: Mapping[str, Any]) -> str:
    return page.corpus.keep(("path of", code), lambda: FRAME.path(geometry))


def _shape(page: Page, choice: Choice, area: Area, number: int, places: Mapping[str, Point]) -> Shape:
    geometry = page.site.assets.outlines.get(area.code)
    path = _path(page, area.code, geometry) if geometry else ""
    position = None if geometry else middle(page.corpus, area.code, places)
    title = f"{page.name(area.iri)}: {amount(page, choice, area)}"
    return Shape(area.iri, path, FRAME.place(*position) if position else None, number, title, path_of(area.iri))


def dots(page: Page, places: Iterable[Spot]) -> list[Dot]:
    """Places inside the frame, the largest first; the busiest are named where there is room."""
    found: list[Dot] = []
    for spot in places:
        if FRAME.holds(spot.longitude, spot.latitude):
            x, y = FRAME.place(spot.longitude, spot.latitude)
            name = page.name(spot.iri)
            count = len(spot.strategies) or len(spot.organisations)
            named = len(found) < NAMED and not _near(found, x, y)
            kind = "strategies" if spot.strategies else "organisations"
            radius = round(3 + 1.6 * count**0.5, 1)
            title = f"{name}: {contents(page, spot)}"
            found.append(Dot(spot.iri, x, y, radius, kind, title, name if named else "", path_of(spot.iri)))
    return found


def _near(found: list[Dot], x: float, y: float) -> bool:
    return any(dot.name and abs(dot.x - x) < APART[0] and abs(dot.y - y) < APART[1] for dot in found)


def contents(page: Page, spot: Spot) -> str:
    """What is at a place, in words."""
    parts = []
    if spot.strategies:
        parts.append(page.language.ngettext("%(num)s strategy", "%(num)s strategies", len(spot.strategies)))
    if spot.organisations:
        parts.append(page.language.ngettext("%(num)s organisation", "%(num)s organisations", len(spot.organisations)))
    return ", ".join(parts)


def amount(page: Page, choice: Choice, area: Area) -> str:
    """The value of a region, in words."""
    if not choice.share:
        return page.language.number(area.amount)
    if not area.of:
        return page.gettext("not known")
    share = page.language.percent(area.value)
    return page.gettext("%(share)s (%(part)s of %(whole)s)") % {
        "share": share,
        "part": page.language.number(area.amount),
        "whole": page.language.number(area.of),
    }


def _values(areas: Iterable[Area]) -> list[float]:
    return [area.value for area in areas]


def _range(page: Page, choice: Choice, low: float, high: float) -> str:
    shown = page.language.percent if choice.share else page.language.number
    first, last = shown(low), shown(high)
    return first if first == last else f"{first} – {last}"
