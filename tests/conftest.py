"""Fixtures that every test may use."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from loaders.base import Input
from loaders.registry import loaders
from loaders.run import Job, load
from service.cli import main
from service.store.generations import GenerationStore
from shapes.validator import Validator, bundled_shapes

# The same examples in every run of CI, however slow its machine is; `HYPOTHESIS_PROFILE=search` looks for new ones.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("search", max_examples=500, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


class Outcome:
    """What a command printed and how it ended."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err


@pytest.fixture
def run(monkeypatch, capfdbinary):
    """Run `strategraph ...` in this process."""
    monkeypatch.delenv("STRATEGRAPH_STORE", raising=False)

    def call(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["strategraph", *map(str, arguments)])
        capfdbinary.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        sys.stdout.flush()
        captured = capfdbinary.readouterr()
        status = ended.value.code if isinstance(ended.value.code, int) else 0
        return Outcome(status, captured.out.decode(), captured.err.decode())

    return call


SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture
def shared() -> Path:
    """The folder of real input data; tests that need it skip where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"real input data is not on this machine ({SHARED})")
    return SHARED


@pytest.fixture(scope="session")
def validator() -> Validator:
    """The bundled shapes, compiled."""
    return Validator(bundled_shapes())


@pytest.fixture(scope="session")
def bundled_store(tmp_path_factory: pytest.TempPathFactory, validator: Validator) -> Path:
    """The folder of a store with all that ships; tests that write work on copies."""
    path = tmp_path_factory.mktemp("bundled") / "store"
    jobs = [Job(loader, [Input(p, p.name) for p in loader.default_inputs()]) for loader in loaders("bundled")]
    load(GenerationStore.open(path), jobs, validator)
    return path
