"""What the page of a city, region or country tells: its strategies, what they cover and what they leave out."""

import asyncio
from typing import Any

from service.pages.corpus import CONCEPTS, MUNICIPALITIES, STRATEGIES
from service.pages.facts import Facts
from service.pages.members import memberships
from service.pages.page import Page
from service.pages.plans import coverage

SHOWN = 20
# What the head of the page says.
HEAD = ("sg:population", "sg:areaKm2")


async def municipality(page: Page, iri: str, facts: Facts) -> dict[str, Any]:
    """The sections of a city's page."""
    joined, observations = await asyncio.gather(
        page.rows("memberships-of-a-thing", thing=iri), page.rows("observations-about-a-thing", thing=iri)
    )
    page.ask.used(*STRATEGIES, *CONCEPTS)
    own = sorted(page.corpus.of_place(iri), key=lambda s: page.language.key(page.name(s.iri)))
    return {
        "strategies": own,
        **head(page, iri, facts),
        "joined": memberships(page, joined, "organization"),
        "observations": observations,
        "told": {"strategy", "network", "alliance", "project", "investment-project"},
        **(coverage(page, own) if own else {}),
    }


async def region(page: Page, iri: str, facts: Facts) -> dict[str, Any]:
    """The sections of a region's or country's page."""
    corpus = page.corpus
    joined = await page.rows("memberships-of-a-thing", thing=iri)
    page.ask.used(*STRATEGIES, *CONCEPTS, *MUNICIPALITIES)
    own = sorted(corpus.of_place(iri), key=lambda s: page.language.key(page.name(s.iri)))
    inside = [s for s in corpus.strategies.values() if iri not in s.places and iri in s.areas]
    parts = [thing.iri for thing in corpus.names.of_kind("region") if thing.parent == iri]
    together = [*own, *inside]
    return {
        "strategies": own,
        "inside": len(inside),
        "facet": facet(iri),
        **head(page, iri, facts),
        "parts": page.sorted_by_name(parts),
        "cities": [(m.iri, m.population, len(corpus.of_place(m.iri))) for m in corpus.largest(iri)[:SHOWN]],
        "joined": memberships(page, joined, "organization"),
        "told": {"strategy", "municipality", "region", "network", "alliance", "project", "investment-project"},
        **(coverage(page, together) if together else {}),
    }


def head(page: Page, iri: str, facts: Facts) -> dict[str, Any]:
    """How large a place is and where it lies, which need not be said again among the facts."""
    above = page.corpus.areas_above(iri)
    sizes = {name.partition(":")[2]: facts.of(name)[0] for name in HEAD if facts.of(name)}
    return {
        "above": above,
        "sizes": {name: (str(value.term["value"]), value.graphs[0]) for name, value in sizes.items()},
        "apart": (*HEAD, *(("schema:containedInPlace",) if above else ())),
    }


def facet(iri: str) -> str:
    """The filter of the list of strategies that means this area, where there is one."""
    from service.pages.addresses import country_of

    code = iri.rsplit("/", 1)[-1]
    if "/authority/country/" in iri:
        return f"country={country_of(iri)}"
    return f"region={code}" if len(code) == 4 else ""
