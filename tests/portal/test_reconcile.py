"""Names in a table of somebody's become things of ours, the way OpenRefine asks for it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from ontology.terms import ID, LANGUAGES, ONTOLOGY, PREFIXES
from service.pages.names import Named
from service.reconcile.matching import NameIndex
from service.reconcile.values import cells

MUNICIPALITY = ONTOLOGY + "Municipality"
BRNO = ID + "municipality/cz-582786"
WITHIN = PREFIXES["schema"] + "containedInPlace"


def ask(client: Any, language: str = "en", /, **queries: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    answer = client.post(f"/reconcile/{language}", data={"queries": json.dumps(queries)})
    assert answer.status_code == 200, answer.text
    return {key: found["result"] for key, found in answer.json().items()}


def test_the_manifest_leads_to_everything(client):
    manifest = client.get("/reconcile", headers={"Accept-Language": "hu"}).json()
    assert "0.2" in manifest["versions"]
    assert manifest["name"].endswith("(Magyar)")
    assert {"name", "identifierSpace", "schemaSpace"} <= manifest.keys()
    thing = BRNO.replace(":", "%3A").replace("/", "%2F")
    preview = client.get(manifest["preview"]["url"].replace("{{id}}", thing))
    assert "frame-ancestors *" in preview.headers["content-security-policy"]
    assert "x-frame-options" not in preview.headers
    assert "Brno" in preview.text
    page = client.get(manifest["view"]["url"].replace("{{id}}", thing))
    assert page.headers["location"].endswith("/id/municipality/cz-582786")
    for kind in ("entity", "type", "property"):
        found = manifest["suggest"][kind]
        suggested = client.get(found["service_url"] + found["service_path"], params={"prefix": "s"}).json()["result"]
        assert suggested
        assert {"id", "name"} <= suggested[0].keys()
    flyout = manifest["suggest"]["entity"]["flyout_service_path"].replace("${id}", thing)
    assert "Brno" in client.get(manifest["suggest"]["entity"]["service_url"] + flyout).json()["html"]
    proposed = manifest["extend"]["propose_properties"]
    answer = client.get(proposed["service_url"] + proposed["service_path"], params={"type": MUNICIPALITY}).json()
    assert ONTOLOGY + "population" in [found["id"] for found in answer["properties"]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_name_without_accents_is_a_match_in_every_language(client, language):
    found = ask(client, language, q={"query": "usti nad labem", "type": MUNICIPALITY})["q"]
    assert found[0]["id"] == ID + "municipality/cz-554804"
    assert (found[0]["match"], found[0]["score"]) == (True, 100)


def test_codes_and_addresses_are_matches(client):
    found = ask(client, a={"query": "SDG 11.2"}, b={"query": "PL213"}, c={"query": "cz-582786"}, d={"query": BRNO})
    assert found["a"][0]["id"] == PREFIXES["sdg"] + "11.2"
    assert found["b"][0]["id"] == PREFIXES["nuts"] + "PL213"
    assert [found[key][0]["id"] for key in "cd"] == [BRNO, BRNO]
    assert all(best[0]["match"] for best in found.values())


def test_what_is_only_alike_is_proposed_and_not_matched(client):
    best = ask(client, q={"query": "Slovak Smart Cluster Citty"})["q"][0]
    assert best["id"] == ID + "organisation/slovak-smart-city-cluster"
    assert not best["match"]
    assert 60 < best["score"] < 100
    assert ask(client, q={"query": "Qwxyz Vbnm"})["q"] == []


def test_properties_tell_namesakes_apart(client):
    inside = {"query": "Brno", "properties": [{"pid": WITHIN, "v": "Czechia"}]}
    outside = {"query": "Brno", "properties": [{"pid": WITHIN, "v": "Poland"}]}
    by_code = {"query": "", "properties": [{"pid": ONTOLOGY + "lauCode", "v": "582786"}]}
    found = ask(client, inside=inside, outside=outside, code=by_code)
    assert found["inside"][0]["id"] == BRNO
    assert found["inside"][0]["match"]
    assert not any(one["match"] for one in found["outside"])
    assert found["code"][0]["id"] == BRNO


def test_only_things_of_the_type_are_found(client):
    types = {"query": "Mobility", "type": [PREFIXES["skos"] + "Concept"], "limit": 50}
    scheme = {"query": "transport", "type": "https://w3id.org/strategraph/scheme/sdg", "limit": 50}
    found = ask(client, types=types, scheme=scheme, none={"query": "Brno", "type": "https://example.org/Type"})
    assert {one["type"][0]["id"] for one in found["types"]} == {PREFIXES["skos"] + "Concept"}
    assert found["scheme"]
    assert all(one["id"].startswith(PREFIXES["sdg"]) for one in found["scheme"])
    assert found["none"] == []


def test_a_type_that_should_be_comes_first_and_another_is_no_match(client):
    """OpenRefine says `should` whenever somebody chose a type."""
    asked = {"query": "Praha", "type_strict": "should"}
    found = ask(client, "cs", town=asked | {"type": MUNICIPALITY}, project=asked | {"type": ONTOLOGY + "FundingCall"})
    assert found["town"][0]["id"] == ID + "municipality/cz-554782"
    assert found["town"][0]["match"]
    assert found["project"]
    assert not any(one["match"] for one in found["project"])


def test_new_columns_are_filled(client):
    wanted = {
        "ids": [BRNO, ID + "municipality/none"],
        "properties": [{"id": ONTOLOGY + "population"}, {"id": WITHIN}, {"id": PREFIXES["dct"] + "source"}],
    }
    answer = client.post("/reconcile/sk", data={"extend": json.dumps(wanted)}).json()
    assert [column["name"] for column in answer["meta"]] == ["Počet obyvateľov", "Leží v", "Zdroj"]
    row = answer["rows"][BRNO]
    assert row[ONTOLOGY + "population"][0]["int"] > 300_000
    assert row[WITHIN] == [{"id": PREFIXES["nuts"] + "CZ064", "name": "Juhomoravský kraj"}]
    assert answer["rows"][ID + "municipality/none"][WITHIN] == []
    strategy = next(one["id"] for one in ask(client, q={"query": "Strategie", "type": ONTOLOGY + "Strategy"})["q"])
    title = PREFIXES["dct"] + "title"
    asked = {"ids": [strategy], "properties": [{"id": title, "settings": {"limit": "1", "language": "cs"}}]}
    assert len(client.post("/reconcile", data={"extend": json.dumps(asked)}).json()["rows"][strategy][title]) == 1


@pytest.mark.parametrize(
    ("content", "status", "says"),
    [
        ("queries=[]", 400, "queries"),
        ("queries={", 400, "queries"),
        ('queries={"a":{"limit":"x"}}', 400, "a.limit"),
        ('extend={"ids":1}', 400, "extend"),
        ("x=1", 400, "neither"),
    ],
)
def test_what_makes_no_sense_is_told(client, content, status, says):
    answer = client.post("/reconcile", content=content, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status_code == status
    assert says in answer.json()["detail"]


def test_other_bodies_languages_and_things_are_refused(client):
    assert client.post("/reconcile", json={"queries": {}}).status_code == 415
    assert client.get("/reconcile/xx").status_code == 404
    assert client.get("/reconcile/en/preview", params={"id": "https://example.org/none"}).status_code == 404
    many = {str(n): {"query": "Brno"} for n in range(201)}
    assert client.post("/reconcile", data={"queries": json.dumps(many)}).status_code == 400


def test_the_preview_shows_names_as_text(client):
    assert not re.search(r"<script", client.get("/reconcile/en/preview", params={"id": BRNO}).text)


def test_the_order_of_words_counts_little():
    one = Named(ID + "organisation/a", "organisation", {"en": "Czech Smart City Cluster"})
    two = Named(ID + "organisation/b", "organisation", {"en": "Smart Metering Association"})
    found = NameIndex([one, two]).find("Cluster Smart City, Czech", lambda thing: True, 5)
    assert [candidate.thing.iri for candidate in found] == [one.iri]
    assert found[0].score == 99


@pytest.mark.parametrize(
    ("text", "datatype", "cell"),
    [
        ("12", "integer", {"int": 12}),
        ("1.5", "decimal", {"float": 1.5}),
        ("a dozen", "integer", {"str": "a dozen"}),
        ("INF", "double", {"str": "INF"}),
        ("NaN", "float", {"str": "NaN"}),
        ("9" * 5000, "integer", {"str": "9" * 5000}),
        ("2024-02-30x", "date", {"str": "2024-02-30x"}),
    ],
)
def test_a_cell_is_a_number_only_if_json_has_it(text, datatype, cell):
    row = {"value": {"type": "literal", "value": text, "datatype": PREFIXES["xsd"] + datatype}}
    assert cells([row], "en", 0) == [cell]


def test_a_value_that_is_a_book_is_refused(client):
    query = {"query": "Brno", "properties": [{"pid": WITHIN, "v": "x" * 501}]}
    answer = client.post("/reconcile/en", data={"queries": json.dumps({"q": query})})
    assert answer.status_code == 400
    assert "500 characters" in answer.json()["detail"]
