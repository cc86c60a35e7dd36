"""Describes what there is for harvesters of data portals: a DCAT-AP 3 catalogue of datasets, downloads and services.

They check ranges without fetching anything, so the catalogue says of every foreign IRI what kind of thing it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from pyoxigraph import Literal, NamedNode, Triple, serialize

from ontology.terms import LANGUAGES, ONTOLOGY, PREFIXES, V4
from queries.catalogue import catalogue
from service.compression import choose_encoding, compress
from service.dataset_etag import REVALIDATE, answer_tag, is_fresh
from service.description import ENGINE_FORMATS
from service.instance import Instance, client_of
from service.negotiation import GRAPHS, Offer, negotiate, rdf_file, types
from service.pages.ask import Row, language, value
from service.pages.language import load, msg
from service.problems import responses
from service.store.generations import Generation
from service.store.readers import Query

AUTHORITY: Final = "http://publications.europa.eu/resource/authority/"
NAMESPACES: Final = PREFIXES | {
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "dcatap": "http://data.europa.eu/r5r/",
    "frequency": AUTHORITY + "frequency/",
    "language": AUTHORITY + "language/",
    "theme": AUTHORITY + "data-theme/",
    "filetype": AUTHORITY + "file-type/",
    "right": AUTHORITY + "access-right/",
    "availability": AUTHORITY + "planned-availability/",
    "media": "https://www.iana.org/assignments/media-types/",
}
CC_BY: Final = "https://creativecommons.org/licenses/by/4.0/"
EU_LANGUAGES: Final = {"en": "ENG", "pl": "POL", "cs": "CES", "sk": "SLK", "hu": "HUN"}
THEMES: Final = {
    "REGI": "Regions and cities",
    "GOVE": "Government and public sector",
    "ENVI": "Environment",
}
TITLE: Final = msg("SMART strategies of the Visegrád countries")
ABOUT: Final = msg(
    "Which cities and regions of Poland, Czechia, Slovakia and Hungary adopted which strategies, what these cover of "
    "the SMART Concept, the European Green Deal and the Sustainable Development Goals, and which clusters and networks "
    "work on the same things. "
    "Every fact names its source."
)
GRAPH_ABOUT: Final = msg(
    "What one source states, as a named graph; it is replaced as a whole when the source is loaded again."
)
OWN_LICENCES: Final = msg("Each named graph has its own licence.")
NO_LICENCE: Final = msg("No licence is stated.")
KEYWORDS: Final = (
    msg("smart city"),
    msg("strategy"),
    msg("European Green Deal"),
    msg("Sustainable Development Goals"),
    msg("Visegrád Group"),
    msg("cluster"),
)
# Short name of an RDF format, its media type, its code in the EU table of file types.
RDF: Final = (
    ("turtle", "text/turtle", "RDF_TURTLE"),
    ("ntriples", "application/n-triples", "RDF_N_TRIPLES"),
    ("rdfxml", "application/rdf+xml", "RDF_XML"),
    ("jsonld", "application/ld+json", "JSON_LD"),
)
# Tables and pictures of the data, for who has no use for RDF: path, title, forms.
CSV: Final = ("csv", "text/csv", "CSV")
PLAIN_JSON: Final = ("json", "application/json", "JSON")
TURTLE: Final = ("ttl", "text/turtle", "RDF_TURTLE")
GEXF: Final = ("gexf", "application/gexf+xml", "XML")
GEOJSON: Final = ("geojson", "application/geo+json", "GEOJSON")
VIEWS: Final = (
    ("strategies", msg("Strategies"), (CSV, PLAIN_JSON, TURTLE)),
    ("organisations", msg("Organisations"), (CSV, PLAIN_JSON, TURTLE)),
    ("municipalities", msg("Municipalities"), (CSV, PLAIN_JSON, TURTLE)),
    ("network", msg("Network"), (GEXF,)),
    ("map", msg("Map"), (GEOJSON, CSV)),
)
# Path, title, the standard it keeps, where it is described.
SERVICES: Final = (
    ("sparql", msg("SPARQL endpoint"), "https://www.w3.org/TR/sparql11-protocol/", "sparql?format=turtle"),
    ("graphs", msg("Graph store"), "https://www.w3.org/TR/sparql11-http-rdf-update/", "openapi.json"),
    (
        "reconcile",
        msg("Reconciliation service"),
        "https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/",
        "reconcile",
    ),
)
Value = str | Literal | NamedNode


def dcat_router(instance: Instance) -> APIRouter:
    """Build the routes of the catalogue."""
    router = APIRouter(tags=["Description"])

    async def plain(request: Request, format: str | None = None) -> Response:
        return await answer(instance, request, negotiate(request.headers.get("accept"), format, GRAPHS))

    async def named(request: Request, extension: str) -> Response:
        return await answer(instance, request, rdf_file(extension))

    content: dict[str, Any] = {"description": "The catalogue", "content": {name: {} for name in types(GRAPHS)}}
    for path, endpoint, operation in (("/catalog", plain, "catalog"), ("/catalog.{extension}", named, "catalog_as")):
        router.add_api_route(
            path,
            endpoint,
            methods=["GET"],
            summary="The DCAT-AP catalogue of datasets, downloads and services" + (", by extension" * ("{" in path)),
            operation_id=operation,
            response_class=Response,
            responses={200: content, **responses(400, 404, 406, 429, 503)},
        )
        router.add_api_route(path, endpoint, methods=["HEAD"], include_in_schema=False)
    return router


async def answer(instance: Instance, request: Request, offer: Offer) -> Response:
    """Send the catalogue, unless the client has it."""
    encoding = choose_encoding(request.headers.get("accept-encoding"))
    generation = await instance.generation()
    base = instance.base_url(request)
    publisher = (instance.settings.publisher, instance.settings.contact)
    tag = answer_tag(generation.number, "catalog", base, publisher, offer.media_type, encoding)
    headers = {"ETag": tag, "Cache-Control": REVALIDATE, "Vary": "Accept, Accept-Encoding"}
    if is_fresh(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    text = catalogue()["graphs-and-their-loads"].text
    query = Query(text, generation=generation.number, brief=True)
    graphs = await instance.pool.solutions(query, instance.limits(), client_of(request))
    described = Catalogue(base, *publisher, generation, graphs)
    body = await asyncio.to_thread(
        serialize, described.triples(), format=ENGINE_FORMATS[offer.media_type], prefixes=NAMESPACES
    )
    if encoding != "identity":
        headers["Content-Encoding"] = encoding
    headers["Content-Type"] = offer.content_type
    return Response(await compress(body or b"", encoding), headers=headers)


class Catalogue:
    """Writes the triples of the catalogue of one generation."""

    def __init__(
        self, base: str, publisher: str, contact: str | None, generation: Generation, graphs: list[Row]
    ) -> None:
        """Describe what a service at this address has."""
        self._base = base
        self._publisher = publisher
        self._contact = contact or f"{base}/about"
        self._generation = generation
        self._graphs = {value(row, "graph"): row for row in graphs}
        licences = {licence_of(row) for row in graphs}
        self._licence = licences.pop() if len(licences) == 1 else ""
        self._whole = f"{base}/.well-known/void#dataset"
        self._changed = generation.manifest.created if generation.versioned else ""

    def triples(self) -> Iterator[Triple]:
        """All of it."""
        yield from self._catalogue()
        yield from self._who()
        yield from self._everything()
        for iri, row in self._graphs.items():
            yield from self._graph(iri, row)
        for path, title, forms in VIEWS:
            yield from self._view(path, title, forms)
        for service in SERVICES:
            yield from self._service(*service)
        yield from self._kinds()

    def _catalogue(self) -> Iterator[Triple]:
        about = f"{self._base}/catalog"
        yield from say(about, "rdf:type", iri("dcat:Catalog"))
        yield from say(about, "dct:title", *texts(TITLE))
        yield from say(about, "dct:description", *texts(ABOUT))
        yield from say(about, "dct:publisher", f"{about}#publisher")
        yield from say(about, "dcat:contactPoint", f"{about}#contact")
        yield from say(about, "dct:license", CC_BY)
        yield from say(about, "dct:language", *(iri(f"language:{code}") for code in EU_LANGUAGES.values()))
        yield from say(about, "dct:spatial", *places())
        yield from say(about, "dcat:themeTaxonomy", AUTHORITY + "data-theme")
        yield from say(about, "foaf:homepage", f"{self._base}/")
        if self._changed:
            yield from say(about, "dct:modified", moment(self._changed))
        datasets = (self._whole, *self._graphs, *(f"{about}#{path}" for path, _, _ in VIEWS))
        yield from say(about, "dcat:dataset", *datasets)
        yield from say(about, "dcat:service", *(f"{self._base}/{path}" for path, _, _, _ in SERVICES))

    def _who(self) -> Iterator[Triple]:
        publisher, contact = f"{self._base}/catalog#publisher", f"{self._base}/catalog#contact"
        yield from say(publisher, "rdf:type", iri("foaf:Agent"))
        yield from say(publisher, "foaf:name", Literal(self._publisher))
        yield from say(publisher, "foaf:homepage", f"{self._base}/")
        yield from say(contact, "rdf:type", iri("vcard:Kind"), iri("vcard:Organization"))
        yield from say(contact, "vcard:fn", Literal(self._publisher))
        way = "vcard:hasEmail" if self._contact.startswith("mailto:") else "vcard:hasURL"
        yield from say(contact, way, self._contact)

    def _dataset(self, about: str, title: Iterable[Literal], text: str, page: str, changed: str) -> Iterator[Triple]:
        """What all datasets have."""
        yield from say(about, "rdf:type", iri("dcat:Dataset"))
        yield from say(about, "dct:title", *title)
        yield from say(about, "dct:description", *texts(text))
        yield from say(about, "dct:publisher", f"{self._base}/catalog#publisher")
        yield from say(about, "dcat:contactPoint", f"{self._base}/catalog#contact")
        yield from say(about, "dct:identifier", Literal(about))
        yield from say(about, "dcat:theme", *(iri(f"theme:{code}") for code in THEMES))
        yield from say(about, "dcat:keyword", *(word for keyword in KEYWORDS for word in texts(keyword)))
        yield from say(about, "dct:language", *(iri(f"language:{code}") for code in EU_LANGUAGES.values()))
        yield from say(about, "dct:spatial", *places())
        yield from say(about, "dct:accessRights", iri("right:PUBLIC"))
        yield from say(about, "dct:accrualPeriodicity", iri("frequency:IRREG"))
        yield from say(about, "dct:conformsTo", ONTOLOGY.removesuffix("#"))
        yield from say(about, "dcat:landingPage", page)
        if changed:
            yield from say(about, "dct:modified", moment(changed))

    def _everything(self) -> Iterator[Triple]:
        about = self._whole
        if self._generation.versioned:
            yield from say(about, "dcat:version", Literal(str(self._generation.number)))
        yield from self._dataset(about, texts(TITLE), ABOUT, f"{self._base}/", self._changed)
        yield from say(about, "dct:hasPart", *self._graphs)
        endpoint = f"{self._base}/sparql"
        every = quote("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }")
        for name, media_type, code in RDF:
            address = f"{endpoint}?query={every}&format={name}"
            yield from self._download(about, f"{about}-{name}", address, media_type, code, self._licence)
        access = f"{self._base}/.well-known/void#sparql"
        yield from self._distribution(about, access, endpoint, self._licence)
        yield from say(access, "dct:title", *texts(msg("SPARQL endpoint")))
        yield from say(access, "dcat:accessService", endpoint)

    def _graph(self, graph: str, row: Row) -> Iterator[Triple]:
        title = Literal(value(row, "title") or graph, language=language(row, "title") or "en")
        yield from self._dataset(graph, [title], GRAPH_ABOUT, f"{self._base}/sources", value(row, "ended"))
        yield from say(graph, "dct:isPartOf", self._whole)
        name = quote(graph.rsplit("/", 1)[-1])
        for format_name, media_type, code in RDF:
            address = f"{self._base}/graphs?graph={quote(graph, safe='')}&format={format_name}"
            distribution = f"{self._base}/catalog#{name}-{format_name}"
            yield from self._download(graph, distribution, address, media_type, code, licence_of(row))

    def _view(self, path: str, title: str, forms: Iterable[tuple[str, str, str]]) -> Iterator[Triple]:
        about = f"{self._base}/catalog#{path}"
        named = [
            Literal(f"{t.value}: {s.value}", language=t.language)
            for t, s in zip(texts(title), texts(TITLE), strict=True)
        ]
        yield from self._dataset(about, named, ABOUT, f"{self._base}/{path}", self._changed)
        for suffix, media_type, code in forms:
            address = f"{self._base}/{path}.{suffix}"
            yield from self._download(about, f"{about}-{suffix}", address, media_type, code, CC_BY)

    def _distribution(self, dataset: str, about: str, address: str, licence: str) -> Iterator[Triple]:
        yield from say(dataset, "dcat:distribution", about)
        yield from say(about, "rdf:type", iri("dcat:Distribution"))
        yield from say(about, "dcat:accessURL", address)
        yield from say(about, "dcatap:availability", iri("availability:AVAILABLE"))
        if licence:
            yield from say(about, "dct:license", licence)
            yield from say(licence, "rdf:type", iri("dct:LicenseDocument"))
        else:
            rights = f"{self._base}/catalog#{'rights' if dataset == self._whole else 'no-licence'}"
            yield from say(about, "dct:rights", rights)
            yield from say(rights, "rdf:type", iri("dct:RightsStatement"))
            yield from say(rights, "rdfs:label", *texts(OWN_LICENCES if dataset == self._whole else NO_LICENCE))

    def _download(
        self, dataset: str, about: str, address: str, media_type: str, code: str, licence: str
    ) -> Iterator[Triple]:
        yield from self._distribution(dataset, about, address, licence)
        yield from say(about, "dct:title", Literal(media_type))
        yield from say(about, "dcat:downloadURL", address)
        yield from say(about, "dcat:mediaType", NAMESPACES["media"] + media_type)
        yield from say(about, "dct:format", iri(f"filetype:{code}"))
        yield from say(NAMESPACES["media"] + media_type, "rdf:type", iri("dct:MediaType"))
        yield from say(NAMESPACES["filetype"] + code, "rdf:type", iri("dct:MediaTypeOrExtent"))

    def _service(self, path: str, title: str, standard: str, described: str) -> Iterator[Triple]:
        about = f"{self._base}/{path}"
        yield from say(about, "rdf:type", iri("dcat:DataService"))
        yield from say(about, "dct:title", *texts(title))
        yield from say(about, "dcat:endpointURL", about)
        yield from say(about, "dcat:endpointDescription", f"{self._base}/{described}")
        yield from say(about, "dcat:servesDataset", self._whole)
        yield from say(about, "dct:conformsTo", standard)
        yield from say(about, "dct:publisher", f"{self._base}/catalog#publisher")
        yield from say(about, "dcat:contactPoint", f"{self._base}/catalog#contact")
        yield from say(about, "dct:accessRights", iri("right:PUBLIC"))
        yield from say(about, "dcat:theme", *(iri(f"theme:{code}") for code in THEMES))
        yield from say(about, "dcat:keyword", *(word for keyword in KEYWORDS for word in texts(keyword)))
        yield from say(about, "dct:license", CC_BY)
        yield from say(standard, "rdf:type", iri("dct:Standard"))

    def _kinds(self) -> Iterator[Triple]:
        """What kind of thing each foreign IRI is."""
        taxonomy = AUTHORITY + "data-theme"
        yield from say(taxonomy, "rdf:type", iri("skos:ConceptScheme"))
        yield from say(taxonomy, "dct:title", Literal("Data theme", language="en"))
        for code, label in THEMES.items():
            theme = NAMESPACES["theme"] + code
            yield from say(theme, "rdf:type", iri("skos:Concept"))
            yield from say(theme, "skos:prefLabel", Literal(label, language="en"))
            yield from say(theme, "skos:inScheme", taxonomy)
        available = NAMESPACES["availability"] + "AVAILABLE"
        yield from say(available, "rdf:type", iri("skos:Concept"))
        yield from say(available, "skos:prefLabel", Literal("available", language="en"))
        kinds = {CC_BY: "LicenseDocument", ONTOLOGY.removesuffix("#"): "Standard"}
        kinds |= {NAMESPACES["language"] + code: "LinguisticSystem" for code in EU_LANGUAGES.values()}
        kinds |= {place.value: "Location" for place in places()}
        kinds |= {NAMESPACES["frequency"] + "IRREG": "Frequency", NAMESPACES["right"] + "PUBLIC": "RightsStatement"}
        for thing, kind in kinds.items():
            yield from say(thing, "rdf:type", iri(f"dct:{kind}"))
        for page in ("", *(view[0] for view in VIEWS), "sources"):
            yield from say(f"{self._base}/{page}", "rdf:type", iri("foaf:Document"))


def licence_of(row: Row) -> str:
    """The licence of a graph; none where what is stated is no IRI, as in a store that only reports violations."""
    return value(row, "licence") if row.get("licence", {}).get("type") == "uri" else ""


def iri(compact: str) -> NamedNode:
    """The IRI of a prefixed name."""
    prefix, _, local = compact.partition(":")
    return NamedNode(NAMESPACES[prefix] + local)


def say(about: str, predicate: str, *values: Value) -> Iterator[Triple]:
    """A triple for each value; a plain text is an IRI."""
    for one in values:
        yield Triple(NamedNode(about), iri(predicate), NamedNode(one) if isinstance(one, str) else one)


def texts(message: str) -> list[Literal]:
    """A text in all languages."""
    return [Literal(load(code).gettext(message), language=code) for code in LANGUAGES]


def places() -> list[NamedNode]:
    """The four countries."""
    return [iri(f"country:{code}") for code in V4.values()]


def moment(text: str) -> Literal:
    """A point in time."""
    return Literal(text, datatype=iri("xsd:dateTime"))
