"""The first page: what is here, how much of it, and a way in for each kind of reader."""

from collections import Counter
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from service.pages.addresses import path_of
from service.pages.charts import sdg_goals
from service.pages.concepts import SDG
from service.pages.corpus import CONCEPTS, MUNICIPALITIES, NAMES, STRATEGIES
from service.pages.language import nmsg
from service.pages.page import Page
from service.pages.site import Site
from service.pages.tables import Column, Table

FIGURES = (
    ("/strategies", ("strategy",), *nmsg("strategy", "strategies")),
    ("/municipalities", ("municipality",), *nmsg("municipality", "municipalities")),
    ("/organisations", ("organisation",), *nmsg("organisation", "organisations")),
    ("/networks", ("network", "alliance"), *nmsg("network or alliance", "networks and alliances")),
    ("/sources", ("source",), *nmsg("data source", "data sources")),
)
TABLE = (Column("page"), Column("things"))
# The four countries in degrees: west, east, south, north; a degree of longitude is shorter than one of latitude.
WEST, EAST, SOUTH, NORTH = 12.0, 24.3, 45.6, 55.0
SHRINK = 0.64
SCALE = 48.0


# Borders drawn with a ruler, enough to know where one is: longitude and latitude of their corners.
BORDERS = {
    "PL": "14.2,53.9 16.2,54.5 18.3,54.85 19.6,54.45 22.8,54.35 23.5,53.95 23.9,52.7 23.2,52.3 23.65,51.5 24.1,50.6 "
    "22.65,49.55 22.55,49.1 21,49.4 20.1,49.2 19.5,49.55 18.85,49.5 17.7,50.3 16.9,50.2 16.3,50.5 15,51 14.7,52 "
    "14.6,52.6 14.15,52.9 14.4,53.3",
    "CZ": "12.1,50.25 14.3,51.05 15,51 16.3,50.5 16.9,50.2 17.7,50.3 18.85,49.5 18.1,49.05 17.2,48.85 16.9,48.65 "
    "16,48.75 15,49 14,48.6 13,49.25 12.5,49.7",
    "SK": "18.85,49.5 19.5,49.55 20.1,49.2 21,49.4 22.55,49.1 22.15,48.4 20.9,48.5 20.3,48.25 19,48.05 18.7,47.8 "
    "17.75,47.75 17.15,48 16.9,48.65 17.2,48.85 18.1,49.05",
    "HU": "17.15,48 17.75,47.75 18.7,47.8 19,48.05 20.3,48.25 20.9,48.5 22.15,48.4 22.9,48 21.9,47.35 21.2,46.4 "
    "20.3,46.15 18.8,45.9 17.6,45.85 16.5,46.5 16.1,46.85 16.5,47.5",
}


@dataclass(frozen=True)
class Dot:
    """A place on the little map."""

    x: float
    y: float
    radius: float
    path: str
    name: str
    text: str
    labelled: bool


def routes(site: Site) -> APIRouter:
    """The home page."""
    router = APIRouter()

    @router.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
    async def home(request: Request) -> Response:
        page = await site.page(request)
        page.ask.used(*NAMES, *CONCEPTS, *STRATEGIES, *MUNICIPALITIES)
        corpus = page.corpus
        counts = Counter(c.iri for c in corpus.concepts.top(SDG) for _ in corpus.on_concept(c.iri))
        texts = {
            iri: page.language.ngettext("%(num)s strategy", "%(num)s strategies", number)
            for iri, number in counts.items()
        }
        return page.render(
            "home.html",
            title="Strategraph",
            description=page.gettext(
                "Which city adopted which SMART strategy, what it covers of the Green Deal and the "
                "Sustainable Development Goals, and who should meet whom."
            ),
            figures=[(path, corpus.names.count(*kinds), one, many) for path, kinds, one, many in FIGURES],
            goals=sdg_goals(corpus.concepts, counts, page.language, texts),
            dots=dots(page),
            map_size=((EAST - WEST) * SHRINK * SCALE, (NORTH - SOUTH) * SCALE),
            borders=borders(),
            table=Table(TABLE, [("", [page.base + path, corpus.names.count(*kinds)]) for path, kinds, _, _ in FIGURES]),
            data={
                "@type": "WebSite",
                "potentialAction": {
                    "@type": "SearchAction",
                    "target": page.base + "/search?q={search_term_string}",
                    "query-input": "required name=search_term_string",
                },
            },
        )

    return router


def dots(page: Page) -> list[Dot]:
    """Municipalities with a known position, the larger the more strategies; the busiest ones are named."""
    found: list[Dot] = []
    corpus = page.corpus
    busy = [(len(corpus.of_place(iri)), iri) for iri in corpus.places() if iri in corpus.municipalities]
    for count, iri in sorted(busy, reverse=True):
        if place := corpus.municipalities[iri].position:
            x, y = position(*place)
            text = page.language.ngettext("%(num)s strategy", "%(num)s strategies", count)
            labelled = count >= 5 and not _near(found, x, y)
            found.append(Dot(x, y, 3 + 1.6 * count**0.5, path_of(iri), page.name(iri), text, labelled))
    return found


def borders() -> list[tuple[str, str]]:
    """The four countries as polygons."""
    shapes = []
    for code, corners in BORDERS.items():
        points = (position(*map(float, corner.split(","))) for corner in corners.split())
        shapes.append((f"/region/{code}", " ".join(f"{x},{y}" for x, y in points)))
    return shapes


def _near(dots: list[Dot], x: float, y: float) -> bool:
    return any(dot.labelled and abs(dot.x - x) < 70 and abs(dot.y - y) < 14 for dot in dots)


def position(longitude: float, latitude: float) -> tuple[float, float]:
    """Where a place is on the little map."""
    return round((longitude - WEST) * SHRINK * SCALE, 1), round((NORTH - latitude) * SCALE, 1)
