"""Topics of the EU portal become calls with their rules; bad files are told apart from bad topics."""

from __future__ import annotations

import gzip
import json

import pytest

from loaders.base import Input, InputError, RecordRejected
from loaders.funding_calls import FundingCalls
from loaders.statements import term
from ontology.terms import concept_iri, mint

TOPIC = {
    "topicId": "HORIZON-MISS-2027-04-CIT-CCRI-04",
    "title": "Logistics \u00e2\u20ac\u201c in cities",
    "programme": "Horizon Europe",
    "deadline": "2027-10-07",
    "portalUrl": "https://example.org/topic",
    "typesOfAction": "HORIZON  Innovation Actions",
}


def read(tmp_path, data: bytes):
    path = tmp_path / "topics"
    path.write_bytes(data)
    return list(FundingCalls().read([Input(path, "topics")]))


def about(record):
    return {(t.predicate, t.object) for t in FundingCalls().triples(record) if "/call/" in t.subject.value}


@pytest.mark.parametrize("between", ["", "\n", ",\n", "\ufeff"])
def test_topics_are_read_whatever_stands_between_them(tmp_path, between):
    text = between.join(json.dumps(TOPIC | {"topicId": f"LIFE-{n}"}) for n in range(3))
    plain = read(tmp_path, text.encode())
    assert [r["topicId"] for r in plain] == ["LIFE-0", "LIFE-1", "LIFE-2"]
    assert [r["topicId"] for r in read(tmp_path, gzip.compress(text.encode()))] == [r["topicId"] for r in plain]


def test_a_topic_larger_than_a_piece_is_read_whole(tmp_path):
    (record,) = read(tmp_path, json.dumps(TOPIC | {"description": "ł" * 200_000}).encode())
    assert record["deadline"] == "2027-10-07"


def test_a_call_has_its_rules_themes_and_a_mended_title(tmp_path):
    (record,) = read(tmp_path, json.dumps(TOPIC).encode())
    statements = about(record)
    said = {(predicate, getattr(value, "value", "")) for predicate, value in statements}
    assert (term("dct:title"), "Logistics – in cities") in said
    assert (term("sg:minimumPartners"), "3") in said
    assert (term("sg:minimumCountries"), "3") in said
    assert (term("dct:isPartOf"), mint("programme", "horizon-europe")) in statements
    assert (term("sg:theme"), concept_iri("sdg", "12.5")) in statements
    assert len([p for p, _ in statements if p == term("sg:eligibleCountry")]) == 4


def test_actions_that_one_body_may_apply_for_name_no_least_number(tmp_path):
    topic = TOPIC | {"typesOfAction": "HORIZON Coordination and Support Actions"}
    (record,) = read(tmp_path, json.dumps(topic).encode())
    assert term("sg:minimumPartners") not in {p for p, _ in about(record)}


def test_external_action_is_not_for_the_four_countries(tmp_path):
    topic = TOPIC | {"programme": "EU External Action - Prospect (RELEX-PROSPECT)"}
    (record,) = read(tmp_path, json.dumps(topic).encode())
    assert term("sg:eligibleCountry") not in {p for p, _ in about(record)}


def test_a_topic_without_a_title_is_rejected(tmp_path):
    (record,) = read(tmp_path, json.dumps(TOPIC | {"title": " "}).encode())
    with pytest.raises(RecordRejected, match="title"):
        about(record)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no topics in it"),
        (b"identifier;title\n", "not JSON after 0 topics"),
        (json.dumps(TOPIC).encode() + b'{"topicId": "HALF', "ends in the middle of a topic, after 1 whole"),
        (b"\xff\xfe{}", "not UTF-8"),
        (gzip.compress(json.dumps(TOPIC).encode() * 100)[:-20], "cannot be read"),
    ],
)
def test_a_file_that_is_no_list_of_topics_is_refused_in_one_line(tmp_path, data, words):
    with pytest.raises(InputError, match=words):
        read(tmp_path, data)
