"""The text on the page is the text that was sent, whole and in order, cut where passages of labels begin and end."""

from html import unescape

from hypothesis import given, settings
from hypothesis import strategies as st

from service.classify.classifier import Options, load_classifier
from service.classify.concepts import load_concepts
from service.classify.results import Classification, Excerpt, Label
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
    assert not any(piece.keys for piece in found if piece.text.isspace())
    for label in result.labels:
        key = label.concept.notation
        marked = "".join(str(piece.text) for piece in found if key in piece.keys)
        marked = unescape(marked.replace("<b>", "").replace("</b>", ""))
        for passage in label.passages:
            assert "".join(passage.text.split()) in "".join(marked.split())
        assert sum(key in piece.ends for piece in found) == len(label.passages)
    for line in lines(result):
        only = pieces(text, result, line.key)
        assert all(piece.on == (line.key in piece.keys) for piece in only if piece.keys)


def test_a_short_text_is_one_passage_with_its_codes_at_its_end() -> None:
    """Where no sentence by itself has a word to show, the text as a whole is the passage, whatever is within it."""
    concept = load_concepts()["SDG 11"]
    text = "One.\n\nTwo.\n\nThree.\n"
    whole, second = Excerpt(0, len(text), text, ()), Excerpt(6, 10, "Two.", ("Two",))
    third = Excerpt(12, 18, "Three.", ())
    within = Label(load_concepts()["SDG 3"], 0.8, "asserted", (second, third))
    labels = (Label(concept, 0.9, "asserted", (whole,)), within)
    found = pieces(text, Classification("", labels, ""))
    assert [(str(piece.text), piece.keys, piece.ends) for piece in found] == [
        ("One.\n\n", ("11",), ()),
        ("<b>Two</b>.", ("11", "3"), ("3",)),
        ("\n\n", (), ()),
        ("Three.", ("11", "3"), ("3", "11")),
        ("\n", (), ()),
    ]


def test_a_mere_suggestion_is_told_from_a_finding() -> None:
    first, second = Excerpt(0, 4, "One.", ()), Excerpt(5, 9, "Two.", ())
    goal, area = load_concepts()["SDG 11"], load_concepts()["SMART MO1"]
    labels = (Label(goal, 0.9, "asserted", (first,)), Label(area, 0.2, "suggested", (first, second)))
    found = [piece for piece in pieces("One. Two.", Classification("", labels, "")) if piece.keys]
    assert [(piece.keys, piece.suggested) for piece in found] == [(("11", "MO1"), False), (("MO1",), True)]


def test_how_many_passages_speak_of_a_label_is_more_than_are_marked() -> None:
    text = "\n\n".join(f"Street {number} gets a cycle path and a line of electric buses." for number in range(60))
    result = load_classifier().classify(text, options=Options(language="en"))
    cycling = next(line for line in lines(result) if line.key == "MO2.1")
    assert (cycling.count, cycling.shown) == (60, 5)
