"""A data portal that reads the catalogue finds everything that DCAT-AP 3 asks for, and what it names is there."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from pyoxigraph import Literal, NamedNode, RdfFormat, Store
from rdflib import Graph

from ontology.terms import LANGUAGES
from service.dcat import NAMESPACES, Catalogue, iri
from service.settings import Settings
from service.store.generations import GenerationStore

SHAPES = ("3.0.1_shapes.ttl", "3.0.1_range.ttl")


def store_of(answer: httpx.Response) -> Store:
    store = Store()
    store.load(answer.content, RdfFormat.from_media_type(answer.headers["content-type"].split(";")[0]))
    return store


def values(store: Store, subject: Any, predicate: str) -> list[Any]:
    return [quad.object for quad in store.quads_for_pattern(subject, iri(predicate), None)]


def things(store: Store, kind: str) -> list[Any]:
    return [quad.subject for quad in store.quads_for_pattern(None, iri("rdf:type"), iri(kind))]


@pytest.fixture(scope="module")
def harvested(client: httpx.Client) -> Store:
    return store_of(client.get("/catalog.ttl"))


def test_what_is_mandatory_or_recommended_is_there(harvested: Store) -> None:
    (catalogue,) = things(harvested, "dcat:Catalog")
    for predicate in ("dct:title", "dct:description", "dct:publisher", "dct:license", "foaf:homepage", "dct:modified"):
        assert values(harvested, catalogue, predicate), predicate
    assert {title.language for title in values(harvested, catalogue, "dct:title")} == set(LANGUAGES)
    assert set(values(harvested, catalogue, "dcat:dataset")) == set(things(harvested, "dcat:Dataset"))
    assert set(values(harvested, catalogue, "dcat:service")) == set(things(harvested, "dcat:DataService"))
    wanted = ("dct:title", "dct:description", "dct:publisher", "dcat:contactPoint", "dcat:theme", "dcat:distribution")
    for dataset in things(harvested, "dcat:Dataset"):
        for predicate in (*wanted, "dct:modified", "dct:spatial", "dct:accessRights", "dcat:keyword"):
            assert values(harvested, dataset, predicate), (dataset, predicate)
    for distribution in things(harvested, "dcat:Distribution"):
        for predicate in ("dcat:accessURL", "dct:license"):
            (found,) = values(harvested, distribution, predicate)
            assert isinstance(found, NamedNode)
        if download := values(harvested, distribution, "dcat:downloadURL"):
            assert len(download) == 1
            (media_type,) = values(harvested, distribution, "dcat:mediaType")
            assert media_type.value.startswith("https://www.iana.org/assignments/media-types/")
            assert values(harvested, distribution, "dct:format")


def test_every_download_comes_in_the_form_that_is_promised(client: httpx.Client, harvested: Store) -> None:
    for distribution in things(harvested, "dcat:Distribution"):
        for address in values(harvested, distribution, "dcat:downloadURL"):
            (media_type,) = values(harvested, distribution, "dcat:mediaType")
            with client.stream("GET", address.value) as answer:
                assert answer.status_code == 200, address
                sent = answer.headers["content-type"].split(";")[0]
            assert sent == media_type.value.removeprefix(NAMESPACES["media"]), address
    for service in things(harvested, "dcat:DataService"):
        for address in (service, *values(harvested, service, "dcat:endpointDescription")):
            status = client.get(address.value).status_code
            # The graph store wants to know which graph.
            assert status == (400 if address.value.endswith("/graphs") else 200), address


@pytest.mark.parametrize("accept", ["text/turtle", "application/rdf+xml", "application/ld+json"])
def test_harvesters_get_the_format_they_ask_for(client: httpx.Client, harvested: Store, accept: str) -> None:
    answer = client.get("/catalog", headers={"Accept": accept})
    assert answer.headers["content-type"].startswith(accept)
    assert len(store_of(answer)) == len(harvested)
    again = client.get("/catalog", headers={"Accept": accept, "If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    assert client.head("/catalog.rdf").headers["content-type"] == "application/rdf+xml"
    assert client.get("/catalog.docx").status_code == 404


def test_publisher_and_contact_are_the_operators(tmp_path: Any) -> None:
    settings = Settings.from_environ({"STRATEGRAPH_PUBLISHER": "City of Brno", "STRATEGRAPH_CONTACT": "data@brno.cz"})
    generation = GenerationStore.open(tmp_path / "store").current()
    store = Store()
    made = Catalogue("https://data.example", settings.publisher, settings.contact, generation, [])
    store.extend(_quads(made))
    (publisher,) = things(store, "foaf:Agent")
    assert values(store, publisher, "foaf:name") == [Literal("City of Brno")]
    (contact,) = things(store, "vcard:Organization")
    assert values(store, contact, "vcard:hasEmail") == [NamedNode("mailto:data@brno.cz")]


def test_graphs_with_different_licences_keep_their_own(tmp_path: Any) -> None:
    licences = ("https://creativecommons.org/licenses/by/4.0/", "https://creativecommons.org/publicdomain/zero/1.0/")
    rows = [
        {
            "graph": {"type": "uri", "value": f"https://w3id.org/strategraph/graph/{number}"},
            "licence": {"type": "uri", "value": licence},
        }
        for number, licence in enumerate(licences)
    ]
    generation = GenerationStore.open(tmp_path / "store").current()
    store = Store()
    store.extend(_quads(Catalogue("https://data.example", "X", None, generation, rows)))
    whole = NamedNode("https://data.example/.well-known/void#dataset")
    for distribution in values(store, whole, "dcat:distribution"):
        assert not values(store, distribution, "dct:license")
        assert values(store, distribution, "dct:rights")
    first = values(store, NamedNode("https://w3id.org/strategraph/graph/1"), "dcat:distribution")
    assert {one.value for d in first for one in values(store, d, "dct:license")} == {licences[1]}


def _quads(made: Catalogue) -> list[Any]:
    from pyoxigraph import Quad

    return [Quad(t.subject, t.predicate, t.object) for t in made.triples()]


@pytest.mark.slow
@pytest.mark.parametrize("name", SHAPES)
def test_the_shapes_of_the_european_commission_find_nothing(client: httpx.Client, shared: Any, name: str) -> None:
    import pyshacl

    data = Graph().parse(data=client.get("/catalog.ttl").content, format="turtle")
    shapes = Graph().parse(shared / "dcat-ap-shapes" / name)
    conforms, _, report = pyshacl.validate(data, shacl_graph=shapes)
    assert conforms, report


@pytest.mark.parametrize("stated", [{"type": "literal", "value": "CC BY 4.0"}, {"type": "bnode", "value": "b0"}])
def test_a_licence_that_is_no_address_is_none(tmp_path: Any, stated: dict[str, str]) -> None:
    graph = "https://w3id.org/strategraph/graph/1"
    generation = GenerationStore.open(tmp_path / "store").current()
    store = Store()
    rows = [{"graph": {"type": "uri", "value": graph}, "licence": stated}]
    store.extend(_quads(Catalogue("https://data.example", "X", None, generation, rows)))
    for distribution in values(store, NamedNode(graph), "dcat:distribution"):
        assert not values(store, distribution, "dct:license")
        assert values(store, distribution, "dct:rights")
