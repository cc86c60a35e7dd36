"""The statements behind a reason: triples that anybody can look up, each with the source that states it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from ontology.terms import PREFIXES
from service.pages.ask import Row, value
from service.pages.concepts import Concepts
from service.partners.features import Feature
from service.partners.model import Partners
from service.partners.score import Match

STATEMENTS: Final = "statements-about-partners-and-their-sources"
SHOWN: Final = 6
OFFERS: Final = PREFIXES["sg"] + "offers"
SEEKS: Final = PREFIXES["sg"] + "seeks"


@dataclass(frozen=True)
class Statement:
    """A triple, the node that holds it if it is not a bare one, and who states it."""

    subject: str
    predicate: str
    object: str
    statement: str
    sources: tuple[str, ...]


class Statements:
    """All statements of one version of the data, by their ends."""

    def __init__(self, rows: Iterable[Row], concepts: Concepts) -> None:
        """Gather the sources of each statement."""
        sources: defaultdict[tuple[str, str, str, str], set[str]] = defaultdict(set)
        for row in rows:
            key = (value(row, "subject"), value(row, "predicate"), value(row, "object"), value(row, "statement"))
            sources[key].add(value(row, "source"))
        self._of: defaultdict[str, list[Statement]] = defaultdict(list)
        self._concepts = concepts
        for key in sorted(sources):
            found = Statement(*key, tuple(sorted(sources[key])))
            self._of[found.subject].append(found)
            if found.object != found.subject:
                self._of[found.object].append(found)

    def between(self, one: str, other: str) -> list[Statement]:
        """Statements that link two things, whichever is the subject."""
        return [s for s in self._of.get(one, ()) if other in (s.subject, s.object)]

    def on(self, subject: str, themes: Iterable[str], predicates: Iterable[str] = ()) -> list[Statement]:
        """What is said of a subject about one of these concepts or one below it."""
        wanted, kept = set(themes), set(predicates)
        return [
            s
            for s in self._of.get(subject, ())
            if s.subject == subject
            and (not kept or s.predicate in kept)
            and wanted & self._concepts.with_above([s.object])
        ]

    def about(self, iri: str, others: Iterable[str]) -> list[Statement]:
        """Statements that link a thing with any of those."""
        wanted = set(others)
        return [s for s in self._of.get(iri, ()) if {s.subject, s.object} & wanted]


def proof(
    statements: Statements,
    partners: Partners,
    who: str,
    match: Match,
    reason: str,
    evidence: Iterable[str],
) -> list[Statement]:
    """The statements behind one reason; none where it follows from positions and counts of people."""
    feature, party = match.features[reason], match.party.iri
    match reason:
        case "shared" | "gaps":
            return [s for iri in (party, *evidence) for s in statements.on(iri, feature.things) if s.predicate != SEEKS]
        case "offers":
            found = statements.on(party, feature.things, (OFFERS, SEEKS))
            return found + statements.on(who, feature.things, (OFFERS, SEEKS))
        case "bridges" | "projects":
            ends = [end for thing in feature.things for end in ((who, thing), (party, thing))]
            direct = [(who, party)] if reason == "projects" else []
            return [s for one, other in (*ends, *direct) for s in statements.between(one, other)]
        case "region":
            return _in_area(statements, partners, feature, party, who)
        case "experience":
            return statements.about(party, partners.of(party))
    return []


def _in_area(statements: Statements, partners: Partners, feature: Feature, party: str, who: str) -> list[Statement]:
    """Ties of the one who works in the other's area, to whom there."""
    worker = feature.things[0]
    other = who if worker == party else party
    known: Mapping[str, object] = partners.parties
    near = (iri for iri in partners.of(worker) if iri in known and feature.where in partners.parties[iri].areas)
    return statements.about(worker, set(near) - {other})
