"""The whole service on the bundled dataset: identifiers that lead somewhere, for programs and for people."""

from __future__ import annotations

import csv
import json
import re

import pytest
from pyoxigraph import NamedNode, RdfFormat, parse
from SPARQLWrapper import CSV, JSON, POST, SPARQLWrapper

from ontology.terms import BASE, LANGUAGES

ICEI = "/id/network/icei-alliance"
FORMATS = {
    "text/turtle": ("ttl", RdfFormat.TURTLE),
    "application/n-triples": ("nt", RdfFormat.N_TRIPLES),
    "application/rdf+xml": ("rdf", RdfFormat.RDF_XML),
    "application/ld+json": ("jsonld", RdfFormat.JSON_LD),
    "application/n-quads": ("nq", RdfFormat.N_QUADS),
    "application/trig": ("trig", RdfFormat.TRIG),
}


@pytest.mark.parametrize(("media_type", "kind"), FORMATS.items())
def test_a_thing_leads_to_a_document_in_every_rdf_format(client, media_type, kind):
    extension, rdf_format = kind
    response = client.get(ICEI, headers={"Accept": media_type})
    assert response.status_code == 303
    assert response.headers["location"] == f"{str(client.base_url).rstrip('/')}{ICEI}.{extension}"
    document = client.get(f"{ICEI}.{extension}")
    assert document.headers["content-type"].startswith(media_type)
    quads = list(parse(document.content, format=rdf_format))
    thing = NamedNode(BASE + ICEI[1:])
    assert any(quad.subject == thing for quad in quads)
    assert any(quad.object == thing for quad in quads), "what points at it is part of the document"


def test_a_document_names_what_it_refers_to(client):
    quads = list(parse(client.get(f"{ICEI}.nt").content, format=RdfFormat.N_TRIPLES))
    named = {quad.subject for quad in quads if quad.predicate.value.endswith(("prefLabel", "title"))}
    assert len(named) > 3


def test_a_document_as_a_table(client):
    rows = list(csv.DictReader(client.get(f"{ICEI}.csv").text.splitlines()))
    assert {"subject", "property", "value", "language", "datatype"} == set(rows[0])
    assert any(row["language"] == "pl" for row in rows)


def test_what_points_at_a_thing_comes_in_pages_without_gaps(client):
    address, found, pages = "/scheme/level/municipal.nt", [], 0
    while address:
        response = client.get(address)
        found += [q for q in parse(response.content, format=RdfFormat.N_TRIPLES) if "municipal" in str(q.object)]
        link = response.headers.get("link", "")
        address = link.partition(">")[0].removeprefix("<") if 'rel="next"' in link else ""
        pages += 1
    answer = client.get(
        "/sparql",
        params={"query": f"SELECT (COUNT(*) AS ?n) {{ ?s ?p <{BASE}scheme/level/municipal> }}", "format": "json"},
    )
    assert len({str(q) for q in found if q.object == NamedNode(BASE + "scheme/level/municipal")}) == int(
        answer.json()["results"]["bindings"][0]["n"]["value"]
    )
    assert pages >= 1


def test_the_graph_of_a_source_is_a_thing_with_a_licence(client):
    answer = client.get("/graph/bundled", headers={"Accept": "application/n-triples"}, follow_redirects=True)
    assert answer.url.path == "/graph/bundled.nt"
    assert b"https://creativecommons.org/licenses/by/4.0/" in answer.content
    assert client.get("/graph/bundled", headers={"Accept": "text/html"}).status_code == 200


def test_the_graph_of_a_source_is_called_by_its_title(client):
    page = client.get("/graph/bundled", headers={"Accept": "text/html", "Accept-Language": "hu"}).text
    assert "Strategraph bundled dataset" in re.search("<h1.*?</h1>", page, re.S)[0]
    assert "Forrásgráf" in page


def test_nobody_is_told_how_to_cite_an_error(client):
    assert 'id="citation"' in client.get("/about", headers={"Accept": "text/html"}).text
    assert 'id="citation"' not in client.get("/nowhere", headers={"Accept": "text/html"}).text


