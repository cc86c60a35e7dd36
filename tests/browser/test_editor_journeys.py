"""The query editor in a browser, with the whole service behind it."""

from __future__ import annotations

import html
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from live import listening

from service.portal import create_portal
from service.settings import Settings
from service.store.generations import GenerationStore
from service.web import build

pytestmark = pytest.mark.browser
EVERYWHERE = [("desktop", "en", "light"), ("phone", "pl", "dark"), ("phone", "hu", "light")]
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
AXE = Path(build.HERE) / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
READY = "#sparql[data-ready]"
NETWORK = "SELECT ?member ?network WHERE { [] org:member ?member ; org:organization ?network }"
PREFIX = "PREFIX org: <http://www.w3.org/ns/org#> "


@pytest.fixture(scope="session")
def base(bundled_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The whole service instead of the pages alone."""
    folder = tmp_path_factory.mktemp("editor") / "store"
    shutil.copytree(bundled_store, folder)
    settings = Settings(workers=2)
    with listening(create_portal(settings, GenerationStore.open(folder, create=False))) as address:
        yield address


def write(visit, text: str) -> None:
    """Replace the query as a person would."""
    visit.page.locator(".cm-content").click()
    visit.page.keyboard.press("ControlOrMeta+a")
    visit.page.keyboard.insert_text(text)


def run(visit, selector: str = "#sparql-view table") -> None:
    visit.page.locator(".cm-content").press("Control+Enter")
    visit.page.locator(f"{selector}, #sparql-problem .note").first.wait_for()
    assert visit.page.locator("#sparql-problem").inner_text() == ""


@pytest.mark.parametrize("visit", EVERYWHERE, indirect=True, ids="-".join)
def test_an_example_becomes_a_table_and_every_view_that_fits(visit) -> None:
    visit.open("/sparql-editor")
    visit.page.locator(READY).wait_for()
    visit.page.locator('.sparql-aside details:has(a[href$="=map-points-of-strategies"]) summary').click()
    visit.page.locator('.sparql-aside a[href$="=map-points-of-strategies"]').click()
    visit.page.wait_for_url("**example=map-points-of-strategies")
    visit.page.locator(READY).wait_for()
    run(visit)
    assert visit.page.locator("#sparql-view tbody tr").count() == 50
    assert "oxigraph" in visit.page.locator("#sparql-status").inner_text()
    assert visit.page.locator("#tab-timeline").get_attribute("aria-disabled") == "true"
    assert visit.page.locator("#sparql-hint").inner_text()
    visit.page.locator("#tab-map").click()
    visit.page.locator("#sparql-view .map-frame[data-ready]").wait_for()
    visit.page.locator("#tab-network").click()
    visit.page.locator("#sparql-view .network-box canvas").first.wait_for()
    assert visit.page.evaluate(WIDE) <= 0
    visit.page.evaluate(AXE.read_text(encoding="utf-8"))
    found = visit.page.evaluate("tags => axe.run({runOnly: tags, resultTypes: ['violations']})", TAGS)
    assert [(v["id"], v["nodes"][0]["html"][:160]) for v in found["violations"]] == []


def test_numbers_become_a_chart_and_dates_a_time_line(visit) -> None:
    visit.open("/sparql-editor?example=timeline-of-strategies")
    visit.page.locator(READY).wait_for()
    run(visit)
    visit.page.locator("#tab-timeline").click()
    visit.page.locator("#sparql-view canvas[role=img]").wait_for()
    visit.open("/sparql-editor?example=strategies-by-country-and-kind")
    visit.page.locator(READY).wait_for()
    run(visit)
    visit.page.locator("#tab-table").focus()
    visit.page.keyboard.press("ArrowRight")
    visit.page.locator("#sparql-view canvas[role=img]").wait_for()
    assert visit.page.locator("#tab-chart").get_attribute("aria-selected") == "true"


def test_completion_knows_the_graph_and_adds_prefixes(visit) -> None:
    visit.open("/sparql-editor?query=" + quote("SELECT * WHERE {\n  ?s a "))
    visit.page.locator(READY).wait_for()
    content = visit.page.locator(".cm-content")
    content.click()
    visit.page.keyboard.press("Control+End")
    visit.page.keyboard.type("Munic", delay=30)
    option = visit.page.locator(".cm-tooltip-autocomplete li").filter(has_text="sg:Municipality")
    option.first.wait_for()
    option.first.click()
    visit.page.wait_for_function("document.getElementById('sparql-text').value.includes('sg:Municipality')")
    text = visit.page.locator("#sparql-text").input_value()
    assert text.startswith("PREFIX sg: <https://w3id.org/strategraph/ontology#>\nSELECT")
    # A prefix that is typed is declared too.
    visit.page.keyboard.type(" ; dct:title", delay=10)
    visit.page.wait_for_function("document.getElementById('sparql-text').value.includes('PREFIX dct:')")


def test_things_are_completed_by_their_names(visit) -> None:
    visit.open(
        "/sparql-editor?query=" + quote("PREFIX dct: <http://purl.org/dc/terms/>\nSELECT * WHERE {\n  ?s dct:spatial ")
    )
    visit.page.locator(READY).wait_for()
    visit.page.locator(".cm-content").click()
    visit.page.keyboard.press("Control+End")
    visit.page.keyboard.type("krak", delay=30)
    option = visit.page.locator(".cm-tooltip-autocomplete li").filter(has_text="Municipality").first
    option.wait_for()
    option.click()
    visit.page.keyboard.type(" }")
    run(visit)
    assert "<https://w3id.org/strategraph/id/municipality/pl-" in visit.page.locator("#sparql-text").input_value()
    assert visit.page.locator("#sparql-view tbody tr").count() >= 20


def test_an_error_is_marked_where_it_is(visit) -> None:
    visit.open("/sparql-editor")
    visit.page.locator(READY).wait_for()
    write(visit, "SELECT ?s WHERE {\n  ?s ?p ?o\n  ?s FILTR\n}")
    visit.page.locator(".cm-content").press("Control+Enter")
    visit.page.locator("#sparql-problem .note").wait_for()
    said = visit.page.locator("#sparql-problem").inner_text()
    assert re.search(r"[Ll]ine 3", said), said
    visit.page.locator(".cm-lintRange-error").first.wait_for()
    visit.page.locator("#sparql-problem button").click()
    assert visit.page.locator(".cm-activeLine").inner_text().strip() == "?s FILTR"
    visit.errors[:] = [error for error in visit.errors if "400" not in error]


def test_tab_leaves_the_editor(visit) -> None:
    visit.open("/sparql-editor")
    visit.page.locator(READY).wait_for()
    visit.page.locator(".cm-content").focus()
    visit.page.keyboard.press("Tab")
    assert visit.page.evaluate("document.activeElement.id") == "sparql-run"
    visit.page.keyboard.press("Shift+Tab")
    assert visit.page.evaluate("document.activeElement.id") == "sparql-code"


def test_a_long_query_is_cancelled(visit) -> None:
    visit.open("/sparql-editor")
    visit.page.locator(READY).wait_for()
    write(visit, "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
    visit.page.locator(".cm-content").press("Control+Enter")
    visit.page.locator("#sparql-cancel").click()
    visit.page.get_by_text("Cancelled.").wait_for()
    write(visit, "ASK { ?s ?p ?o }")
    visit.page.locator(".cm-content").press("Control+Enter")
    visit.page.locator("#sparql-status").filter(has_text="Yes").wait_for()


def test_a_link_holds_the_query_however_long(visit) -> None:
    visit.open("/sparql-editor")
    visit.page.locator(READY).wait_for()
    for text in (PREFIX + NETWORK, PREFIX + NETWORK + " # " + "ż" * 3000):
        write(visit, text)
        run(visit)
        visit.page.locator("#tab-table").wait_for()
        shared = visit.page.url
        assert ("#query=" in shared) == (len(text) > 3000)
        visit.open("/about")
        visit.page.goto(shared)
        visit.page.locator(READY).wait_for()
        assert visit.page.locator("#sparql-text").input_value() == text


def test_a_graph_is_triples_and_a_network(visit) -> None:
    visit.open("/sparql-editor")
    visit.page.locator(READY).wait_for()
    write(
        visit,
        PREFIX
        + "CONSTRUCT { ?member org:memberOf ?network } WHERE { [] org:member ?member ; org:organization ?network }",
    )
    run(visit)
    assert visit.page.locator("#sparql-view th").all_inner_texts() == ["Subject", "Predicate", "Object"]
    visit.page.locator("#tab-network").click()
    visit.page.locator(".network-box canvas").first.wait_for()
    with visit.page.expect_download() as waiting:
        visit.page.locator("#sparql-download").click()
    assert waiting.value.suggested_filename == "strategraph.ttl"
    visit.page.locator("#tab-raw").click()
    assert "<http://www.w3.org/ns/org#memberOf>" in visit.page.locator("#sparql-view pre").inner_text()


def test_a_table_is_sorted_by_what_its_values_are(visit) -> None:
    visit.open("/sparql-editor")
    visit.page.locator(READY).wait_for()
    write(visit, 'SELECT ?n ?word WHERE { VALUES (?n ?word) { (10 "źle") (9 "zebra") (100 "a") } }')
    run(visit)
    visit.page.locator("button.sort").first.click()
    assert visit.page.locator("#sparql-view tbody td.num").all_inner_texts() == ["9", "10", "100"]
    visit.page.locator("button.sort").first.click()
    assert visit.page.locator("#sparql-view tbody td.num").all_inner_texts() == ["100", "10", "9"]
    assert visit.page.locator("#sparql-view th[aria-sort=descending]").count() == 1


def test_the_request_as_code_and_every_format(visit, tmp_path: Path) -> None:
    visit.open("/sparql-editor?query=" + quote('SELECT ("it\'s" AS ?x) WHERE {}'))
    visit.page.locator(READY).wait_for()
    visit.page.locator("#sparql-request summary").click()
    for language, piece in (
        ("curl", "--data-urlencode"),
        ("python", "SPARQLWrapper"),
        ("pandas", "read_csv"),
        ("r", "httr2"),
    ):
        visit.page.locator(f"#code-{language}").click()
        assert piece in visit.page.locator("#sparql-snippet code").inner_text()
    visit.page.locator("#code-curl").click()
    code = visit.page.locator("#sparql-snippet code").inner_text()
    assert f"curl {visit.base}/sparql" in code
    for name in ("csv", "json", "xml", "tsv"):
        visit.page.locator("#sparql-format").select_option(name)
        with visit.page.expect_download() as waiting:
            visit.page.locator("#sparql-download").click()
        saved = tmp_path / name
        waiting.value.save_as(saved)
        assert "it's" in html.unescape(saved.read_text("utf-8"))
    assert json.loads((tmp_path / "json").read_text("utf-8"))["head"]["vars"] == ["x"]


def test_the_code_runs(visit) -> None:
    import subprocess
    import sys

    visit.open("/sparql-editor?query=" + quote('SELECT ("ok \\"yes\\"" AS ?x) WHERE {}'))
    visit.page.locator(READY).wait_for()
    visit.page.locator("#sparql-request summary").click()
    for language, command in (("curl", ["bash", "-c"]), ("python", [sys.executable, "-c"])):
        visit.page.locator(f"#code-{language}").click()
        code = visit.page.locator("#sparql-snippet code").inner_text()
        done = subprocess.run([*command, code], capture_output=True, text=True, timeout=60, check=False)
        assert "ok" in done.stdout, done.stderr


def test_the_query_is_explained_beside_it(visit) -> None:
    visit.open("/sparql-editor?example=strategies-by-country-and-kind")
    visit.page.locator(READY).wait_for()
    visit.page.locator("#sparql-explain").click()
    visit.page.locator("#sparql-explained .algebra").wait_for()
    assert "/sparql-editor?" in visit.page.url
    assert "Find every match of" in visit.page.locator("#sparql-explained").inner_text()


def test_a_browser_at_the_endpoint_is_led_to_the_editor(chromium, base: str) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(base + "/sparql")
    assert page.url == base + "/sparql-editor"
    page.locator("#sparql-text").fill("ASK { ?s ?p ?o }")
    page.locator("#sparql-format").select_option("json")
    page.locator("#sparql-run").click()
    page.wait_for_url("**/sparql")
    assert '"boolean":true' in page.content().replace(" ", "")
    context.close()


def test_the_first_view_is_light(visit) -> None:
    import gzip

    visit.open("/sparql-editor")
    found = "script[src], head > link[rel=stylesheet]"
    addresses = visit.page.eval_on_selector_all(found, "found => found.map(f => f.src || f.href)")
    first = [address for address in addresses if "map-gl" not in address]
    assert sum(len(gzip.compress(visit.page.request.get(address).body())) for address in first) < 150_000
