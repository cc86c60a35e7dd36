"""Where the data comes from, how good it is, and what was turned away."""

import asyncio

from fastapi import APIRouter, Request, Response

from service.pages.ask import Row, language, value
from service.pages.language import Text, msg, pick
from service.pages.page import Page
from service.pages.site import NavItem, Site
from service.pages.tables import Column, Table

NAV = NavItem(msg("Data"), "/sources", 90, ("/quality", "/queries", "/sparql", "/ontology"))
LACKS = (
    ("withoutPage", msg("without the address of a document")),
    ("withoutYear", msg("without any year")),
    ("withoutStatus", msg("whose status is not known")),
    ("withoutAlignment", msg("not aligned with any goal or measure")),
    ("withoutEnglish", msg("without an English title")),
)


def routes(site: Site) -> APIRouter:
    """Sources and quality."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/sources", methods=["GET", "HEAD"])
    async def sources(request: Request) -> Response:
        page = await site.page(request)
        rows, loads = await asyncio.gather(
            page.rows("sources-and-how-much-rests-on-them"), page.rows("loads-and-what-they-brought")
        )
        return page.render(
            "sources.html",
            title=page.gettext("Data sources"),
            description=page.gettext(
                "Every fact names its source. These are all of them, with how much rests on each."
            ),
            crumbs=[(page.gettext("Data sources"), "")],
            sources=[{name: value(row, name) for name in ("source", *_COLUMNS)} for row in rows],
            loads=[{name: value(row, name) for name in _LOAD} for row in loads],
            data={"@type": "DataCatalog"},
            table=table(page, rows),
        )

    @router.api_route("/quality", methods=["GET", "HEAD"])
    async def quality(request: Request) -> Response:
        page = await site.page(request)
        lacks, rejected = await asyncio.gather(page.rows("what-strategies-lack"), page.rows("records-in-quarantine"))
        counts = {name: int(float(value(lacks[0], name, "0"))) for name, _ in LACKS} if lacks else {}
        records: dict[str, dict[str, object]] = {}
        for row in rejected:
            record = records.setdefault(value(row, "record"), {"focus": value(row, "focus"), "problems": {}})
            problems = record["problems"]
            assert isinstance(problems, dict)
            problems[language(row, "problem") or "und"] = value(row, "problem")
            record["payload"] = value(row, "payload")
        shown = [
            (iri, r["focus"], _problem(r["problems"], page.code), r.get("payload", "")) for iri, r in records.items()
        ]
        return page.render(
            "quality.html",
            title=page.gettext("Quality and quarantine"),
            description=page.gettext(
                "What the descriptions of strategies lack, and which records did not pass validation."
            ),
            crumbs=[(page.gettext("Quality and quarantine"), "")],
            total=int(float(value(lacks[0], "strategies", "0"))) if lacks else 0,
            lacks=[(page.gettext(text), counts.get(name, 0)) for name, text in LACKS],
            rejected=shown,
            table=Table(
                [Column("lack"), Column("strategies")], [("", [name, counts.get(name, 0)]) for name, _ in LACKS]
            ),
        )

    return router


_COLUMNS = ("page", "publisher", "issued", "retrieved", "licence", "things")
_LOAD = ("graph", "title", "licence", "triples", "ended", "read", "written", "rejected", "generation")


def table(page: Page, rows: list[Row]) -> Table:
    """The sources with how much rests on each."""
    columns = [Column("title", "dct:title"), *(Column(n, "dct:issued" if n == "issued" else "") for n in _COLUMNS)]
    found = {value(row, "source"): row for row in rows}
    return Table(columns, ((s, [page.label(s), *(value(r, name) for name in _COLUMNS)]) for s, r in found.items()))


def _problem(problems: object, code: str) -> Text:
    return pick(problems, code) if isinstance(problems, dict) else Text("")
