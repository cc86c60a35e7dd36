"""What the page of a strategy tells: what it covers with the words that show it, what is near it, what follows it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from service.pages.addresses import is_address
from service.pages.ask import Row, language, value
from service.pages.charts import sdg_goals, smart_treemap
from service.pages.concepts import GREEN_DEAL, SDG, SMART, THEMES, natural
from service.pages.corpus import CONCEPTS, STRATEGIES, Strategy
from service.pages.facts import Facts
from service.pages.language import Text, msg
from service.pages.page import Page

SCHEME_TITLES = {
    SDG: msg("Sustainable Development Goals"),
    SMART: msg("SMART Concept"),
    GREEN_DEAL: msg("European Green Deal"),
}


@dataclass(frozen=True)
class Alignment:
    """A concept that is supported, and why we think so."""

    concept: str
    notation: str
    confidence: float
    evidence: Text
    method: str
    status: str
    who: str
    source: str
    id: str
    """The last part of its address."""


@dataclass(frozen=True)
class Theme:
    """The alignments with one scheme."""

    title: str
    alignments: list[Alignment]


async def strategy(page: Page, iri: str, facts: Facts) -> dict[str, Any]:
    """The sections of a strategy's page."""
    found = page.corpus.strategies.get(iri) or Strategy(iri)
    alignments = await page.rows("alignments-of-a-thing", thing=iri)
    page.ask.used(*STRATEGIES, *CONCEPTS)
    return {
        "strategy": found,
        "note": facts.text("sg:sourceNote", page.code),
        "document": next(filter(is_address, facts.iris("foaf:page")), ""),
        "themes": themes(page, alignments),
        **coverage(page, [found]),
        "nearest": page.corpus.nearest(found),
        "review": page.request.query_params.get("review") == "1",
        "scripts": ["review.js"],
        "told": {"alignment"},
    }


def coverage(page: Page, strategies: Iterable[Strategy]) -> dict[str, Any]:
    """What some strategies cover together: treemap, goals, and the goals that none of them names."""
    listed = list(strategies)
    corpus = page.corpus
    covered = frozenset().union(*(s.covered for s in listed)) if listed else frozenset[str]()
    counts: dict[str, int] = {}
    texts: dict[str, str] = {}
    for goal in corpus.concepts.top(SDG):
        targets = [iri for iri in goal.narrower if iri in covered]
        counts[goal.iri] = len(targets) or (1 if goal.iri in covered else 0)
        if targets:
            codes = ", ".join(corpus.concepts[iri].notation for iri in targets)
            texts[goal.iri] = _targets(page, codes, len(targets))
        else:
            texts[goal.iri] = (
                page.gettext("the goal in general") if goal.iri in covered else page.gettext("not covered")
            )
    return {
        "treemap": smart_treemap(corpus.concepts, covered, page.language),
        "goals": sdg_goals(
            corpus.concepts, counts, page.language, texts, most=max(4, *counts.values()) if counts else 4
        ),
        "missing": [goal.iri for goal in corpus.concepts.top(SDG) if goal.iri not in covered],
        "goal_count": len(corpus.concepts.top(SDG)),
    }


def _targets(page: Page, codes: str, number: int) -> str:
    message = page.language.messages.ngettext("target %(codes)s", "targets %(codes)s", number)
    return message % {"codes": codes}


def themes(page: Page, rows: Iterable[Row]) -> list[Theme]:
    """The alignments by scheme, in the order of the codes."""
    concepts = page.corpus.concepts
    found: dict[str, list[Alignment]] = {scheme: [] for scheme in THEMES}
    seen: set[tuple[str, str]] = set()
    for row in rows:
        concept = concepts.get(value(row, "concept"))
        key = (value(row, "alignment"), value(row, "concept"))
        if concept and concept.scheme in found and key not in seen:
            seen.add(key)
            found[concept.scheme].append(
                Alignment(
                    concept.iri,
                    concept.notation,
                    float(value(row, "confidence", "0")),
                    Text(value(row, "evidence"), language(row, "evidence")),
                    value(row, "method"),
                    value(row, "status"),
                    value(row, "who"),
                    value(row, "source"),
                    value(row, "alignment").rsplit("/", 1)[-1],
                )
            )
    return [
        Theme(page.gettext(SCHEME_TITLES[scheme]), sorted(items, key=lambda a: natural(a.notation)))
        for scheme, items in found.items()
        if items
    ]
