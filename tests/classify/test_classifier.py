import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.classify.classifier import Options, load_classifier
from service.classify.errors import ClassificationError, UnknownLanguage
from service.classify.results import Classification

GOALS = {
    "1": "Families in poverty receive social assistance and a minimum income.",
    "2": "End hunger and support smallholder farmers with better seeds.",
    "3": "The hospital improves health care, vaccination and cancer screening.",
    "4": "Pupils and teachers in primary schools get better education.",
    "5": "Gender equality, and an end to violence against women.",
    "6": "Drinking water and sanitation: the sewage treatment plant is renewed.",
    "7": "Photovoltaic panels and wind power give affordable renewable energy.",
    "8": "Decent work, employment and economic growth for all workers.",
    "9": "Industry, research and innovation need resilient infrastructure.",
    "10": "Reduce income inequality and discrimination against migrants.",
    "11": "Affordable housing, public transport and green spaces in the city.",
    "12": "Recycling, waste prevention and sustainable consumption.",
    "13": "Greenhouse gas emissions fall and the city adapts to climate change.",
    "14": "Protect coral reefs, fish stocks and the ocean from plastic.",
    "15": "Forests, wetlands and endangered species are protected against land degradation.",
    "16": "Fight corruption, strengthen courts and the rule of law.",
    "17": "Official development assistance and global partnership for developing countries.",
}


@pytest.mark.parametrize("goal", GOALS)
def test_the_plain_sentence_of_a_goal_leads_to_it(goal: str) -> None:
    labels = load_classifier().classify(GOALS[goal]).labels
    first = next(label for label in labels if label.concept.level == "goal")
    assert (first.concept.notation, first.status) == (goal, "asserted")
    assert first.passages[0].terms


def check(result: Classification, text: str) -> None:
    assert len({label.concept.iri for label in result.labels}) == len(result.labels)
    ranks = [(label.status != "asserted", -label.score) for label in result.labels]
    assert ranks == sorted(ranks)
    for label in result.labels:
        assert 0 <= label.score <= 1
        assert label.passages
        for passage in label.passages:
            assert text[passage.start : passage.end] == passage.text
            assert passage.terms
            assert all(term in passage.text for term in passage.terms)


words = st.sampled_from(
    [
        *("city", "energy", "poverty", "the", "of", "and", "bus", "air quality", "school", "water", "women", "climate"),
        *("Łódź", "szkoła", "víz", "5G", "ITS", "|", "#", ".", "\n\n", "\U0001f600", "ﬁ", "ẞ", "İ"),
    ]
)
texts = st.lists(words | st.text(max_size=8), max_size=120).map(" ".join)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts | st.text())
def test_whatever_the_text_passages_are_quoted_from_it(text: str) -> None:
    for language in (None, "en", "hu"):
        try:
            result = load_classifier().classify(text, options=Options(language=language))
        except ClassificationError:
            continue
        check(result, text)
        assert json.loads(json.dumps(result.as_json()))["method"]


def test_a_long_text_is_judged_by_shares() -> None:
    filler = [f"In chapter {n} the council describes how meetings were held and minutes taken." for n in range(60)]
    topic = [f"Line {n}: electric buses and tram lines improve public transport and air quality." for n in range(30)]
    text = "\n\n".join(filler + topic)
    result = load_classifier().classify(text)
    check(result, text)
    assert "11" in [label.concept.notation for label in result.asserted("sdg", "goal")]
    assert result.passages == 90


FILLER = (
    "In chapter {} the council describes how the meetings of its committees were held, who took the minutes, in which "
    "room the members sat, and when the documents were handed out to those who had asked for them in writing."
)


@pytest.mark.parametrize(("length", "asserted"), [(15, True), (16, True), (30, True), (200, False)])
def test_one_sure_passage_speaks_for_itself_in_a_text_of_a_few_pages(length: int, asserted: bool) -> None:
    topic = "The school gets heat pumps, photovoltaic panels on its roof and better insulation of its walls."
    text = "\n\n".join([*(FILLER.format(n) for n in range(length - 1)), topic])
    result = load_classifier().classify(text)
    assert result.passages == length
    found = {label.concept.notation for label in result.labels if label.status == "asserted"}
    assert ({"EN1", "EN2", "GD3"} <= found) is asserted


