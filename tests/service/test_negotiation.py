"""Content negotiation, for headers that people write and for those that they do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.compression import PREFERRED, choose_encoding
from service.negotiation import GRAPHS, SOLUTIONS, choose, negotiate
from service.problems import Problem

MEDIA_TYPES = [o.media_type for o in (*SOLUTIONS, *GRAPHS)] + ["*/*", "text/*", "text/html", "image/png"]
ENTRIES = st.tuples(st.sampled_from(MEDIA_TYPES), st.integers(0, 1000).map(lambda n: n / 1000))


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, "application/sparql-results+json"),
        ("", "application/sparql-results+json"),
        ("*/*", "application/sparql-results+json"),
        ("text/html", "application/sparql-results+json"),
        ("text/csv, */*", "text/csv"),
        ("text/csv;q=0.5, */*", "application/sparql-results+json"),
        ("text/*", "text/csv"),
        ("text/csv;q=0, text/*", "text/tab-separated-values"),
        ("application/xml", "application/sparql-results+xml"),
        ("TEXT/CSV ; Q=1.0", "text/csv"),
        ("application/sparql-results+json;q=0, text/html", None),
        ("image/png", None),
    ],
)
def test_choices(accept: str | None, chosen: str | None) -> None:
    offer = choose(accept, SOLUTIONS)
    assert (offer.media_type if offer else None) == chosen


@given(st.text(max_size=60))
def test_no_header_breaks_it(header: str) -> None:
    choose(header, SOLUTIONS)
    assert choose_encoding(header) in PREFERRED


@given(st.lists(ENTRIES, min_size=1, max_size=6, unique_by=lambda e: e[0]), st.randoms())
def test_the_order_of_entries_does_not_matter(entries: list[tuple[str, float]], random: object) -> None:
    def header(many: list[tuple[str, float]]) -> str:
        return ", ".join(f"{name};q={quality}" for name, quality in many)

    assert choose(header(entries), GRAPHS) == choose(header(entries[::-1]), GRAPHS)


@given(st.lists(ENTRIES, min_size=1, max_size=6, unique_by=lambda e: e[0]))
def test_the_best_listed_offer_wins(entries: list[tuple[str, float]]) -> None:
    chosen = choose(", ".join(f"{name};q={quality}" for name, quality in entries), GRAPHS)
    listed = dict(entries)
    if chosen is not None and chosen.media_type in listed and listed[chosen.media_type] > 0:
        others = [listed[o.media_type] for o in GRAPHS if o.media_type in listed]
        assert listed[chosen.media_type] == max(others)


def test_format_wins_over_accept() -> None:
    assert negotiate("text/csv", "xml", SOLUTIONS).media_type == "application/sparql-results+xml"
    with pytest.raises(Problem) as caught:
        negotiate(None, "turtle", SOLUTIONS)
    assert caught.value.status == 406


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        (None, "identity"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip", "gzip"),
        ("zstd;q=0, *", "gzip"),
        ("identity, gzip;q=0.5", "identity"),
        ("gzip;q=0", "identity"),
    ],
)
def test_encodings(header: str | None, chosen: str) -> None:
    assert choose_encoding(header) == chosen
