"""What the page of an organisation, network, project or person tells: who belongs to whom, since when, says who."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from service.pages.ask import Row, language, value
from service.pages.facts import Facts
from service.pages.language import Text
from service.pages.members import memberships
from service.pages.page import Page


@dataclass
class Agreement:
    """An agreement and who signed it."""

    iri: str
    date: str
    signatures: list[tuple[str, str, Text]] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)


@dataclass
class Happening:
    """An event and what the thing had to do with it."""

    iri: str
    relation: str
    start: str
    end: str
    place: str
    sources: list[str] = field(default_factory=list)


async def organisation(page: Page, iri: str, facts: Facts) -> dict[str, Any]:
    """The sections of the page of whoever has members or is one."""
    members, joined, events, agreements, observations = await asyncio.gather(
        page.rows("members-and-who-says-so", thing=iri),
        page.rows("memberships-of-a-thing", thing=iri),
        page.rows("events-of-a-thing", thing=iri),
        page.rows("agreements-of-a-thing", thing=iri),
        page.rows("observations-about-a-thing", thing=iri),
    )
    happenings = gather_events(events)
    return {
        "concepts": facts.iris("sg:theme"),
        "members": memberships(page, members, "member"),
        "joined": memberships(page, joined, "organization"),
        "events": happenings,
        "foundings": disputed_foundings(happenings),
        "agreements": gather_agreements(agreements),
        "observations": observations,
        "told": {"event", "agreement", "network", "alliance", "project", "investment-project"},
    }


async def agreement(page: Page, iri: str, facts: Facts) -> dict[str, Any]:
    """The sections of an agreement's page."""
    rows = await page.rows("signatures-of-an-agreement", thing=iri)
    return {"agreements": gather_agreements([{**row, "agreement": {"type": "uri", "value": iri}} for row in rows])}


def gather_agreements(rows: list[Row]) -> list[Agreement]:
    """One agreement for all its rows."""
    found: dict[str, Agreement] = {}
    for row in rows:
        iri = value(row, "agreement")
        item = found.setdefault(iri, Agreement(iri, value(row, "date")))
        signature = (value(row, "signatory"), value(row, "behalf"), Text(value(row, "office"), language(row, "office")))
        if signature[0] and signature[:2] not in [s[:2] for s in item.signatures]:
            item.signatures.append(signature)
        if (source := value(row, "source")) and source not in item.sources:
            item.sources.append(source)
    return list(found.values())


def gather_events(rows: list[Row]) -> list[Happening]:
    """One event for all its rows, in the order of time."""
    found: dict[str, Happening] = {}
    for row in rows:
        iri = value(row, "event")
        item = found.setdefault(
            iri,
            Happening(
                iri,
                value(row, "relation").rsplit("#", 1)[-1],
                value(row, "start"),
                value(row, "end"),
                value(row, "place"),
            ),
        )
        if (source := value(row, "source")) and source not in item.sources:
            item.sources.append(source)
    return sorted(found.values(), key=lambda event: event.start)


def disputed_foundings(events: list[Happening]) -> list[Happening]:
    """The foundings, when sources date them differently: a more exact date is no disagreement."""
    foundings = [event for event in events if event.relation == "foundingOf"]
    dates = {event.start for event in foundings}
    differ = any(not a.startswith(b) and not b.startswith(a) for a in dates for b in dates)
    return foundings if differ else []
