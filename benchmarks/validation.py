"""How fast validation is: everything at once with both engines, and a change against graphs of growing size.

python -m benchmarks.validation --size small     (about a minute)
python -m benchmarks.validation --size full      (adds a million triples; needs about 2 GB)
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from tempfile import TemporaryDirectory
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, Triple, parse

from ontology.terms import ID, PREFIXES, ontology_files
from service.settings import Settings
from service.store.changes import Change
from service.store.generations import GenerationStore
from service.validation import ChangeValidator, change_validator
from shapes.engines import ReferenceEngine, RustEngine
from shapes.validator import Validator, bundled_shapes

# Municipalities per run; each has 13 triples.
FULL_RUNS: Final = {"small": (100, 1_000), "full": (100, 1_000, 5_000)}
FULL_RUST_ONLY: Final = {"small": (15_000,), "full": (15_000, 75_000)}
CHANGE_TRIPLES: Final = {"small": (10_000, 100_000), "full": (10_000, 100_000, 1_000_000)}
REGIONS: Final = 73
REPEATS: Final = 5

SURROUNDINGS = """
@prefix sg: <https://w3id.org/strategraph/ontology#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> . @prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix schema: <https://schema.org/> . @prefix country: <http://publications.europa.eu/resource/authority/country/> .
@prefix nuts: <http://data.europa.eu/nuts/code/> . @prefix source: <https://w3id.org/strategraph/id/source/> .
source:lau a sg:Source ; dct:title "LAU"@en ; foaf:page <https://example.org/lau> .
country:POL a sg:Country ; skos:prefLabel "Poland"@en ; skos:notation "PL" ; skos:exactMatch nuts:PL ;
    dct:source source:lau .
nuts:PL2 a sg:Region ; skos:prefLabel "PL2"@pl ; sg:nutsCode "PL2" ; sg:nutsLevel 1 ;
    schema:containedInPlace country:POL ; dct:source source:lau .
nuts:PL21 a sg:Region ; skos:prefLabel "PL21"@pl ; sg:nutsCode "PL21" ; sg:nutsLevel 2 ;
    schema:containedInPlace nuts:PL2 ; dct:source source:lau .
"""


def term(compact: str) -> NamedNode:
    prefix, _, local = compact.partition(":")
    return NamedNode(PREFIXES[prefix] + local)


def typed(text: str, datatype: str) -> Literal:
    return Literal(text, datatype=term(datatype))


def municipality(number: int) -> NamedNode:
    return NamedNode(f"{ID}municipality/pl-{number:07}")


def region(number: int) -> NamedNode:
    return NamedNode(f"{PREFIXES['nuts']}PL2{number:02}")


def synthetic(municipalities: int) -> Iterator[Triple]:
    """A graph like that of the local administrative units, with the class hierarchy of the ontology."""
    for path in ontology_files():
        yield from (q.triple for q in parse(path=str(path)) if q.predicate == term("rdfs:subClassOf"))
    yield from (q.triple for q in parse(SURROUNDINGS, format=RdfFormat.TURTLE))
    source = NamedNode(ID + "source/lau")
    for number in range(REGIONS):
        node = region(number)
        yield Triple(node, term("rdf:type"), term("sg:Region"))
        yield Triple(node, term("skos:prefLabel"), Literal(f"Region {number}", language="pl"))
        yield Triple(node, term("sg:nutsCode"), Literal(f"PL2{number:02}"))
        yield Triple(node, term("sg:nutsLevel"), typed("3", "xsd:integer"))
        yield Triple(node, term("schema:containedInPlace"), NamedNode(PREFIXES["nuts"] + "PL21"))
        yield Triple(node, term("dct:source"), source)
    for number in range(municipalities):
        node = municipality(number)
        point = NamedNode(node.value + "#point")
        latitude, longitude = f"{49 + number % 5000 / 1000}", f"{14.5 + number % 9000 / 1000}"
        yield Triple(node, term("rdf:type"), term("sg:Municipality"))
        yield Triple(node, term("skos:prefLabel"), Literal(f"Gmina {number}", language="pl"))
        yield Triple(node, term("sg:lauCode"), Literal(f"{number:07}"))
        yield Triple(node, term("schema:containedInPlace"), region(number % REGIONS))
        yield Triple(node, term("sg:population"), typed(str(1000 + number), "xsd:integer"))
        yield Triple(node, term("sg:areaKm2"), typed("25.5", "xsd:decimal"))
        yield Triple(node, term("sg:degreeOfUrbanisation"), typed("3", "xsd:integer"))
        yield Triple(node, term("wgs:lat"), typed(latitude, "xsd:decimal"))
        yield Triple(node, term("wgs:long"), typed(longitude, "xsd:decimal"))
        yield Triple(node, term("geo:hasGeometry"), point)
        yield Triple(node, term("dct:source"), source)
        yield Triple(point, term("rdf:type"), term("geo:Geometry"))
        yield Triple(point, term("geo:asWKT"), typed(f"POINT({longitude} {latitude})", "geo:wktLiteral"))


def store_with(municipalities: int) -> Store:
    store = Store()
    store.bulk_extend(Quad(*triple) for triple in synthetic(municipalities))
    return store


def seconds(action: Callable[[], object], repeats: int = 1) -> float:
    """The median time of an action."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def changed(store: Store, triple: Triple, action: Callable[[], object], repeats: int = REPEATS) -> float:
    """The time of an action while a triple is missing from the store."""
    store.remove(Quad(*triple))
    try:
        return seconds(action, repeats)
    finally:
        store.add(Quad(*triple))


