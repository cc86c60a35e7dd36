"""Every shape: a good example passes, a bad one breaks exactly what it says, and messages speak five languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Store
from shape_examples import BAD, GOOD, SHAPE, example_store, expected, found

import shapes
from ontology.terms import LANGUAGES, PREFIXES
from shapes.report import SH, sh
from shapes.targets import target_shapes
from shapes.validator import Validator, bundled_shapes

ROOT = Path(shapes.__file__).parents[1]
FILES = sorted(path.stem for path in (ROOT / "shapes").glob("*.ttl") if path.stem != "common")
RDF_TYPE = NamedNode(PREFIXES["rdf"] + "type")
RDFS_CLASS_COLUMN = re.compile(r"`([a-z]+:[A-Z]\w+)`")


@pytest.fixture(scope="module")
def validator() -> Validator:
    return Validator(bundled_shapes())


@pytest.fixture(scope="module")
def store() -> Store:
    return bundled_shapes()


def property_shapes(store: Store) -> set[Any]:
    return {q.subject for q in store.quads_for_pattern(None, RDF_TYPE, sh("PropertyShape"))}


@pytest.mark.parametrize("name", FILES)
def test_every_shape_file_has_a_good_and_a_bad_example(name: str) -> None:
    assert f"{name}-good" in GOOD
    assert f"{name}-bad" in BAD
    assert expected(f"{name}-bad")


def test_the_world_of_the_examples_is_clean(validator: Validator) -> None:
    assert validator.validate(example_store()).results == []


@pytest.mark.parametrize("name", GOOD)
def test_good_example_has_no_finding(name: str, validator: Validator) -> None:
    assert validator.validate(example_store("world", name)).results == []


@pytest.mark.parametrize("name", BAD)
def test_bad_example_breaks_what_it_says(name: str, validator: Validator) -> None:
    assert found(validator.validate(example_store(name)).results) == expected(name)


def test_every_property_that_a_shape_checks_is_broken_by_an_example(store: Store) -> None:
    """Each shape that reports something by itself is named by some bad example."""
    reported = {shape for name in BAD for shape, _ in expected(name)}
    roots = target_shapes(store)
    direct: set[Any] = {q.object for root in roots for q in store.quads_for_pattern(root, sh("property"), None)}
    rules = {root for root in roots if not any(store.quads_for_pattern(root, sh("property"), None))}
    assert {shape.value.removeprefix(SHAPE) for shape in direct | rules} - reported == set()


@pytest.mark.parametrize("predicate", ["message", "name"])
def test_texts_are_in_five_languages(predicate: str, store: Store) -> None:
    texts: dict[Any, list[str | None]] = {}
    for quad in store.quads_for_pattern(None, sh(predicate), None):
        assert isinstance(quad.object, Literal)
        assert quad.object.value.strip()
        texts.setdefault(quad.subject, []).append(quad.object.language)
    assert texts
    assert {str(node): langs for node, langs in texts.items() if sorted(map(str, langs)) != sorted(LANGUAGES)} == {}


def test_every_property_shape_has_name_message_and_severity(store: Store) -> None:
    for shape in property_shapes(store):
        for predicate in ("path", "name", "message", "severity"):
            assert any(store.quads_for_pattern(shape, sh(predicate), None)), (shape, predicate)


def test_every_rule_about_a_node_has_a_message(store: Store) -> None:
    for root in target_shapes(store):
        if any(store.quads_for_pattern(root, sh("property"), None)):
            continue
        speakers = [root, *(q.object for q in store.quads_for_pattern(root, sh("sparql"), None))]
        assert any(True for node in speakers for _ in store.quads_for_pattern(node, sh("message"), None)), root


def test_no_shape_is_blank(store: Store) -> None:
    shapes: set[Any] = {q.subject for kind in ("NodeShape", "PropertyShape", "SPARQLConstraint")
              for q in store.quads_for_pattern(None, RDF_TYPE, sh(kind))}  # fmt: skip
    shapes |= {q.object for name in ("property", "node", "not", "sparql")
               for q in store.quads_for_pattern(None, sh(name), None)}  # fmt: skip
    assert [shape for shape in shapes if isinstance(shape, BlankNode)] == []
    assert all(shape.value.startswith(SHAPE) for shape in shapes)


def test_every_shape_that_is_referred_to_exists(store: Store) -> None:
    defined = {q.subject for q in store.quads_for_pattern(None, RDF_TYPE, None)}
    used = {q.object for q in store if isinstance(q.object, NamedNode) and q.object.value.startswith(SHAPE)}
    assert used - defined == set()


def test_every_property_shape_is_used(store: Store) -> None:
    used = {q.object for q in store.quads_for_pattern(None, sh("property"), None)}
    assert property_shapes(store) - used == set()


def test_patterns_need_no_lookaround(store: Store) -> None:
    for quad in store.quads_for_pattern(None, sh("pattern"), None):
        assert isinstance(quad.object, Literal)
        assert "(?" not in quad.object.value


def test_shapes_are_open(store: Store) -> None:
    assert not any(store.quads_for_pattern(None, sh("closed"), None))


def test_every_class_of_the_data_model_has_a_shape(store: Store) -> None:
    text = (ROOT / "docs" / "data-model.md").read_text(encoding="utf-8")
    table = text.split("## Classes and their properties")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    classes = {name for row in rows for name in RDFS_CLASS_COLUMN.findall(row)}
    assert len(classes) > 25
    targets = {q.object for q in store.quads_for_pattern(None, sh("targetClass"), None)}
    missing = {name for name in classes if NamedNode(expanded(name)) not in targets}
    assert missing == set()


def test_shapes_use_known_severities(store: Store) -> None:
    severities = {q.object for q in store.quads_for_pattern(None, sh("severity"), None)}
    assert severities == {NamedNode(SH + name) for name in ("Violation", "Warning", "Info")}


def test_report_speaks_the_language_asked_for(validator: Validator) -> None:
    report = validator.validate(example_store("task-bad"))
    assert "Podaj tytuł zadania w co najmniej jednym języku i oznacz ten język." in report.as_text("pl")
    assert "Adja meg a feladat címét legalább egy nyelven" in report.as_text("hu")
    assert {result["severity"] for result in report.as_json("sk")["results"]} == {"Violation", "Warning"}


def expanded(name: str) -> str:
    prefix, _, local = name.partition(":")
    return PREFIXES[prefix] + local
