"""Who sends a request, and what they may do."""

from dataclasses import dataclass
from enum import IntEnum

from pyoxigraph import Literal, NamedNode

from ontology.terms import PREFIXES, SCHEME, graph_iri
from service.store.changes import Change
from service.store.manifest import graph_key

PROPOSALS = graph_iri("proposals")
STATUS = NamedNode(PREFIXES["sg"] + "alignmentStatus")
PROPOSED = NamedNode(SCHEME + "alignment-status/proposed")


class Role(IntEnum):
    """What a token is for; each role may do what those before it may."""

    reader = 1
    """Ask queries with higher limits."""
    proposer = 2
    """Add proposals, for others to confirm."""
    writer = 3
    """Write to named graphs."""
    admin = 4
    """Everything."""


class Forbidden(Exception):
    """What a principal may not do; one sentence."""


@dataclass(frozen=True)
class Principal:
    """The bearer of a token."""

    name: str
    role: Role
    graphs: frozenset[str] | None = None
    """The named graphs that they may write to; None for all, the default graph among them."""
    token: str | None = None
    """The token's identifier, which is no secret; None for the one in the settings."""

    @property
    def agent(self) -> str:
        """How the history of the store names them."""
        return f"{self.name} (token {self.token})" if self.token else self.name

    def check(self, change: Change | None, graph: str | None = None) -> None:
        """Raise Forbidden unless they may make a change; of one too large to hold only the `graph` is known."""
        if self.role >= Role.writer and self.graphs is None:
            return
        if self.role < Role.proposer:
            raise Forbidden("This token is for reading.")
        touched = {graph or "an unknown graph"} if change is None else _touched(change)
        allowed = {PROPOSALS.value} if self.role == Role.proposer else self.graphs or frozenset()
        if outside := sorted(touched - allowed):
            raise Forbidden(f"This token may not write to <{outside[0]}>; it may to: {', '.join(sorted(allowed))}.")
        if self.role == Role.proposer:
            _check_proposal(change)


def _touched(change: Change) -> set[str]:
    quads = {quad.graph_name for quad in (*change.added, *change.removed)}
    return {graph_key(graph) for graph in (*quads, *change.graphs_created, *change.graphs_dropped)}


def _check_proposal(change: Change | None) -> None:
    if change is None or change.removed or change.graphs_dropped:
        raise Forbidden("This token may only add proposals, not take anything away.")
    for quad in change.added:
        if quad.predicate == STATUS and quad.object != PROPOSED:
            shown = quad.object.value if isinstance(quad.object, NamedNode | Literal) else "a blank node"
            raise Forbidden(f"This token may only add what is proposed, not {shown}.")