def test_a_target_is_not_asserted_where_its_goal_is_far_from_found() -> None:
    text = (
        "Źródłem danych jest Bank Danych Lokalnych urzędu statystycznego, a podatek od nieruchomości płaci się ratami."
    )
    labels = load_classifier().classify(text, options=Options("pl")).labels
    sdg = [label for label in labels if label.concept.scheme == "sdg"]
    strong = {x.concept.notation: x.score / 0.25 for x in sdg if x.concept.level == "goal"}
    asserted = [x.concept.notation for x in sdg if x.concept.level == "target" and x.status == "asserted"]
    assert all(strong.get(target.partition(".")[0], 0.0) >= 0.3 for target in asserted)


@pytest.mark.parametrize(
    ("language", "text", "idle"),
    [
        (
            "cs",
            "Na 30 ha půdy, z nichž lze 12 km cest obnovit, vysadíme stromořadí a remízky.",
            {"ha", "km", "nichž", "lze"},
        ),
        ("hu", "Aki a városban lakik, e pályázatból napelemet és hőszivattyút vehet.", {"Aki", "a", "e"}),
        ("pl", "Na 5 ha łąk oraz w parku, który jest nad rzeką, posadzimy 300 drzew.", {"ha", "oraz", "w", "który"}),
    ],
)
def test_words_of_grammar_and_units_are_no_evidence(language: str, text: str, idle: set[str]) -> None:
    labels = load_classifier().classify(text, options=Options(language)).labels
    shown = {term for label in labels for passage in label.passages for term in passage.terms}
    assert shown and not shown & idle


def test_the_same_text_gives_the_same_result() -> None:
    text = " ".join(GOALS.values())
    classifier = load_classifier()
    assert classifier.classify(text) == classifier.classify(text)


def test_progress_ends_at_the_end() -> None:
    steps: list[tuple[int, int]] = []
    load_classifier().classify("A school.\n\nA bus.", progress=lambda done, total: steps.append((done, total)))
    assert steps[-1][0] == steps[-1][1]


@pytest.mark.parametrize("text", ["", "   ", "12 345", "|---|"])
def test_a_text_without_words_has_no_language(text: str) -> None:
    with pytest.raises(UnknownLanguage):
        load_classifier().classify(text)


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(UnknownLanguage, match="'de'"):
        load_classifier().classify("Hallo", options=Options(language="de"))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Protect children"),
        ("pl", "Ochrona dzieci"),
        ("cs", "Ochrana dětí"),
        ("sk", "Ochrana detí"),
        ("hu", "A gyermekek védelme"),
    ],
)
def test_a_few_words_have_five_suggestions_of_each_kind_with_words_to_show(language: str, text: str) -> None:
    result = load_classifier().classify(text, options=Options(language))
    check(result, text)
    for level in ("goal", "target", "area", "measure"):
        of_level = [label for label in result.labels if label.concept.level == level]
        assert sum(label.status == "suggested" for label in of_level) >= 5, level
    targets = [label.concept.notation for label in result.labels if label.concept.level == "target"]
    assert targets[0] == "16.2"
    few = load_classifier().classify(text, options=Options(language, suggestions=1))
    assert sum(x.status == "suggested" for x in few.labels if x.concept.level == "target") == 1


def test_the_target_that_a_title_sounds_most_like_comes_before_one_that_has_a_phrase_of_it() -> None:
    text = "Small factories get loans and financial services."
    labels = load_classifier().classify(text, options=Options("en")).labels
    targets = [label for label in labels if label.concept.level == "target"]
    assert targets[0].concept.notation == "9.3"
    assert "loans" in targets[0].passages[0].terms
