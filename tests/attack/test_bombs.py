"""Small texts that stand for much, deep ones, and archives that unpack to more than is read: refused by every door."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Iterator

import httpx
import pytest
import zstandard
from live import WRITER, running
from pyoxigraph import RdfFormat

from service.store import expansion
from service.store.documents import read_document

RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/"'
LONG = "http://e/" + "x" * 5_000
LAUGHS = '<!ENTITY l0 "lol">' + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
CIRCLE = '<!ENTITY a "&b;&b;"><!ENTITY b "&a;&a;">'


def rdf_xml(entities: str, value: str) -> str:
    return f'<!DOCTYPE r [{entities}]><rdf:RDF {RDF}><rdf:Description rdf:about="a:b" e:p="{value}"/></rdf:RDF>'


BOMBS = {
    "laughs": ("application/rdf+xml", rdf_xml(LAUGHS, "&l11;")),
    "a circle of entities": ("application/rdf+xml", rdf_xml(CIRCLE, "&a;")),
    "one long entity": ("application/rdf+xml", rdf_xml(f'<!ENTITY l "{LONG}">', "&l;" * 5_000)),
    "a long namespace": (
        "application/rdf+xml",
        f'<rdf:RDF {RDF} xmlns:l="{LONG}">' + '<rdf:Description rdf:about="a:b" l:a="1"/>' * 5_000 + "</rdf:RDF>",
    ),
    "a long prefix": ("text/turtle", f"@prefix p: <{LONG}> .\n" + "p:a p:b p:c .\n" * 5_000),
    "a long base": ("application/trig", f"@base <{LONG}/> .\n" + "<a> <b> <c> .\n" * 5_000),
    "a long vocabulary": (
        "application/ld+json",
        json.dumps({"@context": {"@vocab": LONG}, "@graph": [{"@id": f"a:{n}", "p": 1} for n in range(5_000)]}),
    ),
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A service that holds less than usual, so that bombs can be small."""
    usual, expansion.BUDGET = expansion.BUDGET, 16 << 20
    try:
        with running(tmp_path_factory.mktemp("bombs") / "store") as client:
            yield client
    finally:
        expansion.BUDGET = usual


@pytest.mark.parametrize("name", BOMBS)
def test_a_document_that_stands_for_too_much_is_refused(service: httpx.Client, name: str) -> None:
    media_type, body = BOMBS[name]
    answer = service.put("/graphs/bomb", content=body, headers={**WRITER, "Content-Type": media_type})
    assert answer.status_code == 413, answer.text
    assert service.get("/graphs/bomb").status_code == 404


@pytest.mark.parametrize(
    "text",
    [
        f"PREFIX p: <{LONG}> SELECT * {{ VALUES ?x {{ {'p:a ' * 5_000} }} }}",
        f"BASE <{LONG}/> SELECT * {{ VALUES ?x {{ {'<a> ' * 5_000} }} }}",
    ],
)
def test_a_query_that_stands_for_too_much_is_refused(service: httpx.Client, text: str) -> None:
    answer = service.post("/sparql", data={"query": text})
    assert answer.status_code == 413, answer.text
    update = text.replace("SELECT *", "INSERT { <a:a> <a:b> ?x } WHERE")
    assert service.post("/sparql", data={"update": update}, headers=WRITER).status_code == 413


def test_ordinary_entities_and_prefixes_pass() -> None:
    owl = '<!ENTITY owl "http://www.w3.org/2002/07/owl#"><!ENTITY own "&owl;Thing">'
    document = rdf_xml(owl, "&own; &amp; &#60;")
    (quad,) = read_document(RdfFormat.RDF_XML, document.encode(), "http://e/")
    assert quad.object.value.endswith("Thing & <") or "owl;" in quad.object.value
    turtle = f"@prefix p: <{LONG}> . p:a p:b p:c ."
    assert len(list(read_document(RdfFormat.TURTLE, turtle.encode(), "http://e/"))) == 1


@pytest.mark.parametrize("coding", ["gzip", "deflate", "zstd", "br", "gzip, gzip", "x-unknown"])
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_compressed_bodies_are_refused(service: httpx.Client, coding: str, method: str) -> None:
    body = zstandard.compress(b" " * 10_000_000) if coding == "zstd" else gzip.compress(b" " * 10_000_000)
    headers = {**WRITER, "Content-Type": "text/turtle", "Content-Encoding": coding}
    answer = service.request(method, "/graphs/bomb", content=body, headers=headers)
    assert answer.status_code == 415


@pytest.mark.parametrize(
    ("ending", "content"),
    [
        ("ttl", "<a:b> <a:c> " + "(" * 50_000),
        ("ttl", "<a:b> <a:c> " + "[<a:d> " * 50_000),
        ("nt", "<a:b> <a:c> " + "<<( <a:b> <a:c> " * 50_000),
        ("jsonld", '{"a:b":' * 50_000),
        ("rdf", f"<rdf:RDF {RDF}>" + "<rdf:Description><e:p>" * 50_000),
        ("rdf", rdf_xml(LAUGHS, "&l11;")),
    ],
)
@pytest.mark.parametrize("command", [("load", "rdf"), ("validate",)])
def test_files_are_held_to_the_same_bounds(run, tmp_path, command: tuple[str, ...], ending: str, content: str) -> None:
    file = tmp_path / f"bomb.{ending}"
    file.write_text(content)
    store = ("--store", tmp_path / "store") if command[0] == "load" else ()
    outcome = run(*command, file, *store)
    assert outcome.status == 1, outcome.err
    assert str(file) in outcome.err or file.name in outcome.err
    assert "nested" in outcome.err or "stands for" in outcome.err
    assert "Traceback" not in outcome.err


def test_a_query_from_a_file_is_held_to_the_same_bounds(run, tmp_path) -> None:
    file = tmp_path / "deep.rq"
    file.write_text("SELECT * " + "{" * 50_000)
    assert run("load", "ontology", "--store", tmp_path / "store", "--quiet").status == 0
    outcome = run("query", file, "--store", tmp_path / "store")
    assert outcome.status == 1
    assert "nested" in outcome.err


def test_a_workbook_that_unpacks_to_too_much_is_refused(run, tmp_path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", b" " * 100_000_000)
    file = tmp_path / "nuts.xlsx"
    file.write_bytes(packed.getvalue())
    outcome = run("load", "nuts", file, "--store", tmp_path / "store")
    assert outcome.status == 1
    assert "unpacks to" in outcome.err
