"""Reads RDF that clients send, in every format that the engine reads, without ever fetching anything."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pyoxigraph as ox
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from service.problems import Problem, syntax_problem
from service.store.documents import read_document

MULTIPART = "multipart/form-data"
BODY_TYPES: dict[str, ox.RdfFormat] = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/x-turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/n-quads": ox.RdfFormat.N_QUADS,
    "application/trig": ox.RdfFormat.TRIG,
}
REMOTE_CONTEXT = "LoadDocumentCallback"


async def read_rdf(media_type: str, content_type: str | None, body: bytes, base_iri: str) -> list[ox.Triple]:
    """Parse a body, or all the files of a form, in a thread."""
    if media_type == MULTIPART:
        files = await form_files(content_type or "", body)
    else:
        files = [(format_of(media_type), body)]
    return await asyncio.to_thread(lambda: [t for kind, data in files for t in parsed(kind, data, base_iri)])


def format_of(media_type: str) -> ox.RdfFormat:
    """Find the format of a media type; raises 415 for one that is not RDF."""
    known = BODY_TYPES.get(media_type)
    if known is None:
        accepted = ", ".join((*BODY_TYPES, MULTIPART))
        told = f"The media type {media_type!r} is not supported" if media_type else "There is no Content-Type"
        raise Problem(415, f"{told}; use one of: {accepted}.", headers={"Accept-Post": accepted})
    return known


def parsed(kind: ox.RdfFormat, data: bytes, base_iri: str) -> list[ox.Triple]:
    """Parse one document."""
    try:
        return [quad.triple for quad in read_document(kind, data, base_iri, named_graphs=False)]
    except SyntaxError as error:
        if REMOTE_CONTEXT in str(error):
            raise Problem(400, "Remote JSON-LD contexts are not fetched; put the context into the document.") from None
        message = f"The body is not valid {kind.name}: {error.msg}"
        raise syntax_problem(message, error.lineno, error.offset) from None
    except ValueError as error:
        raise Problem(400, f"The body is not valid {kind.name}: {error}") from None


async def form_files(content_type: str, body: bytes) -> list[tuple[ox.RdfFormat, bytes]]:
    """Read the files of a form."""

    async def stream() -> Any:
        yield body

    try:
        form = await MultiPartParser(Headers({"content-type": content_type}), stream()).parse()
    except (MultiPartException, KeyError) as error:
        raise Problem(400, f"The form cannot be read: {getattr(error, 'message', 'no boundary')}") from None
    try:
        found = [(part_format(part), await part.read()) for part in uploads(form)]
    finally:
        await form.close()
    if not found:
        raise Problem(400, "The form holds no file.")
    return found


def uploads(form: Any) -> Iterator[UploadFile]:
    """The files among a form's fields."""
    return (value for _, value in form.multi_items() if isinstance(value, UploadFile))


def part_format(part: UploadFile) -> ox.RdfFormat:
    """A file says its format by its media type or, failing that, by the ending of its name."""
    media_type = (part.content_type or "").split(";")[0].strip().lower()
    if media_type in BODY_TYPES:
        return BODY_TYPES[media_type]
    by_name = ox.RdfFormat.from_extension((part.filename or "").rpartition(".")[2].lower())
    return by_name if by_name is not None else format_of(media_type)
