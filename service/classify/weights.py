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

FORMAT: Final = 1
METHOD: Final = "strategraph-tier-a/2"
SCALE: Final = 1000.0
FILE: Final = "goals.json.bz2"


@dataclass(frozen=True)
class WordModel:
    """Words and pairs of one language: rarity, and what each says about the 17 goals."""

    rarity: dict[str, float]
    goals: dict[str, tuple[float, ...]]
    constant: tuple[float, ...]


@dataclass(frozen=True)
class Weights:
    """All that training learned."""

    concept: tuple[tuple[float, ...], ...]
    words: Mapping[str, WordModel]
    # From the two margins to a probability: 1 / (1 + exp(-(slope * (w * words + c * concepts) + offset)))
    calibration: Mapping[str, Mapping[str, float]]
    thresholds: Mapping[str, tuple[float, ...]]
    background: Mapping[str, float]
    lexicons: Mapping[str, str]
    digest: str = field(default="", compare=False)


def dump_weights(weights: Weights) -> bytes:
    """Write weights: sorted keys, thousandths as whole numbers, bzip2 (whose output does not depend on its version)."""
    document = {
        "format": FORMAT,
        "method": METHOD,
        "concept": [_whole(row) for row in weights.concept],
        "words": {language: _word_document(model) for language, model in weights.words.items()},
        "calibration": {name: dict(values) for name, values in weights.calibration.items()},
        "thresholds": {name: list(values) for name, values in weights.thresholds.items()},
        "background": dict(weights.background),
        "lexicons": dict(weights.lexicons),
    }
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return bz2.compress(text.encode("ascii"), 9)


def _whole(row: tuple[float, ...]) -> list[int]:
    return [round(value * SCALE) for value in row]


def _word_document(model: WordModel) -> dict[str, Any]:
    features = {}
    for word in sorted(model.rarity):
        said = _whole(model.goals.get(word, ()))
        features[word] = [
            round(model.rarity[word] * 100),
            *(part for goal, v in enumerate(said) if v for part in (goal, v)),
        ]
    return {"features": features, "constant": _whole(model.constant)}


def parse_weights(data: bytes) -> Weights:
    """Read weights; those of another format or method are refused."""
    try:
        document = json.loads(bz2.decompress(data))
    except (OSError, ValueError) as error:
        raise ModelError(f"the weights cannot be read: {error}") from error
    if document.get("format") != FORMAT or document.get("method") != METHOD:
        raise ModelError("the weights belong to another version; retrain with python -m service.classify.train")
    return Weights(
        concept=tuple(_real(row) for row in document["concept"]),
        words={language: _word_model(part) for language, part in document["words"].items()},
        calibration=document["calibration"],
        thresholds={name: tuple(values) for name, values in document["thresholds"].items()},
        background=document["background"],
        lexicons=document["lexicons"],
        digest=hashlib.sha256(data).hexdigest(),
    )


def _real(row: list[int]) -> tuple[float, ...]:
    return tuple(value / SCALE for value in row)


def _word_model(document: dict[str, Any]) -> WordModel:
    rarity: dict[str, float] = {}
    goals: dict[str, tuple[float, ...]] = {}
    for word, (rare, *said) in document["features"].items():
        rarity[word] = rare / 100
        row = [0.0] * len(document["constant"])
        for goal, value in zip(said[::2], said[1::2], strict=True):
            row[goal] = value / SCALE
        goals[word] = tuple(row)
    return WordModel(rarity, goals, _real(document["constant"]))


@lru_cache(maxsize=1)
def load_weights() -> Weights:
    """The shipped weights."""
    path = files("service.classify") / "model" / FILE
    if not path.is_file():
        raise ModelError("the weights are missing; make them with python -m service.classify.train")
    return parse_weights(path.read_bytes())
