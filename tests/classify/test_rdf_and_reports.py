import csv
import io
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from ontology.terms import ID, LANGUAGES, ONTOLOGY
from service.classify.classifier import Options, load_classifier
from service.classify.compliance import Peer, compare, concepts_of, leaves, to_csv
from service.classify.concepts import load_concepts
from service.classify.rdf import alignments, source_iri, to_turtle
from service.classify.report import highlight, labels_csv, render_report
from service.classify.results import Classification, Excerpt
from service.pages.language import load
from service.store.generations import GenerationStore

TEXT = "Electric buses and cycle paths improve public transport & <b>air quality</b> in the city."
NOW = datetime(2026, 1, 1, tzinfo=UTC)
STRATEGY = f"{ID}strategy/cz-brno-local-education-plan"
DCT = "http://purl.org/dc/terms/"
OA = "http://www.w3.org/ns/oa#"


def test_every_asserted_label_is_an_alignment_with_selectors() -> None:
    result = load_classifier().classify(TEXT)
    turtle = to_turtle(result, "https://w3id.org/strategraph/id/strategy/x", created=NOW)
    triples = list(parse(turtle.encode(), RdfFormat.TURTLE))
    stated = {triple.object.value for triple in triples if triple.predicate == NamedNode(ONTOLOGY + "concept")}
    assert stated == concepts_of(result)
    quotes = [triple.object.value for triple in triples if triple.predicate.value == f"{OA}exact"]
    assert quotes and all(quote in TEXT for quote in quotes)
    assert not any(triple.subject.value.startswith("_") for triple in triples if isinstance(triple.subject, NamedNode))
    for digest in (result.text_digest, result.lexicon_digest, result.model_digest):
        assert digest in turtle
    assert turtle == to_turtle(result, "https://w3id.org/strategraph/id/strategy/x", created=NOW)


def test_turtle_about_a_stored_strategy_loads_as_it_is(run, bundled_store: Path, tmp_path: Path) -> None:
    store = Path(shutil.copytree(bundled_store, tmp_path / "store", copy_function=shutil.copy))
    turtle = to_turtle(load_classifier().classify(TEXT), STRATEGY, title="plan.md", created=NOW)
    (tmp_path / "plan.ttl").write_text(turtle, encoding="utf-8")
    outcome = run("load", "rdf", tmp_path / "plan.ttl", "--store", store, "--json")
    assert outcome.status == 0, outcome.err
    assert "quarantine" not in " ".join(map(str, GenerationStore.open(store).current().reader().named_graphs()))
    assert run("validate", "--store", store).status == 0


@pytest.mark.parametrize("subject", [STRATEGY, "urn:sha256:0"])
def test_the_source_of_every_alignment_is_the_text_and_described(subject: str) -> None:
    result = load_classifier().classify(TEXT)
    triples = list(alignments(result, subject, title="plan.md", created=NOW))
    text = source_iri(result)
    assert text.value.startswith(f"{ID}source/text-")
    assert {triple.object for triple in triples if triple.predicate.value == f"{DCT}source"} == {text}
    said = {triple.predicate.value: triple.object for triple in triples if triple.subject == text}
    assert said[f"{DCT}title"] == Literal("plan.md", language="en")
    assert said[f"{DCT}identifier"] == Literal(f"sha256:{result.text_digest}")
    assert said[f"{ONTOLOGY}retrieved"].value == "2026-01-01"


def test_the_page_escapes_what_it_quotes() -> None:
    result = load_classifier().classify(TEXT)
    page = render_report(result, compare(concepts_of(result)), load("en"), title="<script>")
    assert "<script>" not in page
    assert "<b>air" not in page
    assert "<mark>" in page
    assert highlight(Excerpt(0, 5, "a < b", ("b",))) == "a &lt; <mark>b</mark>"


def test_the_page_quotes_without_marks_and_says_how_much_there_is() -> None:
    text = "\n\n".join(f"- **Street {number}** gets a cycle path and electric buses." for number in range(60))
    result = load_classifier().classify(text, options=Options(language="en"))
    page = render_report(result, compare(concepts_of(result)), load("hu"), title="")
    assert "Street 1 gets a" in page
    assert "**" not in page
    assert "60 szövegrész a szövegben" in page
    assert "<h1>Az Ön szövege</h1>" in page


