"""The labels that linear models decide: goals, SMART Concept areas and Green Deal areas, and what relates to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from service.classify.concepts import Concept, load_concepts

# Column of the gold set -> prefix of the codes and level in the ontology. Sub-areas of the Green Deal are no labels.
COLUMNS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {"goals": ("SDG", "goal"), "areas": ("SMART", "area"), "green_deal": ("GD", "area")}
)
# A Green Deal area to which measures of so many dimensions relate says nothing about what a measure is.
_GENERAL: Final = 3
# Goals and targets that are about the environment, or about what the Green Deal always counts in: transport, research.
_GREEN_GOALS: Final = frozenset({"6", "7", "12", "13", "14", "15"})
_GREEN_TARGETS: Final = frozenset({"2.4", "3.9", "9.4", "9.5", "11.2", "11.6", "11.b"})


@lru_cache(maxsize=1)
def label_codes() -> tuple[str, ...]:
    """The codes of all labels, scheme after scheme."""
    concepts = load_concepts()
    return tuple(
        code
        for prefix, level in COLUMNS.values()
        for code in concepts.codes
        if code.startswith(f"{prefix} ") and concepts[code].level == level and "." not in concepts[code].notation
    )


@lru_cache(maxsize=1)
def places() -> Mapping[str, range]:
    """Where in `label_codes` the labels of each column stand."""
    found, start = {}, 0
    for column, (prefix, _) in COLUMNS.items():
        count = sum(code.startswith(f"{prefix} ") for code in label_codes())
        found[column] = range(start, start + count)
        start += count
    return MappingProxyType(found)


def label_names(column: str) -> frozenset[str]:
    """The notations of the labels of a column."""
    return frozenset(label_codes()[place].split(" ", 1)[1] for place in places()[column])


def label_places(labels: Mapping[str, Iterable[str]]) -> dict[str, tuple[int, ...]]:
    """From notations by column to places in `label_codes`, in the same order."""
    return {
        column: tuple(_numbers()[f"{COLUMNS[column][0]} {notation}"] for notation in notations)
        for column, notations in labels.items()
    }


@lru_cache(maxsize=1)
def shares() -> Mapping[str, Mapping[str, Mapping[int, float]]]:
    """For each concept and column what its words speak for: its own label, or those of related concepts by share."""
    concepts = load_concepts()
    general = _general()
    reverse: dict[str, list[str]] = {}
    for code in concepts.codes:
        for other in concepts[code].related:
            reverse.setdefault(other, []).append(code)
    found = {}
    for code in concepts.codes:
        related = [] if code in general else [*concepts[code].related, *reverse.get(code, [])]
        found[code] = _shares(code, [other for other in related if other not in general and _says(code, other)])
    return MappingProxyType(found)


def _says(code: str, other: str) -> bool:
    """Tell whether the words of a concept say a related one: only what is green by itself says the Green Deal."""
    return code.startswith("GD ") or not other.startswith("GD ") or green(code)


@lru_cache(maxsize=512)
def green(code: str) -> bool:
    """Tell whether a goal, target or measure is about the environment, transport or research, at least by half."""
    concept = load_concepts()[code]
    if concept.scheme == "sdg":
        return concept.notation.split(".")[0] in _GREEN_GOALS or concept.notation in _GREEN_TARGETS
    targets = [other for other in concept.related if other.startswith("SDG ")]
    return concept.notation.startswith("MO") or 2 * sum(map(green, targets)) >= max(1, len(targets))


def _general() -> frozenset[str]:
    dimensions: dict[str, set[str]] = {}
    for measure in load_concepts().at("smart-concept", "measure"):
        for other in measure.related:
            if other.startswith("GD "):
                dimensions.setdefault(other, set()).add(measure.notation[:2])
    return frozenset(code for code, those in dimensions.items() if len(those) >= _GENERAL)


def _shares(code: str, related: list[str]) -> Mapping[str, Mapping[int, float]]:
    own = own_label(load_concepts()[code])
    found: dict[str, dict[int, float]] = {}
    for column, range_ in places().items():
        if own is not None and own in range_:
            found[column] = {own: 1.0}
            continue
        labels = [label for other in related if (label := own_label(load_concepts()[other])) is not None]
        counted = [label for label in labels if label in range_]
        found[column] = {label: counted.count(label) / len(counted) for label in sorted(set(counted))}
    return found


def own_label(concept: Concept) -> int | None:
    """The place of the label that a concept is, or is a part of; None for dimensions."""
    prefix = concept.code.split(" ", 1)[0]
    return _numbers().get(f"{prefix} {concept.notation.split('.', 1)[0]}")


@lru_cache(maxsize=1)
def _numbers() -> Mapping[str, int]:
    return {code: place for place, code in enumerate(label_codes())}


@lru_cache(maxsize=1)
def carries() -> tuple[tuple[tuple[int, float], ...], ...]:
    """For each label which labels of the other schemes it carries along, as a mean over its concepts."""
    concepts = load_concepts()
    total: list[dict[int, float]] = [{} for _ in label_codes()]
    parts = [0] * len(label_codes())
    for code in concepts.codes:
        own = own_label(concepts[code])
        if own is None:
            continue
        parts[own] += 1
        for found in shares()[code].values():
            for label, share in found.items():
                if label != own:
                    total[own][label] = total[own].get(label, 0.0) + share
    return tuple(
        tuple((label, value / count) for label, value in sorted(found.items()))
        for found, count in zip(total, parts, strict=True)
    )
