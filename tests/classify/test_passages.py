import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.classify.passages import LONGEST, split

MANY = 200_000

markdown = st.text(st.sampled_from("aą. \n|#-!?;1") | st.characters(), max_size=2_000)


@given(markdown)
def test_passages_are_pieces_of_the_text_in_order(text: str) -> None:
    last = 0
    for passage in split(text):
        assert last <= passage.start < passage.end <= len(text)
        assert passage.end - passage.start <= LONGEST + 1
        assert any(letter.isalnum() for letter in text[passage.start : passage.end])
        last = passage.end


@given(st.text(st.sampled_from("aé. \n|#-"), max_size=3_000))
def test_no_letter_is_lost(text: str) -> None:
    kept = "".join(text[passage.start : passage.end] for passage in split(text))
    assert sum(map(str.isalpha, kept)) == sum(map(str.isalpha, text))


def test_rows_of_a_table_stay_apart_and_rulers_vanish() -> None:
    head = "| Measure of the city plan and what it is meant to bring | Cost |\n|---|---|\n"
    text = head + "| Cycle paths along the river and through parks | 5 |\n"
    pieces = [text[passage.start : passage.end] for passage in split(text)]
    assert len(pieces) == 2
    assert not any("---" in piece for piece in pieces)


def test_a_short_heading_joins_its_paragraph() -> None:
    text = "# Transport\n\nThe city buys buses."
    assert [text[passage.start : passage.end] for passage in split(text)] == [text]


@pytest.mark.parametrize("run", [".", "\n", " \n", " ", "|", "- ", '."', "![", "![](", "\r\n"])
def test_a_run_without_letters_is_passed_in_one_go(run: str) -> None:
    text = f"Buses.{run * MANY}\n\nTrams."
    pieces = [text[passage.start : passage.end] for passage in split(text)]
    assert (pieces[0][:6], pieces[-1][-6:]) == ("Buses.", "Trams.")


@pytest.mark.parametrize("dots", [700, MANY])
@pytest.mark.parametrize(("end", "ends"), [('." ', True), (".\n", True), (". ", True), (". a ", False), ('."', False)])
def test_a_run_of_dots_ends_a_sentence_before_a_capital(dots: int, end: str, ends: bool) -> None:
    text = f"Cycle paths{'.' * dots}{end}Trams and buses"
    assert (text.index("Trams") in [passage.start for passage in split(text)]) == ends


@given(st.text(st.sampled_from("![](x) \n"), max_size=60))
def test_pictures_of_markdown_say_nothing(text: str) -> None:
    """A block without letters outside of its pictures is left out, and only such a block."""
    block = text.replace("\n", " ")
    without = re.sub(r"!\[[^\]]*\]\([^)]*\)", " ", block)
    assert bool(split(block)) == ("x" in without)
