"""The partner finder over the bundled data: page, data, problems."""

from __future__ import annotations

import csv
import io

import pytest

from ontology.terms import ID, LANGUAGES
from service.partners.score import WEIGHTS

KRAKOW = "municipality/pl-1001121216101"
CIRCULAR = "https://w3id.org/strategraph/scheme/green-deal/GD4"


def test_every_partner_has_reasons_that_lead_somewhere(client) -> None:
    found = client.get("/api/partners", params={"who": KRAKOW, "limit": 5}).json()
    assert found["who"] == ID + KRAKOW
    assert found["weights"] == dict(WEIGHTS)
    scores = [p["score"] for p in found["partners"]]
    assert scores == sorted(scores, reverse=True)
    for partner in found["partners"]:
        assert partner["score"] == pytest.approx(sum(r["adds"] for r in partner["reasons"]), abs=1e-3)
        for reason in partner["reasons"]:
            assert client.get(reason["query"]).status_code == 200


def test_slovak_partners_for_circular_economy(client) -> None:
    found = client.get("/api/partners", params={"theme": CIRCULAR, "country": "SK"}).json()
    best = {p["iri"].rsplit("/", 1)[-1] for p in found["partners"][:6]}
    assert {"circular-slovakia", "incien-sk", "bioeconomy-cluster"} <= best
    assert {p["country"] for p in found["partners"]} == {"SK"}
    assert found["total"] >= 20


def test_reasons_are_told_exactly_and_with_who_says_so(client) -> None:
    page = client.get("/partners", params={"theme": CIRCULAR, "country": "SK"}).text
    institute = next(a for a in page.split("<article")[1:] if ">Circular Economy Institute<" in a.split("</h3>")[0])
    # What it does, the theme below the one that was looked for, with whom it works, and a source for it.
    assert "analyses the waste of towns" in institute
    assert ">Waste prevention and recycling<" in institute
    assert ">CircularRegions<" in institute
    assert "/id/source/" in institute.split("<details")[0]
    assert "Works on a theme you look for:" in institute


def test_every_reason_but_numbers_has_its_triples_with_their_sources(client) -> None:
    asked = {"who": "organisation/incien-sk", "theme": CIRCULAR, "limit": 10}
    found = client.get("/api/partners", params=asked).json()
    reasons = [(p["iri"], r) for p in found["partners"] for r in p["reasons"]]
    assert {r["feature"] for _, r in reasons} >= {"shared", "bridges", "region", "experience"}
    for partner, reason in reasons:
        if reason["feature"] in ("distance", "size"):
            continue
        assert reason["triples"], (partner, reason["feature"])
        assert all(triple["sources"] and triple["predicate"] for triple in reason["triples"])
        if reason["feature"] in ("bridges", "projects"):
            ends = {end for triple in reason["triples"] for end in (triple["subject"], triple["object"])}
            assert {partner, ID + "organisation/incien-sk"} <= ends


def test_a_city_that_has_a_theme_shows_the_strategy_that_says_so(client) -> None:
    found = client.get("/api/partners", params={"theme": CIRCULAR, "kind": "city", "limit": 3}).json()
    for partner in found["partners"]:
        shared = next(r for r in partner["reasons"] if r["feature"] == "shared")
        assert shared["evidence"]
        assert {triple["subject"] for triple in shared["triples"]} <= set(shared["evidence"])
        assert all("/alignment/" in triple["statement"] for triple in shared["triples"])


def test_a_project_gives_its_themes_and_leaves_out_who_is_in_it(client) -> None:
    project = ID + "project/circularregions"
    found = client.get("/api/partners", params={"project": project, "country": "SK", "limit": 50}).json()
    assert CIRCULAR in found["themes"]
    assert found["total"] >= 10
    names = {partner["iri"].rsplit("/", 1)[-1] for partner in found["partners"]}
    assert "bioeconomy-cluster" in names
    assert not names & {"slovak-business-agency", "incien-sk"}
    wrong = client.get("/api/partners", params={"project": ID + "organisation/incien-sk"})
    assert wrong.status_code == 422
    assert "query.project" in wrong.text