@pytest.mark.parametrize("path", ["/id/network/none.ttl", "/id/x.ttl", "/scheme/none/0.nt", "/id/%3Cscript%3E.ttl"])
def test_what_is_not_known_is_404_as_a_problem(client, path):
    response = client.get(path)
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


def test_a_document_says_which_thing_it_describes(client):
    assert client.get(f"{ICEI}.ttl").headers["link"] == f'<{BASE}{ICEI[1:]}>; rel="describes"'


def test_a_document_is_revalidated_not_sent_again(client):
    first = client.get(f"{ICEI}.ttl")
    again = client.get(f"{ICEI}.ttl", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert not again.content


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", [ICEI, "/scheme/smart-concept/MO1.2", "/ontology", "/", "/strategies"])
def test_people_get_a_page_in_their_language(client, path, language):
    response = client.get(path, headers={"Accept": "text/html", "Accept-Language": language})
    assert response.status_code == 200
    assert f'lang="{language}"' in response.text


def test_the_vocabulary_is_there_for_programs(client):
    ontology = client.get("/ontology", headers={"Accept": "text/turtle"})
    assert len(list(parse(ontology.content, format=RdfFormat.TURTLE))) > 5000
    assert "@context" in client.get("/context.jsonld").json()
    assert b"NodeShape" in client.get("/shapes", headers={"Accept": "text/turtle"}).content


@pytest.mark.parametrize("extension", ["ttl", "rdf", "jsonld", "nt"])
def test_the_ontology_is_a_file_in_every_format(client, extension):
    whole = client.get(f"/ontology.{extension}")
    assert whole.headers["content-type"].split(";")[0] == RdfFormat.from_extension(extension).media_type
    again = client.get(f"/ontology.{extension}", headers={"If-None-Match": whole.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/ontology.docx").status_code == 404


def test_version_and_alignments_of_the_ontology_are_where_it_says(client):
    triples = list(parse(client.get("/ontology.nt").content, format=RdfFormat.N_TRIPLES))
    named = {
        t.predicate.value.rpartition("#")[2]: t.object.value for t in triples if t.subject.value == BASE + "ontology"
    }
    accept = {"Accept": "application/n-triples"}
    for iri in (named["versionIRI"], named["seeAlso"], f"{named['seeAlso']}/1.0.0"):
        assert client.get("/" + iri.removeprefix(BASE), headers=accept).content
    alignments = client.get("/ontology/alignments", headers=accept).content
    assert 0 < len(alignments) < len(client.get("/ontology.nt").content) / 5
    assert client.get("/ontology/9.9.9").status_code == 404


def test_search_engines_are_told_where_every_page_is(client):
    robots = client.get("/robots.txt").text
    assert "Disallow: /sparql" in robots
    address = re.search(r"^Sitemap: (\S+)$", robots, re.MULTILINE)[1]
    parts = re.findall(r"<loc>(.+?)</loc>", client.get(address).text)
    pages = [page for part in parts for page in re.findall(r"<loc>(.+?)</loc>", client.get(part).text)]
    assert len(pages) == len(set(pages))
    assert {str(client.base_url).rstrip("/") + path for path in (ICEI, "/sdg/11.6", "/region/PL", "/map")} <= set(pages)
    for page in pages[:: len(pages) // 40]:
        assert client.get(page, headers={"Accept": "text/html"}).status_code == 200, page
    assert client.get("/sitemap-999.xml").status_code == 404


def test_an_error_is_a_page_for_people_and_a_problem_for_programs(client):
    page = client.get("/nothing-here", headers={"Accept": "text/html", "Accept-Language": "pl"})
    assert page.status_code == 404
    assert 'lang="pl"' in page.text
    problem = client.get("/nothing-here", headers={"Accept": "application/json"})
    assert problem.headers["content-type"] == "application/problem+json"


def test_the_page_of_an_error_names_the_request_for_who_reports_it(client):
    asked = {"Accept": "text/html", "Accept-Language": "sk", "X-Request-Id": "seen-by-me"}
    page = client.get("/strategies.docx?sort=%00", headers=asked | {"X-Request-Id": "lost"})
    assert "lost" not in page.text  # an address that is not there needs no report
    refused = client.get("/api/suggest?limit=999", headers=asked)
    assert refused.status_code == 422
    assert "<code>seen-by-me</code>" in refused.text
    assert "uveďte číslo požiadavky" in refused.text


def test_a_text_is_classified(client):
    response = client.post("/api/classify", json={"text": "New tram lines and cycle paths reduce emissions."})
    notations = [label["notation"] for label in response.json()["labels"]]
    assert "11.2" in notations or "MO1.3" in notations


def test_every_address_is_described(client):
    paths = client.get("/openapi.json").json()["paths"]
    assert {"/sparql", "/graphs", "/id/{path}", "/ontology", "/health/ready", "/api/classify"} <= set(paths)
    assert json.dumps(paths).count("summary") >= len(paths)


def test_sparqlwrapper_reads_the_endpoint(live_portal):
    endpoint = SPARQLWrapper(f"{live_portal}/sparql")
    endpoint.setQuery("SELECT ?s { ?s a <https://w3id.org/strategraph/ontology#Alliance> }")
    endpoint.setReturnFormat(JSON)
    found = endpoint.queryAndConvert()["results"]["bindings"]
    assert [row["s"]["value"] for row in found] == [BASE + ICEI[1:]]
    endpoint.setMethod(POST)
    endpoint.setReturnFormat(CSV)
    assert b"icei-alliance" in endpoint.queryAndConvert()


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
@pytest.mark.parametrize("address", ["/strategies", "/static/{style}", "/openapi.json", "/nowhere"])
def test_texts_are_compressed_when_that_is_wanted(client, address, encoding):
    style = re.search(r"/static/([\w.]+\.css)", client.get("/").text)[1]
    address = address.format(style=style)
    plain = client.get(address, headers={"Accept-Encoding": "identity", "Accept": "*/*"})
    packed = client.get(address, headers={"Accept-Encoding": encoding, "Accept": "*/*"})
    assert "content-encoding" not in plain.headers
    if len(plain.content) >= 1024:
        assert packed.headers["content-encoding"] == encoding
        assert packed.num_bytes_downloaded < len(plain.content) / 2
        assert "accept-encoding" in packed.headers["vary"].lower()
    assert packed.status_code == plain.status_code


def test_a_style_sheet_is_not_sent_twice(client):
    style = re.search(r"/static/[\w.]+\.css", client.get("/").text)[0]
    first = client.get(style, headers={"Accept-Encoding": "gzip"})
    assert first.headers["etag"].startswith("W/")
    again = client.get(style, headers={"If-None-Match": first.headers["etag"], "Accept-Encoding": "gzip"})
    assert again.status_code == 304
    assert not again.content


def test_browsers_find_an_icon_everywhere(client):
    icon = client.get("/favicon.ico")
    assert icon.headers["content-type"].startswith("image/svg+xml")


@pytest.mark.parametrize("path", ["/", "/classify", "/api/compliance", "/api/partners", "/sparql?query=ASK{}", "/no"])
def test_a_wrong_token_is_told_wherever_it_is_sent(client, path):
    answer = client.get(path, headers={"Authorization": "Bearer nonsense"})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_a_wrong_token_is_told_before_a_text_is_classified(client):
    answer = client.post("/api/classify", json={"text": "Buses"}, headers={"Authorization": "bearer nonsense"})
    assert answer.status_code == 401


def test_pages_need_no_token_and_mind_neither_that_of_a_proxy_nor_machines(client):
    assert client.get("/classify").status_code == 200
    assert client.get("/classify", headers={"Authorization": "Basic b2xhOnMzY3JldA=="}).status_code == 200
    assert client.get("/health/live", headers={"Authorization": "Bearer nonsense"}).status_code == 200
