"""Serves ontology, shapes and JSON-LD context as documents: a reference page for people, RDF for programs."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from importlib import resources

from fastapi import APIRouter, Request, Response
from pyoxigraph import RdfFormat, Store, serialize

from ontology.reference import build_reference
from ontology.terms import LANGUAGES, PREFIXES
from service.negotiation import GRAPHS, Offer, negotiate, prefers_page
from service.problems import responses

CACHED = {"Cache-Control": "public, max-age=3600", "Vary": "Accept, Accept-Language"}


def vocabulary_router() -> APIRouter:
    """Build the routes /ontology, /shapes and /context.jsonld."""
    router = APIRouter(tags=["Vocabulary"])

    @router.head("/ontology", include_in_schema=False)
    @router.get(
        "/ontology",
        summary="The ontology and its schemes: a reference page, or RDF",
        responses=responses(406),
        response_class=Response,
    )
    async def ontology(request: Request, lang: str | None = None, format: str | None = None) -> Response:
        if format is None and prefers_page(request.headers.get("accept"), GRAPHS):
            page = await asyncio.to_thread(reference_page, language_of(request, lang))
            return Response(page, media_type="text/html; charset=utf-8", headers=CACHED)
        offer = negotiate(request.headers.get("accept"), format, GRAPHS)
        return await _sent("ontology", offer)

    @router.head("/shapes", include_in_schema=False)
    @router.get(
        "/shapes",
        summary="The SHACL shapes that every write is validated against",
        responses=responses(406),
        response_class=Response,
    )
    async def shapes(request: Request, format: str | None = None) -> Response:
        return await _sent("shapes", negotiate(request.headers.get("accept"), format, GRAPHS))

    @router.head("/context.jsonld", include_in_schema=False)
    @router.get("/context.jsonld", summary="The JSON-LD context", response_class=Response)
    async def context() -> Response:
        body = (resources.files("ontology") / "context.jsonld").read_bytes()
        return Response(body, media_type="application/ld+json", headers=CACHED)

    return router


def language_of(request: Request, asked: str | None) -> str:
    """The language of `?lang=`, else the first of Accept-Language that there is, else English."""
    header = request.headers.get("accept-language", "")
    wanted = [asked or "", *(entry.partition(";")[0].strip()[:2].lower() for entry in header.split(","))]
    return next((language for language in wanted if language in LANGUAGES), LANGUAGES[0])


@lru_cache(maxsize=len(LANGUAGES))
def reference_page(language: str) -> bytes:
    """The reference page in a language; it takes a third of a second to build."""
    return build_reference(language).encode()


@lru_cache(maxsize=16)
def vocabulary(package: str, media_type: str) -> bytes:
    """The Turtle files of a package together, in an RDF format."""
    store = Store()
    for file in resources.files(package).iterdir():
        if file.name.endswith(".ttl"):
            store.load(file.read_bytes(), format=RdfFormat.TURTLE)
    rdf_format = RdfFormat.from_media_type(media_type)
    assert rdf_format is not None
    triples = sorted((quad.triple for quad in store), key=lambda t: (str(t.subject), str(t.predicate), str(t.object)))
    body = serialize(triples, format=rdf_format, prefixes=PREFIXES)
    assert body is not None
    return body


async def _sent(package: str, offer: Offer) -> Response:
    body = await asyncio.to_thread(vocabulary, package, offer.media_type)
    return Response(body, headers={"Content-Type": offer.content_type, **CACHED})
