"""The map: what it shows is what the data says, in every form of it."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import httpx
import pytest
from example_store import example_store
from hypothesis import given
from hypothesis import strategies as st
from page_addresses import KRAKOW
from portal_example import example_app

from ontology.terms import LANGUAGES
from queries.catalogue import catalogue
from service.maps.classes import SHADES, breaks, ranges, shade
from service.maps.outlines import Frame, Outlines, centre
from service.pages.ask import MemoryAsk
from service.pages.assets import Assets
from service.pages.map_choice import INDICATORS, LEVELS

SQUARE = {"type": "Polygon", "coordinates": [[[15.0, 50.0], [18.0, 50.0], [18.0, 52.0], [15.0, 52.0], [15.0, 50.0]]]}


@pytest.mark.parametrize("indicator", INDICATORS)
@pytest.mark.parametrize("level", LEVELS)
def test_every_indicator_has_a_value_for_every_region(visitor, indicator: str, level: str) -> None:
    found = visitor.get(f"/map.geojson?indicator={indicator}&nuts={level}&show=nothing").json()
    regions = [feature["properties"] for feature in found["features"]]
    assert len(regions) == {"0": 4, "1": 12, "2": 37, "3": 115}[level]
    assert all(region["value"] >= 0 and 0 <= region["shade"] <= SHADES for region in regions)
    assert any(region["value"] > 0 for region in regions)
    for region in regions:
        assert (region["shade"] == 0) == (region["value"] == 0)
        if "whole" in region:
            assert region["part"] <= region["whole"]


def test_the_map_agrees_with_the_named_query_on_population() -> None:
    ask = MemoryAsk(example_store(), catalogue())
    params = {"nutsLevel": "2", "goal": "http://metadata.un.org/sdg/11"}
    rows = asyncio.run(ask.rows("population-covered-by-region-and-goal", **params))
    said = {row["region"]["value"]: (int(row["covered"]["value"]), int(row["total"]["value"])) for row in rows}

    async def get() -> httpx.Response:
        transport = httpx.ASGITransport(app=example_app(example_store()))
        async with httpx.AsyncClient(transport=transport, base_url="http://portal.test") as client:
            return await client.get("/map.geojson?indicator=population&nuts=2&goal=11&show=nothing")

    shown = [feature["properties"] for feature in asyncio.run(get()).json()["features"]]
    assert said
    assert {r["iri"]: (r["part"], r["whole"]) for r in shown if r["part"]} == said


def test_filters_narrow_points_and_regions(visitor) -> None:
    whole = visitor.get("/map.geojson?nuts=1").json()["features"]
    polish = visitor.get("/map.geojson?nuts=1&country=PL&goal=13").json()["features"]
    assert {f["properties"]["code"][:2] for f in polish if f["properties"]["kind"] == "region"} == {"PL"}
    total = {f["id"]: f["properties"].get("strategies", 0) for f in whole}
    assert 0 < len(polish) < len(whole)
    assert all(f["properties"].get("strategies", 0) <= total[f["id"]] for f in polish)


def test_geojson_says_where_it_is_from_and_links_to_pages(visitor) -> None:
    answer = visitor.get("/map.geojson?show=strategies&show=organisations&lang=pl")
    assert answer.headers["content-type"] == "application/geo+json"
    found = answer.json()
    assert found["type"] == "FeatureCollection"
    assert found["license"].startswith("https://creativecommons.org/")
    assert "Natural Earth" in found["attribution"]
    places = [feature for feature in found["features"] if feature["properties"]["kind"] == "place"]
    krakow = next(feature for feature in places if feature["properties"]["name"] == "Kraków")
    longitude, latitude = krakow["geometry"]["coordinates"]
    assert (round(longitude), round(latitude)) == (20, 50)
    assert (
        krakow["properties"]["strategies"]
        >= len(krakow["properties"]["things"]) - krakow["properties"]["organisations"]
    )
    assert visitor.get(krakow["properties"]["page"]).status_code == 200
    assert all(visitor.get(query.removeprefix("http://portal.test")).status_code == 200 for query in found["queries"])


@pytest.mark.parametrize(
    "address", ["/map?indicator=x&nuts=9&show=y&at=zzz", "/map?country=&goal=&kind=", "/map?at=99/1"]
)
def test_an_odd_address_shows_the_usual_map(visitor, address: str) -> None:
    usual = re.findall(r'data-iri="([^"]+)"', visitor.get("/map").text)
    shown = visitor.get(address)
    assert shown.status_code == 200
    if "show=" not in address:
        assert re.findall(r'data-iri="([^"]+)"', shown.text) == usual


def test_the_members_of_a_network_are_shown_alone(visitor) -> None:
    page = visitor.get("/id/network/urbanhub-europe").text
    assert 'href="/map?indicator=none&amp;show=organisations&amp;of=network/urbanhub-europe"' in page
    address = "/map.geojson?indicator=none&show=organisations"
    everywhere = {f["id"]: f["properties"]["organisations"] for f in visitor.get(address).json()["features"]}
    found = visitor.get(address + "&of=network/urbanhub-europe").json()["features"]
    members = {thing["page"].rsplit("/", 1)[-1] for f in found for thing in f["properties"]["things"]}
    assert {"krk-urbanhub", "hammerbrooklyn"} <= members
    assert sum(f["properties"]["organisations"] for f in found) < sum(everywhere.values())
    assert visitor.get(address + "&of=network/no-such").json()["features"] == []
    assert visitor.get("/map?of=../../x").status_code == 200


def test_a_city_leads_to_the_map_around_it(visitor) -> None:
    link = re.search(r'href="(/map\?at=9/50\.\d+/19\.\d+|/map\?at=9/50\.\d+/20\.\d+)"', visitor.get(KRAKOW).text)
    assert link
    assert visitor.get(link[1]).status_code == 200
    assert 'href="/map?country=PL"' in visitor.get("/region/PL").text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list_says_what_the_picture_says(visitor, language: str) -> None:
    page = visitor.get("/map?indicator=strategies&nuts=2", language).text
    found = visitor.get(f"/map.geojson?indicator=strategies&nuts=2&lang={language}").json()["features"]
    for properties in (feature["properties"] for feature in found):
        if properties["kind"] == "region":
            assert f'data-iri="{properties["iri"]}"' in page


def test_an_operators_tiles_may_be_loaded_and_nothing_else() -> None:
    from service.settings import Settings

    settings = Settings.from_environ({"STRATEGRAPH_MAP_TILES": "https://t.example/{z}/{x}/{y}.png https://f.example"})

    async def get(address: str) -> httpx.Response:
        transport = httpx.ASGITransport(app=example_app(example_store(), settings))
        async with httpx.AsyncClient(transport=transport, base_url="http://portal.test") as client:
            return await client.get(address, headers={"accept": "text/html"})

    policy = asyncio.run(get("/map")).headers["content-security-policy"]
    assert "connect-src 'self' https://t.example https://f.example" in policy
    assert "img-src 'self' data: blob: https://t.example" in policy
    assert "script-src 'self';" in policy
    assert "t.example" not in asyncio.run(get("/strategies")).headers["content-security-policy"]


def test_no_outlines_is_no_trouble() -> None:
    assert "PL" not in Outlines.of(None)
    assert Assets(built=Path(__file__).parent).outlines.get("PL") is None


def test_a_frame_places_and_draws() -> None:
    frame = Frame(100, west=15, south=50, east=18, north=52)
    assert frame.place(15, 52) == (0, 0)
    assert frame.place(18, 50) == (100, frame.height)
    assert (
        frame.path(SQUARE) == f"M0 {round(frame.height)}l100 0 0 -{round(frame.height)} -100 0 0 {round(frame.height)}z"
    )
    assert frame.path({"type": "Polygon", "coordinates": [[[15, 50], [15.001, 50], [15, 50.001], [15, 50]]]}) == ""
    assert centre([(1, 2), (3, 4)]) == (2, 3)
    assert centre([]) is None


@given(st.lists(st.floats(min_value=0, max_value=1e6, allow_nan=False), max_size=200))
def test_shades_keep_the_order_of_values(values: list[float]) -> None:
    limits = breaks(values)
    assert len(limits) <= SHADES
    shades = [shade(value, limits) for value in sorted(values)]
    assert shades == sorted(shades)
    assert all((number == 0) == (value <= 0) for number, value in zip(shades, sorted(values), strict=True))
    shown = ranges(values, limits)
    assert all(low <= high for _, low, high in shown)
    assert [high for _, _, high in shown[:-1]] < [low for _, low, _ in shown[1:]] or len(shown) < 2
