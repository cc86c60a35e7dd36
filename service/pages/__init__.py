"""The site that people see: server-rendered pages made of named queries."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from service.pages import (
    about,
    calls,
    compare,
    gaps,
    home,
    listing,
    named,
    network,
    partners,
    schemes,
    search,
    sources,
    strategies,
    things,
)
from service.pages.ask import Ask, Catalogue
from service.pages.entities import render_entity
from service.pages.errors import problem_page
from service.pages.site import NavItem, Site, SiteSettings
from service.problems import Problem

# A page is added here: its module has `routes(site)`, and `NAV` (or `NAVS`) if it belongs in the main menu.
ROUTES: Final[tuple[Callable[[Site], APIRouter], ...]] = (
    home.routes,
    search.routes,
    strategies.routes,
    things.routes,
    listing.routes,
    schemes.routes,
    calls.routes,
    compare.routes,
    gaps.routes,
    sources.routes,
    named.routes,
    network.routes,
    partners.routes,
    about.routes,
)
MENU: Final[tuple[NavItem, ...]] = (
    strategies.NAV,
    *listing.NAVS,
    network.NAV,
    schemes.NAV,
    partners.NAV,
    compare.NAV,
    gaps.NAV,
    sources.NAV,
)


@dataclass(frozen=True)
class Pages:
    """What the application takes from here."""

    site: Site
    router: APIRouter
    render_entity: Callable[[Request, str], Awaitable[HTMLResponse | None]]
    problem_page: Callable[[Request, Problem], HTMLResponse | None]


def build_pages(ask: Ask, catalogue: Catalogue, settings: SiteSettings) -> Pages:
    """Build the pages on what they are given."""
    site = Site(ask, catalogue, settings, nav=list(MENU))
    router = APIRouter()
    for routes in ROUTES:
        router.include_router(routes(site))
    router.include_router(site.assets.router())

    async def entity(request: Request, iri: str) -> HTMLResponse | None:
        return await render_entity(site, request, iri)

    def problem(request: Request, found: Problem) -> HTMLResponse | None:
        return problem_page(site, request, found)

    return Pages(site, router, entity, problem)


def pages_router(ask: Ask, catalogue: Catalogue, settings: SiteSettings) -> APIRouter:
    """Only the routes."""
    return build_pages(ask, catalogue, settings).router
