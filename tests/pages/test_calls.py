"""Funding calls: open ones first, closed ones said to be closed, long lists on several pages."""

from __future__ import annotations

from datetime import date

import pytest

from service.pages.calls import SIZE, Call, in_order

DAY = date(2026, 6, 30)


@pytest.mark.parametrize(
    ("opens", "deadline", "state"),
    [
        ("", "2026-06-30", "ahead"),
        ("2026-06-01", "2026-06-30", "open"),
        ("2026-06-30", "", "open"),
        ("2026-07-01", "2026-09-01", "forthcoming"),
        ("2026-01-01", "2026-06-29", "closed"),
        ("", "", "unknown"),
    ],
)
def test_the_day_of_the_deadline_is_the_last_one(opens: str, deadline: str, state: str) -> None:
    assert Call("c", opens=opens, deadline=deadline).state(DAY) == state


def test_what_one_can_apply_to_comes_first_and_the_newest_of_the_closed_first() -> None:
    deadlines = {"late": "2027-01-01", "soon": "2026-07-01", "old": "2020-01-01", "past": "2026-06-01"}
    calls = [Call(name, deadline=day) for name, day in deadlines.items()]
    calls += [Call("now", opens="2026-01-01", deadline="2028-01-01")]
    calls += [Call("coming", opens="2026-08-01", deadline="2026-10-01"), Call("undated")]
    assert [c.iri for c in in_order(calls, DAY)] == ["now", "soon", "late", "coming", "undated", "past", "old"]


def test_the_list_says_what_is_closed_and_leads_to_partners(visitor) -> None:
    rows = visitor.get("/calls.json").json()["rows"]
    page = visitor.get("/calls").text
    assert {row["state"] for row in rows} <= {"open", "ahead", "forthcoming", "unknown", "closed"}
    still = sum(row["state"] != "closed" for row in rows[:SIZE])
    assert page.count("/partners?call=") == still
    assert page.count("call-closed") == min(SIZE, len(rows)) - still
    narrowed = visitor.get("/calls.json?state=closed").json()["rows"]
    assert all(row["state"] == "closed" for row in narrowed)
    assert len(narrowed) == sum(row["state"] == "closed" for row in rows)


def test_a_call_says_who_could_use_it(visitor) -> None:
    rows = visitor.get("/calls.json").json()["rows"]
    circular = next(row for row in rows if "circular" in str(row["title"]).casefold() and row["themes"])
    text = visitor.get(circular["iri"].removeprefix("https://w3id.org/strategraph")).text
    assert "Who could use it" in text
    assert "<h3>Organisations" in text


def test_a_page_beyond_the_last_is_the_last(visitor) -> None:
    assert visitor.get("/calls?page=999").status_code == 200
    assert visitor.get("/calls?page=0").status_code == 422
    assert "Nothing here fits" in visitor.get("/calls?theme=nonsense").text
