"""Serves ontology, shapes and JSON-LD context as documents: a reference page for people, RDF for programs."""

from __future__ import annotations

import asyncio
import hashlib
from functools import lru_cache
from importlib import resources

from fastapi import APIRouter, Request, Response
from pyoxigraph import Literal, NamedNode, RdfFormat, Store, parse, serialize

from ontology.reference import build_reference
from ontology.terms import LANGUAGES, PREFIXES
from service.dataset_etag import is_fresh
from service.negotiation import GRAPHS, Offer, negotiate, prefers_page, rdf_file
from service.problems import Problem, responses

CACHED = {"Cache-Control": "public, max-age=3600", "Vary": "Accept, Accept-Language"}


def vocabulary_router() -> APIRouter:
    """Build the routes /ontology, /shapes and /context.jsonld."""
    router = APIRouter(tags=["Vocabulary"])
    for path, answer, summary, errors in (
        ("/ontology", ontology, "The ontology and its schemes: a reference page, or RDF", (406,)),
        ("/ontology.{extension}", file, "The ontology and its schemes as a file, such as .ttl or .jsonld", (404,)),
        ("/ontology/{part:path}", part, "A version of the ontology, or its alignments to others", (404, 406)),
        ("/shapes", shapes, "The SHACL shapes that every write is validated against", (406,)),
        ("/context.jsonld", context, "The JSON-LD context", ()),
    ):
        router.add_api_route(
            path, answer, methods=["GET"], summary=summary, responses=responses(*errors), response_class=Response
        )
        router.add_api_route(path, answer, methods=["HEAD"], include_in_schema=False)
    return router


async def ontology(request: Request, lang: str | None = None, format: str | None = None) -> Response:
    """Send the reference page, or all of it as RDF."""
    if format is None and prefers_page(request.headers.get("accept"), GRAPHS):
        page = await asyncio.to_thread(reference_page, language_of(request, lang))
        return Response(page, media_type="text/html; charset=utf-8", headers=CACHED)
    return await _sent(request, "ontology", negotiate(request.headers.get("accept"), format, GRAPHS))


async def file(request: Request, extension: str) -> Response:
    """Send it in the format that the address names."""
    return await _sent(request, "ontology", rdf_file(extension))


async def part(request: Request, part: str, format: str | None = None) -> Response:
    """Send a version, or the alignments alone."""
    parts = {version(): ".ttl", **dict.fromkeys(("alignments", f"alignments/{version()}"), "alignments.ttl")}
    if part not in parts:
        raise Problem(404, f"There is nothing of this name, but {', '.join(f'/ontology/{name}' for name in parts)}.")
    offer = negotiate(request.headers.get("accept"), format, GRAPHS)
    return await _sent(request, "ontology", offer, parts[part])


async def shapes(request: Request, format: str | None = None) -> Response:
    """Send all shapes."""
    return await _sent(request, "shapes", negotiate(request.headers.get("accept"), format, GRAPHS))


async def context(request: Request) -> Response:
    """Send the context."""
    body = (resources.files("ontology") / "context.jsonld").read_bytes()
    return _tagged(request, body, "application/ld+json")


def language_of(request: Request, asked: str | None) -> str:
    """The language of `?lang=`, else the first of Accept-Language that there is, else English."""
    header = request.headers.get("accept-language", "")
    wanted = [asked or "", *(entry.partition(";")[0].strip()[:2].lower() for entry in header.split(","))]
    return next((language for language in wanted if language in LANGUAGES), LANGUAGES[0])


@lru_cache(maxsize=len(LANGUAGES))
def reference_page(language: str) -> bytes:
    """The reference page in a language; it takes a third of a second to build."""
    return build_reference(language).encode()


@lru_cache(maxsize=1)
def version() -> str:
    """The number of the ontology's version."""
    text = (resources.files("ontology") / "strategraph.ttl").read_bytes()
    name = NamedNode(PREFIXES["owl"] + "versionInfo")
    found = (quad.object for quad in parse(text, format=RdfFormat.TURTLE) if quad.predicate == name)
    return next(term.value for term in found if isinstance(term, Literal))


@lru_cache(maxsize=32)
def vocabulary(package: str, media_type: str, ending: str = ".ttl") -> bytes:
    """The Turtle files of a package whose names end like that, together, in an RDF format."""
    store = Store()
    for file in resources.files(package).iterdir():
        if file.name.endswith(ending):
            store.load(file.read_bytes(), format=RdfFormat.TURTLE)
    rdf_format = RdfFormat.from_media_type(media_type)
    assert rdf_format is not None
    triples = sorted((quad.triple for quad in store), key=lambda t: (str(t.subject), str(t.predicate), str(t.object)))
    body = serialize(triples, format=rdf_format, prefixes=PREFIXES)
    assert body is not None
    return body


async def _sent(request: Request, package: str, offer: Offer, ending: str = ".ttl") -> Response:
    body = await asyncio.to_thread(vocabulary, package, offer.media_type, ending)
    return _tagged(request, body, offer.content_type)


def _tagged(request: Request, body: bytes, content_type: str) -> Response:
    """An answer with a tag, or word that the client has it; weak, since it may be compressed on its way."""
    tag = f'W/"{hashlib.sha256(body).hexdigest()[:24]}"'
    headers = {"ETag": tag, **CACHED}
    if is_fresh(request.headers.get("if-none-match"), tag.removeprefix("W/")):
        return Response(status_code=304, headers=headers)
    return Response(body, headers={"Content-Type": content_type, **headers})
