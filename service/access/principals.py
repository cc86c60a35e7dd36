"""Who sends a request, and what they may do."""

from dataclasses import dataclass
from enum import IntEnum

from ontology.terms import graph_iri
from service.store.changes import Change
from service.store.manifest import graph_key

PROPOSALS = graph_iri("proposals")


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
        """Raise Forbidden unless they may write to the graphs of a change; of one too large, `graph` is known.

        What a proposer may add to theirs is for `service.alignments.rights` to say.
        """
        if self.role >= Role.writer and self.graphs is None:
            return
        if self.role < Role.proposer:
            raise Forbidden("This token is for reading.")
        touched = {graph or "an unknown graph"} if change is None else _touched(change)
        allowed = {PROPOSALS.value} if self.role == Role.proposer else self.graphs or frozenset()
        if outside := sorted(touched - allowed):
            raise Forbidden(f"This token may not write to <{outside[0]}>; it may to: {', '.join(sorted(allowed))}.")


def _touched(change: Change) -> set[str]:
    quads = {quad.graph_name for quad in (*change.added, *change.removed)}
    return {graph_key(graph) for graph in (*quads, *change.graphs_created, *change.graphs_dropped)}
