"""Fixtures that every test may use."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture
def shared() -> Path:
    """The folder of real input data; tests that need it skip where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"real input data is not on this machine ({SHARED})")
    return SHARED
