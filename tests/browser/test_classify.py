"""A text is classified in a browser, with scripts and without; a person with a token decides on claims."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from live import listening
from test_every_page import AUDIT, AXE, TAGS
from visitors import WIDE, everywhere

from service.access.principals import Role
from service.access.tokens import Tokens
from service.portal import create_portal
from service.settings import Settings
from service.store.generations import GenerationStore

pytestmark = pytest.mark.browser
STRATEGY = "/id/strategy/cz-brno-local-education-plan"
TEXT = "\n\n".join(
    [
        "# Plan of the city",
        "The city builds cycle paths along the river and buys electric buses.",
        "Every school gets solar panels, and the district heating network loses less heat than before.",
        *(f"In chapter {number} the council tells how the plan was made." for number in range(60)),
    ]
)


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.md"
    path.write_text(TEXT, encoding="utf-8")
    return path


def send(page, plan: Path) -> None:
    page.locator("#file").set_input_files(plan)
    page.locator("form[data-classify] button[type=submit]").click()
    page.locator(".text-with-passages").wait_for(timeout=120_000)


def audit(page) -> list[tuple[str, str]]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    result = page.evaluate(AUDIT, {"type": "tag", "values": TAGS})
    return [(found["id"], found["nodes"][0]["html"][:160]) for found in result["violations"]]


@everywhere
def test_from_a_file_to_its_passages(visit, plan: Path, screenshot) -> None:
    visit.open("/classify")
    page = visit.page
    send(page, plan)
    assert page.locator(".wheel .slice").count() == 17
    assert page.locator(".treemap .tm-area").count() == 30
    page.locator("a[data-filter='MO2.1']").click()
    on = page.locator(".text-with-passages mark:not(.off)")
    assert on.count() == 1
    assert "cycle paths along the river" in on.inner_text()
    page.locator("#concept").select_option("")
    assert page.locator(".text-with-passages mark.off").count() == 0
    assert audit(page) == []
    assert page.evaluate(WIDE) <= 0
    screenshot(visit, "classified")
    link = visit.main().get_by_role("link", name="Turtle").get_attribute("href")
    answer = page.request.get(visit.base + link)
    assert (answer.status, answer.headers["content-disposition"]) == (200, 'attachment; filename="plan.ttl"')
    assert "TextQuoteSelector" in answer.text()


@everywhere
@pytest.mark.parametrize("city", ["Bratislava", "miskolc"])
def test_a_contract_of_hundreds_of_pages(visit, shared: Path, city: str, screenshot) -> None:
    visit.open("/classify")
    page = visit.page
    send(page, shared / "climate-city-contracts" / f"{city}.md")
    assert page.locator(".wheel .slice").count() == 17
    assert page.locator(".text-with-passages mark").count() > 100
    assert page.evaluate(WIDE) <= 0
    screenshot(visit, f"classified-{city}")
    assert audit(page) == []


SHORT = "\n\n".join(
    f"In {place} schools teach, clinics heal, parks bloom, buses run on power and homes waste no heat."
    for place in ("Ada", "Brno", "Cluj", "Derry", "Essen", "Fulda")
)
CROSSES_THE_EDGE = "box => box.scrollWidth - box.clientWidth"


@pytest.mark.parametrize("visit", [("desktop", "en", "light"), ("phone", "hu", "light")], indirect=True, ids="-".join)
def test_the_codes_of_a_short_text_stand_once_after_their_passage(visit) -> None:
    visit.open("/classify")
    page = visit.page
    page.locator("#text").fill(SHORT)
    page.locator("form[data-classify] button[type=submit]").click()
    text = page.locator(".text-with-passages")
    text.wait_for(timeout=120_000)
    assert all(found.strip() for found in text.locator("mark").all_inner_texts())
    assert text.evaluate(CROSSES_THE_EDGE) <= 0
    for key in {one for found in text.locator(".at").all_inner_texts() for one in found.replace("?", "").split()}:
        page.locator("#concept").select_option(key)
        assert page.locator("[data-count]").inner_text() == page.locator(f"a[data-filter='{key}']").inner_text()
    report = page.context.new_page()
    link = visit.main().get_by_role("link", name="HTML").get_attribute("href")
    report.set_content(page.request.get(visit.base + link).text())
    assert report.evaluate(WIDE) <= 0


def test_a_filter_is_there_again_after_a_reload_and_a_visit_elsewhere(visit, plan: Path) -> None:
    visit.open("/classify")
    page = visit.page
    send(page, plan)
    on = page.locator(".text-with-passages mark:not(.off)")
    page.locator("#concept").select_option("MO2.1")
    assert page.url.endswith("?concept=MO2.1")
    page.reload()
    assert (on.count(), page.locator("#concept").input_value()) == (1, "MO2.1")
    visit.open("/about")
    page.go_back()
    assert (on.count(), page.locator("#concept").input_value()) == (1, "MO2.1")
    page.locator("#concept").select_option("")
    assert "concept" not in page.url
    page.reload()
    assert page.locator(".text-with-passages mark.off").count() == 0


def test_a_file_is_dropped(visit) -> None:
    visit.open("/classify")
    visit.page.evaluate(
        """text => {
            const data = new DataTransfer();
            data.items.add(new File([text], "dropped.md", { type: "text/markdown" }));
            const dropped = new DragEvent("drop", { dataTransfer: data, bubbles: true });
            document.querySelector("[data-zone]").dispatchEvent(dropped);
        }""",
        TEXT,
    )
    visit.page.locator("form[data-classify] button[type=submit]").click()
    visit.page.locator(".text-with-passages").wait_for(timeout=120_000)
    assert "dropped.md" in visit.page.locator("h1").inner_text()


def test_without_scripts_the_same(chromium, base: str, plan: Path) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="sk")
    page = context.new_page()
    page.goto(base + "/classify")
    send(page, plan)
    page.goto(page.url + "?concept=MO2.1")
    assert page.locator(".text-with-passages mark:not(.off)").count() == 1
    page.get_by_role("button", name="Zabudnúť hneď").click()
    assert page.url == base + "/classify"
    context.close()


@pytest.fixture
def portal(bundled_store: Path, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The whole service on a store of its own; its address and the token of a writer."""
    folder = Path(shutil.copytree(bundled_store, tmp_path / "store", copy_function=shutil.copy))
    secret = Tokens(folder).create("Ola", Role.writer)[1]
    app = create_portal(Settings(store=str(folder), workers=1), GenerationStore.open(folder))
    with listening(app) as address:
        yield address, secret


