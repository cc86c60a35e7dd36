"""Finding a thing by its name: suggestions while typing, and a page of everything that matches."""

from typing import Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from service.pages.addresses import path_of
from service.pages.corpus import NAMES
from service.pages.names import FINDABLE
from service.pages.site import Site
from service.pages.tables import Column, Table
from service.pages.words import word

SUGGESTIONS = 8
MATCHES = 200
LONGEST = 200
TABLE = (Column("name", "skos:prefLabel"), Column("kind"), Column("path"))


def routes(site: Site) -> APIRouter:
    """Search and suggestions."""
    router = APIRouter()

    @router.get("/api/suggest", tags=["search"], summary="Suggest things whose name matches what was typed")
    async def suggest(
        request: Request,
        q: str = Query("", max_length=LONGEST, description="A piece of a name; accents may be left out."),
        kind: str = Query("", description="Only things of this kind, such as `municipality`."),
        limit: int = Query(SUGGESTIONS, ge=1, le=50),
    ) -> JSONResponse:
        page = await site.page(request)
        kinds = (kind,) if kind in FINDABLE else FINDABLE
        found: list[dict[str, Any]] = []
        for thing in page.corpus.names.find(q, limit, kinds):
            label = page.label(thing.iri)
            parent = page.name(thing.parent) if thing.parent else ""
            found.append(
                {
                    "iri": thing.iri,
                    "label": label.value,
                    "language": label.language,
                    "kind": thing.kind,
                    "kindLabel": page.gettext(word(thing.kind).one),
                    "in": parent,
                    "path": path_of(thing.iri),
                }
            )
        headers = {"Vary": "Accept-Language, Cookie", "Cache-Control": "no-cache"}
        return JSONResponse({"query": q, "language": page.code, "suggestions": found}, headers=headers)

    @router.api_route("/search", methods=["GET", "HEAD"], include_in_schema=False)
    async def search(request: Request, q: str = Query("", max_length=LONGEST)) -> Response:
        page = await site.page(request)
        page.ask.used(*NAMES)
        found = page.corpus.names.find(q, MATCHES)
        groups: dict[str, list[str]] = {}
        for thing in found:
            groups.setdefault(thing.kind, []).append(thing.iri)
        return page.render(
            "search.html",
            title=page.gettext("Search: %(text)s") % {"text": q} if q else page.gettext("Search"),
            crumbs=[(page.gettext("Search"), "")],
            search_text=q,
            groups=groups,
            total=len(found),
            table=Table(TABLE, ((t.iri, [page.label(t.iri), t.kind, path_of(t.iri)]) for t in found)),
        )

    return router
