"""What search engines are told: which addresses to leave alone, and where every page is."""

from collections.abc import Iterable
from typing import Final
from xml.sax.saxutils import escape

from fastapi import APIRouter, Request, Response

from service.pages.addresses import path_of
from service.pages.names import FINDABLE
from service.pages.page import Page
from service.pages.site import Site
from service.problems import Problem

# The protocol's limit is 50,000 addresses in a file.
PER_FILE: Final = 20_000
NAMESPACE: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"
# Questions without end: they would keep a crawler busy for ever, and the service with it.
CLOSED: Final = ("/sparql", "/graphs", "/api/", "/reconcile", "/classify", "/partners", "/compare", "/search", "/*?")
HEADERS: Final = {"Cache-Control": "public, max-age=3600"}


def routes(site: Site) -> APIRouter:
    """`robots.txt` and the site maps."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/robots.txt", methods=["GET", "HEAD"])
    async def robots(request: Request) -> Response:
        page = await site.page(request)
        lines = ["User-agent: *", *(f"Disallow: {path}" for path in CLOSED), f"Sitemap: {page.base}/sitemap.xml", ""]
        return Response("\n".join(lines), media_type="text/plain", headers=HEADERS)

    @router.api_route("/sitemap.xml", methods=["GET", "HEAD"])
    async def index(request: Request) -> Response:
        page = await site.page(request)
        files = range(1, len(pages_of(page)) // PER_FILE + 2)
        return written("sitemapindex", "sitemap", (f"{page.base}/sitemap-{number}.xml" for number in files))

    @router.api_route("/sitemap-{number}.xml", methods=["GET", "HEAD"])
    async def part(request: Request, number: str) -> Response:
        page = await site.page(request)
        start = (int(number) - 1) * PER_FILE if number.isascii() and number.isdecimal() and len(number) < 6 else -1
        paths = pages_of(page)[start : start + PER_FILE] if start >= 0 else []
        if not paths:
            raise Problem(404, "There is no such part of the site map.")
        return written("urlset", "url", (page.base + path for path in paths))

    return router


def pages_of(page: Page) -> list[str]:
    """The paths of all pages worth finding: those of the menu, the ontology, and one of each thing."""
    things = sorted(path_of(thing.iri) for thing in page.corpus.names.of_kind(*FINDABLE))
    own = (path for path in things if not path.startswith("/concept?"))
    return list(dict.fromkeys(("/", *(item.path for item in page.site.nav), "/about", "/ontology", "/queries", *own)))


def written(root: str, element: str, addresses: Iterable[str]) -> Response:
    """A site map."""
    entries = "".join(f"<{element}><loc>{escape(address)}</loc></{element}>\n" for address in addresses)
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{NAMESPACE}">\n{entries}</{root}>\n'
    return Response(body, media_type="application/xml", headers=HEADERS)
