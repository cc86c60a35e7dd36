"""Files of passages labelled by hand: the gold set, and what was written to learn from."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from importlib.resources.abc import Traversable

from service.classify.errors import LabelsError
from service.classify.labels import COLUMNS, label_names

Row = Mapping[str, str]
Labels = Mapping[str, tuple[str, ...]]


def labelled_rows(path: Traversable, columns: tuple[str, ...]) -> Iterator[tuple[Row, Labels]]:
    """The rows of a tab-separated file without quoting, and the labels of each by column, in their order.

    Raises LabelsError, with the line, when the header, the number of cells, a label or the text is not as it must be.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    reader = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    if tuple(reader.fieldnames or ()) != columns:
        raise LabelsError(f"{path.name}: the header must be {' '.join(columns)}")
    labelled = [column for column in columns if column in COLUMNS]
    for number, row in enumerate(reader, start=2):
        where = f"{path.name}, line {number}"
        if None in row or None in row.values():
            raise LabelsError(f"{where}: not {len(columns)} cells")
        if not row.get("text", "any"):
            raise LabelsError(f"{where}: no text")
        yield row, {column: _labels(where, column, row[column]) for column in labelled}


def _labels(where: str, column: str, cell: str) -> tuple[str, ...]:
    labels = tuple(cell.split())
    unknown = sorted(set(labels) - label_names(column))
    if unknown:
        raise LabelsError(f"{where}: unknown {column} {' '.join(unknown)}")
    return labels
