"""Dereferences every IRI of ours: 303 from the thing to a document about it, in the format the client accepts."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse, serialize

from ontology.terms import BASE, PREFIXES
from queries.catalogue import catalogue
from service.compression import choose_encoding, compress
from service.dataset_etag import REVALIDATE, answer_tag, is_fresh
from service.instance import Instance, client_of
from service.negotiation import CSV, EXTENSIONS, NTRIPLES, Offer, choose, prefers_page
from service.problems import Problem, responses
from service.references import HYDRA, Part, references
from service.store.readers import Query
from service.store.rows import check_xml

RenderPage = Callable[[Request, str], Awaitable[Response | None]]

OFFERS = {offer.media_type: offer for offer in EXTENSIONS.values()}
# What lies below the base: entities, concepts, shapes, and graphs of sources. What such a graph holds is at `/graphs`.
PLACES = ("id", "scheme", "shape", "graph")
# What an IRI in a header keeps; the rest is percent-encoded, since headers hold ASCII only.
SAFE = "%/:?&=+,;@!$'()*~"


def entities_router(instance: Instance, page: RenderPage | None = None) -> APIRouter:
    """Build the routes below /id, /scheme, /shape and /graph; `page` renders HTML and may decline with None."""
    router = APIRouter(tags=["Entities"])

    async def entity(request: Request, path: str) -> Response:
        place = request.url.path.removeprefix(request.scope.get("root_path", "")).split("/")[1]
        return await answer(instance, page, request, f"{place}/{path}")

    for place in PLACES:
        router.add_api_route(
            f"/{place}/{{path:path}}",
            entity,
            methods=["GET"],
            summary=f"What is known about {BASE}{place}/{{path}}: 303 to a document, or the document itself",
            responses=responses(404, 406, 503) | {303: {"description": "The document about the thing"}},
            response_class=Response,
            operation_id=f"{place}_entity",
        )
        router.add_api_route(f"/{place}/{{path:path}}", entity, methods=["HEAD"], include_in_schema=False)
    return router


async def answer(instance: Instance, page: RenderPage | None, request: Request, local: str) -> Response:
    """The document, where its name was asked for; else the page for people or the way to the document."""
    stem, _, extension = local.rpartition(".")
    if stem and extension in EXTENSIONS:
        return await document(instance, request, local, EXTENSIONS[extension])
    offers = tuple(OFFERS.values())
    accept = request.headers.get("accept")
    if prefers_page(accept, offers):
        found = await page(request, BASE + local) if page is not None else None
        found = found or await plain_page(instance, request, BASE + local)
        found.headers["Vary"] = "Accept, Accept-Language, Cookie"
        return found
    offer = choose(accept, offers)
    if offer is None:
        raise Problem(406, "None of the accepted media types is available.", available=list(OFFERS))
    extension = next(name for name, each in EXTENSIONS.items() if each is offer)
    address = f"{instance.base_url(request)}/{quote(local)}.{extension}"
    return Response(status_code=303, headers={"Location": address, "Vary": "Accept"})


async def document(instance: Instance, request: Request, local: str, offer: Offer) -> Response:
    """What is stated about a thing and what points at it, 500 references at a time."""
    iri = BASE + local.rpartition(".")[0]
    named(iri)
    part = await Part.asked(instance, request)
    encoding = choose_encoding(request.headers.get("accept-encoding"))
    tag = answer_tag(part.generation, "entity", iri, part.start, offer.media_type, encoding)
    headers = {
        "Cache-Control": REVALIDATE,
        "ETag": tag,
        "Vary": "Accept-Encoding",
        "Strategraph-Generation": str(part.generation),
    }
    if is_fresh(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    own = [] if part.start else await statements(instance, request, iri, part.generation)
    pointing = await references(instance, request, iri, part)
    if not own and not pointing.any:
        raise Problem(404, f"Nothing is known about <{iri}>{' from this position on' if part.start else ''}.")
    # The document is about the thing and is not the thing (RFC 6892).
    headers["Link"] = f'<{quote(iri, safe=SAFE)}>; rel="describes"'
    if pointing.more:
        headers["Link"] = f'<{quote(request.url.path)}{part.following.query}>; rel="next", {headers["Link"]}'
    told = pointing.told(f"{instance.base_url(request)}/{quote(local)}")
    body = written(offer, [*told, *own, *pointing.triples])
    if encoding != "identity":
        headers["Content-Encoding"] = encoding
    headers["Content-Type"] = offer.content_type
    return Response(await compress(body, encoding), headers=headers)


async def statements(instance: Instance, request: Request, iri: str, generation: int) -> list[Triple]:
    """The statements about a thing and its parts, with the names of what they refer to."""
    text = catalogue()["document-about-an-entity"].text
    bound = {"entity": named(iri)}
    query = Query(text, substitutions=bound, accept=NTRIPLES.media_type, generation=generation, brief=True)
    found = await instance.pool.run(query, instance.limits(), client_of(request))
    body = await found.read()
    triples = (q.triple for q in parse(body, format=RdfFormat.N_TRIPLES))
    return sorted(triples, key=lambda triple: (not _plain(triple.subject).startswith(iri), str(triple)))


def named(iri: str) -> str:
    """An IRI in N-Triples syntax; 404 for what cannot be one."""
    try:
        return str(NamedNode(iri))
    except ValueError as error:
        raise Problem(404, f"{iri!r} is not an IRI.") from error


def written(offer: Offer, triples: list[Triple]) -> bytes:
    """Serialize a document; CSV has the columns subject, property, value."""
    if offer is CSV:
        return csv_of(triples)
    rdf_format = RdfFormat.from_media_type(offer.media_type)
    assert rdf_format is not None
    body = serialize(triples, format=rdf_format, prefixes={**PREFIXES, "hydra": HYDRA})
    assert body is not None
    if rdf_format == RdfFormat.RDF_XML:
        try:
            check_xml(body)
        except ValueError as error:
            raise Problem(422, str(error)) from None
    return body


def csv_of(triples: list[Triple]) -> bytes:
    """The triples as a table."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["subject", "property", "value", "language", "datatype"])
    for triple in triples:
        value: Any = triple.object
        literal = isinstance(value, Literal)
        table.writerow(
            [
                _plain(triple.subject),
                triple.predicate.value,
                _plain(value),
                (value.language or "") if literal else "",
                value.datatype.value if literal and not value.language else "",
            ]
        )
    return out.getvalue().encode()


def _plain(term: Any) -> str:
    """A term without decoration."""
    return str(getattr(term, "value", term))


async def plain_page(instance: Instance, request: Request, iri: str) -> HTMLResponse:
    """The statements as a list, for browsers of a service without a site."""
    part = Part(0, (await instance.generation()).number)
    own = await statements(instance, request, iri, part.generation)
    pointing = await references(instance, request, iri, part)
    if not own and not pointing.any:
        raise Problem(404, f"Nothing is known about <{iri}>.")
    title = next((_plain(t.object) for t in own if _plain(t.subject) == iri and "abel" in t.predicate.value), iri)
    rows = "".join(
        f"<tr><td>{html.escape(_plain(t.subject))}<td>{html.escape(t.predicate.value)}<td>{html.escape(str(t.object))}</tr>"
        for t in own + pointing.triples
    )
    links = " ".join(f'<a href="{html.escape(request.url.path)}.{name}">{name}</a>' for name in EXTENSIONS)
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title></head>'
        f"<body><h1>{html.escape(title)}</h1><p>{links}</p>"
        f"<table><thead><tr><th>subject<th>property<th>value</tr></thead><tbody>{rows}</tbody></table></body></html>"
    )
