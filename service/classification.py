"""`/api/classify`: what a text covers; the text is forgotten with the answer, or soon after a job."""

from __future__ import annotations

import asyncio
import json
import unicodedata
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from pyoxigraph import NamedNode
from starlette.responses import JSONResponse, Response, StreamingResponse

from service.api_models import (
    NDJSON,
    ClassificationOut,
    JobBegunOut,
    JobSeenOut,
    language_parameter,
    text_body,
)
from service.classification_input import Sent, read_sent
from service.classify.compliance import compare, concepts_of
from service.classify.errors import ClassificationError
from service.classify.jobs import FORGOTTEN, Entry, Jobs
from service.classify.rdf import to_turtle
from service.classify.report import Words, labels_csv, render_report
from service.classify.results import Classification
from service.classify.workers import Classified
from service.problems import Problem, Responses, phrase, responses

_NO_STORE = {"Cache-Control": "no-store"}
JOBS = "/api/classify/jobs"
_DESCRIPTION = (
    "Send a file as multipart/form-data (`file`, or `text` or `address`, and `lang` if known), JSON `{text, lang?}` or "
    "`{address, lang?}` with an address on the allow-list, or the document itself with its media type and charset; "
    "`lang` may stand in the address, too. With `wait=false` the answer is 202 and the address of a job. With "
    "`Accept: application/x-ndjson` it is a line of progress now and then, and the result last."
)
# What a text may be refused for, at once or when its job has failed.
REFUSED = (403, 413, 415, 422, 429, 502, 503, 507)
_LINES = 'Lines `{"progress": {...}}`, then one of `{"result": {...}}` and `{"error": {...}}`.'
_ANSWERS: Responses = {
    200: {"model": ClassificationOut, "content": {NDJSON: {"schema": {"type": "string", "description": _LINES}}}},
    202: {
        "model": JobBegunOut,
        "description": "A job has begun",
        "headers": {"Location": {"description": "Where it is looked at.", "schema": {"type": "string"}}},
    },
}


def classification_router(jobs: Jobs, speak: Callable[[Request], Words]) -> APIRouter:
    """Build the routes; `speak` tells the language of whoever asks."""
    router = APIRouter(tags=["classification"])
    most = jobs.workers.limits.read.bytes

    @router.post(
        "/api/classify",
        summary="Which SDGs, SMART Concept measures and Green Deal areas a text covers",
        description=_DESCRIPTION,
        responses={**_ANSWERS, **responses(400, *REFUSED)},
        openapi_extra={"requestBody": text_body()},
    )
    async def classify(
        request: Request,
        wait: Annotated[bool, Query(description="Whether to wait for the result; else a job begins.")] = True,
        lang: Annotated[str, Query(description="The language of the text where its body names none.")] = "",
    ) -> Response:
        sent = await read_sent(request, most, lang)
        if not wait:
            return _begun(start(jobs, sent))
        if NDJSON in request.headers.get("accept", ""):
            return StreamingResponse(_stream(jobs, sent), media_type=NDJSON, headers=_NO_STORE)
        try:
            result = await jobs.workers.run(await sent.ready(jobs.allow(), most))
        except ClassificationError as error:
            raise as_problem(error) from error
        return JSONResponse(result, headers=_NO_STORE)

    _job_routes(router, jobs)
    _result_route(router, jobs, speak)
    return router


def _job_routes(router: APIRouter, jobs: Jobs) -> None:
    """Looking at a job that has begun, and forgetting it."""

    @router.get(
        JOBS + "/{identifier}",
        summary="How far a classification is; with the result when it is done",
        responses={200: {"model": JobSeenOut}, **responses(404, 429)},
    )
    async def job(identifier: str) -> Response:
        entry = found(jobs, identifier)
        body = entry.as_json()
        if entry.outcome is not None:
            body["result"] = entry.outcome.result.as_json()
        if entry.error is not None:
            body["error"] = _error(entry.error)
        return JSONResponse(body, headers=_NO_STORE)

    @router.delete(
        JOBS + "/{identifier}",
        status_code=204,
        summary="Forget a classification and its text",
        responses=responses(404),
    )
    async def forget(identifier: str) -> Response:
        found(jobs, identifier)
        jobs.forget(identifier)
        return Response(status_code=204)


def _result_route(router: APIRouter, jobs: Jobs, speak: Callable[[Request], Words]) -> None:
    """The result of a job, in all its forms."""

    @router.get(
        JOBS + "/{identifier}/result",
        summary="The result of a classification as JSON, Turtle, a page or a table",
        description="A job that is not done is answered 409 with `Retry-After`, one that failed with its error.",
        responses={200: {"model": ClassificationOut, "content": _CONTENT}, **responses(400, 404, 409, *REFUSED)},
        openapi_extra={"parameters": [language_parameter("Of the page; else that of Accept-Language.")]},
    )
    async def result(
        request: Request,
        identifier: str,
        format: Annotated[str, Query(json_schema_extra={"enum": list(_FORMS)})] = "json",
        subject: Annotated[
            str, Query(description="IRI of the strategy that the Turtle is about; else the text's.")
        ] = "",
    ) -> Response:
        entry = found(jobs, identifier)
        return download(outcome_of(entry).result, format, subject, entry.name, speak(request))


