"""Answers the questions of the Reconciliation API: candidates, values of properties, suggestions, the manifest."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator

from ontology.terms import BASE, LANGUAGES, ONTOLOGY, PREFIXES
from service.pages.ask import value
from service.pages.language import NAMES as LANGUAGE_NAMES
from service.pages.language import fold
from service.pages.names import FINDABLE, Named
from service.pages.page import Page
from service.pages.vocabulary import property_label
from service.pages.words import word
from service.problems import Problem
from service.reconcile.kinds import CLASSES, DEFAULTS, TYPES, Type, type_of
from service.reconcile.matching import CERTAIN, Candidate, NameIndex
from service.reconcile.values import TYPE, Statements, agrees, cells

LONGEST: Final = 500
MOST_QUERIES: Final = 200
MOST_CELLS: Final = 5_000
LIMIT: Final = 10
MOST: Final = 50
# How much each property counts beside the name.
PROPERTY_WEIGHT: Final = 0.4
PREVIEW: Final = (430, 220)
# Properties are looked up for the candidates that come first; others stay behind them.
LOOKED_AT: Final = 10


class PropertyWish(BaseModel):
    """A value that the thing should have."""

    pid: str
    v: Any

    @field_validator("v")
    @classmethod
    def _short(cls, v: Any) -> Any:
        # It is compared with every value of every candidate.
        if len(str(v)) > LONGEST:
            raise ValueError(f"a value may have {LONGEST} characters")
        return v


class Wish(BaseModel):
    """One query of a batch."""

    model_config = ConfigDict(extra="ignore")

    query: str = Field("", max_length=LONGEST)
    type: str | list[str] = Field(default_factory=list)
    type_strict: Literal["any", "should", "all"] = "any"
    limit: int = LIMIT
    properties: list[PropertyWish] = Field(default_factory=list, max_length=20)

    @property
    def types(self) -> list[str]:
        """The types asked for."""
        return [name for name in ([self.type] if isinstance(self.type, str) else self.type) if name]


class Column(BaseModel):
    """A property that is asked for, with its settings."""

    id: str
    settings: dict[str, Any] = Field(default_factory=dict)


class Extension(BaseModel):
    """A request for values."""

    ids: list[str]
    properties: list[Column]


BATCH: Final = TypeAdapter(dict[str, Wish])


def read_batch(text: str) -> dict[str, Wish]:
    """Read the queries; raises 400 with the first thing that is wrong."""
    try:
        batch = BATCH.validate_json(text)
    except ValidationError as error:
        raise Problem(400, f"queries: {_first(error)}") from None
    if len(batch) > MOST_QUERIES:
        raise Problem(400, f"queries: {len(batch)} are too many at a time, {MOST_QUERIES} are the most.")
    return batch


def read_extension(text: str) -> Extension:
    """Read a request for values; raises 400 with the first thing that is wrong."""
    try:
        wanted = Extension.model_validate_json(text)
    except ValidationError as error:
        raise Problem(400, f"extend: {_first(error)}") from None
    if len(wanted.ids) * max(1, len(wanted.properties)) > MOST_CELLS:
        raise Problem(400, f"extend: that is more than {MOST_CELLS} cells at a time.")
    return wanted


def _first(error: ValidationError) -> str:
    found = error.errors()[0]
    place = ".".join(map(str, found["loc"]))
    return f"{place}: {found['msg']}" if place else str(found["msg"])


class Answers:
    """The answers for one reader: a page knows the data, the language and the address of the service."""

    def __init__(self, page: Page) -> None:
        """Answer in the language of the page."""
        self.page = page
        self.names = page.corpus.names
        self.root = f"{page.base}/reconcile/{page.code}"
        # Two at a time: the others' queries have a turn too.
        self._turns = asyncio.Semaphore(2)
        self._read: dict[str, Statements] = {}

    async def batch(self, wishes: dict[str, Wish]) -> dict[str, Any]:
        """The candidates for each query."""
        index = await asyncio.to_thread(self._index)
        found = [await self._candidates(index, wish) for wish in wishes.values()]
        return {key: {"result": result} for key, result in zip(wishes, found, strict=True)}

    def _index(self) -> NameIndex:
        return self.page.corpus.keep(NameIndex, lambda: NameIndex(self.names.of_kind(*FINDABLE)))

    async def _candidates(self, index: NameIndex, wish: Wish) -> list[dict[str, Any]]:
        asked = [type_of(name) for name in wish.types]
        types = [one for one in asked if one is not None]
        limit = min(max(wish.limit, 1), MOST)
        pool = max(limit, LOOKED_AT) if wish.properties else limit
        text = wish.query or self._code(wish)
        known = types or not wish.types
        found = await asyncio.to_thread(index.find, text, lambda thing: _fits(thing, types), pool) if known else []
        # What OpenRefine says: other types are better than nothing, but never a match.
        others = not found and wish.type_strict == "should"
        if others:
            found = await asyncio.to_thread(index.find, text, lambda thing: True, pool)
        looked = await asyncio.gather(*(self._judged(one, wish) for one in found))
        ranked = sorted(looked, key=lambda result: -result["score"])[:limit]
        best = [result for result in ranked if result["score"] == CERTAIN and not others]
        for result in ranked:
            result["match"] = best == [result]
        return ranked

    def _code(self, wish: Wish) -> str:
        """Without a name, a code may tell which thing is meant."""
        return next((str(p.v) for p in wish.properties if isinstance(p.v, str | int)), "")

    async def _judged(self, candidate: Candidate, wish: Wish) -> dict[str, Any]:
        thing, score = candidate.thing, candidate.score
        features: list[dict[str, Any]] = [{"id": "name", "value": round(score, 1)}]
        if wish.properties:
            statements = await self.statements(thing.iri)
            for one in wish.properties:
                fits = agrees(one.v, one.pid, statements, self.page.corpus)
                features.append({"id": one.pid, "value": fits})
            fitting = sum(feature["value"] for feature in features[1:])
            weight = PROPERTY_WEIGHT * len(wish.properties)
            score = (score + CERTAIN * PROPERTY_WEIGHT * fitting) / (1 + weight)
        return {**self.entity(thing), "type": [self.type(CLASSES[thing.kind])], "score": round(score, 1)} | {
            "features": features
        }

    async def statements(self, iri: str) -> Statements:
        """What is stated about a thing."""
        async with self._turns:
            if iri not in self._read:
                rows = await self.page.rows("statements-about-an-entity", entity=iri, lang=self.page.code)
                self._read[iri] = Statements(rows)
            return self._read[iri]

    def entity(self, thing: Named) -> dict[str, Any]:
        """A thing with its name, and what tells it from namesakes."""
        return {"id": thing.iri, "name": self.page.name(thing.iri), "description": self.description(thing)}

    def description(self, thing: Named) -> str:
        """Its kind, its code and where it is."""
        parts = [self.page.kind(thing.iri), thing.notation, self.page.name(thing.parent) if thing.parent else ""]
        return " · ".join(part for part in parts if part)

    def type(self, iri: str) -> dict[str, str]:
        """A type with its name."""
        found = TYPES[iri]
        kind = next((kind for kind, known in CLASSES.items() if known == iri), "")
        return {"id": found.iri, "name": self.page.gettext(word(kind).one) if kind else self.page.name(iri)}

    # New columns.

    async def extend(self, wanted: Extension) -> dict[str, Any]:
        """The values of properties of things."""
        known = [iri for iri in dict.fromkeys(wanted.ids) if iri in self.names]
        found = dict(zip(known, await asyncio.gather(*map(self.statements, known)), strict=True))
        nothing = Statements([])
        rows = {
            iri: {column.id: self._cells(found.get(iri, nothing), column) for column in wanted.properties}
            for iri in wanted.ids
        }
        return {"meta": [self.property(column.id) for column in wanted.properties], "rows": rows}

    def _cells(self, statements: Statements, column: Column) -> list[dict[str, Any]]:
        code = str(column.settings.get("language") or self.page.code)
        limit = str(column.settings.get("limit") or "0")
        return cells(statements.of(column.id), code, int(limit) if limit.isdecimal() and len(limit) < 6 else 0)

    def property(self, iri: str) -> dict[str, str]:
        """A property with its name."""
        return {"id": iri, "name": property_label(iri, self.page.language)}

    async def properties(self, kind: str, limit: int) -> dict[str, Any]:
        """The properties of a type, the most used first."""
        wanted = type_of(kind) or TYPES[CLASSES["municipality"]]
        found: dict[str, None] = {}
        for name in wanted.kinds:
            rows = await self.page.rows("properties-of-a-class", **{"class": CLASSES[name]})
            found |= dict.fromkeys(value(row, "property") for row in rows)
        proposed = [self.property(iri) for iri in found if iri != TYPE]
        return {"type": wanted.iri, "limit": limit, "properties": proposed[:limit]}

    # Suggestions while typing.

    def entities(self, prefix: str, limit: int, kinds: Iterable[str] = FINDABLE) -> dict[str, Any]:
        """Things by a piece of their name."""
        found = self.names.find(prefix, limit, tuple(kinds))
        return {"result": [self.entity(t) | {"notable": [self.type(CLASSES[t.kind])]} for t in found]}

    def types(self, prefix: str, limit: int) -> dict[str, Any]:
        """Types by a piece of their name."""
        return _matching(map(self.type, TYPES), prefix, limit)

    async def property_names(self, prefix: str, limit: int) -> dict[str, Any]:
        """Properties by a piece of their name."""
        rows = await self.page.rows("classes-and-properties-in-use")
        iris = dict.fromkeys(value(row, "term") for row in rows if value(row, "role") == "property")
        return _matching(map(self.property, iris), prefix, limit)

    def manifest(self, version: str) -> dict[str, Any]:
        """What this service is and can do."""
        suggest = {kind: {"service_url": self.root, "service_path": f"/suggest/{kind}"} for kind in _SUGGESTED}
        suggest["entity"]["flyout_service_path"] = "/flyout/entity?id=${id}"
        return {
            "versions": ["0.1", "0.2"],
            "name": f"Strategraph ({LANGUAGE_NAMES[self.page.code]})",
            "identifierSpace": BASE,
            "schemaSpace": ONTOLOGY,
            "documentation": f"{self.page.base}/about",
            "serviceVersion": version,
            "logo": f"{self.page.base}/static/mark.svg",
            "view": {"url": f"{self.root}/view?id={{{{id}}}}"},
            "defaultTypes": [self.type(CLASSES[kind]) for kind in DEFAULTS],
            "suggest": suggest,
            "preview": {
                "url": f"{self.root}/preview?id={{{{id}}}}",
                "width": PREVIEW[0],
                "height": PREVIEW[1],
            },
            "extend": {
                "propose_properties": {"service_url": self.root, "service_path": "/properties"},
                "property_settings": [_limit_setting(self.page), _language_setting(self.page)],
            },
        }


_SUGGESTED: Final = ("entity", "type", "property")


def _limit_setting(page: Page) -> dict[str, Any]:
    return {
        "name": "limit",
        "label": page.gettext("Most values"),
        "type": "number",
        "default": 0,
        "help_text": page.gettext("How many values a cell may hold; 0 for all of them."),
    }


def _language_setting(page: Page) -> dict[str, Any]:
    return {
        "name": "language",
        "label": page.gettext("Language"),
        "type": "select",
        "default": page.code,
        "help_text": page.gettext("Texts in this language, else in English, else in all."),
        "choices": [{"value": code, "name": LANGUAGE_NAMES[code]} for code in LANGUAGES],
    }


def _fits(thing: Named, types: list[Type]) -> bool:
    return not types or any(one.has(thing) for one in types)


def _matching(found: Iterable[dict[str, str]], prefix: str, limit: int) -> dict[str, Any]:
    """Those whose name or identifier holds what was typed, beginnings first."""
    typed = fold(prefix)
    fitting = [one for one in found if typed in fold(one["name"]) or typed in fold(re.split("[/#]", one["id"])[-1])]
    return {"result": sorted(fitting, key=lambda one: not fold(one["name"]).startswith(typed))[:limit]}


DESCRIPTION: Final = PREFIXES["dct"] + "description"
