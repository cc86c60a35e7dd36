"""Who may do what over HTTP, made and taken back on the command line, and who did it."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from live import WRITER, running

GRAPH, OTHER = "http://example.org/graph/mine", "http://example.org/graph/other"
PROPOSALS = "https://w3id.org/strategraph/graph/proposals"
SG = "https://w3id.org/strategraph/ontology#"
STATUS = "https://w3id.org/strategraph/scheme/alignment-status/"
TRIPLE = "<http://example.org/s> <http://example.org/p> 1 ."


@pytest.fixture
def folder(tmp_path: Path, run) -> Path:
    assert run("load", "rdf", _file(tmp_path, TRIPLE), "--graph", OTHER, "--store", tmp_path / "store").status == 0
    return tmp_path / "store"


def _file(folder: Path, text: str) -> Path:
    path = folder / "data.ttl"
    path.write_text(text)
    return path


def made(run, folder: Path, role: str, *more: str) -> dict[str, Any]:
    outcome = run("token", "create", "--name", "Ola", "--role", role, "--store", folder, "--json", *more)
    assert outcome.status == 0, outcome.err
    found = json.loads(outcome.out)
    return found | {"header": {"Authorization": f"Bearer {found['token']}"}}


@contextmanager
def served(folder: Path, **settings: Any) -> Iterator[Any]:
    with running(folder, **{"write_token": None, "workers": 1, "validation": "off", **settings}) as client:
        yield client


def put(client: Any, graph: str, header: dict[str, str], body: str = TRIPLE) -> Any:
    return client.put(
        "/graphs", params={"graph": graph}, content=body, headers={**header, "Content-Type": "text/turtle"}
    )


def update(client: Any, text: str, header: dict[str, str]) -> Any:
    return client.post("/sparql", data={"update": text}, headers=header)


def test_a_token_lets_its_bearer_write_until_it_is_revoked(run, folder):
    with served(folder) as client:
        nobody = put(client, GRAPH, {})
        assert nobody.status_code == 403
        assert "switched off" in nobody.json()["detail"]
        token = made(run, folder, "writer")
        assert put(client, GRAPH, {}).status_code == 401
        assert put(client, GRAPH, {"Authorization": "Bearer sgt_00000000_" + "x" * 43}).status_code == 401
        assert put(client, GRAPH, token["header"]).status_code == 201
        assert run("token", "revoke", token["id"], "--store", folder).status == 0
        assert put(client, GRAPH, token["header"]).status_code in (401, 403)
        made(run, folder, "writer")
        assert put(client, GRAPH, token["header"]).status_code == 401


def test_only_a_hash_is_kept_and_only_the_owner_reads_it(run, folder):
    token = made(run, folder, "admin")
    path = folder / "tokens.json"
    assert token["token"].rsplit("_", 1)[1] not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    listed = json.loads(run("token", "list", "--store", folder, "--json").out)
    assert [(one["id"], one["role"], one["valid"]) for one in listed] == [(token["id"], "admin", True)]
    assert "hash" not in listed[0]


def test_a_reader_may_not_write(run, folder):
    token = made(run, folder, "reader")
    made(run, folder, "writer")
    with served(folder) as client:
        answer = put(client, GRAPH, token["header"])
    assert answer.status_code == 403
    assert "reader" in answer.json()["detail"]
    assert "insufficient_scope" in answer.headers["www-authenticate"]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (f"INSERT DATA {{ GRAPH <{GRAPH}> {{ {TRIPLE} }} }}", 200),
        (f"INSERT DATA {{ GRAPH <{OTHER}> {{ {TRIPLE} <http://example.org/s> <http://example.org/p> 2 }} }}", 403),
        (f"INSERT DATA {{ {TRIPLE} <http://example.org/s> <http://example.org/p> 2 }}", 403),
        (f"DROP GRAPH <{OTHER}>", 403),
        (f"MOVE GRAPH <{OTHER}> TO <{GRAPH}>", 403),
        (f"DELETE WHERE {{ GRAPH ?g {{ ?s ?p ?o }} }}", 403),  # noqa: F541
    ],
)
def test_a_writer_of_one_graph_changes_no_other(run, folder, text, status):
    token = made(run, folder, "writer", "--graph", GRAPH)
    with served(folder) as client:
        before = client.get("/sparql", params={"query": f"SELECT * {{ GRAPH <{OTHER}> {{ ?s ?p ?o }} }}"}).json()
        answer = update(client, text, token["header"])
        assert answer.status_code == status, answer.text
        after = client.get("/sparql", params={"query": f"SELECT * {{ GRAPH <{OTHER}> {{ ?s ?p ?o }} }}"}).json()
    assert before["results"]["bindings"] == after["results"]["bindings"]


def proposal(status: str, graph: str = PROPOSALS) -> str:
    alignment = f"<http://example.org/a> a <{SG}Alignment> ; <{SG}alignmentStatus> <{STATUS}{status}>"
    return f"INSERT DATA {{ GRAPH <{graph}> {{ {alignment} }} }}"


def test_a_proposer_adds_proposals_and_nothing_else(run, folder):
    token = made(run, folder, "proposer")
    with served(folder) as client:
        assert update(client, proposal("confirmed"), token["header"]).status_code == 403
        assert update(client, proposal("proposed", GRAPH), token["header"]).status_code == 403
        answer = update(client, proposal("proposed"), token["header"])
        assert answer.status_code == 200, answer.text
        assert update(client, f"CLEAR GRAPH <{PROPOSALS}>", token["header"]).status_code == 403


def test_limits_rise_with_a_token_only(run, folder):
    token = made(run, folder, "reader")
    query = {"query": "SELECT * { VALUES ?x { 1 2 3 4 5 6 } }"}
    with served(folder, query_rows=3, token_query_rows=5) as client:
        assert client.get("/sparql", params=query).status_code == 413
        assert client.get("/sparql", params=query | {"rows": 10}).status_code == 413
        assert client.get("/sparql", params=query | {"rows": 10}, headers=token["header"]).status_code == 413
    with served(folder, query_rows=3, token_query_rows=6) as client:
        assert client.get("/sparql", params=query | {"rows": 10}, headers=token["header"]).status_code == 200
        assert client.get("/sparql", params=query | {"rows": 2}, headers=token["header"]).status_code == 413
        assert client.get("/sparql", params=query, headers={"Authorization": "Bearer wrong"}).status_code == 401


@pytest.mark.parametrize(("name", "value"), [("rows", "0"), ("rows", "x"), ("memory", "-1"), ("timeout", "nan")])
def test_wishes_that_make_no_sense_are_refused(client_of_folder, name, value):
    answer = client_of_folder.get("/sparql", params={"query": "ASK {}", name: value})
    assert answer.status_code == 400
    assert name in answer.json()["detail"]


@pytest.fixture
def client_of_folder(folder: Path) -> Iterator[Any]:
    with served(folder) as client:
        yield client


def test_every_write_is_in_the_audit_log_with_its_author(run, folder):
    token = made(run, folder, "writer")
    with served(folder, write_token=WRITER["Authorization"].removeprefix("Bearer ")) as client:
        assert put(client, GRAPH, token["header"]).status_code == 201
        assert update(client, f"DROP GRAPH <{GRAPH}>", WRITER).status_code == 200
        assert update(client, f"DROP SILENT GRAPH <{GRAPH}>", WRITER).status_code == 200
    assert run("rollback", "2", "--store", folder).status == 0
    found = json.loads(run("audit", "--store", folder, "--json").out)
    told = [(e["what"].split(" <")[0], e.get("generation"), e.get("added"), e.get("removed")) for e in found]
    assert told[:2] == [("empty", 1, 0, 0), ("load rdf", 2, found[1]["added"], 0)]
    assert told[2][0].startswith("token create")
    assert told[3:] == [
        ("PUT The graph", 3, 1, 0),
        ("SPARQL update", 4, 0, 1),
        ("roll back to generation 2", 5, None, None),
    ]
    assert found[3]["who"] == f"Ola (token {token['id']})"
    assert found[3]["graphs"] == [GRAPH]
    assert found[4]["who"] == "write-token"
    assert token["token"] not in (folder / "audit.jsonl").read_text()


def test_a_log_that_was_cut_short_is_completed(run, folder):
    log = folder / "audit.jsonl"
    lines = log.read_text().splitlines()
    log.write_text(lines[0] + "\n" + lines[1][:20])
    assert run("rollback", "1", "--store", folder).status == 0
    found = json.loads(run("audit", "--store", folder, "--json").out)
    assert [e["generation"] for e in found] == [1, 2, 3]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--role", "king"), "none of"),
        (("--role", "writer", "--graph", "no iri"), "--graph"),
        (("--role", "reader", "--graph", GRAPH), "for the role writer"),
        (("--role", "reader", "--expires", "2020-01-01"), "is over"),
        (("--role", "reader", "--expires", "soon"), "neither a date"),
    ],
)
def test_a_token_that_makes_no_sense_is_not_made(run, folder, arguments, told):
    outcome = run("token", "create", "--name", "x", *arguments, "--store", folder)
    assert outcome.status == 1
    assert told in outcome.err
    assert len(outcome.err.splitlines()) == 1
    assert json.loads(run("token", "list", "--store", folder, "--json").out) == []


def test_revoking_what_is_not_there(run, folder):
    outcome = run("token", "revoke", "00000000", "--store", folder)
    assert outcome.status == 1
    assert "no token" in outcome.err


def test_a_token_ends_by_itself(run, folder):
    token = made(run, folder, "writer", "--expires", "1")
    path = folder / "tokens.json"
    kept = json.loads(path.read_text())
    kept[0]["expires"] = "2020-01-01T00:00:00+00:00"
    path.write_text(json.dumps(kept))
    made(run, folder, "writer")
    with served(folder) as client:
        assert put(client, GRAPH, token["header"]).status_code == 401
    assert "expired 2020-01-01" in run("token", "list", "--store", folder).out


def test_damaged_tokens_are_told_clearly(run, folder):
    (folder / "tokens.json").write_text("{")
    outcome = run("token", "list", "--store", folder)
    assert outcome.status == 1
    assert "tokens.json is unreadable" in outcome.err


def test_whoever_asks_too_often_waits(folder, run):
    token = made(run, folder, "reader")
    with served(folder, rate_address=5, rate_token=8) as client:
        answers = [client.get("/sparql", params={"query": "ASK {}"}) for _ in range(7)]
        assert [a.status_code for a in answers] == [200] * 5 + [429] * 2
        late = answers[-1]
        assert late.headers["content-type"] == "application/problem+json"
        assert 1 <= int(late.headers["retry-after"]) <= 60
        assert late.headers["access-control-allow-origin"] == "*"
        assert client.get("/health/live").status_code == 200
        with_token = [client.get("/sparql", params={"query": "ASK {}"}, headers=token["header"]) for _ in range(9)]
        assert [a.status_code for a in with_token] == [200] * 8 + [429]
