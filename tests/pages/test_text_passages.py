"""The text on the page is the text that was sent, whole and in order, cut where passages of labels begin and end."""

from html import unescape

from hypothesis import given, settings
from hypothesis import strategies as st

from service.classify.classifier import Options, load_classifier
from service.pages.passages import lines, pieces

SENTENCES = (
    "The city builds cycle paths & lanes.",
    "Electric buses <b>replace</b> the old ones.",
    "## Health",
    "The hospital gets solar panels.",
    "| a | 12 |",
    "Nothing to see.",
)


@settings(max_examples=12)
@given(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=12))
def test_the_pieces_are_the_text_and_know_their_labels(sentences: list[str]) -> None:
    text = "\n\n".join(["The city plants trees.", *sentences])
    result = load_classifier().classify(text, options=Options(language="en"))
    found = pieces(text, result)
    shown = "".join(str(piece.text).replace("<b>", "").replace("</b>", "") for piece in found)
    assert unescape(shown) == text
    for label in result.labels:
        for passage in label.passages:
            marked = "".join(str(piece.text) for piece in found if label.concept.notation in piece.keys)
            assert unescape(marked.replace("<b>", "").replace("</b>", "")).find(passage.text) >= 0
    for line in lines(result):
        only = pieces(text, result, line.key)
        assert all(piece.on == (line.key in piece.keys) for piece in only if piece.keys)
