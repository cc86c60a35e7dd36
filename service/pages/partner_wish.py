"""What a reader asks the partner finder, read from an address and checked; what does not fit is a problem."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from starlette.datastructures import QueryParams

from ontology.terms import ID
from service.pages.addresses import country_of
from service.pages.ask import value
from service.pages.calls import Call, gather
from service.pages.page import Page
from service.pages.partner_data import PROJECTS, PartnersCache
from service.partners.consortium import Rules
from service.partners.features import Wish
from service.partners.model import SIDES, Partners, Party
from service.partners.score import WEIGHTS
from service.problems import Problem

CALLS: Final = "funding-calls-and-their-rules"
PROJECT_THEMES: Final = "themes-of-organisations-networks-and-projects"
MOST_WEIGHT: Final = 10.0
MOST_THEMES: Final = 20
LIMIT: Final = 20
# Default and bounds of the numbers.
NUMBERS: Final = {"limit": (LIMIT, 1, 200), "min_partners": (3, 2, 15), "min_countries": (2, 1, 10)}


@dataclass(frozen=True)
class Question:
    """A question that makes sense."""

    who: Party | None
    themes: tuple[str, ...]
    countries: tuple[str, ...]
    sides: tuple[str, ...]
    call: Call | None
    weights: Mapping[str, float]
    limit: int
    rules: Rules
    calls: list[Call] = field(default_factory=list)
    project: str = ""
    # Who is in the project already.
    taken: frozenset[str] = frozenset()

    @property
    def asked(self) -> bool:
        """Whether anything was asked at all."""
        return bool(self.who or self.themes or self.countries or self.sides or self.call or self.project)

    @property
    def wish(self) -> Wish:
        """What the score needs of it."""
        return Wish(self.who, frozenset(self.themes))

    def accepts(self, party: Party) -> bool:
        """Whether a party is where and what is looked for, and not in the project already."""
        right_country = not self.countries or party.country in self.countries
        return right_country and (not self.sides or party.side in self.sides) and party.iri not in self.taken


class Wrong:
    """Gathers what is wrong with an address, so that one answer tells all of it."""

    def __init__(self) -> None:
        """Nothing is wrong yet."""
        self.errors: list[dict[str, str]] = []

    def add(self, where: str, message: str) -> None:
        """One thing more."""
        self.errors.append({"where": f"query.{where}", "message": message})

    def stop(self) -> None:
        """End the request if anything is wrong."""
        if self.errors:
            detail = "; ".join(f"{e['where']}: {e['message']}" for e in self.errors)
            raise Problem(422, detail, errors=self.errors)


async def question(page: Page, cache: PartnersCache, partners: Partners) -> Question:
    """Read the address of a request."""
    given, wrong = page.request.query_params, Wrong()
    calls = gather(await page.rows(CALLS))
    who = _who(cache, given, wrong)
    call, project = _call(calls, given, wrong), _project(page, given, wrong)
    themes = _themes(page, given, wrong) or tuple(call.themes if call else ()) or await _of_project(page, project)
    countries = _chosen(given, "country", {p.country for p in partners.parties.values() if p.country}, wrong)
    eligible = tuple(code for code in map(country_of, call.eligible) if code) if call else ()
    sides = _chosen(given, "kind", set(SIDES), wrong)
    weights = {name: _weight(given, name, wrong) for name in WEIGHTS}
    if not any(weights.values()):
        wrong.add("w_shared", page.gettext("at least one weight must be above 0"))
    fixed = {"min_partners": call.partners, "min_countries": call.countries} if call else {}
    numbers = {name: _number(page, given, name, fixed.get(name, ""), wrong) for name in NUMBERS}
    wrong.stop()
    rules = Rules(numbers["min_partners"], numbers["min_countries"], frozenset(sides) - {"network"}, frozenset(themes))
    kept = tuple(c for c in countries if c in eligible) if countries and eligible else countries or eligible
    taken = partners.of(project) if project else frozenset[str]()
    return Question(who, themes, kept, sides, call, weights, numbers["limit"], rules, calls, project, taken)


def _who(cache: PartnersCache, given: QueryParams, wrong: Wrong) -> Party | None:
    text = given.get("who", "").strip()
    if not text:
        return None
    found = cache.party(text if "://" in text else ID + text)
    if found is None:
        wrong.add("who", "not the IRI of an organisation, network or city that is known here")
    return found


def _call(calls: list[Call], given: QueryParams, wrong: Wrong) -> Call | None:
    iri = given.get("call", "").strip()
    found = next((call for call in calls if call.iri == iri), None)
    if iri and found is None:
        wrong.add("call", "not the IRI of a funding call that is known here")
    return found


def _project(page: Page, given: QueryParams, wrong: Wrong) -> str:
    text = given.get("project", "").strip()
    iri = text if "://" in text or not text else ID + text
    if iri and page.corpus.names.kind(iri) not in PROJECTS:
        wrong.add("project", "not the IRI of a project that is known here")
    return iri


async def _of_project(page: Page, project: str) -> tuple[str, ...]:
    """The themes of a project."""
    rows = await page.rows(PROJECT_THEMES) if project else []
    found = {value(row, "concept") for row in rows if value(row, "thing") == project}
    return tuple(sorted(iri for iri in found if iri in page.corpus.concepts)[:MOST_THEMES])


def _themes(page: Page, given: QueryParams, wrong: Wrong) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(text.strip() for text in given.getlist("theme") if text.strip()))
    for iri in found:
        if iri not in page.corpus.concepts:
            wrong.add("theme", "not the IRI of a concept that is known here")
    if len(found) > MOST_THEMES:
        wrong.add("theme", f"more than {MOST_THEMES} themes")
    return found


def _chosen(given: QueryParams, name: str, known: set[str], wrong: Wrong) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(text.strip() for text in given.getlist(name) if text.strip()))
    if set(found) - known:
        wrong.add(name, f"must be one of {', '.join(sorted(known))}")
    return found


def _weight(given: QueryParams, name: str, wrong: Wrong) -> float:
    text = given.get(f"w_{name}", "").strip().replace(",", ".")
    try:
        number = float(text) if text else WEIGHTS[name]
    except ValueError:
        number = -1.0
    if not 0 <= number <= MOST_WEIGHT:
        wrong.add(f"w_{name}", f"must be a number from 0 to {MOST_WEIGHT:.0f}")
        return 1.0
    return number


def _number(page: Page, given: QueryParams, name: str, fixed: str, wrong: Wrong) -> int:
    usual, least, most = NUMBERS[name]
    text = given.get(name, "").strip() or fixed or str(usual)
    if text.isdecimal() and text.isascii() and least <= int(text[:6]) <= most:
        return int(text)
    if text == fixed:
        return max(least, min(most, int(text))) if text.isdecimal() and len(text) < 6 else usual
    wrong.add(name, f"must be a whole number from {least} to {most}")
    return usual
