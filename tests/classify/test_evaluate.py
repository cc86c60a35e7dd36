from pathlib import Path

from service.classify.evaluate import f1_scores, macro, target_titles
from service.classify.tables import Table


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
