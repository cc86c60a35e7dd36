"""Describes the JSON of classification, alignments and compliance for `/openapi.json`: what is sent and what comes."""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias

from pydantic import BaseModel, Field

from ontology.terms import LANGUAGES
from service.alignments.proposals import LONGEST_EVIDENCE
from service.classify.formats import MEDIA_TYPES
from service.protocol import FORM
from service.rdf_bodies import MULTIPART
from service.sparql import parameter

Status: TypeAlias = Literal["proposed", "confirmed", "rejected"]
NDJSON: Final = "application/x-ndjson"
# What is read as it is; text/plain is described apart.
DOCUMENTS: Final = (*(kind for kind in MEDIA_TYPES if kind != "text/plain"), "application/octet-stream")


class PassageOut(BaseModel):
    """A part of the text that speaks for a label."""

    start: int = Field(description="Where it begins, in characters of the text as read.")
    end: int = Field(description="Where it ends.")
    text: str
    terms: list[str] = Field(description="The words in it that show the concept.")


class LabelOut(BaseModel):
    """A concept that a text covers."""

    concept: str = Field(description="IRI of the concept.")
    scheme: Literal["sdg", "smart-concept", "green-deal"]
    notation: str = Field(description="Its code, for example 11.6 or MO1.2.")
    level: str = Field(description="goal, target, dimension, area or measure.")
    score: float = Field(description="How surely, from 0 to 1.", ge=0, le=1)
    status: Literal["asserted", "suggested"]
    passages: list[PassageOut]


class ClassificationOut(BaseModel):
    """What a text covers: asserted labels first, then suggestions by score."""

    id: str = Field(description="The name of the file; empty for a text.")
    labels: list[LabelOut]
    method: str = Field(description="The version of the method.")


class ProgressOut(BaseModel):
    """How many passages are done; both are 0 before the text is read."""

    done: int = Field(ge=0)
    total: int = Field(ge=0)


class FailureOut(BaseModel):
    """Why a text could not be classified."""

    status: int = Field(description="The HTTP status that `/result` answers with.")
    title: str
    detail: str


class JobOut(BaseModel):
    """A classification that is waited for elsewhere."""

    id: str
    name: str = Field(description="The name of the file; empty for a text.")
    status: Literal["waiting", "running", "done", "failed"]
    progress: ProgressOut
    expires: str = Field(description="When it is forgotten.", json_schema_extra={"format": "date-time"})


class JobBegunOut(JobOut):
    """A job that has just begun."""

    href: str = Field(description="Where it is looked at, the same as in `Location`.")


class JobSeenOut(JobOut):
    """A job with what came of it."""

    result: ClassificationOut | None = Field(None, description="When it is done.")
    error: FailureOut | None = Field(None, description="When it failed.")


class AlignmentOut(BaseModel):
    """A claim that a strategy covers a concept, and who decided on it last."""

    alignment: str = Field(description="IRI of the claim.")
    strategy: str = Field(description="IRI of the strategy.")
    concept: str = Field(description="IRI of the concept.")
    notation: str | None = Field(None, description="Its code.")
    status: Status
    evidence: str = Field(description="The words that show it.")
    language: str = Field(description="The language of the evidence; may be empty.")
    confidence: float = Field(ge=0, le=1)
    method: str = Field(description="IRI of how it was found.")
    agent: str = Field(description="IRI of who claims it.")
    created: str | None = Field(None, description="When it was claimed.")
    source: str = Field(description="IRI of the source.")
    decidedBy: str | None = Field(None, description="The name of who decided last, when somebody has.")
    decided: str | None = Field(None, description="When that was.")
    previous: Status | None = Field(None, description="The status before.")
    note: str | None = Field(None, description="Why.")


class AlignmentsOut(BaseModel):
    """The alignments that were asked for."""

    alignments: list[AlignmentOut]


class DecidedOut(BaseModel):
    """An alignment on which somebody has decided."""

    alignment: str = Field(description="IRI of the claim.")
    status: Status
    generation: int = Field(description="The version of the dataset that has it.")


class ProposedOut(DecidedOut):
    """An alignment that was proposed."""

    new: bool = Field(description="Whether the claim was not there before.")


