"""The weights of the models, and how they are read and written: text, compressed, the same bytes each time."""

from __future__ import annotations

import bz2
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from service.classify.errors import ModelError

FORMAT: Final = 3
METHOD: Final = "strategraph-tier-a/3"
SCALE: Final = 1000.0
FILE: Final = "labels.json.bz2"
# A weight this small changes no decision; without them the file is a fraction and a passage takes half the time.
SMALLEST: Final = 0.05

Word = tuple[float, tuple[tuple[int, float], ...]]


@dataclass(frozen=True)
class WordModel:
    """Of one language: for each word, pair and beginning its rarity and what it says of labels, by their places."""

    words: dict[str, Word]
    constant: tuple[float, ...]


@dataclass(frozen=True)
class Weights:
    """All that training learned."""

    words: Mapping[str, WordModel]
    # Of a language with texts that have one goal each: what puts the goals of a short text into order.
    ranking: Mapping[str, WordModel]
    # For each scheme the weights of the two steps from margins and evidence to a probability; the last is the constant.
    first: Mapping[str, tuple[float, ...]]
    second: Mapping[str, tuple[float, ...]]
    thresholds: tuple[float, ...]
    background: Mapping[str, float]
    lexicons: Mapping[str, str]
    digest: str = field(default="", compare=False)


def dump_weights(weights: Weights) -> bytes:
    """Write weights: sorted keys, thousandths as whole numbers, bzip2 (whose output does not depend on its version)."""
    document = {
        "format": FORMAT,
        "method": METHOD,
        "words": {language: _word_document(model) for language, model in weights.words.items()},
        "ranking": {language: _word_document(model) for language, model in weights.ranking.items()},
        "first": {column: list(values) for column, values in weights.first.items()},
        "second": {column: list(values) for column, values in weights.second.items()},
        "thresholds": list(weights.thresholds),
        "background": dict(weights.background),
        "lexicons": dict(weights.lexicons),
    }
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return bz2.compress(text.encode("ascii"), 9)


def _word_document(model: WordModel) -> dict[str, Any]:
    features = {}
    for word, (rarity, said) in model.words.items():
        whole = [(label, round(weight * SCALE)) for label, weight in said]
        features[word] = [round(rarity * 100), *(part for pair in whole for part in pair)]
    return {"features": features, "constant": [round(value * SCALE) for value in model.constant]}


def parse_weights(data: bytes) -> Weights:
    """Read weights; those of another format or method are refused."""
    try:
        document = json.loads(bz2.decompress(data))
    except (OSError, ValueError) as error:
        raise ModelError(f"the weights cannot be read: {error}") from error
    if document.get("format") != FORMAT or document.get("method") != METHOD:
        raise ModelError("the weights belong to another version; retrain with python -m service.classify.train")
    return Weights(
        words={language: _word_model(part) for language, part in document["words"].items()},
        ranking={language: _word_model(part) for language, part in document["ranking"].items()},
        first={column: tuple(values) for column, values in document["first"].items()},
        second={column: tuple(values) for column, values in document["second"].items()},
        thresholds=tuple(document["thresholds"]),
        background=document["background"],
        lexicons=document["lexicons"],
        digest=hashlib.sha256(data).hexdigest(),
    )


def _word_model(document: dict[str, Any]) -> WordModel:
    words: dict[str, Word] = {}
    for word, (rarity, *said) in document["features"].items():
        pairs = zip(said[::2], said[1::2], strict=True)
        words[word] = (rarity / 100, tuple((label, weight / SCALE) for label, weight in pairs))
    return WordModel(words, tuple(value / SCALE for value in document["constant"]))


@lru_cache(maxsize=1)
def load_weights() -> Weights:
    """The shipped weights."""
    path = files("service.classify") / "model" / FILE
    if not path.is_file():
        raise ModelError("the weights are missing; make them with python -m service.classify.train")
    return parse_weights(path.read_bytes())
