"""What a map shows, as its address says: the indicator, the size of regions, the points, and where it looks."""

import re
from dataclasses import dataclass
from typing import Final

from fastapi import Request

from ontology.terms import ID
from service.pages.language import msg

# A share is between 0 and 1, everything else is a number of things.
SHARES: Final = frozenset({"goals", "targets", "areas", "green-deal", "population"})
INDICATORS: Final = {
    "strategies": msg("Strategies"),
    "goals": msg("Sustainable Development Goals covered"),
    "targets": msg("SDG targets covered"),
    "areas": msg("SMART areas covered"),
    "green-deal": msg("Green Deal areas covered"),
    "municipalities": msg("Municipalities with a strategy"),
    "population": msg("Population living in municipalities with a strategy"),
    "organisations": msg("Organisations"),
    "members": msg("Memberships in networks"),
}
NONE: Final = "none"
EXPLAINED: Final = {
    "strategies": msg("Strategies of the region itself and of everything that lies in it."),
    "goals": msg("Share of the 17 goals that at least one of the region's strategies supports."),
    "targets": msg("Share of the 169 targets that at least one of the region's strategies supports."),
    "areas": msg("Share of the areas of the SMART Concept that at least one of the region's strategies supports."),
    "green-deal": msg("Share of the areas of the Green Deal that at least one of the region's strategies supports."),
    "municipalities": msg("Municipalities of the region that have at least one of the strategies."),
    "population": msg(
        "Share of the people in the region's municipalities, as far as they are in the data, whose municipality "
        "has at least one of the strategies."
    ),
    "organisations": msg("Organisations, networks and alliances whose seat lies in the region."),
    "members": msg("How many times an organisation or municipality of the region belongs to a network."),
    NONE: "",
}
LEVELS: Final = {
    "0": msg("Countries"),
    "1": msg("Large regions (NUTS 1)"),
    "2": msg("Regions (NUTS 2)"),
    "3": msg("Small regions (NUTS 3)"),
}
LAYERS: Final = {"strategies": msg("Places with strategies"), "organisations": msg("Seats of organisations")}
NOTHING: Final = "nothing"
_LOCAL: Final = re.compile(r"[a-z-]+/[A-Za-z0-9._-]+")
_AT: Final = re.compile(r"(\d{1,2}(?:\.\d+)?)/(-?\d{1,2}(?:\.\d+)?)/(-?\d{1,3}(?:\.\d+)?)")


@dataclass(frozen=True)
class Choice:
    """What is shown; an address that says something else gets the usual."""

    indicator: str = "strategies"
    level: int = 2
    layers: tuple[str, ...] = ("strategies",)
    at: str = ""
    """Zoom, latitude and longitude, or nothing."""
    body: str = ""
    """Only the members of this network, organisation or project, if any."""

    @property
    def share(self) -> bool:
        """Whether the values are shares."""
        return self.indicator in SHARES


def read(request: Request) -> Choice:
    """The choice of an address."""
    params = request.query_params
    usual = Choice()
    indicator = params.get("indicator", "")
    level = params.get("nuts", "")
    shown = params.getlist("show")
    at = params.get("at", "")
    return Choice(
        indicator if indicator in INDICATORS or indicator == NONE else usual.indicator,
        int(level) if level in LEVELS else usual.level,
        tuple(layer for layer in LAYERS if layer in shown) if shown else usual.layers,
        at if _AT.fullmatch(at) else "",
        ID + params["of"] if _LOCAL.fullmatch(params.get("of", "")) else "",
    )
