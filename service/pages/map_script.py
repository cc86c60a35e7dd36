"""What the script of a map is told, and what its page may load for it: of an operator's tiles, and of nobody else."""

import json
from urllib.parse import urlsplit

from service.pages.page import Page


def open_policy(page: Page) -> None:
    """Let this page have workers, and load the operator's tiles if there are any."""
    page.policy["worker-src"] = "'self'"
    hosts = " ".join(origins(page.site.settings.map_tiles))
    if hosts:
        page.policy["connect-src"] += f" {hosts}"
        page.policy["img-src"] += f" blob: {hosts}"


def origins(addresses: tuple[str, ...]) -> list[str]:
    """The origins of some addresses, each once."""
    parts = (urlsplit(address) for address in addresses)
    return list(dict.fromkeys(f"{part.scheme}://{part.netloc}" for part in parts))


def geojson_address(page: Page, **changes: str | None) -> str:
    """Where the same map is as GeoJSON."""
    dropped: dict[str, str | None] = {"page": None, "view": None, "sort": None, "at": None, "list": None}
    _, _, query = page.here(**(dropped | {"lang": page.code} | changes)).partition("?")
    return "/map.geojson" + (f"?{query}" if query else "")


def attributes(page: Page, geojson: str) -> dict[str, str]:
    """The addresses and words that the script needs, as data attributes."""
    assets, settings = page.site.assets, page.site.settings
    return {
        "geojson": geojson,
        "land": assets.script("land.json"),
        "worker": assets.script("maplibre-gl-worker.mjs"),
        "styles": assets.script("map-gl.css"),
        "at": page.request.query_params.get("at", ""),
        # Where only some things are shown, the map begins with all of them in sight.
        "fit": "yes" if page.request.query_params.get("of") or not geojson else "",
        "tiles": settings.map_tiles[0] if settings.map_tiles else "",
        "attribution": settings.map_attribution,
        "words": json.dumps(words(page)),
    }


def words(page: Page) -> dict[str, str]:
    """What the script says; names with a dot are the map library's own."""
    _ = page.gettext
    return {
        "open": _("Open the page"),
        "more": _("and more"),
        "show": _("Show on the map"),
        "follow": _("List only what the map shows"),
        "inView": _("%(shown)s of %(whole)s in view"),
        "failed": _("The moving map cannot be shown here; this picture and the lists say the same."),
        "AttributionControl.ToggleAttribution": _("Sources of the map"),
        "CooperativeGesturesHandler.MacHelpText": _("Use ⌘ and scroll to zoom the map"),
        "CooperativeGesturesHandler.MobileHelpText": _("Use two fingers to move the map"),
        "CooperativeGesturesHandler.WindowsHelpText": _("Use Ctrl and scroll to zoom the map"),
        "FullscreenControl.Enter": _("Whole screen"),
        "FullscreenControl.Exit": _("Leave the whole screen"),
        "Map.Title": _("Map; the lists beside it say the same"),
        "NavigationControl.ZoomIn": _("Zoom in"),
        "NavigationControl.ZoomOut": _("Zoom out"),
        "Popup.Close": _("Close"),
    }
