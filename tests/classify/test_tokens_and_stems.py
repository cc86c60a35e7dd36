import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.classify.stems import stem
from service.classify.tokens import fold, tokenize


@pytest.mark.parametrize(
    ("word", "folded"),
    [("Łódź", "lodz"), ("ŽILINA", "zilina"), ("CO₂", "co2"), ("győr", "gyor"), ("straße", "strasse")],
)
def test_folding_leaves_plain_letters(word: str, folded: str) -> None:
    assert fold(word) == folded


@given(st.text())
def test_tokens_stand_where_they_say(text: str) -> None:
    for token in tokenize(text):
        assert text[token.start : token.end] == token.text
        assert token.folded == fold(token.text)


@given(st.text())
def test_folding_leaves_no_accents(text: str) -> None:
    assert not any(unicodedata.combining(letter) for letter in fold(text))


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("hu", ("varos", "varosban", "varossal", "varosok", "varosokban")),
        ("pl", ("prosument", "prosumenta", "prosumentow", "prosumentami")),
        ("cs", ("prosumer", "prosumeru", "prosumerum")),
        ("sk", ("prosumer", "prosumera", "prosumerov")),
        ("en", ("prosumer", "prosumers")),
    ],
)
def test_forms_of_a_word_share_a_stem(language: str, forms: tuple[str, ...]) -> None:
    assert {stem(form, language) for form in forms} == {forms[0]}


@given(st.text(), st.sampled_from(["en", "pl", "cs", "sk", "hu"]))
def test_a_stem_is_a_beginning(word: str, language: str) -> None:
    assert word.startswith(stem(word, language))
