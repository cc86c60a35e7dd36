"""The map as people use it: by mouse, by keyboard, on a phone, without scripts, and over an operator's tiles."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from live import listening

from service.web import build

pytestmark = pytest.mark.browser
EVERYWHERE = [("desktop", "en", "light"), ("phone", "pl", "dark"), ("phone", "hu", "light")]
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
AXE = Path(build.HERE) / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
READY = ".map-frame[data-ready]"


@pytest.mark.parametrize("visit", EVERYWHERE, indirect=True, ids="-".join)
def test_from_home_to_a_regions_coverage(visit) -> None:
    visit.open("/")
    visit.page.locator(".home-map figcaption a").click()
    visit.page.wait_for_url("**/map")
    visit.page.locator(READY).wait_for()
    visit.page.locator("#indicator").select_option("goals")
    visit.page.locator("#f-country").select_option("SK")
    visit.page.locator("#map-form button").click()
    visit.page.wait_for_url("**indicator=goals**country=SK**")
    # What is not chosen does not stand in the address.
    assert "kind=" not in visit.page.url
    assert "show=nothing" not in visit.page.url
    visit.page.locator(READY).wait_for()
    rows = visit.page.locator(".map-lists tbody tr")
    assert rows.count() == 4
    rows.first.locator(".show-on-map").click()
    popup = visit.page.locator(".maplibregl-popup")
    popup.wait_for()
    assert rows.first.locator("a").inner_text() in popup.inner_text()
    assert visit.page.evaluate(WIDE) <= 0
    visit.page.evaluate(AXE.read_text(encoding="utf-8"))
    found = visit.page.evaluate("tags => axe.run({runOnly: tags, resultTypes: ['violations']})", TAGS)
    assert [(v["id"], v["nodes"][0]["html"][:160]) for v in found["violations"]] == []
    popup.locator("a").last.click()
    visit.page.wait_for_url("**/region/SK0**")


def test_the_view_is_kept_in_the_address(visit) -> None:
    visit.open("/map?at=8/50.06/19.94")
    visit.page.locator(READY).wait_for()
    visit.page.locator(".maplibregl-canvas").focus()
    visit.page.keyboard.press("+")
    visit.page.wait_for_function("new URL(location).searchParams.get('at') > '8.9'")
    zoom, latitude, longitude = re.search(r"at=([\d.]+)%2F([\d.]+)%2F([\d.]+)", visit.page.url).groups()
    assert (float(zoom), round(float(latitude)), round(float(longitude))) == (9, 50, 20)
    visit.page.get_by_role("link", name="Polski").click()
    visit.page.wait_for_url("**lang=pl**")
    assert f"at={zoom}" in visit.page.url


def test_the_lists_follow_the_view(visit) -> None:
    visit.open("/map?nuts=2&at=8/50.06/19.94")
    visit.page.locator(READY).wait_for()
    places = visit.page.locator(".map-places li:visible")
    visit.page.wait_for_function("document.querySelectorAll('.map-places li:not([hidden])').length < 30")
    assert "Krak" in places.first.inner_text()
    regions = visit.page.locator(".map-lists tbody tr:visible")
    assert {"PL21", "PL22"} <= set(re.findall(r"PL\d\d", " ".join(regions.all_inner_texts())))
    assert 0 < regions.count() < 8
    counted = visit.page.locator("[data-follows=place] .map-count").inner_text()
    assert str(places.count()) in re.findall(r"\d+", counted)
    visit.page.locator(".map-follow input").uncheck()
    assert regions.count() == 37
    assert visit.page.locator(".map-count").all_inner_texts() == ["", ""]
    # Both the view and the choice are in the address, and the form keeps them.
    visit.page.locator("#indicator").select_option("goals")
    visit.page.locator("#map-form button").click()
    visit.page.wait_for_url("**indicator=goals**")
    assert "list=all" in visit.page.url
    assert "at=8%2F50.06%2F19.94" in visit.page.url
    visit.page.locator(READY).wait_for()
    assert regions.count() == 37
    visit.page.locator(".map-follow input").check()
    assert "list=" not in visit.page.url
    assert regions.count() < 8


def test_a_place_opens_by_click_and_closes_by_escape(visit) -> None:
    found = visit.page.request.get(visit.base + "/map.geojson?indicator=none&lang=pl").json()["features"]
    krakow = next(feature for feature in found if feature["properties"]["name"] == "Kraków")
    longitude, latitude = krakow["geometry"]["coordinates"]
    visit.open(f"/map?indicator=none&at=11/{latitude:.4f}/{longitude:.4f}")
    visit.page.locator(READY).wait_for()
    visit.page.locator(".maplibregl-canvas").scroll_into_view_if_needed()
    box = visit.page.locator(".maplibregl-canvas").bounding_box()
    popup = visit.page.locator(".maplibregl-popup")
    visit.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    popup.wait_for()
    assert "strateg" in popup.inner_text()
    assert popup.locator("li a").count() >= 5
    visit.page.keyboard.press("Escape")
    popup.wait_for(state="detached")


def test_the_list_of_strategies_is_a_map_too(visit) -> None:
    visit.open("/strategies?country=PL")
    visit.page.get_by_role("link", name="Map", exact=True).last.click()
    visit.page.wait_for_url("**view=map**")
    visit.page.locator(READY).wait_for()
    visit.page.get_by_role("link", name="Open the map with shaded regions").click()
    visit.page.wait_for_url("**/map?country=PL**")


def test_without_scripts_it_is_a_picture_with_lists(chromium, base: str) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(base + "/map?indicator=goals&nuts=2")
    assert page.locator(".map-svg .area path").count() == 37
    assert page.locator(".map-svg .area rect").count() == 0
    assert page.locator(".map-lists tbody tr").count() == 37
    page.locator("#nuts").select_option("0")
    page.locator("#map-form button").click()
    assert page.locator(".map-lists tbody tr").count() == 4
    context.close()


def test_without_webgl_the_picture_stays(chromium, base: str) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    page.goto(base + "/map")
    page.locator(".map-frame.failed").wait_for()
    assert page.locator(".map-svg").is_visible()
    context.close()


def test_light_first_view(visit) -> None:
    import gzip

    visit.open("/map")
    found = "script[src], head > link[rel=stylesheet]"
    addresses = visit.page.eval_on_selector_all(found, "found => found.map(f => f.src || f.href)")
    first = [address for address in addresses if "map-gl" not in address]
    sizes = {address: len(gzip.compress(visit.page.request.get(address).body())) for address in first}
    assert sum(sizes.values()) < 150_000


@pytest.mark.parametrize("tiles", ["https://tiles.example/{z}/{x}/{y}.png", "https://tiles.example/style.json"])
def test_over_an_operators_tiles_or_style(chromium, tiles: str) -> None:
    from example_store import example_store
    from portal_example import example_app

    from service.settings import Settings

    settings = Settings.from_environ({"STRATEGRAPH_MAP_TILES": tiles, "STRATEGRAPH_MAP_ATTRIBUTION": "© Tiles"})
    pixel = bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001"
        "a5f645400000000049454e44ae426082"
    )
    sea = {"id": "sea", "type": "background", "paint": {"background-color": "#abc"}}
    style = json.dumps({"version": 8, "sources": {}, "layers": [sea]})
    asked = []
    with listening(example_app(example_store(), settings), lifespan="off") as address:
        context = chromium.new_context()
        page = context.new_page()
        errors = []
        page.on("console", lambda message: message.type == "error" and errors.append(message.text))

        def answer(route) -> None:
            asked.append(route.request.url)
            body, kind = (style, "application/json") if route.request.url.endswith("json") else (pixel, "image/png")
            route.fulfill(body=body, content_type=kind, headers={"Access-Control-Allow-Origin": "*"})

        page.route("https://tiles.example/**", answer)
        page.goto(address + "/map")
        page.locator(READY).wait_for()
        assert "© Tiles" in page.locator(".maplibregl-ctrl-attrib").inner_text()
        context.close()
    assert asked
    assert errors == [], json.dumps(errors)
