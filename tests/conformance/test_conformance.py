"""The W3C suites over HTTP: what the service misses, its engine misses too (`make conformance`)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from conformance_cases import Case, cases
from conformance_service import Asker, served
from fetch_suite import CACHE, SUITES

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not all((CACHE / name).is_dir() for name in SUITES),
        reason="the W3C suites are not here: `make conformance` fetches them (needs PyPI)",
    ),
]
# What each kind is known to pass of how many; fewer is a step back, even if the engine takes it too.
KNOWN = {
    "query evaluation": (402, 429),
    "update evaluation": (93, 93),
    "CSV results": (2, 3),
    "query syntax": (209, 212),
    "bad query syntax": (92, 93),
    "update syntax": (42, 42),
    "bad update syntax": (13, 13),
}
Verdicts = dict[str, str]


@pytest.fixture(scope="module")
def asked() -> list[Case]:
    """All cases but the evaluation of SERVICE; those with the same data together."""
    alone = [case for case in cases() if not (case.federated and "evaluation" in case.kind)]
    return sorted(alone, key=lambda case: repr(case.data))


@pytest.fixture(scope="module")
def engine() -> Verdicts:
    """What the plain engine makes of every case."""
    program = Path(__file__).with_name("conformance_engine.py")
    done = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, timeout=300, check=True)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, engine: Verdicts, asked: list[Case]) -> Verdicts:
    """What the service makes of them; the engine was asked before it starts."""
    assert engine
    with served(tmp_path_factory.mktemp("w3c") / "store") as client:
        asker = Asker(client)
        verdicts = {case.name: asker.verdict(case) for case in asked}
        federated = [case for case in cases() if case.federated and case.kind == "query evaluation"]
        verdicts |= {case.name: asker.refused(case) for case in federated}
    return verdicts


def test_the_service_passes_what_its_engine_passes(engine: Verdicts, service: Verdicts, asked: list[Case]) -> None:
    short = {c.name: service[c.name] for c in asked if service[c.name] and not engine[c.name]}
    assert not short


@pytest.mark.parametrize("kind", KNOWN)
def test_the_figures_are_those_of_the_manual(
    service: Verdicts, asked: list[Case], kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    total = Counter(case.kind for case in asked)[kind]
    missed = {case.name: service[case.name] for case in asked if case.kind == kind and service[case.name]}
    with capsys.disabled():
        print(f"\n{kind}: {total - len(missed)} of {total}", end="")
    passed, of = KNOWN[kind]
    assert total == of
    assert total - len(missed) >= passed, missed


def test_service_is_forbidden(service: Verdicts) -> None:
    federated = [case for case in cases() if case.federated and case.kind == "query evaluation"]
    assert federated
    assert not {case.name: service[case.name] for case in federated if service[case.name]}
