"""The query editor without a script: a form with examples, and what a query does."""

from __future__ import annotations

import html
import json
import re
from urllib.parse import quote

import pytest
from pyoxigraph import Store

from ontology.terms import LANGUAGES, PREFIXES
from queries.catalogue import catalogue


def text_of(page: str) -> str:
    found = re.search(r'<textarea id="sparql-text"[^>]*>\n?(.*?)</textarea>', page, re.DOTALL)
    assert found
    return html.unescape(found[1])


@pytest.mark.parametrize("name", catalogue())
def test_every_example_is_a_query_that_can_be_asked(visitor, name: str) -> None:
    page = visitor.get(f"/sparql-editor?example={name}", "pl")
    assert page.status_code == 200
    Store().query(text_of(page.text))
    assert text_of(page.text).startswith("# ")
    assert f'href="/sparql-editor?example={name}"' in page.text


def test_an_example_takes_the_values_of_its_page(visitor) -> None:
    network = "https://w3id.org/strategraph/id/network/urbanhub-europe"
    page = visitor.get(f"/queries/members-and-who-says-so?thing={network}").text
    link = re.search(r'href="(/sparql-editor\?example=[^"]+)"', page)
    assert link
    assert f"<{network}>" in text_of(visitor.get(html.unescape(link[1])).text)


def test_a_shared_query_comes_back_as_it_was(visitor) -> None:
    query = '\n# ł & <b> "x"\nSELECT * WHERE { ?s ?p "</textarea>" }\n\n'
    page = visitor.get(f"/sparql-editor?query={quote(query)}").text
    # The newline after the tag is not content.
    assert text_of(page) == query
    assert page.count("</textarea>") == 1


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("?example=no-such-query", 404),
        ("?example=members-and-who-says-so&thing=nonsense", 400),
        ("?query=" + "x" * 20_001, 422),
    ],
)
def test_what_cannot_be_shown_says_so(visitor, address: str, status: int) -> None:
    assert visitor.get("/sparql-editor" + address).status_code == status


def test_without_a_script_the_form_asks_the_endpoint(visitor) -> None:
    page = visitor.get("/sparql-editor").text
    assert '<form action="/sparql" method="post"' in page
    assert '<option value="csv">' in page
    assert 'formaction="/sparql-editor/explain" formmethod="get"' in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_vocabulary_is_that_of_the_graph(visitor, language: str) -> None:
    found = visitor.get(f"/api/vocabulary?lang={language}").json()
    assert found["prefixes"] == PREFIXES
    terms = {(term["role"], term["iri"]): term for term in found["terms"]}
    strategy = terms["class", PREFIXES["sg"] + "Strategy"]
    assert strategy["uses"] == 398
    assert terms["property", PREFIXES["sg"] + "alignmentOf"]["uses"] == 1580
    expected = {"en": "Strategy", "pl": "Strategia", "cs": "Strategie", "sk": "Stratégia", "hu": "Stratégia"}
    assert strategy["name"] == expected[language]


def test_a_query_is_explained_in_words(visitor) -> None:
    query = quote("PREFIX x: <http://x/> SELECT ?a WHERE { ?a x:b ?c FILTER(?c > 3) } LIMIT 2")
    page = visitor.get(f"/sparql-editor/explain?query={query}", "hu").text
    assert "Minden illeszkedés keresése" in page
    assert html.escape('(?c > "3"^^xsd:integer)', quote=True).replace("&quot;", "&#34;") in page
    assert "rdflib" in page
    wrong = visitor.get(f"/sparql-editor/explain?query={quote('SELECT <script>')}")
    assert wrong.status_code == 200
    assert "line 1" in wrong.text
    assert "<script>" not in re.sub(r"<script[^>]* (src|type)=.*?</script>", "", wrong.text)


def test_the_script_knows_the_site(visitor) -> None:
    page = visitor.get("/sparql-editor").text
    found = re.search(r'data-settings="([^"]+)"', page)
    assert found
    settings = json.loads(html.unescape(found[1]))
    assert settings["endpoint"] == "http://portal.test/sparql"
    for namespace, path in settings["paths"]:
        assert namespace.startswith("http")
        assert path.startswith("/")
