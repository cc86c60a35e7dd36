"""How far a strategy complies with the SMART Concept, the Green Deal and the SDGs, and what is missing."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from service.classify.concepts import Concept, load_concepts
from service.classify.results import Classification

_NEAREST: Final = 5
_COLUMNS: Final = ("scheme", "level", "notation", "label", "covered", "parts", "share")


@dataclass(frozen=True)
class Peer:
    """Another strategy: who it is, which groups of comparison it is in, and the concepts (IRIs) it covers."""

    id: str
    title: str
    groups: frozenset[str]
    concepts: frozenset[str]


@dataclass(frozen=True)
class Row:
    """A concept with parts (an area of measures, a goal of targets), and how many of them are covered."""

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
class Compliance:
    """The whole report."""

    rows: tuple[Row, ...]
    nearest: tuple[tuple[Peer, float, tuple[str, ...]], ...]
    language: str

    def as_json(self) -> dict[str, Any]:
        """The report as plain data."""
        return {
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
    rows = tuple(_row(concepts[code], covered, peers) for code in concepts.codes if _has_row(concepts[code]))
    return Compliance(rows, tuple(_nearest(covered, peers)), language)


def _has_row(concept: Concept) -> bool:
    return bool(load_concepts().children(concept.code))


def leaves(concept: Concept) -> list[Concept]:
    """The concepts without parts below one: the measures of a dimension, the targets of a goal."""
    below = load_concepts().children(concept.code)
    return [leaf for child in below for leaf in leaves(child)] if below else [concept]


def _row(concept: Concept, covered: frozenset[str], peers: Sequence[Peer]) -> Row:
    parts = leaves(concept)
    groups = sorted({group for peer in peers for group in peer.groups})
    return Row(
        concept,
        tuple(part.code for part in parts if part.iri in covered),
        tuple(part.code for part in parts if part.iri not in covered),
        concept.iri in covered,
        {group: _mean_share(parts, [peer for peer in peers if group in peer.groups]) for group in groups},
    )


def _mean_share(parts: Sequence[Concept], peers: Sequence[Peer]) -> float:
    found = sum(part.iri in peer.concepts for peer in peers for part in parts)
    return round(found / (len(parts) * len(peers)), 4)


def _nearest(covered: frozenset[str], peers: Sequence[Peer]) -> Iterable[tuple[Peer, float, tuple[str, ...]]]:
    """The peers that cover most of the same (Jaccard), and which of our gaps each of them fills."""
    by_iri = {concept.iri: code for code, concept in load_concepts().by_code.items()}
    scored = []
    for peer in peers:
        either = len(covered | peer.concepts)
        likeness = round(len(covered & peer.concepts) / either, 4) if either else 0.0
        gaps = sorted(by_iri[iri] for iri in peer.concepts - covered if iri in by_iri)
        scored.append((peer, likeness, tuple(gaps)))
    return sorted(scored, key=lambda near: (-near[1], near[0].id))[:_NEAREST]


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
                len(row.covered),
                row.parts,
                row.share,
                *(row.peers.get(group, "") for group in groups),
                " ".join(_notation(code) for code in row.missing),
            ]
        )
    return out.getvalue()
