"""The command line as a person or a script meets it: results, exit statuses, and errors of one line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from queries.catalogue import catalogue

TITLE = "<https://w3id.org/strategraph/id/strategy/x> a <https://w3id.org/strategraph/ontology#Strategy> ."
ARTICLE = "<https://example.org/a> <http://purl.org/dc/terms/title> 'A'@en ."


@pytest.fixture
def store(bundled_store: Path, tmp_path: Path) -> Path:
    """A store of its own with the bundled dataset."""
    return Path(shutil.copytree(bundled_store, tmp_path / "store"))


def test_sources_are_listed_with_licence_and_what_they_accept(run):
    outcome = run("sources", "--json")
    names = {source["name"] for source in json.loads(outcome.out)}
    assert {"bundled", "sdg", "nuts", "lau", "geonames", "covenant-of-mayors", "rdf"} <= names
    assert all(source["licence"] and source["accepts"] for source in json.loads(outcome.out))


def test_help_shows_examples(run):
    for command in ("serve", "load", "validate", "query", "dump", "history", "rollback", "diff"):
        outcome = run(command, "--help")
        assert outcome.status == 0
        assert f"strategraph {command}" in outcome.out


def test_a_query_from_a_file_gives_csv(run, store, tmp_path):
    (tmp_path / "q.rq").write_text("SELECT (COUNT(?s) AS ?n) { ?s a <https://w3id.org/strategraph/ontology#Strategy> }")
    outcome = run("query", tmp_path / "q.rq", "--store", store, "--format", "csv")
    assert outcome.out.splitlines()[0] == "n"
    assert int(outcome.out.splitlines()[1]) >= 396


def test_a_named_query_takes_parameters(run, store):
    outcome = run(
        "query",
        "--named",
        "hubs-of-a-network-by-source",
        "--store",
        store,
        "--format",
        "json",
        "-p",
        "network=https://w3id.org/strategraph/id/network/urbanhub-europe",
    )
    hubs = {row["member"]["value"].rpartition("/")[2] for row in json.loads(outcome.out)["results"]["bindings"]}
    assert {"bloxhub", "munich-urban-colab"} <= hubs


def test_the_named_queries_are_listed_with_what_they_take(run):
    outcome = run("query", "--list")
    assert outcome.status == 0
    shown = outcome.out.splitlines()
    assert [line for line in shown if not line.startswith(" ")] == list(catalogue())
    place = shown.index("references-to-an-entity")
    assert shown[place + 1 : place + 3] == ["    What points at an entity?", "    -p entity"]
    listed = {query["name"]: query for query in json.loads(run("query", "--list", "--json").out)}
    assert listed["references-to-an-entity"]["title"]["pl"] == "Co wskazuje na encję?"
    assert listed["references-to-an-entity"]["parameters"] == [{"name": "entity", "type": "iri", "required": True}]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["query", "--named", "no-such-query"], "no named query 'no-such-query'"),
        (["query", "--named", "hubs-of-networks"], "did you mean hubs-of-a-network"),
        (["query", "--named", "nope"], "strategraph query --list shows all"),
        (["query", "--list", "--named", "members-and-who-says-so"], "--list goes alone"),
        (["query", "--named", "hubs-of-a-network-by-source", "-p", "network=x"], "parameter network: 'x' is not"),
        (["query", "--named", "hubs-of-a-network-by-source", "-p", "nonsense"], "should look like name=value"),
        (["query"], "give either a file (or -) or --named NAME"),
        (["query", "missing.rq"], "missing.rq"),
        (["load", "nowhere"], "no source 'nowhere'; there are"),
        (["load", "lau", "missing.csv"], "missing.csv: no such file"),
        (["load", "lau"], "lau does not ship with data"),
        (["load", "lau", "http://127.0.0.1/x.csv"], "not on the allow-list"),
        (["load", "bundled", "x.csv"], "takes no inputs"),
        (["dump", "--format", "docx"], "unknown format 'docx'"),
        (["dump", "--graph", "https://example.org/none"], "no graph <https://example.org/none>"),
        (["rollback", "99"], "no generation 99"),
        (["diff", "1", "99"], "no generation 99"),
        (["nonsense"], "No such command"),
    ],
)
def test_an_error_is_one_line_and_a_status(run, store, arguments, said):
    with_store = [*arguments, "--store", str(store)] if arguments != ["nonsense"] else arguments
    outcome = run(*with_store)
    assert outcome.status != 0
    assert said in outcome.err
    assert outcome.err.count("\n") == 1
    assert "Traceback" not in outcome.err


def test_a_syntax_error_names_its_place(run, store, tmp_path):
    (tmp_path / "q.rq").write_text("SELECT * {\n ?s ?p }")
    outcome = run("query", tmp_path / "q.rq", "--store", store)
    assert outcome.status == 1
    assert "line 2, column" in outcome.err


def test_no_query_leaves_the_machine(run, store, tmp_path):
    (tmp_path / "q.rq").write_text("SELECT * { SERVICE <http://example.org/> { ?s ?p ?o } }")
    assert "SERVICE is not allowed" in run("query", tmp_path / "q.rq", "--store", store).err


def test_history_rollback_and_diff(run, store, tmp_path):
    (tmp_path / "a.ttl").write_text(ARTICLE)
    before = json.loads(run("history", "--store", store, "--json").out)[0]["generation"]
    loaded = run("load", "rdf", tmp_path / "a.ttl", "--store", store, "--graph", "https://example.org/g", "--json")
    number = json.loads(loaded.out)[0]["generation"]
    assert number == before + 1
    patch = run("diff", before, number, "--store", store).out
    assert 'A <https://example.org/a> <http://purl.org/dc/terms/title> "A"@en <https://example.org/g> .' in patch
    assert run("rollback", before, "--store", store).status == 0
    assert run("diff", before, number + 1, "--store", store).out == ""


def test_what_is_said_of_a_graph_stands_in_its_provenance(run, store, tmp_path):
    (tmp_path / "a.ttl").write_text(ARTICLE)
    graph, licence = "https://example.org/g", "https://creativecommons.org/publicdomain/zero/1.0/"
    said = ("--graph", graph, "--title", "Plans of Brno", "--licence", licence)
    load = ("load", "rdf", tmp_path / "a.ttl", "--store", store)

    def known() -> set[str]:
        (tmp_path / "q.rq").write_text(
            f"SELECT ?x {{ <{graph}> <http://purl.org/dc/terms/title>|<http://purl.org/dc/terms/license> ?x }}"
        )
        return set(run("query", tmp_path / "q.rq", "--store", store, "--format", "csv").out.split()[1:])

    assert run(*load, "--graph", graph).status == 0
    assert known() == {"RDF", "files"}
    assert "unchanged" not in run(*load, *said).out
    assert known() == {"Plans", "of", "Brno", licence}
    assert "unchanged" in run(*load, *said).out
    assert run(*load, "--graph", graph, "--force").status == 0
    assert licence in known(), "a licence that was given stays"
    assert run(*load, "--licence", "not an IRI").status != 0
    refused = run("load", "bundled", "--store", store, "--licence", licence)
    assert refused.status != 0
    assert "for the source `rdf`" in refused.err


def test_a_dry_run_changes_nothing(run, store, tmp_path):
    (tmp_path / "a.ttl").write_text(ARTICLE)
    outcome = run("load", "rdf", tmp_path / "a.ttl", "--store", store, "--dry-run")
    assert "nothing published" in outcome.out
    assert len(json.loads(run("history", "--store", store, "--json").out)) == 2


def test_what_fails_is_shown_in_quarantine(run, store, tmp_path):
    (tmp_path / "bad.ttl").write_text(TITLE)
    outcome = run("load", "rdf", tmp_path / "bad.ttl", "--store", store)
    assert "1 resources in quarantine" in outcome.out
    shown = json.loads(run("quarantine", "rdf", "--store", store, "--json").out)
    assert shown["https://w3id.org/strategraph/id/strategy/x"]
    assert run("quarantine", "rdf", "--retry", "--store", store).out.strip() == (
        "0 resources accepted, 1 left in quarantine"
    )


def test_the_store_is_valid(run, store):
    outcome = run("validate", "--store", store, "--json")
    assert json.loads(outcome.out)["accepted"]
    assert outcome.status == 0


def test_files_are_validated_in_the_language_asked_for_and_the_report_is_written(run, tmp_path):
    (tmp_path / "bad.ttl").write_text(TITLE)
    outcome = run("validate", tmp_path / "bad.ttl", "--lang", "pl", "--report", tmp_path / "report.ttl")
    assert outcome.status == 2
    assert "Violation: https://w3id.org/strategraph/id/strategy/x" in outcome.out
    assert "strategi" in outcome.out
    assert "sh:ValidationReport" in (tmp_path / "report.ttl").read_text()


def test_a_dump_can_be_loaded_again(run, store, tmp_path):
    graph = "https://w3id.org/strategraph/graph/bundled"
    (tmp_path / "dump.nt").write_text(run("dump", "--store", store, "--graph", graph, "--format", "ntriples").out)
    outcome = run("load", "rdf", tmp_path / "dump.nt", "--store", store, "--json")
    (result,) = json.loads(outcome.out)
    manifest = json.loads(run("history", "--store", store, "--json").out)[0]
    assert result["quarantined"] == 0
    assert result["quads"] == manifest["graphs"][graph]


def test_a_folder_that_is_no_store_is_left_alone(run, tmp_path):
    (tmp_path / "letter.txt").write_text("dear")
    outcome = run("history", "--store", tmp_path)
    assert outcome.status == 1
    assert outcome.err.count("\n") == 1


def test_a_wrong_setting_is_named(run, monkeypatch, tmp_path):
    monkeypatch.setenv("STRATEGRAPH_QUERY_ROWS", "many")
    outcome = run("history", "--store", tmp_path)
    assert "STRATEGRAPH_QUERY_ROWS" in outcome.err


def test_a_store_keeps_its_kind_of_default_graph(run, monkeypatch, tmp_path):
    (tmp_path / "a.ttl").write_text(ARTICLE)
    monkeypatch.setenv("STRATEGRAPH_DEFAULT_GRAPH", "strict")
    assert run("load", "rdf", tmp_path / "a.ttl", "--store", tmp_path / "store").status == 0
    monkeypatch.delenv("STRATEGRAPH_DEFAULT_GRAPH")
    assert json.loads(run("history", "--store", tmp_path / "store", "--json").out)[0]["default_graph"] == "strict"
    assert run("validate", "--store", tmp_path / "store").status == 0
    monkeypatch.setenv("STRATEGRAPH_DEFAULT_GRAPH", "union")
    assert "strict" in run("history", "--store", tmp_path / "store").err
