"""The picture of the network: found in, opened, dated, kept, shared, and shown by other sites."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

pytestmark = pytest.mark.browser
SIZES = pytest.mark.parametrize(
    "visit", [("desktop", "en", "light"), ("phone", "hu", "dark")], indirect=True, ids="-".join
)

ELEMENT = """<!doctype html><html lang="hu"><title>Another site</title>
<script type="module" src="BASE/network/component.js"></script>
<strategraph-network src="BASE/network?country=SK" lang="hu" height="500" label="Hálózat">
<a href="BASE/network">Hálózat</a></strategraph-network><output></output>
<script>document.querySelector("strategraph-network").addEventListener("strategraph-choose", (event) => {
  document.querySelector("output").textContent = event.detail.name;
})</script>"""


def opened(visit, query: str = "") -> None:
    visit.open(f"/network{query}")
    drawn(visit.page)


def drawn(page) -> None:
    page.locator("#net-status").filter(has_text=re.compile(r"\d")).wait_for()
    page.locator("#net-canvas canvas").first.wait_for()


def numbers(visit) -> list[int]:
    """How many nodes and links the picture says that it shows."""
    return [
        int(re.sub(r"\D", "", part))
        for part in re.findall(r"\d[\d\s.,]*", visit.page.locator("#net-status").inner_text())
    ]


@SIZES
def test_a_node_is_found_opened_and_left(visit) -> None:
    opened(visit, "?kind=organisation&kind=network")
    before = numbers(visit)
    visit.page.locator("#net-find").press_sequentially("urbanhub eu")
    panel = visit.page.locator("#net-panel")
    panel.get_by_role("heading", name="UrbanHub Europe").wait_for()
    panel.get_by_role("button", name=re.compile(re.escape(visit.say("Show all its neighbours")))).click()
    visit.page.wait_for_url("**expand=**")
    assert numbers(visit)[0] > before[0]
    panel.get_by_role("link", name=visit.say("Open its page")).click()
    visit.page.wait_for_url("**/id/network/urbanhub-europe")


@SIZES
def test_the_slider_shows_one_year_and_the_address_keeps_it(visit) -> None:
    opened(visit)
    everything = numbers(visit)
    slider = visit.page.locator("#net-year")
    told = visit.page.locator("#net-status").inner_text()
    slider.fill("2012")
    visit.page.wait_for_url("**from=2012**")
    # The picture follows with the next frame.
    visit.page.wait_for_function("told => document.querySelector('#net-status').textContent !== told", arg=told)
    then = numbers(visit)
    assert 0 < then[1] < everything[1]
    visit.page.reload()
    drawn(visit.page)
    assert numbers(visit) == then
    assert slider.input_value() == "2012"


def test_a_path_from_one_to_another_in_picture_and_words(visit) -> None:
    opened(visit)
    visit.page.locator("#net-path-from").fill("South Poland Cleantech Cluster")
    visit.page.locator("#net-path-to").fill("Bioeconomy Cluster")
    visit.main().get_by_role("button", name="Show", exact=True).click()
    visit.page.wait_for_url("**path_to=**")
    steps = visit.main().locator(".net-way ol li")
    assert steps.count() >= 3
    assert "Bioeconomy Cluster" in steps.last.inner_text()


@SIZES
def test_the_picture_is_kept_as_svg_and_png(visit) -> None:
    opened(visit, "?country=SK")
    with visit.page.expect_download() as started:
        visit.page.locator("[data-save=svg]").click()
    root = ElementTree.parse(started.value.path()).getroot()
    circles = root.findall("{http://www.w3.org/2000/svg}circle")
    assert len(circles) == numbers(visit)[0] > 10
    with visit.page.expect_download() as started:
        visit.page.locator("[data-save=png]").click()
    assert Path(started.value.path()).read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_downloads_and_codes_follow_what_is_seen(visit) -> None:
    opened(visit, "?country=SK")
    visit.page.locator("#net-size").select_option("betweenness")
    visit.page.wait_for_url("**measure=betweenness**")
    links = visit.page.locator("a[data-network-link]")
    assert all("country=SK&measure=betweenness" in link.get_attribute("href") for link in links.all())
    codes = visit.page.locator("[data-network-code]")
    assert codes.count() == 2
    assert all("country=SK&measure=betweenness" in code.text_content() for code in codes.all())


def test_the_keyboard_moves_through_the_picture(visit) -> None:
    opened(visit, "?kind=network&kind=organisation&country=SK")
    canvas = visit.page.locator("#net-canvas")
    canvas.focus()
    canvas.press("n")
    heading = visit.page.locator("#net-panel h2")
    heading.wait_for()
    first = heading.inner_text()
    canvas.press("n")
    visit.page.wait_for_function("name => document.querySelector('#net-panel h2').textContent !== name", arg=first)
    canvas.press("p")
    visit.page.wait_for_function("name => document.querySelector('#net-panel h2').textContent === name", arg=first)
    canvas.press("Escape")
    heading.wait_for(state="hidden")


def test_another_site_shows_it_as_an_element(visitor, other_site, base: str) -> None:
    visit = visitor()
    address = other_site(ELEMENT.replace("BASE", base))
    visit.page.goto(address)
    frame = visit.page.frame_locator("strategraph-network iframe")
    frame.locator("#net-status").filter(has_text=re.compile(r"\d")).wait_for()
    assert frame.locator("html").get_attribute("lang") == "hu"
    frame.locator("#net-find").fill("Circular Slovakia")
    frame.locator("#net-panel h2").wait_for()
    visit.page.locator("output").filter(has_text="Circular Slovakia").wait_for()
    assert visit.page.locator("strategraph-network iframe").get_attribute("title") == "Hálózat"
    element = visit.page.locator("strategraph-network")
    element.evaluate("element => element.setAttribute('src', 'javascript:alert(1)')")
    assert visit.page.locator("strategraph-network iframe").get_attribute("src") is None
    visit.foreign.clear()


def test_another_site_shows_it_in_a_frame_and_nothing_else_of_ours(visitor, other_site, base: str) -> None:
    visit = visitor()
    visit.page.goto(other_site(f'<title>Another site</title><iframe src="{base}/network/embed?country=SK"></iframe>'))
    visit.page.frame_locator("iframe").locator("#net-status").filter(has_text=re.compile(r"\d")).wait_for()
    refused = other_site(f'<title>Another site</title><iframe src="{base}/network"></iframe>')
    with visit.page.expect_console_message(lambda message: "frame-ancestors" in message.text) as told:
        visit.page.goto(refused)
    assert told.value.type == "error"
    assert visit.page.frame_locator("iframe").locator("#net").count() == 0
    visit.errors.clear()
    visit.foreign.clear()


def test_a_picture_that_takes_long_is_moved_as_it_was_drawn(visit) -> None:
    # A machine that needs 60 ms for a frame, whatever is on it; and a rest that lasts long enough to be seen.
    visit.page.add_init_script(
        "const frame = requestAnimationFrame.bind(window), after = setTimeout.bind(window);"
        "window.requestAnimationFrame = (act) => frame(() => after(() => act(performance.now()), 60));"
        "window.setTimeout = (act, ms, ...more) => after(act, ms === 160 ? 2000 : ms, ...more);"
    )
    opened(visit, "?kind=organisation&kind=network&kind=project&kind=strategy&kind=place")
    visit.page.wait_for_timeout(1000)
    moved = visit.page.locator('#net-canvas .sigma-nodes[style*="scale(1."]')
    visit.page.locator('[data-zoom="in"]').click()
    moved.wait_for(state="attached")
    # The layer that takes the pointer stays where it is.
    assert visit.page.locator('#net-canvas .sigma-mouse[style*="scale("]').count() == 0
    moved.wait_for(state="detached")
