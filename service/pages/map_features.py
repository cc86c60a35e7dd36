"""What a map shows as GeoJSON (RFC 7946) and as rows: the map in the browser is drawn from the same."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from service.maps.classes import breaks, shade
from service.maps.outlines import Point
from service.pages.addresses import path_of
from service.pages.map_choice import Choice
from service.pages.map_data import Area, Spot, middle
from service.pages.map_drawing import amount, contents
from service.pages.page import LICENCE, Page
from service.pages.tables import Column, Table

OUTLINES: Final = "Natural Earth (public domain)"
PLACES: Final = "GeoNames (CC BY 4.0)"
LISTED: Final = 8
TABLE: Final = (
    Column("name", "skos:prefLabel"),
    Column("kind"),
    Column("code", "skos:notation"),
    Column("value"),
    Column("part"),
    Column("whole"),
    Column("strategies"),
    Column("organisations"),
    Column("latitude", "wgs:lat"),
    Column("longitude", "wgs:long"),
)


def collection(
    page: Page, choice: Choice, areas: list[Area], spots: list[Spot], places: Mapping[str, Point]
) -> dict[str, Any]:
    """The features, with where they are from."""
    limits = breaks(area.value for area in areas)
    features = [
        *(_region(page, choice, area, shade(area.value, limits), places) for area in areas),
        *(_place(page, spot) for spot in spots),
    ]
    return {
        "type": "FeatureCollection",
        "features": features,
        "indicator": choice.indicator,
        "language": page.code,
        "license": LICENCE,
        "attribution": f"Strategraph; {OUTLINES}" + (f"; {PLACES}" if approximate(page, areas) else ""),
        "page": page.canonical().replace("/map.geojson", "/map"),
        "queries": [page.base + page.query_path(name, params) for name, params in page.ask.asked.items()],
    }


def approximate(page: Page, areas: Iterable[Area]) -> list[Area]:
    """The regions whose borders are near the true ones, not on them."""
    return [area for area in areas if area.code in page.site.assets.outlines.approximate]


def _region(page: Page, choice: Choice, area: Area, number: int, places: Mapping[str, Point]) -> dict[str, Any]:
    geometry = page.site.assets.outlines.get(area.code)
    if geometry is None and (position := middle(page.corpus, area.code, places)):
        geometry = {"type": "Point", "coordinates": position}
    properties = {
        "kind": "region",
        "iri": area.iri,
        "code": area.code,
        "name": page.name(area.iri),
        "level": choice.level,
        "value": round(area.value, 6),
        **({"part": area.amount, "whole": area.of} if choice.share else {}),
        "shade": number,
        **({"outline": "approximate"} if approximate(page, [area]) else {}),
        "text": amount(page, choice, area),
        "page": page.base + path_of(area.iri),
    }
    return {"type": "Feature", "id": area.iri, "geometry": geometry, "properties": properties}


def _place(page: Page, spot: Spot) -> dict[str, Any]:
    own = [*spot.strategies, *spot.organisations]
    properties = {
        "kind": "place",
        "iri": spot.iri,
        "name": page.name(spot.iri),
        "strategies": len(spot.strategies),
        "organisations": len(spot.organisations),
        "text": contents(page, spot),
        "page": page.base + path_of(spot.iri),
        "things": [
            {"name": page.name(iri), "page": page.base + path_of(iri)} for iri in page.sorted_by_name(own)[:LISTED]
        ],
    }
    point = {"type": "Point", "coordinates": [spot.longitude, spot.latitude]}
    return {"type": "Feature", "id": spot.iri, "geometry": point, "properties": properties}


def text(features: Mapping[str, Any]) -> str:
    """The collection as text."""
    return json.dumps(features, ensure_ascii=False, separators=(",", ":"))


def table(page: Page, choice: Choice, areas: Iterable[Area], spots: Iterable[Spot]) -> Table:
    """The same as rows."""
    regions = (
        (
            area.iri,
            [page.label(area.iri), "region", area.code, round(area.value, 6), *_share(choice, area), *[None] * 4],
        )
        for area in areas
    )
    places = (
        (
            spot.iri,
            [page.label(spot.iri), "place", *[None] * 4, len(spot.strategies), len(spot.organisations), *_at(spot)],
        )
        for spot in spots
    )
    return Table(TABLE, [*regions, *places])


def _share(choice: Choice, area: Area) -> list[float | None]:
    return [area.amount, area.of] if choice.share else [None, None]


def _at(spot: Spot) -> list[float]:
    return [spot.latitude, spot.longitude]