class LevelOut(BaseModel):
    """How many concepts of one level are covered."""

    level: str
    covered: int = Field(ge=0)
    total: int = Field(ge=1)
    share: float = Field(ge=0, le=1)
    peers: dict[str, float] = Field(description="The mean share of each group of comparison.")


class CoverageOut(BaseModel):
    """A concept with parts, and which of them are covered."""

    concept: str = Field(description="IRI of the concept.")
    scheme: Literal["sdg", "smart-concept", "green-deal"]
    level: str
    notation: str
    label: str
    covered: list[str] = Field(description="Codes of its parts.")
    missing: list[str] = Field(description="Codes of its parts.")
    share: float = Field(ge=0, le=1)
    mentioned: bool = Field(description="Whether the concept itself or anything below it is covered.")
    peers: dict[str, float] = Field(description="The mean share of each group of comparison.")


class NearOut(BaseModel):
    """A strategy that covers much the same."""

    id: str = Field(description="IRI of the strategy.")
    title: str
    likeness: float = Field(description="Jaccard index of what both cover.", ge=0, le=1)
    covers_what_is_missing: list[str] = Field(description="Codes of the gaps that it fills.")


class ComplianceOut(BaseModel):
    """What a strategy or a text covers and misses, beside its peers."""

    id: str = Field(description="IRI of the strategy; empty for a text.")
    title: str
    language: str = Field(description="The language of title and labels.")
    compared_with: dict[str, int] = Field(description="How many strategies are in each group of comparison.")
    summary: list[LevelOut]
    coverage: list[CoverageOut]
    nearest: list[NearOut]


_TEXT: Final[dict[str, Any]] = {"type": "string"}
_LANGUAGE: Final[dict[str, Any]] = {"type": "string", "enum": list(LANGUAGES)}
_ADDRESS: Final = {"type": "string", "format": "uri", "description": "Of a document on a host of the allow-list."}
_FIELDS_OF_FORMS: Final[dict[str, Any]] = {
    "token": {"type": "string", "description": "Instead of the header `Authorization`."},
    "back": {"type": "string", "description": "A page of this site that is answered with 303 when all went well."},
}


def language_parameter(what: str) -> dict[str, Any]:
    """Describe `lang`."""
    return parameter("lang", what, **_LANGUAGE)


def text_body() -> dict[str, Any]:
    """Describe a text, document or address that is sent to be classified."""
    fields = {"text": _TEXT, "address": _ADDRESS, "lang": _LANGUAGE}
    one: list[dict[str, Any]] = [{"required": ["text"]}, {"required": ["address"]}]
    file = {"type": "string", "format": "binary", "description": "Comes before `text`, and that before `address`."}
    content: dict[str, Any] = {
        "application/json": _object(fields, oneOf=one),
        MULTIPART: _object({"file": file, **fields}),
        FORM: _object(fields),
        "text/plain": {"schema": _TEXT},
        **{media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in DOCUMENTS},
    }
    return {"required": True, "content": content}


def proposal_body() -> dict[str, Any]:
    """Describe a claim that is proposed."""
    fields = {
        "strategy": {"type": "string", "description": "IRI of the strategy, or its last part."},
        "concept": {"type": "string", "description": "IRI of the concept, or its code, for example SDG 11.6 or MO1.2."},
        "evidence": {"type": "string", "description": "The words that show it.", "maxLength": LONGEST_EVIDENCE},
        "language": {**_LANGUAGE, "default": "en"},
        "confidence": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.8},
        "source": {"type": "string", "description": "IRI of the source, or its last part; else that of the strategy."},
    }
    return {"required": True, "content": _json_or_form(fields, required=["strategy", "concept", "evidence"])}


def decision_body() -> dict[str, Any]:
    """Describe what may be said with a decision."""
    return {"required": False, "content": _json_or_form({"note": {"type": "string", "description": "Why."}})}


def _json_or_form(fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"application/json": _object(fields, **more), FORM: _object({**fields, **_FIELDS_OF_FORMS}, **more)}


def _object(fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"schema": {"type": "object", "properties": fields, **more}}
