"""Says in RDF what this service can do (SPARQL Service Description) and what its dataset holds (VoID, DCAT)."""

import asyncio
from collections.abc import Iterator
from urllib.parse import quote

import pyoxigraph as ox
from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from ontology.terms import BASE, ONTOLOGY
from service.compression import choose_encoding, compress
from service.dataset_etag import REVALIDATE, answer_tag, is_fresh
from service.instance import Instance
from service.negotiation import GRAPHS, Offer, negotiate, types
from service.problems import Responses, responses
from service.statistics import Row, Statistics
from service.store.generations import Generation

SD = "http://www.w3.org/ns/sparql-service-description#"
VOID = "http://rdfs.org/ns/void#"
DCAT = "http://www.w3.org/ns/dcat#"
DCT = "http://purl.org/dc/terms/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD = "http://www.w3.org/2001/XMLSchema#"
FORMATS = "http://www.w3.org/ns/formats/"
PREFIXES = {"sd": SD, "void": VOID, "dcat": DCAT, "dct": DCT, "rdf": RDF, "xsd": XSD, "formats": FORMATS}
RESULT_FORMATS = ("SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV")
RDF_FORMATS = ("Turtle", "N-Triples", "RDF_XML", "JSON-LD", "N-Quads", "TriG")
ENGINE_FORMATS = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/n-quads": ox.RdfFormat.N_QUADS,
    "application/trig": ox.RdfFormat.TRIG,
}
DESCRIPTION_OFFERS = GRAPHS
PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>SPARQL endpoint</title></head>
<body>
<h1>SPARQL endpoint</h1>
<p>Send a query here as <code>?query=</code> or by POST, as the
<a href="https://www.w3.org/TR/sparql11-protocol/">SPARQL 1.1 Protocol</a> says.</p>
<ul>
<li><a href="sparql?format=turtle">What this service can do</a> (Turtle)</li>
<li><a href=".well-known/void">What the dataset holds</a> (VoID)</li>
<li><a href="openapi.json">All addresses of this service</a> (OpenAPI)</li>
</ul>
</body>
</html>
"""


def description_router(instance: Instance) -> APIRouter:
    """Build the route of the dataset's description."""
    router = APIRouter(tags=["Description"])

    async def void(request: Request, format: str | None = None) -> Response:
        return await described(instance, request, format, statistics=True)

    content: Responses = {200: {"description": "The description", "content": {name: {} for name in types(GRAPHS)}}}
    router.add_api_route(
        "/.well-known/void",
        void,
        methods=["GET"],
        summary="What the dataset holds: VoID and DCAT, with statistics",
        response_class=Response,
        responses={**content, **responses(406, 429, 503)},
    )
    router.add_api_route("/.well-known/void", void, methods=["HEAD"], include_in_schema=False)
    return router


def description_page() -> Response:
    """Return the page for people who open the endpoint in a browser."""
    headers = {"Vary": "Accept, Accept-Encoding", "Content-Security-Policy": "default-src 'none'"}
    return HTMLResponse(PAGE, headers=headers)


