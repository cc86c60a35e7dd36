"""What every loader is: a name, an origin, a licence, records in, triples out."""

from __future__ import annotations

import csv
import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

from pyoxigraph import NamedNode, Store, Triple

from ontology.terms import graph_iri


@dataclass(frozen=True)
class Input:
    """A local copy of one input: where it lies, where it came from, and the hash of its bytes."""

    path: Path
    origin: str

    @property
    def sha256(self) -> str:
        """Hash of the content, read in pieces."""
        digest = hashlib.sha256()
        with self.path.open("rb") as stream:
            while piece := stream.read(1 << 20):
                digest.update(piece)
        return digest.hexdigest()


@dataclass(frozen=True)
class Record:
    """A row of a table, and where it stands."""

    where: str
    fields: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        """The trimmed value of a column; empty when the row has no such column."""
        return (self.fields.get(name) or "").strip()


@dataclass(frozen=True)
class RdfRecord:
    """Some triples of an RDF file, and where they stand."""

    where: str
    triples: tuple[Triple, ...]


class RecordRejected(Exception):
    """A record that cannot be understood; the message says why, for a person."""


class InputError(Exception):
    """An input that cannot be read at all; one line: what was wrong, where, what to do."""


R = TypeVar("R", bound=Record | RdfRecord)


class Loader(ABC, Generic[R]):
    """One source. Subclasses say what it is, read it as a stream of records, and turn each into triples."""

    name: ClassVar[str]
    title: str
    origin: ClassVar[str]
    # Empty where nobody said which.
    licence: str
    accepts: ClassVar[str]
    # Raised when the same input should give other triples than before, so that it is loaded again.
    version: ClassVar[int] = 1

    @property
    def graph(self) -> NamedNode:
        """The named graph that this source fills, replaced as a whole."""
        return graph_iri(self.name)

    def default_inputs(self) -> Sequence[Path]:
        """What is loaded when no path is given; nothing for sources that do not ship with Strategraph."""
        return ()

    def prepare(self, store: Store) -> None:
        """Look things up once in the graph as it stands (for links to what is already known)."""

    @abstractmethod
    def read(self, inputs: Sequence[Input]) -> Iterator[R]:
        """The records, one at a time. Raises InputError when an input is not what this source gives."""

    @abstractmethod
    def triples(self, record: R) -> Iterable[Triple]:
        """The triples of a record. Raises RecordRejected when it makes no sense."""


# Open-data files of the region come in these; UTF-8 with or without a byte-order mark is tried first, since valid
# UTF-8 is hardly ever anything else.
ENCODINGS = ("utf-8-sig", "cp1250")


def read_text(source: Input) -> str:
    """A whole small file as text, whatever its encoding."""
    return source.path.read_bytes().decode(_encoding(source))


def read_csv(source: Input, required: Iterable[str]) -> Iterator[Record]:
    """The rows of a CSV file, streamed; delimiter (comma, semicolon, tab) and encoding are found out.

    Raises InputError when the file is not text, is empty, or lacks one of the `required` columns.
    """
    with source.path.open(encoding=_encoding(source), newline="") as stream:
        head = stream.readline()
        stream.seek(0)
        delimiter = max(",;\t", key=head.count)
        reader = csv.DictReader(stream, delimiter=delimiter)
        # Columns without a name are told apart by their place: the second nameless one would hide the first.
        reader.fieldnames = [name or f"column {at}" for at, name in enumerate(reader.fieldnames or (), start=1)]
        missing = sorted(set(required) - set(reader.fieldnames))
        if missing:
            raise InputError(f"{source.origin}: no column {', '.join(missing)}; is this the right file?")
        try:
            for row in reader:
                yield Record(f"{source.origin}:{reader.line_num}", {k: v for k, v in row.items() if isinstance(v, str)})
        except csv.Error as error:
            raise InputError(f"{source.origin}:{reader.line_num}: not readable as CSV ({error})") from error


def _encoding(source: Input) -> str:
    """The first encoding of ENCODINGS in which the whole file decodes, checked in pieces."""
    for encoding in ENCODINGS:
        try:
            with source.path.open(encoding=encoding) as stream:
                while stream.read(1 << 20):
                    pass
        except UnicodeDecodeError:
            continue
        return encoding
    raise InputError(f"{source.origin}: neither UTF-8 nor Windows-1250 text; save the file as UTF-8 and load it again")
