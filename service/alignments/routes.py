"""`/api/alignments`: what is proposed, and confirming, rejecting and adding with a token."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from queries.catalogue import ParameterError, catalogue
from service.access.authentication import authenticate
from service.access.principals import Principal, Role
from service.alignments.decisions import decide
from service.alignments.model import DECISIONS, Agent, AlignmentError, entity_iri, status_code, status_iri, status_of
from service.alignments.proposals import parse_proposal, propose
from service.answers import read_body, read_json
from service.api_models import AlignmentsOut, DecidedOut, ProposedOut, decision_body, proposal_body
from service.instance import Instance, client_of
from service.openapi import NEEDS_TOKEN
from service.problems import Problem, Responses, responses
from service.protocol import FORM
from service.store.draft import Draft
from service.store.readers import Query
from service.writes import Judged, Write, authorise, submit

QUERY = "alignments-and-their-decisions"
_MEBIBYTES = 1
_APART = ("token", "back")
_LED_BACK: Responses = {303: {"description": "A form with `back` is led there"}}
_REFUSED = (400, 401, 403, 404, 409, 413, 415, 422, 429, 503, 507)


def alignments_router(instance: Instance) -> APIRouter:
    """Build the routes."""
    router = APIRouter(tags=["alignments"], prefix="/api/alignments")

    @router.get(
        "",
        summary="Alignments of strategies with their status, and who decided on them",
        description="`strategy` is an IRI or its last part, `status` is proposed, confirmed or rejected.",
        responses={200: {"model": AlignmentsOut}, **responses(400, 401, 404, 413, 429, 503, 507)},
    )
    async def listing(request: Request, strategy: str = "", status: str = "") -> Response:
        principal = authenticate(instance, request)
        rows = await rows_of(instance, request, strategy, status, trusted=principal is not None)
        return JSONResponse({"alignments": rows}, headers={"Cache-Control": "no-cache"})

    @router.post(
        "",
        status_code=201,
        summary="Propose an alignment: needs a token of the role proposer",
        description=(
            "JSON or a form: `strategy`, `concept` (IRI or code), `evidence` and, if known, `language`, `confidence`, "
            "`source`. The same claim with the same words again changes nothing and is answered with the status it has."
        ),
        responses={
            200: {"model": ProposedOut, "description": "It was there already"},
            201: {"model": ProposedOut, "headers": {"Location": {"schema": {"type": "string"}}}},
            **_LED_BACK,
            **responses(*_REFUSED),
        },
        openapi_extra={**NEEDS_TOKEN, "requestBody": proposal_body()},
    )
    async def add(request: Request) -> Response:
        return await _propose(instance, request)

    @router.post(
        "/{identifier}/confirm",
        summary="Confirm an alignment: needs a token of the role writer",
        description="A body is optional: JSON or a form with `note`. The address is the last part of the alignment's.",
        responses={200: {"model": DecidedOut}, **_LED_BACK, **responses(*_REFUSED)},
        openapi_extra={**NEEDS_TOKEN, "requestBody": decision_body()},
    )
    async def confirm(request: Request, identifier: str) -> Response:
        return await _decide(instance, request, identifier, "confirmed")

    @router.post(
        "/{identifier}/reject",
        summary="Reject an alignment: needs a token of the role writer",
        description="A body is optional: JSON or a form with `note`, why it was rejected.",
        responses={200: {"model": DecidedOut}, **_LED_BACK, **responses(*_REFUSED)},
        openapi_extra={**NEEDS_TOKEN, "requestBody": decision_body()},
    )
    async def reject(request: Request, identifier: str) -> Response:
        return await _decide(instance, request, identifier, "rejected")

    return router


async def rows_of(
    instance: Instance, request: Request, strategy: str, status: str, *, trusted: bool = False
) -> list[dict[str, Any]]:
    """The alignments as plain objects."""
    query = catalogue()[QUERY]
    try:
        about = entity_iri(strategy, "strategy").value if strategy else ""
        bound = query.bind({"strategy": about, "status": status_iri(status).value if status else ""})
    except (AlignmentError, ParameterError) as error:
        raise Problem(getattr(error, "status", 400), str(error)) from None
    asked = Query(query.text, substitutions=bound)
    rows = await instance.pool.solutions(asked, instance.limits(trusted=trusted), client=client_of(request))
    return [plain(row) for row in rows]


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the query as an object: statuses by their short names, numbers as numbers."""
    found: dict[str, Any] = {key: term["value"] for key, term in row.items()}
    for key in ("status", "previous"):
        if key in found:
            found[key] = status_code(found[key])
    found["confidence"] = float(found["confidence"])
    return found


