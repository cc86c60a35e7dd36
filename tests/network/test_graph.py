"""The graph by itself: what filters leave, what measures say, and that other programs can read every export."""

from __future__ import annotations

import csv
import io
import json
import random
from xml.etree import ElementTree

import networkx as nx
import pytest

from service.network import exports
from service.network.filters import Choice, narrow, years
from service.network.measures import EXACT, measure
from service.network.model import Graph, Link, Node, group_of, merged, year
from service.network.paths import shortest, steps

HOSTILE = 'A&B <"x">\x00 \u00e9'
NAMES = {"a": "=cmd()", "b": HOSTILE}


def graph() -> Graph:
    """Two networks that only one organisation belongs to both of."""
    nodes = {
        "a": Node("a", "organisation", frozenset({"PL"}), frozenset({"t"})),
        "b": Node("b", "organisation", frozenset({"CZ"}), frozenset({"t"})),
        "c": Node("c", "organisation", frozenset({"SK"})),
        "n": Node("n", "network", frozenset(), frozenset({"t"})),
        "m": Node("m", "network"),
        "s": Node("s", "strategy", frozenset({"PL"})),
    }
    links = (
        Link("a", "n", "member", 2010, 2014),
        Link("b", "n", "member", 2015),
        Link("b", "m", "founder"),
        Link("c", "m", "member", 0, 2012),
        Link("s", "a", "adopted"),
    )
    return Graph(nodes, links)


def large(nodes: int, links: int) -> Graph:
    chance = random.Random(1)
    pairs = [(f"n{int(nodes * chance.random() ** 2)}", f"n{chance.randrange(nodes)}") for _ in range(links)]
    found = merged(Link(one, other, "member") for one, other in pairs if one != other)
    return Graph({f"n{i}": Node(f"n{i}", "organisation") for i in range(nodes)}, found)


def export(part: Graph) -> exports.Export:
    return exports.Export(part, measure(part), lambda iri: NAMES.get(iri, iri))


def test_strategies_come_in_when_asked_for() -> None:
    assert set(narrow(graph(), Choice()).nodes) == {"a", "b", "c", "n", "m"}
    assert set(narrow(graph(), Choice(("strategy", "organisation"))).nodes) == {"a", "s"}


def test_a_network_of_no_country_stays_with_its_members() -> None:
    assert set(narrow(graph(), Choice(countries=("PL",))).nodes) == {"a", "n"}


def test_theme_and_period_narrow() -> None:
    assert set(narrow(graph(), Choice(theme="t")).nodes) == {"a", "b", "n"}
    then = narrow(graph(), Choice(first=2013, last=2014))
    assert {(link.source, link.target) for link in then.links} == {("a", "n"), ("b", "m")}
    assert years(graph()) == (2010, 2015)
    assert years(Graph()) == (0, 0)


def test_an_opened_node_brings_its_neighbours_only() -> None:
    opened = narrow(graph(), Choice(("network",), expanded=("a", "unknown")))
    assert set(opened.nodes) == {"a", "n", "s"}


def test_claims_about_the_same_link_become_one() -> None:
    told = [Link("a", "n", "r", 2012, 2014), Link("a", "n", "r", 2010), Link("a", "n", "r", sources=3)]
    assert merged(told) == (Link("a", "n", "r", 2010, 0, 3),)
    assert merged([Link("a", "n", "r"), Link("a", "n", "r", 2010, 2011)]) == (Link("a", "n", "r", 2010, 2011),)


@pytest.mark.parametrize(
    ("text", "expected"), [("2014", 2014), ("2014-05-01", 2014), ("", 0), ("about", 0), ("201", 0)]
)
def test_a_year(text: str, expected: int) -> None:
    assert year(text) == expected


def test_kinds_are_offered_in_groups() -> None:
    assert [group_of(kind) for kind in ("alliance", "municipality", "person", "")] == [
        "network",
        "place",
        "person",
        "organisation",
    ]


def test_measures_of_a_known_graph() -> None:
    found = measure(narrow(graph(), Choice()))
    assert found.degree == {"a": 1, "b": 2, "c": 1, "n": 2, "m": 2}
    # In a row of five, the middle lies on 4 of 6 paths, its neighbours on 3.
    assert found.betweenness["b"] == pytest.approx(4 / 6)
    assert found.betweenness["n"] == pytest.approx(3 / 6)
    assert sum(found.pagerank.values()) == pytest.approx(1)
    assert found.community["c"] == found.community["m"]
    assert not found.estimated
    assert measure(Graph()).communities == []


