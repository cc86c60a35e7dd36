"""The outlines of regions, as the build makes them: all are there, and those that we worked out are near the truth."""

from __future__ import annotations

import csv
import json
from itertools import pairwise
from pathlib import Path

import pytest

import loaders
from service.pages.assets import BUILT, Assets
from service.web import build

DATA = Path(loaders.__file__).parent / "data"
FACTS = json.loads((build.HERE / "subregions.json").read_text(encoding="utf-8"))


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


NUTS = [row["code"] for row in _rows("regions.csv")]
SMALL = {code for code in NUTS if code.startswith("PL") and len(code) == 5}
built = pytest.mark.skipif(not (BUILT / "manifest.json").is_file(), reason="the pages' scripts are not built")


def _area(polygons: list[list[list[list[float]]]]) -> float:
    """Square degrees; holes are taken off."""
    rings = ((ring, 1 if not i else -1) for polygon in polygons for i, ring in enumerate(polygon))
    return sum(
        sign * abs(sum(x * q - p * y for (x, y), (p, q) in pairwise([*ring, ring[0]]))) / 2 for ring, sign in rings
    )


def _holds(polygons: list[list[list[list[float]]]], longitude: float, latitude: float) -> bool:
    """Whether a point is inside: a line from it to the east crosses the rings an odd number of times."""
    crossings = 0
    for ring in (ring for polygon in polygons for ring in polygon):
        for (x, y), (p, q) in pairwise([*ring, ring[0]]):
            if (y > latitude) != (q > latitude) and longitude < (p - x) * (latitude - y) / (q - y) + x:
                crossings += 1
    return crossings % 2 == 1


def test_every_small_region_of_poland_has_districts_of_its_own() -> None:
    assert set(FACTS["districts"]) == SMALL
    districts = [district for own in FACTS["districts"].values() for district in own.split()]
    assert len(districts) == len(set(districts)) == 380
    assert all(len(FACTS["districts"][city].split()) == 1 for city in FACTS["cities"])


@built
def test_every_region_has_an_outline_and_only_polands_small_ones_are_approximate() -> None:
    outlines = Assets().outlines
    assert [code for code in NUTS if len(code) <= 5 and not code.endswith("Z") and code not in outlines] == []
    assert outlines.approximate == SMALL | {"PL91", "PL92"}


@built
def test_small_regions_fill_their_voivodeship() -> None:
    outlines = Assets().outlines
    for code in {small[:4] for small in SMALL} - {"PL91", "PL92"} | {"PL9"}:
        whole = _area(outlines.geometries[code]["coordinates"])
        parts = sum(_area(outlines.geometries[small]["coordinates"]) for small in SMALL if small.startswith(code))
        assert parts == pytest.approx(whole, rel=0.005)


@built
def test_municipalities_lie_in_the_outline_of_their_region() -> None:
    outlines = Assets().outlines
    rows = [row for row in _rows("municipalities.csv") if row["country"] == "PL"]
    found = [
        _holds(outlines.geometries[row["nuts3"]]["coordinates"], float(row["lon"]), float(row["lat"])) for row in rows
    ]
    # Of all 2,477 municipalities 96.4% do; those with strategies are mostly cities, which are seldom near a border.
    assert len(found) > 30
    assert sum(found) >= 0.95 * len(found)
