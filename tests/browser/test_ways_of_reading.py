"""Without a mouse, without scripts, without motion, on paper, in the dark: the same site."""

from __future__ import annotations

import gzip

import pytest
from page_addresses import KRAKOW, URBANHUB

pytestmark = pytest.mark.browser
FOCUSED = """() => {
  const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
  return { tag: at.tagName, id: at.id, text: (at.textContent || at.name || "").trim().slice(0, 40),
    outline: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0, seen: box.width > 0 && box.height > 0,
    inside: box.bottom > 0 && box.top < innerHeight };
}"""


def test_the_keyboard_reaches_all_and_shows_where_it_is(visit) -> None:
    visit.open("/partners?theme=https://w3id.org/strategraph/scheme/green-deal/GD4&country=SK")
    keyboard = visit.page.keyboard
    keyboard.press("Tab")
    assert visit.page.evaluate(FOCUSED)["text"] == "Skip to the content"
    keyboard.press("Enter")
    assert visit.page.evaluate("document.activeElement.id") == "main"
    wanted = visit.page.evaluate("document.querySelectorAll('#main a, #main button, #main input, #main select').length")
    stops, bad = 0, []
    for _ in range(40):
        keyboard.press("Tab")
        at = visit.page.evaluate(FOCUSED)
        stops += 1
        if not (at["outline"] and at["seen"] and at["inside"]):
            bad.append(at)
    assert wanted > 20
    assert stops == 40
    assert bad == []


def test_a_partner_is_found_and_understood_by_keyboard_alone(visit) -> None:
    visit.open("/partners")
    visit.page.locator("#theme").focus()
    visit.page.keyboard.type("GD4 ")
    visit.page.locator("input[name=country][value=SK]").focus()
    visit.page.keyboard.press("Space")
    visit.page.get_by_role("button", name="Find partners").focus()
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url("**country=SK**")
    reason = visit.main().locator("ol > li article details").first
    reason.locator("summary").focus()
    visit.page.keyboard.press("Enter")
    assert reason.locator(".statements li").first.is_visible()


def test_the_source_of_a_fact_opens_by_keyboard(visit) -> None:
    visit.open(URBANHUB)
    source = visit.page.locator("details.source").first
    source.locator("summary").focus()
    visit.page.keyboard.press("Enter")
    source.locator(".bubble").wait_for()
    visit.page.keyboard.press("Escape")
    source.locator(".bubble").wait_for(state="hidden")


def test_everything_works_without_scripts(chromium, base: str) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(base + "/")
    page.locator("#home-q").fill("urbanhub")
    page.locator("#home-q").press("Enter")
    page.get_by_role("link", name="UrbanHub Europe", exact=True).click()
    page.wait_for_url(f"**{URBANHUB}")
    page.goto(base + "/network?country=SK")
    assert page.locator("#main table").first.get_by_role("row").count() > 10
    assert not page.locator("#net").is_visible()
    context.close()


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_nothing_moves_for_those_who_asked_for_stillness(visitor, motion: str) -> None:
    visit = visitor(motion=motion)
    visit.open("/")
    card = visit.page.locator(".card").first
    lasting = card.evaluate(
        "element => Math.max(...getComputedStyle(element).transitionDuration.split(',').map(parseFloat))"
    )
    assert (lasting > 0) == (motion == "no-preference")
    if motion == "reduce":
        visit.open("/network")
        visit.page.locator("#net-status").filter(has_text="picture").wait_for()
        visit.page.locator("#net-canvas").press("n")
        assert visit.page.evaluate("document.getAnimations().length") == 0


@pytest.mark.parametrize("address", [KRAKOW, "/network?country=SK", "/partners?country=SK", "/calls"])
def test_pages_print_their_content_only(visit, address: str) -> None:
    visit.open(address)
    visit.page.emulate_media(media="print")
    assert visit.page.locator("h1").is_visible()
    assert not visit.page.locator("nav.menu").is_visible()
    assert not visit.page.locator(".site-header .search").is_visible()
    assert not visit.page.locator(".net-bar").is_visible()
    assert visit.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert visit.page.pdf(format="A4")[:5] == b"%PDF-"


def test_dark_is_chosen_and_stays(visit) -> None:
    visit.open("/about")
    with visit.page.expect_response("**/preferences**"):
        visit.page.get_by_role("link", name="dark", exact=True).click()
    assert visit.page.locator("html").get_attribute("data-theme") == "dark"
    visit.open("/gaps")
    assert visit.page.locator("html").get_attribute("data-theme") == "dark"


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("folding, entries", [("nav.menu", "nav.menu a"), (".facets", ".facets details:not(.fold)")])
@pytest.mark.parametrize("visit", [("phone", "hu", "light"), ("zoomed", "pl", "light")], indirect=True, ids="-".join)
def test_menu_and_filters_start_folded_in_a_narrow_window(
    visit, screenshot, folding: str, entries: str, scripts: bool
) -> None:
    if not scripts:
        visit.page.route("**/*.js", lambda route: route.fulfill(content_type="text/javascript", body=""))
    visit.open("/strategies")
    screenshot(visit, "folded")
    summary = visit.page.locator(f"{folding} .fold > summary")
    assert visit.page.locator(entries).count() >= 5
    assert not any(entry.is_visible() for entry in visit.page.locator(entries).all())
    summary.focus()
    summary.press("Enter")
    assert all(entry.is_visible() for entry in visit.page.locator(entries).all())
    summary.press("Tab")
    assert visit.page.evaluate(f"document.activeElement.closest('{folding}') !== null")
    summary.click()
    assert not any(entry.is_visible() for entry in visit.page.locator(entries).all())


@pytest.mark.parametrize("visit", [("desktop", "hu", "light")], indirect=True, ids="-".join)
def test_menu_and_filters_are_always_there_in_a_wide_window(visit, screenshot) -> None:
    visit.open("/strategies")
    screenshot(visit, "unfolded")
    for entries in ("nav.menu a", ".facets details"):
        shown = visit.page.locator(f"{entries}:not(.fold)").all()
        assert len(shown) >= 5 and all(entry.is_visible() for entry in shown)
    assert not any(fold.is_visible() for fold in visit.page.locator(".fold").all())
    visit.page.set_viewport_size({"width": 700, "height": 900})
    assert not visit.page.locator("nav.menu a").first.is_visible()


@pytest.mark.parametrize("address", ["/", "/strategies", KRAKOW])
def test_the_first_view_is_light(visit, address: str) -> None:
    visit.open(address)
    visit.page.wait_for_load_state("networkidle")
    loaded = visit.page.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)")
    bodies = [visit.page.request.get(found).body() for found in loaded if found.endswith((".js", ".css"))]
    assert len(bodies) >= 2
    assert sum(len(gzip.compress(body)) for body in bodies) < 150_000
