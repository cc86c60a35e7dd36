"""What the partner finder found, as data: the models of the interface, the ranking as JSON and as CSV."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from pydantic import BaseModel, Field

from service.pages.page import Page
from service.pages.partner_wish import MOST_WEIGHT, NUMBERS, Question
from service.pages.partner_words import LABELS, Prove, Reason, reasons
from service.partners.consortium import Consortium
from service.partners.model import SIDES, Partners
from service.partners.score import WEIGHTS, Match
from service.spreadsheets import harmless

FORMATS: Final = ("json", "csv", "consortia")


class StatementOut(BaseModel):
    """A triple behind a reason."""

    subject: str
    predicate: str
    object: str
    statement: str = Field(description="IRI of the node that holds it (membership, alignment, profile), if any.")
    sources: list[str] = Field(description="IRIs of the sources that state it.")


class ReasonOut(BaseModel):
    """Why, and what shows it."""

    feature: str
    text: str = Field(description="The reason as a sentence in the language asked for.")
    value: float = Field(description="The feature, from 0 to 1.")
    adds: float = Field(description="What it adds to the score.")
    things: list[str] = Field(description="IRIs of themes, networks or areas that the sentence names.")
    evidence: list[str] = Field(description="IRIs of strategies that show it.")
    query: str = Field(description="Address of the named query that shows it.")
    triples: list[StatementOut] = Field(description="The first statements behind it.")
    more_triples: int = Field(description="How many more there are.")


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
    project: str
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
    prove: Prove

    @property
    def best(self) -> list[Match]:
        """As many as are shown."""
        return self.matches[: self.asked.limit]

    def why(self, page: Page, match: Match) -> list[Reason]:
        """The reasons for one of them."""
        return reasons(page, self.asked, match, self.prove)


def answer(page: Page, found: Found) -> PartnersOut:
    """All of it as data."""
    asked = found.asked
    own = [asked.who.iri] if asked.who else []
    return PartnersOut(
        who=asked.who.iri if asked.who else "",
        themes=list(asked.themes),
        countries=list(asked.countries),
        call=asked.call.iri if asked.call else "",
        project=asked.project,
        weights=dict(asked.weights),
        total=len(found.matches),
        partners=[_partner(page, m, found.why(page, m)) for m in found.best],
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
                triples=[StatementOut(**asdict(s)) for s in reason.statements],
                more_triples=reason.more_statements,
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
        texts = [_sentence(page, reason) for reason in found.why(page, match)]
        cells = [place, party.iri, page.name(party.iri), party.side, party.country, round(match.score, 4), *values]
        writer.writerow([_safe(cell) for cell in [*cells, " | ".join(texts)]])
    return out.getvalue()


def consortia(page: Page, found: Found) -> str:
    """The proposed consortia as CSV, a line for each member."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["proposal", "iri", "name", "kind", "country", "score", "complete"])
    own = found.asked.who
    for number, proposal in enumerate(found.consortia, start=1):
        members = [(m.party, str(round(m.score, 4))) for m in proposal.members]
        for party, score in ([(own, "")] if own else []) + members:
            cells = [number, party.iri, page.name(party.iri), party.side, party.country, score, proposal.complete]
            writer.writerow([_safe(cell) for cell in cells])
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
        ("project", "IRI of a project: its themes apply, and those who are in it are left out.", text),
        ("lang", "Language of names and sentences.", text),
        (
            "format",
            "json, csv, or consortia for these as CSV.",
            {"type": "string", "enum": list(FORMATS), "default": FORMATS[0]},
        ),
        *((f"w_{n}", f"Weight: {LABELS[n].lower()}.", weight | {"default": WEIGHTS[n]}) for n in WEIGHTS),
        *(
            (name, f"A whole number from {low} to {high}.", {"type": "integer", "default": usual})
            for name, (usual, low, high) in NUMBERS.items()
        ),
    ]
    return [{"name": n, "in": "query", "required": False, "description": d, "schema": s} for n, d, s in described]
