from pathlib import Path

from service.classify.evaluate import f1_scores, macro, target_titles
from service.classify.lexicon import parse_wordings, wordings_data
from service.classify.peers import peer
from service.classify.tables import Table
from service.classify.tokens import tokenize


def test_scores() -> None:
    assert macro(f1_scores([0, 0, 1], [0, 1, 1])) == 2 / 3


def test_a_peer_counts_the_phrases_of_its_list(tmp_path: Path) -> None:
    assert peer(tmp_path) is None
    (tmp_path / "sdg-keyword-lists").mkdir()
    rows = "sdg,keyword\nSDG-01,poverty\nSDG-07,energy poverty\nSDG-13,Climate change\n"
    (tmp_path / "sdg-keyword-lists" / "sdgo_bautista_puig.csv").write_text(rows)
    count = peer(tmp_path)
    assert count is not None
    found = count("Energy poverty: poverty in a changing climate")
    assert {place + 1: number for place, number in enumerate(found) if number} == {1: 2, 7: 1}


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
