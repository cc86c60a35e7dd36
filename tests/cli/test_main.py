"""How the process ends, whichever command it runs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

START = "from service.cli import main; main()"
TEXT = "The city buys electric buses, improves air quality and supports families in poverty."
STOPPED = (130, b"strategraph: stopped\n")
pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and descriptors of POSIX")


def started(*arguments: object, start: str = START, **options: Any) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", start, *map(str, arguments)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, **options)


def ended(process: subprocess.Popen[bytes]) -> tuple[int, bytes]:
    _, said = process.communicate(timeout=60)
    return process.returncode, said


@pytest.mark.parametrize(
    "arguments", [["--help"], ["sources"], ["query", "--list"], ["dump", "--store", "{store}"], ["classify", "{text}"]]
)
def test_output_that_nobody_reads_ends_it_quietly(arguments: list[str], bundled_store: Path, tmp_path: Path) -> None:
    text = tmp_path / "T.txt"
    text.write_text(TEXT, encoding="utf-8")
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as output:
        filled = [argument.format(store=bundled_store, text=text) for argument in arguments]
        assert ended(started(*filled, stdout=output)) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [["sources"], ["dump", "--store", "{store}"]])
def test_output_that_does_not_fit_is_told_once(arguments: list[str], bundled_store: Path) -> None:
    with Path("/dev/full").open("wb") as output:
        status, said = ended(started(*(a.format(store=bundled_store) for a in arguments), stdout=output))
    assert status == 1
    assert said.startswith(b"strategraph: ") and said.count(b"\n") == 1


def test_a_closed_output_gets_nothing() -> None:
    assert ended(started("sources", preexec_fn=lambda: os.close(1))) == (0, b"")
    command = [sys.executable, "-c", START, "query", "none.rq"]
    outcome = subprocess.run(command, check=False, stdout=subprocess.PIPE, preexec_fn=lambda: os.close(2))
    assert (outcome.returncode, outcome.stdout) == (1, b"")


@pytest.mark.parametrize("module", ["service.cli.commands", "typer", "pyoxigraph", "service.cli.tokens"])
def test_ctrl_c_while_it_starts_is_one_word(module: str) -> None:
    interrupting = f"""
import os, signal, sys
class Finder:
    def find_spec(self, name, *_):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
"""
    assert ended(started("sources", start=interrupting + START, stdout=subprocess.DEVNULL)) == STOPPED


def test_ctrl_c_while_it_works_is_one_word() -> None:
    process = started("classify", "--jsonl", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin and process.stdout
    process.stdin.write(json.dumps({"id": "a", "text": TEXT}).encode() + b"\n")
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["id"] == "a"
    process.send_signal(signal.SIGINT)
    assert ended(process) == STOPPED
