import json

from hypothesis import given, settings
from hypothesis import strategies as st

from service.classify.bulk import classify_lines
from service.classify.classifier import Options, load_classifier


def answers(*lines: str) -> list[tuple[dict[str, object], bool]]:
    return list(classify_lines(lines, load_classifier(), Options()))


def test_a_line_in_is_a_line_out() -> None:
    line = json.dumps({"id": 7, "text": "Clean energy from photovoltaic panels for schools and hospitals."})
    [(answer, well)] = answers(line)
    assert well
    assert answer["id"] == 7
    assert set(answer) == {"id", "labels", "method"}
    keys = {"concept", "scheme", "notation", "level", "score", "status", "passages"}
    assert all(set(label) == keys for label in answer["labels"])  # type: ignore[attr-defined]


def test_a_bad_line_does_not_stop_the_rest() -> None:
    good = json.dumps({"id": "a", "text": "The city plants trees and protects the forests."})
    found = answers("{", "[]", '{"id": "b"}', '{"id": 1, "text": 2}', '{"id":"c","text":"x","lang":"de"}', "", good)
    assert [well for _, well in found] == [False] * 5 + [True]
    assert all("line" in str(answer["error"]) for answer, well in found if not well)
    assert found[4][0]["id"] == "c"


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
