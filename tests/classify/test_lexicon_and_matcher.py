import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.classify.errors import LexiconError
from service.classify.forms import build_forms, load_forms, read_forms
from service.classify.lexicon import (
    HEADER,
    LANGUAGES,
    available,
    load_lexicon,
    parse_lexicon,
    parse_wordings,
    wordings_data,
)
from service.classify.matcher import Matcher, load_matcher


def lexicon_of(*rows: tuple[str, str, str, str]) -> bytes:
    return "\n".join("\t".join(row) for row in [tuple(HEADER), *((*row, "") for row in rows)]).encode()


def matcher_of(language: str, *rows: tuple[str, str, str, str], forms: str = "") -> Matcher:
    lexicon = parse_lexicon(language, lexicon_of(*rows))
    return Matcher(lexicon, build_forms(lexicon, read_forms(forms)))


def found(matcher: Matcher, text: str) -> list[tuple[str, str]]:
    return [(hit.concept, text[hit.start : hit.end]) for hit in matcher.hits(text)]


def test_a_phrase_is_found_in_any_case_and_number() -> None:
    matcher = matcher_of("en", ("SDG 11.2", "electric bus", "0.7", "term"), forms="bus - es\n")
    assert found(matcher, "Twelve ELECTRIC buses.") == [("SDG 11.2", "ELECTRIC buses")]


def test_a_hungarian_word_is_found_with_its_suffixes() -> None:
    matcher = matcher_of("hu", ("SDG 11.6", "légszennyezés", "0.9", "term"))
    for text in ("a légszennyezést", "légszennyezéssel", "LÉGSZENNYEZÉSBEN", "légszennyezések"):
        assert [concept for concept, _ in found(matcher, text)] == ["SDG 11.6"], text


def test_an_acronym_needs_its_capitals() -> None:
    matcher = matcher_of("en", ("SDG 9", "ITS", "0.7", "term"))
    assert found(matcher, "its streets") == []
    assert found(matcher, "an ITS-based system") == [("SDG 9", "ITS")]


def test_an_exclusion_silences_its_concept_only() -> None:
    matcher = matcher_of(
        "en",
        ("SDG 7", "transmission", "0.7", "term"),
        ("SDG 9", "transmission", "0.4", "term"),
        ("SDG 7", "transmission of disease", "1.0", "exclude"),
    )
    assert found(matcher, "the transmission of disease") == [("SDG 9", "transmission")]
    assert len(found(matcher, "transmission lines")) == 2


def test_the_longest_phrase_counts_for_a_concept() -> None:
    matcher = matcher_of("en", ("SDG 6", "water", "0.5", "term"), ("SDG 6", "drinking water", "0.9", "term"))
    assert found(matcher, "drinking water and water") == [("SDG 6", "drinking water"), ("SDG 6", "water")]


@pytest.mark.parametrize(
    "row",
    [
        ("SDG 99", "x", "1.0", "term"),
        ("SDG 1", "x", "2.0", "term"),
        ("SDG 1", "x", "nan", "term"),
        ("SDG 1", "x", "much", "term"),
        ("SDG 1", " ", "1.0", "term"),
        ("SDG 1", "x", "1.0", "maybe"),
    ],
)
def test_a_wrong_line_is_named(row: tuple[str, str, str, str]) -> None:
    with pytest.raises(LexiconError, match="line 3"):
        parse_lexicon("en", lexicon_of(("SDG 1", "poverty", "1.0", "term"), row))


def test_a_wrong_header_is_named() -> None:
    with pytest.raises(LexiconError, match="header"):
        parse_lexicon("en", b"a\tb\n")


@pytest.mark.parametrize("language", LANGUAGES)
def test_shipped_lexicons_can_be_read(language: str) -> None:
    lexicon = load_lexicon(language)
    if lexicon is None:
        pytest.skip(f"no lexicon for {language} yet")
    assert lexicon.entries
    assert load_forms(language).keys


@given(st.text(), st.sampled_from(available()))
def test_hits_stand_in_the_text(text: str, language: str) -> None:
    for hit in load_matcher(language).hits(text):
        assert 0 <= hit.start < hit.end <= len(text)


def test_every_target_is_worded_in_every_language() -> None:
    wordings = parse_wordings(wordings_data())
    assert set(wordings) == set(LANGUAGES)
    assert {len(of_targets) for of_targets in wordings.values()} == {169}


@pytest.mark.parametrize(
    "line", ["1.1\ta\tb\tc\td\te", "1.9\ta\tb\tc\td\te", "1.2\ta\tb\tc\td", "1.2\ta\tb\tc\td\t ", ""]
)
def test_a_wrong_line_of_the_wordings_is_named(line: str) -> None:
    header = "\t".join(("target", *LANGUAGES))
    with pytest.raises(LexiconError, match=r"targets\.tsv, line 3"):
        parse_wordings(f"{header}\n1.1\ta\tb\tc\td\te\n{line}\n".encode())
    with pytest.raises(LexiconError, match="header"):
        parse_wordings(b"target\ten\n")