async def _propose(instance: Instance, request: Request) -> Response:
    fields = await _fields(request)
    principal = authorise(instance, request, Role.proposer, fields.get("token"))
    back = fields.get("back")
    try:
        proposal = parse_proposal({key: value for key, value in fields.items() if key not in _APART})
    except AlignmentError as error:
        raise Problem(error.status, str(error)) from None
    made: dict[str, Any] = {}

    def job(draft: Draft) -> Write:
        node, change = propose(draft, proposal, Agent.of(principal))
        made.update(alignment=node.value, status=status_of(draft.store, node))
        return Write(change, 201 if change else 200, {"Location": node.value})

    message = f"propose an alignment of <{proposal.strategy.value}> with <{proposal.concept.value}>"
    judged = await submit(instance, request, principal, message, _told(job))
    return _answer(judged, {**made, "new": judged.write.status == 201}, back)


async def _decide(instance: Instance, request: Request, identifier: str, code: str) -> Response:
    fields = await _fields(request)
    principal = authorise(instance, request, Role.writer, fields.get("token"))
    note = fields.get("note", "")
    if not isinstance(note, str) or (unknown := set(fields) - {"note", *_APART}):
        raise Problem(400, "the only field is 'note', a text" if not isinstance(note, str) else f"unknown: {unknown}")
    try:
        alignment = entity_iri(identifier, "alignment")
    except AlignmentError as error:
        raise Problem(error.status, str(error)) from None

    def job(draft: Draft) -> Write:
        return Write(decide(draft, alignment, code, Agent.of(principal), note))

    judged = await submit(instance, request, principal, f"{code} <{alignment.value}>", _told(job), _may_decide)
    return _answer(judged, {"alignment": alignment.value, "status": code}, fields.get("back"))


def _may_decide(principal: Principal, write: Write, draft: Draft) -> None:
    """Deciding is writing to the graph of decisions, whatever graph loses the old status."""
    del write, draft
    principal.check(None, DECISIONS.value)


def _told(job: Callable[[Draft], Write]) -> Callable[[Draft], Write]:
    """The job, with what it refuses as a problem."""

    def telling(draft: Draft) -> Write:
        try:
            return job(draft)
        except AlignmentError as error:
            raise Problem(error.status, str(error)) from None

    return telling


def _answer(judged: Judged, body: dict[str, Any], back: str | None) -> Response:
    """JSON; a form is led back to its page, which must be one of ours."""
    headers = {"Strategraph-Generation": str(judged.generation), "Cache-Control": "no-store"}
    if back is not None and back.startswith("/") and not back.startswith(("//", "/\\")):
        return RedirectResponse(back, 303, headers=headers)
    return JSONResponse(
        body | {"generation": judged.generation}, judged.write.status, headers=headers | dict(judged.write.headers)
    )


async def _fields(request: Request) -> dict[str, Any]:
    """The fields of a JSON object or a form; none without a body."""
    body = await read_body(request, _MEBIBYTES)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not body.strip():
        return {}
    if kind == FORM:
        return {key: value for key, value in parse_qsl(body.decode("utf-8", "replace")) if value}
    if kind != "application/json":
        raise Problem(415, f"send application/json or a form ({FORM})")
    found = read_json(body)
    if not isinstance(found, dict):
        raise Problem(400, "the body must be a JSON object")
    return {key: value for key, value in found.items() if key not in _APART}
