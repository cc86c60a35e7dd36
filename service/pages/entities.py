"""The page of one thing: its facts, and the sections that its kind calls for."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from fastapi import Request, Response

from queries.catalogue import ParameterError
from service.pages import calls, organisations, places, plans
from service.pages.addresses import path_of
from service.pages.ask import Row, value
from service.pages.corpus import NAMES
from service.pages.facts import Facts
from service.pages.names import KINDS, PROPER
from service.pages.page import Page
from service.pages.schemes import concept_page, scheme_page
from service.pages.site import Site
from service.pages.tables import Statements
from service.pages.words import word

Section = Callable[[Page, str, Facts], Awaitable[dict[str, Any]]]
SECTIONS: Final[dict[str, Section]] = {
    "strategy": plans.strategy,
    "municipality": places.municipality,
    "place": places.municipality,
    "region": places.region,
    "country": places.region,
    "organisation": organisations.organisation,
    "network": organisations.organisation,
    "alliance": organisations.organisation,
    "project": organisations.organisation,
    "investment-project": organisations.organisation,
    "person": organisations.organisation,
    "agreement": organisations.agreement,
    "call": calls.call,
}


async def render_entity(site: Site, request: Request, iri: str) -> Response | None:
    """The page about a thing; None when nothing is known about it."""
    page = await site.page(request)
    kind = page.corpus.names.kind(iri)
    if kind == "concept":
        return await concept_page(page, iri)
    if kind == "scheme":
        return await scheme_page(page, iri)
    try:
        facts = Facts(await page.rows("facts-about-a-thing", thing=iri))
    except ParameterError:  # An address that makes no IRI: nothing can be known about it.
        return None
    if not facts:
        return None
    page.ask.used(*NAMES)
    kind = kind or next((KINDS[t] for t in facts.iris("rdf:type") if t in KINDS), "")
    section = SECTIONS.get(kind)
    context, pointing = await asyncio.gather(
        section(page, iri, facts) if section else _nothing(), page.rows("statements-that-point-to-a-thing", thing=iri)
    )
    return page.render(
        "entity.html",
        iri=iri,
        title=page.name(iri),
        description=facts.text("dct:description", page.code).value,
        crumbs=crumbs(page, iri, kind),
        kind=kind,
        marked=kind not in PROPER,
        others=page.corpus.names.originals(iri, page.code) if kind in ("strategy", "source", "legal-act") else [],
        facts=facts,
        shown=facts.shown(page, without=context.pop("apart", ())),
        pointing=grouped(page, pointing, context.pop("told", ())),
        data=json_ld(page, iri, kind, facts),
        table=Statements(iri, facts.pairs()),
        **{"sections": kind if section else "", **context},
    )


async def _nothing() -> dict[str, Any]:
    return {}


def crumbs(page: Page, iri: str, kind: str) -> list[tuple[str, str]]:
    """Where the page is: below the list of its kind."""
    words = word(kind)
    above = [(page.gettext(words.many), words.path)] if words.path else []
    return [*above, (page.name(iri), "")]


def grouped(page: Page, rows: list[Row], told: Any) -> list[tuple[str, list[str]]]:
    """Who refers to the thing, by what they are; what the page tells already is left out."""
    found: dict[str, set[str]] = {}
    names = page.corpus.names
    for row in rows:
        subject = value(row, "subject")
        if subject in names and names.kind(subject) not in told and not subject.startswith("_:"):
            found.setdefault(names.kind(subject), set()).add(subject)
    order = list(KINDS.values())
    kinds = sorted(found, key=lambda kind: order.index(kind) if kind in order else 99)
    return [(kind, page.sorted_by_name(found[kind])) for kind in kinds]


def json_ld(page: Page, iri: str, kind: str, facts: Facts) -> dict[str, Any]:
    """The thing as schema.org sees it."""
    found: dict[str, Any] = {
        "@type": word(kind).schema,
        "sameAs": facts.iris("owl:sameAs") + facts.iris("skos:exactMatch"),
    }
    if homepage := facts.first("foaf:homepage"):
        found["mainEntityOfPage"] = homepage
    if latitude := facts.first("wgs:lat"):
        found["geo"] = {"@type": "GeoCoordinates", "latitude": latitude, "longitude": facts.first("wgs:long")}
    if kind == "strategy":
        found |= {
            "datePublished": facts.first("dct:issued"),
            "spatialCoverage": [page.name(p) for p in facts.iris("dct:spatial")],
        }
    if parents := facts.iris("schema:containedInPlace"):
        found["containedInPlace"] = {
            "@id": parents[0],
            "name": page.name(parents[0]),
            "url": page.base + path_of(parents[0]),
        }
    return {name: content for name, content in found.items() if content}
