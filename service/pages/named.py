"""The named queries as pages: all of them by theme, and each with a form, its answer, its text and its formats."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from ontology.terms import ID
from queries.catalogue import NamedQuery, Parameter, ParameterError
from service.pages.ask import Row, value
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
        return shown(page, query, given, await ask(page, query, given, "run" in request.query_params))

    return router


@dataclass(frozen=True)
class Asked:
    """What was asked of a named query, and what came of it."""

    values: dict[str, str]
    missing: list[str]
    rows: list[Row]
    problem: str
    ran: bool
    """Whether it was meant to be answered: a person looks at the question first."""

    @property
    def variables(self) -> list[str]:
        """The columns of the answer; parameters that come back are none."""
        return list(dict.fromkeys(variable for row in self.rows for variable in row if variable not in self.values))


async def ask(page: Page, query: NamedQuery, given: dict[str, str], run: bool) -> Asked:
    """Run a query with what the form or the address gave; who asks for data is told with 400 what is missing."""
    values = {key: text for key, text in given.items() if text}
    missing = [p.name for p in query.parameters if p.required and p.name not in values]
    run = run or bool(values) or bool(page.twin)
    if page.twin and missing:
        raise Problem(400, page.gettext("Give a value for: %(names)s.") % {"names": ", ".join(missing)})
    rows, problem = await answer(page, query, values) if run and not missing else ([], "")
    if page.twin and problem:
        raise Problem(400, problem)
    return Asked(values, missing, rows, problem, run)


def shown(page: Page, query: NamedQuery, given: dict[str, str], asked: Asked) -> Response:
    """The page of a query: its form, its text, its answer."""
    ran = asked.ran and not asked.missing
    variables, rows = asked.variables, asked.rows
    text = body(query.text) if asked.missing or asked.problem else filled(query, asked.values)
    address = "/sparql?" + urlencode({"query": text})
    return page.render(
        "query.html",
        title=title(page, query).value,
        description=description(page, query).value,
        crumbs=[(page.gettext("Named queries"), "/queries"), (query.name, "")],
        query=query,
        parameters=[(p, label(page, p), given[p.name]) for p in query.parameters],
        ran=ran,
        problem=asked.problem,
        missing=asked.missing if asked.ran else [],
        variables=variables,
        rows=[[_cell(page, row, variable) for variable in variables] for row in rows[:SHOWN]],
        total=len(rows),
        text=text,
        editor="/sparql-editor?" + urlencode({"example": query.name} | ({} if asked.problem else asked.values)),
        formats=[(label_, f"{address}&format={name_}") for name_, label_ in FORMATS],
        data={"@type": "Dataset"},
        table=row_table(variables, rows) if ran and not asked.problem else None,
    )


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
