"""Lists of places, organisations, networks, projects and the rest, by name in the reader's alphabet."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Query, Request, Response

from service.pages.ask import value
from service.pages.corpus import NAMES, STRATEGIES
from service.pages.language import fold, msg
from service.pages.names import KINDS, Named
from service.pages.page import Page
from service.pages.site import NavItem, Site
from service.pages.strategies import Paging
from service.pages.tables import Cell, Column, Table

SIZE: Final = 60


TABLE: Final = (
    Column("name", "skos:prefLabel"),
    Column("type", "rdf:type"),
    Column("kind", "org:classification"),
    Column("country"),
    Column("strategies"),
)
TYPES: Final = {kind: (iri,) for iri, kind in reversed(KINDS.items())}


@dataclass(frozen=True)
class Listing:
    """One list."""

    path: str
    title: str
    intro: str
    kinds: tuple[str, ...]
    by_kind: bool = False
    # Each has a date; the newest come first.
    dated: bool = False


LISTINGS: Final = (
    Listing(
        "/municipalities",
        msg("Municipalities"),
        msg("Cities, towns and villages of the four countries; those with strategies come first."),
        ("municipality",),
    ),
    Listing("/regions", msg("Regions"), msg("Countries and their NUTS regions."), ("country", "region")),
    Listing(
        "/organisations",
        msg("Organisations"),
        msg("Clusters, hubs, universities, companies and public bodies, with what they belong to."),
        ("organisation",),
        by_kind=True,
    ),
    Listing(
        "/networks",
        msg("Networks and alliances"),
        msg("Who works together, and who says so: where sources disagree, both are shown."),
        ("network", "alliance"),
        by_kind=True,
    ),
    Listing(
        "/projects", msg("Projects"), msg("Joint projects and investment projects."), ("project", "investment-project")
    ),
    Listing(
        "/agreements",
        msg("Agreements"),
        msg("Letters, memoranda and contracts, with who signed them."),
        ("agreement",),
        dated=True,
    ),
    Listing("/events", msg("Events"), msg("Foundings, meetings and other dated events."), ("event",), dated=True),
)
NAVS: Final = (
    NavItem(msg("Places"), "/municipalities", 20, ("/regions", "/region", "/id/municipality")),
    NavItem(
        msg("Networks"),
        "/networks",
        40,
        ("/organisations", "/projects", "/id/network", "/id/organisation", "/id/project"),
    ),
)


def routes(site: Site) -> APIRouter:
    """One route for each list."""
    router = APIRouter(include_in_schema=False)
    for listing in LISTINGS:
        router.add_api_route(listing.path, _route(site, listing), methods=["GET", "HEAD"])
    return router


def _route(site: Site, listing: Listing) -> Callable[..., object]:
    async def answer(
        request: Request,
        q: str = Query("", max_length=200),
        country: str = "",
        kind: str = "",
        page: int = Query(1, ge=1),
    ) -> Response:
        here = await site.page(request)
        here.ask.used(*NAMES, *STRATEGIES)
        kinds, seats = await _kinds(here) if listing.by_kind else ({}, {})
        dates = await _dates(here) if listing.dated else {}
        found = everything(here, listing)
        if dates:
            found = sorted(found, key=lambda thing: dates.get(thing.iri, ""), reverse=True)
        if words := fold(q).split():
            found = [t for t in found if _matches(t, words)]
        countries = Counter(_country(here, t, seats) for t in found)
        found = [t for t in found if not country or _country(here, t, seats) == country]
        counted = Counter(k for t in found for k in kinds.get(t.iri, ()))
        found = [t for t in found if not kind or any(k.endswith("/" + kind) for k in kinds.get(t.iri, ()))]
        pages = max(-(-len(found) // SIZE), 1)
        number = min(page, pages)
        shown = found[(number - 1) * SIZE : number * SIZE]

        def where(iri: str) -> list[str]:
            return here.corpus.areas_above(iri) or seats.get(iri, [])

        title = here.gettext(listing.title)
        return here.render(
            "listing.html",
            title=title,
            description=here.gettext(listing.intro),
            crumbs=[(title, "")],
            things=shown,
            columns=_columns(here, listing, shown, kinds, where),
            paging=Paging(number, pages, len(found)),
            text=q,
            country=country,
            kind_chosen=kind,
            countries=sorted((c, n) for c, n in countries.items() if c),
            kinds=kinds,
            dates=dates,
            kind_counts=sorted(counted.items(), key=lambda item: (-item[1], here.language.key(here.name(item[0])))),
            where=where,
            siblings=[(entry.path, here.gettext(entry.title), entry is listing) for entry in _siblings(listing)],
            data={"@type": "CollectionPage"},
            table=table(here, found, kinds, seats, dates),
        )

    return answer


def _columns(
    page: Page, listing: Listing, shown: list[Named], kinds: dict[str, list[str]], where: Callable[[str], list[str]]
) -> set[str]:
    """The columns that tell the things of a list apart; one that is empty, or the same in every row, does not."""
    told = {
        "date": listing.dated,
        "kind": bool(kinds) or len({thing.kind for thing in shown}) > 1,
        "place": any(where(thing.iri) for thing in shown),
        "population": "municipality" in listing.kinds,
        "strategies": any(page.corpus.of_place(thing.iri) for thing in shown),
    }
    return {name for name, tells in told.items() if tells}


def table(
    page: Page,
    found: list[Named],
    kinds: dict[str, list[str]],
    seats: dict[str, list[str]],
    dates: dict[str, str],
) -> Table:
    """The whole list, not only the part that is shown."""

    def row(thing: Named) -> tuple[str, list[Cell]]:
        own = tuple(kinds.get(thing.iri, ()))
        number = len(page.corpus.of_place(thing.iri))
        cells: list[Cell] = [
            page.label(thing.iri),
            TYPES.get(thing.kind, ()),
            own,
            _country(page, thing, seats),
            number,
        ]
        return thing.iri, [*cells, dates.get(thing.iri, "")] if dates else cells

    return Table((*TABLE, Column("date")) if dates else TABLE, map(row, found))


def everything(page: Page, listing: Listing) -> list[Named]:
    """The whole list in the reader's order: those with most strategies first, then by name."""
    corpus = page.corpus

    def compute() -> list[Named]:
        found = corpus.names.of_kind(*listing.kinds)
        return sorted(found, key=lambda t: (-len(corpus.of_place(t.iri)), page.language.key(page.name(t.iri))))

    return corpus.keep((listing.path, page.code), compute)


def _siblings(listing: Listing) -> tuple[Listing, ...]:
    return LISTINGS[:2] if listing in LISTINGS[:2] else LISTINGS[2:]


async def _dates(page: Page) -> dict[str, str]:
    rows = await page.rows("timeline-of-agreements-and-events", lang=page.code)
    return {value(row, "entity"): value(row, "date") for row in rows}


async def _kinds(page: Page) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    kinds: dict[str, list[str]] = {}
    seats: dict[str, list[str]] = {}
    for row in await page.rows("organisations-and-their-kinds"):
        for name, found in (("kind", kinds), ("place", seats)):
            one = value(row, name)
            listed = found.setdefault(value(row, "organisation"), [])
            if one and one not in listed:
                listed.append(one)
    return kinds, seats


def _country(page: Page, thing: Named, seats: dict[str, list[str]]) -> str:
    own = page.corpus.keep(("country", thing.iri), lambda: page.corpus.country(thing.iri))
    return own or next((code for seat in seats.get(thing.iri, ()) if (code := page.corpus.country(seat))), "")


def _matches(thing: Named, words: list[str]) -> bool:
    return all(word in thing.folded for word in words)
