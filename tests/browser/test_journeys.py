"""What people come for, done as they would do it; and every page is accessible and fits its screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from page_addresses import KRAKOW, PAGES, URBANHUB

from service.web import build

pytestmark = pytest.mark.browser
AXE = Path(build.HERE) / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
EVERYWHERE = [
    ("desktop", "en", "light"),
    ("phone", "pl", "dark"),
    ("phone", "hu", "light"),
]
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


# All pages on a desktop; on phones a third each, since axe takes seconds for a page.
AUDITS = list(zip(EVERYWHERE, (PAGES, PAGES[::3], PAGES[1::3]), strict=True))


@pytest.mark.parametrize(("visit", "pages"), AUDITS, indirect=["visit"], ids=["desktop", "phone-pl", "phone-hu"])
def test_every_page_is_accessible_and_fits(visit, pages: tuple[str, ...]) -> None:
    source = AXE.read_text(encoding="utf-8")
    found = {}
    for address in pages:
        visit.open(address)
        if visit.page.evaluate(WIDE) > 0:
            found[address] = "wider than the screen"
        visit.page.evaluate(source)
        result = visit.page.evaluate("tags => axe.run({runOnly: tags, resultTypes: ['violations']})", TAGS)
        if result["violations"]:
            found[address] = [(v["id"], v["nodes"][0]["html"][:160]) for v in result["violations"]]
    assert found == {}


@pytest.mark.parametrize("visit", EVERYWHERE, indirect=True, ids="-".join)
def test_from_home_to_what_a_city_misses(visit) -> None:
    visit.open("/")
    box = visit.page.locator("#home-q")
    box.press_sequentially("krak")
    visit.page.get_by_role("option").first.wait_for()
    box.press("ArrowDown")
    box.press("Enter")
    visit.page.wait_for_url(f"**{KRAKOW}")
    assert visit.page.locator("#main").get_by_role("link", name="10", exact=False).count() > 0
    assert visit.page.locator("ol.goals").count() == 1


def test_from_home_to_who_says_which_hubs_belong(visit) -> None:
    visit.open("/")
    visit.page.get_by_role("link", name="Networks and alliances").first.click()
    visit.page.get_by_role("link", name="UrbanHub Europe", exact=True).click()
    visit.page.wait_for_url(f"**{URBANHUB}")
    row = visit.page.get_by_role("row").filter(has_text="KIRAHub")
    assert row.get_by_text("Member", exact=True).count() == 2


def test_filters_keep_their_state_in_the_address(visit) -> None:
    visit.open("/strategies")
    visit.page.locator(".facets").get_by_role("link", name="Poland").click()
    visit.page.wait_for_url("**country=PL")
    visit.page.get_by_role("link", name="Polski").click()
    visit.page.wait_for_url("**lang=pl")
    assert "country=PL" in visit.page.url
    assert visit.page.locator("html").get_attribute("lang") == "pl"


def test_the_source_of_a_fact_opens_by_keyboard(visit) -> None:
    visit.open(URBANHUB)
    source = visit.page.locator("details.source").first
    source.locator("summary").focus()
    visit.page.keyboard.press("Enter")
    assert source.locator(".bubble").is_visible()
    visit.page.keyboard.press("Escape")
    assert not source.locator(".bubble").is_visible()


def test_dark_is_chosen_and_stays(visit) -> None:
    visit.open("/about")
    with visit.page.expect_response("**/preferences**"):
        visit.page.get_by_role("link", name="dark", exact=True).click()
    assert visit.page.locator("html").get_attribute("data-theme") == "dark"
    visit.open("/gaps")
    assert visit.page.locator("html").get_attribute("data-theme") == "dark"


def test_everything_works_without_scripts(chromium, base: str) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(base + "/")
    page.locator("#home-q").fill("urbanhub")
    page.locator("#home-q").press("Enter")
    page.get_by_role("link", name="UrbanHub Europe", exact=True).click()
    page.wait_for_url(f"**{URBANHUB}")
    context.close()


def test_the_first_view_is_light(visit) -> None:
    import gzip

    visit.open("/")
    addresses = visit.page.eval_on_selector_all(
        "script[src], link[rel=stylesheet]", "found => found.map(f => f.src || f.href)"
    )
    bodies = [visit.page.request.get(address).body() for address in addresses]
    assert len(addresses) == 2
    assert sum(len(gzip.compress(body)) for body in bodies) < 150_000
