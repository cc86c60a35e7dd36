"""Lays rectangles out so that areas are as large as their weights and none is a sliver (squarified treemap)."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Box:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float

    def inset(self, margin: float, top: float = 0.0) -> "Box":
        """The rectangle inside a margin, with more room on top for a heading."""
        return Box(
            self.x + margin,
            self.y + margin + top,
            max(self.width - 2 * margin, 0.0),
            max(self.height - 2 * margin - top, 0.0),
        )


def squarify(weights: Sequence[float], box: Box) -> list[Box]:
    """One box for each weight, in the same order; weights must be positive."""
    if any(weight <= 0 for weight in weights):
        raise ValueError("every weight must be positive")
    order = sorted(range(len(weights)), key=lambda i: -weights[i])
    scale = box.width * box.height / sum(weights) if weights else 0.0
    areas = [weights[i] * scale for i in order]
    placed: list[Box] = []
    while areas:
        length = min(box.width, box.height)
        count = _row_length(areas, length)
        row, areas = areas[:count], areas[count:]
        boxes, box = _place(row, box)
        placed += boxes
    result = [Box(0, 0, 0, 0)] * len(order)
    for i, place in zip(order, placed, strict=True):
        result[i] = place
    return result


def _row_length(areas: Sequence[float], length: float) -> int:
    """How many areas fit in a row before its worst shape gets worse."""
    count = 1
    while count < len(areas) and _worst(areas[: count + 1], length) <= _worst(areas[:count], length):
        count += 1
    return count


def _worst(row: Sequence[float], length: float) -> float:
    total = sum(row)
    if not total or not length:
        return float("inf")
    return max(length**2 * max(row) / total**2, total**2 / (length**2 * min(row)))


def _place(row: Sequence[float], box: Box) -> tuple[list[Box], Box]:
    total = sum(row)
    boxes = []
    if box.width >= box.height:
        width = total / box.height if box.height else 0.0
        y = box.y
        for area in row:
            height = area / width if width else 0.0
            boxes.append(Box(box.x, y, width, height))
            y += height
        return boxes, Box(box.x + width, box.y, max(box.width - width, 0.0), box.height)
    height = total / box.width if box.width else 0.0
    x = box.x
    for area in row:
        width = area / height if height else 0.0
        boxes.append(Box(x, box.y, width, height))
        x += width
    return boxes, Box(box.x, box.y + height, box.width, max(box.height - height, 0.0))
