"""Every page, whatever the screen, the colours and the language: accessible, not too wide, without errors."""

from __future__ import annotations

from pathlib import Path

import pytest
from page_addresses import PAGES
from visitors import WIDE

from service.web import build

pytestmark = pytest.mark.browser
AXE = Path(build.HERE) / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AUDIT = "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations'], iframes: false, preload: false})"
# Light on a desktop and dark on a phone see all rules on all pages; the other way round, colours are the only news.
AUDITS = [
    pytest.param(("desktop", "en", "light"), TAGS, PAGES, id="desktop-en-light"),
    pytest.param(("phone", "pl", "dark"), TAGS, PAGES[::3], id="phone-pl-dark"),
    pytest.param(("phone", "hu", "light"), TAGS, PAGES[1::3], id="phone-hu-light"),
    pytest.param(("desktop", "en", "dark"), ["color-contrast"], PAGES, id="desktop-en-dark"),
]


@pytest.mark.parametrize(("visit", "rules", "pages"), AUDITS, indirect=["visit"])
def test_every_page_is_accessible_and_fits(visit, rules: list[str], pages: tuple[str, ...], screenshot) -> None:
    source = AXE.read_text(encoding="utf-8")
    how = {"type": "tag" if rules is TAGS else "rule", "values": rules}
    found = {}
    for address in pages:
        visit.open(address)
        if visit.page.evaluate(WIDE) > 0:
            found[address] = "wider than the screen"
        visit.page.evaluate(source)
        result = visit.page.evaluate(AUDIT, how)
        if result["violations"]:
            found[address] = [(v["id"], v["nodes"][0]["html"][:160]) for v in result["violations"]]
        screenshot(visit, address)
    assert found == {}


@pytest.mark.parametrize("visit", [("zoomed", "hu", "light")], indirect=True, ids=["hu"])
def test_every_page_fits_at_four_times_its_size(visit, screenshot) -> None:
    """A window of 1,280 pixels at 400% is 320 wide; Hungarian has the longest words."""
    wide = {}
    for address in PAGES:
        visit.page.goto(visit.base + address, wait_until="domcontentloaded")
        if (more := visit.page.evaluate(WIDE)) > 0:
            wide[address] = more
        screenshot(visit, address)
    assert wide == {}
