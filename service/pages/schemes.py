"""The concept schemes: all themes, one scheme as a tree with counts, one concept and who works on it."""

from collections.abc import Iterator
from typing import Final

from fastapi import APIRouter, Request, Response

from ontology.terms import SCHEMES
from service.pages.addresses import path_of, scheme_iri, sdg_iri
from service.pages.ask import value
from service.pages.charts import sdg_goals, smart_treemap
from service.pages.concepts import GREEN_DEAL, SDG, SMART, THEMES, Concept, natural
from service.pages.corpus import CONCEPTS, STRATEGIES, Strategy
from service.pages.facts import Facts
from service.pages.language import msg
from service.pages.names import KINDS
from service.pages.page import Page
from service.pages.plans import SCHEME_TITLES
from service.pages.site import NavItem, Site
from service.pages.tables import Column, Statements, Table
from service.problems import Problem

NAV: Final = NavItem(msg("Themes"), "/themes", 30, ("/sdg", "/smart-concept", "/green-deal", "/scheme", "/concept"))
TABLE: Final = (
    Column("notation", "skos:notation"),
    Column("label", "skos:prefLabel"),
    Column("scheme", "skos:inScheme"),
    Column("strategies"),
)
# How many strategies the page of a concept lists where the list of strategies can show them all, and where it cannot.
SHOWN: Final = 20
LONGEST: Final = 200
# Code lists and the filter of the list of strategies that each is.
CODES: Final = {"strategy-kind": "kind", "level": "level", "strategy-status": "status"}
# What is below a concept, by scheme and depth.
BELOW: Final = {
    (SDG, 0): msg("Targets"),
    (SMART, 0): msg("SMART areas"),
    (SMART, 1): msg("SMART measures"),
    (GREEN_DEAL, 0): msg("Green Deal sub-areas"),
}
BELOW_OTHER: Final = msg("Below it")
PATHS: Final = {SDG: "/sdg", SMART: "/smart-concept", GREEN_DEAL: "/green-deal"}


