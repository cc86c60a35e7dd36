"""The same service on every engine: one client for each, over the same data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from contract_serving import ENGINES, Served, served_on, serving, settings_of

from service.store.generations import GenerationStore


@pytest.fixture(scope="session", params=["embedded", *ENGINES])
def served(
    request: pytest.FixtureRequest, bundled_store: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """The portal over the bundled data, on each engine in turn."""
    with served_on(request.param, tmp_path_factory.mktemp(request.param), bundled_store, read_only=True) as found:
        yield found


@pytest.fixture(scope="session")
def reference(bundled_store: Path) -> Iterator[Served]:
    """The portal over the bundled data, on our own store: what the others are compared with."""
    store = GenerationStore.open(bundled_store, create=False)
    with serving("embedded", store, settings_of(store=str(bundled_store), read_only=True)) as found:
        yield found
