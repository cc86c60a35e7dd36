"""Sends a change to an engine: as one update, and to more than one graph only where that is all or nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from pyoxigraph import DefaultGraph, Quad, RdfFormat, Triple, serialize

from service.store.manifest import GraphName
from service.store.remote import wire
from service.store.remote.address import Remote
from service.store.remote.errors import (
    EngineDenied,
    EngineFailed,
    EngineTimeout,
    EngineUnable,
    EngineUnreachable,
)

# An update of many statements takes an engine long; nobody is served by giving up on it early.
SECONDS = 600.0
# Virtuoso compiles an update like a query, and refuses one that is too long.
STEP = 500
DEFAULT = DefaultGraph()


@dataclass(frozen=True)
class Parcel:
    """What comes and goes; statements of the default graph only where our writes keep it."""

    added: frozenset[Quad]
    removed: frozenset[Quad]

    @property
    def graphs(self) -> set[GraphName]:
        """The graphs that it touches."""
        return {quad.graph_name for quad in self.added | self.removed}


def parcel(
    remote: Remote,
    added: Iterable[Quad],
    removed: Iterable[Quad],
    default_added: Iterable[Triple],
    default_removed: Iterable[Triple],
) -> Parcel:
    """Put together what is sent."""
    added, removed = frozenset(added), frozenset(removed)
    if remote.default_graph == "union" and remote.union == "kept":
        added |= {Quad(*triple) for triple in default_added}
        removed |= {Quad(*triple) for triple in default_removed}
    return Parcel(added, removed)


def send(remote: Remote, sent: Parcel) -> None:
    """Send all of it as one update, or refuse where the engine could stop halfway."""
    require_update(remote)
    if not remote.atomic and len(sent.graphs) > 1:
        names = ", ".join(sorted(map(str, sent.graphs)))
        raise EngineUnable(
            f"{remote.place} does not promise that a write to several graphs ({names}) happens as a whole or not at "
            "all: write to one graph at a time (STRATEGRAPH_REMOTE_ATOMIC says if it does)."
        )
    if not remote.atomic and len(sent.added) + len(sent.removed) > STEP:
        raise EngineUnable(
            f"{remote.place} does not promise that a write of more than {STEP} statements happens as a whole or not "
            "at all: use `strategraph load`, which can be repeated."
        )
    _post(remote, text_of(sent))


def send_in_steps(remote: Remote, sent: Parcel, last: Collection[str] = ()) -> None:
    """Send it graph by graph in pieces, those named in `last` at the end; to be repeated when it stops halfway."""
    require_update(remote)

    def order(graph: GraphName) -> tuple[bool, str]:
        return str(graph) in {f"<{name}>" for name in last}, str(graph)

    for graph in sorted(sent.graphs, key=order):
        for quads, is_removal in ((sent.removed, True), (sent.added, False)):
            waiting = iter(sorted((quad for quad in quads if quad.graph_name == graph), key=str))
            while piece := frozenset(islice(waiting, STEP)):
                nothing: frozenset[Quad] = frozenset()
                _post(remote, text_of(Parcel(nothing, piece) if is_removal else Parcel(piece, nothing)))


def require_update(remote: Remote) -> None:
    """Refuse where there is no address to write to."""
    if remote.update is None:
        raise EngineUnable(f"{remote.place} is only read: STRATEGRAPH_REMOTE_UPDATE names no address for updates.")


def text_of(sent: Parcel) -> str:
    """The update; a change of one graph is one operation."""
    if sent.added and sent.removed and len(sent.graphs) == 1 and DEFAULT not in sent.graphs:
        (graph,) = sent.graphs
        return (
            f"WITH {graph} DELETE {{ {''.join(_lines(sent.removed))} }} "
            f"INSERT {{ {''.join(_lines(sent.added))} }} WHERE {{ }}"
        )
    parts = [("DELETE", sent.removed), ("INSERT", sent.added)]
    return " ;\n".join(f"{word} DATA {{\n{''.join(_blocks(quads))}}}" for word, quads in parts if quads)


def _blocks(quads: Iterable[Quad]) -> Iterator[str]:
    by_graph: dict[GraphName, list[Quad]] = defaultdict(list)
    for quad in quads:
        by_graph[quad.graph_name].append(quad)
    for graph, held in by_graph.items():
        yield from _lines(held) if graph == DEFAULT else (f"GRAPH {graph} {{\n", *_lines(held), "}\n")


def _lines(quads: Iterable[Quad]) -> Iterator[str]:
    text = serialize((quad.triple for quad in quads), format=RdfFormat.N_TRIPLES)
    assert text is not None
    yield text.decode()


def _post(remote: Remote, text: str) -> None:
    try:
        body, _ = wire.send(remote, "INSERT", text, accept="*/*", seconds=SECONDS)
        while body.read(65_536):
            continue
        body.close()
    except (EngineFailed, EngineTimeout) as error:
        raise type(error)(f"{error} Whether the write happened is not known: look before you repeat it.") from error
    except (EngineDenied, EngineUnreachable, EngineUnable) as error:
        raise type(error)(f"{error} Nothing was written.") from error


def confirmed(remote: Remote, differing: int, of: int) -> None:
    """Raise when an engine did not do what it confirmed."""
    if differing:
        raise EngineFailed(
            f"{remote.place} confirmed the write, but {differing} of {of} statements are not as they should be: it may "
            "have changed their spelling. Look at the data."
        )
