"""The pages where a text is classified, and the reports of compliance: with and without a script, in five languages."""

from __future__ import annotations

import asyncio
import csv
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from ontology.terms import LANGUAGES
from service.classify.classifier import Options, load_classifier
from service.classify.errors import TooBusy
from service.classify.jobs import Jobs
from service.classify.workers import Classified, Job, Workers
from service.pages.assets import Assets
from service.pages.classify import EXPLAINED
from service.pages.language import load

TEXT = """# Plan <b>of the city</b>\n\nThe city builds cycle paths along the river and buys electric buses.\n
Every school gets solar panels, and the district heating network loses less heat than before."""
KRAKOW = "/compliance/strategy/pl-krakow-climate-city-contract"


class Here(Workers):
    """Classifies in this process: a test needs no other."""

    async def classify(self, job: Job, progress: Any = None) -> Classified:
        text = job.read(self.limits.read)
        return Classified(text, load_classifier().classify(text, id=job.name, options=Options(language=job.language)))


@pytest.fixture
def browser(portal_app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Sends forms as a browser without scripts does: it follows where it is led and waits while it is told to."""
    jobs: Jobs = portal_app.state.pages.site.jobs
    monkeypatch.setattr(jobs, "workers", Here())

    async def visit(method: str, address: str, language: str, **sent: Any) -> httpx.Response:
        headers = {"accept": "text/html", "accept-language": language}
        transport = httpx.ASGITransport(portal_app, raise_app_exceptions=False)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://portal.test", headers=headers, follow_redirects=True
        ) as client:
            answer = await client.request(method, address, **sent)
            while 'http-equiv="refresh"' in answer.text:
                await asyncio.sleep(0)  # Nothing else here gives the classification its turn.
                answer = await client.get(str(answer.url))
            return answer

    with asyncio.Runner() as runner:
        yield lambda method, address, language="en", **sent: runner.run(visit(method, address, language, **sent))


def send(browser: Any, language: str = "en", **fields: Any) -> httpx.Response:
    return browser("POST", "/classify", language, **fields)


def test_a_text_is_classified_without_a_script(browser) -> None:
    answer = send(browser, data={"text": TEXT})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "<b>of the city" not in answer.text
    assert re.search(r'<mark data-keys="[^"]*MO2\.1[^"]*">', answer.text)
    assert answer.text.count('class="slice level-') == 17
    only = browser("GET", f"{answer.url.path}?concept=MO2.1")
    assert not re.search('<mark [^>]*class="[^"]*off', answer.text)
    assert re.search('<option value="MO2.1" data-shown="[^"]+" selected>', only.text)
    marks = re.findall(r'<mark data-keys="([^"]*)"(?: class="([^"]*)")?>', only.text)
    assert all(("MO2.1" in keys.split()) == ("off" not in classes) for keys, classes in marks)
    report = browser("GET", re.search(r"/compliance/text/[\w-]+", answer.text)[0])
    assert report.status_code == 200
    assert "All strategies" in report.text
    forgotten = browser("POST", f"{answer.url.path}/forget")
    assert forgotten.url.path == "/classify"
    for address in (answer.url.path, report.url.path):
        gone = browser("GET", address, "pl")
        assert (gone.status_code, gone.headers["cache-control"]) == (404, "no-store")
        assert "nie dłużej niż 30 minut" in gone.text
        assert '<a class="button" href="/classify">' in gone.text


def test_what_is_only_the_readers_own_is_neither_cited_nor_licensed(browser) -> None:
    result = send(browser, data={"text": TEXT})
    report = browser("GET", re.search(r"/compliance/text/[\w-]+", result.text)[0])
    failed = send(browser, data={"text": "1 2 3"})
    as_json = browser("GET", f"{result.url.path}.json")
    for answer in (result, report, failed, as_json):
        assert "creativecommons" not in answer.text
        assert 'id="citation"' not in answer.text
        assert (answer.headers["cache-control"], answer.headers["x-robots-tag"]) == ("no-store", "noindex")
    assert "creativecommons" in browser("GET", "/classify").text


def test_what_was_filled_in_is_there_again_when_it_has_to_be_mended(browser) -> None:
    german = "Die Stadt <b>baut</b> Radwege und kauft Busse für die Bürger."
    failed = send(browser, data={"text": german})
    assert failed.status_code == 422
    again = browser("GET", failed.url.path)
    for answer in (failed, again):
        assert ">Die Stadt &lt;b&gt;baut&lt;/b&gt; Radwege und kauft Busse für die Bürger.</textarea>" in answer.text
    short = send(browser, data={"text": "1 2 3", "lang": "sk"})
    assert '<option value="sk" selected>' in short.text
    browser("POST", f"{failed.url.path}/forget")
    assert "Radwege" not in browser("GET", failed.url.path).text
    nothing = send(browser, data={"text": " "})
    assert "Choose a file or paste a text." in nothing.text


def test_a_text_that_cannot_be_begun_is_there_to_be_sent_again(browser, portal_app: FastAPI, monkeypatch) -> None:
    def busy(*_: Any) -> None:
        raise TooBusy("too many")

    monkeypatch.setattr(portal_app.state.pages.site.jobs, "start", busy)
    answer = send(browser, data={"text": TEXT, "lang": "en"})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "5")
    assert "The city builds cycle paths" in answer.text
    assert '<option value="en" selected>' in answer.text


class Reading(Workers):
    """Never comes to an end."""

    async def classify(self, job: Job, progress: Any = None) -> Classified:
        await asyncio.Event().wait()
        raise AssertionError


@pytest.mark.parametrize("built", [True, False])
def test_who_waits_sees_the_result_with_and_without_built_scripts(
    portal_app: FastAPI, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, built: bool
) -> None:
    if built:
        (tmp_path / "manifest.json").write_text('{"main.js": "main.1.js", "classify.js": "classify.1.js"}')
    site = portal_app.state.pages.site
    monkeypatch.setattr(site.jobs, "workers", Reading())
    monkeypatch.setattr(site, "assets", Assets(built=tmp_path))

    async def visit() -> str:
        transport = httpx.ASGITransport(portal_app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://portal.test") as client:
            html = {"accept": "text/html"}
            page = await client.post("/classify", data={"text": TEXT}, headers=html, follow_redirects=True)
            await client.post(f"{page.url.path}/forget", headers=html)
            return page.text

    with asyncio.Runner() as runner:
        waiting = runner.run(visit())
    refresh = '<meta http-equiv="refresh" content="2">'
    assert refresh in waiting
    assert (f"<noscript>{refresh}</noscript>" in waiting) is ("classify.1.js" in waiting) is built


def test_compliance_of_a_text_that_is_still_read_is_to_be_asked_again(
    portal_app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portal_app.state.pages.site.jobs, "workers", Reading())

    async def visit() -> tuple[str, httpx.Response, httpx.Response]:
        transport = httpx.ASGITransport(portal_app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://portal.test") as client:
            job = (await client.post("/classify", data={"text": TEXT})).headers["location"]
            identifier = job.rsplit("/", 1)[-1]
            page = await client.get(f"/compliance/text/{identifier}")
            data = await client.get(f"/api/compliance?job={identifier}")
            await client.post(f"{job}/forget")
            return job, page, data

    with asyncio.Runner() as runner:
        job, page, data = runner.run(visit())
    assert (page.status_code, page.headers["location"]) == (303, job)
    assert (data.status_code, data.headers["retry-after"]) == (409, "1")


def test_compliance_of_a_text_that_could_not_be_read_says_why(browser) -> None:
    failed = send(browser, data={"text": "1 2 3"})
    job = failed.url.path.rsplit("/", 1)[-1]
    page = browser("GET", f"/compliance/text/{job}")
    assert (page.status_code, page.url.path) == (422, failed.url.path)
    data = browser("GET", f"/api/compliance?job={job}&format=csv", headers={"accept": "text/csv"})
    assert (data.status_code, data.headers["content-type"]) == (422, "application/problem+json")


def test_the_result_is_also_data(browser) -> None:
    answer = send(browser, files={"file": ("plan.md", TEXT.encode())})
    assert "plan.md" in answer.text
    rows = list(csv.DictReader(io.StringIO(browser("GET", f"{answer.url.path}.csv").text)))
    found = {row["notation"]: row["status"] for row in rows}
    assert found["MO2.1"] == "asserted"
    polish = browser("GET", answer.url.path, "pl").text
    assert "angielski (" in polish
    assert "/result?format=csv&amp;lang=pl" in polish


PDF_SCAN = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
)


def protected() -> bytes:
    """An ODT with a password, as far as a reader sees before it asks for one."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("META-INF/manifest.xml", "<manifest:manifest><manifest:encryption-data/></manifest:manifest>")
        archive.writestr("content.xml", "secret")
    return out.getvalue()


UNREADABLE = (
    ("secret.odt", protected(), "EncryptedDocument"),
    ("scan.pdf", PDF_SCAN, "NoText"),
    ("broken.pdf", b"%PDF-1.7 nothing else", "BrokenDocument"),
    ("picture.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 64, "UnsupportedFormat"),
    ("german.txt", "Die Stadt baut Radwege und kauft Busse für die Bürger. ".encode() * 9, "UnknownLanguage"),
    ("numbers.txt", b"1 2 3", "NoText"),
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_cannot_be_read_is_told_in_the_readers_words(browser, language: str) -> None:
    words = {kind.__name__: load(language).gettext(text) for kind, text in EXPLAINED.items()}
    for name, data, kind in UNREADABLE:
        answer = send(browser, language, files={"file": (name, data)})
        assert (name, answer.status_code >= 400) == (name, True)
        assert (name, words[kind] in answer.text) == (name, True)
    nothing = send(browser, language, data={"text": "  "})
    assert nothing.status_code == 400
    assert 'role="alert"' in nothing.text


def test_compliance_compares_with_kind_size_and_all(visitor) -> None:
    page = visitor.get(KRAKOW)
    assert page.status_code == 200
    for heading in ("Same kind, same country", "Cities of similar size", "All strategies", "Nearest strategies"):
        assert heading in page.text
    data = visitor.get("/api/compliance?strategy=pl-krakow-climate-city-contract", accept="*/*").json()
    assert data["compared_with"]["same-kind-and-country"] >= 4
    levels = {row["level"]: row for row in data["summary"]}
    assert (levels["smart-measure"]["total"], levels["goal"]["total"], levels["target"]["total"]) == (120, 17, 169)
    assert set(levels["goal"]["peers"]) == {"all", "same-kind-and-country", "similar-size"}
    for row in data["coverage"]:
        assert not set(row["covered"]) & set(row["missing"])
    rows = csv.DictReader(io.StringIO(visitor.get(f"{KRAKOW}.csv").text))
    assert {row["notation"]: row["mentioned"] == "true" for row in rows} == {
        row["notation"]: row["mentioned"] for row in data["coverage"]
    }
    assert data["nearest"][0]["likeness"] >= data["nearest"][-1]["likeness"]
    table = visitor.get("/api/compliance?strategy=pl-krakow-climate-city-contract&format=csv").text.splitlines()
    assert len(table) == 1 + len(data["coverage"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_name_in_the_picture_of_areas_is_cut(visitor, language: str) -> None:
    """Long words go on in the next line, in Hungarian above all."""
    page = visitor.get(f"{KRAKOW}?lang={language}").text
    shown = re.findall(
        r"<text[^>]*>([^<]+)</text>", page[page.index("tm-area") : page.index("</svg>", page.index("tm-area"))]
    )
    assert len(shown) > 30
    assert [line for line in shown if "…" in line] == []


def test_the_page_and_the_named_query_count_the_same(visitor, portal_app) -> None:
    ask = portal_app.state.pages.site.ask
    iri = "https://w3id.org/strategraph/id/strategy/pl-krakow-climate-city-contract"
    rows = asyncio.run(ask.rows("coverage-of-a-strategy", strategy=iri))
    asked = {row["whole"]["value"]: (int(row["covered"]["value"]), int(row["parts"]["value"])) for row in rows}
    data = visitor.get(f"/api/compliance?strategy={iri}", accept="*/*").json()
    told = {
        row["concept"]: (len(row["covered"]), len(row["covered"]) + len(row["missing"])) for row in data["coverage"]
    }
    assert told == asked


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("?strategy=x&job=y", 400),
        ("?strategy=nowhere", 404),
        ("?job=nothing", 404),
        ("?job=x&format=xml", 400),
    ],
)
def test_what_compliance_cannot_answer_is_told(visitor, query: str, status: int) -> None:
    assert visitor.get(f"/api/compliance{query}", accept="application/json").status_code == status
    assert visitor.get("/compliance/strategy/nowhere").status_code == 404
    assert visitor.get("/compliance/text/nothing").status_code == 404


def test_claims_are_reviewed_only_when_asked_for(visitor) -> None:
    page = "/id/strategy/cz-brno-local-education-plan"
    assert "/confirm" not in visitor.get(page).text
    review = visitor.get(f"{page}?review=1").text
    assert 'formaction="/api/alignments/cz-brno-local-education-plan-sdg-4/confirm"' in review
    assert 'type="password"' in review
