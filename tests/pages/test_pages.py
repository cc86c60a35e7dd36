"""Every page, in every language: it answers, is well formed, leads somewhere, and trusts no data."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import pytest
from page_addresses import BRNO, KRAKOW, PAGES, STRATEGY, URBANHUB
from pyoxigraph import RdfFormat, parse

from ontology.terms import LANGUAGES

DATA = re.compile(r"\.(ttl|json|csv|jsonld)$")
VOID = {"meta", "link", "input", "br", "img", "hr", "rect", "circle", "path", "polygon"}
HOSTILE_PAGES = (
    "/id/organisation/hostile",
    "/organisations?q=alert",
    "/search?q=alert",
    "/queries/facts-about-a-thing?thing=https://w3id.org/strategraph/id/organisation/hostile",
)
# Served by other parts of the service.
ELSEWHERE = ("/sparql", "/ontology", "/static/")


class Document(HTMLParser):
    """What the tests look at."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: Counter[str] = Counter()
        self.tags: list[tuple[str, dict[str, Any]]] = []
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.json: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        if tag == "a":
            self.links.append(found.get("href") or "")
        if identifier := found.get("id"):
            self.ids[identifier] += 1
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.json.append(data)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_whole(visitor, address: str, language: str) -> None:
    answer = visitor.get(address, language)
    assert answer.status_code == 200, answer.text[:500]
    assert answer.headers["content-language"] == language
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    document = Document(answer.text)
    assert not document.wrong
    assert not document.open
    assert [name for name, times in document.ids.items() if times > 1] == []
    assert [tag for tag, attributes in document.tags if "style" in attributes] == []
    assert [a for _, attributes in document.tags for a in attributes if a.startswith("on")] == []
    assert sum(tag == "h1" for tag, _ in document.tags) == 1
    assert any(tag == "html" and attributes["lang"] == language for tag, attributes in document.tags)
    alternates = {a["hreflang"] for tag, a in document.tags if tag == "link" and "hreflang" in a}
    assert alternates == {*LANGUAGES, "x-default"}
    assert json.loads(document.json[0])["@context"] == "https://schema.org"
    assert "" not in document.links