async def described(instance: Instance, request: Request, wanted: str | None, *, statistics: bool) -> Response:
    """Negotiate, build and send a description."""
    offer = negotiate(request.headers.get("accept"), wanted, DESCRIPTION_OFFERS)
    encoding = choose_encoding(request.headers.get("accept-encoding"))
    generation = await instance.generation()
    base = instance.base_url(request)
    parts = ("description", statistics, base, instance.writable, offer.media_type, encoding)
    headers = {
        "ETag": answer_tag(generation.number, *parts),
        "Cache-Control": REVALIDATE,
        "Vary": "Accept, Accept-Encoding",
        "Strategraph-Generation": str(generation.number),
    }
    if is_fresh(request.headers.get("if-none-match"), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    counted = await instance.statistics.of(generation.number) if statistics else None
    describer = Describer(instance, base, generation)
    body = await asyncio.to_thread(describer.serialize, offer, counted)
    if encoding != "identity":
        headers["Content-Encoding"] = encoding
    headers["Content-Type"] = offer.content_type
    return Response(await compress(body, encoding), headers=headers)


def integer(number: int | str) -> ox.Literal:
    """Write a count."""
    return ox.Literal(str(number), datatype=ox.NamedNode(XSD + "integer"))


class Describer:
    """Writes the triples of one description."""

    def __init__(self, instance: Instance, base: str, generation: Generation) -> None:
        """Describe one generation, as seen below a base address."""
        self._instance = instance
        self._generation = generation
        self._base = base
        self._service = ox.NamedNode(base + "/sparql")
        self._dataset = ox.NamedNode(base + "/.well-known/void#dataset")
        self._default = ox.NamedNode(base + "/.well-known/void#default-graph")

    def serialize(self, offer: Offer, statistics: Statistics | None) -> bytes:
        """Write all of it in the offered format."""
        triples = [*self.service(), *self.dataset(), *self.graphs(statistics)]
        if statistics is not None:
            triples += self.partitions(statistics)
        return ox.serialize(triples, format=ENGINE_FORMATS[offer.media_type], prefixes=PREFIXES) or b""

    def service(self) -> Iterator[ox.Triple]:
        """What the endpoint can do."""
        about = self._service
        yield link(about, RDF + "type", SD + "Service")
        yield link(about, SD + "endpoint", about.value)
        yield link(about, SD + "supportedLanguage", SD + "SPARQL11Query")
        if self._instance.writable:
            yield link(about, SD + "supportedLanguage", SD + "SPARQL11Update")
            for name in RDF_FORMATS:
                yield link(about, SD + "inputFormat", FORMATS + name)
        for name in (*RESULT_FORMATS, *RDF_FORMATS):
            yield link(about, SD + "resultFormat", FORMATS + name)
        if self._instance.settings.default_graph == "union":
            yield link(about, SD + "feature", SD + "UnionDefaultGraph")
        yield link(about, SD + "defaultDataset", self._dataset.value)
        yield link(about, SD + "availableGraphs", self._dataset.value)

    def dataset(self) -> Iterator[ox.Triple]:
        """What the dataset is and where it can be had."""
        about, void = self._dataset, ox.NamedNode(self._base + "/.well-known/void")
        for kind in (SD + "Dataset", SD + "GraphCollection", VOID + "Dataset", DCAT + "Dataset"):
            yield link(about, RDF + "type", kind)
        title = ox.Literal("SMART strategies of the Visegrád countries", language="en")
        yield ox.Triple(about, ox.NamedNode(DCT + "title"), title)
        yield link(about, VOID + "sparqlEndpoint", self._service.value)
        for name in RDF_FORMATS:
            yield link(about, VOID + "feature", FORMATS + name)
        yield ox.Triple(about, ox.NamedNode(VOID + "uriSpace"), ox.Literal(BASE + "id/"))
        yield link(about, VOID + "vocabulary", ONTOLOGY)
        # Licences, publisher and downloads are there.
        yield link(about, "http://www.w3.org/2000/01/rdf-schema#seeAlso", self._base + "/catalog")
        if self._generation.versioned:
            yield ox.Triple(about, ox.NamedNode(DCAT + "version"), ox.Literal(str(self._generation.number)))
            created = ox.Literal(self._generation.manifest.created, datatype=ox.NamedNode(XSD + "dateTime"))
            yield ox.Triple(about, ox.NamedNode(DCT + "modified"), created)
        access = ox.NamedNode(self._base + "/.well-known/void#sparql")
        yield link(about, DCAT + "distribution", access.value)
        yield link(access, RDF + "type", DCAT + "Distribution")
        yield link(access, DCAT + "accessURL", self._service.value)
        yield link(access, DCAT + "accessService", self._service.value)
        yield link(self._service, RDF + "type", DCAT + "DataService")
        yield link(self._service, DCAT + "endpointURL", self._service.value)
        yield link(self._service, DCAT + "servesDataset", about.value)
        yield link(void, RDF + "type", VOID + "DatasetDescription")
        yield link(void, "http://xmlns.com/foaf/0.1/topic", about.value)

    def graphs(self, statistics: Statistics | None) -> Iterator[ox.Triple]:
        """The default graph and the named ones, with their sizes."""
        yield link(self._dataset, SD + "defaultGraph", self._default.value)
        yield link(self._default, RDF + "type", SD + "Graph")
        if statistics is not None:
            yield count(self._default, "triples", statistics.nodes["triples"])
            yield count(self._dataset, "triples", statistics.nodes["triples"])
            sizes = {row["graph"]["value"]: row["triples"]["value"] for row in statistics.graphs}
        else:
            sizes = {iri: str(size) for iri, size in self._generation.manifest.graphs.items()}
        for place, (iri, size) in enumerate(sorted(sizes.items()), 1):
            named = ox.NamedNode(f"{self._base}/.well-known/void#graph-{place}")
            graph = ox.NamedNode(f"{named.value}-content")
            yield link(self._dataset, SD + "namedGraph", named.value)
            yield link(named, RDF + "type", SD + "NamedGraph")
            yield link(named, SD + "name", iri)
            yield link(named, SD + "graph", graph.value)
            yield link(graph, RDF + "type", SD + "Graph")
            yield link(graph, RDF + "type", VOID + "Dataset")
            yield link(self._dataset, VOID + "subset", graph.value)
            dump = f"{self._base}/graphs?graph={quote(iri, safe='')}&format=ntriples"
            yield link(graph, VOID + "dataDump", dump)
            yield ox.Triple(graph, ox.NamedNode(VOID + "triples"), integer(size))

    def partitions(self, statistics: Statistics) -> Iterator[ox.Triple]:
        """What the dataset is made of, by class and by property."""
        about, void = self._dataset, ox.NamedNode(self._base + "/.well-known/void")
        yield count(about, "distinctSubjects", statistics.nodes["subjects"])
        yield count(about, "distinctObjects", statistics.nodes["objects"])
        yield ox.Triple(about, ox.NamedNode(VOID + "properties"), integer(len(statistics.properties)))
        yield ox.Triple(about, ox.NamedNode(VOID + "classes"), integer(len(statistics.classes)))
        for place, row in enumerate(statistics.classes, 1):
            yield from self._partition(f"{void.value}#class-{place}", "class", row)
        for place, row in enumerate(statistics.properties, 1):
            yield from self._partition(f"{void.value}#property-{place}", "property", row)

    def _partition(self, iri: str, kind: str, row: Row) -> Iterator[ox.Triple]:
        if row[kind]["type"] != "uri":
            return
        part = ox.NamedNode(iri)
        yield link(self._dataset, f"{VOID}{kind}Partition", iri)
        yield link(part, VOID + kind, row[kind]["value"])
        names = {"entities": "entities", "triples": "triples"}
        names |= {"subjects": "distinctSubjects", "objects": "distinctObjects"}
        for column, name in names.items():
            if column in row:
                yield count(part, name, row[column])


def link(subject: ox.NamedNode, predicate: str, target: str) -> ox.Triple:
    """Write a triple between IRIs."""
    return ox.Triple(subject, ox.NamedNode(predicate), ox.NamedNode(target))


def count(subject: ox.NamedNode, name: str, term: dict[str, str]) -> ox.Triple:
    """Write one of VoID's counts, from a query's row."""
    return ox.Triple(subject, ox.NamedNode(VOID + name), integer(term["value"]))
