"""Documents of things to which very many others refer: parts without gaps, and each says how many there are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter
from live import WRITER, running
from pyoxigraph import RdfFormat, parse

from ontology.terms import BASE
from service.entities import entities_router
from service.instance import Instance
from service.references import HYDRA, SIZE

MANY = 2 * SIZE + 34
GOAL = f"{BASE}id/goal"
NTRIPLES = {**WRITER, "Content-Type": "application/n-triples"}


def router(instance: Instance) -> APIRouter:
    return entities_router(instance)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A goal with many references, and another with exactly one part of them."""
    folder: Path = tmp_path_factory.mktemp("references")
    with running(folder / "store", extra_routers=[router], validation="off") as found:
        lines = [f"<{BASE}id/a/{n}> <http://e/for> <{GOAL}/many> .\n" for n in range(MANY)]
        lines += [f"<{BASE}id/a/{n}> <http://e/for> <{GOAL}/full> .\n" for n in range(SIZE)]
        lines += [f'<{GOAL}/many> <http://www.w3.org/2000/01/rdf-schema#label> "Many" .\n']
        lines += [f"_:b{n} <http://e/for> <{GOAL}/nameless> .\n" for n in range(3)]
        assert found.put("/graphs?graph=http://e/g", content="".join(lines), headers=NTRIPLES).status_code == 201
        yield found


def parts(client: httpx.Client, address: str) -> Iterator[tuple[str, set[tuple[str, str, str]]]]:
    """The documents one after the other, as their links lead."""
    while address:
        answer = client.get(address)
        assert answer.status_code == 200, answer.text
        triples = parse(answer.content, format=RdfFormat.N_TRIPLES)
        found = {(t.subject.value, t.predicate.value, getattr(t.object, "value", "")) for t in triples}
        yield address, found
        link = answer.headers.get("link", "")
        address = link[1 : link.index(">")] if 'rel="next"' in link else ""


def test_parts_hold_every_reference_once_and_say_how_many_there_are(client: httpx.Client) -> None:
    found = list(parts(client, "/id/goal/many.nt"))
    subjects = [s for _, triples in found for s, p, o in triples if (p, o) == ("http://e/for", f"{GOAL}/many")]
    assert len(subjects) == len(set(subjects)) == MANY
    assert [address.partition("?")[2] for address, _ in found] == [
        "",
        f"after={SIZE}&generation=2",
        f"after={2 * SIZE}&generation=2",
    ]
    base = str(client.base_url).rstrip("/")
    for number, (address, triples) in enumerate(found):
        assert (base + address, HYDRA + "totalItems", str(MANY)) in triples
        following = {o for s, p, o in triples if (s, p) == (base + address, HYDRA + "next")}
        assert following == ({base + found[number + 1][0]} if number < 2 else set())
    labels = [sum(o == "Many" for _, _, o in triples) for _, triples in found]
    assert labels == [1, 0, 0]


@pytest.mark.parametrize("name", ["full", "nameless"])
def test_what_fits_into_one_document_says_nothing_of_parts(client: httpx.Client, name: str) -> None:
    ((_, triples),) = parts(client, f"/id/goal/{name}.nt")
    assert not any(p.startswith(HYDRA) for _, p, _ in triples)
    assert len(triples) == (SIZE if name == "full" else 0)


def test_parts_belong_to_one_generation(client: httpx.Client) -> None:
    """A write between two parts moves the others' places."""
    first = client.get("/id/goal/many.nt").headers["link"]
    assert first.endswith(f'; rel="next", <{BASE}id/goal/many>; rel="describes"')
    address = first[1 : first.index(">")]
    before = client.get(address)
    more = "".join(f"<{BASE}id/b/{n}> <http://e/for> <{GOAL}/many> .\n" for n in range(40))
    assert client.put("/graphs?graph=http://e/more", content=more, headers=NTRIPLES).status_code == 201
    after = client.get(address)
    assert after.content == before.content
    assert after.headers["strategraph-generation"] == before.headers["strategraph-generation"]
    assert str(MANY + 40) in client.get("/id/goal/many.nt").text
    client.delete("/graphs?graph=http://e/more", headers=WRITER)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("after=x", 400),
        ("after=-1", 400),
        ("after=²", 400),
        ("after=" + "9" * 20, 400),
        ("after=5000", 404),
        ("after=500&generation=99", 404),
        ("generation=x", 400),
    ],
)
def test_what_is_no_part_is_said(client: httpx.Client, query: str, status: int) -> None:
    answer = client.get(f"/id/goal/many.nt?{query}")
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_address_that_is_no_iri_is_not_known_at_any_position(client: httpx.Client) -> None:
    assert client.get("/id/%3Cscript%3E.ttl?after=500").status_code == 404
