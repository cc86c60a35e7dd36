"""The journeys that matter, from home to an answer: desktop and phone; English, Polish, Hungarian."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from page_addresses import BRNO, KRAKOW, URBANHUB
from pyoxigraph import RdfFormat, parse
from visitors import EVERYWHERE, everywhere

pytestmark = pytest.mark.browser
polish_phone = pytest.mark.parametrize("visit", EVERYWHERE[1:2], indirect=True, ids="-".join)
hungarian_phone = pytest.mark.parametrize("visit", EVERYWHERE[2:], indirect=True, ids="-".join)


@everywhere
def test_from_home_to_what_krakow_misses(visit) -> None:
    visit.open("/")
    box = visit.page.locator("#home-q")
    box.press_sequentially("krak")
    visit.page.get_by_role("option").first.wait_for()
    box.press("ArrowDown")
    box.press("Enter")
    visit.page.wait_for_url(f"**{KRAKOW}")
    assert visit.main().get_by_role("table").first.get_by_role("row").count() > 20
    visit.main().get_by_role("link", name=visit.say("Which goals they support, and which they leave out")).click()
    visit.page.wait_for_url("**#left-out")
    missing = visit.page.locator("#left-out ul.chips a")
    uncovered = visit.page.locator("#left-out ol.goals li.level-0")
    assert missing.count() == uncovered.count() > 0
    missing.first.click()
    visit.page.wait_for_url("**/sdg/*")


@everywhere
def test_from_home_to_which_hubs_belong_and_who_says_so(visit) -> None:
    visit.open("/")
    visit.menu("Networks")
    visit.main().get_by_role("link", name="UrbanHub Europe", exact=True).click()
    visit.page.wait_for_url(f"**{URBANHUB}")
    table = visit.main().get_by_role("table").first
    sources = table.get_by_role("columnheader").get_by_role("link")
    assert sources.count() == 2
    # Both sources call KIRAHub a member; only one knows Nordic Edge.
    said = [
        table.get_by_role("row").filter(has_text=name).locator(".yes").count() for name in ("KIRAHub", "Nordic Edge")
    ]
    assert said == [2, 1]
    sources.first.click()
    visit.page.wait_for_url("**/id/source/*")
    assert visit.main().locator("a[href^=http]").count() >= 1


@everywhere
def test_from_home_to_three_slovak_partners_and_why(visit) -> None:
    visit.open("/")
    visit.page.get_by_role("link", name=visit.say("Slovak partners for the circular economy")).click()
    visit.page.wait_for_url("**/partners?**")
    partners = visit.main().locator("ol > li article")
    assert partners.count() >= 10
    for number in range(3):
        partner = partners.nth(number)
        reason = partner.locator("details").first
        reason.locator("summary").click()
        statement = reason.locator(".statements li").first
        statement.wait_for()
        assert statement.get_by_role("link").count() >= 3, "subject, object and source"
    statement.get_by_role("link").last.click()
    visit.page.wait_for_url("**/id/source/*")
    assert visit.main().locator("a[href^=http]").count() >= 1


@everywhere
def test_from_home_to_the_network_in_gephi(visit) -> None:
    visit.open("/")
    visit.menu("Network explorer")
    visit.page.wait_for_url("**/network")
    visit.page.locator("#net-status").filter(has_text=re.compile(r"\d")).wait_for()
    with visit.page.expect_download() as started:
        visit.main().get_by_role("link", name="GEXF (Gephi)").click()
    root = ElementTree.parse(started.value.path()).getroot()
    space = "{http://gexf.net/1.3}"
    nodes = {node.get("id") for node in root.iter(f"{space}node")}
    ends = {edge.get(end) for edge in root.iter(f"{space}edge") for end in ("source", "target")}
    assert len(nodes) > 50
    assert ends <= nodes
    shown = visit.main().locator("p[role=status] strong").first.inner_text()
    assert str(len(nodes)) in shown


@polish_phone
def test_from_home_to_two_cities_side_by_side(visit) -> None:
    visit.open("/")
    visit.menu("Compare")
    for name, path in (("Kraków", KRAKOW), ("Brno", BRNO)):
        visit.page.locator("#add").fill(name)
        visit.page.locator("#add").press("Enter")
        exact = visit.main().get_by_role("link", name=re.compile(rf"^{name}\b"))
        exact.first.click()
        visit.page.wait_for_url(f"**{path.removeprefix('/id/').replace('/', '*')}**")
    head = visit.main().get_by_role("table").first.get_by_role("columnheader")
    assert [name for name in ("Kraków", "Brno") if head.filter(has_text=name).count()] == ["Kraków", "Brno"]


@hungarian_phone
def test_from_home_to_the_gaps_of_cities(visit) -> None:
    visit.open("/")
    visit.menu("Gaps")
    visit.page.locator("#country").select_option("HU")
    visit.page.locator("#goal").select_option("11")
    visit.main().get_by_role("button", name=visit.say("Show")).click()
    visit.page.wait_for_url("**goal=11**")
    matrix = visit.main().locator("table.matrix")
    assert matrix.get_by_role("columnheader").filter(has_text="11.").count() >= 10
    assert matrix.get_by_role("rowheader").filter(has_text="Budapest").count() == 1


def test_suggestions_need_no_accents_and_no_mouse(visit) -> None:
    visit.open("/about")
    box = visit.page.locator("#q")
    box.press_sequentially("lodz")
    option = visit.page.get_by_role("option").first
    option.wait_for()
    assert option.inner_text().startswith("Łódź")
    box.press("Escape")
    option.wait_for(state="hidden")
    box.fill("urbanhub")
    box.press("Enter")
    visit.page.wait_for_url("**/search?**")
    visit.main().get_by_role("link", name="UrbanHub Europe", exact=True).click()
    visit.page.wait_for_url(f"**{URBANHUB}")


def test_the_language_changes_and_the_page_stays(visit) -> None:
    visit.open("/strategies")
    visit.page.locator(".facets").get_by_role("link", name="Poland").click()
    visit.page.wait_for_url("**country=PL")
    rows = visit.main().locator("p[role=status]").first.inner_text().split()[0]
    for code, name in (("pl", "Polski"), ("hu", "Magyar")):
        visit.page.get_by_role("link", name=name).click()
        visit.page.wait_for_url(f"**lang={code}")
        assert "country=PL" in visit.page.url
        assert visit.page.locator("html").get_attribute("lang") == code
        assert visit.main().locator("p[role=status]").first.inner_text().split()[0] == rows
    visit.open("/gaps")
    assert visit.page.locator("html").get_attribute("lang") == "hu"


def test_every_page_is_data_too(visit) -> None:
    visit.open(URBANHUB)
    footer = visit.page.locator(".site-footer")
    turtle = visit.page.request.get(visit.base + footer.get_by_role("link", name="Turtle").get_attribute("href"))
    triples = list(parse(turtle.body(), format=RdfFormat.TURTLE))
    assert any(triple.subject.value.endswith("urbanhub-europe") for triple in triples)
    visit.open("/strategies?country=SK")
    table = visit.page.request.get(visit.base + footer.get_by_role("link", name="CSV").get_attribute("href"))
    rows = list(csv.DictReader(io.StringIO(table.text())))
    assert str(len(rows)) in visit.main().locator("p[role=status]").first.inner_text()
    footer.get_by_role("link", name=re.compile("strategies", re.I)).first.click()
    visit.page.wait_for_url("**/queries/**")


@hungarian_phone
def test_from_a_call_to_a_consortium(visit) -> None:
    visit.open("/")
    visit.page.get_by_role("link", name=visit.say("Funding calls")).first.click()
    visit.page.wait_for_url("**/calls")
    visit.main().get_by_role("link", name=re.compile(re.escape(visit.say("Find partners for this call")))).first.click()
    visit.page.wait_for_url("**/partners?call=**")
    assert visit.main().locator("ol > li article").count() >= 3
    heading = visit.page.get_by_role("heading", name=visit.say("Proposed consortia"))
    proposal = visit.main().locator("section").filter(has=heading).locator("article").first
    assert proposal.get_by_role("listitem").count() >= 3
    assert visit.say("Meets all rules.") in proposal.inner_text()


def test_weights_change_the_answer_and_are_in_its_address(visit) -> None:
    visit.open("/partners?who=municipality/pl-1001121216101&country=CZ")
    first = visit.main().locator("ol > li article h3 a").first.inner_text()
    visit.main().locator("summary").filter(has_text="What counts, and how much").click()
    for name in ("shared", "gaps", "bridges", "projects", "offers", "region", "size", "experience"):
        visit.page.locator(f"#w_{name}").fill("0")
    visit.page.locator("#w_distance").fill("10")
    visit.main().get_by_role("button", name="Find partners").click()
    visit.page.wait_for_url("**w_distance=10**")
    assert visit.main().locator("ol > li article h3 a").first.inner_text() != first
    with visit.page.expect_download() as started:
        visit.main().get_by_role("link", name="CSV", exact=True).first.click()
    rows = list(csv.DictReader(io.StringIO(Path(started.value.path()).read_text(encoding="utf-8"))))
    assert rows[0]["name"] == visit.main().locator("ol > li article h3 a").first.inner_text()


def test_what_is_not_there_is_said_kindly(visit) -> None:
    address = visit.base + "/id/organisation/nobody-of-this-name"
    visit.expected |= {address}
    visit.open("/id/organisation/nobody-of-this-name")
    assert visit.page.locator("h1").count() == 1
    assert visit.page.get_by_role("search").first.is_visible()
