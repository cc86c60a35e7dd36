"""Things whose IRI is not ours: regions by their code, anything else by its IRI."""

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from service.pages.addresses import path_of, region_iri
from service.pages.entities import render_entity
from service.pages.site import Site
from service.problems import Problem


def routes(site: Site) -> APIRouter:
    """Regions and strangers."""
    router = APIRouter(include_in_schema=False)

    async def answer(request: Request, iri: str) -> Response:
        found = await render_entity(site, request, iri)
        if found is None:
            raise Problem(404, f"Nothing is known about {iri}.")
        return found

    @router.api_route("/region/{code}", methods=["GET", "HEAD"])
    async def region(request: Request, code: str) -> Response:
        return await answer(request, region_iri(code))

    @router.api_route("/concept", methods=["GET", "HEAD"])
    async def stranger(request: Request, iri: str = Query(max_length=2000)) -> Response:
        path = path_of(iri)
        if not path.startswith("/concept"):
            return RedirectResponse(path, 303)
        return await answer(request, iri)

    return router
