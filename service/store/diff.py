"""What distinguishes two stores, as a stream, so that no comparison needs to fit into memory."""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal, TypeAlias

from pyoxigraph import Quad, Store

from service.store.manifest import GraphName, Manifest, graph_key

Difference: TypeAlias = tuple[Literal["added", "removed"], Quad]


def lockstep(
    before: Iterable[Quad], in_before: Callable[[Quad], bool], after: Iterable[Quad], in_after: Callable[[Quad], bool]
) -> Iterator[Difference]:
    """Compare two streams without repetitions, given how to ask whether either holds a quad.

    Both stores keep a graph in the same order, so mostly both streams show the same quad and nothing is asked. That
    order only saves work: every quad is either met in both streams or looked up, so the answer is exact without it.
    """
    old, new = iter(before), iter(after)
    a, b = next(old, None), next(new, None)
    while a is not None and b is not None:
        if a == b:
            a, b = next(old, None), next(new, None)
        elif in_after(a):
            if in_before(b):
                a = next(old, None)
            else:
                yield "added", b
            b = next(new, None)
        else:
            yield "removed", a
            a = next(old, None)
    while a is not None:
        if not in_after(a):
            yield "removed", a
        a = next(old, None)
    while b is not None:
        if not in_before(b):
            yield "added", b
        b = next(new, None)


def compare(before: Store, after: Store, graphs: Iterable[GraphName]) -> Iterator[Difference]:
    """Compare graphs of two stores."""
    for graph in graphs:
        yield from lockstep(
            before.quads_for_pattern(None, None, None, graph),
            before.__contains__,
            after.quads_for_pattern(None, None, None, graph),
            after.__contains__,
        )


def touched(newest: Manifest, oldest: int, manifest: Callable[[int], Manifest | None]) -> set[str] | None:
    """Return the graphs that can differ between a generation and an older one; None when the chain is not complete.

    Every generation records the graphs that it wrote to, so a graph that no generation in between names is the same.
    """
    graphs: set[str] = set()
    step: Manifest | None = newest
    while step is not None and step.generation > oldest:
        if step.touched is None or step.parent is None:
            return None
        graphs.update(step.touched)
        step = manifest(step.parent)
    return graphs if step is not None and step.generation == oldest else None


def graphs_to_compare(before: Store, after: Store, keys: set[str] | None) -> list[GraphName]:
    """Return the named graphs of either store, less those known to be the same."""
    named: set[GraphName] = {*before.named_graphs(), *after.named_graphs()}
    return sorted((g for g in named if keys is None or graph_key(g) in keys), key=graph_key)
