"""Names that no header can hold as they are: graphs and things are made, found and linked under them all the same."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest
from live import WRITER, running

from service import references
from service.portal import create_portal

NAMES = ("żółć", "日本", "😀", "a%20b", "a'b", "x%0d%0aSet-Cookie:%20y=1", "%00", "%ff%fe", "..%2f..", "a" * 3000)
TURTLE = {**WRITER, "Content-Type": "text/turtle"}
BODY = "<http://e/s> <http://e/p> 'v' ."


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with running(tmp_path_factory.mktemp("names") / "store", app=create_portal, validation="off") as client:
        yield client


def address(place: str, name: str) -> str:
    return f"{place}{quote(name, safe='%')}"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_graph_has_its_address(portal: httpx.Client, name: str, method: str) -> None:
    place = address(f"/graphs/{method}/", name)
    made = portal.request(method, place, content=BODY, headers=TURTLE)
    if "%0a" in name:  # no address of ours goes over several lines
        assert made.status_code == 404
        return
    assert made.status_code == 201, made.text
    assert made.headers.get("location", "").isascii()
    assert '"v"' in portal.get(made.headers.get("location", place)).text
    assert portal.delete(place, headers=WRITER).status_code == 200


@pytest.mark.parametrize("name", ["żółć", "日本", "😀", "a'b"])
def test_a_graph_named_by_a_parameter_is_told_in_ascii(portal: httpx.Client, name: str) -> None:
    iri = f"http://example.org/{name}"
    made = portal.post("/graphs", params={"graph": iri}, content=BODY, headers=TURTLE)
    assert made.status_code == 201, made.text
    assert made.headers["location"] == quote(iri, safe=":/'")
    assert '"v"' in portal.get("/graphs", params={"graph": iri}).text


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("ending", ["", ".ttl", ".csv", ".jsonld"])
def test_things_have_addresses(portal: httpx.Client, name: str, ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(references, "SIZE", 4)  # one less than point at the thing
    if name.isalnum():
        iri = f"https://w3id.org/strategraph/id/city/{name}"
        facts = " ".join(f"<http://e/{n}> <http://e/p> <{iri}> ." for n in range(5))
        made = portal.put("/graphs/things", content=f"<{iri}> <http://e/p> 'v' . {facts}", headers=TURTLE)
        assert made.status_code in (200, 201), made.text
    for accept in ("text/html", "text/turtle"):
        answer = portal.get(address("/id/city/", name) + ending, headers={"Accept": accept})
        assert answer.status_code < 500, answer.text
        assert answer.status_code in (200, 303) or not name.isalnum() or ending == ".csv", answer.text
        assert "set-cookie" not in answer.headers or "y=1" not in answer.headers["set-cookie"]
        if name.isalnum() and ending == ".ttl":
            following = answer.links["next"]["url"]
            assert portal.get(following).status_code == 200


def test_a_thing_that_xml_cannot_hold(portal: httpx.Client) -> None:
    body = "<https://w3id.org/strategraph/id/city/odd> <http://e/p> 'a\\u0001b' ."
    assert portal.put("/graphs/odd", content=body, headers=TURTLE).status_code == 201
    assert portal.get("/id/city/odd.ttl").status_code == 200
    answer = portal.get("/id/city/odd.rdf")
    assert answer.status_code == 422
    assert "XML cannot hold" in answer.json()["detail"]
