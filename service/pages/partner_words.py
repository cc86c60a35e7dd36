"""Says in the reader's language why somebody may be a partner, with the things and the named query that show it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from service.pages.corpus import MUNICIPALITIES
from service.pages.language import msg, nmsg
from service.pages.page import Page
from service.pages.partner_data import PLACES, TIES
from service.pages.partner_proof import SHOWN as STATEMENTS_SHOWN
from service.pages.partner_proof import Statement
from service.pages.partner_wish import Question
from service.partners.features import Feature
from service.partners.score import Match, applicable

SHOWN: Final = 6
EVIDENCE: Final = 3
SOURCES: Final = 2
LABELS: Final = {
    "shared": msg("Shared themes"),
    "gaps": msg("Complementary gaps"),
    "bridges": msg("Networks in common"),
    "projects": msg("Joint projects"),
    "offers": msg("Offers that meet needs"),
    "region": msg("Active in your region"),
    "distance": msg("Nearness"),
    "size": msg("Similar size"),
    "experience": msg("Experience"),
}
SIDES: Final = {
    "city": msg("Cities and regions"),
    "research": msg("Research"),
    "business": msg("Business, clusters and hubs"),
    "public": msg("Public authorities"),
    "civil": msg("Associations and non-profits"),
    "network": msg("Networks"),
    "other": msg("Kind not known"),
}
SENTENCES: Final = {
    "shared": nmsg("%(num)s theme in common with you:", "%(num)s themes in common with you:"),
    "gaps": nmsg("Covers %(num)s theme that you do not:", "Covers %(num)s themes that you do not:"),
    "bridges": nmsg("%(num)s network or partner in common:", "%(num)s networks or partners in common:"),
    "projects": nmsg("%(num)s joint project:", "%(num)s joint projects:"),
    "offers": nmsg("%(num)s offer meets a need:", "%(num)s offers meet needs:"),
    "region": nmsg("%(num)s partner in the same area:", "%(num)s partners in the same area:"),
    "distance": nmsg("%(num)s kilometre away", "%(num)s kilometres away"),
    "size": nmsg("%(num)s inhabitant", "%(num)s inhabitants"),
    "experience": nmsg("%(num)s known partnership or membership:", "%(num)s known partnerships or memberships:"),
}
WANTED: Final = nmsg("Works on a theme you look for:", "Works on %(num)s of the themes you look for:")


# The statements behind a reason for a partner, given the strategies that show it.
Prove = Callable[[Match, str, Iterable[str]], list[Statement]]


@dataclass(frozen=True)
class Reason:
    """One reason, what it is worth, and what shows it."""

    feature: str
    text: str
    value: float
    # What it adds to the score.
    adds: float
    things: tuple[str, ...]
    more: int
    evidence: tuple[str, ...]
    query: str
    params: dict[str, str]
    statements: tuple[Statement, ...]
    more_statements: int

    @property
    def sources(self) -> tuple[str, ...]:
        """Who says so, the first few."""
        named = (source for statement in self.statements for source in statement.sources)
        return tuple(dict.fromkeys(named))[:SOURCES]


def reasons(page: Page, asked: Question, match: Match, prove: Prove) -> list[Reason]:
    """Why, the weightiest first; what has no weight is no reason."""
    total = sum(applicable(asked.wish, asked.weights).values())
    found = [
        _reason(page, asked, match, name, feature, asked.weights[name] * feature.value / total, prove)
        for name, feature in match.features.items()
        if asked.weights[name]
    ]
    return sorted(found, key=lambda reason: -reason.adds)


def _reason(
    page: Page, asked: Question, match: Match, name: str, feature: Feature, adds: float, prove: Prove
) -> Reason:
    iri = match.party.iri
    evidence: tuple[str, ...] = ()
    if name in ("shared", "gaps"):
        wanted = set(feature.things)
        evidence = tuple(s.iri for s in page.corpus.of_place(iri) if s.covered & wanted)[:EVIDENCE]
    query, params = _query(page, asked, iri, name)
    text = _text(page, asked, name, feature)
    found = prove(match, name, evidence)
    # An area and a measure in it may have the same name: it is said once.
    named = {page.name(thing): thing for thing in reversed(_things(page, asked, name, iri, feature, found))}
    things = tuple(reversed(named.values()))
    return Reason(
        name,
        text,
        feature.value,
        adds,
        things[:SHOWN],
        max(0, len(things) - SHOWN),
        evidence,
        query,
        params,
        tuple(found[:STATEMENTS_SHOWN]),
        max(0, len(found) - STATEMENTS_SHOWN),
    )


def _things(
    page: Page, asked: Question, name: str, party: str, feature: Feature, found: list[Statement]
) -> tuple[str, ...]:
    """What the reason names: as exactly as it is stated, not only the theme that was looked for."""
    match name:
        case "distance" | "size":
            return ()
        case "region":
            return (feature.where,)
        case "experience":
            ends = (end for s in found for end in (s.subject, s.object) if end != party)
            return tuple(dict.fromkeys(ends))
        case "shared" if asked.themes:
            stated = {s.object for s in found}
            exact = [iri for iri in stated if not _has_below(page, iri, stated)]
            return tuple(page.sorted_by_name(exact)) or feature.things
    return feature.things


def _has_below(page: Page, iri: str, stated: Iterable[str]) -> bool:
    """Whether something narrower than a concept is stated, too."""
    return any(iri != other and iri in page.corpus.concepts.with_above([other]) for other in stated)


def _text(page: Page, asked: Question, name: str, feature: Feature) -> str:
    if name == "projects" and not feature.number:
        return page.gettext("You are partners already.")
    one, many = WANTED if name == "shared" and asked.themes else SENTENCES[name]
    return page.language.ngettext(one, many, round(feature.number))


def _query(page: Page, asked: Question, iri: str, name: str) -> tuple[str, dict[str, str]]:
    """The named query that shows it, filled in."""
    who = asked.who.iri if asked.who else ""
    if name in ("shared", "gaps") and page.corpus.names.kind(iri) in PLACES:
        return "strategies-of-a-place", {"place": iri, "lang": page.code}
    if name == "offers":
        return "offers-that-meet-needs", {"organisation": who, "lang": page.code}
    if name in ("bridges", "projects"):
        return "memberships-of-a-thing", {"thing": iri}
    if name in ("region", "experience"):
        return TIES, {}
    if name in ("distance", "size") and page.corpus.names.kind(iri) in PLACES:
        return MUNICIPALITIES[0], {}
    return "facts-about-a-thing", {"thing": iri}
