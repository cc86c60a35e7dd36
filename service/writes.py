"""Every write over HTTP passes here: who may, what the shapes say to it, and one answer for all."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from service.access.authentication import CHALLENGE, authenticate
from service.access.principals import Forbidden, Principal, Role
from service.alignments.model import Agent
from service.alignments.rights import check_proposal
from service.instance import Instance, ValidationReport
from service.operations.records import WriteTimes, write_outcome
from service.problems import Problem, from_store_error
from service.store.changes import Change
from service.store.draft import Draft
from service.store.errors import StoreError

LANGUAGES = ("en", "pl", "cs", "sk", "hu")


@dataclass(frozen=True)
class Write:
    """What a write did to a draft, and what its client should be told; no change at all when it is unknown."""

    change: Change | None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    graph: str | None = None
    """The one graph that it touched, for changes too large to hold."""


@dataclass(frozen=True)
class Judged:
    """A write that is published."""

    write: Write
    report: ValidationReport | None
    generation: int
    language: str
    versioned: bool = True


Job: TypeAlias = Callable[[Draft], Write]
Permit: TypeAlias = Callable[[Principal, Write, Draft], None]


def by_what_changes(principal: Principal, write: Write, draft: Draft) -> None:
    """Permit what the principal may write to the graphs that change; raises Forbidden."""
    principal.check(write.change, write.graph)
    if principal.role == Role.proposer:
        check_proposal(write.change, draft, Agent.of(principal))


def authorise(instance: Instance, request: Request, role: Role = Role.proposer, token: str | None = None) -> Principal:
    """Let only those through who may write something; raises 401 or 403. `submit` looks at what they write."""
    if instance.settings.read_only:
        raise Problem(403, "This service is read-only.")
    if not instance.writable:
        detail = "Writing over HTTP is switched off: STRATEGRAPH_WRITE_TOKEN is not set, and there is no token for it."
        raise Problem(403, detail)
    principal = authenticate(instance, request, token)
    if principal is None:
        raise Problem(401, "Writing needs `Authorization: Bearer <token>`.", headers={"WWW-Authenticate": CHALLENGE})
    if principal.role < role:
        scope = f'{CHALLENGE}, error="insufficient_scope", scope="{role.name}"'
        detail = f"This needs a token with the role {role.name}; the one sent has the role {principal.role.name}."
        raise Problem(403, detail, headers={"WWW-Authenticate": scope})
    return principal


async def submit(
    instance: Instance,
    request: Request,
    principal: Principal,
    message: str,
    job: Job,
    permit: Permit = by_what_changes,
) -> Judged:
    """Have a job done in the next generation, unless its sender may not or the shapes forbid it."""
    language = language_of(request)
    times = WriteTimes()

    def judged(draft: Draft) -> tuple[Write, ValidationReport | None]:
        times.begin()
        write = job(draft)
        try:
            permit(principal, write, draft)
        except Forbidden as error:
            raise Problem(403, f"{error} Nothing was written.") from None
        times.applied()
        try:
            return write, judge(instance, draft, write.change, language)
        finally:
            times.validated()

    try:
        done = await asyncio.wrap_future(instance.writer.submit(judged, principal.agent, message))
    except (Problem, StoreError) as error:
        status = error.status if isinstance(error, Problem) else from_store_error(error).status
        instance.tell_write(times.end(write_outcome(status)))
        raise
    instance.tell_write(times.end("ok", done.generation.number))
    write, report = done.value
    return Judged(write, report, done.generation.number, language, done.generation.versioned)


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
        **({"generation": judged.generation} if judged.versioned else {}),
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
