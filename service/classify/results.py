"""What a classification says: labels with passages and terms, as the bulk interface and the API write them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from service.classify.concepts import Concept

Status = Literal["asserted", "suggested"]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A piece of the text that speaks for a label, and the words in it that do."""

    start: int
    end: int
    text: str
    terms: tuple[str, ...]
    from_lexicon: bool = True
    language: str = ""

    def as_json(self) -> dict[str, Any]:
        """The object of the interfaces."""
        return {"start": self.start, "end": self.end, "text": self.text, "terms": list(self.terms)}


@dataclass(frozen=True, slots=True)
class Label:
    """A concept that a text covers, how surely, and why."""

    concept: Concept
    score: float
    status: Status
    passages: tuple[Excerpt, ...]
    share: float = 0.0
    lift: float = 0.0
    count: int = 0
    """How many passages assert it by themselves; `passages` are the best."""

    def as_json(self) -> dict[str, Any]:
        """The object of the interfaces."""
        return {
            "concept": self.concept.iri,
            "scheme": self.concept.scheme,
            "notation": self.concept.notation,
            "level": self.concept.level,
            "score": self.score,
            "status": self.status,
            "passages": [passage.as_json() for passage in self.passages],
        }


@dataclass(frozen=True, slots=True)
class Classification:
    """The result for one text."""

    id: str
    labels: tuple[Label, ...]
    method: str
    languages: dict[str, int] = field(default_factory=dict)
    passages: int = 0
    text_digest: str = ""
    lexicon_digest: str = ""
    model_digest: str = ""

    def as_json(self) -> dict[str, Any]:
        """The object of the interfaces."""
        return {"id": self.id, "labels": [label.as_json() for label in self.labels], "method": self.method}

    def asserted(self, scheme: str, level: str | None = None) -> Sequence[Label]:
        """The labels of a scheme that are asserted."""
        return [
            label
            for label in self.labels
            if label.status == "asserted"
            and label.concept.scheme == scheme
            and (level is None or label.concept.level == level)
        ]
