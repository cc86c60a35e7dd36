"""Slow queries in the log: their shape, and nothing of what was asked about."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from live import WRITER, running

from queries.catalogue import catalogue
from service.operations.slow_queries import SHOWN, SlowQueries, digest, shape
from service.store.query import Query, QueryRecord

ASKED = """
PREFIX ex: <http://people.example/> # who asks: Jan
PREFIX dct: <http://purl.org/dc/terms/>
SELECT ?jan (COUNT(?x) AS ?n) WHERE {
  ?jan a <https://w3id.org/strategraph/ontology#Strategy> ; dct:title "Kowalski"@pl, 'x', \"\"\"long\"\"\" ;
    <http://xmlns.com/foaf/0.1/mbox> <mailto:jan@example.org> ; ex:secret ?x , 17.5 , _:jan , true , "2020"^^xsd:date .
  FILTER(?x < 1978)
} LIMIT 5"""


def test_a_shape_keeps_the_form_and_nothing_about_anybody() -> None:
    form = shape(ASKED)
    assert form == (
        'SELECT ?v1 ( COUNT ( ?v2 ) AS ?v3 ) WHERE { ?v1 a sg:Strategy ; dct:title "…" , "…" , "…" ; '
        'foaf:mbox <…> ; <…> ?v2 , 0 , _:b , TRUE , "…" ^^ <…> . FILTER ( ?v2 < 0 ) } LIMIT 0'
    )


def test_the_same_question_about_others_is_the_same_shape() -> None:
    other = ASKED.replace("Kowalski", "Nowak").replace("jan", "ola").replace("1978", "2001").replace("# who", "# not")
    assert digest(shape(other)) == digest(shape(ASKED))
    assert digest(shape(ASKED.replace("COUNT", "SUM"))) != digest(shape(ASKED))


@given(
    st.text(min_size=4).filter(lambda text: text.isalnum()),
    st.sampled_from(['"{}"', "'{}'", "<urn:{}>", "# {}\n", "{}"]),
)
def test_what_is_asked_about_never_shows(secret: str, form: str) -> None:
    secret = "zq" + secret
    written = form.format(secret) if form != "{}" else f'"""{secret}"""'
    assert secret not in shape(f"SELECT * {{ ?s ?p {written} }}")


@given(st.text())
def test_any_text_has_a_shape(text: str) -> None:
    assert isinstance(shape(text), str)


def record(seconds: float, text: str = "ASK {}") -> QueryRecord:
    return QueryRecord(Query(text), "ok", 0.25, seconds, rows=3, generation=7)


def test_only_what_is_slow_is_logged_with_what_is_known(caplog: pytest.LogCaptureFixture) -> None:
    name, known = next(iter(catalogue().items()))
    threshold = [2.0]
    slow = SlowQueries(lambda: threshold[0], {known.text: name})
    for seconds in (0.1, 1.9, 2.5):
        slow.query(record(seconds, known.text))
    threshold[0] = 0.0
    slow.query(record(99.0))
    (line,) = caplog.records
    fields: dict[str, Any] = line.fields  # type: ignore[attr-defined]
    assert (fields["named"], fields["seconds"], fields["waited"], fields["rows"]) == (name, 2.5, 0.25, 3)
    assert (fields["outcome"], fields["engine"], fields["generation"]) == ("ok", "oxigraph", 7)
    assert fields["hash"] == digest(shape(known.text))


def test_what_ended_its_reader_is_logged_whatever_its_time(caplog: pytest.LogCaptureFixture) -> None:
    slow = SlowQueries(lambda: 0.0, {})
    slow.query(replace(record(0.01), outcome="crash"))
    slow.query(replace(record(0.01), outcome="timeout"))
    (line,) = caplog.records
    assert (line.getMessage(), line.fields["shape"]) == ("query crashed", "ASK { }")  # type: ignore[attr-defined]


def test_a_long_shape_is_cut(caplog: pytest.LogCaptureFixture) -> None:
    SlowQueries(lambda: 1.0, {}).query(record(2.0, "SELECT * { " + "?s ?p ?o . " * 100_000 + "}"))
    (line,) = caplog.records
    assert len(line.fields["shape"]) == SHOWN + 1  # type: ignore[attr-defined]


def test_a_running_service_logs_them(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with running(tmp_path / "store", slow_query=0.000001) as client:
        client.put(
            "/graphs?default", content="<urn:a> <urn:p> 'Kowalski' .", headers={**WRITER, "Content-Type": "text/turtle"}
        )
        with caplog.at_level(logging.WARNING, "strategraph"):
            assert client.get("/sparql", params={"query": "SELECT * { ?s <urn:p> 'Kowalski' }"}).status_code == 200
    lines = [r for r in caplog.records if r.name == "strategraph.slow"]
    assert [r.fields["shape"] for r in lines] == ['SELECT * { ?v1 <…> "…" }']  # type: ignore[attr-defined]
    assert lines[0].fields["rows"] == 1  # type: ignore[attr-defined]
