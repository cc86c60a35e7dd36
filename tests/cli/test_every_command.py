"""Rules that hold for every command: help with examples, JSON for scripts, and no bad input that makes a traceback."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from service.app import own_version
from service.cli.commands import app

# These print an RDF or text format of their own choosing, or run until they are stopped.
WITHOUT_JSON = {"serve", "dump", "classify"}
# What does something and has nothing to show.
DOING = {"rollback", "pin", "unpin", "backup", "restore", "verify", "gc", "token revoke", "alignment confirm", "load"}


def commands(group: Any = None, before: str = "") -> Iterator[tuple[str, Any]]:
    """Every command and what it takes."""
    for name, command in (group or typer.main.get_command(app)).commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{before}{name} ")
        else:
            yield before + name, command


COMMANDS = dict(commands())
NAMES = sorted(COMMANDS)


def options(name: str) -> set[str]:
    return {text for parameter in COMMANDS[name].params for text in parameter.opts}


@pytest.fixture
def store(bundled_store: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(bundled_store, tmp_path / "store"))


@pytest.fixture(scope="module")
def shared_store(bundled_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all bad input, which must not change it."""
    return Path(shutil.copytree(bundled_store, tmp_path_factory.mktemp("shared") / "store"))


@pytest.fixture
def things(tmp_path: Path) -> dict[str, Path]:
    """Things that are not what a command hopes for."""
    (tmp_path / "file").write_text("dear", encoding="utf-8")
    (tmp_path / "binary").write_bytes(bytes(range(256)) * 10)
    (tmp_path / "broken.ttl").write_text("<a> <b> .", encoding="utf-8")
    (tmp_path / "broken.rq").write_text("SELECT * {\n ?s ?p }", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "letter").write_text("dear", encoding="utf-8")
    return {path.name: path for path in tmp_path.iterdir()} | {"none": tmp_path / "none"}


def one_line(outcome: Any) -> str:
    assert outcome.status not in (0, 70), (outcome.out, outcome.err)
    assert "Traceback" not in outcome.err
    assert outcome.err.startswith("strategraph: ")
    assert outcome.err.count("\n") == 1
    assert len(outcome.err) < 700
    return str(outcome.err)


@pytest.mark.parametrize("name", NAMES)
def test_help_has_examples(name: str, run: Callable[..., Any]) -> None:
    outcome = run(*name.split(), "--help")
    assert outcome.status == 0
    _, _, examples = outcome.out.partition("Example")
    assert f"strategraph {name}" in examples


@pytest.mark.parametrize("name", [name for name in NAMES if name not in WITHOUT_JSON])
def test_scripts_can_have_json(name: str) -> None:
    assert "--json" in options(name)


@pytest.mark.parametrize("name", sorted(DOING))
def test_what_only_does_something_can_be_quiet(name: str) -> None:
    assert {"--quiet", "-q"} <= options(name)


def test_version_and_no_command(run: Callable[..., Any]) -> None:
    assert run("--version").out.strip() == own_version()
    for arguments in ([], ["token"], ["alignment"]):
        outcome = run(*arguments)
        assert (outcome.status, outcome.err) == (0, "")
        assert "Commands:" in outcome.out
        assert outcome.out.count("\n") > 5


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_option_is_one_line(name: str, run: Callable[..., Any]) -> None:
    assert "--nonsense" in one_line(run(*name.split(), "--nonsense"))


# The least that a command needs to look at a store at all.
NEEDED = {
    "load": ["ontology"],
    "query": ["--named", "members-and-who-says-so"],
    "rollback": ["1"],
    "diff": ["1", "2"],
    "quarantine": ["rdf"],
    "pin": ["1", "--reason", "x"],
    "unpin": ["1"],
    "backup": ["backup.tar"],
    "token create": ["--name", "x"],
    "token revoke": ["00000000"],
    "alignment propose": ["--strategy", "x", "--concept", "11.6", "--evidence", "x"],
    "alignment confirm": ["x"],
    "alignment reject": ["x"],
}
ON_A_STORE = [name for name in NAMES if "--store" in options(name) and name not in ("restore", "serve")]


