"""What is known of a generation without opening it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pyoxigraph import BlankNode, DefaultGraph, NamedNode

from service.store.errors import StoreDamaged

Mode: TypeAlias = Literal["union", "strict"]
GraphName: TypeAlias = NamedNode | BlankNode | DefaultGraph
NAME = "manifest.json"
DEFAULT_KEY = "DEFAULT"


def graph_key(graph: GraphName) -> str:
    """Return the name of a graph in manifests: its IRI, `_:` and label, or `DEFAULT`."""
    if isinstance(graph, NamedNode):
        return graph.value
    return f"_:{graph.value}" if isinstance(graph, BlankNode) else DEFAULT_KEY


def graph_of(key: str) -> GraphName:
    """Return the graph that a manifest names."""
    if key == DEFAULT_KEY:
        return DefaultGraph()
    return BlankNode(key[2:]) if key.startswith("_:") else NamedNode(key)


@dataclass(frozen=True)
class Manifest:
    """One generation: where it came from and what it holds."""

    generation: int
    parent: int | None
    created: str
    agent: str
    message: str
    quads: int
    """Statements: those of the named graphs, in strict mode also those of the default graph."""
    added: int | None
    removed: int | None
    """None where nobody counted, as after a rollback."""
    default_graph: Mode
    default: int
    """Triples of the physical default graph; in union mode the number of distinct triples."""
    graphs: Mapping[str, int] = field(default_factory=dict)
    touched: tuple[str, ...] | None = None
    """The graphs in which this generation can differ from its parent; None when it can be any."""
    restored: int | None = None
    """The generation that a rollback brought back."""
    writes: tuple[Mapping[str, Any], ...] = ()
    """Agent, message, counts and graphs of each write, where several writers share a generation."""

    def as_json(self) -> dict[str, Any]:
        """Return the manifest as plain data."""
        return asdict(self)

    def write(self, folder: Path) -> None:
        """Write the manifest into the folder of its generation."""
        text = json.dumps(self.as_json(), ensure_ascii=False, indent=1)
        (folder / NAME).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Read the manifest of a generation."""
        try:
            return cls.of(json.loads((folder / NAME).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise StoreDamaged(
                f"{folder / NAME} is missing or unreadable ({error}): restore this generation from a backup."
            ) from error

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Manifest":
        """Make a manifest of what `as_json` gave; raises TypeError or KeyError for anything else."""
        touched = None if data["touched"] is None else tuple(data["touched"])
        return cls(**{**data, "touched": touched, "writes": tuple(data.get("writes", ()))})
