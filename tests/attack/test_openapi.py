"""The description of the API is true: schemathesis makes requests of it, and every answer is one that it names."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from live import TOKEN, WRITER, running

from service.portal import create_portal
from service.store.query_errors import ReaderCrashed

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # What its dependencies say while they load is not about us.
    import schemathesis
    from schemathesis import GenerationMode
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]
LIMITS = (503, 507)
EXAMPLES = 15
# Takes seconds to load its lexicons; its own tests send it what it may be sent (tests/classify).
ELSEWHERE = "POST /api/classify"


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The whole service over a small graph, with limits that made-up requests can reach."""
    limits: dict[str, Any] = {"query_timeout": 5.0, "query_memory": 256, "rate_address": 0, "rate_token": 0}
    with running(tmp_path_factory.mktemp("api") / "store", app=create_portal, validation="off", **limits) as client:
        body = "<https://w3id.org/strategraph/id/city/a> <http://www.w3.org/2000/01/rdf-schema#label> 'A'@en ."
        headers = {**WRITER, "Content-Type": "text/turtle"}
        assert client.put("/graphs?graph=http://e/g", content=body, headers=headers).status_code == 201
        yield client


@pytest.fixture(scope="module")
def operations(portal: httpx.Client) -> dict[str, Any]:
    """The operations that the service describes."""
    schema = schemathesis.openapi.from_dict(portal.get("/openapi.json").json())
    schema.config.update(base_url=str(portal.base_url))
    found = [result.ok() for result in schema.get_all_operations()]
    return {operation.label: operation for operation in found}


@pytest.mark.slow
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["right", "wrong"])
def test_every_answer_is_described(operations: dict[str, Any], mode: GenerationMode) -> None:
    statuses = {
        label: answers(operation, mode) for label, operation in operations.items() if not label.startswith(ELSEWHERE)
    }
    assert {"GET /sparql", "PUT /graphs/{path}", "GET /id/{path}"} <= set(statuses)
    assert all(200 in statuses[label] for label in ("GET /sparql", "GET /health/live") if mode is mode.POSITIVE)


def answers(operation: Any, mode: GenerationMode) -> set[int]:
    """Ask for an operation again and again; the statuses that came."""
    statuses: set[int] = set()

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        answer = case.call(headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30)
        statuses.add(answer.status_code)
        assert answer.status_code < 500 or answer.status_code in LIMITS, answer.text
        assert ReaderCrashed.words not in answer.text
        case.validate_response(answer, checks=CHECKS)

    try:
        ask()
    except Unsatisfiable:
        # Nothing that could be sent there would be wrong: any text is a path.
        assert mode is GenerationMode.NEGATIVE
    return statuses
