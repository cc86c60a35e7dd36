"""The addresses of the reconciliation service: `/reconcile` for all, `/reconcile/pl` and so on in one language."""

from __future__ import annotations

import html
from typing import Any, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from ontology.terms import LANGUAGES
from service.answers import read_body
from service.pages.addresses import path_of
from service.pages.language import load
from service.pages.site import Site
from service.problems import Problem, responses
from service.protocol import FORM, decode, single, split_content_type
from service.reconcile.answers import DESCRIPTION, LONGEST, MOST, Answers, read_batch, read_extension
from service.reconcile.values import cells

# Two hundred queries, or the identifiers of five thousand cells, are far less.
MEGABYTES: Final = 2
HEADERS: Final = {"Vary": "Accept-Language, Cookie", "Cache-Control": "no-cache"}
_FORM_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "content": {
            FORM: {"schema": {"type": "object", "properties": {n: {"type": "string"} for n in ("queries", "extend")}}}
        }
    }
}


def reconcile_router(site: Site, version: str) -> APIRouter:
    """Build the routes."""
    router = APIRouter(tags=["Reconciliation"])

    async def answers(request: Request, code: str = "") -> Answers:
        if code and code not in LANGUAGES:
            raise Problem(404, f"The service speaks {', '.join(LANGUAGES)}.")
        page = await site.page(request)
        if code:
            page.language = load(code)
        return Answers(page)

    async def service(request: Request, code: str = "") -> JSONResponse:
        found = await answers(request, code)
        parameters = decode(request.scope["query_string"])
        if request.method == "POST":
            parameters |= await form(request)
        return sent(await answered(found, parameters, version))

    described = "Match names to things (W3C Reconciliation Service API 0.2); without queries the manifest"
    for path in ("/reconcile", "/reconcile/{code}"):
        for method in ("GET", "POST"):
            router.add_api_route(
                path,
                service,
                methods=[method],
                summary=described + (", in a language" if "{" in path else ""),
                operation_id=f"{method.lower()}_reconcile" + ("_in_a_language" if "{" in path else ""),
                responses=responses(400, 404, 413, 415, 429, 503),
                openapi_extra=_FORM_BODY if method == "POST" else None,
            )

    _suggestions(router, answers)
    _looks(router, answers)
    return router


async def answered(found: Answers, parameters: dict[str, list[str]], version: str) -> dict[str, Any]:
    """What the parameters ask for: candidates, values, or else the manifest."""
    queries, extend = single(parameters, "queries"), single(parameters, "extend")
    if queries is not None:
        return await found.batch(read_batch(queries))
    if extend is not None:
        return await found.extend(read_extension(extend))
    return found.manifest(version)


async def form(request: Request) -> dict[str, list[str]]:
    """Read the form that a client posts; 415 for anything else."""
    if split_content_type(request.headers.get("content-type"))[0] != FORM:
        raise Problem(415, f"Post a form ({FORM}) with `queries` or `extend`.")
    found = decode(await read_body(request, MEGABYTES))
    if not found.keys() & {"queries", "extend"}:
        raise Problem(400, "The form has neither `queries` nor `extend`.")
    return found


def sent(body: dict[str, Any]) -> JSONResponse:
    """An answer."""
    return JSONResponse(body, headers=HEADERS)


def _suggestions(router: APIRouter, answers: Any) -> None:
    """What clients ask for while somebody types, and which properties a type has."""
    prefix = Query("", max_length=LONGEST, description="What was typed.")
    limit = Query(10, ge=1, le=MOST)

    @router.get("/reconcile/{code}/suggest/entity", summary="Suggest things", responses=responses(404, 422))
    async def entity(request: Request, code: str, prefix: str = prefix, limit: int = limit) -> JSONResponse:
        return sent((await answers(request, code)).entities(prefix, limit))

    @router.get("/reconcile/{code}/suggest/type", summary="Suggest types", responses=responses(404, 422))
    async def kind(request: Request, code: str, prefix: str = prefix, limit: int = limit) -> JSONResponse:
        return sent((await answers(request, code)).types(prefix, limit))

    @router.get("/reconcile/{code}/suggest/property", summary="Suggest properties", responses=responses(404, 422))
    async def prop(request: Request, code: str, prefix: str = prefix, limit: int = limit) -> JSONResponse:
        return sent(await (await answers(request, code)).property_names(prefix, limit))

    @router.get("/reconcile/{code}/properties", summary="The properties of a type", responses=responses(404, 422))
    async def proposed(
        request: Request, code: str, type: str = "", limit: int = Query(MOST, ge=1, le=500)
    ) -> JSONResponse:
        return sent(await (await answers(request, code)).properties(type, limit))


def _looks(router: APIRouter, answers: Any) -> None:
    """A thing for people: its page, a small page in a frame, a few words beside a suggestion."""

    @router.get(
        "/reconcile/{code}/view",
        summary="The page of a thing",
        response_class=RedirectResponse,
        status_code=303,
        responses=responses(404),
    )
    async def view(request: Request, code: str, id: str = Query(max_length=2000)) -> Response:
        found = await answers(request, code)
        return RedirectResponse(f"{found.page.base}{path_of(id)}", 303)

    @router.get(
        "/reconcile/{code}/preview",
        summary="A thing in a small frame",
        response_class=Response,
        responses=responses(404),
    )
    async def preview(request: Request, code: str, id: str = Query(max_length=2000)) -> Response:
        found = await answers(request, code)
        thing = found.names.get(id)
        if thing is None:
            raise Problem(404, f"Nothing is known about <{id}>.")
        statements = await found.statements(id)
        texts = cells(statements.of(DESCRIPTION), code, 1)
        page = found.page
        page.policy["frame-ancestors"] = "*"
        response: Response = page.render(
            "reconcile_preview.html",
            title=page.name(id),
            iri=id,
            about=found.description(thing),
            text=texts[0].get("str", "") if texts else "",
        )
        return response

    @router.get("/reconcile/{code}/flyout/entity", summary="A thing in a few words", responses=responses(404))
    async def flyout(request: Request, code: str, id: str = Query(max_length=2000)) -> JSONResponse:
        found = await answers(request, code)
        thing = found.names.get(id)
        if thing is None:
            raise Problem(404, f"Nothing is known about <{id}>.")
        words = f"<p>{html.escape(found.page.name(id))}</p><p>{html.escape(found.description(thing))}</p>"
        return sent({"id": id, "html": words})
