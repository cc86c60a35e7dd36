"""The pure parts of the pages: letters, facets, treemap, translations."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.pages import language, messages
from service.pages.addresses import path_of, region_iri
from service.pages.assets import Assets
from service.pages.concepts import natural
from service.pages.facets import Facet, narrow
from service.pages.language import accepted, fold, load, sort_key
from service.pages.members import Line, Memberships
from service.pages.treemap import Box, squarify


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("pl", ["cukier", "ćma", "dom", "las", "łódź", "miasto", "zebra", "źrebię", "żaba"]),
        ("cs", ["cihla", "čáp", "daň", "hrad", "chata", "jih", "řeka", "sever", "šíp", "žába"]),
        ("sk", ["auto", "ärmel", "cesta", "čas", "hora", "chata", "oko", "ôsmy", "pes"]),
        ("hu", ["cukor", "csak", "gomb", "gyár", "lap", "lyuk", "nap", "nyár", "öl", "őr", "pap", "szó", "tó", "tyúk"]),
        ("en", ["Álamo", "apple", "Zebra"]),
    ],
)
def test_letters_sort_as_in_dictionaries(code: str, words: list[str]) -> None:
    mixed = words[1::2] + words[::2]
    assert sorted(mixed, key=lambda word: sort_key(code, word)) == words


@given(st.text(), st.sampled_from(["en", "pl", "cs", "sk", "hu"]))
def test_any_text_has_a_key(text: str, code: str) -> None:
    assert sort_key(code, text) == sort_key(code, text)


def test_accents_fold() -> None:
    assert fold("Żółć ŁÓDŹ Győr čeština") == "zolc lodz gyor cestina"


def test_dates_are_as_exact_as_known() -> None:
    assert load("pl").date("2022-06-22") == "22 czerwca 2022"
    assert load("en").date("2022-06") == "June 2022"
    assert load("hu").date("2022") == "2022"
    assert load("en").date("unknown") == "unknown"


def test_shares_are_written_as_the_language_writes_them() -> None:
    assert load("en").percent(0.26371, 1) == "26.4%"
    assert load("hu").percent(0.26371, 1) == "26,4%"
    assert load("cs").percent(0.26371) == "26\N{NO-BREAK SPACE}%"
    assert load("en").percent(1 / 3) == "33%"


def test_plurals_follow_the_language() -> None:
    plural = load("pl").ngettext
    texts = [plural("%(num)s strategy", "%(num)s strategies", n) for n in (1, 2, 5, 22, 112)]
    assert texts == ["1 strategia", "2 strategie", "5 strategii", "22 strategie", "112 strategii"]


def test_the_browsers_languages_are_weighed() -> None:
    assert accepted("fr, hu;q=0.4, sk;q=0.7") == "sk"
    assert accepted("pl-PL,pl;q=0.9") == "pl"
    assert accepted("cs;q=0, de") == "en"
    assert accepted("nonsense;q=x") == "en"


def test_everything_is_translated() -> None:
    assert list(messages.problems()) == []


def test_pick_falls_back_and_says_so() -> None:
    assert language.pick({"pl": "Kraków"}, "hu") == language.Text("Kraków", "pl")


@given(st.lists(st.floats(0.1, 100), max_size=40))
def test_treemap_areas_are_proportional(weights: list[float]) -> None:
    box = Box(0, 0, 300, 200)
    boxes = squarify(weights, box)
    for weight, place in zip(weights, boxes, strict=True):
        assert place.width * place.height == pytest.approx(weight / sum(weights) * 60_000, rel=1e-6)
        assert place.x >= -1e-6
        assert place.x + place.width <= 300 + 1e-6
        assert place.y + place.height <= 200 + 1e-6
    for one, other in itertools.combinations(boxes, 2):
        assert (
            one.x + one.width <= other.x + 1e-6
            or other.x + other.width <= one.x + 1e-6
            or one.y + one.height <= other.y + 1e-6
            or other.y + other.height <= one.y + 1e-6
        )


def test_facets_count_as_if_nothing_were_chosen_in_them() -> None:
    facets = [Facet("parity", lambda n: [str(n % 2)]), Facet("size", lambda n: ["big"] if n > 5 else ["small"])]
    found = narrow(range(10), facets, {"parity": ["0"], "size": []})
    assert found.items == [0, 2, 4, 6, 8]
    assert found.counts["parity"] == {"0": 5, "1": 5}
    assert found.counts["size"] == {"small": 3, "big": 2}


def test_addresses() -> None:
    assert path_of("http://metadata.un.org/sdg/11.6") == "/sdg/11.6"
    assert path_of(region_iri("PL")) == "/region/PL"
    assert path_of(region_iri("PL21")) == "/region/PL21"
    assert path_of("https://example.org/a b") == "/concept?iri=https%3A%2F%2Fexample.org%2Fa%20b"
    assert path_of("http://metadata.un.org/sdg/../x") == "/concept?iri=http%3A%2F%2Fmetadata.un.org%2Fsdg%2F..%2Fx"


def test_codes_sort_by_number() -> None:
    assert sorted(["GD10", "GD2", "11.b", "11.2"], key=natural) == ["11.2", "11.b", "GD2", "GD10"]


def test_a_build_beside_the_running_service_is_noticed(tmp_path: Path) -> None:
    assets = Assets(built=tmp_path)
    before = assets.style_url
    assert assets.script("main.js") == ""
    for name in ("one", "two"):
        fresh = tmp_path / "fresh.json"
        fresh.write_text(json.dumps({"main.js": f"main.{name}.js", "site.css": f"site.{name}.css"}), encoding="utf-8")
        fresh.rename(tmp_path / "manifest.json")
        assert assets.script("main.js") == f"/static/main.{name}.js"
        assert assets.style_url == f"/static/site.{name}.css" != before


def test_long_lists_of_members_come_in_parts() -> None:
    lines = [Line(f"urn:{number}") for number in range(250)]
    members = Memberships(lines, [], [], 0)
    parts = [members.part(number) for number in (1, 2, 3)]
    assert [line for part in parts for line in part] == lines
    assert (members.paging(2).page, members.paging(2).pages) == (2, 3)
    assert members.part(99) == parts[-1]
    assert Memberships([], [], [], 0).part(5) == []