def test_a_person_with_a_token_confirms_and_proposes(chromium, portal: tuple[str, str]) -> None:
    address, secret = portal
    context = chromium.new_context(locale="en")
    page = context.new_page()
    page.goto(address + STRATEGY)
    page.get_by_role("link", name="Confirm, reject or propose claims").click()
    page.locator("#token").fill(secret)
    page.locator("#token").press("Enter")
    page.get_by_role("button", name="Confirm 4", exact=True).click()
    page.wait_for_url("**review=1#evidence")
    row = page.get_by_role("row").filter(has_text="Quality education").first
    row.get_by_text("Confirmed").wait_for()
    assert row.get_by_role("button").count() == 1
    assert page.locator("#token").input_value() == secret
    page.get_by_text("Propose another claim").click()
    assert audit(page) == []
    page.locator("#p-concept").fill("4.1")
    page.locator("#p-evidence").fill("akční plán")
    page.get_by_role("button", name="Propose", exact=True).click()
    page.wait_for_url("**review=1#evidence")
    assert page.get_by_role("button", name="Confirm 4.1", exact=True).count() == 1
    page.locator("#token").fill("wrong")
    page.get_by_role("button", name="Reject 4.1", exact=True).click()
    page.get_by_text("The token is not valid.").wait_for()
    context.close()