def test_pagerank_of_a_star_has_a_closed_form() -> None:
    nodes = {iri: Node(iri, "organisation") for iri in ("hub", "a", "b")}
    found = measure(Graph(nodes, (Link("a", "hub", "member"), Link("b", "hub", "member")))).pagerank
    # hub = .05 + .85 (1 - hub)
    assert found["hub"] == pytest.approx(0.9 / 1.85, abs=1e-6)


def test_measures_agree_with_another_library() -> None:
    network = large(300, 700)
    found = measure(network)
    other = nx.Graph([(link.source, link.target) for link in network.links])
    other.add_nodes_from(network.nodes)
    assert found.betweenness == pytest.approx(nx.betweenness_centrality(other))
    assert found.pagerank == pytest.approx(nx.pagerank(other, tol=1e-10), abs=1e-6)
    groups = [{iri for iri, number in found.community.items() if number == one} for one, _ in found.communities]
    best = nx.community.modularity(other, nx.community.louvain_communities(other, seed=1))
    assert nx.community.modularity(other, groups) > best - 0.03


def test_an_estimate_finds_the_same_bridges() -> None:
    network = large(EXACT + 100, 5000)
    other = nx.Graph([(link.source, link.target) for link in network.links])
    found = measure(network)
    exact = nx.betweenness_centrality(other, k=400, seed=3)
    assert found.estimated
    first = sorted(exact, key=exact.__getitem__)[-10:]
    assert len(set(first) & set(sorted(found.betweenness, key=found.betweenness.__getitem__)[-15:])) >= 8


@pytest.mark.parametrize("number", [1, 2])
def test_the_smallest_networks_are_measured(number: int) -> None:
    found = measure(large(number, 1))
    assert set(found.betweenness.values()) == {0.0}
    assert sum(found.pagerank.values()) == pytest.approx(1)


def test_shortest_path_and_its_links() -> None:
    path = shortest(graph(), "a", "c")
    assert path == ["a", "n", "b", "m", "c"]
    assert [(node, [link.relation for link in links]) for node, links in steps(graph(), path)][-1] == ("c", ["member"])
    assert shortest(graph(), "a", "nobody") == []
    assert shortest(graph(), "a", "a") == ["a"]
    alone = Graph({"a": Node("a", "place"), "b": Node("b", "place")})
    assert shortest(alone, "a", "b") == []


def test_other_programs_read_the_xml() -> None:
    one = export(graph())
    read = nx.parse_graphml(exports.graphml(one))
    assert read.number_of_nodes() == 6
    assert read.nodes["b"]["label"] == HOSTILE.replace("\x00", "")
    assert read.edges["a", "n"]["start_year"] == 2010
    root = ElementTree.fromstring(exports.gexf(one))
    space = "{http://gexf.net/1.3}"
    assert len(root.findall(f".//{space}node")) == 6
    assert len(root.findall(f".//{space}edge")) == 5
    declared = {element.get("id") for element in root.findall(f".//{space}attribute")}
    assert {element.get("for") for element in root.findall(f".//{space}attvalue")} <= declared


def test_tables_and_json_hold_the_same() -> None:
    one = export(graph())
    nodes = list(csv.DictReader(io.StringIO(exports.nodes_csv(one))))
    assert nodes[0]["Label"] == "'=cmd()"
    assert nodes[0]["country"] == "PL"
    edges = list(csv.DictReader(io.StringIO(exports.edges_csv(one))))
    assert (edges[1]["Source"], edges[1]["start_year"], edges[1]["end_year"]) == ("b", "2015", "")
    found = json.loads(exports.cytoscape(one, {"path": []}))
    assert {edge["data"]["source"] for edge in found["elements"]["edges"]} <= set(graph().nodes)
    assert set(found["elements"]["nodes"][0]["position"]) == {"x", "y"}


def test_a_large_network_is_measured_and_always_the_same() -> None:
    found = measure(large(5000, 20000))
    assert found.estimated
    assert len(found.community) == 5000
    assert found == measure(large(5000, 20000))
    assert measure(large(500, 900)) == measure(large(500, 900))
