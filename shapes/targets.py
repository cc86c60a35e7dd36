"""Which nodes a shape is about: its focus nodes in a graph, and whether a given node is one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pyoxigraph import Literal, NamedNode, Store

from shapes.report import sh
from shapes.view import View

RDF_TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
RDFS_SUBCLASS = NamedNode("http://www.w3.org/2000/01/rdf-schema#subClassOf")
# A node shape of one of these types is a class as well, and its own target.
CLASS_TYPES = (
    NamedNode("http://www.w3.org/2000/01/rdf-schema#Class"),
    NamedNode("http://www.w3.org/2002/07/owl#Class"),
)
TARGETS = ("targetClass", "targetNode", "targetSubjectsOf", "targetObjectsOf")


@dataclass(frozen=True)
class Target:
    """The targets of one shape."""

    shape: Any
    classes: frozenset[Any]
    nodes: frozenset[Any]
    subjects_of: frozenset[Any]
    objects_of: frozenset[Any]

    @classmethod
    def of(cls, shapes: Store, shape: Any) -> Target:
        """Read the targets of a shape."""

        def values(name: str) -> frozenset[Any]:
            return frozenset(q.object for q in shapes.quads_for_pattern(shape, sh(name), None))

        classes, nodes, subjects_of, objects_of = map(values, TARGETS)
        for predicate in subjects_of | objects_of:
            if not isinstance(predicate, NamedNode):
                raise TypeError(f"the shapes name {predicate} as a property; a property is an IRI")
        types = {q.object for q in shapes.quads_for_pattern(shape, RDF_TYPE, None)}
        if sh("NodeShape") in types and types.intersection(CLASS_TYPES):
            classes |= {shape}
        return cls(shape, classes, nodes, subjects_of, objects_of)

    def __bool__(self) -> bool:
        """True when the shape has any target."""
        return bool(self.classes or self.nodes or self.subjects_of or self.objects_of)

    def focus_nodes(self, data: View) -> set[Any]:
        """All focus nodes in the data."""
        found = set(self.nodes)
        for cls in {sub for target in self.classes for sub in subclasses(data, target)}:
            found.update(t.subject for t in data.triples(None, RDF_TYPE, cls))
        for predicate in self.subjects_of:
            found.update(t.subject for t in data.triples(None, predicate))
        for predicate in self.objects_of:
            found.update(t.object for t in data.triples(None, predicate))
        return found

    def has(self, data: View, node: Any, types: Types) -> bool:
        """Whether a node is a focus node, at a cost that does not grow with the data."""
        if node in self.nodes or (self.classes and not self.classes.isdisjoint(types.of(node))):
            return True
        for predicate in self.subjects_of:
            if any(True for _ in data.triples(node, predicate)):
                return True
        return any(True for predicate in self.objects_of for _ in data.triples(None, predicate, node))


class Types:
    """The classes of nodes, with all classes above them; remembers what it found, so use it for one state only."""

    def __init__(self, data: View) -> None:
        """Know nothing yet."""
        self._data = data
        self._above: dict[Any, frozenset[Any]] = {}
        self._types: dict[Any, frozenset[Any]] = {}

    def of(self, node: Any) -> frozenset[Any]:
        """Every class that a node is an instance of."""
        if node not in self._types:
            direct = [t.object for t in self._data.triples(node, RDF_TYPE)]
            self._types[node] = frozenset().union(*map(self._superclasses, direct))
        return self._types[node]

    def _superclasses(self, cls: Any) -> frozenset[Any]:
        if cls not in self._above:
            self._above[cls] = frozenset(
                _closure(cls, lambda c: (t.object for t in self._data.triples(c, RDFS_SUBCLASS)))
            )
        return self._above[cls]


def all_targets(shapes: Store) -> list[Target]:
    """The targets of every shape that has one and is not deactivated."""
    return [Target.of(shapes, shape) for shape in target_shapes(shapes) if not deactivated(shapes, shape)]


def target_shapes(shapes: Store) -> list[Any]:
    """The shapes that have a target of their own."""
    found = {q.subject for name in TARGETS for q in shapes.quads_for_pattern(None, sh(name), None)}
    for cls in CLASS_TYPES:
        classes = {q.subject for q in shapes.quads_for_pattern(None, RDF_TYPE, cls)}
        found |= {q.subject for q in shapes.quads_for_pattern(None, RDF_TYPE, sh("NodeShape"))} & classes
    return sorted(found, key=str)


def deactivated(shapes: Store, shape: Any) -> bool:
    """Whether a shape or constraint is switched off."""
    values = [q.object for q in shapes.quads_for_pattern(shape, sh("deactivated"), None)]
    return any(isinstance(value, Literal) and value.value in {"true", "1"} for value in values)


def focus_nodes(shapes: Store, shape: Any, data: View) -> set[Any]:
    """The focus nodes of a shape in the data."""
    return Target.of(shapes, shape).focus_nodes(data)


def subclasses(data: View, cls: Any) -> set[Any]:
    """A class and everything below it in the data."""
    return _closure(cls, lambda c: (t.subject for t in data.triples(None, RDFS_SUBCLASS, c)))


def _closure(start: Any, following: Any) -> set[Any]:
    found: set[Any] = set()
    waiting: list[Any] = [start]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            nodes: Iterable[Any] | Iterator[Any] = following(current)
            waiting += nodes
    return found