def test_links_lead_somewhere(visitor) -> None:
    seen: set[str] = set()
    for address in PAGES:
        for link in Document(visitor.get(address).text).links:
            if link.startswith("/") and not link.startswith(ELSEWHERE):
                seen.add(re.sub(r"#.*", "", link))
    # Data twins are served by the entities of the service.
    pages = sorted(link for link in seen if not DATA.search(link))
    places = {re.sub(r"^(/[^/?]+(/[^/?]+)?).*", r"\1", link): link for link in pages}
    broken = {}
    for link in [*places.values(), *pages[:: max(len(pages) // 150, 1)]]:
        status = visitor.get(link).status_code
        if status not in (200, 303):
            broken[link] = status
    assert broken == {}


def test_hostile_texts_stay_texts(visitor) -> None:
    for address in HOSTILE_PAGES:
        text = visitor.get(address).text
        assert "<script>alert" not in text
        assert 'href="javascript:' not in text
    echoed = visitor.get("/search?q=%3Cscript%3Ealert(1)%3C/script%3E").text
    assert "<script>alert" not in echoed
    assert 'href="javascript:' not in visitor.get("/concept?iri=javascript:alert(1)").text


@pytest.mark.parametrize("language", LANGUAGES)
def test_errors_are_pages_for_people_and_problems_for_programs(visitor, language: str) -> None:
    page = visitor.get("/nothing-here", language)
    assert page.status_code == 404
    assert Document(page.text).open == []
    program = visitor.get("/nothing-here", accept="application/json")
    assert program.headers["content-type"] == "application/problem+json"
    assert program.json()["status"] == 404


def test_the_language_is_chosen_and_remembered(visitor) -> None:
    chosen = visitor.get("/about?lang=hu", "pl")
    assert chosen.headers["content-language"] == "hu"
    assert "lang=hu" in chosen.headers["set-cookie"]
    assert visitor.get("/about", "pl", cookie="lang=sk").headers["content-language"] == "sk"
    assert visitor.get("/about", "de, cs;q=0.5, en;q=0.1").headers["content-language"] == "cs"
    assert 'href="/strategies?country=PL&amp;lang=cs"' in visitor.get("/strategies?country=PL").text


def test_a_preference_leads_back_and_nowhere_else(visitor) -> None:
    answer = visitor.get("/preferences?theme=dark&back=/gaps?country%3DPL")
    assert answer.headers["location"] == "/gaps?country=PL"
    assert 'data-theme="dark"' in visitor.get("/", cookie="theme=dark").text
    for back in ("//evil.example", "https://evil.example", "/\\evil.example"):
        assert visitor.get(f"/preferences?theme=dark&back={back}").headers["location"] == "/"


def test_suggestions_forgive_accents(visitor) -> None:
    found = visitor.get("/api/suggest?q=krakow").json()["suggestions"]
    assert found[0]["path"] == KRAKOW
    assert visitor.get("/api/suggest?q=").json()["suggestions"] == []
    assert visitor.get("/api/suggest?q=brno&kind=municipality").json()["suggestions"][0]["path"] == BRNO


def test_the_city_page_says_what_is_missing(visitor) -> None:
    text = visitor.get(KRAKOW).text
    assert "Not yet:" in text
    assert "Circular Strategy" in text


def test_the_network_page_says_who_says_so(visitor) -> None:
    text = visitor.get(URBANHUB).text
    assert "Sources do not list the same members." in text
    assert "KIRAHub" in text
    assert "6 are named by every list, 15 by some only." in text


def test_the_strategy_page_has_evidence_and_its_queries(visitor) -> None:
    text = visitor.get(STRATEGY).text
    assert "akční plán rozvoje vzdělávání" in text
    assert "/queries/alignments-of-a-thing?thing=" in text


def test_the_page_of_a_code_lists_what_has_it(visitor) -> None:
    text = visitor.get("/scheme/strategy-kind/mobility-plan").text
    listed = int(re.search(r"<h2>(\d+) strategies</h2>", text).group(1))
    assert listed == len(list(csv.DictReader(visitor.get("/strategies.csv?kind=mobility-plan").text.splitlines())))
    assert "supports it" not in text
    assert "<h2>Organisations</h2>" in visitor.get("/scheme/organisation-kind/cluster").text


def test_lists_leave_out_columns_that_say_nothing(visitor) -> None:
    def columns(address: str) -> list[str]:
        return re.findall(r'<th scope="col"[^>]*>([^<]+)</th>', visitor.get(address).text)

    assert columns("/municipalities") == ["Name", "Place", "Population", "Strategies"]
    assert columns("/networks") == ["Name", "Kind", "Place"]
    # All strategies of a city are of that city.
    assert "Place" not in columns(KRAKOW)
    assert "Place" in columns("/region/PL21")


def test_events_have_their_dates_the_newest_first(visitor) -> None:
    rows = list(csv.DictReader(visitor.get("/events.csv").text.splitlines()))
    dates = [row["date"] for row in rows]
    assert dates == sorted(dates, reverse=True)
    assert all(dates)
    assert '<th scope="col">Date</th>' in visitor.get("/events").text


def test_a_strategy_leads_to_its_document(visitor) -> None:
    assert ">Read the document</a>" in visitor.get("/id/strategy/polska-poludniowa-2020").text
    assert ">Read the document</a>" not in visitor.get(STRATEGY).text


def test_the_head_of_a_place_says_its_size_once(visitor) -> None:
    text = visitor.get(KRAKOW).text
    assert text.count("779,115") == 1
    assert "779,115 inhabitants" in text
    assert "<dd>city " in text
    assert "Latitude, longitude" in text


def test_members_stand_under_what_they_are(visitor) -> None:
    text = visitor.get(URBANHUB).text
    assert text.index(">Organisations</th>") < text.index("KIRAHub") < text.index(">Cities and regions</th>")
    # Two sources say the same of Copenhagen: it is said once.
    assert visitor.get("/concept?iri=https://sws.geonames.org/2618425/").text.count("Participant") == 1


@pytest.mark.parametrize("language", ["cs", "sk"])
def test_a_name_that_two_languages_share_is_there_in_both(visitor, language: str) -> None:
    assert "<h1>Slovensko</h1>" in visitor.get("/region/SK", language).text


def test_a_goal_counts_the_same_strategies_everywhere(visitor) -> None:
    home = re.search(r'href="/sdg/11">.*?goal-text">(\d+) strategies', visitor.get("/").text).group(1)
    assert f"<h2>{home} strategies support it</h2>" in visitor.get("/sdg/11").text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_themes_of_queries_are_named_in_the_readers_language(visitor, language: str) -> None:
    text = visitor.get("/queries", language).text
    assert ("<h2>Funding</h2>" in text) == (language == "en")


def test_a_query_page_runs_its_query(visitor) -> None:
    text = visitor.get(
        "/queries/members-and-who-says-so?thing=https://w3id.org/strategraph/id/network/urbanhub-europe"
    ).text
    assert "28 rows" in text or "27 rows" in text
    wrong = visitor.get("/queries/members-and-who-says-so?thing=nonsense").text
    assert "is not an absolute IRI" in wrong


def test_who_asks_for_the_rows_of_a_query_gets_them_or_is_told_what_is_missing(visitor) -> None:
    rows = list(csv.DictReader(visitor.get("/queries/what-strategies-lack.csv").text.splitlines()))
    assert int(rows[0]["strategies"]) > 300
    assert "iri" not in rows[0]
    as_json = visitor.get("/queries/what-strategies-lack", accept="application/json").json()
    assert len(as_json["rows"]) == len(rows)
    missing = visitor.get("/queries/members-and-who-says-so.json", accept="application/json")
    assert missing.status_code == 400
    assert "Give a value for: thing." in missing.text
    assert visitor.get("/queries/members-and-who-says-so.json?thing=nonsense").status_code == 400
    assert "<table" not in visitor.get("/queries/what-strategies-lack").text, "a person looks at the question first"


def test_facets_narrow_and_count(visitor) -> None:
    everything = int(re.search(r"<strong>(\d+) strategies</strong>", visitor.get("/strategies").text).group(1))
    poland = int(re.search(r"<strong>(\d+) strategies</strong>", visitor.get("/strategies?country=PL").text).group(1))
    assert 0 < poland < everything
    assert f'<span>Poland</span><span class="count">{poland}</span>' in visitor.get("/strategies").text


def test_the_style_sheet_is_there_without_a_build(visitor) -> None:
    url = re.search(r'rel="stylesheet" href="([^"]+)"', visitor.get("/").text).group(1)
    answer = visitor.get(url)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/css")
    assert visitor.get("/static/../settings.py").status_code == 404
    assert visitor.get("/static/%2e%2e/settings.py").status_code == 404


LISTS = (
    "/strategies",
    "/municipalities",
    "/networks",
    "/gaps",
    "/sources",
    "/queries",
    "/themes",
    "/sdg",
    "/region/PL21",
)
MORE = ("/index", "/search?q=krakow", "/sdg/11.6", "/quality", "/calls", "/compare?id=municipality/pl-1001121216101")


@pytest.mark.parametrize("address", [*LISTS, *MORE])
def test_a_page_is_also_data(visitor, address):
    path, mark, query = address.partition("?")
    forms = {suffix: visitor.get(f"{path}.{suffix}{mark}{query}", "pl") for suffix in ("csv", "json", "ttl", "jsonld")}
    assert {suffix: form.status_code for suffix, form in forms.items()} == dict.fromkeys(forms, 200)
    table = list(csv.DictReader(forms["csv"].text.splitlines()))
    found = forms["json"].json()
    assert len(table) == len(found.get("rows", found.get("statements")))
    assert found["queries"] or path == "/queries"
    assert urlsplit(found["page"]).path == path.replace("/index", "/")
    turtle = set(parse(forms["ttl"].content, format=RdfFormat.TURTLE))
    assert len(turtle) == len(set(parse(forms["jsonld"].content, format=RdfFormat.JSON_LD))) > 0


def test_the_list_as_data_is_whole_and_keeps_the_filters(visitor):
    page = visitor.get("/strategies?country=PL&goal=11")
    address = re.search(r'href="(/strategies\.csv[^"]*)"', page.text)[1].replace("&amp;", "&")
    rows = list(csv.DictReader(visitor.get(address).text.splitlines()))
    everything = list(csv.DictReader(visitor.get("/strategies.csv").text.splitlines()))
    assert len(everything) > len(rows) > 25
    assert {row["country"] for row in rows} == {"PL"}
    assert all("http://metadata.un.org/sdg/11" in row["covers"] for row in rows)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/turtle", "text/turtle"),
        ("application/ld+json, text/html;q=0.1", "application/ld+json"),
        ("text/csv", "text/csv"),
        ("application/json", "application/json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("*/*", "text/html"),
    ],
)
def test_a_client_gets_the_form_it_asks_for(visitor, accept, kind):
    answer = visitor.get("/strategies", accept=accept)
    assert answer.headers["content-type"].startswith(kind)
    assert "accept" in answer.headers["vary"].lower()


def test_a_page_without_data_says_so(visitor):
    answer = visitor.get("/about.csv", accept="*/*")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_no_cell_is_a_formula(visitor):
    rows = csv.reader(visitor.get("/search.csv?q=a").text.splitlines())
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
