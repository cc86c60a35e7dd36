"""Memberships as the sources tell them: who says what, and where they disagree."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from service.pages.ask import Row, value
from service.pages.language import msg
from service.pages.page import Page
from service.pages.strategies import Paging

SHOWN: Final = 100
# Under which heading members of a kind stand; who acts comes before where they act.
GROUPS: Final = {
    **dict.fromkeys(("organisation",), msg("Organisations")),
    **dict.fromkeys(("network", "alliance", "project", "investment-project"), msg("Networks")),
    **dict.fromkeys(("municipality", "place", "region", "country", "area"), msg("Cities and regions")),
    **dict.fromkeys(("person",), msg("People")),
}
OTHERS: Final = msg("Others")
_ORDER: Final = [*dict.fromkeys(GROUPS.values()), OTHERS]


@dataclass(frozen=True)
class Claim:
    """What one source says about one membership."""

    source: str
    role: str
    period: str
    commitment: str
    office: str
    concerns: str
    membership: str


@dataclass
class Line:
    """One member (or one organisation joined) and all that is claimed about it."""

    iri: str
    claims: list[Claim] = field(default_factory=list)
    group: str = OTHERS

    def by(self, source: str) -> list[Claim]:
        """What one source claims."""
        return [claim for claim in self.claims if claim.source == source]

    @property
    def stated(self) -> list[tuple[Claim, list[str]]]:
        """What is claimed, each role and period once, with all who claim it."""
        found: dict[tuple[str, str], tuple[Claim, list[str]]] = {}
        for claim in self.claims:
            _, sources = found.setdefault((claim.role, claim.period), (claim, []))
            if claim.source and claim.source not in sources:
                sources.append(claim.source)
        return list(found.values())

    @property
    def sources(self) -> set[str]:
        """Who claims something."""
        return {claim.source for claim in self.claims}

    @property
    def roles(self) -> list[str]:
        """The roles that are claimed, each once."""
        return list(dict.fromkeys(claim.role for claim in self.claims if claim.role))


@dataclass(frozen=True)
class Memberships:
    """All lines, the sources, and the lines on which not all sources agree."""

    lines: list[Line]
    sources: list[str]
    disputed: list[Line]
    agreed: int

    @property
    def groups(self) -> int:
        """How many kinds of members there are."""
        return len({line.group for line in self.lines})

    def paging(self, number: int) -> Paging:
        """Which part of a long list of members is shown."""
        pages = max(1, -(-len(self.lines) // SHOWN))
        return Paging(min(number, pages), pages, len(self.lines))

    def part(self, number: int) -> list[Line]:
        """That part."""
        start = (self.paging(number).page - 1) * SHOWN
        return self.lines[start : start + SHOWN]


def memberships(page: Page, rows: Iterable[Row], column: str) -> Memberships:
    """Gather rows of memberships by the thing in `column`."""
    lines: dict[str, Line] = {}
    seen: set[tuple[str, str, str]] = set()
    for row in rows:
        key = (value(row, "membership"), value(row, "source"), value(row, "role"))
        if key in seen:
            continue
        seen.add(key)
        line = lines.setdefault(value(row, column), Line(value(row, column)))
        line.claims.append(_claim(page, row))
    for line in lines.values():
        line.group = GROUPS.get(page.corpus.names.kind(line.iri), OTHERS)
    ordered = sorted((lines[iri] for iri in page.sorted_by_name(lines)), key=lambda line: _ORDER.index(line.group))
    sources = page.sorted_by_name({claim.source for line in ordered for claim in line.claims if claim.source})
    # A source that names one member only (a press report) does not claim that there are no others.
    listing = [s for s in sources if sum(s in line.sources for line in ordered) > 1]
    disputed = [line for line in ordered if len(listing) > 1 and not set(listing) <= line.sources]
    return Memberships(ordered, sources, disputed, len(ordered) - len(disputed) if len(listing) > 1 else 0)


def _claim(page: Page, row: Row) -> Claim:
    return Claim(
        source=value(row, "source"),
        role=value(row, "role"),
        period=period(page, value(row, "start"), value(row, "end"), value(row, "date")),
        commitment=value(row, "commitment"),
        office=value(row, "office"),
        concerns=value(row, "concerns"),
        membership=value(row, "membership"),
    )


def period(page: Page, start: str, end: str, day: str = "") -> str:
    """A period in words."""
    date = page.language.date
    if start and end:
        return f"{date(start)} – {date(end)}"
    if start:
        return page.gettext("since %(date)s") % {"date": date(start)}
    if end:
        return page.gettext("until %(date)s") % {"date": date(end)}
    return page.gettext("as of %(date)s") % {"date": date(day)} if day else ""