@pytest.mark.parametrize("what", ["file", "folder", "none"])
@pytest.mark.parametrize("name", ON_A_STORE)
def test_what_is_no_store_is_left_alone(
    name: str, what: str, things: dict[str, Path], run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    if what == "none" and name in ("load",):
        pytest.skip("it makes the store")
    monkeypatch.chdir(things["folder"])
    outcome = run(*name.split(), *NEEDED.get(name, []), "--store", things[what])
    if name == "verify" and outcome.status == 2:  # that it is damaged is its result
        assert "Traceback" not in outcome.err
    else:
        one_line(outcome)
    assert not things["none"].exists()
    assert things["file"].read_text(encoding="utf-8") == "dear"


BAD = [
    ["serve", "--port", "many"],
    ["serve", "--port", "99999"],
    ["serve", "--port", "-1"],
    ["serve", "--workers", "0"],
    ["serve", "--store", "{file}"],
    ["load"],
    ["load", "nowhere"],
    ["load", "lau", "{none}"],
    ["load", "lau", "{binary}"],
    ["load", "lau", "{folder}"],
    ["load", "rdf", "{broken.ttl}"],
    ["load", "rdf", "{binary}"],
    ["load", "rdf", "{broken.ttl}", "--graph", "no iri"],
    ["load", "rdf", "ftp://example.org/x.ttl"],
    ["validate", "{none}"],
    ["validate", "{binary}"],
    ["validate", "{broken.ttl}"],
    ["validate", "{folder}"],
    ["validate", "--lang", "xx"],
    ["validate", "--report", "{none}/x/report.ttl"],
    ["query"],
    ["query", "{none}"],
    ["query", "{folder}"],
    ["query", "{binary}"],
    ["query", "{broken.rq}"],
    ["query", "--named", "none"],
    ["query", "--named", "members-and-who-says-so", "--format", "docx"],
    ["query", "--named", "members-and-who-says-so", "-p", "thing=<>"],
    ["query", "--named", "members-and-who-says-so", "-p", "x"],
    ["dump", "--format", "docx"],
    ["dump", "--graph", "no iri"],
    ["dump", "--graph", "https://example.org/none"],
    ["dump", "--generation", "99"],
    ["dump", "--generation", "-1"],
    ["rollback"],
    ["rollback", "0"],
    ["rollback", "x"],
    ["rollback", "99999999999999999999"],
    ["diff", "1"],
    ["diff", "1", "99"],
    ["diff", "a", "b"],
    ["quarantine"],
    ["quarantine", "nowhere"],
    ["quarantine", "rdf", "--graph", "no iri"],
    ["pin", "99", "--reason", "x"],
    ["pin", "1"],
    ["unpin", "99"],
    ["backup", "{none}/x/b.tar"],
    ["backup", "{folder}"],
    ["backup", "{file}"],
    ["backup", "{none}", "--generation", "99"],
    ["restore", "{none}"],
    ["restore", "{file}"],
    ["restore", "{binary}"],
    ["restore", "{folder}"],
    ["verify", "{none}"],
    ["verify", "{binary}"],
    ["gc", "--keep", "0"],
    ["gc", "--grace", "soon"],
    ["classify"],
    ["classify", "{none}"],
    ["classify", "{folder}"],
    ["classify", "{file}", "--format", "docx"],
    ["classify", "{file}", "--jsonl"],
    ["audit", "--limit", "-1"],
    ["token", "create"],
    ["token", "create", "--name", ""],
    ["token", "create", "--name", "x", "--role", "king"],
    ["token", "create", "--name", "x", "--expires", "yesterday"],
    ["token", "create", "--name", "x", "--role", "writer", "--graph", "no iri"],
    ["token", "revoke", "none"],
    ["alignment", "confirm", "none"],
    ["alignment", "list", "--status", "maybe"],
    ["alignment", "propose", "--strategy", "none", "--concept", "99.99", "--evidence", "x"],
    ["tokn"],
    ["token", "creat"],
]


@pytest.mark.parametrize("arguments", BAD, ids=" ".join)
def test_bad_input_is_one_line(
    arguments: list[str],
    shared_store: Path,
    things: dict[str, Path],
    run: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(things["folder"])
    if "--store" not in arguments:
        monkeypatch.setenv(
            "STRATEGRAPH_STORE", str(shared_store if arguments[0] != "restore" else things["none"] / "new")
        )
    filled = [re.sub(r"\{(.*?)\}", lambda match: str(things[match[1]]), text) for text in arguments]
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("a command asked for something"))
    outcome = run(*filled)
    if arguments[0] == "verify" and outcome.status == 2:  # damage is its result
        assert "Traceback" not in outcome.err
        return
    one_line(outcome)


def test_a_syntax_error_is_short_and_has_its_place(
    run: Callable[..., Any], store: Path, things: dict[str, Path]
) -> None:
    said = one_line(run("query", things["broken.rq"], "--store", store))
    assert "syntax error in line 2, column 9: " in said
    assert len(said) < 160


def test_quiet_says_nothing_and_json_says_it_all(run: Callable[..., Any], store: Path, tmp_path: Path) -> None:
    for arguments in (
        ["pin", "1", "--reason", "x"],
        ["unpin", "1"],
        ["gc"],
        ["verify"],
        ["backup", tmp_path / "b.tar"],
    ):
        outcome = run(*arguments, "--store", store, "--quiet")
        assert (outcome.status, outcome.out, outcome.err) == (0, "", ""), arguments
    network = "network=https://w3id.org/strategraph/id/network/urbanhub-europe"
    asked = run("query", "--named", "hubs-of-a-network-by-source", "-p", network, "--store", store, "--json")
    assert json.loads(asked.out)["results"]["bindings"]
    assert json.loads(run("rollback", "1", "--store", store, "--json").out) == {"generation": 3, "again": 1}
    changes = [json.loads(line) for line in run("diff", "2", "3", "--store", store, "--json").out.splitlines()]
    assert changes
    assert {change["change"] for change in changes} <= {"added", "removed"}
