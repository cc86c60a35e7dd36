"""The map: regions shaded by an indicator, places with strategies and organisations, and the same as a list."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from service.maps.outlines import Point
from service.pages import map_choice, map_data
from service.pages.facets import narrow
from service.pages.language import msg
from service.pages.map_choice import EXPLAINED, INDICATORS, LAYERS, LEVELS, NONE, Choice
from service.pages.map_data import Area, Spot
from service.pages.map_drawing import amount, contents, drawing
from service.pages.map_features import OUTLINES, PLACES, approximate, collection, table, text
from service.pages.map_script import attributes, geojson_address, open_policy
from service.pages.page import Page
from service.pages.site import NavItem, Site
from service.pages.strategies import facets_of, matching, shown_facet

NAV: Final = NavItem(msg("Map"), "/map", 15)
GEOJSON: Final = "application/geo+json"
# The filters of the form; the other facets of the list of strategies work too, and are shown as chips.
FILTERS: Final = ("country", "goal", "kind")
# A browser lists the rest too, from the GeoJSON.
SHOWN: Final = 300


@dataclass(frozen=True)
class Shown:
    """Everything that one map shows."""

    choice: Choice
    areas: list[Area]
    spots: list[Spot]
    places: Mapping[str, Point]
    chosen: Mapping[str, list[str]]
    counts: Mapping[str, dict[str, int]]


async def look(page: Page) -> Shown:
    """Find out what the map of this address shows."""
    choice = map_choice.read(page.request)
    seats, places = await map_data.ask(page, choice)
    params = page.request.query_params
    facets = facets_of()
    # The form sends an empty value where nothing is chosen.
    chosen = {facet.name: [value for value in params.getlist(facet.name) if value] for facet in facets}
    found = narrow(matching(page, params.get("q", "")[:200]), facets, chosen)
    countries = chosen["country"]
    areas = map_data.areas(page.corpus, choice, found.items, seats, countries)
    spots = map_data.spots(page.corpus, choice, found.items, seats, places, countries)
    return Shown(choice, areas, spots, places, chosen, found.counts)


def routes(site: Site) -> APIRouter:
    """The map and its GeoJSON."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/map", methods=["GET", "HEAD"])
    async def show(request: Request) -> Response:
        page = await site.page(request)
        shown = await look(page)
        open_policy(page)
        return page.render(
            "map.html",
            title=page.gettext("Map"),
            description=page.gettext(
                "Where the strategies are, what the regions cover of the goals, and where the organisations have "
                "their seats."
            ),
            crumbs=[(page.gettext("Map"), "")],
            table=table(page, shown.choice, shown.areas, shown.spots),
            scripts=["map.js"],
            data={"@type": "Map"},
            **view(page, shown),
        )

    @router.api_route("/map.geojson", methods=["GET", "HEAD"])
    async def geojson(request: Request) -> Response:
        page = await site.page(request)
        shown = await look(page)
        features = collection(page, shown.choice, shown.areas, shown.spots, shown.places)
        headers = {"Content-Language": page.code, "Vary": "Accept-Language, Cookie", "Cache-Control": "no-cache"}
        return Response(text(features), 200, headers, GEOJSON)

    return router


def view(page: Page, shown: Shown) -> dict[str, Any]:
    """What the template needs."""
    choice = shown.choice
    order = sorted(shown.areas, key=lambda area: (-area.value, page.language.key(page.name(area.iri))))
    own = {"indicator", "nuts", "show", *FILTERS, "lang", "page"}
    return {
        "choice": choice,
        "indicators": INDICATORS,
        "nothing": NONE,
        "explained": EXPLAINED[choice.indicator],
        "levels": LEVELS,
        "layers": LAYERS,
        "filters": [shown_facet(page, name, shown.counts[name], shown.chosen[name]) for name in FILTERS],
        "kept": [(k, v) for k, v in page.request.query_params.multi_items() if k not in own],
        "others": _others(page, shown),
        "body": choice.body if choice.body in page.corpus.names else "",
        "map": drawing(page, choice, shown.areas, shown.spots, shown.places),
        "map_attributes": attributes(page, geojson_address(page)),
        "rows": [(area, amount(page, choice, area)) for area in order],
        "unmapped": [area for area in order if area.code not in page.site.assets.outlines],
        "approximate": approximate(page, order),
        "spots": [(spot, contents(page, spot)) for spot in shown.spots[:SHOWN]],
        "total": len(shown.spots),
        "outlines": OUTLINES,
        "placed": PLACES,
        "geojson": geojson_address(page),
    }


def _others(page: Page, shown: Shown) -> list[Any]:
    """Filters that came from the list of strategies and have no field here."""
    facets = [
        shown_facet(page, name, shown.counts[name], chosen)
        for name, chosen in shown.chosen.items()
        if chosen and name not in FILTERS
    ]
    return [(facet, choice) for facet in facets for choice in facet.choices if choice.chosen]
