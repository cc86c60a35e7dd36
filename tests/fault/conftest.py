"""What the suite reports at its end."""

from __future__ import annotations

from typing import Any


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what the tests counted; they may have run in other processes."""
    for test in terminalreporter.stats.get("passed", ()):
        for name, text in test.user_properties:
            if name == "report":
                terminalreporter.write_line(text)
