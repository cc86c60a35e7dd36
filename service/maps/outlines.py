"""The outlines of countries and regions, as the build made them of Natural Earth, as GeoJSON and as paths of an SVG."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

Point = tuple[float, float]
# A degree of longitude is shorter than one of latitude, at 50 degrees north by this much.
SHRINK: Final = 0.64
# What a reader sees first, in degrees: the four countries with a little room.
WEST, SOUTH, EAST, NORTH = 11.8, 45.5, 24.6, 55.1


@dataclass(frozen=True)
class Frame:
    """A part of the world in degrees, drawn `width` units wide."""

    width: float
    west: float = WEST
    south: float = SOUTH
    east: float = EAST
    north: float = NORTH

    @property
    def scale(self) -> float:
        """Units for a degree of latitude."""
        return self.width / ((self.east - self.west) * SHRINK)

    @property
    def height(self) -> float:
        """How high the drawing is."""
        return round((self.north - self.south) * self.scale, 1)

    def place(self, longitude: float, latitude: float) -> Point:
        """Where a position is in the drawing."""
        x = (longitude - self.west) * SHRINK * self.scale
        return round(x, 1), round((self.north - latitude) * self.scale, 1)

    def holds(self, longitude: float, latitude: float) -> bool:
        """Whether a position is inside."""
        return self.west <= longitude <= self.east and self.south <= latitude <= self.north

    def path(self, geometry: Mapping[str, Any]) -> str:
        """A polygon as the data of an SVG path, in whole units: less is seen by nobody."""
        return "".join(self._ring(ring) for ring in _rings(geometry))

    def _ring(self, ring: Iterable[Point]) -> str:
        points = [(round(x), round(y)) for x, y in (self.place(*point[:2]) for point in ring)]
        kept = [point for i, point in enumerate(points) if not i or point != points[i - 1]]
        if len(kept) < 4:
            return ""
        steps = (f"{x - a} {y - b}" for (a, b), (x, y) in pairwise(kept))
        return f"M{kept[0][0]} {kept[0][1]}l{' '.join(steps)}z"


@dataclass(frozen=True)
class Outlines:
    """The outlines by the code of their region; none at all where nothing was built."""

    geometries: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    approximate: frozenset[str] = frozenset()
    """The regions whose borders the build worked out from the places in them."""

    @classmethod
    def of(cls, collection: Mapping[str, Any] | None) -> "Outlines":
        """Read the features that the build wrote."""
        features = collection["features"] if collection else []
        approximate = (f["properties"]["code"] for f in features if f["properties"].get("approximate"))
        return cls({f["properties"]["code"]: f["geometry"] for f in features}, frozenset(approximate))

    def __contains__(self, code: str) -> bool:
        """Whether the region has one."""
        return code in self.geometries

    def get(self, code: str) -> Mapping[str, Any] | None:
        """The outline as a GeoJSON geometry."""
        return self.geometries.get(code)


def centre(positions: Iterable[Point]) -> Point | None:
    """The middle of some positions: where a region without an outline is drawn."""
    found = list(positions)
    if not found:
        return None
    x, y = (round(sum(axis) / len(found), 4) for axis in zip(*found, strict=True))
    return x, y


def _rings(geometry: Mapping[str, Any]) -> Iterator[list[Point]]:
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    for polygon in polygons:
        yield from polygon