def test_the_table_of_labels_is_in_the_language_asked_for() -> None:
    result = load_classifier().classify(TEXT)
    rows = {row["notation"]: row for row in csv.DictReader(io.StringIO(labels_csv(result, "cs")))}
    assert rows["11"]["label"] == load_concepts()["SDG 11"].labels["cs"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_all_in_one_language(language: str) -> None:
    result = load_classifier().classify(TEXT)
    page = render_report(result, compare(concepts_of(result)), load(language), title="Plan")
    english = re.findall(r"<t[hd][^>]*>([^<]+)</t[hd]>|<h2>([^<]+)</h2>", _english(result))
    assert f'<html lang="{language}">' in page
    assert load_concepts()["SMART MO1"].labels[language] in page
    # Quotations and codes apart: no heading, label or status is left in English where the language has its own word.
    found = {word.strip() for pair in english for word in pair if re.search("[A-Za-z]{4}", word)}
    left = {word for word in found if f">{word}<" in page}
    assert language == "en" or left <= {"SMART Concept", "Status"}


def _english(result: Classification) -> str:
    return render_report(result, compare(concepts_of(result)), load("en"), title="Plan")


def test_coverage_counts_parts_and_names_what_is_missing() -> None:
    concepts = load_concepts()
    area = concepts["SMART MO1"]
    measures = [concept.iri for concept in leaves(area)]
    report = compare(frozenset(measures[:1]), [Peer("p", "Peer", frozenset({"country"}), frozenset(measures))])
    row = next(row for row in report.rows if row.concept is area)
    assert row.share == round(1 / len(measures), 4)
    assert len(row.missing) == len(measures) - 1
    assert row.peers == {"country": 1.0}
    peer, likeness, gaps = report.nearest[0]
    assert (peer.id, likeness, len(gaps)) == ("p", row.share, len(measures) - 1)
    assert len(report.as_json()["coverage"]) == len(report.rows)


def test_what_is_covered_in_general_is_mentioned_in_every_form() -> None:
    """A goal or area without any of its parts, and all above it."""
    report = compare(frozenset({load_concepts()["SDG 11"].iri, load_concepts()["SMART MO1"].iri}))
    mentioned = {row.concept.notation for row in report.rows if row.mentioned}
    assert mentioned == {"11", "MO1", load_concepts()[load_concepts()["SMART MO1"].parent].notation}
    table = {row["notation"]: row for row in csv.DictReader(io.StringIO(to_csv(report)))}
    assert (table["11"]["mentioned"], table["11"]["covered"], table["12"]["mentioned"]) == ("true", "0", "false")
    told = {row["notation"]: row["mentioned"] for row in report.as_json()["coverage"]}
    assert {notation for notation, yes in told.items() if yes} == mentioned
    page = render_report(load_classifier().classify(TEXT), report, load("pl"), title="")
    assert page.count(">ogólnie<") == len(mentioned)
    part = compare(frozenset({load_concepts()["SDG 11.2"].iri})).as_json()["coverage"]
    assert next(row for row in part if row["notation"] == "11")["mentioned"] is True


def test_peers_are_averaged_group_by_group_and_the_nearest_come_first() -> None:
    area = load_concepts()["SMART MO1"]
    measures = [concept.iri for concept in leaves(area)]
    covers = {"a": measures[:1], "b": measures[:2], "c": [area.iri], "d": []}
    groups = {"a": {"all", "near"}, "b": {"all"}, "c": {"all"}, "d": {"all", "near"}}
    peers = [Peer(name, name, frozenset(groups[name]), frozenset(covers[name])) for name in "dcba"]
    report = compare(frozenset(measures[:1]), peers)
    row = next(row for row in report.rows if row.concept is area)
    assert row.peers == {"all": round(3 / (len(measures) * 4), 4), "near": round(1 / (len(measures) * 2), 4)}
    areas = next(line for line in report.headlines if line.level == "smart-area")
    assert areas.peers == {"all": round(3 / 4 / areas.total, 4), "near": round(1 / 2 / areas.total, 4)}
    nearest = [(peer.id, likeness, len(gaps)) for peer, likeness, gaps in report.nearest]
    assert nearest == [("a", 1.0, 0), ("b", 0.5, 1), ("c", 0.0, 1), ("d", 0.0, 0)]


def test_strategies_that_are_alike_throughout_leave_room_for_those_that_fill_gaps() -> None:
    measures = [concept.iri for concept in leaves(load_concepts()["SMART MO1"])]
    same = [Peer(f"same{n}", "", frozenset(), frozenset(measures[:1])) for n in range(7)]
    more = [Peer(f"more{n}", "", frozenset(), frozenset(measures[:2])) for n in range(7)]
    found = [peer.id for peer, _, _ in compare(frozenset(measures[:1]), [*same, *more]).nearest]
    assert found == ["same0", "same1", "more0", "more1", "more2"]


def test_the_table_has_a_row_for_each_dimension_area_and_goal() -> None:
    rows = list(csv.reader(io.StringIO(to_csv(compare(frozenset())))))
    assert len(rows) == 1 + 6 + 30 + 17 + 10
    assert all(len(row) == len(rows[0]) for row in rows)
