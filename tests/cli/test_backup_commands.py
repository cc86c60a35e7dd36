"""`strategraph backup`, `restore`, `verify` and `pin`, as an operator meets them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest


@pytest.fixture
def store(run, tmp_path: Path) -> Path:
    (tmp_path / "a.nt").write_text('<http://example.org/a> <http://purl.org/dc/terms/title> "A"@en .\n')
    assert (
        run("load", "rdf", tmp_path / "a.nt", "--graph", "http://example.org/g", "--store", tmp_path / "s").status == 0
    )
    return tmp_path / "s"


def test_there_and_back(run, store, tmp_path):
    assert run("pin", 2, "--reason", "cited  in\na report", "--store", store).status == 0
    (tmp_path / "b.nt").write_text('<http://example.org/b> <http://purl.org/dc/terms/title> "B"@en .\n')
    run("load", "rdf", tmp_path / "b.nt", "--graph", "http://example.org/h", "--store", store)
    made = run("backup", tmp_path / "b.tar", "--store", store)
    assert made.status == 0
    assert made.out.startswith("generation 3, ")
    assert "with the pinned ones 2" in made.out
    assert run("verify", tmp_path / "b.tar").status == 0
    assert run("restore", tmp_path / "b.tar", "--store", tmp_path / "new").out.startswith("generation 3, ")
    dumps = [
        sorted(run("dump", "--store", place, "--format", "nquads").out.splitlines())
        for place in (store, tmp_path / "new")
    ]
    assert dumps[0] == dumps[1]
    history = json.loads(run("history", "--store", tmp_path / "new", "--json").out)
    assert [(entry["generation"], entry["pinned"]) for entry in history] == [(3, None), (2, "cited in a report")]
    assert run("unpin", 2, "--store", tmp_path / "new").status == 0
    assert "pinned" not in run("history", "--store", tmp_path / "new").out
    sound = run("verify", "--store", tmp_path / "new", "--deep")
    assert (sound.status, "is sound" in sound.out) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["backup", "{tmp}/a.nt", "--store", "{store}"], "exists: name another file"),
        (["backup", "{tmp}/none/b.tar", "--store", "{store}"], "No such file or directory"),
        (["backup", "{tmp}/b.tar", "--generation", "77", "--store", "{store}"], "no generation 77"),
        (["backup", "{tmp}/b.tar", "--store", "{tmp}/none"], "no store in"),
        (["restore", "{tmp}/none.tar", "--store", "{tmp}/new"], "no backup"),
        (["restore", "{tmp}/a.nt", "--store", "{tmp}/new"], "is not a backup"),
        (["restore", "{tmp}/a.nt", "--store", "{store}"], "holds a store"),
        (["restore", "{tmp}/a.nt", "--store", "{tmp}"], "is not a store: it holds other things"),
        (["verify", "{tmp}/none.tar"], "there is no backup"),
        (["verify", "--store", "{tmp}/none"], "no store in"),
        (["pin", "77", "--reason", "x", "--store", "{store}"], "no generation 77"),
    ],
)
def test_errors_are_one_line(run, store, tmp_path, arguments, told):
    outcome = run(*(part.format(tmp=tmp_path, store=store) for part in arguments))
    assert outcome.status == 1
    assert told in outcome.err
    assert outcome.err.count("\n") == 1
    assert not list(tmp_path.glob("*.part"))


def test_damage_ends_with_status_2_and_says_what_to_do(run, store, tmp_path):
    shutil.copytree(store, tmp_path / "copy")
    (tmp_path / "copy" / "generations" / "000002" / "data" / "CURRENT").write_text("x")
    outcome = run("verify", "--store", tmp_path / "copy")
    assert outcome.status == 2
    assert "000002/data/CURRENT: has changed" in outcome.out
    assert "rollback 1" in outcome.out
    run("backup", tmp_path / "b.tar", "--store", store)
    (tmp_path / "torn.tar").write_bytes((tmp_path / "b.tar").read_bytes()[:2000])
    assert run("verify", tmp_path / "torn.tar").status == 2
    torn = run("restore", tmp_path / "torn.tar", "--store", tmp_path / "new")
    assert (torn.status, torn.err.count("\n")) == (1, 1)
    assert not (tmp_path / "new").exists()
