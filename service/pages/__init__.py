"""The site that people see: server-rendered pages made of named queries."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from service.classify.jobs import Jobs
from service.classify.workers import Workers
from service.pages import (
    about,
    calls,
    classify,
    compare,
    compliance,
    crawlers,
    gaps,
    home,
    listing,
    maps,
    named,
    network,
    partners,
    schemes,
    search,
    sources,
    sparql_editor,
    strategies,
    things,
)
from service.pages.ask import Ask, Catalogue
from service.pages.entities import render_entity
from service.pages.errors import problem_page
from service.pages.page import INDEX, TWINS
from service.pages.site import NavItem, Site, SiteSettings
from service.problems import Problem

# A page is added here: its module has `routes(site)`, and `NAV` (or `NAVS`) if it belongs in the main menu.
ROUTES: Final[tuple[Callable[[Site], APIRouter], ...]] = (
    home.routes,
    search.routes,
    strategies.routes,
    maps.routes,
    things.routes,
    listing.routes,
    schemes.routes,
    calls.routes,
    compare.routes,
    gaps.routes,
    classify.routes,
    compliance.routes,
    sources.routes,
    named.routes,
    sparql_editor.routes,
    network.routes,
    partners.routes,
    about.routes,
    crawlers.routes,
)
MENU: Final[tuple[NavItem, ...]] = (
    strategies.NAV,
    maps.NAV,
    *listing.NAVS,
    network.NAV,
    schemes.NAV,
    partners.NAV,
    compare.NAV,
    gaps.NAV,
    classify.NAV,
    sources.NAV,
)


@dataclass(frozen=True)
class Pages:
    """What the application takes from here."""

    site: Site
    router: APIRouter
    render_entity: Callable[[Request, str], Awaitable[Response | None]]
    problem_page: Callable[[Request, Problem], Response | None]


def build_pages(ask: Ask, catalogue: Catalogue, settings: SiteSettings, jobs: Jobs | None = None) -> Pages:
    """Build the pages on what they are given; without `jobs` they classify by themselves."""
    site = Site(ask, catalogue, settings, jobs or Jobs(Workers()), nav=list(MENU))
    router = APIRouter()
    parts = [routes(site) for routes in ROUTES]
    # Before the pages: `/sdg/{code}` would take `/sdg/11.ttl` for a code.
    router.routes.extend(route for part in parts for route in data_routes(part))
    for part in parts:
        router.include_router(part)
    router.include_router(site.assets.router())

    async def entity(request: Request, iri: str) -> Response | None:
        return await render_entity(site, request, iri)

    def problem(request: Request, found: Problem) -> Response | None:
        return problem_page(site, request, found)

    return Pages(site, router, entity, problem)


def data_routes(pages: APIRouter) -> Iterator[Route]:
    """The same pages with `.csv`, `.json` and so on after their address."""
    routes = [route for route in pages.routes if isinstance(route, APIRoute)]
    own = [route.path_regex for route in routes if "." in route.path]
    for page in filter(_is_page, routes):
        path = INDEX if page.path == "/" else page.path
        for address, suffix in ((f"{path}.{suffix}", suffix) for suffix in TWINS):
            if not any(regex.match(address) for regex in own):
                yield Route(address, DataForm(page, suffix), methods=["GET", "HEAD"])


def _is_page(route: APIRoute) -> bool:
    return not route.include_in_schema and "HEAD" in (route.methods or ()) and "." not in route.path


@dataclass(frozen=True)
class DataForm:
    """A page asked for in one of its other forms."""

    page: APIRoute
    suffix: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have the page answer."""
        scope["route"] = self.page  # for the log and the metrics
        await self.page.app({**scope, "suffix": self.suffix}, receive, send)


def pages_router(ask: Ask, catalogue: Catalogue, settings: SiteSettings) -> APIRouter:
    """Only the routes."""
    return build_pages(ask, catalogue, settings).router
