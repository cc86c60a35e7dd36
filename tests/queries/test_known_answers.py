"""The questions of the portal, asked of the bundled dataset: the answers that the sources give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import QuerySolutions, RdfFormat, Store, Variable, parse

from ontology.terms import LANGUAGES
from queries.catalogue import HeaderError, NamedQuery, ParameterError, catalogue
from queries.catalogue import parse as parse_query
from service.store.generations import GenerationStore

ID = "https://w3id.org/strategraph/id/"

# What these ask about does not ship with Strategraph: it comes with a source, or when somebody enters it.
NEEDS_MORE_DATA = {
    "covenant-signatories-and-their-climate-strategies",
    "funding-calls-and-their-rules",
    "funding-calls-on-the-themes-of-an-organisation",
    "funding-calls-open-on-a-date",
    "investment-projects-that-seek-funding",
    "offers-and-needs-of-profiles",
    "offers-that-meet-needs",
    "quarantined-records",
    "records-in-quarantine",
}


@pytest.fixture(scope="session")
def graph(bundled_store: Path) -> Store:
    return GenerationStore.open(bundled_store, create=False).current().reader()


def answer(graph: Store, query: NamedQuery, **values: str) -> Any:
    bound = query.bind(values)
    terms = {
        Variable(name): next(parse(f"<urn:s> <urn:p> {text} .", format=RdfFormat.N_TRIPLES)).object
        for name, text in bound.items()
    }
    return graph.query(query.text, substitutions=terms)


def ask(graph: Store, name: str, **values: str) -> list[dict[str, str]]:
    found = answer(graph, catalogue()[name], **values)
    assert isinstance(found, QuerySolutions)
    names = [variable.value for variable in found.variables]
    return [
        {n: getattr(row[n], "value", str(row[n])).removeprefix(ID) for n in names if row[n] is not None}
        for row in found
    ]


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_every_question_has_an_answer_to_its_own_example(graph, name):
    query = catalogue()[name]
    found = list(answer(graph, query, **query.examples()))
    assert found or name in NEEDS_MORE_DATA


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_every_question_speaks_five_languages(name):
    query = catalogue()[name]
    for texts in (query.titles, query.descriptions, *(parameter.labels for parameter in query.parameters)):
        assert set(texts) == set(LANGUAGES)
        assert all(texts.values())


def test_there_are_enough_questions():
    assert len(catalogue()) >= 30


def test_both_lists_of_urbanhub_europe_stand(graph):
    rows = ask(graph, "hubs-of-a-network-by-source", network=ID + "network/urbanhub-europe")
    hubs: dict[str, set[str]] = {}
    for row in rows:
        hubs.setdefault(row["source"], set()).add(row["member"].removeprefix("organisation/"))
    assert hubs["source/spcleantech"] == {
        "bloxhub", "kirahub", "munich-urban-colab", "hammerbrooklyn", "factory-berlin", "urban-resilience-hub",
        "krk-urbanhub",
    }  # fmt: skip
    assert hubs["source/munich-urban-colab-uhe"] == {
        "bloxhub", "munich-urban-colab", "kirahub", "contech-lab", "estonian-digital-construction-cluster",
        "nordic-edge", "smart-city-cluster-malaga",
    }  # fmt: skip


def test_sources_disagree_on_the_members_of_urbanhub_europe(graph):
    rows = ask(graph, "statements-on-which-sources-disagree")
    told = " ".join(" ".join(row.values()) for row in rows if row["entity"] == "network/urbanhub-europe")
    assert "hammerbrooklyn" in told
    assert "nordic-edge" in told


def test_founders_and_hosts_of_the_icei_alliance(graph):
    rows = ask(graph, "members-founders-and-hosts-of-a-network", network=ID + "network/icei-alliance")
    roles = {(row["member"], row["role"].rpartition("/")[2]) for row in rows}
    assert ("organisation/spcleantech", "founder") in roles
    assert ("organisation/circular-economy-centre-kemi", "host") in roles


def test_partners_and_funder_of_smart_v4_strategies(graph):
    rows = ask(graph, "partners-and-funder-of-a-project", project=ID + "project/smart-v4-strategies")
    roles: dict[str, set[str]] = {}
    for row in rows:
        roles.setdefault(row["role"].rpartition("/")[2], set()).add(next(v for v in row.values() if "isation/" in v))
    assert roles["funder"] == {"organisation/international-visegrad-fund"}
    assert roles["partner"] | roles["lead-partner"] == {
        "organisation/spcleantech", "organisation/czech-smart-city-cluster", "organisation/slovak-smart-city-cluster",
        "organisation/digitalis-jolet",
    }  # fmt: skip


def test_the_agreement_of_2018_was_signed_by_three_office_holders(graph):
    rows = ask(
        graph,
        "signatories-of-an-agreement-with-their-offices",
        agreement=ID + "agreement/dom-polski-poludniowej-2018",
        lang="en",
    )
    text = {" ".join(row.values()) for row in rows}
    for name, office in (("Krupa", "Marshal"), ("Buła", "Marshal"), ("Gramatyka", "Deputy")):
        assert any(name in row and office in row for row in text), (name, text)


def test_the_office_in_brussels_has_six_tasks(graph):
    rows = ask(graph, "tasks-of-an-office", office=ID + "organisation/przedstawicielstwo-malopolski-bruksela")
    assert len({row["task"] for row in rows}) == 6


def test_an_area_is_either_covered_or_missed(graph):
    rows = ask(
        graph, "smart-areas-a-strategy-covers-and-misses", strategy=ID + "strategy/pl-krakow-climate-city-contract"
    )
    assert len({row["area"] for row in rows}) == 30


@given(st.text(max_size=200))
def test_no_value_can_change_a_question(text):
    """Whatever a person types is bound as one term or refused; it never becomes part of the SPARQL."""
    query = catalogue()["entities-whose-label-contains-a-text"]
    (bound,) = query.bind({"text": text or "x"}).values()
    terms = [quad.object for quad in parse(f"<urn:s> <urn:p> {bound} .", format=RdfFormat.N_TRIPLES)]
    assert [term.value for term in terms] == [text or "x"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "needs the parameter network"),
        ({"network": "no iri"}, "'no iri' is not an absolute IRI"),
        ({"network": "http://x/<a>"}, "is not an absolute IRI"),
        ({"network": "http://x/", "colour": "red"}, "has no parameter colour"),
        ({"network": "http://x/", "lang": "klingon!"}, "language tag"),
    ],
)
def test_an_unfit_value_is_refused_with_the_reason(values, said):
    with pytest.raises(ParameterError, match=said):
        catalogue()["hubs-of-a-network-by-source"].bind(values)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("# title@en: A\nSELECT * {}", "no title in pl, cs, sk, hu"),
        ("# nonsense\nSELECT * {}", "is not 'key: value'"),
        ("# colour: red\nSELECT * {}", "unknown header 'colour'"),
        ("# param: x colour required\nSELECT * {}", "a parameter is"),
    ],
)
def test_a_broken_header_is_told_with_the_file(source, said):
    with pytest.raises(HeaderError, match=said) as error:
        parse_query("mine", source)
    assert "mine.rq" in str(error.value)


def test_a_strategy_is_compared_with_its_kind_in_its_country_and_with_cities_of_its_size(graph):
    krakow = ID + "strategy/pl-krakow-climate-city-contract"
    found = ask(graph, "strategies-to-compare-with-a-strategy", strategy=krakow)
    same = {row["other"] for row in found if row["group"] == "same-kind-and-country"}
    size = {row["other"] for row in found if row["group"] == "similar-size"}
    contracts = {f"strategy/pl-{city}-climate-city-contract" for city in ("warszawa", "lodz", "wroclaw", "rzeszow")}
    assert contracts <= same
    assert all(other.startswith("strategy/pl-") for other in same)
    assert "strategy/pl-lodz-climate-city-contract" in size
    assert "strategy/pl-krakow-climate-city-contract" not in same | size
