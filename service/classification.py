"""`POST /api/classify`: what a text covers; the text is forgotten with the answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import UploadFile
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Message

from service.answers import refuse_compressed
from service.classify.errors import ClassificationError
from service.classify.workers import Job, Workers
from service.problems import Problem, phrase, responses

_NDJSON = "application/x-ndjson"
_ENVELOPE = 64 * 1024  # Multipart boundaries and JSON quoting come on top of the document itself.
_DESCRIPTION = (
    "Send a file as multipart/form-data (`file`, and `lang` if known), JSON `{text, lang?}`, or text/plain. "
    "With `Accept: application/x-ndjson` the answer is a line of progress now and then, and the result last."
)


def classification_router(workers: Workers) -> APIRouter:
    """Build the routes on a pool of workers."""
    router = APIRouter(tags=["classification"])

    @router.post(
        "/api/classify",
        summary="Which SDGs, SMART Concept measures and Green Deal areas a text covers",
        description=_DESCRIPTION,
        responses=responses(400, 413, 415, 422, 429, 503, 507),
    )
    async def classify(request: Request) -> Response:
        job = await _job(request, workers.limits.read.bytes)
        if _NDJSON in request.headers.get("accept", ""):
            return StreamingResponse(_stream(job, workers), media_type=_NDJSON, headers={"Cache-Control": "no-store"})
        try:
            result = await workers.run(job)
        except ClassificationError as error:
            raise _problem(error) from error
        return JSONResponse(result, headers={"Cache-Control": "no-store"})

    return router


def _problem(error: ClassificationError) -> Problem:
    headers = {"Retry-After": "5"} if error.status in {429, 503} else {}
    return Problem(error.status, str(error), headers={"Cache-Control": "no-store", **headers})


async def _stream(job: Job, workers: Workers) -> AsyncIterator[str]:
    """Lines of progress, then the result or the problem: the status line has long been sent."""
    steps: asyncio.Queue[tuple[int, int] | None] = asyncio.Queue()
    task = asyncio.ensure_future(workers.run(job, lambda done, total: steps.put_nowait((done, total))))
    task.add_done_callback(lambda _: steps.put_nowait(None))
    try:
        while (step := await steps.get()) is not None:
            yield _line({"progress": {"done": step[0], "total": step[1]}})
        try:
            yield _line({"result": task.result()})
        except ClassificationError as error:
            yield _line({"error": {"status": error.status, "title": phrase(error.status), "detail": str(error)}})
    finally:
        task.cancel()


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"


async def _job(request: Request, most: int) -> Job:
    body = await _body(request, most + _ENVELOPE)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        return _from_json(body)
    if kind == "multipart/form-data":
        return await _from_form(request, body)
    language = request.query_params.get("lang")
    if kind == "text/plain":
        return Job(text=body.decode("utf-8", "replace"), language=language)
    if kind in {"text/markdown", "text/html", "application/pdf", "application/octet-stream"} or kind.startswith(
        ("application/vnd.openxmlformats", "application/vnd.oasis")
    ):
        return Job(data=body, language=language)
    raise Problem(415, "send multipart/form-data with a file, application/json with a text, or text/plain")


async def _body(request: Request, most: int) -> bytes:
    """Read the body, but never more than is allowed, whatever its header says."""
    refuse_compressed(request)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise Problem(413, f"the request is larger than the {most - _ENVELOPE:,} bytes that are read")
    return bytes(body)


def _from_json(body: bytes) -> Job:
    try:
        record = json.loads(body)
    except (ValueError, RecursionError):
        raise Problem(400, "the body is not JSON") from None
    text = record.get("text") if isinstance(record, dict) else None
    language = record.get("lang") if isinstance(record, dict) else None
    if not isinstance(text, str) or not isinstance(language, str | None):
        raise Problem(400, "the body must be an object with 'text', a string, and perhaps 'lang', a string")
    return Job(text=text, language=language)


async def _from_form(request: Request, body: bytes) -> Job:
    async def replay() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async with Request(request.scope, replay).form(max_files=1, max_fields=8) as form:
        file, language = form.get("file"), form.get("lang")
        if not isinstance(file, UploadFile):
            raise Problem(400, "the form must have a file called 'file'")
        named = language if isinstance(language, str) and language else None
        return Job(data=await file.read(), name=file.filename or "", language=named)