def full_validation(size: str) -> None:
    rust, reference = Validator(bundled_shapes(), RustEngine), Validator(bundled_shapes(), ReferenceEngine)
    print("Everything at once")
    print(f"{'triples':>10}  {'shacl':>9}  {'pySHACL':>9}  {'ratio':>6}")
    for count in FULL_RUNS[size]:
        data = store_with(count)
        assert rust.validate(data).conforms, rust.validate(data).as_text()
        fast, slow = seconds(lambda: rust.validate(data), 3), seconds(lambda: reference.validate(data))  # noqa: B023
        print(f"{len(data):>10,}  {fast:>7.2f} s  {slow:>7.2f} s  {slow / fast:>5.0f}x", flush=True)
    for count in FULL_RUST_ONLY[size]:
        data = store_with(count)
        print(f"{len(data):>10,}  {seconds(lambda: rust.validate(data)):>7.2f} s", flush=True)  # noqa: B023


def one_change(size: str) -> None:
    validator = Validator(bundled_shapes(), RustEngine)
    leaf = Triple(municipality(5), term("sg:lauCode"), Literal(f"{5:07}"))
    hub = Triple(region(5), term("sg:nutsLevel"), typed("3", "xsd:integer"))
    print("\nOne triple removed, in the graph and in what it concerns")
    print(f"{'triples':>10}  {'of a municipality':>18}  {'of a region':>12}  {'concerned':>9}  {'everything':>10}")
    for triples in CHANGE_TRIPLES[size]:
        data = store_with(triples // 13)

        def validate(triple: Triple) -> object:
            return validator.validate_change(data, data, [], [triple])  # noqa: B023

        small = changed(data, leaf, lambda: validate(leaf))
        large = changed(data, hub, lambda: validate(hub), 3)
        concerned = len(validator.reach.concerned(data, [hub]))
        whole = seconds(lambda: validator.validate(data))  # noqa: B023
        print(
            f"{len(data):>10,}  {small * 1000:>15.1f} ms  {large * 1000:>9.0f} ms  {concerned:>9,}  {whole:>8.2f} s",
            flush=True,
        )


def one_write(size: str) -> None:
    """An update as a client sends it: fork, change, validation, publication; the ratio is what counts."""
    graph, judge = NamedNode("https://example.org/graph/lau"), change_validator(Settings())
    print("\nOne update of a municipality, published")
    print(f"{'triples':>10}  {'validated':>11}  {'in all':>11}")
    figures = []
    for triples in CHANGE_TRIPLES[size]:
        with TemporaryDirectory() as folder:
            store = GenerationStore.open(folder)
            with store.draft("benchmark", "load") as draft:
                draft.bulk_add(Quad(*triple, graph) for triple in synthetic(triples // 13))
                draft.publish()
            times = [updated(store, graph, number, judge) for number in range(3 * REPEATS)]
            figures.append([statistics.median(each) * 1000 for each in zip(*times, strict=True)])
            quads = store.current().manifest.quads
        print(f"{quads:>10,}  {figures[-1][0]:>8.1f} ms  {figures[-1][1]:>8.1f} ms", flush=True)
    ratios = [last / first for first, last in zip(figures[0], figures[-1], strict=True)]
    grown = CHANGE_TRIPLES[size][-1] / CHANGE_TRIPLES[size][0]
    print(f"{grown:>9,.0f}x  {ratios[0]:>10.2f}x  {ratios[1]:>10.2f}x")


def updated(store: GenerationStore, graph: NamedNode, number: int, judge: ChangeValidator) -> tuple[float, float]:
    """Give a municipality another population; the seconds of the validation and of everything."""
    begun = time.perf_counter()
    old, new = (
        Quad(municipality(number), term("sg:population"), typed(str(n), "xsd:integer"), graph)
        for n in (1000 + number, 7)
    )
    with store.draft("benchmark", "update") as draft:
        change = draft.apply(Change(frozenset([new]), frozenset([old])))
        assert len(change.removed) == 1
        validating = time.perf_counter()
        assert judge(draft, change).accepted
        validated = time.perf_counter() - validating
        draft.publish()
    return validated, time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures validation.")
    parser.add_argument("--size", choices=("small", "full"), default="small")
    parser.add_argument("--writes-only", action="store_true", help="only what an update costs")
    known = parser.parse_args()
    if not known.writes_only:
        full_validation(known.size)
        one_change(known.size)
    one_write(known.size)


if __name__ == "__main__":
    main()
