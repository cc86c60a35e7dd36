"""The explorer's page and downloads: they agree with each other, and the address decides what they show."""

from __future__ import annotations

import csv
import io

import pytest

from ontology.terms import ID

CLUSTER = "organisation/spcleantech"


def nodes(visitor, query: str = "") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(visitor(f"/network.nodes.csv{query}").text)))


def test_page_table_and_picture_show_the_same(visitor) -> None:
    page = visitor("/network?kind=network&kind=organisation&country=PL").text
    table = nodes(visitor, "?kind=network&kind=organisation&country=PL")
    picture = visitor("/network.json?kind=network&kind=organisation&country=PL").json()
    assert f"{len(table)} nodes" in page
    assert {row["Id"] for row in table} == {node["data"]["id"] for node in picture["elements"]["nodes"]}
    assert {row["kind"] for row in table} == {"network", "organisation"}
    assert all(row["country"] in ("", "PL") or "PL" in row["country"] for row in table)


def test_a_path_is_found_by_names_and_by_addresses(visitor) -> None:
    ends = f"path_from={CLUSTER}&path_to=UrbanHub Europe"
    path = visitor(f"/network.json?{ends}").json()["data"]["path"]
    assert path[0] == ID + CLUSTER
    assert path[-1] == ID + "network/urbanhub-europe"
    assert "Shortest path" in visitor(f"/network?{ends}").text
    assert "There is no path" in visitor("/network?path_from=brno&path_to=nobody-has-this-name").text


def test_an_opened_node_shows_all_its_neighbours(visitor) -> None:
    before = visitor("/network.json?kind=network&kind=organisation").json()["data"]
    place, more = max(before["hidden"].items(), key=lambda item: item[1])
    after = visitor(f"/network.json?kind=network&kind=organisation&expand={place}").json()["data"]
    assert more > 0
    assert place not in after["hidden"]
    assert len(after["pages"]) >= len(before["pages"]) + more


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [("gexf", "application/gexf+xml"), ("graphml", "application/graphml+xml"), ("json", "application/json")],
)
def test_downloads_have_types_and_names(visitor, suffix: str, kind: str) -> None:
    answer = visitor(f"/network.{suffix}?theme=sdg/11")
    assert answer.headers["content-type"].startswith(kind)
    assert answer.headers["content-disposition"].endswith(f'network.{suffix}"')


def test_nonsense_in_the_address_counts_as_not_said(visitor) -> None:
    usual = len(nodes(visitor))
    assert len(nodes(visitor, "?kind=x&country=XX&theme=sdg/99&from=soon&to=²&measure=y&page=z")) == usual
    assert visitor("/network?page=99999&from=9999").status_code == 200
    assert visitor("/network.zip").status_code == 404


def test_only_the_embedded_page_may_be_framed(visitor) -> None:
    assert "frame-ancestors *" in visitor("/network/embed").headers["content-security-policy"]
    policy = visitor("/network").headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "worker-src 'self' blob:" in policy


def test_names_are_in_the_readers_language(visitor) -> None:
    assert "Eksplorator sieci" in visitor("/network", "pl").text
    assert "Közvetítő szerep" in visitor("/network", "hu").text


def test_hostile_texts_stay_texts(visitor) -> None:
    text = visitor("/network?path_from=%3Cscript%3Ealert(1)%3C/script%3E&expand=%22%3E%3Cscript%3E").text
    assert "<script>alert" not in text
    assert '"><script>' not in text


def test_the_element_for_other_sites_comes_from_any_origin(visitor) -> None:
    script = visitor("/network/component.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert script.headers["access-control-allow-origin"] == "*"
    assert script.headers["cross-origin-resource-policy"] == "cross-origin"
    assert 'customElements.define("strategraph-network"' in script.text
    page = visitor("/network?country=SK").text
    assert '&lt;strategraph-network src="http://portal.test/network?country=SK"' in page
    assert "/network/component.js" in page
    assert "/network/embed?country=SK&amp;lang=en" in page
