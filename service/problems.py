"""Errors as problem details (RFC 9457): an error knows its status, and one handler renders them all."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any, TypeAlias

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from queries.catalogue import ParameterError
from service.operations import request_ids
from service.store import errors, expansion, outbound, query_errors
from service.store.errors import StoreError, UpdateSyntaxError
from service.store.query_errors import QuerySyntaxError
from service.store.remote import errors as remote

logger = logging.getLogger("strategraph")
MEDIA_TYPE = "application/problem+json"
# The status that servers log for a client that went away; nobody receives it.
CLIENT_CLOSED_REQUEST = 499
RETRY_AFTER = 5
METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")


STATUSES: dict[type[StoreError], int] = {
    query_errors.QueryRefused: 403,
    query_errors.QueryUnsupported: 422,
    query_errors.QueryTimeout: 503,
    query_errors.QueryMemory: 507,
    query_errors.QueryRows: 413,
    query_errors.ReaderCrashed: 503,
    query_errors.QueueFull: 429,
    errors.UnknownGeneration: 404,
    errors.UpdateFailed: 409,
    errors.LoadRefused: 403,
    errors.ServiceRefused: 403,
    errors.UpdateTimeout: 503,
    errors.UpdateMemory: 507,
    errors.UpdateTooLarge: 413,
    expansion.TooLarge: 413,
    errors.UpdateError: 400,
    errors.StoreBusy: 503,
    errors.StoreReadOnly: 503,
    errors.WriterStopped: 503,
    errors.StoreFull: 507,
    errors.StoreFaulty: 503,
    errors.StoreDamaged: 503,
    remote.EngineUnreachable: 503,
    remote.EngineTimeout: 503,
    remote.EngineIncomplete: 413,
    remote.EngineUnable: 501,
    remote.RemoteError: 502,
    outbound.OutboundRefused: 403,
    outbound.OutboundFailed: 502,
}
SOON = {429, 503}


class Problem(Exception):
    """Ends a request with a status, a sentence, and members that programs can read."""

    def __init__(
        self, status: int, detail: str, *, headers: Mapping[str, str] | None = None, **members: object
    ) -> None:
        """Say the status, the sentence, and anything else that helps."""
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})
        self.members = members


class ProblemDetails(BaseModel):
    """An error as a client sees it."""

    type: str = Field("about:blank", description="An IRI of the kind of problem.")
    title: str = Field(description="The status in words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What went wrong here, for a person.")
    line: int | None = Field(None, description="Where a syntax error is, from 1.")
    column: int | None = Field(None, description="Where a syntax error is, from 1.")
    request_id: str | None = Field(None, description="The identifier of the request, as the operator's log has it.")


class ProblemResponse(JSONResponse):
    """A rendered problem."""

    media_type = MEDIA_TYPE


Responses: TypeAlias = dict[int | str, dict[str, Any]]


def responses(*statuses: int) -> Responses:
    """Describe these statuses for OpenAPI."""
    schema = {"$ref": "#/components/schemas/ProblemDetails"}
    return {s: {"description": HTTPStatus(s).phrase, "content": {MEDIA_TYPE: {"schema": schema}}} for s in statuses}


def syntax_problem(message: str, line: int | None, column: int | None) -> Problem:
    """Make a 400 that names line and column where they are known."""
    return Problem(400, message) if line is None else Problem(400, message, line=line, column=column)


def from_store_error(error: StoreError) -> Problem:
    """Translate what the store says into HTTP."""
    if isinstance(error, QuerySyntaxError | UpdateSyntaxError):
        return syntax_problem(str(error), error.line, error.column)
    status = next((status for kind, status in STATUSES.items() if isinstance(error, kind)), 500)
    headers = {"Cache-Control": "no-store"}
    if status in SOON:
        headers["Retry-After"] = str(getattr(error, "retry_after", RETRY_AFTER))
    return Problem(status, str(error), headers=headers)


def phrase(status: int) -> str:
    """Say a status in words."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Request failed"


def render(problem: Problem) -> Response:
    """Write a problem as JSON."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": phrase(problem.status),
        "status": problem.status,
        "detail": problem.detail,
        **problem.members,
    }
    headers = dict(problem.headers)
    if identifier := request_ids.current():
        body["request_id"] = identifier
        headers[request_ids.HEADER] = identifier
    return ProblemResponse(body, problem.status, headers=headers)


Translate: TypeAlias = Callable[[Request, Any], Problem]


def _from_framework(request: Request, error: HTTPException) -> Problem:
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(allowed_methods(request))
        return Problem(405, f"{request.method} is not possible here. Use: {headers['Allow']}.", headers=headers)
    return Problem(error.status_code, str(error.detail), headers=headers)


def allowed_methods(request: Request) -> list[str]:
    """List the methods that an address has: the framework names only those of the first route it finds."""
    allowed = []
    for method in METHODS:
        scope = {**request.scope, "method": method}
        if any(route.matches(scope)[0] is Match.FULL for route in request.app.routes):
            allowed.append(method)
    return allowed


def _from_validation(request: Request, error: RequestValidationError) -> Problem:
    del request
    found = [{"where": ".".join(map(str, e["loc"])), "message": e["msg"]} for e in error.errors()]
    detail = "; ".join(f"{e['where']}: {e['message']}" for e in found)
    return Problem(422, detail, errors=found)


def _from_anything(request: Request, error: Exception) -> Problem:
    del request, error  # Its text may tell more about the inside than a stranger should know; the log has it.
    return Problem(500, "Something went wrong here. It has been logged.")


def install(app: FastAPI) -> None:
    """Render every error of the app as a problem."""
    translations: list[tuple[type[Exception], Translate]] = [
        (Problem, lambda _, error: error),
        (StoreError, lambda _, error: from_store_error(error)),
        (HTTPException, _from_framework),
        (RequestValidationError, _from_validation),
        (ParameterError, lambda _, error: Problem(400, str(error))),
        (ClientDisconnect, lambda _, __: Problem(CLIENT_CLOSED_REQUEST, "The client closed the connection.")),
        (Exception, _from_anything),
    ]
    for kind, translate in translations:
        app.add_exception_handler(kind, _handler(translate))
    app.add_middleware(Faults)


class Faults:
    """The innermost ASGI middleware: a fault of ours becomes a problem like any other, with all headers around it."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an app."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; what has begun can only be cut, which is the server's to do."""
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:
            if begun or scope["type"] != "http":
                raise
            logger.exception("unexpected error")
            response = await _handler(_from_anything)(Request(scope, receive), error)
            await response(scope, receive, send)


def _handler(translate: Translate) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handle(request: Request, error: Exception) -> Response:
        problem = translate(request, error)
        # A service with a site has a page for people; it declines what a program asked.
        page = getattr(request.app.state, "problem_page", None)
        return (page(request, problem) if page is not None else None) or render(problem)

    return handle
