"""What everything about alignments shares: graphs, names, who acts, and what can go wrong.

AlignmentError
├── UnknownThing      there is no such alignment, strategy or concept
├── InvalidProposal   a field that is missing or wrong
└── AlreadyDecided    the alignment has that status already
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from ontology.terms import ID, PREFIXES, SCHEME, graph_iri, mint, slugify
from service.access.principals import PROPOSALS, Principal

DECISIONS: Final = graph_iri("decisions")
STATUSES: Final = ("proposed", "confirmed", "rejected")
_STATUS: Final = SCHEME + "alignment-status/"

__all__ = ["DECISIONS", "PROPOSALS", "STATUSES"]


class AlignmentError(Exception):
    """The root; `str()` is one line for a person."""

    status = 400


class UnknownThing(AlignmentError):
    """There is no such alignment, strategy or concept."""

    status = 404


class InvalidProposal(AlignmentError):
    """A field is missing or wrong."""

    status = 400


class AlreadyDecided(AlignmentError):
    """The alignment has that status already."""

    status = 409


def name(curie: str) -> NamedNode:
    """The IRI of a prefixed name."""
    prefix, local = curie.split(":", 1)
    return NamedNode(PREFIXES[prefix] + local)


TYPE: Final = name("rdf:type")
ALIGNMENT: Final = name("sg:Alignment")
STATUS: Final = name("sg:alignmentStatus")


@dataclass(frozen=True)
class Agent:
    """Who proposes or decides."""

    iri: NamedNode
    label: str

    @classmethod
    def of(cls, principal: Principal) -> Agent:
        """The bearer of a token, by its identifier; tokens are named by whoever made them."""
        slug = f"token-{principal.token}" if principal.token else slugify(principal.name) or "unnamed"
        return cls(mint("agent", slug), principal.name)

    def quads(self, graph: NamedNode) -> list[Quad]:
        """How they are described."""
        return [
            Quad(self.iri, TYPE, name("prov:Agent"), graph),
            Quad(self.iri, name("skos:prefLabel"), Literal(self.label), graph),
        ]


def status_iri(code: str) -> NamedNode:
    """The concept of a status; raises InvalidProposal for an unknown one."""
    if code not in STATUSES:
        raise InvalidProposal(f"the status {code!r} is none of {', '.join(STATUSES)}")
    return NamedNode(_STATUS + code)


def status_code(iri: str) -> str:
    """The short form of a status."""
    return iri.removeprefix(_STATUS)


def status_of(store: Store, alignment: NamedNode) -> str:
    """The status of an alignment, in whatever graph it stands."""
    found = next(store.quads_for_pattern(alignment, STATUS, None, None), None)
    return status_code(found.object.value) if found and isinstance(found.object, NamedNode) else "proposed"


def entity_iri(text: str, kind: str) -> NamedNode:
    """An entity given by its address or by the last part of it; raises UnknownThing for what cannot be one."""
    try:
        return NamedNode(text) if "://" in text else mint(kind, text.removeprefix(f"{kind}/"))
    except ValueError:
        raise UnknownThing(f"{text!r} is not the address of a thing of the kind {kind}") from None


def slug_of(iri: NamedNode) -> str:
    """The last part of the address of an entity of ours."""
    return iri.value.removeprefix(ID).partition("/")[2] or slugify(iri.value)


def is_a(store: Store, thing: NamedNode, kind: str) -> bool:
    """Tell whether some graph says that a thing is of a class."""
    return next(store.quads_for_pattern(thing, TYPE, name(kind), None), None) is not None


def in_graphs(store: Store, subject: NamedNode, predicate: NamedNode, *, union: bool) -> list[Quad]:
    """The statements of the named graphs, and of a default graph that is one of its own."""
    found = store.quads_for_pattern(subject, predicate, None, None)
    return [quad for quad in found if not (union and isinstance(quad.graph_name, DefaultGraph))]
