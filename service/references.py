"""What points at a thing, part by part: some things have a hundred thousand references, and no document holds them all.

A part begins at a position in the order in which the store keeps them, since sorting them all for each part would take
as long as reading them a hundred times. That order belongs to one generation, which the way to the next part names.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from fastapi import Request
from pyoxigraph import Literal, NamedNode, Triple

from ontology.terms import PREFIXES
from queries.catalogue import catalogue
from service.instance import Instance, client_of
from service.problems import Problem
from service.protocol import generation_number
from service.store.readers import Query

SIZE = 500
HYDRA = "http://www.w3.org/ns/hydra/core#"
_TOTAL, _NEXT = NamedNode(HYDRA + "totalItems"), NamedNode(HYDRA + "next")
_INTEGER = NamedNode(PREFIXES["xsd"] + "integer")


@dataclass(frozen=True)
class Part:
    """A place among the references to a thing, in one generation; an engine without versions has only the present."""

    start: int
    generation: int
    versioned: bool = True

    @classmethod
    async def asked(cls, instance: Instance, request: Request) -> Self:
        """The part that a request asks for; raises Problem."""
        after = request.query_params.get("after", "0")
        if not (after.isascii() and after.isdigit() and len(after) < 10):
            raise Problem(400, f"after: {after[:60]!r} is no position; follow the link to the next part.")
        state = await instance.generation(generation_number(request.query_params.get("generation")))
        return cls(int(after), state.number, state.versioned)

    @property
    def following(self) -> Self:
        """The part behind this one."""
        return replace(self, start=self.start + SIZE)

    @property
    def query(self) -> str:
        """What its address has behind the document's own."""
        pinned = f"&generation={self.generation}" if self.versioned else ""
        return f"?after={self.start}{pinned}" if self.start else ""


@dataclass(frozen=True)
class References:
    """The references of one part, and how many there are in all."""

    triples: list[Triple]
    total: int
    part: Part

    @property
    def any(self) -> bool:
        """Whether this part has any."""
        return self.total > self.part.start

    @property
    def more(self) -> bool:
        """Whether there are any behind this part."""
        return self.total > self.part.start + SIZE

    def told(self, address: str) -> list[Triple]:
        """What a document that does not hold all of them says of itself."""
        if self.total <= SIZE:
            return []
        document = NamedNode(address + self.part.query)
        said = [Triple(document, _TOTAL, Literal(str(self.total), datatype=_INTEGER))]
        following = NamedNode(address + self.part.following.query)
        return [*said, Triple(document, _NEXT, following)] if self.more else said


async def references(instance: Instance, request: Request, iri: str, part: Part) -> References:
    """The statements of a part that point at a thing."""
    text = catalogue()["references-to-an-entity"].text
    rows = await _rows(instance, request, f"{text}\nOFFSET {part.start:d}", iri, part)
    total = part.start + len(rows)
    if part.start or len(rows) == SIZE:
        counted = await _rows(instance, request, catalogue()["number-of-references-to-an-entity"].text, iri, part)
        total = int(counted[0]["number"]["value"]) if counted else 0
    found = sorted((r["subject"]["value"], r["property"]["value"]) for r in rows if r["subject"]["type"] == "uri")
    thing = NamedNode(iri)
    return References([Triple(NamedNode(subject), NamedNode(name), thing) for subject, name in found], total, part)


async def _rows(
    instance: Instance, request: Request, text: str, iri: str, part: Part
) -> list[dict[str, dict[str, str]]]:
    query = Query(text, substitutions={"entity": str(NamedNode(iri))}, generation=part.generation, brief=True)
    return await instance.pool.solutions(query, instance.limits(), client_of(request))
