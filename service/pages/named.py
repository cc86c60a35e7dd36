"""The named queries as pages: all of them by theme, and each with a form, its answer, its text and its formats."""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from ontology.terms import ID
from queries.catalogue import NamedQuery, Parameter, ParameterError
from service.pages.ask import value
from service.pages.facts import show
from service.pages.language import Text
from service.pages.language import pick as pick_text
from service.pages.page import Page
from service.pages.site import Site
from service.pages.sparql_words import THEMES
from service.pages.tables import Column, Table
from service.problems import Problem
from service.store.text import form

SHOWN: Final = 200
FORMATS: Final = (("csv", "CSV"), ("json", "JSON"), ("xml", "XML"), ("tsv", "TSV"))


def routes(site: Site) -> APIRouter:
    """The catalogue and its queries."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/queries", methods=["GET", "HEAD"])
    async def queries(request: Request) -> Response:
        page = await site.page(request)
        groups: dict[str, list[NamedQuery]] = {}
        for query in sorted(site.catalogue.values(), key=lambda q: page.language.key(title(page, q).value)):
            groups.setdefault(query.theme, []).append(query)
        return page.render(
            "queries.html",
            title=page.gettext("Named queries"),
            description=page.gettext(
                "Every page is made of these questions. "
                "Each has a page, an address that stays, and answers in many formats."
            ),
            crumbs=[(page.gettext("Named queries"), "")],
            groups=[(theme, groups[theme]) for theme in THEMES if theme in groups],
            theme_names=THEMES,
            title_of=lambda query: title(page, query),
            description_of=lambda query: description(page, query),
            table=catalogue_table(page, site.catalogue.values()),
        )

    @router.api_route("/queries/{name}", methods=["GET", "HEAD"])
    async def named(request: Request, name: str) -> Response:
        page = await site.page(request)
        try:
            query = site.catalogue[name]
        except KeyError:
            raise Problem(404, page.gettext("There is no query of this name.")) from None
        given = {p.name: request.query_params.get(p.name, "").strip() for p in query.parameters}
        values = {key: text for key, text in given.items() if text}
        missing = [p.name for p in query.parameters if p.required and p.name not in values]
        # Who asks for rows asks; a person looks at the question first.
        asked = bool(values) or "run" in request.query_params or bool(page.twin)
        if page.twin and missing:
            raise Problem(400, page.gettext("Give a value for: %(names)s.") % {"names": ", ".join(missing)})
        rows, problem = await answer(page, query, values) if asked and not missing else ([], "")
        if page.twin and problem:
            raise Problem(400, problem)
        variables = list(dict.fromkeys(variable for row in rows for variable in row if variable not in values))
        text = body(query.text) if missing or problem else filled(query, values)
        address = "/sparql?" + urlencode({"query": text})
        return page.render(
            "query.html",
            title=title(page, query).value,
            description=description(page, query).value,
            crumbs=[(page.gettext("Named queries"), "/queries"), (name, "")],
            query=query,
            parameters=[(p, label(page, p), given[p.name]) for p in query.parameters],
            ran=asked and not missing,
            problem=problem,
            missing=missing if asked else [],
            variables=variables,
            rows=[[_cell(page, row, variable) for variable in variables] for row in rows[:SHOWN]],
            total=len(rows),
            text=text,
            editor="/sparql-editor?" + urlencode({"example": name} | ({} if problem else values)),
            formats=[(label_, f"{address}&format={name_}") for name_, label_ in FORMATS],
            data={"@type": "Dataset"},
            table=row_table(variables, rows) if asked and not missing and not problem else None,
        )

    return router


def catalogue_table(page: Page, queries: Iterable[NamedQuery]) -> Table:
    """The questions, with what they take."""
    columns = [Column("name", "dct:identifier"), Column("title", "dct:title"), Column("description", "dct:description")]
    rows = (
        (ID + "query/" + q.name, [q.name, title(page, q), description(page, q), q.theme, _taken(q)]) for q in queries
    )
    return Table([*columns, Column("theme"), Column("parameters")], rows)


def _taken(query: NamedQuery) -> str:
    return " ".join(p.name if p.required else f"[{p.name}]" for p in query.parameters)


def row_table(variables: list[str], rows: list[dict[str, Any]]) -> Table:
    """The answer as it is."""
    return Table([Column(name) for name in variables], (("", [value(row, v) for v in variables]) for row in rows))


async def answer(page: Page, query: NamedQuery, values: dict[str, str]) -> tuple[list[dict[str, Any]], str]:
    """The rows, or what is wrong with the question."""
    if form(query.text) != "select":
        return [], page.gettext("This query answers with a graph; take it in one of the formats.")
    try:
        return await page.site.ask.rows(query.name, **values), ""
    except ParameterError as error:
        return [], str(error)


def _cell(page: Page, row: Mapping[str, Any], variable: str) -> Markup:
    return show(page, row[variable]) if variable in row else Markup("")


def title(page: Page, query: NamedQuery) -> Text:
    """Its title in the reader's language."""
    return pick_text(dict(query.titles), page.code)


def description(page: Page, query: NamedQuery) -> Text:
    """What it answers, in the reader's language."""
    return pick_text(dict(query.descriptions), page.code)


def label(page: Page, parameter: Parameter) -> str:
    """What to ask for."""
    return pick_text(dict(parameter.labels), page.code).value or parameter.name


def body(text: str) -> str:
    """The SPARQL without its header of comments."""
    lines = text.splitlines()
    start = next((i for i, line in enumerate(lines) if line and not line.startswith("#")), 0)
    return "\n".join(lines[start:]).strip() + "\n"


def filled(query: NamedQuery, values: Mapping[str, str]) -> str:
    """The SPARQL with the values written in, so that it can be asked at the endpoint as it stands."""
    text = body(query.text)
    terms = query.bind(values)
    at = text.find("{", text.upper().find("WHERE")) + 1
    if not terms or not at:
        return text
    names = " ".join(f"?{name}" for name in terms)
    return f"{text[:at]}\n  VALUES ({names}) {{ ({' '.join(terms.values())}) }}{text[at:]}"
