import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.classify.matcher import load_matcher
from service.classify.prose import quality
from service.classify.stems import stem
from service.classify.tokens import composed, fold, tokenize

# Letters of our languages and their neighbours, and accents to put on any of them.
accented = st.text(
    st.sampled_from("aąčdeěłőøǿřsşßζйЇ 1.-")
    | st.characters(max_codepoint=0x52F)
    | st.characters(min_codepoint=0x300, max_codepoint=0x36F)
)
UNSEEN = "\u00ad\u200b\u200c\u200d\u2060\ufeff"


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


@given(accented)
def test_accents_after_their_letters_change_no_word(text: str) -> None:
    together, apart = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    assert [token.folded for token in tokenize(apart)] == [token.folded for token in tokenize(together)]
    assert [composed(token.text) for token in tokenize(apart)] == [token.text for token in tokenize(together)]


def test_a_word_ends_after_its_last_accent() -> None:
    text = unicodedata.normalize("NFD", "Město podporuje Łódź, ő.")
    assert [token.text for token in tokenize(text)] == [
        unicodedata.normalize("NFD", word) for word in ("Město", "podporuje", "Łódź", "ő")
    ]


@given(st.lists(st.text(st.sampled_from("ažZ5"), min_size=1), min_size=2), st.text(st.sampled_from(UNSEEN), min_size=1))
def test_what_is_not_seen_cuts_no_word(parts: list[str], unseen: str) -> None:
    written = unseen.join(parts)
    (token,) = tokenize(f"{unseen}{written}{unseen} ")
    assert (token.text, token.folded) == (written, fold("".join(parts)))
    assert token.start == len(unseen)


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


@pytest.mark.parametrize("written", ["ČOV", "C\u030cOV", "Č\u00adOV"])
def test_an_abbreviation_is_found_however_it_is_written(written: str) -> None:
    text = f"Obec modernizuje {written} a kanalizaci."
    hits = load_matcher("cs").hits(text, tokenize(text))
    assert {text[hit.start : hit.end] for hit in hits if "OV" in text[hit.start : hit.end]} == {written}


def test_accents_that_stand_apart_and_hyphens_that_nobody_sees_are_no_words_of_their_own() -> None:
    text = "Město modernizuje čistírnu odpadních vod."
    apart = unicodedata.normalize("NFD", text)
    assert quality(text) == quality(apart) == quality(text.replace("rni", "r\u00adni")) > 0
