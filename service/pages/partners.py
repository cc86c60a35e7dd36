"""The partner finder: who could work with whom and why, consortia for a call, and the same as data."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from service.pages.concepts import GREEN_DEAL, SDG, SMART, Concept
from service.pages.corpus import CONCEPTS, MUNICIPALITIES, NAMES, STRATEGIES
from service.pages.language import msg
from service.pages.page import Page
from service.pages.partner_data import PLACES, QUERIES, PartnersCache
from service.pages.partner_wish import MOST_WEIGHT, NUMBERS, Question, question
from service.pages.partner_words import LABELS, SIDES, Reason, reasons
from service.pages.plans import SCHEME_TITLES
from service.pages.site import NavItem, Site
from service.pages.words import word
from service.partners.consortium import Consortium, propose
from service.partners.model import Partners, Party
from service.partners.score import WEIGHTS, Match, off_theme, rank
from service.problems import Problem, responses
from service.spreadsheets import harmless

NAV: Final = NavItem(msg("Partners"), "/partners", 55)
FINDABLE: Final = ("municipality", "organisation", "network", "alliance", "region", "place")
FORMATS: Final = ("json", "csv")


class ReasonOut(BaseModel):
    """Why, and what shows it."""

    feature: str
    text: str = Field(description="The reason as a sentence in the language asked for.")
    value: float = Field(description="The feature, from 0 to 1.")
    adds: float = Field(description="What it adds to the score.")
    things: list[str] = Field(description="IRIs of themes, networks or areas that the sentence names.")
    evidence: list[str] = Field(description="IRIs of strategies that show it.")
    query: str = Field(description="Address of the named query that shows it.")


class PartnerOut(BaseModel):
    """A partner with its reasons."""

    iri: str
    name: str
    kind: str
    country: str
    score: float
    reasons: list[ReasonOut]


class ConsortiumOut(BaseModel):
    """A proposed set of partners."""

    members: list[str] = Field(description="IRIs; the one who asks comes first.")
    countries: list[str]
    kinds: list[str]
    complete: bool = Field(description="Whether it keeps all rules.")


class PartnersOut(BaseModel):
    """The answer of the partner finder."""

    who: str
    themes: list[str]
    countries: list[str]
    call: str
    weights: dict[str, float]
    total: int
    partners: list[PartnerOut]
    consortia: list[ConsortiumOut]


@dataclass(frozen=True)
class Found:
    """A question and all that was found."""

    asked: Question
    partners: Partners
    matches: list[Match]
    consortia: list[Consortium]

    @property
    def best(self) -> list[Match]:
        """As many as are shown."""
        return self.matches[: self.asked.limit]


def routes(site: Site) -> APIRouter:
    """The page and the data."""
    router = APIRouter()
    cache = PartnersCache()

    @router.api_route("/partners", methods=["GET", "HEAD"], include_in_schema=False)
    async def partners(request: Request) -> Response:
        page = await site.page(request)
        found = await find(page, cache)
        return page.render("partners.html", **view(page, found))

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
        if wanted == "csv":
            headers["Content-Disposition"] = 'attachment; filename="partners.csv"'
            return Response(table(page, found), media_type="text/csv; charset=utf-8", headers=headers)
        return JSONResponse(answer(page, found).model_dump(), headers=headers)

    return router


async def find(page: Page, cache: PartnersCache) -> Found:
    """Answer the question in an address; all that was asked of the data is remembered for the page's foot."""
    partners = await cache.get(page.site.ask, page.corpus)
    asked = await question(page, cache, partners)
    page.ask.used(*QUERIES, *STRATEGIES, *MUNICIPALITIES, *CONCEPTS, *NAMES)
    matches = rank(partners, asked.wish, asked.weights, accept=asked.accepts) if asked.asked else []
    return Found(asked, partners, matches, propose(matches, asked.rules, asked.who))


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
        "find": search,
        "candidates": candidates(page, search),
        "matches": [(m, reasons(page, asked, m)) for m in found.best],
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
        "exports": [
            (label, f"/api/partners?{export(page, name)}") for label, name in (("CSV", "csv"), ("JSON", "json"))
        ],
    }


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


def answer(page: Page, found: Found) -> PartnersOut:
    """All of it as data."""
    asked = found.asked
    own = [asked.who.iri] if asked.who else []
    return PartnersOut(
        who=asked.who.iri if asked.who else "",
        themes=list(asked.themes),
        countries=list(asked.countries),
        call=asked.call.iri if asked.call else "",
        weights=dict(asked.weights),
        total=len(found.matches),
        partners=[_partner(page, m, reasons(page, asked, m)) for m in found.best],
        consortia=[
            ConsortiumOut(
                members=own + [m.party.iri for m in c.members],
                countries=list(c.countries),
                kinds=list(c.sides),
                complete=c.complete,
            )
            for c in found.consortia
        ],
    )


def _partner(page: Page, match: Match, why: Sequence[Reason]) -> PartnerOut:
    return PartnerOut(
        iri=match.party.iri,
        name=page.name(match.party.iri),
        kind=match.party.side,
        country=match.party.country,
        score=round(match.score, 4),
        reasons=[
            ReasonOut(
                **{k: v for k, v in asdict(reason).items() if k in ("feature", "text", "things", "evidence")},
                value=round(reason.value, 4),
                adds=round(reason.adds, 4),
                query=page.base + page.query_path(reason.query, reason.params),
            )
            for reason in why
        ],
    )


def table(page: Page, found: Found) -> str:
    """The ranking as CSV, a line for each partner."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["rank", "iri", "name", "kind", "country", "score", *LABELS, "reasons"])
    for place, match in enumerate(found.best, start=1):
        values = [round(match.features[n].value, 4) if n in match.features else 0 for n in LABELS]
        party = match.party
        texts = [_sentence(page, reason) for reason in reasons(page, found.asked, match)]
        cells = [place, party.iri, page.name(party.iri), party.side, party.country, round(match.score, 4), *values]
        writer.writerow([_safe(cell) for cell in [*cells, " | ".join(texts)]])
    return out.getvalue()


def _sentence(page: Page, reason: Reason) -> str:
    return " ".join([reason.text, ", ".join(map(page.name, reason.things))]).strip()


def _safe(cell: object) -> object:
    return harmless(cell) if isinstance(cell, str) else cell


def parameters() -> list[dict[str, Any]]:
    """The parameters for OpenAPI; they are read and checked in one place for page and data."""
    text, many = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
    weight = {"type": "number", "minimum": 0, "maximum": MOST_WEIGHT}
    described: list[tuple[str, str, dict[str, Any]]] = [
        ("who", "IRI of the organisation, network or city that looks for partners.", text),
        ("theme", "IRI of a concept to work on; may stand several times.", many),
        ("country", "Two letters of a country to look in; may stand several times.", many),
        ("kind", f"Kind of partner: {', '.join(SIDES)}; may stand several times.", many),
        ("call", "IRI of a funding call: its countries, themes and rules apply.", text),
        ("lang", "Language of names and sentences.", text),
        ("format", "json or csv.", {"type": "string", "enum": list(FORMATS), "default": FORMATS[0]}),
        *((f"w_{n}", f"Weight: {LABELS[n].lower()}.", weight | {"default": WEIGHTS[n]}) for n in WEIGHTS),
        *(
            (name, f"A whole number from {low} to {high}.", {"type": "integer", "default": usual})
            for name, (usual, low, high) in NUMBERS.items()
        ),
    ]
    return [{"name": n, "in": "query", "required": False, "description": d, "schema": s} for n, d, s in described]
