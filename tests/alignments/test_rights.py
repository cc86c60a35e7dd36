"""A token with the role proposer adds new proposals of its bearer and of the classifier, and speaks for nobody else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from live import running

from ontology.terms import ID, ONTOLOGY, PREFIXES, SCHEME, graph_iri
from service.alignments.routes import alignments_router
from service.store.generations import GenerationStore

PROPOSALS = graph_iri("proposals").value
STRATEGY = f"<{ID}strategy/cz-brno-local-education-plan>"
KNOWN = f"<{ID}alignment/cz-brno-local-education-plan-sdg-4>"
NEW = f"<{ID}alignment/new>"
HEAD = "".join(f"@prefix {prefix}: <{PREFIXES[prefix]}> .\n" for prefix in ("sg", "dct", "skos", "prov", "oa", "sdg"))
HEAD += f"@prefix status: <{SCHEME}alignment-status/> .\n@prefix agent: <{ID}agent/> .\n"
PROPOSED = f'{NEW} a sg:Alignment ; sg:alignmentOf {STRATEGY} ; sg:concept sdg:4.1 ; sg:evidence "x"@en ; '


@pytest.fixture
def folder(bundled_store: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(bundled_store, tmp_path / "store", copy_function=shutil.copy))


@pytest.fixture
def client(folder: Path) -> Iterator[httpx.Client]:
    settings = {"write_token": None, "workers": 1, "validation": "off"}
    with running(folder, extra_routers=[alignments_router], **settings) as found:
        yield found


@pytest.fixture
def proposer(run, folder: Path) -> dict[str, str]:
    made = run("token", "create", "--name", "Ola", "--role", "proposer", "--store", folder, "--json")
    return json.loads(made.out) | {"Content-Type": "text/turtle"}


def post(client: httpx.Client, token: dict[str, str], turtle: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token['token']}", "Content-Type": "text/turtle"}
    body = HEAD + turtle.replace("agent:own", f"agent:token-{token['id']}")
    return client.post("/graphs", params={"graph": PROPOSALS}, content=body, headers=headers)


@pytest.mark.parametrize(
    ("turtle", "told"),
    [
        ('agent:token-99999999 skos:prefLabel "Mayor" .', "none of these"),
        ('agent:own skos:prefLabel "Mayor" .', "none of these"),
        (f'{KNOWN} sg:evidence "another"@en .', "described already"),
        (f'{STRATEGY} skos:altLabel "another"@en .', "described already"),
        (
            f"<{ID}decision/d> a sg:AlignmentDecision ; sg:decides {KNOWN} ; sg:decidedStatus status:confirmed ; "
            "prov:wasAssociatedWith agent:own .",
            "none of these",
        ),
        (f"<{ID}decision/d> a prov:Activity ; sg:decides {KNOWN} .", "may not state"),
        (f"<{ID}load/l> a prov:Activity ; prov:wasAssociatedWith agent:mayor .", "not as"),
        (PROPOSED + "sg:alignmentStatus status:confirmed .", "only add what is proposed"),
        (PROPOSED + "sg:alignmentStatus status:proposed , status:confirmed .", "only add what is proposed"),
        (PROPOSED + 'sg:note "x" .', "may not state"),
        (PROPOSED + "sg:alignmentStatus status:proposed ; prov:wasAttributedTo agent:mayor .", "not as"),
        (f'{NEW} sg:evidence "x"@en .', "none of these"),
        ("[] a sg:Strategy .", "none of these"),
    ],
)
def test_a_proposer_speaks_for_nobody_else(client, folder, proposer, turtle, told) -> None:
    answer = post(client, proposer, turtle)
    assert answer.status_code == 403, answer.text
    assert told in answer.json()["detail"]
    assert GenerationStore.open(folder).current().number == 2


def test_the_same_rules_hold_for_updates(client, proposer) -> None:
    headers = {"Authorization": f"Bearer {proposer['token']}"}
    text = f'INSERT DATA {{ GRAPH <{PROPOSALS}> {{ {KNOWN} <{ONTOLOGY}evidence> "another"@en }} }}'
    answer = client.post("/sparql", data={"update": text}, headers=headers)
    assert (answer.status_code, "described already" in answer.text) == (403, True)


def test_a_proposer_adds_proposals_with_what_belongs_to_them(client, proposer) -> None:
    turtle = (
        PROPOSED + "sg:alignmentStatus status:proposed ; prov:wasAttributedTo agent:own ; "
        f"dct:source <{ID}source/mine> ; oa:hasSelector <{ID}alignment/new#quote-1> .\n"
        f'<{ID}alignment/new#quote-1> a oa:TextQuoteSelector ; oa:exact "x" .\n'
        f'<{ID}source/mine> a sg:Source ; dct:title "Mine"@en .\n'
        'agent:own a prov:Agent ; skos:prefLabel "Ola" .\n'
        f'agent:text-classifier a prov:SoftwareAgent ; skos:prefLabel "Strategraph classifier"@en .\n'
    )
    answer = post(client, proposer, turtle)
    assert answer.status_code in (200, 201, 204), answer.text
    assert answer.json()["added"] > 10
    assert post(client, proposer, turtle).status_code in (200, 204), "the same again adds nothing"


def test_the_answer_to_a_claim_made_again_has_its_status(run, client, folder, proposer) -> None:
    claim = {"strategy": STRATEGY[1:-1], "concept": "SDG 4.1", "evidence": "rozvoj vzdělávání", "language": "cs"}
    headers = {"Authorization": f"Bearer {proposer['token']}"}
    first = client.post("/api/alignments", json=claim, headers=headers).json()
    assert (first["status"], first["new"]) == ("proposed", True)
    made = run("token", "create", "--name", "Eva", "--role", "writer", "--store", folder, "--json")
    writer = {"Authorization": f"Bearer {json.loads(made.out)['token']}"}
    assert client.post(f"/api/alignments/{first['alignment'].rsplit('/', 1)[-1]}/reject", headers=writer).is_success
    again = client.post("/api/alignments", json=claim, headers=headers).json()
    assert (again["status"], again["new"]) == ("rejected", False)
