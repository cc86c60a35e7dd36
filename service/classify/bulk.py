"""Bulk classification: a line of JSON in, a line of JSON out, whatever the number of lines."""

from __future__ import annotations

import codecs
import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import IO, Any, Final

from service.classify.classifier import Classifier, Options
from service.classify.documents import check_text
from service.classify.errors import ClassificationError, InvalidRecord
from service.json_input import JsonError, load_json, refuse_halves

LONGEST_LINE: Final = 64 * 2**20


def read_lines(stream: IO[bytes], longest: int = LONGEST_LINE) -> Iterator[bytes]:
    """The lines of a stream; of one that is too long no more than shows it, so that no line fills the memory."""
    while line := stream.readline(longest + 1):
        yield line
        while len(line) > longest and not line.endswith(b"\n"):
            line = stream.readline(longest + 1)


def classify_lines(
    lines: Iterable[bytes], classifier: Classifier, options: Options
) -> Iterator[tuple[dict[str, Any], bool]]:
    """For each line its answer and whether it went well; a bad line is answered with its error and the rest goes on."""
    for number, given in enumerate(lines, start=1):
        # Editors on Windows begin a file with a mark of its encoding.
        line = given.removeprefix(codecs.BOM_UTF8) if number == 1 else given
        if not line.strip():
            continue
        identifier: Any = None
        try:
            record = _record(line)
            identifier = _identifier(record)
            text, language = _text(record), _language(record)
            chosen = replace(options, language=language or options.language)
            result = classifier.classify(check_text(text), options=chosen).as_json()
        except ClassificationError as error:
            yield {"id": identifier, "error": f"line {number}: {error}"}, False
        else:
            result["id"] = identifier
            yield result, True


def _record(line: bytes) -> dict[str, Any]:
    """Read `{"id", "text", "lang"?}`."""
    if len(line) > LONGEST_LINE:
        raise InvalidRecord("the line is too long")
    try:
        # A byte that is no UTF-8 spoils no more than its character.
        record = load_json(line.decode("utf-8", "replace"))
    except JsonError as error:
        raise InvalidRecord(f"the record {error}") from None
    if not isinstance(record, dict):
        raise InvalidRecord("the record is not a JSON object")
    return record


def _identifier(record: dict[str, Any]) -> str | int | float:
    found = record.get("id")
    # To Python a boolean is a number, and 1e999 one that cannot be written again.
    if isinstance(found, bool) or not isinstance(found, str | int | float) or found in (math.inf, -math.inf):
        raise InvalidRecord("'id' must be a string or a number")
    if isinstance(found, str):
        _check_characters("id", found)
    return found


def _text(record: dict[str, Any]) -> str:
    found = record.get("text")
    if not isinstance(found, str):
        raise InvalidRecord("'text' must be a string")
    _check_characters("text", found)
    return found


def _language(record: dict[str, Any]) -> str | None:
    found = record.get("lang")
    if not isinstance(found, str | None):
        raise InvalidRecord("'lang' must be a string")
    return found


def _check_characters(name: str, text: str) -> None:
    try:
        refuse_halves(text)
    except JsonError as error:
        raise InvalidRecord(f"{name!r} {error}") from None
