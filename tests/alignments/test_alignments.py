"""Alignments are proposed, confirmed and rejected over HTTP and on the command line, and a reload keeps decisions."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from live import running
from pyoxigraph import NamedNode, Quad

from ontology.terms import ID, ONTOLOGY, SCHEME, graph_iri
from service.alignments.routes import alignments_router
from service.settings import Settings
from service.store.generations import GenerationStore
from service.validation import change_validator

STRATEGY = "cz-brno-local-education-plan"
KNOWN = f"{STRATEGY}-sdg-4"
STATUS = NamedNode(ONTOLOGY + "alignmentStatus")
DECISIONS = graph_iri("decisions")
CLAIM = {"strategy": STRATEGY, "concept": "SDG 4.1", "evidence": "rozvoj vzdělávání", "language": "cs"}
TEXT = """# Plan\n\nThe city buys electric buses and builds cycle paths along the river.\n
Schools get new heat pumps and solar panels, and every district gets a public park."""


@pytest.fixture
def folder(bundled_store: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(bundled_store, tmp_path / "store", copy_function=shutil.copy))


@pytest.fixture
def client(folder: Path) -> Iterator[httpx.Client]:
    with running(
        folder,
        validate=change_validator(Settings()),
        extra_routers=[alignments_router],
        write_token=None,
        workers=1,
    ) as found:
        yield found


def token(run, folder: Path, role: str, *more: str) -> dict[str, str]:
    made = run("token", "create", "--name", "Ola", "--role", role, "--store", folder, "--json", *more)
    return {"Authorization": f"Bearer {json.loads(made.out)['token']}"}


def statuses(folder: Path, alignment: str = KNOWN) -> list[tuple[str, str]]:
    """The status of an alignment in each graph; the default graph must have one and the same."""
    store = GenerationStore.open(folder).current().reader()
    found = store.quads_for_pattern(NamedNode(ID + "alignment/" + alignment), STATUS, None, None)
    return sorted((str(q.graph_name), q.object.value.rsplit("/", 1)[-1]) for q in found)


def in_force(code: str) -> list[tuple[str, str]]:
    return [(str(DECISIONS), code), ("DEFAULT", code)]


def listed(client: httpx.Client, **params: str) -> list[dict[str, Any]]:
    answer = client.get("/api/alignments", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["alignments"]


def test_a_person_confirms_then_rejects_and_everything_is_kept(run, folder, client) -> None:
    writer = token(run, folder, "writer")
    answer = client.post(f"/api/alignments/{KNOWN}/confirm", headers=writer, json={"note": "page 12"})
    assert answer.status_code == 200, answer.text
    assert statuses(folder) == in_force("confirmed")
    assert client.post(f"/api/alignments/{KNOWN}/confirm", headers=writer).status_code == 409
    assert client.post(f"/api/alignments/{KNOWN}/reject", headers=writer).status_code == 200
    assert statuses(folder) == in_force("rejected")
    (row,) = listed(client, strategy=STRATEGY, status="rejected")
    assert (row["decidedBy"], row["previous"], row["notation"]) == ("Ola", "confirmed", "4")
    decided = GenerationStore.open(folder).current().reader()
    notes = decided.quads_for_pattern(None, NamedNode(ONTOLOGY + "decisionNote"), None, DECISIONS)
    assert [quad.object.value for quad in notes] == ["page 12"]


def test_decisions_outlive_a_reload_of_the_source(run, folder, client) -> None:
    writer = token(run, folder, "writer", "--graph", DECISIONS.value)
    assert client.post(f"/api/alignments/{KNOWN}/reject", headers=writer).status_code == 200
    outcome = run("load", "bundled", "--store", folder, "--force")
    assert outcome.status == 0, outcome.err
    assert statuses(folder) == in_force("rejected")
    assert run("validate", "--store", folder).status == 0


def test_only_the_right_tokens_may(run, folder, client) -> None:
    address = f"/api/alignments/{KNOWN}/confirm"
    reader, proposer = token(run, folder, "reader"), token(run, folder, "proposer")
    elsewhere = token(run, folder, "writer", "--graph", "https://example.org/graph/mine")
    assert client.post(address).status_code == 401
    assert client.post(address, headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert client.post("/api/alignments", json=CLAIM, headers=reader).status_code == 403
    for header in (reader, proposer, elsewhere):
        answer = client.post(address, headers=header)
        assert answer.status_code == 403
        assert answer.headers["content-type"] == "application/problem+json"
    assert [code for _, code in statuses(folder)] == ["proposed", "proposed"]


def test_a_proposal_is_added_once_and_waits_for_a_writer(run, folder, client) -> None:
    proposer = token(run, folder, "proposer")
    answer = client.post("/api/alignments", json=CLAIM, headers=proposer)
    assert answer.status_code == 201, answer.text
    again = client.post("/api/alignments", json=CLAIM, headers=proposer)
    assert (again.status_code, again.json()["alignment"]) == (200, answer.json()["alignment"])
    rows = listed(client, strategy=STRATEGY, status="proposed")
    (row,) = [row for row in rows if row["alignment"] == answer.json()["alignment"]]
    assert (row["evidence"], row["language"], row["confidence"]) == ("rozvoj vzdělávání", "cs", 0.8)
    local = row["alignment"].rsplit("/", 1)[-1]
    assert client.post(f"/api/alignments/{local}/confirm", headers=token(run, folder, "writer")).status_code == 200
    assert statuses(folder, local) == in_force("confirmed")


WRONG: tuple[tuple[dict[str, Any], int], ...] = (
    ({"strategy": "nowhere"}, 404),
    ({"strategy": ""}, 400),
    ({"concept": "SDG 99"}, 404),
    ({"evidence": " "}, 400),
    ({"evidence": "x" * 3_000}, 400),
    ({"language": "de"}, 400),
    ({"confidence": 7}, 400),
    ({"confidence": "NaN"}, 400),
    ({"source": "no-such-source"}, 404),
    ({"other": 1}, 400),
)


def test_what_is_no_proposal_is_told(run, folder, client) -> None:
    proposer = token(run, folder, "proposer")
    for change, status in WRONG:
        answer = client.post("/api/alignments", json=CLAIM | change, headers=proposer)
        assert (change, answer.status_code) == (change, status)
        assert answer.json()["detail"]


def test_a_plain_form_carries_the_token_and_leads_back(run, folder, client) -> None:
    secret = token(run, folder, "writer")["Authorization"].removeprefix("Bearer ")
    form = {"token": secret, "note": "seen", "back": f"/id/strategy/{STRATEGY}"}
    answer = client.post(f"/api/alignments/{KNOWN}/confirm", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, form["back"])
    assert statuses(folder) == in_force("confirmed")
    away = client.post(f"/api/alignments/{KNOWN}/reject", data=form | {"back": "//evil.example"})
    assert away.status_code == 200
    assert "location" not in away.headers


def test_unknown_alignments_bodies_and_statuses_are_told(run, folder, client) -> None:
    writer = token(run, folder, "writer")
    assert client.post("/api/alignments/nothing-here/confirm", headers=writer).status_code == 404
    assert client.post("/api/alignments/Not%20A%20Slug/confirm", headers=writer).status_code == 404
    address = f"/api/alignments/{KNOWN}/confirm"
    assert (
        client.post(
            address,
            headers=writer,
            content=b"{",
        ).status_code
        == 415
    )
    assert client.post(address, headers=writer, json={"note": 5}).status_code == 400
    assert client.post(address, headers=writer, json={"note": "x" * 3_000}).status_code == 400
    assert client.get("/api/alignments", params={"status": "maybe"}).status_code == 400
    assert client.get("/api/alignments", params={"strategy": "No Slug"}).status_code == 404


def test_the_command_line_does_the_same(run, folder) -> None:
    fields = ("--strategy", STRATEGY, "--concept", "4.1", "--evidence", "rozvoj vzdělávání", "--lang", "cs")
    made = run("alignment", "propose", *fields, "--store", folder, "--json")
    assert made.status == 0, made.err
    iri = json.loads(made.out)["alignment"]
    assert run("alignment", "reject", iri, "--note", "too vague", "--store", folder).status == 0
    rows = json.loads(run("alignment", "list", "--status", "rejected", "--store", folder, "--json").out)
    assert [(row["alignment"], row["note"], row["decidedBy"]) for row in rows] == [(iri, "too vague", "command line")]
    shown = run("alignment", "list", "--strategy", STRATEGY, "--store", folder).out
    assert "too vague" in shown
    again = run("alignment", "reject", iri, "--store", folder)
    assert (again.status, again.err) == (1, "strategraph: the alignment is rejected already\n")
    assert run("alignment", "confirm", "nothing-here", "--store", folder).status == 1


def test_a_classified_text_is_published_as_proposals_and_decisions_stay(run, folder, tmp_path: Path) -> None:
    plan = tmp_path / "plan.md"
    plan.write_text(TEXT, encoding="utf-8")
    publish = ("classify", plan, "--publish", STRATEGY, "--store", folder)
    outcome = run(*publish)
    assert outcome.status == 0, outcome.err
    rows = json.loads(run("alignment", "list", "--strategy", STRATEGY, "--store", folder, "--json").out)
    found = {row["notation"]: row for row in rows if row["agent"] == ID + "agent/text-classifier"}
    assert {"MO2.1", "11"} <= set(found)
    assert found["MO2.1"]["evidence"].endswith("builds cycle paths along the river.")
    assert run("alignment", "reject", found["MO2.1"]["alignment"], "--store", folder).status == 0
    again = run(*publish)
    assert "1 that were decided on stay as they are" in again.out
    assert statuses(folder, found["MO2.1"]["alignment"].rsplit("/", 1)[-1]) == in_force("rejected")
    store = GenerationStore.open(folder).current().reader()
    created = NamedNode("http://purl.org/dc/terms/created")
    assert len(list(store.quads_for_pattern(NamedNode(found["11"]["alignment"]), created, None, None))) == 2
    assert run("validate", "--store", folder).status == 0
    assert run("classify", plan, "--publish", "nowhere", "--store", folder).status == 1


def test_a_rejected_alignment_no_longer_counts(run, folder) -> None:
    def concepts() -> set[str]:
        answer = run("query", "--named", "concepts-that-strategies-support", "--format", "csv", "--store", folder).out
        lines = (line.split(",") for line in answer.splitlines())
        return {cells[1] for cells in lines if cells[0] == f"{ID}strategy/{STRATEGY}"}

    assert "http://metadata.un.org/sdg/4" in concepts()
    assert run("alignment", "reject", KNOWN, "--store", folder).status == 0
    assert "http://metadata.un.org/sdg/4" not in concepts()
    rejected = NamedNode(SCHEME + "alignment-status/rejected")
    quad = Quad(NamedNode(ID + "alignment/" + KNOWN), STATUS, rejected, DECISIONS)
    assert quad in GenerationStore.open(folder).current().reader()


def test_half_a_surrogate_pair_is_refused(run, folder, client) -> None:
    headers = token(run, folder, "writer") | {"Content-Type": "application/json"}
    claim = json.dumps(CLAIM | {"evidence": "The city \ud83d"})
    note = json.dumps({"note": "\ud83d"})
    for address, body in (("", claim), (f"/{KNOWN}/reject", note), (f"/{KNOWN}/confirm", note)):
        answer = client.post(f"/api/alignments{address}", content=body, headers=headers)
        assert answer.status_code == 400
        assert "half of a surrogate pair" in answer.json()["detail"]
