"""Every write over HTTP passes here: who may, what the shapes say to it, and one answer for all."""

import asyncio
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from service.instance import Instance, ValidationReport
from service.problems import Problem
from service.settings import Settings
from service.store.changes import Change
from service.store.draft import Draft

CHALLENGE = 'Bearer realm="Strategraph"'
LANGUAGES = ("en", "pl", "cs", "sk", "hu")
AGENT = "HTTP"


@dataclass(frozen=True)
class Write:
    """What a write did to a draft, and what its client should be told; no change at all when it is unknown."""

    change: Change | None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Judged:
    """A write that is published."""

    write: Write
    report: ValidationReport | None
    generation: int
    language: str


Job: TypeAlias = Callable[[Draft], Write]


def authorise(settings: Settings, request: Request) -> None:
    """Let only the bearer of the write token through."""
    if settings.read_only:
        raise Problem(403, "This service is read-only.")
    if settings.write_token is None:
        raise Problem(403, "Writing over HTTP is switched off: the operator has not set STRATEGRAPH_WRITE_TOKEN.")
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if not scheme:
        raise Problem(401, "Writing needs `Authorization: Bearer <token>`.", headers={"WWW-Authenticate": CHALLENGE})
    # Compared in constant time, so that the time of the answer does not give the token away letter by letter.
    same = hmac.compare_digest(token.strip().encode(), settings.write_token.encode())
    if scheme.lower() != "bearer" or not same:
        challenge = f'{CHALLENGE}, error="invalid_token"'
        raise Problem(401, "The token is not valid.", headers={"WWW-Authenticate": challenge})


async def submit(instance: Instance, request: Request, message: str, job: Job) -> Judged:
    """Have a job done in the next generation, unless the shapes forbid it."""
    language = language_of(request)

    def judged(draft: Draft) -> tuple[Write, ValidationReport | None]:
        write = job(draft)
        return write, judge(instance, draft, write.change, language)

    done = await asyncio.wrap_future(instance.writer.submit(judged, AGENT, message))
    write, report = done.value
    return Judged(write, report, done.generation.number, language)


def met(draft: Draft) -> int | None:
    """The generation whose state a write meets; None when another write of the same generation came before it."""
    return draft.base.number if draft.revision == 0 else None


def judge(instance: Instance, draft: Draft, change: Change | None, language: str) -> ValidationReport | None:
    """Validate a change; raises 422 where violations are not allowed."""
    mode = instance.settings.validation
    if instance.validate is None or mode == "off" or change is None:
        return None
    report = instance.validate(draft, change)
    if report is not None and mode == "enforce" and not report.accepted:
        detail = "The data would break the shapes; nothing was written."
        raise Problem(422, detail, report=report.as_json(language))
    return report


def written(judged: Judged, headers: Mapping[str, str] | None = None) -> Response:
    """Tell what a write did."""
    change = judged.write.change
    body: dict[str, Any] = {
        "generation": judged.generation,
        "added": None if change is None else len(change.added),
        "removed": None if change is None else len(change.removed),
    }
    extra = {"Strategraph-Generation": str(judged.generation), "Cache-Control": "no-store", **judged.write.headers}
    if judged.report is not None:
        body["validation"] = judged.report.as_json(judged.language)
        extra["Strategraph-Validation"] = "conforms" if judged.report.accepted else "violations"
    return JSONResponse(body, judged.write.status, headers={**extra, **(headers or {})})


def language_of(request: Request) -> str:
    """The first of our languages that the client names."""
    for entry in request.headers.get("accept-language", "").lower().split(","):
        language = entry.split(";")[0].strip().split("-")[0]
        if language in LANGUAGES:
            return language
    return "en"
