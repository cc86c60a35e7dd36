"""Links to other registers are made only where the tables and the place agree."""

from __future__ import annotations

from contextlib import suppress

from pyoxigraph import Literal, Quad, Store

from loaders.base import Input, RecordRejected
from loaders.links import Links
from loaders.statements import term
from ontology.terms import graph_iri, mint

REGIONS = (
    "COUNTRY CODE;NUTS LEVEL;NUTS CODE;NUTS LABEL;;;\nPL;2;PL21;Małopolskie;http://www.wikidata.org/entity/Q54159;;\n"
)
PLEDGES = (
    "target_id,actor_id,URL\na,PL BLW,https://example.org/?scity_id=12867\n"
    "b,PL LEJ,https://example.org/?scity_id=77\nc,PL XXX,https://example.org/?scity_id=5\n"
)
POINTS = "actor_id,lat,lng\nPL BLW,506908,166200\nPL LEJ,540000,190000\n"
ITEMS = "actor_id,identifier,namespace\nPL BLW,Q857331,Wikidata\n"


def known() -> Store:
    store, graph = Store(), graph_iri("covenant-of-mayors")
    for number, slug in (("12867", "pl-0202021"), ("77", "pl-2417092")):
        place = mint("municipality", slug)
        member = mint("membership", f"covenant-of-mayors-{number}")
        store.add(Quad(member, term("org:member"), place, graph))
        store.add(Quad(place, term("wgs:long"), Literal("16.62", datatype=term("xsd:decimal")), graph))
        store.add(Quad(place, term("wgs:lat"), Literal("50.69", datatype=term("xsd:decimal")), graph))
    return store


def test_regions_and_signatories_are_linked_and_the_rest_rejected_with_a_reason(tmp_path):
    inputs = []
    for name, text in (("regions", REGIONS), ("pledges", PLEDGES), ("points", POINTS), ("items", ITEMS)):
        (tmp_path / name).write_text(text, encoding="utf-8")
        inputs.append(Input(tmp_path / name, name))
    loader = Links()
    loader.prepare(known())
    links, reasons = set(), []
    for record in loader.read(inputs):
        with suppress(RecordRejected):
            links |= {(t.subject.value, t.object.value) for t in loader.triples(record)}
            continue
        reasons.append(record["code"])
    bielawa = mint("municipality", "pl-0202021").value
    assert links == {
        ("http://data.europa.eu/nuts/code/PL21", "http://www.wikidata.org/entity/Q54159"),
        (bielawa, "http://www.wikidata.org/entity/Q857331"),
        (bielawa, "https://vocabulary.uncefact.org/unlocode#PLBLW"),
    }
    assert reasons == ["PL LEJ", "PL XXX"]


def test_the_publishers_tables_link_regions_and_signatories(shared):
    kohesio = shared / "kohesio-regions" / "regions.csv"
    records = list(Links().read([Input(kohesio, kohesio.name)]))
    linked = [r for r in records if r["nuts"][:2] in {"PL", "CZ"} and r["item"]]
    assert len(linked) >= 27
