"""The matrix of cities by goals: where strategies are, and where nobody has one yet."""

from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Query, Request, Response

from ontology.terms import V4
from service.pages.concepts import SDG, Concept
from service.pages.corpus import CONCEPTS, MUNICIPALITIES, NAMES, STRATEGIES
from service.pages.language import msg
from service.pages.page import Page
from service.pages.site import NavItem, Site
from service.pages.tables import Column, Table

NAV: Final = NavItem(msg("Gaps"), "/gaps", 50)
SIZE: Final = 40
SORTS: Final = {
    "population": msg("Largest first"),
    "gaps": msg("Most gaps first"),
    "name": msg("Name"),
}


@dataclass(frozen=True)
class City:
    """A line of the matrix."""

    iri: str
    population: int
    strategies: int
    cells: list[int]

    @property
    def gaps(self) -> int:
        """How many columns are empty."""
        return self.cells.count(0)


def routes(site: Site) -> APIRouter:
    """The matrix."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/gaps", methods=["GET", "HEAD"])
    async def gaps(
        request: Request, country: str = "", goal: str = "", sort: str = "population", page: int = Query(1, ge=1)
    ) -> Response:
        here = await site.page(request)
        concepts = here.corpus.concepts
        goals = concepts.top(SDG)
        chosen = next((g for g in goals if g.notation == goal), None)
        columns = [concepts[iri] for iri in chosen.narrower] if chosen else goals
        found = ordered(here, cities(here, columns, country), sort)
        here.ask.used(*STRATEGIES, *MUNICIPALITIES, *CONCEPTS, *NAMES)
        pages = max(-(-len(found) // SIZE), 1)
        number = min(page, pages)
        title = here.gettext("Gaps: cities by goal")
        return here.render(
            "gaps.html",
            title=title,
            description=here.gettext(
                "How many strategies of each city support each goal. An empty cell means that no strategy known here "
                "does: a gap in the city's plans, or in our data."
            ),
            crumbs=[(title, "/gaps" if chosen else ""), *([(here.name(chosen.iri), "")] if chosen else [])],
            columns=columns,
            chosen=chosen,
            goals=goals,
            country=country,
            countries=[
                (code, here.name(f"http://publications.europa.eu/resource/authority/country/{c}"))
                for code, c in V4.items()
            ],
            cities=found[(number - 1) * SIZE : number * SIZE],
            level=level,
            empty=[(c, sum(city.cells[i] == 0 for city in found)) for i, c in enumerate(columns)],
            total=len(found),
            paging={"page": number, "pages": pages, "total": len(found)},
            sort=sort if sort in SORTS else "population",
            sorts=SORTS,
            table=table(here, columns, found),
        )

    return router


def table(page: Page, columns: list[Concept], found: list[City]) -> Table:
    """All cities, with the number of strategies on each goal or target."""
    head = [Column("name", "skos:prefLabel"), Column("population", "sg:population"), Column("strategies")]
    rows = ((c.iri, [page.label(c.iri), c.population, c.strategies, *c.cells]) for c in found)
    return Table([*head, *(Column(concept.notation) for concept in columns)], rows)


def cities(page: Page, columns: list[Concept], country: str) -> list[City]:
    """The municipalities with at least one strategy."""
    found = []
    for iri, known in page.corpus.municipalities.items():
        strategies = page.corpus.of_place(iri)
        if not strategies or (country and country not in strategies[0].countries):
            continue
        cells = [sum(c.iri in s.covered for s in strategies) for c in columns]
        found.append(City(iri, known.population, len(strategies), cells))
    return found


def ordered(page: Page, found: list[City], sort: str) -> list[City]:
    """The lines in the order asked for."""
    if sort == "name":
        return sorted(found, key=lambda c: page.language.key(page.name(c.iri)))
    if sort == "gaps":
        return sorted(found, key=lambda c: (-c.gaps, page.language.key(page.name(c.iri))))
    return sorted(found, key=lambda c: (-c.population, page.language.key(page.name(c.iri))))


def level(number: int) -> int:
    """How dark a number is."""
    return 0 if number == 0 else 1 if number == 1 else 2 if number == 2 else 3 if number <= 4 else 4
