"""Tables of figures, for the terminal, for documentation and as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """A title, column names, rows."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __str__(self) -> str:
        """Write the table in columns."""
        lines = [self.columns, *self.rows]
        widths = [max(len(line[place]) for line in lines) for place in range(len(self.columns))]
        written = (
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
        )
        return "\n".join([self.title, *written, ""])

    def markdown(self) -> str:
        """Write the table as documentation has it."""
        return "\n".join(
            [f"**{self.title}**", "", _row(self.columns), "|---" * len(self.columns) + "|", *map(_row, self.rows), ""]
        )


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