def start(jobs: Jobs, sent: Sent) -> Entry:
    """Begin a job; raises Problem when there are too many."""
    most = jobs.workers.limits.read.bytes
    size = len(sent.job.data or sent.job.text or "")
    try:
        return jobs.start(sent.name, lambda: sent.ready(jobs.allow(), most), size)
    except ClassificationError as error:
        raise as_problem(error) from error


def found(jobs: Jobs, identifier: str) -> Entry:
    """A job; 404 for one that is unknown or forgotten."""
    entry = jobs.get(identifier)
    if entry is None:
        raise Problem(404, FORGOTTEN, headers=_NO_STORE)
    return entry


def outcome_of(entry: Entry) -> Classified:
    """What came of a job; raises Problem: what it failed of, or 409 while it is not done."""
    if entry.error is not None:
        raise as_problem(entry.error)
    if entry.outcome is None:
        raise Problem(409, "The classification is not done yet.", headers={"Retry-After": "1"} | _NO_STORE)
    return entry.outcome


def as_problem(error: ClassificationError) -> Problem:
    """What cannot be classified, as HTTP says it."""
    headers = {"Retry-After": "5"} if error.status in {429, 503} else {}
    return Problem(error.status, str(error), headers=_NO_STORE | headers)


def download(result: Classification, form: str, subject: str, name: str, words: Words) -> Response:
    """A result in one of its forms."""
    written = _FORMS.get(form)
    if written is None:
        raise Problem(400, f"format: {form!r} is none of {', '.join(_FORMS)}")
    media_type, write = written
    try:
        about = NamedNode(subject or f"urn:sha256:{result.text_digest}").value
    except ValueError:
        raise Problem(400, f"subject: {subject!r} is not an IRI") from None
    body = write(result, about, words)
    headers = {"Content-Disposition": _attachment(name, form)} if form != "json" else {}
    if form in ("html", "csv"):
        headers |= {"Content-Language": words.code, "Vary": "Accept-Language, Cookie"}
    return Response(body, media_type=media_type, headers=_NO_STORE | headers)


def _attachment(name: str, form: str) -> str:
    """What to call a download: as the document is called, and without accents for programs that know none."""
    full = "".join(c if c.isalnum() else "-" for c in unicodedata.normalize("NFC", name.rsplit(".", 1)[0])).strip("-")
    bare = (c for c in unicodedata.normalize("NFKD", full) if not unicodedata.combining(c))
    plain = "".join(c if c.isascii() else "-" for c in bare).strip("-") or "text"
    written = f'attachment; filename="{plain}.{form}"'
    return written if full in ("", plain) else f"{written}; filename*=UTF-8''{quote(full)}.{form}"


def _page(result: Classification, subject: str, words: Words) -> str:
    del subject
    return render_report(result, compare(concepts_of(result)), words, title=result.id)


_FORMS: dict[str, tuple[str, Callable[[Classification, str, Words], str]]] = {
    "json": ("application/json", lambda result, *_: json.dumps(result.as_json(), ensure_ascii=False)),
    "ttl": ("text/turtle; charset=utf-8", lambda result, subject, _: to_turtle(result, subject, title=result.id)),
    "html": ("text/html; charset=utf-8", _page),
    "csv": ("text/csv; charset=utf-8", lambda result, _, words: labels_csv(result, words.code)),
}
_CONTENT: dict[str, Any] = {
    media_type.partition(";")[0]: {"schema": {"type": "string"}}
    for form, (media_type, _) in _FORMS.items()
    if form != "json"
}


def _begun(entry: Entry) -> Response:
    address = f"{JOBS}/{entry.id}"
    return JSONResponse(entry.as_json() | {"href": address}, 202, headers={"Location": address} | _NO_STORE)


def _error(error: ClassificationError) -> dict[str, Any]:
    return {"status": error.status, "title": phrase(error.status), "detail": str(error)}


async def _stream(jobs: Jobs, sent: Sent) -> AsyncIterator[str]:
    """Lines of progress, then the result or the problem: the status line has long been sent."""
    steps: asyncio.Queue[tuple[int, int] | None] = asyncio.Queue()

    async def run() -> dict[str, Any]:
        job = await sent.ready(jobs.allow(), jobs.workers.limits.read.bytes)
        return await jobs.workers.run(job, lambda done, total: steps.put_nowait((done, total)))

    task = asyncio.ensure_future(run())
    task.add_done_callback(lambda _: steps.put_nowait(None))
    try:
        while (step := await steps.get()) is not None:
            yield _line({"progress": {"done": step[0], "total": step[1]}})
        try:
            yield _line({"result": task.result()})
        except ClassificationError as error:
            yield _line({"error": _error(error)})
    finally:
        task.cancel()


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"
