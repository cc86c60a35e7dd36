"""What the shapes say to a write, in every mode."""

from collections.abc import Callable
from typing import Any

import pytest

BODY = "<http://e/s> <http://e/p> 'bad' ."
TURTLE = {"Content-Type": "text/turtle"}


class Report:
    """A report that refuses everything with the word bad."""

    def __init__(self, accepted: bool) -> None:
        self.accepted = accepted

    def as_json(self, language: str = "en") -> dict[str, Any]:
        return {"conforms": self.accepted, "results": [{"message": f"bad ({language})"}] * (not self.accepted)}


def judge(draft: Any, change: Any) -> Report:
    assert draft.base.number > 0
    return Report(not any("bad" in str(quad.object) for quad in change.added))


@pytest.mark.parametrize("write", ["put", "update"])
def test_modes(serve: Callable[..., Any], writer: dict[str, str], write: str) -> None:
    def send(client: Any) -> Any:
        headers = {**writer, "Accept-Language": "pl-PL,en;q=0.5"}
        if write == "put":
            return client.put("/graphs/x", content=BODY, headers={**headers, **TURTLE})
        return client.post(
            "/sparql", data={"update": f"INSERT DATA {{ GRAPH <http://e/g> {{ {BODY} }} }}"}, headers=headers
        )

    ask = {"query": "ASK { ?s ?p 'bad' }"}
    with serve(validate=judge, validation="enforce") as client:
        answer = send(client)
        assert answer.status_code == 422
        assert answer.json()["report"]["results"][0]["message"] == "bad (pl)"
        assert client.get("/sparql", params=ask).json()["boolean"] is False
    with serve(validate=judge, validation="report") as client:
        answer = send(client)
        assert answer.status_code in (200, 201)
        assert answer.headers["strategraph-validation"] == "violations"
        assert answer.json()["validation"]["conforms"] is False
        assert client.get("/sparql", params=ask).json()["boolean"] is True


def test_off(serve: Callable[..., Any], writer: dict[str, str]) -> None:
    with serve(validate=judge, validation="off") as client:
        answer = client.put("/graphs/x", content=BODY, headers={**writer, **TURTLE})
        assert answer.status_code == 201
        assert "validation" not in answer.json()
