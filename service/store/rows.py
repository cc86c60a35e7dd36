"""Counts the rows in a serialized result as it passes, because the engine's serializer does not say how many it wrote.

Counting bytes costs a fifth of serializing them; turning every row into Python objects would cost more than the query.
"""

import re
from typing import Final, Protocol

# What a literal may hold and XML 1.0 may not, in UTF-8.
_NOT_XML: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")


def check_xml(piece: bytes) -> None:
    """Raise ValueError for what no XML parser would take; the engine writes it all the same."""
    if found := _NOT_XML.search(piece):
        code = f"U+{ord(found[0].decode()):04X}"
        raise ValueError(f"The result holds the character {code}, which XML cannot hold: ask for JSON or Turtle.")


class RowCounter(Protocol):
    """Is fed a serialization piece by piece and tells how many rows went by."""

    def feed(self, piece: bytes) -> int:
        """Return the number of rows that ended or began in this piece."""


class XmlRows:
    """In XML a literal cannot hold a raw `<`, so `<result>` is always a row."""

    _TAG = b"<result>"

    def __init__(self) -> None:
        """Start before the first piece."""
        self._held = b""

    def feed(self, piece: bytes) -> int:
        """Count opening tags, also one that two pieces share."""
        data = self._held + piece
        self._held = data[-(len(self._TAG) - 1) :]
        return data.count(self._TAG)


class JsonRows:
    r"""In SPARQL JSON a row after the first begins with `,{"` and the first letter of a variable.

    Inside a string a quote is always escaped, so `,{"` there can only be its end: then `}`, `,` or `]` follows, with
    which no variable begins. A term object follows a colon, never a comma. The first row is not preceded by a comma,
    hence the one to start with. Rows that bind nothing (`{}`) are not counted: they weigh three bytes each.
    """

    # An empty result is one small piece.
    _NONE = b'"bindings":[]'

    def __init__(self) -> None:
        """Start before the first piece."""
        self._held = b""
        self._rows_before = 1

    def feed(self, piece: bytes) -> int:
        """Count row starts, holding back the three bytes in which one may be cut."""
        data = self._held + piece
        self._held = data[-3:]
        ends_of_strings = data.count(b',{"}') + data.count(b',{",') + data.count(b',{"]')
        first, self._rows_before = self._rows_before, 0
        if first and self._NONE in data:
            first = 0
        return data[:-1].count(b',{"') - ends_of_strings + first


class TsvRows:
    """In TSV a newline in a literal is escaped; the first line names the variables."""

    def __init__(self) -> None:
        """Start before the first piece."""
        self._header = 1

    def feed(self, piece: bytes) -> int:
        """Count lines but the header."""
        lines = piece.count(b"\n")
        header = min(lines, self._header)
        self._header -= header
        return lines - header


class CsvRows:
    """In CSV a newline may be part of a quoted value, so only those outside quotes end a row."""

    def __init__(self) -> None:
        """Start before the first piece."""
        self._header = 1
        self._quoted = 0

    def feed(self, piece: bytes) -> int:
        """Count newlines outside quotes; a doubled quote leaves and enters again."""
        parts = piece.split(b'"')
        lines = b"".join(parts[self._quoted :: 2]).count(b"\n")
        self._quoted = (self._quoted + len(parts) - 1) % 2
        header = min(lines, self._header)
        self._header -= header
        return lines - header
