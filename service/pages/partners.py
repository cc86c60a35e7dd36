"""The partner finder: who could work with whom and why, consortia for a call, and the same as data."""

from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from service.pages.calls import Call, in_order, today
from service.pages.concepts import GREEN_DEAL, SDG, SMART, Concept
from service.pages.corpus import CONCEPTS, MUNICIPALITIES, NAMES, STRATEGIES
from service.pages.language import msg
from service.pages.page import Page
from service.pages.partner_api import FORMATS, Found, PartnersOut, answer, consortia, parameters, table
from service.pages.partner_data import DESCRIPTIONS, PLACES, PROJECTS, QUERIES, PartnersCache
from service.pages.partner_proof import STATEMENTS, proof
from service.pages.partner_wish import MOST_WEIGHT, NUMBERS, Question, question
from service.pages.partner_words import LABELS, SIDES
from service.pages.plans import SCHEME_TITLES
from service.pages.site import NavItem, Site
from service.pages.words import word
from service.partners.consortium import propose
from service.partners.model import Partners, Party
from service.partners.score import WEIGHTS, off_theme, rank
from service.problems import Problem, responses

NAV: Final = NavItem(msg("Partners"), "/partners", 55)
TABLES: Final = {"csv": ("partners.csv", table), "consortia": ("consortia.csv", consortia)}
FINDABLE: Final = ("municipality", "organisation", "network", "alliance", "region", "place")


def routes(site: Site) -> APIRouter:
    """The page and the data."""
    router = APIRouter()
    cache = PartnersCache()

    @router.api_route("/partners", methods=["GET", "HEAD"], include_in_schema=False)
    async def partners(request: Request) -> Response:
        page = await site.page(request)
        found = await find(page, cache)
        described = partial(cache.description, wanted=page.code)
        return page.render("partners.html", description_of=described, **view(page, found))

    @router.get(
        "/api/partners",
        tags=["partners"],
        summary="Rank partners for an organisation, city, theme or call, with reasons, and propose consortia",
        response_model=PartnersOut,
        responses={200: {"content": {"text/csv": {}}}, **responses(422)},
        openapi_extra={"parameters": parameters()},
    )
    async def data(request: Request) -> Response:
        page = await site.page(request)
        wanted = request.query_params.get("format", "json")
        if wanted not in FORMATS:
            raise Problem(422, f"query.format: must be one of {', '.join(FORMATS)}")
        found = await find(page, cache)
        headers = {"Vary": "Accept-Language, Cookie", "Cache-Control": "no-cache", "Content-Language": page.code}
        if wanted in TABLES:
            name, write = TABLES[wanted]
            headers["Content-Disposition"] = f'attachment; filename="{name}"'
            return Response(write(page, found), media_type="text/csv; charset=utf-8", headers=headers)
        return JSONResponse(answer(page, found).model_dump(), headers=headers)

    return router


async def find(page: Page, cache: PartnersCache) -> Found:
    """Answer the question in an address; all that was asked of the data is remembered for the page's foot."""
    partners = await cache.get(page.site.ask, page.corpus)
    asked = await question(page, cache, partners)
    page.ask.used(*QUERIES, DESCRIPTIONS, STATEMENTS, *STRATEGIES, *MUNICIPALITIES, *CONCEPTS, *NAMES)
    matches = rank(partners, asked.wish, asked.weights, accept=asked.accepts) if asked.asked else []
    prove = partial(proof, cache.statements, partners, asked.who.iri if asked.who else "")
    return Found(asked, partners, matches, propose(matches, asked.rules, asked.who), prove)


def view(page: Page, found: Found) -> dict[str, Any]:
    """What the template shows."""
    asked = found.asked
    search = page.request.query_params.get("find", "").strip()[:200]
    title = page.gettext("Find partners")
    return {
        "title": title,
        "description": page.gettext(
            "Say who you are, what you work on and where you look. Each partner comes with reasons that you can check."
        ),
        "crumbs": [(title, "")],
        "asked": asked,
        "calls": offered_calls(asked),
        "projects": page.sorted_by_name(thing.iri for kind in PROJECTS for thing in page.corpus.names.of_kind(kind)),
        "find": search,
        "candidates": candidates(page, search),
        "matches": [(m, found.why(page, m)) for m in found.best],
        "total": len(found.matches),
        "consortia": found.consortia,
        "countries": countries(page, found.partners),
        "sides": SIDES,
        "labels": LABELS,
        "themes": [(page.gettext(SCHEME_TITLES[s]), choices(page, s)) for s in (SDG, SMART, GREEN_DEAL)],
        "weights": [(name, page.gettext(LABELS[name]), weight) for name, weight in asked.weights.items()],
        "changed": dict(asked.weights) != dict(WEIGHTS),
        "most": round(MOST_WEIGHT),
        "numbers": NUMBERS,
        "off_theme": lambda party: off_theme(asked.wish, party),
        "kind_of": lambda party: kind(page, party),
        "country_name": lambda code: country_name(page, code),
        "consortia_csv": f"/api/partners?{export(page, 'consortia')}",
        "exports": [
            (label, f"/api/partners?{export(page, name)}") for label, name in (("CSV", "csv"), ("JSON", "json"))
        ],
    }


def offered_calls(asked: Question) -> list[tuple[Call, bool]]:
    """Calls that one may still apply to and the one that is asked for, and whether it is closed."""
    day, chosen = today(), asked.call.iri if asked.call else ""
    found = [(call, call.state(day) == "closed") for call in in_order(asked.calls, day)]
    return [(call, closed) for call, closed in found if not closed or call.iri == chosen]


def candidates(page: Page, text: str) -> list[tuple[str, str]]:
    """Who may be meant by a name, and the address that says so."""
    found = page.corpus.names.find(text, 12, FINDABLE) if text else []
    return [(thing.iri, page.here(who=thing.iri, find=None)) for thing in found]


def choices(page: Page, scheme: str) -> list[Concept]:
    """Themes to choose from: goals and areas, not every target and measure."""
    concepts = page.corpus.concepts
    top = concepts.top(scheme)
    return [concepts[iri] for concept in top for iri in concept.narrower] if scheme == SMART else top


def countries(page: Page, partners: Partners) -> list[tuple[str, str]]:
    """Countries with partners, by name."""
    codes = {party.country for party in partners.parties.values() if party.country}
    found = [(code, country_name(page, code)) for code in codes]
    return sorted(found, key=lambda pair: page.language.key(pair[1]))


def country_name(page: Page, code: str) -> str:
    """A country in the reader's language."""
    named = {n.notation: n.iri for n in page.corpus.names.of_kind("country") if n.notation}
    return page.name(named[code]) if code in named else code


def kind(page: Page, party: Party) -> str:
    """What a party is, in words."""
    if party.kind in PLACES or party.kind in ("network", ""):
        return page.gettext(word(page.corpus.names.kind(party.iri)).one)
    return page.name(f"https://w3id.org/strategraph/scheme/organisation-kind/{party.kind}")


def export(page: Page, name: str) -> str:
    """The question of this page, for the data."""
    given = page.request.query_params.multi_items()
    kept = [(key, text) for key, text in given if key not in ("format", "find", "lang") and text]
    return urlencode([*kept, ("lang", page.code), ("format", name)])
