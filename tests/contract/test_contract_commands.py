"""The command line on a remote engine: load, query, validate, dump; and one line for what it does not have."""

from __future__ import annotations

import json

import pytest
from contract_serving import ENGINES
from pyoxigraph import RdfFormat, parse

from service.store.generations import GenerationStore

pytestmark = pytest.mark.slow

COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


@pytest.fixture(scope="module", params=list(ENGINES))
def settings(request, tmp_path_factory):
    """An empty engine; what the environment says of it."""
    folder = tmp_path_factory.mktemp("commands")
    with ENGINES[request.param](folder) as found:
        yield {**found, "remote_folder": str(folder / "remote")}


@pytest.fixture
def command(run, settings, monkeypatch, tmp_path):
    """Run a command on the engine."""
    for name, value in settings.items():
        if name != "store":
            monkeypatch.setenv(f"STRATEGRAPH_{name.upper()}", value)

    def call(*arguments):
        return run(*arguments, "--store", settings["store"])

    return call


@pytest.fixture(scope="module")
def loaded():
    """What the first test loaded, for those after it."""
    return {}


def counted(command, tmp_path):
    question = tmp_path / "count.rq"
    question.write_text(COUNT)
    answer = command("query", question, "--format", "json")
    assert answer.status == 0, answer.err
    return int(json.loads(answer.out)["results"]["bindings"][0]["n"]["value"])


def load(command):
    answer = command("load", "bundled", "--json", "--quiet")
    assert answer.status == 0, answer.err
    return json.loads(answer.out)


def test_a_load_brings_what_it_brings_to_our_own_store(command, bundled_store, tmp_path):
    dry = command("load", "bundled", "--dry-run", "--quiet")
    assert dry.status == 0, dry.err
    assert counted(command, tmp_path) == 0
    results = load(command)
    assert all(result["generation"] is None and not result["unchanged"] for result in results)
    ours = GenerationStore.open(bundled_store, create=False).current().manifest
    assert counted(command, tmp_path) == ours.default
    assert all(result["unchanged"] for result in load(command))


def test_everything_is_dumped_and_valid(command, settings, bundled_store):
    load(command)
    dumped = command("dump", "--format", "nquads")
    assert dumped.status == 0, dumped.err
    ours = GenerationStore.open(bundled_store, create=False).current().manifest
    assert len(list(parse(dumped.out.encode(), RdfFormat.N_QUADS))) == ours.quads
    if settings["store"].endswith("/sparql"):
        return  # Virtuoso makes geometries its own, in single precision; the manual says so.
    valid = command("validate")
    assert valid.status == 0, valid.out[-500:] + valid.err


def test_a_named_query(command, settings):
    if settings["store"].endswith("/sparql"):
        pytest.skip("Virtuoso takes minutes for this one")
    load(command)
    answer = command("query", "--named", "networks-and-their-size", "--format", "csv")
    assert answer.status == 0, answer.err
    assert "icei-alliance" in answer.out


def test_a_file_is_loaded_beside_the_rest_and_replaced(command, tmp_path):
    mine = tmp_path / "mine.ttl"
    one = "<http://e/a> <http://e/p> [ <http://e/q> 'x' ] ."
    for text, count in ((one, 2), ("<http://e/a> <http://e/p> 'y' .", 1)):
        mine.write_text(text)
        done = command("load", "rdf", mine, "--graph", "https://example.org/graph/mine", "--quiet")
        assert done.status == 0, done.err
        dumped = command("dump", "--graph", "https://example.org/graph/mine", "--format", "ntriples")
        assert len(dumped.out.splitlines()) == count


@pytest.mark.parametrize(
    "arguments", [["history"], ["rollback", "1"], ["diff", "1", "2"], ["dump", "--generation", "1"]]
)
def test_what_it_does_not_have_is_one_line(command, arguments):
    answer = command(*arguments)
    assert answer.status == 1
    assert "keeps no versions" in answer.err
    assert len(answer.err.strip().splitlines()) == 1


@pytest.mark.parametrize("arguments", [["verify"], ["backup", "x.tar"], ["gc"]])
def test_what_needs_a_folder_says_so(command, arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    answer = command(*arguments)
    assert answer.status == 1
    assert len(answer.err.strip().splitlines()) == 1
    assert "remote engine" in answer.err


def test_an_engine_that_is_only_read_is_not_loaded(command, monkeypatch):
    monkeypatch.delenv("STRATEGRAPH_REMOTE_UPDATE")
    answer = command("load", "bundled", "--quiet")
    assert answer.status == 1
    assert "STRATEGRAPH_REMOTE_UPDATE" in answer.err


def test_nobody_there_is_one_line(run):
    answer = run("query", "--named", "networks-and-their-size", "--store", "http://127.0.0.1:9/query")
    assert answer.status == 1
    assert "cannot be reached" in answer.err
