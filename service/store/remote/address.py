"""Where an engine is, how to sign in there, and what it promises."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, Self, TypeAlias
from urllib.parse import urlsplit

from service.store.manifest import Mode

EngineName: TypeAlias = Literal["oxigraph", "virtuoso", "other"]
Union: TypeAlias = Literal["kept", "engine"]
Auth: TypeAlias = Literal["basic", "digest"]


def is_remote(store: str) -> bool:
    """Tell whether the name of a store is the address of an engine, and not a folder."""
    return store.startswith(("http://", "https://"))


@dataclass(frozen=True)
class Remote:
    """One engine. Its secrets never show in a repr, and so in no log."""

    query: str
    """The address of queries."""
    update: str | None = None
    """The address of updates; without one the engine is only read."""
    graphs: str | None = None
    """The address of the graph store protocol, from which whole graphs are fetched."""
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    auth: Auth = "basic"
    default_graph: Mode = "union"
    engine: EngineName | None = None
    """Which program it is; None until it has been asked."""
    union: Union | None = None
    """Who keeps the union of the named graphs: our writes in the engine's default graph, or the engine by itself."""
    atomic: bool | None = None
    """Whether one update request happens as a whole or not at all."""
    label: str | None = None
    """What to call it where strangers read; None for its address."""
    state: int | None = None
    """What its data are taken to be as long as the number stays; None where they may change any time."""

    @property
    def place(self) -> str:
        """What it is called: its address, without what might be secret in it, unless there is a name for strangers."""
        if self.label is not None:
            return self.label
        parts = urlsplit(self.query)
        return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}{parts.path}"

    def known_as(self, server: str) -> Self:
        """Fill in what was not set, from what the engine says of itself."""
        named = server.lower()
        told: EngineName = "virtuoso" if "virtuoso" in named else "oxigraph" if "oxigraph" in named else "other"
        engine = self.engine or told
        return replace(
            self,
            engine=engine,
            union=self.union or ("kept" if engine == "oxigraph" else "engine"),
            atomic=engine == "oxigraph" if self.atomic is None else self.atomic,
        )

    def packed(self) -> str:
        """Write all of it, secrets included, for a process of our own."""
        return json.dumps(asdict(self))

    @classmethod
    def unpacked(cls, text: str) -> Self:
        """Read what `packed` wrote."""
        values: dict[str, Any] = json.loads(text)
        return cls(**values)
