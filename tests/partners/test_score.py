"""The score is a pure function of features; each feature says what shows it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.partners.consortium import Rules, propose
from service.partners.evaluation import by_common_neighbours, by_popularity, evaluate, folds, recalls
from service.partners.features import Wish, features, kilometres
from service.partners.model import SIDES, Partners, Party, Tie
from service.partners.score import WEIGHTS, match, rank, score

KRAKOW = Party("k", "municipality", "PL", ("k", "PL21", "PL"), (19.94, 50.06), 780_000, frozenset({"air", "bike"}))
BRNO = Party("b", "municipality", "CZ", ("b", "CZ06", "CZ"), (16.61, 49.2), 380_000, frozenset({"air", "waste"}))
NITRA = Party("n", "municipality", "SK", ("n", "SK02", "SK"), None, 78_000, frozenset({"waste"}))
LAB = Party("lab", "university", "SK", ("SK",), None, 0, frozenset({"bike"}), offers=frozenset({"sensors"}))
FIRM = Party("firm", "company", "PL", ("PL21", "PL"), None, 0, seeks=frozenset({"sensors"}))
HELPER = Party("helper", "association", "PL", ("PL",))
NET = Party("net", "network")
PARTIES = {p.iri: p for p in (KRAKOW, BRNO, NITRA, LAB, FIRM, HELPER, NET)}
TIES = (
    *(Tie(one, "net") for one in ("k", "b", "lab")),
    *(Tie(one, "project", True) for one in ("k", "lab")),
    Tie("helper", "firm"),
)
PARTNERS = Partners(PARTIES, TIES, frozenset({"air", "bike", "waste"}), frozenset({"project"}))


def test_features_say_what_shows_them() -> None:
    found = features(PARTNERS, Wish(KRAKOW), BRNO)
    assert found["shared"].things == ("air",)
    assert found["gaps"].things == ("waste",)
    assert found["gaps"].value == 1
    assert found["bridges"].things == ("net",)
    assert round(found["distance"].number) == round(kilometres((19.94, 50.06), (16.61, 49.2))) == 258
    assert 0.8 < found["size"].value < 0.9
    assert "projects" not in found
    assert features(PARTNERS, Wish(KRAKOW), LAB)["projects"].things == ("project",)
    assert features(PARTNERS, Wish(FIRM), LAB)["offers"].things == ("sensors",)
    assert features(PARTNERS, Wish(LAB), FIRM)["offers"].things == ("sensors",)


def test_a_helper_of_the_region_is_active_there() -> None:
    found = features(PARTNERS, Wish(KRAKOW), HELPER)["region"]
    assert (found.where, found.number) == ("PL21", 1)


def test_a_tie_with_the_one_who_asks_does_not_count_as_being_active_there() -> None:
    assert "region" not in features(PARTNERS, Wish(FIRM), HELPER)
    assert features(PARTNERS, Wish(FIRM), HELPER)["projects"].number == 0


def test_what_is_looked_for_comes_first() -> None:
    order = [m.party.iri for m in rank(PARTNERS, Wish(KRAKOW, frozenset({"waste"})))]
    assert set(order[:2]) == {"b", "n"}
    assert "k" not in order


def test_without_an_asker_only_what_needs_none_counts() -> None:
    found = match(PARTNERS, Wish(None, frozenset({"waste"})), NITRA)
    assert set(found.features) == {"shared"}
    assert found.score == pytest.approx(WEIGHTS["shared"] / (WEIGHTS["shared"] + WEIGHTS["experience"]))


VALUES = st.dictionaries(st.sampled_from(sorted(WEIGHTS)), st.floats(0, 1))
CHOSEN = st.fixed_dictionaries({name: st.floats(0, 10) for name in WEIGHTS})


@given(VALUES, CHOSEN)
def test_a_score_is_between_nothing_and_all(values: dict[str, float], weights: dict[str, float]) -> None:
    assert 0 <= score(values, weights) <= 1 + 1e-9


@given(VALUES, CHOSEN, st.sampled_from(sorted(WEIGHTS)))
def test_more_of_a_feature_never_lowers_the_score(
    values: dict[str, float], weights: dict[str, float], name: str
) -> None:
    assert score(values | {name: 1.0}, weights) >= score(values, weights) - 1e-12


def test_every_feature_is_between_0_and_1() -> None:
    for who in PARTIES.values():
        for party in PARTIES.values():
            if who is not party:
                assert all(0 < f.value <= 1 for f in features(PARTNERS, Wish(who), party).values())
    assert {p.side for p in PARTIES.values()} <= set(SIDES)


def test_a_consortium_keeps_the_rules() -> None:
    rules = Rules(4, 3, frozenset({"research"}), frozenset({"waste"}))
    first, *_ = propose(rank(PARTNERS, Wish(KRAKOW)), rules, KRAKOW)
    assert first.complete
    assert len(first.members) == 3
    assert {"PL", "CZ", "SK"} <= set(first.countries)
    assert "research" in first.sides
    assert first.themes == {"waste"}
    assert all(m.party.side != "network" for m in first.members)


def test_a_consortium_says_what_it_lacks() -> None:
    first, *_ = propose(rank(PARTNERS, Wish(KRAKOW)), Rules(9, 5, frozenset({"public"})), KRAKOW)
    assert not first.complete
    assert (first.missing_partners, first.missing_countries, first.missing_sides) == (3, 2, {"public"})


def test_proposals_differ_and_nobody_gives_none() -> None:
    found = propose(rank(PARTNERS, Wish(KRAKOW)), Rules(2, 2), KRAKOW)
    assert len({tuple(sorted(m.party.iri for m in c.members)) for c in found}) == len(found) > 1
    assert propose([], Rules(), KRAKOW) == []


def test_folds_hide_each_tie_once() -> None:
    dealt = folds(TIES, 5, seed=3)
    assert sorted(sorted(t.ends) for part in dealt for t in part) == sorted(sorted(t.ends) for t in TIES)
    assert dealt == folds(TIES, 5, seed=3)


def test_evaluation_asks_from_both_ends_and_sees_nothing_hidden() -> None:
    seen: list[bool] = []

    def spy(partners: Partners, who: Party, party: Party) -> float:
        seen.append("net" in partners.of("k"))
        return by_popularity(partners, who, party)

    places = evaluate(PARTNERS, [Tie("k", "net")], {"spy": spy, "common": by_common_neighbours})
    assert not any(seen)
    assert all(len(found) == 2 for found in places.values())
    (first, _) = recalls(places, (1, 10))
    assert first.at[10] == 1
    assert first.questions == 2
