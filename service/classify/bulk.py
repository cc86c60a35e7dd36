"""Bulk classification: a line of JSON in, a line of JSON out, whatever the number of lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from service.classify.classifier import Classifier, Options
from service.classify.errors import ClassificationError, InvalidRecord

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
            identifier = record["id"]
            chosen = replace(options, language=record.get("lang") or options.language)
            result = classifier.classify(record["text"], options=chosen).as_json()
        except ClassificationError as error:
            yield {"id": identifier, "error": f"line {number}: {error}"}, False
        else:
            result["id"] = identifier
            yield result, True


def parse_record(line: str) -> dict[str, Any]:
    """Read `{"id", "text", "lang"?}`."""
    if len(line) > _LONGEST_LINE:
        raise InvalidRecord("the line is too long")
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        raise InvalidRecord("not JSON") from None
    if not isinstance(record, dict):
        raise InvalidRecord("not a JSON object")
    if not isinstance(record.get("id"), str | int):
        raise InvalidRecord("'id' must be a string or a number")
    if not isinstance(record.get("text"), str):
        raise InvalidRecord("'text' must be a string")
    if not isinstance(record.get("lang"), str | None):
        raise InvalidRecord("'lang' must be a string")
    return record
