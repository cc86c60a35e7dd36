"""Funding calls: their rules, and who in the data could use them."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Request, Response

from service.pages.addresses import country_of
from service.pages.ask import Row, value
from service.pages.corpus import STRATEGIES
from service.pages.facts import Facts
from service.pages.page import Page
from service.pages.site import Site
from service.pages.tables import Cell, Column, Table

SHOWN = 30
SINGLE = ("programme", "opens", "deadline", "budget", "currency", "partners", "countries", "page")


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


def routes(site: Site) -> APIRouter:
    """The list of calls."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/calls", methods=["GET", "HEAD"])
    async def calls(request: Request) -> Response:
        page = await site.page(request)
        found = gather(await page.rows("funding-calls-and-their-rules"))
        return page.render(
            "calls.html",
            title=page.gettext("Funding calls"),
            description=page.gettext(
                "Calls that cities and clusters may apply to, with their rules and who could use them."
            ),
            crumbs=[(page.gettext("Funding calls"), "")],
            calls=found,
            table=table(page, found),
        )

    return router


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
        return c.iri, [page.label(c.iri), *(getattr(c, name) for name in SINGLE), *lists]

    return Table([Column("title", "dct:title"), *(Column(n, properties.get(n, "")) for n in rules)], map(row, found))


async def call(page: Page, iri: str, facts: Facts) -> dict[str, Any]:
    """Who could use a call: places with strategies on its themes in eligible countries, the most fitting first."""
    page.ask.used(*STRATEGIES)
    eligible = {country_of(country) for country in facts.iris("sg:eligibleCountry")} - {""}
    fitting: defaultdict[str, set[str]] = defaultdict(set)
    for theme in facts.iris("sg:theme"):
        for strategy in page.corpus.on_concept(theme):
            if not eligible or eligible & set(strategy.countries):
                for place in strategy.places:
                    fitting[place].add(theme)
    order = sorted(fitting, key=lambda place: (-len(fitting[place]), page.language.key(page.name(place))))
    return {
        "concepts": facts.iris("sg:theme"),
        "fitting": [(place, sorted(fitting[place])) for place in order[:SHOWN]],
    }
