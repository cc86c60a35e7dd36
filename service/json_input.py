"""JSON that people and programs send, read in one way: text that no encoding can write is told, not carried along."""

from __future__ import annotations

import json
from typing import Any, NoReturn


class JsonError(ValueError):
    """What was sent cannot be used; `str()` goes on after the name of what was sent, such as "the body"."""


def parse_json(data: bytes | str) -> Any:
    """Read JSON whose texts are whole. Raises JsonError."""
    found = load_json(data)
    refuse_halves(found)
    return found


def load_json(data: bytes | str) -> Any:
    """Read JSON as it is. Raises JsonError."""
    try:
        return json.loads(data, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise JsonError("is not JSON") from None


def _refuse(constant: str) -> NoReturn:
    """NaN and Infinity are read by Python, and are not JSON."""
    raise ValueError(constant)


def refuse_halves(value: Any) -> None:
    """Look at every text of a value that JSON can hold, names of members too. Raises JsonError."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half = ord(error.object[error.start])
        raise JsonError(
            f"holds half of a surrogate pair (U+{half:04X}) in a text: send the whole character, or leave it out"
        ) from None
    except RecursionError:
        raise JsonError("is nested too deep") from None
