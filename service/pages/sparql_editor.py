"""The query editor: a plain form that asks the endpoint; a script gives it completion and views of the answer."""

import json
from typing import Any, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from ontology.terms import BASE, PREFIXES
from queries.catalogue import NamedQuery, ParameterError
from service.explain import Unexplained, explain
from service.pages import named
from service.pages.addresses import SITE_PATHS
from service.pages.map_script import attributes as map_attributes
from service.pages.map_script import open_policy
from service.pages.page import Page
from service.pages.site import Site
from service.pages.sparql_words import FORMATS, OPERATIONS, THEMES, VIEWS, words
from service.pages.vocabulary_in_use import Vocabulary
from service.problems import Problem

PATH: Final = "/sparql-editor"
# What an address may hold; longer queries travel behind the address's # and never reach the server.
LONGEST: Final = 20_000
FIRST: Final = "strategies-on-a-concept"


def routes(site: Site) -> APIRouter:
    """The editor, what it completes from, and what a query does."""
    router = APIRouter(include_in_schema=False)
    vocabulary = Vocabulary()

    @router.api_route(PATH, methods=["GET", "HEAD"])
    async def editor(
        request: Request, query: str = Query("", max_length=LONGEST), example: str = Query("", max_length=200)
    ) -> Response:
        page = await site.page(request)
        open_policy(page)
        title = page.gettext("SPARQL editor")
        return page.render(
            "sparql_editor.html",
            title=title,
            description=page.gettext(
                "Ask the graph anything: write a query, or start from an example, and see the answer as a table, "
                "chart, map, network or timeline."
            ),
            crumbs=[(page.gettext("Named queries"), "/queries"), (title, "")],
            text=query or example_text(page, example or FIRST),
            example=site.catalogue.get(example),
            themes=themes(page),
            theme_names=THEMES,
            formats=FORMATS,
            views=VIEWS,
            limits=limits(page),
            scripts=["sparql.js"],
            script_words=words(page),
            settings=settings(page),
            map_attributes=map_attributes(page, ""),
        )

    @router.api_route(f"{PATH}/explain", methods=["GET", "HEAD"])
    async def explained(request: Request, query: str = Query("", max_length=LONGEST)) -> Response:
        page = await site.page(request)
        title = page.gettext("What the query does")
        try:
            step, problem = await explain(query) if query.strip() else None, ""
        except Unexplained as error:
            step, problem = None, str(error)
        return page.render(
            "sparql_explain.html",
            title=title,
            crumbs=[(page.gettext("SPARQL editor"), PATH), (title, "")],
            text=query,
            step=step,
            problem=problem,
            operations=OPERATIONS,
        )

    @router.api_route("/api/vocabulary", methods=["GET", "HEAD"])
    async def terms(request: Request) -> JSONResponse:
        page = await site.page(request)
        found = await vocabulary.terms(page)
        headers = {"Vary": "Accept-Language, Cookie", "Cache-Control": "no-cache"}
        return JSONResponse({"prefixes": PREFIXES, "language": page.code, "terms": found}, headers=headers)

    return router


def example_text(page: Page, name: str) -> str:
    """The text of a named query, with the values of the address or else those of its examples written in."""
    query = page.site.catalogue.get(name)
    if query is None:
        raise Problem(404, page.gettext("There is no query of this name."))
    asked = page.request.query_params
    given = {p.name: asked[p.name] for p in query.parameters if asked.get(p.name)}
    required = {p.name: p.example for p in query.parameters if p.required}
    wish = {"lang": page.code} if any(p.name == "lang" for p in query.parameters) else {}
    try:
        return heading(page, query) + named.filled(query, {**required, **wish, **given})
    except ParameterError as error:
        raise Problem(400, str(error)) from None


def heading(page: Page, query: NamedQuery) -> str:
    """What the query asks, as its first line."""
    return f"# {named.title(page, query).value}\n"


def themes(page: Page) -> list[tuple[str, list[tuple[str, Any, Any]]]]:
    """The examples by theme, each with its title and description."""
    groups: dict[str, list[NamedQuery]] = {}
    for query in sorted(page.site.catalogue.values(), key=lambda q: page.language.key(named.title(page, q).value)):
        groups.setdefault(query.theme, []).append(query)
    return [
        (theme, [(q.name, named.title(page, q), named.description(page, q)) for q in found])
        for theme, found in sorted(groups.items(), key=lambda group: page.language.key(page.gettext(THEMES[group[0]])))
    ]


def limits(page: Page) -> list[str]:
    """What a query may take, in words."""
    own, number = page.site.settings, page.language.number
    return [
        page.gettext("%(seconds)s seconds") % {"seconds": number(own.query_timeout)},
        page.gettext("%(megabytes)s MiB of memory") % {"megabytes": number(own.query_memory)},
        page.gettext("%(rows)s rows") % {"rows": number(own.query_rows)},
    ]


def settings(page: Page) -> str:
    """What the script needs to know about the site."""
    return json.dumps(
        {
            "endpoint": page.base + "/sparql",
            "language": page.code,
            "prefixes": PREFIXES,
            "paths": SITE_PATHS,
            "base": BASE,
        }
    )