def test_consortia_come_as_a_table(client) -> None:
    asked = {"who": KRAKOW, "theme": CIRCULAR, "min_countries": 3}
    rows = list(csv.DictReader(io.StringIO(client.get("/api/partners", params=asked | {"format": "consortia"}).text)))
    proposals = client.get("/api/partners", params=asked).json()["consortia"]
    assert [row["iri"] for row in rows] == [iri for p in proposals for iri in p["members"]]
    assert {row["complete"] for row in rows} == {"True"}


def test_weights_change_the_order(client) -> None:
    zero = {f"w_{name}": 0 for name in WEIGHTS}
    near = client.get("/api/partners", params={"who": KRAKOW, **zero, "w_distance": 1}).json()["partners"]
    assert {r["feature"] for p in near for r in p["reasons"]} == {"distance"}
    usual = client.get("/api/partners", params={"who": KRAKOW}).json()["partners"]
    assert [p["iri"] for p in near] != [p["iri"] for p in usual]


def test_consortia_keep_the_rules_that_were_given(client) -> None:
    asked = {"who": KRAKOW, "min_partners": 4, "min_countries": 3, "kind": ["city", "research", "business"]}
    for proposal in client.get("/api/partners", params=asked).json()["consortia"]:
        assert proposal["members"][0] == ID + KRAKOW
        assert len(proposal["members"]) == 4
        assert len(proposal["countries"]) >= 3
        assert proposal["complete"]


def test_csv_has_a_line_for_each_partner(client) -> None:
    answer = client.get("/api/partners", params={"who": KRAKOW, "format": "csv", "limit": 7})
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 7
    assert set(WEIGHTS) <= set(rows[0])


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_in_the_readers_language(client, language: str) -> None:
    found = client.get("/api/partners", params={"who": KRAKOW, "lang": language, "limit": 1}).json()
    english = client.get("/api/partners", params={"who": KRAKOW, "lang": "en", "limit": 1}).json()
    same = found["partners"][0]["reasons"][0]["text"] == english["partners"][0]["reasons"][0]["text"]
    assert same == (language == "en")


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ({"who": "municipality/none"}, "query.who"),
        ({"theme": "https://example.org/x"}, "query.theme"),
        ({"country": "QQ"}, "query.country"),
        ({"kind": "friend"}, "query.kind"),
        ({"call": "https://example.org/x"}, "query.call"),
        ({"w_size": "nan"}, "query.w_size"),
        ({"w_size": "11"}, "query.w_size"),
        ({"min_partners": "1"}, "query.min_partners"),
        ({"limit": "²"}, "query.limit"),
        ({f"w_{name}": "0" for name in WEIGHTS}, "query.w_shared"),
    ],
)
def test_what_does_not_fit_is_a_problem(client, asked: dict[str, str], where: str) -> None:
    answer = client.get("/api/partners", params=asked)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [e["where"] for e in answer.json()["errors"]] == [where]


def test_the_format_is_checked(client) -> None:
    assert client.get("/api/partners?format=xls").headers["content-type"] == "application/problem+json"


def test_the_form_keeps_what_was_asked(client) -> None:
    asked = {"who": KRAKOW, "theme": CIRCULAR, "country": ["CZ", "SK"], "w_distance": "4.5"}
    text = client.get("/partners", params=asked).text
    assert 'value="4.5"' in text
    assert f'name="theme" value="{CIRCULAR}" checked' in text
    assert 'name="country" value="SK" checked' in text
    assert f'name="who" value="{ID}{KRAKOW}"' in text
    assert "/queries/strategies-of-a-place?place=" in text


def test_a_name_is_enough_to_begin(client) -> None:
    text = client.get("/partners?find=krakow").text
    assert "/partners?who=https%3A%2F%2Fw3id.org%2Fstrategraph%2Fid%2Fmunicipality%2Fpl-1001121216101" in text


def test_openapi_names_the_parameters(client) -> None:
    operation = client.get("/openapi.json").json()["paths"]["/api/partners"]["get"]
    assert {"who", "theme", "country", "kind", "call", "w_shared", "format"} <= {
        p["name"] for p in operation["parameters"]
    }
