from pathlib import Path

from service.classify.evaluate import f1_scores, macro, target_titles
from service.classify.lexicon import parse_wordings, wordings_data
from service.classify.tables import Table
from service.classify.tokens import tokenize


def test_scores() -> None:
    assert macro(f1_scores([0, 0, 1], [0, 1, 1])) == 2 / 3


def test_a_table_is_text() -> None:
    assert str(Table("T", ("a", "b"), (("1", "22"),))) == "T\na  b\n1  22\n"
    assert Table("T", ("a", "b"), (("1", "22"),)).markdown() == "**T**\n\n| a | b |\n|---|---|\n| 1 | 22 |\n"


def test_all_target_titles_are_read(shared: Path) -> None:
    for language in ("en", "cs", "hu"):
        titles = list(target_titles(shared, language))
        assert len({code for code, _, _ in titles}) == 169
        assert len(titles) == 338
        assert all(title for _, _, title in titles)


def test_titles_that_measure_are_not_among_what_is_measured(shared: Path) -> None:
    """No three words in a row of a short title stand in what was written about its target."""
    wordings = parse_wordings(wordings_data())
    for language in ("en", "cs", "hu"):
        for code, kind, title in target_titles(shared, language):
            for phrase in wordings[language][f"SDG {code}"].split(", "):
                assert kind != "short" or not triples(title) & triples(phrase), (language, code, phrase)


def triples(text: str) -> set[tuple[str, ...]]:
    words = [token.folded for token in tokenize(text)]
    return set(zip(words, words[1:], words[2:], strict=False))
