"""What `/openapi.json` says of classification, alignments and compliance is what is sent and what comes."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest
from live import WRITER, running

from service.portal import create_portal

STRATEGY = "cz-brno-local-education-plan"
TEXT = "The city buys electric buses, improves air quality and supports families in poverty."
CLAIM = {"strategy": STRATEGY, "concept": "SDG 4.1", "evidence": "rozvoj vzdělávání", "language": "cs"}
JOB = "/api/classify/jobs/{identifier}"
JSON = ("application/json", "application/problem+json")
CONFIRM, REJECT = "/api/alignments/{identifier}/confirm", "/api/alignments/{identifier}/reject"
Ask = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def client(bundled_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("described") / "store"
    shutil.copytree(bundled_store, folder, copy_function=shutil.copy)
    with running(folder, app=create_portal, rate_address=0, rate_token=0) as found:
        yield found


@pytest.fixture(scope="module")
def description(client: httpx.Client) -> dict[str, Any]:
    """The description, in which our own objects have no members but those that it names."""
    found: dict[str, Any] = client.get("/openapi.json").json()
    for name, schema in found["components"]["schemas"].items():
        if name.endswith("Out"):
            schema["additionalProperties"] = False
    return found


@pytest.fixture(scope="module")
def ask(client: httpx.Client, description: dict[str, Any]) -> Ask:
    """Send a request of an operation; both it and its answer must be as the operation says."""

    def send(method: str, path: str, identifier: str = "", **sent: Any) -> httpx.Response:
        operation = description["paths"][path][method.lower()]
        known = {parameter["name"] for parameter in operation.get("parameters", [])}
        assert set(sent.get("params", {})) <= known
        if "json" in sent:
            body = operation["requestBody"]["content"]["application/json"]["schema"]
            assert jsonschema_rs.is_valid(body, sent["json"]) is sent.pop("right", True)
        answer = client.request(method, path.format(identifier=identifier), **sent)
        described = operation["responses"][str(answer.status_code)]
        if answer.content:
            media_type = answer.headers["content-type"].partition(";")[0]
            schema = described["content"][media_type]["schema"]
            valid(description, schema, answer.json() if media_type in JSON else answer.text)
        return answer

    return send


def valid(description: dict[str, Any], schema: dict[str, Any], value: Any) -> None:
    jsonschema_rs.validate({**schema, "components": description["components"]}, value)


def finished(ask: Ask, identifier: str) -> dict[str, Any]:
    deadline = time.monotonic() + 100
    while time.monotonic() < deadline:
        job: dict[str, Any] = ask("GET", JOB, identifier).json()
        if job["status"] in {"done", "failed"}:
            return job
        time.sleep(0.05)
    raise AssertionError("the job does not end")


def test_classification_is_as_described(ask: Ask, description: dict[str, Any]) -> None:
    assert ask("POST", "/api/classify", json={"text": TEXT, "lang": "en"}).json()["labels"]
    assert ask("POST", "/api/classify", json={"text": 1}, right=False).status_code == 400
    assert ask("POST", "/api/classify", json={"lang": "en"}, right=False).status_code == 400
    lines = ask("POST", "/api/classify", json={"text": TEXT}, headers={"Accept": "application/x-ndjson"})
    last = json.loads(lines.text.splitlines()[-1])
    valid(description, {"$ref": "#/components/schemas/ClassificationOut"}, last["result"])
    picture = {"content": b"x", "headers": {"Content-Type": "image/png"}}
    assert ask("POST", "/api/classify", **picture).status_code == 415


def test_jobs_are_as_described(ask: Ask) -> None:
    begun = ask("POST", "/api/classify", params={"wait": "false"}, json={"text": TEXT})
    assert begun.status_code == 202
    job = begun.json()["id"]
    assert finished(ask, job)["status"] == "done"
    for form in ("json", "ttl", "html", "csv"):
        params = {"format": form, "subject": "https://example.org/s", "lang": "hu"}
        assert ask("GET", f"{JOB}/result", job, params=params).status_code == 200
    assert ask("GET", "/api/compliance", params={"job": job, "lang": "sk"}).json()["language"] == "sk"
    assert ask("DELETE", JOB, job).status_code == 204
    assert ask("GET", f"{JOB}/result", job).status_code == 404
    failed = ask("POST", "/api/classify", params={"wait": "false"}, json={"text": "1 2 3"}).json()["id"]
    assert finished(ask, failed)["error"]["status"] == 422
    assert ask("GET", f"{JOB}/result", failed).status_code == 422
    assert ask("GET", "/api/compliance", params={"job": failed}).status_code == 422


def test_alignments_are_as_described(ask: Ask) -> None:
    made = ask("POST", "/api/alignments", json=CLAIM, headers=WRITER)
    assert (made.status_code, ask("POST", "/api/alignments", json=CLAIM, headers=WRITER).status_code) == (201, 200)
    local = made.json()["alignment"].rsplit("/", 1)[-1]
    assert ask("POST", CONFIRM, local, json={"note": "page 12"}, headers=WRITER).status_code == 200
    assert ask("POST", CONFIRM, local, headers=WRITER).status_code == 409
    assert ask("POST", REJECT, local, data={"back": "/"}, headers=WRITER).status_code == 303
    rows = ask("GET", "/api/alignments").json()["alignments"]
    assert {row["status"] for row in rows} >= {"proposed", "rejected"}
    assert ask("GET", "/api/alignments", params={"status": "maybe"}).status_code == 400
    wrong = {"content": b"{", "headers": {**WRITER, "Content-Type": "text/plain"}}
    assert ask("POST", REJECT, local, **wrong).status_code == 415
    assert (
        ask("POST", "/api/alignments", json={**CLAIM, "confidence": 7}, headers=WRITER, right=False).status_code == 400
    )
    large = {**CLAIM, "evidence": "x" * 2**20}
    assert ask("POST", "/api/alignments", json=large, headers=WRITER, right=False).status_code == 413


def test_compliance_is_as_described(ask: Ask) -> None:
    assert ask("GET", "/api/compliance", params={"strategy": STRATEGY}).json()["nearest"]
    assert ask("GET", "/api/compliance", params={"strategy": STRATEGY, "format": "csv"}).status_code == 200
    assert ask("GET", "/api/compliance").status_code == 400


def test_what_needs_a_token_says_so_and_the_rest_takes_one(ask: Ask, description: dict[str, Any]) -> None:
    assert description["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert description["security"] == [{}, {"bearer": []}]
    needed = {
        (method.upper(), path)
        for path, operations in description["paths"].items()
        for method, operation in operations.items()
        if operation.get("security") == [{"bearer": []}]
    }
    graphs = {(method, path) for method in ("PUT", "POST", "DELETE") for path in ("/graphs", "/graphs/{path}")}
    assert needed == graphs | {("POST", path) for path in ("/api/alignments", CONFIRM, REJECT)}
    assert ask("POST", CONFIRM, "nothing-here").status_code == 401
