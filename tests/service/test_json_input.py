import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.json_input import JsonError, parse_json

HALVES = st.characters(categories=["Cs"])
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.text(HALVES | st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(HALVES | st.characters()), inner),
    max_leaves=10,
)


@given(VALUES)
def test_what_is_read_can_be_written(value: Any) -> None:
    sent = json.dumps(value).encode()
    try:
        found = parse_json(sent)
    except JsonError as error:
        assert "half of a surrogate pair" in str(error)
        assert any("\ud800" <= one <= "\udfff" for one in json.dumps(json.loads(sent), ensure_ascii=False))
    else:
        assert found == json.loads(sent)
        json.dumps(found, ensure_ascii=False).encode()


def test_a_whole_pair_is_one_character() -> None:
    assert parse_json(rb'"\ud83d\ude8c"') == "🚌"


@pytest.mark.parametrize("body", [b"{", b"", b"\xff", b"[" * 100_000, b"1" * 10_000])
def test_what_is_not_json_is_told(body: bytes) -> None:
    with pytest.raises(JsonError, match="is not JSON"):
        parse_json(body)


@pytest.mark.parametrize("body", [rb'{"a":"\ud83d"}', rb'{"\udc00":1}', b'["\xed\xa0\xbd"]', rb'["\ude8c\ud83d"]'])
def test_half_a_pair_is_told_wherever_it_is(body: bytes) -> None:
    with pytest.raises(JsonError, match=r"half of a surrogate pair \(U\+D"):
        parse_json(body)