def routes(site: Site) -> APIRouter:
    """Themes, schemes and concepts."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/themes", methods=["GET", "HEAD"])
    async def themes(request: Request) -> Response:
        page = await site.page(request)
        page.ask.used(*CONCEPTS, *STRATEGIES)
        counts = page.corpus.coverage(page.corpus.strategies.values())
        return page.render(
            "themes.html",
            title=page.gettext("Themes"),
            description=page.gettext(
                "Three vocabularies describe what strategies are about. Each concept leads to everyone who works on it."
            ),
            crumbs=[(page.gettext("Themes"), "")],
            schemes=[
                (PATHS[scheme], page.gettext(SCHEME_TITLES[scheme]), scheme, page.corpus.concepts.top(scheme))
                for scheme in THEMES
            ],
            small=[scheme_iri(name) for name in SCHEMES if scheme_iri(name) not in THEMES],
            counts=counts,
            table=concept_table(page, [c for scheme in THEMES for c in page.corpus.concepts.top(scheme)], counts),
        )

    @router.api_route("/sdg", methods=["GET", "HEAD"])
    async def sdg(request: Request) -> Response:
        return await scheme_page(await site.page(request), SDG)

    @router.api_route("/smart-concept", methods=["GET", "HEAD"])
    async def smart(request: Request) -> Response:
        return await scheme_page(await site.page(request), SMART)

    @router.api_route("/green-deal", methods=["GET", "HEAD"])
    async def green(request: Request) -> Response:
        return await scheme_page(await site.page(request), GREEN_DEAL)

    @router.api_route("/sdg/{code}", methods=["GET", "HEAD"])
    async def goal(request: Request, code: str) -> Response:
        return await concept_page(await site.page(request), sdg_iri(code))

    @router.api_route("/smart-concept/{code}", methods=["GET", "HEAD"])
    async def smart_concept(request: Request, code: str) -> Response:
        return await concept_page(await site.page(request), scheme_iri("smart-concept", code))

    @router.api_route("/green-deal/{code}", methods=["GET", "HEAD"])
    async def green_deal(request: Request, code: str) -> Response:
        return await concept_page(await site.page(request), scheme_iri("green-deal", code))

    return router


async def scheme_page(page: Page, scheme: str) -> Response:
    """A scheme as a tree; each concept with the number of strategies that support it or something below it."""
    facts = Facts(await page.rows("facts-about-a-thing", thing=scheme))
    page.ask.used(*CONCEPTS, *STRATEGIES)
    concepts = page.corpus.concepts
    if not concepts.top(scheme):
        raise Problem(404, f"There is no concept scheme {scheme}.")
    counts = page.corpus.coverage(page.corpus.strategies.values())
    everything = frozenset(iri for iri, number in counts.items() if number)
    title = page.gettext(SCHEME_TITLES[scheme]) if scheme in SCHEME_TITLES else page.name(scheme)
    return page.render(
        "scheme.html",
        title=title,
        iri=scheme,
        description=facts.text("dct:description", page.code).value,
        crumbs=[(page.gettext("Themes"), "/themes"), (title, "")],
        top=concepts.top(scheme),
        concepts=concepts,
        counts=counts,
        treemap=smart_treemap(concepts, everything, page.language) if scheme == SMART else None,
        goals=sdg_goals(concepts, counts, page.language, _strategies(page, counts)) if scheme == SDG else None,
        data={"@type": "DefinedTermSet"},
        table=concept_table(page, list(_tree(page, concepts.top(scheme))), counts),
    )


def _tree(page: Page, level: list[Concept]) -> Iterator[Concept]:
    for concept in level:
        yield concept
        yield from _tree(page, [page.corpus.concepts[iri] for iri in concept.narrower])


def concept_table(page: Page, found: list[Concept], counts: dict[str, int]) -> Table:
    """Concepts with the number of strategies that support them or something below them."""
    rows = ((c.iri, [c.notation, c.label(page.code), (c.scheme,), counts.get(c.iri, 0)]) for c in found)
    return Table(TABLE, rows)


def _strategies(page: Page, counts: dict[str, int]) -> dict[str, str]:
    plural = page.language.ngettext
    return {iri: plural("%(num)s strategy", "%(num)s strategies", number) for iri, number in counts.items()}


async def concept_page(page: Page, iri: str) -> Response:
    """A concept: what it means, what is above, below and related, and who works on it."""
    concepts = page.corpus.concepts
    concept = concepts.get(iri)
    if concept is None:
        raise Problem(404, f"There is no concept {iri}.")
    facts = Facts(await page.rows("facts-about-a-thing", thing=iri))
    themed = concept.scheme in THEMES
    others = await _others(page, iri, themed)
    related = await _related(page, iri)
    page.ask.used(*CONCEPTS, *STRATEGIES)
    above = concepts.above(iri)
    strategies = _strategies_of(page, iri, themed)
    facet = _facet(concept.scheme, concept.notation, len(above))
    scheme = SCHEME_TITLES.get(concept.scheme)
    scheme_title = page.gettext(scheme) if scheme else page.name(concept.scheme)
    definition = facts.text("skos:definition", page.code)
    return page.render(
        "concept.html",
        title=_titled(page, concept) if themed else str(concept.label(page.code)),
        iri=iri,
        description=definition.value,
        crumbs=[
            (page.gettext("Themes"), "/themes"),
            (scheme_title, PATHS.get(concept.scheme, "/" + concept.scheme.split("/strategraph/")[-1])),
            *((_titled(page, c), path_of(c.iri)) for c in above),
            (concept.notation, ""),
        ],
        concept=concept,
        scheme_title=scheme_title,
        definition=definition,
        facts=facts,
        below=page.gettext(BELOW.get((concept.scheme, len(above)), BELOW_OTHER)),
        narrower=[concepts[n] for n in concept.narrower],
        counts=page.corpus.coverage(page.corpus.strategies.values()),
        strategies=strategies,
        shown=SHOWN if facet else LONGEST,
        themed=themed,
        broad=any(iri not in s.concepts for s in strategies),
        facet=facet,
        others=others,
        related=related,
        data={"@type": "DefinedTerm", "termCode": concept.notation},
        table=Statements(iri, facts.pairs()),
    )


def _titled(page: Page, concept: Concept) -> str:
    return f"{concept.notation} {concept.label(page.code)}"


async def _others(page: Page, iri: str, themed: bool) -> list[tuple[str, list[str]]]:
    """Whoever works on a theme, or has a code, but for strategies: their kinds, each with its things by name."""
    if themed:
        working = [value(r, "thing") for r in await page.rows("things-that-work-on-a-concept", concept=iri)]
    else:
        working = [value(r, "subject") for r in await page.rows("statements-that-point-to-a-thing", thing=iri)]
    found: dict[str, set[str]] = {}
    for thing in working:
        if kind := page.corpus.names.kind(thing):
            found.setdefault(kind, set()).add(thing)
    found.pop("strategy", None)
    return [(kind, page.sorted_by_name(found[kind])) for kind in KINDS.values() if kind in found]


async def _related(page: Page, iri: str) -> list[Concept]:
    """The concepts of other schemes that a concept is matched with, by scheme and notation."""
    rows = await page.rows("concepts-related-to-a-concept", concept=iri)
    found = {c.iri: c for row in rows if (c := page.corpus.concepts.get(value(row, "other")))}
    return sorted(found.values(), key=lambda c: (c.scheme, natural(c.notation)))


def _strategies_of(page: Page, iri: str, themed: bool) -> list[Strategy]:
    """The strategies that support a theme, those that name it itself first; of a code, those that have it."""
    corpus = page.corpus
    own = corpus.on_concept(iri) if themed else [s for s in corpus.strategies.values() if s.has(iri)]
    return sorted(own, key=lambda s: (iri not in s.concepts, page.language.key(page.name(s.iri))))


def _facet(scheme: str, code: str, depth: int) -> str:
    """The filter of the list of strategies that means this concept, where there is one."""
    names = {
        **{(SDG, 0): "goal", (SMART, 0): "dimension", (SMART, 1): "area", (GREEN_DEAL, 0): "green-deal"},
        **{(scheme_iri(name), 0): facet for name, facet in CODES.items()},
    }
    name = names.get((scheme, depth))
    return f"{name}={code}" if name else ""
