"""The catalogue of named queries: each a file, its header read, its parameters bound as values and never as text."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from importlib import resources
from types import MappingProxyType

from pyoxigraph import Literal, NamedNode

XSD = "http://www.w3.org/2001/XMLSchema#"
LANGUAGES = ("en", "pl", "cs", "sk", "hu")
TYPES = ("iri", "string", "integer", "decimal", "date", "year", "lang")
THEMES = (
    "strategies",
    "places",
    "networks",
    "projects",
    "alignment",
    "partners",
    "funding",
    "provenance",
    "quality",
    "statistics",
)
CHARTS = ("table", "map", "network", "timeline", "bar")
# A value of a message: long enough to recognise what was given, short enough for one line.
SHOWN = 60
HEADER = re.compile(r"#\s*(?P<key>[a-z]+)(@(?P<language>[a-z]{2}))?:\s*(?P<value>.*)")


class HeaderError(ValueError):
    """A query file whose header is not as queries/README.md says."""


class ParameterError(ValueError):
    """A value that does not fit a parameter; one line for the person who gave it."""


@dataclass(frozen=True)
class Parameter:
    """A variable of a query that a caller may bind."""

    name: str
    type: str
    required: bool
    example: str
    labels: Mapping[str, str] = field(default_factory=dict)

    def term(self, value: str) -> str:
        """The value as a term in N-Triples syntax; ParameterError when it does not fit the type."""
        try:
            return str(_TERMS[self.type](value))
        except ValueError as error:
            shown = repr(value if len(value) <= SHOWN else value[:SHOWN] + "…")
            raise ParameterError(f"parameter {self.name}: {shown} is not {_EXPECTED[self.type]}") from error


@dataclass(frozen=True)
class NamedQuery:
    """A question as data: what it asks, in five languages, what it takes, and its SPARQL."""

    name: str
    titles: Mapping[str, str]
    descriptions: Mapping[str, str]
    theme: str
    tags: tuple[str, ...]
    chart: str
    parameters: tuple[Parameter, ...]
    text: str

    def bind(self, values: Mapping[str, str]) -> dict[str, str]:
        """Substitutions (variable to N-Triples term) for values; ParameterError for unknown, missing or unfit ones."""
        known = {parameter.name: parameter for parameter in self.parameters}
        unknown = sorted(set(values) - set(known))
        if unknown:
            raise ParameterError(f"{self.name} has no parameter {unknown[0]}; it has {', '.join(known) or 'none'}")
        missing = [p.name for p in self.parameters if p.required and not values.get(p.name)]
        if missing:
            raise ParameterError(f"{self.name} needs the parameter {missing[0]}, e.g. {known[missing[0]].example}")
        return {name: known[name].term(value) for name, value in values.items() if value}

    def examples(self) -> dict[str, str]:
        """The values that the file gives for its required parameters."""
        return {p.name: p.example for p in self.parameters if p.required}


def parse(name: str, source: str) -> NamedQuery:
    """Read a query file. Raises HeaderError that names the file and what is wrong."""
    found: dict[str, dict[str, str]] = {"title": {}, "description": {}}
    single: dict[str, str] = {}
    parameters: list[Parameter] = []
    for line in source.splitlines():
        if not line.startswith("#"):
            break
        match = HEADER.fullmatch(line.strip())
        if match is None:
            raise HeaderError(f"{name}.rq: the header line {line!r} is not 'key: value'")
        key, language, value = match["key"], match["language"], match["value"].strip()
        if key in found and language:
            if language in found[key]:
                raise HeaderError(f"{name}.rq: {key}@{language} stands there twice")
            found[key][language] = value
        elif key == "param":
            parameters.append(_parameter(name, value))
        elif key in {"theme", "tags", "chart"}:
            single[key] = value
        else:
            raise HeaderError(f"{name}.rq: unknown header {key!r}")
    _check(name, found, single, [parameter.name for parameter in parameters])
    tags = tuple(tag.strip() for tag in single.get("tags", "").split(",") if tag.strip())
    chart = single.get("chart", "table")
    return NamedQuery(
        name, found["title"], found["description"], single["theme"], tags, chart, tuple(parameters), source
    )


@lru_cache(maxsize=1)
def catalogue() -> Mapping[str, NamedQuery]:
    """Every named query that ships with Strategraph, by name."""
    files = sorted((entry for entry in resources.files("queries").iterdir() if entry.name.endswith(".rq")), key=str)
    known = {name: parse(name, entry.read_text("utf-8")) for entry in files for name in [entry.name[:-3]]}
    return MappingProxyType(known)


def _check(name: str, texts: Mapping[str, Mapping[str, str]], single: Mapping[str, str], parameters: list[str]) -> None:
    """Raise HeaderError for what a header lacks or must not have."""
    for key, versions in texts.items():
        missing = [language for language in LANGUAGES if not versions.get(language)]
        if missing:
            raise HeaderError(f"{name}.rq: no {key} in {', '.join(missing)}")
    if single.get("theme") not in THEMES:
        raise HeaderError(f"{name}.rq: the theme is {single.get('theme')!r}, not one of {', '.join(THEMES)}")
    if single.get("chart", "table") not in CHARTS:
        raise HeaderError(f"{name}.rq: the chart is {single['chart']!r}, not one of {', '.join(CHARTS)}")
    if len(set(parameters)) < len(parameters):
        raise HeaderError(f"{name}.rq: a parameter stands there twice among {', '.join(parameters)}")


def _parameter(query: str, text: str) -> Parameter:
    head, *rest = (part.strip() for part in text.split(" | "))
    words = head.split(maxsplit=3)
    if len(words) < 3 or words[1] not in TYPES or words[2] not in {"required", "optional"}:
        raise HeaderError(f"{query}.rq: a parameter is 'name type required|optional example', not {head!r}")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9]*", words[0]):
        raise HeaderError(f"{query}.rq: {words[0]!r} cannot be the name of a parameter; use letters and digits")
    pairs = [part.removeprefix("label@").partition(":") for part in rest if part.startswith("label@")]
    labels = {language: label.strip() for language, _, label in pairs}
    missing = [language for language in LANGUAGES if not labels.get(language)]
    if missing:
        raise HeaderError(f"{query}.rq: parameter {words[0]} has no label in {', '.join(missing)}")
    found = Parameter(words[0], words[1], words[2] == "required", words[3] if len(words) > 3 else "", labels)
    if found.required and not found.example:
        raise HeaderError(f"{query}.rq: parameter {found.name} is required, so it needs an example")
    if found.example:
        try:
            found.term(found.example)
        except ParameterError as error:
            raise HeaderError(f"{query}.rq: the example of {error}") from error
    return found


def _typed(datatype: str) -> NamedNode:
    return NamedNode(XSD + datatype)


def _iri(value: str) -> NamedNode:
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", value, re.ASCII):
        raise ValueError(value)
    return NamedNode(value)


def _integer(value: str) -> Literal:
    # Eighteen digits fit into the 64 bits that engines give an integer.
    if not re.fullmatch(r"[+-]?\d{1,18}", value, re.ASCII):
        raise ValueError(value)
    return Literal(str(int(value)), datatype=_typed("integer"))


def _date(value: str) -> Literal:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        raise ValueError(value)
    return Literal(datetime.date.fromisoformat(value).isoformat(), datatype=_typed("date"))


def _decimal(value: str) -> Literal:
    if not re.fullmatch(r"[+-]?\d{1,18}(\.\d{1,18})?", value, re.ASCII):
        raise ValueError(value)
    return Literal(f"{Decimal(value):f}", datatype=_typed("decimal"))


def _year(value: str) -> Literal:
    if not re.fullmatch(r"\d{4}", value, re.ASCII):
        raise ValueError(value)
    return Literal(value, datatype=_typed("gYear"))


def _lang(value: str) -> Literal:
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", value, re.ASCII):
        raise ValueError(value)
    return Literal(value)


_TERMS: dict[str, Callable[[str], NamedNode | Literal]] = {
    "iri": _iri,
    "string": Literal,
    "integer": _integer,
    "decimal": _decimal,
    "date": _date,
    "year": _year,
    "lang": _lang,
}
_EXPECTED = {
    "iri": "an absolute IRI",
    "string": "a text",
    "integer": "a whole number",
    "decimal": "a number",
    "date": "a date (YYYY-MM-DD)",
    "year": "a year (YYYY)",
    "lang": "a language tag such as en or pl",
}
