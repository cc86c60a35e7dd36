"""Up to five strategies or cities side by side: what each covers of the goals, the SMART Concept and the Green Deal."""

from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from ontology.terms import ID
from service.pages import tables
from service.pages.concepts import GREEN_DEAL, SDG, SMART, Concept
from service.pages.corpus import CONCEPTS, NAMES, STRATEGIES, Strategy
from service.pages.language import msg
from service.pages.page import Page
from service.pages.plans import SCHEME_TITLES
from service.pages.site import NavItem, Site

NAV: Final = NavItem(msg("Compare"), "/compare", 60)
MOST: Final = 5


@dataclass(frozen=True)
class Column:
    """One of the things compared."""

    iri: str
    strategies: list[Strategy]
    covered: frozenset[str]
    without: str

    @property
    def single(self) -> Strategy | None:
        """The strategy, if it is one."""
        return self.strategies[0] if [s.iri for s in self.strategies] == [self.iri] else None


@dataclass(frozen=True)
class Line:
    """One concept, and how much of it each column covers."""

    concept: Concept
    cells: list[tuple[int, str]]


def routes(site: Site) -> APIRouter:
    """The comparison."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/compare", methods=["GET", "HEAD"])
    async def compare(
        request: Request, id: Annotated[list[str] | None, Query()] = None, add: str = Query("", max_length=200)
    ) -> Response:
        page = await site.page(request)
        page.ask.used(*NAMES, *STRATEGIES, *CONCEPTS)
        chosen = list(dict.fromkeys(_iri(text) for text in id or ()))[:MOST]
        found = page.corpus.names.find(add, 12, ("municipality", "strategy", "region", "country")) if add else []
        chosen = [iri for iri in chosen if iri in page.corpus.names]
        columns = [column(page, iri, chosen) for iri in chosen]
        title = page.gettext("Compare strategies and cities")
        shown = [(SCHEME_TITLES[scheme], lines(page, scheme, columns)) for scheme in (SDG, SMART, GREEN_DEAL)]
        return page.render(
            "compare.html",
            title=title,
            description=page.gettext("Up to five, side by side: what each covers, what it leaves out."),
            crumbs=[(title, "")],
            columns=columns,
            chosen=chosen,
            add=add,
            candidates=[(thing.iri, address([*chosen, thing.iri])) for thing in found if thing.iri not in chosen],
            full=len(chosen) >= MOST,
            tables=[(page.gettext(heading), found) for heading, found in shown],
            table=table(page, columns, [line for _, found in shown for line in found]),
        )

    return router


def _iri(text: str) -> str:
    return text if "://" in text else ID + text


def address(iris: list[str]) -> str:
    """The address of a comparison."""
    return "/compare?" + urlencode([("id", iri.removeprefix(ID)) for iri in iris])


def column(page: Page, iri: str, chosen: list[str]) -> Column:
    """A strategy by itself; a place with all its strategies."""
    own = page.corpus.strategies.get(iri)
    strategies = [own] if own else list(page.corpus.of_place(iri))
    covered = frozenset(c for s in strategies for c in s.covered)
    return Column(iri, strategies, covered, address([other for other in chosen if other != iri]))


def lines(page: Page, scheme: str, columns: list[Column]) -> list[Line]:
    """The topmost concepts (for the SMART Concept its areas), each with the share that a column covers."""
    concepts = page.corpus.concepts
    top = concepts.top(scheme)
    shown = [concepts[a] for d in top for a in d.narrower] if scheme == SMART else top
    return [Line(concept, [_cell(page, concept, c) for c in columns]) for concept in shown]


def table(page: Page, columns: list[Column], found: list[Line]) -> tables.Table:
    """A line for each concept, a column for each thing compared: which parts of the concept it covers."""
    head = [tables.Column("notation", "skos:notation"), tables.Column("concept", "skos:prefLabel")]
    rows = (
        (line.concept.iri, [line.concept.notation, page.label(line.concept.iri), *(text for _, text in line.cells)])
        for line in found
    )
    return tables.Table([*head, *(tables.Column(page.name(column.iri)) for column in columns)], rows)


def _cell(page: Page, concept: Concept, column: Column) -> tuple[int, str]:
    """How dark the cell is, and what it says."""
    if concept.iri not in column.covered:
        return 0, ""
    below = [iri for iri in concept.narrower if iri in column.covered]
    if not below:
        return 1, page.gettext("in general")
    share = len(below) / len(concept.narrower)
    codes = ", ".join(page.corpus.concepts[iri].notation for iri in below)
    return max(1, min(4, round(share * 4 + 0.49))), codes
