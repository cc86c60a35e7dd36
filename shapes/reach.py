"""What a shape reads, as an automaton over the data graph.

Forwards it finds the triples that the validation of a node needs, backwards the nodes that a changed triple concerns.
All target shapes are compiled into one nondeterministic automaton. A transition says "from a node in this state, follow
this predicate (or its inverse) and be in that state". Recursive shapes become loops, so nothing has to be cut off. Both
walks are over-approximations, which is safe: a node looked at in vain costs time, and findings about nodes that were
not asked for are dropped by the caller.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Store, Triple

from shapes.report import SH, sh
from shapes.targets import target_shapes
from shapes.view import GraphName, View

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDF_TYPE = NamedNode(RDF + "type")
RDF_FIRST, RDF_REST, RDF_NIL = NamedNode(RDF + "first"), NamedNode(RDF + "rest"), NamedNode(RDF + "nil")

# Constraints that hold another shape, to be read at the same nodes.
NESTED = ("node", "property", "not", "qualifiedValueShape")
NESTED_LISTS = ("and", "or", "xone")
# Constraints that compare with the values of another property of the same node.
PAIRED = ("equals", "disjoint", "lessThan", "lessThanOrEquals")
State = int


@dataclass(frozen=True)
class Step:
    """One transition: `predicate` None is any predicate (a closed shape)."""

    source: State
    predicate: NamedNode | None
    inverse: bool
    target: State


class Reach:
    """The automaton of a shapes graph; state 0 is a focus node."""

    def __init__(self, shapes: Store, graph: GraphName = DefaultGraph()) -> None:  # noqa: B008
        """Compile the target shapes of the default graph of `shapes`, to walk that graph of the data."""
        self._shapes = shapes
        self._graph = graph
        self._states: dict[Any, State] = {}
        self._epsilon: dict[State, set[State]] = defaultdict(set)
        self.steps: list[Step] = []
        self._count = 1
        for shape in target_shapes(shapes):
            self._epsilon[0].add(self._shape(shape))
        self._subjects_of = {q.object for q in shapes.quads_for_pattern(None, sh("targetSubjectsOf"), None)}
        self._objects_of = {q.object for q in shapes.quads_for_pattern(None, sh("targetObjectsOf"), None)}
        self._close()

    def read(self, data: Store, focus: Iterable[Any]) -> set[Triple]:
        """The triples that validating those nodes may read (types of all nodes met included)."""
        view = View(data, self._graph)
        found: set[Triple] = set()
        typed: set[Any] = set()
        seen: set[tuple[Any, State]] = set()
        own: dict[Any, dict[Any, list[Triple]]] = {}
        waiting = deque((node, 0) for node in focus)
        while waiting:
            node, state = waiting.popleft()
            if (node, state) in seen:
                continue
            seen.add((node, state))
            if node not in typed:
                typed.add(node)
                found.update(view.triples(node, RDF_TYPE))
            if self._forward[state]:
                # One look-up for all that a node says is far cheaper than one for each predicate of its shapes.
                if node not in own:
                    own[node] = _by_predicate(view.triples(node))
                for predicate, triples in own[node].items():
                    for target in self._forward[state].get(predicate, ()) + self._forward[state].get(None, ()):
                        found.update(triples)
                        waiting.extend((triple.object, target) for triple in triples)
            for step in self._backward[state]:
                for triple in view.triples(None, step.predicate, node):
                    found.add(triple)
                    waiting.append((triple.subject, step.target))
        return found

    def concerned(self, data: Store, changed: Iterable[Triple]) -> set[Any]:
        """The nodes whose validation may read one of the changed triples, as seen from the state `data`."""
        view = View(data, self._graph)
        focus: set[Any] = set()
        seen: set[tuple[Any, State]] = set()
        waiting: deque[tuple[Any, State]] = deque()
        for triple in changed:
            if triple.predicate == RDF_TYPE:
                # A type makes a target, and satisfies or breaks sh:class wherever the node is a value.
                waiting.extend((triple.subject, state) for state in range(self._count))
            if triple.predicate in self._subjects_of:
                focus.add(triple.subject)
            if triple.predicate in self._objects_of:
                focus.add(triple.object)
            for step in self._by_predicate[triple.predicate] + self._by_predicate[None]:
                waiting.append((triple.object if step.inverse else triple.subject, step.source))
        while waiting:
            node, state = waiting.popleft()
            if (node, state) in seen:
                continue
            seen.add((node, state))
            if state == 0:
                focus.add(node)
                continue
            for step in self._in[state]:
                for found in _edges(view, node, step.predicate, not step.inverse):
                    waiting.append((found.object if step.inverse else found.subject, step.source))
        return focus

    # -- compiling -------------------------------------------------------------------------------------------------

    def _new(self) -> State:
        self._count += 1
        return self._count - 1

    def _values(self, node: Any, name: str) -> list[Any]:
        return [q.object for q in self._shapes.quads_for_pattern(node, sh(name), None)]

    def _shape(self, shape: Any) -> State:
        """The state of a node that is to be validated against a shape."""
        if shape in self._states:
            return self._states[shape]
        start = self._states[shape] = self._new()
        paths = self._values(shape, "path")
        at = self._path(paths[0], start, inverse=False) if paths else start
        for name in NESTED:
            for nested in self._values(shape, name):
                self._epsilon[at].add(self._shape(nested))
        for name in NESTED_LISTS:
            for head in self._values(shape, name):
                for nested in rdf_list(self._shapes, head):
                    self._epsilon[at].add(self._shape(nested))
        for sibling in self._siblings(shape):
            self._epsilon[at].add(self._shape(sibling))
        for name in PAIRED:
            for predicate in self._values(shape, name):
                self.steps.append(Step(start, predicate, inverse=False, target=self._new()))
        if any(value.value in {"true", "1"} for value in self._values(shape, "closed")):
            self.steps.append(Step(at, None, inverse=False, target=self._new()))
        return start

    def _siblings(self, shape: Any) -> list[Any]:
        """What sh:qualifiedValueShapesDisjoint compares with: the values must not conform to siblings' shapes."""
        if not self._values(shape, "qualifiedValueShapesDisjoint"):
            return []
        parents = [q.subject for q in self._shapes.quads_for_pattern(None, sh("property"), shape)]
        properties = {prop for parent in parents for prop in self._values(parent, "property")}
        return [nested for prop in properties for nested in self._values(prop, "qualifiedValueShape")]

    def _path(self, path: Any, start: State, *, inverse: bool) -> State:
        """Add the transitions of a property path that starts in `start`; the state at its end."""
        if isinstance(path, NamedNode):
            end = self._new()
            self.steps.append(Step(start, path, inverse, end))
            return end
        if any(True for _ in self._shapes.quads_for_pattern(path, RDF_FIRST, None)):
            members = list(rdf_list(self._shapes, path))
            for member in reversed(members) if inverse else members:
                start = self._path(member, start, inverse=inverse)
            return start
        for inner in self._values(path, "inversePath"):
            return self._path(inner, start, inverse=not inverse)
        end = self._new()
        for head in self._values(path, "alternativePath"):
            for member in rdf_list(self._shapes, head):
                self._epsilon[self._path(member, start, inverse=inverse)].add(end)
        for name, (skip, repeat) in _REPEATS.items():
            for inner in self._values(path, name):
                last = self._path(inner, start, inverse=inverse)
                self._epsilon[last].add(end)
                if repeat:
                    self._epsilon[last].add(start)
                if skip:
                    self._epsilon[start].add(end)
        return end

    def _close(self) -> None:
        """Fold the empty transitions into the steps, and index the steps for both directions."""
        steps = []
        for state in range(self._count):
            same = self._reachable(state)
            steps += [Step(state, s.predicate, s.inverse, s.target) for s in self.steps if s.source in same]
        self.steps = steps
        self._forward: dict[State, dict[NamedNode | None, tuple[State, ...]]] = defaultdict(dict)
        self._backward: dict[State, list[Step]] = defaultdict(list)
        self._in: dict[State, list[Step]] = defaultdict(list)
        self._by_predicate: dict[NamedNode | None, list[Step]] = defaultdict(list)
        for step in steps:
            if step.inverse:
                self._backward[step.source].append(step)
            else:
                ahead = self._forward[step.source]
                ahead[step.predicate] = (*ahead.get(step.predicate, ()), step.target)
            self._in[step.target].append(step)
            self._by_predicate[step.predicate].append(step)

    def _reachable(self, state: State) -> set[State]:
        found, waiting = {state}, [state]
        while waiting:
            for following in self._epsilon.get(waiting.pop(), ()):
                if following not in found:
                    found.add(following)
                    waiting.append(following)
        return found


_REPEATS = {"zeroOrMorePath": (True, True), "oneOrMorePath": (False, True), "zeroOrOnePath": (True, False)}


def rdf_list(store: Store, head: Any) -> Iterator[Any]:
    """The members of an RDF list in the default graph."""
    while head != RDF_NIL and isinstance(head, NamedNode | BlankNode):
        members = [q.object for q in store.quads_for_pattern(head, RDF_FIRST, None)]
        rest = [q.object for q in store.quads_for_pattern(head, RDF_REST, None)]
        if len(members) != 1 or len(rest) != 1:
            raise ValueError(f"broken list in the shapes graph at {head}; see {SH}")
        yield members[0]
        head = rest[0]


def _edges(data: View, node: Any, predicate: NamedNode | None, inverse: bool) -> Iterator[Triple]:
    return data.triples(None, predicate, node) if inverse else data.triples(node, predicate)


def _by_predicate(triples: Iterable[Triple]) -> dict[Any, list[Triple]]:
    grouped: dict[Any, list[Triple]] = defaultdict(list)
    for triple in triples:
        grouped[triple.predicate].append(triple)
    return grouped
