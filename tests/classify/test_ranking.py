from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.classify.classifier import Classifier, load_classifier
from service.classify.features import Evidence
from service.classify.labels import label_codes, places
from service.classify.ranking import rank_goals
from service.classify.weights import WordModel, load_weights

COUNT = len(label_codes())
GOALS = places()["goals"]
SILENT = Evidence([0.0] * COUNT, [0.0] * COUNT, [0.0] * COUNT)
chances = st.lists(st.floats(0.0, 1.0), min_size=COUNT, max_size=COUNT)
# One goal each, in words of many kinds: what an answer lists first.
TEXTS = {
    "4": "Pupils in the lowest quartile gained a year of reading skills after teachers received coaching.",
    "6": "Groundwater abstraction exceeds recharge in the basin and irrigators must share scarce flows.",
    "10": "The top decile now takes half of national income and the Gini coefficient keeps climbing.",
    "12": "Supermarkets throw away a third of fresh produce; better labels would cut food waste.",
    "14": "Ocean acidification dissolves the shells of plankton on which whales depend.",
    "16": "After the civil war, a truth commission heard victims of torture and militias disarmed.",
}


@given(chances, chances, st.lists(st.floats(-3, 3), min_size=COUNT, max_size=COUNT))
def test_ranking_moves_goals_and_asserts_the_same(
    found: list[float], thresholds: list[float], constant: list[float]
) -> None:
    ranked, limits = rank_goals({}, SILENT, WordModel({}, tuple(constant)), found, thresholds)
    before = [chance >= limit for chance, limit in zip(found, thresholds, strict=True)]
    assert [chance >= limit for chance, limit in zip(ranked, limits, strict=True)] == before
    assert sorted(ranked) == sorted(found)
    assert ranked[GOALS.stop :] == found[GOALS.stop :]
    assert limits[GOALS.stop :] == thresholds[GOALS.stop :]
    for asserted in (True, False):
        group = [goal for goal in GOALS if before[goal] is asserted]
        by_model = sorted(group, key=lambda goal: (-constant[goal], goal))
        dealt = [ranked[goal] for goal in by_model]
        assert dealt == sorted(dealt, reverse=True)


def test_phrases_of_the_lexicon_count_beside_the_words() -> None:
    evidence = Evidence([0.0, 1.0, *[0.0] * (COUNT - 2)], SILENT.related, SILENT.likeness)
    found = [0.2, 0.1, *[0.0] * (COUNT - 2)]
    near, far = (WordModel({}, (lead, *[0.0] * (COUNT - 1))) for lead in (0.1, 0.9))
    assert rank_goals({}, evidence, near, found, [0.5] * COUNT)[0][:2] == [0.1, 0.2]
    assert rank_goals({}, evidence, far, found, [0.5] * COUNT)[0][:2] == [0.2, 0.1]


@pytest.mark.parametrize("goal", TEXTS)
def test_the_goal_of_an_english_text_is_listed_first(goal: str) -> None:
    goals = [label for label in load_classifier().classify(TEXTS[goal]).labels if label.concept.level == "goal"]
    assert goals[0].concept.notation == goal
    assert goals[0].passages[0].terms


def test_the_order_changes_and_nothing_else_is_asserted() -> None:
    plain = Classifier(replace(load_weights(), ranking={}))
    for text in TEXTS.values():
        ranked, unranked = load_classifier().classify(text), plain.classify(text)
        for scheme in ("sdg", "smart-concept", "green-deal"):
            assert {x.concept.iri for x in ranked.asserted(scheme)} == {
                x.concept.iri for x in unranked.asserted(scheme)
            }


def test_a_text_without_words_of_the_lexicon_has_its_goal_first_and_shows_the_words_that_spoke() -> None:
    text = "The antiviral lowered viral load in infected adults."
    first = next(label for label in load_classifier().classify(text).labels if label.concept.level == "goal")
    assert first.concept.notation == "3"
    assert first.passages[0].terms
    assert not first.passages[0].from_lexicon
