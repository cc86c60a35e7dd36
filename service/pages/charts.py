"""Pictures of coverage, computed here and drawn by templates as SVG, so that they need no script."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from service.pages.addresses import sdg_iri
from service.pages.concepts import SDG, SMART, Concept, Concepts
from service.pages.language import Language, msg
from service.pages.treemap import Box, squarify

WIDTH: Final = 960.0
HEIGHT: Final = 520.0
HEADING: Final = 22.0
LETTER: Final = 6.1
LINE: Final = 13.0
MEASURE: Final = 9.0
VOWELS: Final = frozenset("aáąäeéęěiíoóôöőuúůüűyý")
# Two letters that no line break comes between.
ONE_SOUND: Final = frozenset(("ch", "cs", "cz", "dz", "gy", "ly", "ny", "rz", "sz", "ty", "zs"))
LEGEND: Final = (
    (0, msg("not covered")),
    (1, msg("up to a quarter of the measures, or the area in general")),
    (2, msg("up to half")),
    (3, msg("up to three quarters")),
    (4, msg("more than three quarters")),
)


@dataclass(frozen=True)
class Mark:
    """The small square of one measure."""

    x: float
    y: float
    size: float
    on: bool


@dataclass(frozen=True)
class Area:
    """One area of the SMART Concept."""

    iri: str
    code: str
    name: str
    box: Box
    level: int
    text: str
    lines: list[str]
    measures: list[Mark]


@dataclass(frozen=True)
class Dimension:
    """One dimension with its areas."""

    label: str
    box: Box
    areas: list[Area]


@dataclass(frozen=True)
class Treemap:
    """All of it."""

    id: str
    title: str
    dimensions: list[Dimension]
    legend: list[tuple[int, str]]
    width: float = WIDTH
    height: float = HEIGHT


@dataclass(frozen=True)
class Goal:
    """One of the seventeen goals."""

    iri: str
    number: int
    label: str
    level: int
    text: str


def smart_treemap(concepts: Concepts, covered: Collection[str], language: Language) -> Treemap:
    """The SMART Concept as a treemap: an area is as large as it has measures and as dark as they are covered."""
    dimensions = concepts.top(SMART)
    weights = [max(sum(len(concepts[a].narrower) or 1 for a in d.narrower), 1) for d in dimensions]
    boxes = squarify(weights, Box(0, 0, WIDTH, HEIGHT))
    shown = [_dimension(concepts, d, box, covered, language) for d, box in zip(dimensions, boxes, strict=True)]
    touched = sum(area.level > 0 for d in shown for area in d.areas)
    total = sum(len(d.areas) for d in shown)
    title = language.gettext("SMART Concept: %(covered)s of %(total)s areas covered") % {
        "covered": language.number(touched),
        "total": language.number(total),
    }
    return Treemap("smart-treemap", title, shown, [(level, language.gettext(text)) for level, text in LEGEND])


def _dimension(concepts: Concepts, top: Concept, box: Box, covered: Collection[str], language: Language) -> Dimension:
    areas = [concepts[iri] for iri in top.narrower]
    inside = box.inset(3, HEADING)
    boxes = squarify([max(len(area.narrower), 1) for area in areas], inside)
    shown = [_area(area, place, covered, language) for area, place in zip(areas, boxes, strict=True)]
    return Dimension(_cut(str(top.label(language.code)), box.width - 16, 7.4), box, shown)


def _area(area: Concept, box: Box, covered: Collection[str], language: Language) -> Area:
    on = [iri in covered for iri in area.narrower]
    share = sum(on) / len(on) if on else 0.0
    level = max(math.ceil(share * 4), 1) if any(on) or area.iri in covered else 0
    if not level:
        text = language.gettext("not covered")
    elif not any(on):
        text = language.gettext("covered in general")
    else:
        text = language.gettext("%(covered)s of %(total)s measures") % {
            "covered": language.number(sum(on)),
            "total": language.number(len(on)),
        }
    name = str(area.label(language.code))
    room = int((box.height - 22) // LINE)
    lines = _wrap(f"{area.notation} {name}", box.width - 10, max(room, 1))
    marks = [
        Mark(box.x + 6 + i * MEASURE * 1.3, box.y + box.height - 11, MEASURE, state)
        for i, state in enumerate(on)
        if 6 + (i + 1) * MEASURE * 1.3 < box.width
    ]
    return Area(area.iri, area.notation, name, box, level, text, lines, marks)


def sdg_goals(
    concepts: Concepts, counts: Mapping[str, int], language: Language, texts: Mapping[str, str], most: int = 0
) -> list[Goal]:
    """The goals, each as dark as its count is near the highest one."""
    highest = most or max((counts.get(goal.iri, 0) for goal in concepts.top(SDG)), default=0) or 1
    return [
        Goal(
            goal.iri,
            number,
            str(goal.label(language.code)),
            min(math.ceil(counts.get(goal.iri, 0) / highest * 4), 4),
            texts.get(goal.iri, ""),
        )
        for number, goal in ((n, concepts.get(sdg_iri(str(n)))) for n in range(1, 18))
        if goal
    ]


def _wrap(text: str, width: float, most: int) -> list[str]:
    """Break a text into lines that fit; the last one is cut."""
    room = max(int(width / LETTER), 1)
    lines = [""]
    for part in (part for word in text.split() for part in _parts(word, room)):
        longer = f"{lines[-1]} {part}".strip()
        if len(longer) <= room or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(part)
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1] + "…"]
    return [_cut(line, width, LETTER) for line in lines]


def _parts(word: str, room: int) -> list[str]:
    """A word too long for a line is broken where a syllable begins: a consonant, and a vowel after it."""
    lowered = word.casefold()
    if len(word) > room:
        for place in range(min(room - 1, len(word) - 2), 1, -1):
            begins = lowered[place] not in VOWELS and lowered[place + 1] in VOWELS
            if begins and lowered[place].isalpha() and lowered[place - 1 : place + 1] not in ONE_SOUND:
                return [word[:place] + "-", *_parts(word[place:], room)]
    return [word]


def _cut(text: str, width: float, letter: float) -> str:
    room = max(int(width / letter), 1)
    return text if len(text) <= room else text[: max(room - 1, 1)].rstrip(" …") + "…"
