"""The list of strategies: facets that count, order, table or cards; the address holds all of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Query, Request, Response

from service.pages.addresses import region_iri
from service.pages.concepts import GREEN_DEAL, SDG, SMART, natural
from service.pages.corpus import CONCEPTS, NAMES, STRATEGIES, Strategy
from service.pages.facets import Facet, narrow
from service.pages.language import fold, msg
from service.pages.map_choice import NONE
from service.pages.map_data import positions
from service.pages.map_drawing import overview
from service.pages.map_script import attributes, geojson_address, open_policy
from service.pages.page import Page
from service.pages.site import NavItem, Site
from service.pages.tables import Cell, Column, Table

NAV: Final = NavItem(msg("Strategies"), "/strategies", 10, ("/id/strategy",))
SIZE: Final = 25
VIEWS: Final = {"table": msg("Table"), "cards": msg("Cards"), "map": msg("Map")}
SORTS: Final = {
    "title": msg("Title"),
    "place": msg("Place"),
    "newest": msg("Newest first"),
    "oldest": msg("Oldest first"),
    "coverage": msg("Broadest coverage first"),
}
TITLES: Final = {
    "country": msg("Country"),
    "region": msg("Region"),
    "kind": msg("Kind"),
    "level": msg("Level"),
    "goal": msg("Sustainable Development Goal"),
    "dimension": msg("SMART dimension"),
    "area": msg("SMART area"),
    "green-deal": msg("Green Deal area"),
    "year": msg("Year"),
    "status": msg("Status"),
}
OPEN: Final = frozenset({"country", "kind", "goal"})


TABLE: Final = (
    Column("title", "dct:title"),
    Column("kind", "sg:strategyKind"),
    Column("level", "sg:level"),
    Column("status", "sg:status"),
    Column("place", "dct:spatial"),
    Column("country"),
    Column("issued"),
    Column("start"),
    Column("end"),
    Column("covers", "dct:subject"),
)


@dataclass(frozen=True)
class Choice:
    """One value of a facet, as shown."""

    label: str
    count: int
    href: str
    chosen: bool
    code: str


@dataclass(frozen=True)
class ShownFacet:
    """A facet, as shown."""

    name: str
    title: str
    choices: list[Choice]
    open: bool


@dataclass(frozen=True)
class Paging:
    """Which part of a list is shown."""

    page: int
    pages: int
    total: int


def routes(site: Site) -> APIRouter:
    """The list."""
    router = APIRouter()

    @router.api_route("/strategies", methods=["GET", "HEAD"], include_in_schema=False)
    async def strategies(
        request: Request,
        q: str = Query("", max_length=200),
        sort: str = "title",
        view: str = "table",
        page: int = Query(1, ge=1),
    ) -> Response:
        here = await site.page(request)
        here.ask.used(*STRATEGIES, *CONCEPTS, *NAMES)
        facets = facets_of()
        chosen = {facet.name: request.query_params.getlist(facet.name) for facet in facets}
        found = narrow(matching(here, q), facets, chosen)
        order = sort if sort in SORTS else "title"
        all_found = ordered(here, found.items, order)
        items, paging = part(all_found, page)
        shown = [shown_facet(here, facet.name, found.counts[facet.name], chosen[facet.name]) for facet in facets]
        on_map = await map_of(here, all_found) if view == "map" else {}
        return here.render(
            "strategies.html",
            title=here.gettext("Strategies"),
            description=here.gettext(
                "SMART strategies, plans and policies of cities and regions, with what they cover of the SMART "
                "Concept, the European Green Deal and the Sustainable Development Goals."
            ),
            crumbs=[(here.gettext("Strategies"), "")],
            facets=shown,
            strategies=items,
            paging=paging,
            chosen=[(f, c) for f in shown for c in f.choices if c.chosen],
            text=q,
            sort=order,
            sorts=SORTS,
            view=view if view in VIEWS else "table",
            views=VIEWS,
            kept=[(k, v) for k, v in request.query_params.multi_items() if k not in ("q", "sort", "page", "lang")],
            data={"@type": "CollectionPage"},
            table=table(here, all_found),
            **on_map,
        )

    return router


async def map_of(page: Page, found: list[Strategy]) -> dict[str, Any]:
    """The places of the strategies on a map; those without a position are counted."""
    open_policy(page)
    places = await positions(page)
    return {
        "map": await overview(page, found),
        "map_attributes": attributes(page, geojson_address(page, indicator=NONE, show="strategies")),
        "map_address": page.here(view=None, page=None, sort=None).replace("/strategies", "/map", 1),
        "unplaced": sum(not any(place in places for place in s.places) for s in found),
        "scripts": ["map.js"],
    }


def facets_of() -> list[Facet[Strategy]]:
    """The ways to narrow; each value is short enough for an address."""

    def codes(scheme: str, depth: int) -> Callable[[Strategy], Iterable[str]]:
        return lambda s: s.codes.get((scheme, depth), ())

    return [
        Facet("country", lambda s: s.countries),
        Facet("region", lambda s: map(_end, s.regions)),
        Facet("kind", lambda s: [_end(s.kind)] if s.kind else []),
        Facet("level", lambda s: [_end(s.level)] if s.level else []),
        Facet("goal", codes(SDG, 0)),
        Facet("dimension", codes(SMART, 0)),
        Facet("area", codes(SMART, 1)),
        Facet("green-deal", codes(GREEN_DEAL, 0)),
        Facet("year", lambda s: [s.year] if s.year else []),
        Facet("status", lambda s: [_end(s.status)] if s.status else []),
    ]


def iri_of(facet: str, code: str) -> str:
    """The thing behind a value of a facet."""
    if facet in ("country", "region"):
        return region_iri(code)
    if facet == "goal":
        return f"http://metadata.un.org/sdg/{code}"
    scheme = {"dimension": SMART, "area": SMART, "green-deal": GREEN_DEAL}.get(facet)
    if scheme is None:
        folder = {"kind": "strategy-kind", "status": "strategy-status"}.get(facet, facet)
        scheme = SMART.rsplit("/", 1)[0] + "/" + folder
    return f"{scheme}/{code}"


def label_of(page: Page, facet: str, code: str) -> str:
    """A value in words."""
    if facet == "year":
        return code
    name = page.name(iri_of(facet, code))
    return f"{code} {name}" if facet in ("goal", "dimension", "area", "green-deal") else name


def shown_facet(page: Page, name: str, counts: dict[str, int], chosen: list[str]) -> ShownFacet:
    """A facet with its values in a sensible order: codes by number, years backwards, the rest by count."""
    values = counts.keys() | set(chosen)
    labels = {code: label_of(page, name, code) for code in values}
    if name in ("goal", "dimension", "area", "green-deal"):
        order = sorted(values, key=natural)
    elif name == "year":
        order = sorted(values, reverse=True)
    else:
        order = sorted(values, key=lambda code: (-counts.get(code, 0), page.language.key(labels[code])))
    choices = [
        Choice(labels[code], counts.get(code, 0), toggled(page, name, code), code in chosen, code) for code in order
    ]
    return ShownFacet(name, page.gettext(TITLES[name]), choices, name in OPEN or bool(chosen))


def toggled(page: Page, name: str, code: str) -> str:
    """The address with one value more, or without it."""
    from urllib.parse import urlencode

    pairs = [(k, v) for k, v in page.request.query_params.multi_items() if k not in ("page", "lang")]
    changed = [p for p in pairs if p != (name, code)] if (name, code) in pairs else [*pairs, (name, code)]
    return f"{page.path}?{urlencode(changed)}" if changed else page.path


def matching(page: Page, text: str) -> list[Strategy]:
    """The strategies whose title or place has all the words."""
    words = fold(text).split()
    everything = list(page.corpus.strategies.values())
    if not words:
        return everything
    names = page.corpus.names

    def hay(s: Strategy) -> str:
        things = [t for t in (names.get(s.iri), names.get(s.place)) if t]
        return fold(" ".join(name for t in things for name in (*t.labels.values(), *t.other)))

    return [s for s in everything if all(word in hay(s) for word in words)]


def ordered(page: Page, found: list[Strategy], order: str) -> list[Strategy]:
    """The strategies in the order asked for; what has no year comes last."""

    def by_title(s: Strategy) -> object:
        return page.language.key(page.name(s.iri))

    keys: dict[str, Callable[[Strategy], object]] = {
        "title": by_title,
        "place": lambda s: (not s.place, page.language.key(page.name(s.place)), by_title(s)),
        "newest": lambda s: (not s.year, -int(s.year or 0), by_title(s)),
        "oldest": lambda s: (not s.year, s.year, by_title(s)),
        "coverage": lambda s: (-len(s.covered), by_title(s)),
    }
    return sorted(found, key=keys[order])  # type: ignore[arg-type]


def table(page: Page, found: list[Strategy]) -> Table:
    """The strategies with what they are and what they cover."""

    def row(s: Strategy) -> tuple[str, list[Cell]]:
        year = [text[:4] for text in (s.issued, s.start, s.end)]
        kinds = [(iri,) if iri else () for iri in (s.kind, s.level, s.status)]
        return s.iri, [page.label(s.iri), *kinds, s.places, " ".join(s.countries), *year, tuple(s.concepts)]

    return Table(TABLE, map(row, found))


def part(found: list[Strategy], page: int) -> tuple[list[Strategy], Paging]:
    """One page of the list."""
    pages = max(-(-len(found) // SIZE), 1)
    number = min(page, pages)
    return found[(number - 1) * SIZE : number * SIZE], Paging(number, pages, len(found))


def _end(iri: str) -> str:
    return iri.rsplit("/", 1)[-1]
