"""How far a strategy complies with the SMART Concept, the Green Deal and the SDGs, and what is missing."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from service.classify.concepts import Concept, load_concepts, natural_key
from service.classify.results import Classification

LEVELS: Final = (
    *("smart-dimension", "smart-area", "smart-measure"),
    *("green-deal-area", "green-deal-sub-area"),
    *("goal", "target"),
)
_NEAREST: Final = 5
# Of those that fill no gap so many are enough: plans of one campaign can be alike throughout.
_ALIKE: Final = 2
_COLUMNS: Final = ("scheme", "level", "notation", "label", "mentioned", "covered", "parts", "share")


@dataclass(frozen=True)
class Peer:
    """Another strategy: who it is, which groups of comparison it is in, and the concepts (IRIs) it covers."""

    id: str
    title: str
    groups: frozenset[str]
    concepts: frozenset[str]


@dataclass(frozen=True)
class Row:
    """A concept with parts (an area of measures, a goal of targets), and how many of them are covered.

    One that is covered in general, without any of its parts, is `mentioned` all the same; so is what is above it.
    """

    concept: Concept
    covered: tuple[str, ...]
    missing: tuple[str, ...]
    mentioned: bool
    peers: Mapping[str, float]

    @property
    def parts(self) -> int:
        """How many parts there are."""
        return len(self.covered) + len(self.missing)

    @property
    def share(self) -> float:
        """The part covered, 0 to 1."""
        return round(len(self.covered) / self.parts, 4) if self.parts else float(self.mentioned)


@dataclass(frozen=True)
class Headline:
    """How many concepts of one level are covered, by themselves or by something below them."""

    level: str
    covered: int
    total: int
    peers: Mapping[str, float]

    @property
    def share(self) -> float:
        """The part covered, 0 to 1."""
        return round(self.covered / self.total, 4)


@dataclass(frozen=True)
class Compliance:
    """The whole report."""

    headlines: tuple[Headline, ...]
    rows: tuple[Row, ...]
    nearest: tuple[tuple[Peer, float, tuple[str, ...]], ...]
    language: str

    def as_json(self) -> dict[str, Any]:
        """The report as plain data."""
        return {
            "summary": [
                {"level": h.level, "covered": h.covered, "total": h.total, "share": h.share, "peers": dict(h.peers)}
                for h in self.headlines
            ],
            "coverage": [self._row(row) for row in self.rows],
            "nearest": [self._near(*near) for near in self.nearest],
        }

    def _row(self, row: Row) -> dict[str, Any]:
        return {
            "concept": row.concept.iri,
            "scheme": row.concept.scheme,
            "level": row.concept.level,
            "notation": row.concept.notation,
            "label": label_of(row.concept, self.language),
            "covered": [_notation(code) for code in row.covered],
            "missing": [_notation(code) for code in row.missing],
            "share": row.share,
            "mentioned": row.mentioned,
            "peers": dict(row.peers),
        }

    def _near(self, peer: Peer, likeness: float, covers: tuple[str, ...]) -> dict[str, Any]:
        missed = [_notation(code) for code in covers]
        return {"id": peer.id, "title": peer.title, "likeness": likeness, "covers_what_is_missing": missed}


def concepts_of(result: Classification) -> frozenset[str]:
    """The IRIs of the concepts that a result asserts."""
    return frozenset(label.concept.iri for label in result.labels if label.status == "asserted")


def compare(covered: frozenset[str], peers: Sequence[Peer] = (), language: str = "en") -> Compliance:
    """Report on a strategy that covers these concepts, beside its peers, group by group."""
    concepts = load_concepts()
    groups = [_Group(name, [peer for peer in peers if name in peer.groups]) for name in sorted(_groups(peers))]
    reached = _reached(covered)
    rows = tuple(_row(concepts[code], covered, reached, groups) for code in concepts.codes if _has_row(concepts[code]))
    return Compliance(tuple(_headlines(covered, groups)), rows, tuple(_nearest(covered, peers)), language)


class _Group:
    """The peers of one group, counted once for all rows."""

    def __init__(self, name: str, peers: Sequence[Peer]) -> None:
        self.name = name
        self.size = len(peers)
        self.levels: Counter[str] = Counter()
        """How many concepts of each level they cover, taken together."""
        self.concepts: Counter[str] = Counter()
        """How many of them cover each concept."""
        for peer in peers:
            self.concepts.update(peer.concepts)
            self.levels.update(_counts(peer.concepts))

    def mean_share(self, parts: Sequence[Concept]) -> float:
        """What part of these they cover on average."""
        return round(sum(self.concepts[part.iri] for part in parts) / (len(parts) * self.size), 4)


def level_of(concept: Concept) -> str:
    """The level in the words of reports, where areas of different schemes and depths have different names."""
    if concept.scheme == "green-deal":
        return "green-deal-sub-area" if concept.parent else "green-deal-area"
    return concept.level if concept.scheme == "sdg" else f"smart-{concept.level}"


def _headlines(covered: frozenset[str], groups: Sequence[_Group]) -> Iterable[Headline]:
    concepts = load_concepts().by_code.values()
    totals = Counter(map(level_of, concepts))
    own = _counts(covered)
    for level in LEVELS:
        means = {group.name: round(group.levels[level] / group.size / totals[level], 4) for group in groups}
        yield Headline(level, own[level], totals[level], means)


def _counts(covered: frozenset[str]) -> Counter[str]:
    """How many concepts of each level are covered."""
    concepts = load_concepts()
    return Counter(level_of(concepts[code]) for code in _reached(covered))


def _reached(covered: frozenset[str]) -> set[str]:
    """The codes of what is covered and of all above it: who covers a measure covers its area and dimension."""
    concepts = load_concepts()
    reached: set[str] = set()
    for iri in covered:
        code = _code_of().get(iri)
        while code is not None and code not in reached:
            reached.add(code)
            code = concepts[code].parent
    return reached


@lru_cache(maxsize=1)
def _code_of() -> Mapping[str, str]:
    return MappingProxyType({concept.iri: code for code, concept in load_concepts().by_code.items()})


def _groups(peers: Sequence[Peer]) -> frozenset[str]:
    return frozenset(group for peer in peers for group in peer.groups)


def _has_row(concept: Concept) -> bool:
    return bool(load_concepts().children(concept.code))


def leaves(concept: Concept) -> list[Concept]:
    """The concepts without parts below one: the measures of a dimension, the targets of a goal."""
    below = load_concepts().children(concept.code)
    return [leaf for child in below for leaf in leaves(child)] if below else [concept]


def _row(concept: Concept, covered: frozenset[str], reached: Set[str], groups: Sequence[_Group]) -> Row:
    parts = leaves(concept)
    return Row(
        concept,
        tuple(part.code for part in parts if part.iri in covered),
        tuple(part.code for part in parts if part.iri not in covered),
        concept.code in reached,
        {group.name: group.mean_share(parts) for group in groups},
    )


def _nearest(covered: frozenset[str], peers: Sequence[Peer]) -> Iterable[tuple[Peer, float, tuple[str, ...]]]:
    """The peers that cover most of the same (Jaccard), and which of our gaps each of them fills."""
    nearest = sorted(((peer, _likeness(covered, peer.concepts)) for peer in peers), key=lambda n: (-n[1], n[0].id))
    found, alike = [], 0
    for peer, likeness in nearest:
        gaps = _gaps(covered, peer.concepts)
        alike += not gaps
        if gaps or alike <= _ALIKE:
            found.append((peer, likeness, gaps))
        if len(found) == _NEAREST:
            break
    return found


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    either = len(one | other)
    return round(len(one & other) / either, 4) if either else 0.0


def _gaps(covered: frozenset[str], others: frozenset[str]) -> tuple[str, ...]:
    by_iri = _code_of()
    return tuple(sorted((by_iri[iri] for iri in others - covered if iri in by_iri), key=natural_key))


def label_of(concept: Concept, language: str) -> str:
    """The label in a language, or in English."""
    return concept.labels.get(language) or concept.labels["en"]


def _notation(code: str) -> str:
    return load_concepts()[code].notation


def to_csv(report: Compliance) -> str:
    """The coverage as a table for a spreadsheet."""
    groups = sorted({group for row in report.rows for group in row.peers})
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*_COLUMNS, *(f"peers: {group}" for group in groups), "missing"])
    for row in report.rows:
        writer.writerow(
            [
                row.concept.scheme,
                row.concept.level,
                row.concept.notation,
                label_of(row.concept, report.language),
                str(row.mentioned).lower(),
                len(row.covered),
                row.parts,
                row.share,
                *(row.peers.get(group, "") for group in groups),
                " ".join(_notation(code) for code in row.missing),
            ]
        )
    return out.getvalue()
