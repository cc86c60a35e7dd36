"""Funding calls: their rules, whether they are open, and who in the data could use them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final

from fastapi import APIRouter, Query, Request, Response

from service.pages.addresses import country_of
from service.pages.ask import Row, value
from service.pages.corpus import STRATEGIES
from service.pages.facets import Facet, Narrowed, narrow
from service.pages.facts import Facts
from service.pages.language import msg
from service.pages.page import Page
from service.pages.site import Site
from service.pages.strategies import Paging
from service.pages.tables import Cell, Column, Table

SIZE: Final = 24
SHOWN: Final = 30
CALLS: Final = "funding-calls-and-their-rules"
ORGANISATIONS: Final = ("themes-of-organisations", "organisations-and-their-kinds")
SINGLE: Final = ("programme", "opens", "deadline", "budget", "currency", "partners", "countries", "page")
# In the order in which they are listed.
STATES: Final = {
    "open": msg("Open"),
    "ahead": msg("Deadline ahead"),
    "forthcoming": msg("Not open yet"),
    "unknown": msg("Dates not known"),
    "closed": msg("Closed"),
}


@dataclass
class Call:
    """A call, gathered from all its rows."""

    iri: str
    programme: str = ""
    opens: str = ""
    deadline: str = ""
    budget: str = ""
    currency: str = ""
    partners: str = ""
    countries: str = ""
    page: str = ""
    eligible: list[str] = field(default_factory=list)
    themes: list[str] = field(default_factory=list)

    def state(self, today: date) -> str:
        """Whether one can apply on a day; the day of the deadline is the last one."""
        day = today.isoformat()
        if self.deadline and self.deadline < day:
            return "closed"
        if self.opens > day:
            return "forthcoming"
        if self.opens:
            return "open"
        # Without a day of opening nobody can say that it is open already.
        return "ahead" if self.deadline else "unknown"


def today() -> date:
    """The day by which calls are open or closed."""
    return datetime.now(UTC).date()


def routes(site: Site) -> APIRouter:
    """The list of calls."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/calls", methods=["GET", "HEAD"])
    async def calls(request: Request, page: int = Query(1, ge=1)) -> Response:
        here = await site.page(request)
        known = in_order(gather(await here.rows(CALLS)), today())
        chosen = {name: request.query_params.getlist(name) for name in ("state", "theme")}
        found = narrow(known, facets(today()), chosen)
        pages = max(1, -(-len(found.items) // SIZE))
        number = min(page, pages)
        return here.render(
            "calls.html",
            title=here.gettext("Funding calls"),
            description=here.gettext(
                "Calls that cities and clusters may apply to, with their rules and who could use them."
            ),
            crumbs=[(here.gettext("Funding calls"), "")],
            known=len(known),
            total=len(found.items),
            calls=[(c, c.state(today()), len(places(here, c))) for c in found.items[(number - 1) * SIZE :][:SIZE]],
            states=STATES,
            choices=choices(here, found, chosen),
            chosen=chosen,
            paging=Paging(number, pages, len(found.items)),
            table=table(here, found.items),
        )

    return router


def facets(day: date) -> list[Facet[Call]]:
    """What the list is narrowed by."""
    return [Facet("state", lambda call: [call.state(day)]), Facet("theme", lambda call: call.themes)]


def choices(page: Page, found: Narrowed[Call], chosen: dict[str, list[str]]) -> dict[str, list[tuple[str, str, int]]]:
    """For each facet the values to choose from: value, name, number of calls."""
    counts = found.counts
    states = [(s, page.gettext(label), counts["state"][s]) for s, label in STATES.items() if counts["state"][s]]
    iris = {*counts["theme"], *(iri for iri in chosen["theme"] if iri in page.corpus.concepts)}
    themes = [(iri, page.name(iri), counts["theme"][iri]) for iri in page.sorted_by_name(iris)]
    return {"state": states, "theme": themes}


def in_order(calls: Iterable[Call], day: date) -> list[Call]:
    """Those that one can apply to first, the nearest deadline first; closed ones last, the newest first."""
    order = list(STATES)
    nearest = sorted(calls, key=lambda call: (call.deadline or "9999", call.iri))
    closed = [call for call in nearest if call.state(day) == "closed"]
    rest = [call for call in nearest if call.state(day) != "closed"]
    return sorted(rest, key=lambda call: order.index(call.state(day))) + closed[::-1]


def gather(rows: list[Row]) -> list[Call]:
    """One call for all its rows."""
    found: dict[str, Call] = {}
    for row in rows:
        iri = value(row, "call")
        call = found.setdefault(iri, Call(iri))
        for name in SINGLE:
            setattr(call, name, value(row, name))
        for name, listed in (("country", call.eligible), ("theme", call.themes)):
            if (one := value(row, name)) and one not in listed:
                listed.append(one)
    return list(found.values())


def table(page: Page, found: list[Call]) -> Table:
    """The calls with their rules."""
    rules = (*SINGLE, "eligible", "themes")
    properties = {"eligible": "sg:eligibleCountry", "themes": "sg:theme"}

    def row(c: Call) -> tuple[str, list[Cell]]:
        lists: list[Cell] = [tuple(c.eligible), tuple(c.themes)]
        return c.iri, [page.label(c.iri), *(getattr(c, name) for name in SINGLE), *lists, c.state(today())]

    columns = [Column("title", "dct:title"), *(Column(n, properties.get(n, "")) for n in rules), Column("state")]
    return Table(columns, map(row, found))


def places(page: Page, call: Call) -> dict[str, set[str]]:
    """Places in eligible countries that have strategies on its themes, and on which."""
    eligible = {country_of(country) for country in call.eligible} - {""}
    fitting: defaultdict[str, set[str]] = defaultdict(set)
    for theme in call.themes:
        for strategy in page.corpus.on_concept(theme):
            if not eligible or eligible & set(strategy.countries):
                for place in strategy.places:
                    fitting[place].add(theme)
    return fitting


async def organisations(page: Page, call: Call) -> dict[str, set[str]]:
    """Organisations in eligible countries that work on its themes, and on which."""
    themes, seats = [await page.rows(name) for name in ORGANISATIONS]
    eligible = {country_of(country) for country in call.eligible} - {""}
    country = {value(row, "organisation"): page.corpus.country(value(row, "place")) for row in seats}
    fitting: defaultdict[str, set[str]] = defaultdict(set)
    for row in themes:
        iri = value(row, "party")
        if not eligible or country.get(iri) in eligible:
            fitting[iri] |= page.corpus.concepts.with_above([value(row, "theme")]) & set(call.themes)
    return {iri: own for iri, own in fitting.items() if own}


async def call(page: Page, iri: str, facts: Facts) -> dict[str, Any]:
    """Who could use a call, the most fitting first."""
    page.ask.used(*STRATEGIES)
    asked = Call(
        iri,
        opens=facts.first("sg:opens"),
        deadline=facts.first("sg:deadline"),
        eligible=facts.iris("sg:eligibleCountry"),
        themes=facts.iris("sg:theme"),
    )
    cities, others = places(page, asked), await organisations(page, asked)
    return {
        "concepts": asked.themes,
        "state": asked.state(today()),
        "states": STATES,
        "fitting": [
            (page.gettext(title), len(found), best(page, found))
            for title, found in ((msg("Cities and regions"), cities), (msg("Organisations"), others))
            if found
        ],
    }


def best(page: Page, found: dict[str, set[str]]) -> list[tuple[str, list[str]]]:
    """The first of those that fit, with the themes that they share with the call."""
    order = sorted(found, key=lambda iri: (-len(found[iri]), page.language.key(page.name(iri))))
    return [(iri, page.sorted_by_name(found[iri])) for iri in order[:SHOWN]]
