"""What a set of concepts covers, as the pages of classification and compliance show it: figures, pictures and rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from service.classify.compliance import Compliance, Peer, Row, compare
from service.classify.concepts import load_concepts
from service.pages.charts import smart_treemap
from service.pages.concepts import GREEN_DEAL
from service.pages.corpus import Strategy
from service.pages.language import msg
from service.pages.page import Page
from service.pages.tables import Column, Table
from service.pages.wheel import sdg_wheel

ALL: Final = "all"
GROUPS: Final = {
    "same-kind-and-country": msg("Same kind, same country"),
    "similar-size": msg("Cities of similar size"),
    ALL: msg("All strategies"),
}
LEVELS: Final = {
    "smart-dimension": msg("SMART dimensions"),
    "smart-area": msg("SMART areas"),
    "smart-measure": msg("SMART measures"),
    "green-deal-area": msg("Green Deal areas"),
    "green-deal-sub-area": msg("Green Deal sub-areas"),
    "goal": msg("Goals"),
    "target": msg("Targets"),
}
_SCHEMES: Final = (
    ("smart-concept", msg("SMART Concept")),
    ("green-deal", msg("European Green Deal")),
    ("sdg", msg("Sustainable Development Goals")),
)


@dataclass(frozen=True)
class Line:
    """A dimension, area or goal."""

    iri: str
    notation: str
    depth: int
    covered: int
    parts: int
    share: float
    mentioned: bool
    peers: Mapping[str, float]
    missing: list[tuple[str, str]]
    """Code and IRI."""


def peers_of(strategies: Sequence[Strategy], groups: Mapping[str, set[str]], page: Page, but: str = "") -> list[Peer]:
    """Every strategy that covers anything, in the groups of comparison it belongs to."""
    return [
        Peer(
            s.iri,
            page.name(s.iri),
            frozenset({ALL, *(group for group, members in groups.items() if s.iri in members)}),
            frozenset(s.concepts),
        )
        for s in strategies
        if s.concepts and s.iri != but
    ]


def view(page: Page, covered: frozenset[str], report: Compliance) -> dict[str, Any]:
    """What the templates show of a report."""
    rows = {row.concept.iri: row for row in report.rows}
    above = page.corpus.concepts.with_above(covered)
    return {
        "headlines": report.headlines,
        "groups": [(key, page.gettext(name)) for key, name in GROUPS.items() if key in report.headlines[0].peers],
        "level_names": LEVELS,
        "treemap": smart_treemap(page.corpus.concepts, above, page.language),
        "wheel": sdg_wheel(
            page.corpus.concepts,
            lambda goal: _reach(rows[goal.iri]),
            lambda goal: _goal_text(page, rows[goal.iri]),
            page.language,
        ),
        "bars": [line(rows[c.iri]) for c in page.corpus.concepts.top(GREEN_DEAL) if c.iri in rows],
        "sections": [
            (page.gettext(title), [line(row) for row in report.rows if row.concept.scheme == scheme])
            for scheme, title in _SCHEMES
        ],
        "nearest": [
            (page.corpus.strategies.get(peer.id), likeness, _named(covers)) for peer, likeness, covers in report.nearest
        ],
    }


def line(row: Row) -> Line:
    """A row as it is shown."""
    depth = 0 if row.concept.parent is None else 1
    missing = [] if row.concept.level == "dimension" else _named(row.missing)
    return Line(
        row.concept.iri,
        row.concept.notation,
        depth,
        len(row.covered),
        row.parts,
        row.share,
        row.mentioned,
        row.peers,
        missing,
    )


def _named(codes: Sequence[str]) -> list[tuple[str, str]]:
    concepts = load_concepts()
    return [(concepts[code].notation, concepts[code].iri) for code in codes]


def _reach(row: Row) -> float:
    """How long the slice of a goal is: one that is covered without any of its targets still shows."""
    least = 0.12 if row.mentioned else 0.0
    return max(row.share, least)


def _goal_text(page: Page, row: Row) -> str:
    if row.covered:
        return page.gettext("%(covered)s of %(total)s targets") % {
            "covered": page.language.number(len(row.covered)),
            "total": page.language.number(row.parts),
        }
    return page.gettext("the goal in general") if row.mentioned else page.gettext("not covered")


def table(page: Page, report: Compliance) -> Table:
    """The rows as data."""
    groups = [key for key in GROUPS if key in report.headlines[0].peers]
    head = ("scheme", "level", "mentioned", "covered", "parts", "share")
    columns = [Column("notation", "skos:notation"), Column("label", "skos:prefLabel"), *map(Column, head)]
    columns += [Column(f"peers-{group}") for group in groups] + [Column("missing")]
    rows = (
        (
            row.concept.iri,
            [
                row.concept.notation,
                page.label(row.concept.iri),
                row.concept.scheme,
                row.concept.level,
                row.mentioned,
                len(row.covered),
                row.parts,
                row.share,
                *(row.peers.get(group, 0.0) for group in groups),
                tuple(iri for _, iri in _named(row.missing)),
            ],
        )
        for row in report.rows
    )
    return Table(columns, rows)


def report_on(page: Page, covered: frozenset[str], peers: Sequence[Peer]) -> Compliance:
    """The report in the reader's language."""
    return compare(covered, peers, page.code)
