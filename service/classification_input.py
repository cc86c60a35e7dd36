"""What people and programs send to be classified: a file, a text, or an address on the allow-list."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.types import Message

from service.answers import read_json, refuse_compressed
from service.classify.documents import ContentType
from service.classify.errors import AddressFailed, AddressRefused
from service.classify.formats import MEDIA_TYPES
from service.classify.workers import Job
from service.problems import Problem
from service.protocol import FORM
from service.rdf_bodies import MULTIPART
from service.store.outbound import OutboundFailed, OutboundRefused, fetch

# Multipart boundaries and JSON quoting come on top of the document itself.
_ENVELOPE: Final = 64 * 1024
_FETCH_SECONDS: Final = 30.0
# Without a type, or with one that says nothing, the content tells what it is.
_DOCUMENTS: Final = frozenset({*MEDIA_TYPES, "application/octet-stream", ""})
_OFFICE: Final = ("application/vnd.openxmlformats", "application/vnd.oasis")
_FORMS: Final = (MULTIPART, FORM)
_MOST_FIELDS: Final = 8


@dataclass(frozen=True)
class Sent:
    """What came: a job that is ready, or the address of a document that has to be fetched."""

    job: Job
    address: str = ""

    @property
    def name(self) -> str:
        """What to call it."""
        return self.job.name

    @property
    def typed(self) -> str:
        """A text that was written into a field, to be shown there again; nothing of a document or an address."""
        job = self.job
        if job.name or job.data is None or job.sent_as.media_type != "text/plain":
            return job.text or ""
        return job.data.decode("utf-8", "replace")

    async def ready(self, allow: Collection[str], most: int) -> Job:
        """The job with its document; raises AddressRefused or AddressFailed."""
        if not self.address:
            return self.job
        try:
            found = await asyncio.to_thread(
                fetch, self.address, allow=allow, max_seconds=_FETCH_SECONDS, max_bytes=most
            )
        except OutboundRefused as error:
            raise AddressRefused(str(error)) from None
        except OutboundFailed as error:
            raise AddressFailed(str(error)) from None
        name = self.job.name
        if found.media_type == "text/html" and not name.lower().endswith((".html", ".htm")):
            name += ".html"
        sent_as = ContentType.of(found.content_type or found.media_type)
        return Job(data=found.body, name=name, language=self.job.language, sent_as=sent_as)


async def read_sent(request: Request, most: int, language: str = "") -> Sent:
    """Read a request, but never more than `most` bytes of document; raises Problem.

    The `language` counts where the body names none; an empty one is none, wherever it stands.
    """
    body = await _body(request, most)
    sent_as = ContentType.of(request.headers.get("content-type"))
    kind = sent_as.media_type
    if kind == "application/json":
        return _from_json(body, language)
    if kind in _FORMS:
        return await _from_form(request, body, sent_as, language)
    if kind in _DOCUMENTS or kind.startswith(_OFFICE):
        return Sent(Job(data=body, language=language.strip() or None, sent_as=sent_as))
    raise Problem(
        415, "send multipart/form-data with a file, application/json with a text, or a document of a type that is read"
    )


async def _body(request: Request, most: int) -> bytes:
    """Read the body, but never more than is allowed, whatever its header says."""
    refuse_compressed(request)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most + _ENVELOPE:
            raise Problem(413, f"the request is larger than the {most:,} bytes that are read")
    return bytes(body)


def _from_json(body: bytes, language: str) -> Sent:
    record = read_json(body)
    fields: dict[str, Any] = record if isinstance(record, dict) else {}
    text, address, named = fields.get("text"), fields.get("address"), fields.get("lang")
    if isinstance(named, str | None):
        chosen = (named or "").strip() or language.strip() or None
        if isinstance(text, str) and address is None:
            return Sent(Job(text=text, language=chosen))
        if isinstance(address, str) and text is None:
            return _at(address, chosen)
    raise Problem(400, "the body must be an object with 'text' or 'address', a string, and perhaps 'lang', a string")


async def _from_form(request: Request, body: bytes, sent_as: ContentType, language: str) -> Sent:
    if sent_as.media_type == FORM:
        return await _from_fields(_fields(body), sent_as.charset, language)

    async def replay() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    # So that fields come as the bytes they are: what is in no charset that they name would be replaced without a word.
    headers = [(n, v + b"; charset=latin-1" if n == b"content-type" else v) for n, v in request.scope["headers"]]
    parsed = Request({**request.scope, "headers": headers}, replay)
    async with parsed.form(max_files=1, max_fields=_MOST_FIELDS, max_part_size=len(body) + 1) as form:
        return await _from_fields(form, sent_as.charset, language)


def _fields(body: bytes) -> FormData:
    """The fields of a form without files, each byte as a character."""
    try:
        return FormData(dict(parse_qsl(body.decode("latin-1"), encoding="latin-1", max_num_fields=_MOST_FIELDS)))
    except ValueError:
        raise Problem(400, f"the form has more than {_MOST_FIELDS} fields") from None


async def _from_fields(form: FormData, charset: str, language: str) -> Sent:
    """The first of file, text and address that is filled in: an empty field of a form counts as none."""
    file, chosen = form.get("file"), _short(form.get("lang")) or language.strip() or None
    if isinstance(file, UploadFile) and (file.filename or file.size):
        name, sent_as = _short(file.filename), ContentType.of(file.content_type)
        return Sent(Job(data=await file.read(), name=name, language=chosen, sent_as=sent_as))
    text = form.get("text")
    if isinstance(text, str) and text.strip():
        return Sent(Job(data=text.encode("latin-1"), language=chosen, sent_as=ContentType("text/plain", charset)))
    if address := _short(form.get("address")):
        return _at(address, chosen)
    raise Problem(400, "the form must have a file called 'file', a 'text' or an 'address'")


def _short(value: object) -> str:
    """A field that is no text to classify: browsers and programs send it as UTF-8."""
    return value.encode("latin-1").decode("utf-8", "replace").strip() if isinstance(value, str) else ""


def _at(address: str, language: str | None) -> Sent:
    try:
        name = unquote(urlsplit(address).path.rstrip("/").rsplit("/", 1)[-1])
    except ValueError:
        name = ""
    return Sent(Job(name=name or address, language=language), address)
