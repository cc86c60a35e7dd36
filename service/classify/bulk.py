"""Bulk classification: a line of JSON in, a line of JSON out, whatever the number of lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from service.classify.classifier import Classifier, Options
from service.classify.documents import check_text
from service.classify.errors import ClassificationError, InvalidRecord
from service.json_input import JsonError, load_json, refuse_halves

_LONGEST_LINE = 64 * 2**20


def classify_lines(
    lines: Iterable[str], classifier: Classifier, options: Options
) -> Iterator[tuple[dict[str, Any], bool]]:
    """For each line its answer and whether it went well; a bad line is answered with its error and the rest goes on."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        identifier: Any = None
        try:
            record = parse_record(line)
            identifier = identifier_of(record)
            check_record(record)
            chosen = replace(options, language=record.get("lang") or options.language)
            result = classifier.classify(check_text(record["text"]), options=chosen).as_json()
        except ClassificationError as error:
            yield {"id": identifier, "error": f"line {number}: {error}"}, False
        else:
            result["id"] = identifier
            yield result, True


def parse_record(line: str) -> dict[str, Any]:
    """Read the object of a line. Raises InvalidRecord."""
    if len(line) > _LONGEST_LINE:
        raise InvalidRecord("the record is too long")
    try:
        record = load_json(line)
    except JsonError as error:
        raise InvalidRecord(f"the record {error}") from None
    if not isinstance(record, dict):
        raise InvalidRecord("the record is not a JSON object")
    return record


def identifier_of(record: dict[str, Any]) -> str | int:
    """The identifier, by which an answer is known even if the rest is wrong. Raises InvalidRecord."""
    identifier = record.get("id")
    if not isinstance(identifier, str | int):
        raise InvalidRecord("'id' must be a string or a number")
    _check_whole(identifier)
    return identifier


def check_record(record: dict[str, Any]) -> None:
    """Tell whether it is `{"id", "text", "lang"?}`. Raises InvalidRecord."""
    _check_whole(record)
    if not isinstance(record.get("text"), str):
        raise InvalidRecord("'text' must be a string")
    if not isinstance(record.get("lang"), str | None):
        raise InvalidRecord("'lang' must be a string")


def _check_whole(value: Any) -> None:
    try:
        refuse_halves(value)
    except JsonError as error:
        raise InvalidRecord(f"the record {error}") from None
