"""How much strategies usually speak of each concept: what every strategy mentions is not the topic of one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from service.classify.aggregate import shares
from service.classify.passages import split
from service.classify.prose import quality, signature
from service.classify.scoring import score_passage
from service.classify.weights import Weights


def measure_background(folder: Path, weights: Weights) -> dict[str, float]:
    """The mean share of each concept over the strategies of a folder; only these numbers are shipped."""
    total: dict[str, float] = {}
    documents = sorted(path for path in folder.glob("*.md"))
    for path in documents:
        text = path.read_text(encoding="utf-8")
        pieces = {signature(text[piece.start : piece.end]): piece for piece in reversed(split(text))}
        plain = replace(weights, background={})
        scored = [score_passage(text, piece.start, piece.end, "en", plain) for piece in pieces.values()]
        qualities = [quality(text[scores.start : scores.end]) for scores in scored]
        for code, share in shares(scored, qualities).items():
            total[code] = total.get(code, 0.0) + share
    return {code: round(value / len(documents), 5) for code, value in sorted(total.items())}
