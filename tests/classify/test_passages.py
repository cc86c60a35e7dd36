from hypothesis import given
from hypothesis import strategies as st

from service.classify.passages import LONGEST, split

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
