import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.classify import bulk
from service.classify.bulk import classify_lines, read_lines
from service.classify.classifier import Options, load_classifier

TREES = "The city plants trees and protects the forests."


def answers(*lines: str | bytes) -> list[tuple[dict[str, object], bool]]:
    given = (line.encode() if isinstance(line, str) else line for line in lines)
    return list(classify_lines(given, load_classifier(), Options()))


def test_a_line_in_is_a_line_out() -> None:
    line = json.dumps({"id": 7, "text": "Clean energy from photovoltaic panels for schools and hospitals."})
    [(answer, well)] = answers(line)
    assert well
    assert answer["id"] == 7
    assert set(answer) == {"id", "labels", "method"}
    keys = {"concept", "scheme", "notation", "level", "score", "status", "passages"}
    assert all(set(label) == keys for label in answer["labels"])  # type: ignore[attr-defined]


def test_a_bad_line_does_not_stop_the_rest() -> None:
    good = json.dumps({"id": "a", "text": TREES})
    found = answers("{", "[]", '{"id": "b"}', '{"id": 1, "text": 2}', '{"id":"c","text":"x","lang":"de"}', "", good)
    assert [well for _, well in found] == [False] * 5 + [True]
    assert all("line" in str(answer["error"]) for answer, well in found if not well)
    assert [answer["id"] for answer, _ in found] == [None, None, "b", 1, "c", "a"]


@pytest.mark.parametrize(
    ("line", "identifier", "said"),
    [
        (r'{"id":1,"text":"trees \ud800 and forests"}', 1, "'text' holds half of a surrogate pair"),
        (r'{"id":"\udc00","text":"trees"}', None, "'id' holds half of a surrogate pair"),
        (r'{"id":"a","text":"trees","lang":"\ud800"}', "a", "no lexicon"),
        ('{"id":"t","text":null}', "t", "'text' must be a string"),
        ('{"id":"t","text":"trees","lang":5}', "t", "'lang' must be a string"),
        ('{"id":0,"text":[]}', 0, "'text' must be a string"),
        ('{"id":true,"text":"trees"}', None, "'id' must be a string or a number"),
        ('{"id":1e999,"text":"trees"}', None, "'id' must be a string or a number"),
        ('{"text":"trees"}', None, "'id' must be a string or a number"),
        ('{"id":NaN,"text":"trees"}', None, "not JSON"),
    ],
)
def test_an_error_has_the_id_where_there_is_one_and_can_be_written(line: str, identifier: object, said: str) -> None:
    [(answer, well)] = answers(line)
    assert not well
    assert answer["id"] == identifier and type(answer["id"]) is type(identifier)
    assert said in str(answer["error"])
    json.dumps(answer, ensure_ascii=False).encode()


@pytest.mark.parametrize("identifier", ["", "plán 1", "\U0001f333", 0, -7, 1.5, 10**30])
def test_an_id_is_a_string_or_a_finite_number(identifier: object) -> None:
    [(answer, well)] = answers(json.dumps({"id": identifier, "text": TREES}))
    assert well
    assert answer["id"] == identifier


def test_a_mark_of_the_encoding_before_the_first_line_is_ignored() -> None:
    line = json.dumps({"id": "a", "text": TREES}).encode()
    assert [well for _, well in answers(b"\xef\xbb\xbf" + line, b"\xef\xbb\xbf" + line)] == [True, False]
    assert answers(b"\xef\xbb\xbf\n") == []


def test_a_line_that_is_too_long_is_read_in_part_and_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    good = json.dumps({"id": "a", "text": TREES}).encode() + b"\n"
    stream = io.BytesIO(b"x" * 1000 + b"\n" + good + b"y" * len(good) + b"\n" + b"z" * 1000)
    lines = list(read_lines(stream, len(good)))
    assert [line[:1] for line in lines] == [b"x", b"{", b"y", b"z"]
    assert max(map(len, lines)) == len(good) + 1
    monkeypatch.setattr(bulk, "LONGEST_LINE", len(good))
    assert [answer.get("error", "")[-8:] for answer, _ in answers(*lines)] == ["too long", "", "too long", "too long"]  # type: ignore[attr-defined]


@settings(max_examples=50)
@given(st.text())
def test_no_line_crashes(line: str) -> None:
    assert len(answers(line)) <= 1


def test_half_a_surrogate_pair_spoils_its_own_line_only() -> None:
    good = json.dumps({"id": "b", "text": "The city plants trees and protects the forests."})
    found = answers('{"id":"a","text":"The city \\ud83d plants trees"}', '{"id":"\\ud83d","text":"Trees"}', good)
    assert [(answer["id"], well) for answer, well in found] == [("a", False), (None, False), ("b", True)]
    assert all("half of a surrogate pair" in str(answer["error"]) for answer, _ in found[:2])
    json.dumps(found, ensure_ascii=False).encode()
