"""The loaders on the publishers' own files."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from pyoxigraph import Quad, Store

from loaders.base import Input, Loader, RecordRejected
from loaders.covenant_of_mayors import CovenantOfMayors
from loaders.geonames import Geonames
from loaders.lau import Lau
from loaders.nuts import Nuts
from loaders.sdg import Sdg
from loaders.statements import term


def inputs(*paths: Path) -> list[Input]:
    return [Input(path, path.name) for path in paths]


def store_of(loader: Loader, *paths: Path, known: Store | None = None) -> Store:
    store = known or Store()
    loader.prepare(store)
    for record in loader.read(inputs(*paths)):
        with suppress(RecordRejected):
            store.extend(Quad(t.subject, t.predicate, t.object, loader.graph) for t in loader.triples(record))
    return store


def count(store: Store, kind: str) -> int:
    return len({q.subject for q in store.quads_for_pattern(None, term("rdf:type"), term(kind))})


def lau_files(shared: Path) -> list[Path]:
    return sorted((shared / "lau-centres-2020").glob("*_adjusted_intersection.csv"))


def test_lau_has_every_municipality(shared):
    assert count(store_of(Lau(), *lau_files(shared)), "sg:Municipality") == 14_817


def test_eurostats_workbook_and_the_plain_list_give_the_same_regions(shared):
    folder = shared / "nuts-regions"
    book = store_of(Nuts(), folder / "NUTS2016-NUTS2021.xlsx")
    plain = store_of(Nuts(), folder / "nuts2021_names_V4_derived.csv")
    assert count(book, "sg:Region") == count(plain, "sg:Region") == 164
    assert count(book, "sg:Country") == 4
    assert set(book) == set(plain)


def test_the_uns_goals_and_targets_are_all_there(shared):
    store = store_of(Sdg(), shared / "sdg-lod4stats" / "sdg-kos-goals-targets-indicators.ttl")
    assert count(store, "sdgo:Goal") == 17
    assert count(store, "sdgo:Target") == 169


def test_signatories_and_places_are_linked_to_municipalities(shared):
    store = store_of(Lau(), *lau_files(shared))
    store_of(Geonames(), shared / "geonames-v4" / "cities500_V4_derived.json", known=store)
    assert count(store, "sg:PopulatedPlace") == 8_593
    links = list(store.quads_for_pattern(None, term("skos:exactMatch"), None, Geonames().graph))
    assert len(links) > 6_500
    assert len({q.subject for q in links}) / len(links) > 0.95

    store_of(CovenantOfMayors(), shared / "covenant-mayors-2024" / "signatories_V4_derived.csv", known=store)
    members = {
        q.object
        for q in store.quads_for_pattern(None, term("org:member"), None, CovenantOfMayors().graph)
        if "/municipality/" in q.object.value
    }
    assert len(members) > 620
