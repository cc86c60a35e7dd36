"""The concepts that a text can be about: SDG goals and targets, SMART Concept, Green Deal, read from the ontology."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from pyoxigraph import Literal, NamedNode, RdfFormat, parse

_SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
_SCHEMES: Final = {
    "SDG": ("sdg", "sdg.ttl"),
    "SMART": ("smart-concept", "smart-concept.ttl"),
    "GD": ("green-deal", "green-deal.ttl"),
}
_PARTS: Final = re.compile(r"(\d+)")


@dataclass(frozen=True)
class Concept:
    """One goal, target, dimension, area or measure."""

    code: str  # as the lexicon writes it: "SDG 11.6", "SMART MO1.2", "GD GD5"
    iri: str
    scheme: str
    notation: str
    level: str
    parent: str | None
    labels: MappingProxyType[str, str] = field(repr=False)
    definitions: MappingProxyType[str, str] = field(repr=False)
    related: tuple[str, ...] = field(repr=False, default=())

    def __reduce__(self) -> tuple[Callable[[str], Concept], tuple[str]]:
        """Travels between processes as its code: each has read the ontology itself."""
        return _known, (self.code,)


@dataclass(frozen=True)
class Concepts:
    """All concepts, in natural order of their codes."""

    by_code: MappingProxyType[str, Concept]
    codes: tuple[str, ...]

    def __getitem__(self, code: str) -> Concept:
        """The concept with this code."""
        return self.by_code[code]

    def at(self, scheme: str, level: str) -> list[Concept]:
        """The concepts of one scheme and level."""
        return [
            self.by_code[code]
            for code in self.codes
            if self.by_code[code].scheme == scheme and self.by_code[code].level == level
        ]

    def children(self, code: str) -> list[Concept]:
        """The concepts directly below one."""
        return list(self._below.get(code, ()))

    @cached_property
    def _below(self) -> dict[str, list[Concept]]:
        found: dict[str, list[Concept]] = {}
        for code in self.codes:
            if parent := self.by_code[code].parent:
                found.setdefault(parent, []).append(self.by_code[code])
        return found


def _known(code: str) -> Concept:
    return load_concepts()[code]


def natural_key(code: str) -> tuple[tuple[int, int, str], ...]:
    """Order codes as people do: 2 before 11, digits before letters."""
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in _PARTS.split(code) if part)


@lru_cache(maxsize=1)
def load_concepts() -> Concepts:
    """Read the three schemes from the ontology files."""
    raw = {code: node for prefix in _SCHEMES for code, node in _read_scheme(prefix)}
    by_iri = {node.iri: code for code, node in raw.items()}
    concepts = {code: _concept(code, raw[code], by_iri) for code in sorted(raw, key=_code_key)}
    return Concepts(MappingProxyType(concepts), tuple(concepts))


def _code_key(code: str) -> tuple[str, tuple[tuple[int, int, str], ...]]:
    prefix, notation = code.split(" ", 1)
    return prefix, natural_key(notation)


@dataclass(frozen=True)
class _Node:
    iri: str
    properties: dict[str, list[object]]


def _read_scheme(prefix: str) -> Iterator[tuple[str, _Node]]:
    nodes: dict[str, dict[str, list[object]]] = {}
    for quad in parse((files("ontology") / _SCHEMES[prefix][1]).read_bytes(), RdfFormat.TURTLE):
        if isinstance(quad.subject, NamedNode):
            nodes.setdefault(quad.subject.value, {}).setdefault(quad.predicate.value, []).append(quad.object)
    for iri, properties in nodes.items():
        notation = properties.get(f"{_SKOS}notation")
        if notation and isinstance(notation[0], Literal):
            yield f"{prefix} {notation[0].value}", _Node(iri, properties)


def _concept(code: str, node: _Node, by_iri: dict[str, str]) -> Concept:
    prefix, notation = code.split(" ", 1)
    scheme = _SCHEMES[prefix][0]
    parents = _codes(node, "broader", by_iri)
    return Concept(
        code=code,
        iri=node.iri,
        scheme=scheme,
        notation=notation,
        level=_level(scheme, notation),
        parent=parents[0] if parents else None,
        labels=_texts(node, "prefLabel"),
        definitions=_texts(node, "definition"),
        related=tuple(sorted(_codes(node, "relatedMatch", by_iri), key=_code_key)),
    )


def _codes(node: _Node, name: str, by_iri: dict[str, str]) -> list[str]:
    found = node.properties.get(_SKOS + name, [])
    return [by_iri[other.value] for other in found if isinstance(other, NamedNode) and other.value in by_iri]


def _level(scheme: str, notation: str) -> str:
    if scheme == "sdg":
        return "target" if "." in notation else "goal"
    if scheme == "green-deal":
        return "area"
    if "." in notation:
        return "measure"
    return "area" if notation[-1].isdigit() else "dimension"


def _texts(node: _Node, name: str) -> MappingProxyType[str, str]:
    literals = [text for text in node.properties.get(_SKOS + name, []) if isinstance(text, Literal) and text.language]
    return MappingProxyType({str(text.language): text.value for text in literals})
