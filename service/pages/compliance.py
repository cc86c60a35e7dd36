"""How far a strategy complies with the SMART Concept, the Green Deal and the goals, beside its peers: page and data."""

from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from ontology.terms import ID
from service.api_models import ComplianceOut, language_parameter
from service.classification import REFUSED, outcome_of
from service.classify.compliance import Compliance, concepts_of, to_csv
from service.classify.jobs import Entry
from service.pages import coverage
from service.pages.ask import value
from service.pages.classify import PATH as CLASSIFICATION
from service.pages.corpus import CONCEPTS, NAMES, STRATEGIES
from service.pages.errors import Forgotten
from service.pages.page import Page
from service.pages.site import Site
from service.problems import Problem, responses

COVERAGE: Final = "coverage-of-a-strategy"
PEERS: Final = "strategies-to-compare-with-a-strategy"
GAPS: Final = "what-the-nearest-strategies-cover-and-one-misses"


@dataclass(frozen=True)
class Subject:
    """What is reported on: a strategy of the portal, or a text that was classified."""

    iri: str
    title: str
    path: str
    covered: frozenset[str]
    sizes: dict[str, int]
    report: Compliance


def routes(site: Site) -> APIRouter:
    """The page and the data."""
    router = APIRouter()

    @router.api_route("/compliance/strategy/{slug}", methods=["GET", "HEAD"], include_in_schema=False)
    async def of_strategy(request: Request, slug: str) -> Response:
        page = await site.page(request)
        return rendered(page, await strategy(page, f"{ID}strategy/{slug}"))

    @router.api_route("/compliance/text/{identifier}", methods=["GET", "HEAD"], include_in_schema=False)
    async def of_text(request: Request, identifier: str) -> Response:
        page = await site.page(request)
        page.private = True
        entry = job_of(page, identifier)
        if entry.outcome is None:
            return RedirectResponse(f"{CLASSIFICATION}/jobs/{identifier}", 303, headers={"Cache-Control": "no-store"})
        return rendered(page, text(page, entry))

    @router.get(
        "/api/compliance",
        tags=["classification"],
        summary="What a strategy covers and misses, beside its peers, and the strategies nearest to it",
        description=(
            "Of a strategy or a job, one of them. A job that is not done is answered 409 with `Retry-After`, one that "
            "failed with its error."
        ),
        responses={
            200: {"model": ComplianceOut, "content": {"text/csv": {"schema": {"type": "string"}}}},
            **responses(400, 404, 409, *REFUSED),
        },
        openapi_extra={"parameters": [language_parameter("Of title and labels; else that of Accept-Language.")]},
    )
    async def data(
        request: Request,
        strategy: Annotated[str, Query(description="IRI of a strategy, or its last part.")] = "",
        job: Annotated[str, Query(description="Identifier of a classification.")] = "",
        format: Annotated[str, Query(json_schema_extra={"enum": ["json", "csv"]})] = "json",
    ) -> Response:
        page = await site.page(request)
        return await _data(page, strategy, job, format)

    return router


async def _data(page: Page, name: str, job: str, form: str) -> Response:
    if bool(name) == bool(job):
        raise Problem(400, "Name a strategy or a job, one of them.")
    if form not in ("json", "csv"):
        raise Problem(400, f"format: {form!r} is neither json nor csv")
    iri = name if "://" in name else f"{ID}strategy/{name}"
    found = await strategy(page, iri) if name else text(page, job_of(page, job))
    headers = {"Vary": "Accept-Language, Cookie", "Cache-Control": "no-cache" if name else "no-store"}
    headers["Content-Language"] = page.code
    if form == "csv":
        headers["Content-Disposition"] = 'attachment; filename="compliance.csv"'
        return Response(to_csv(found.report), media_type="text/csv; charset=utf-8", headers=headers)
    about = {"id": found.iri, "title": found.title, "language": page.code, "compared_with": found.sizes}
    return JSONResponse(about | found.report.as_json(), headers=headers)


async def strategy(page: Page, iri: str) -> Subject:
    """Report on a strategy of the portal; 404 for an unknown one."""
    own = page.corpus.strategies.get(iri)
    if own is None:
        raise Problem(404, "There is no such strategy.")
    groups: dict[str, set[str]] = {}
    for row in await page.rows(PEERS, strategy=iri):
        groups.setdefault(value(row, "group"), set()).add(value(row, "other"))
    page.ask.asked |= {COVERAGE: {"strategy": iri}, GAPS: {"strategy": iri}}
    path = f"/compliance/strategy/{iri.rsplit('/', 1)[-1]}"
    return subject(page, iri, page.name(iri), path, frozenset(own.concepts), groups)


def job_of(page: Page, identifier: str) -> Entry:
    """The classification of a text; 404 when it was forgotten."""
    entry = page.site.jobs.get(identifier)
    if entry is None:
        raise Forgotten
    return entry


def text(page: Page, entry: Entry) -> Subject:
    """Report on a text that was classified; raises Problem when that failed, or 409 while it is not done."""
    covered = concepts_of(outcome_of(entry).result)
    title = entry.name or page.gettext("Your text")
    return subject(page, "", title, f"/compliance/text/{entry.id}", covered, {})


def subject(
    page: Page, iri: str, title: str, path: str, covered: frozenset[str], groups: dict[str, set[str]]
) -> Subject:
    """Compare with the peers."""
    page.ask.used(*STRATEGIES, *CONCEPTS, *NAMES)
    peers = coverage.peers_of(list(page.corpus.strategies.values()), groups, page, iri)
    sizes = {key: sum(key in peer.groups for peer in peers) for key in coverage.GROUPS}
    return Subject(iri, title, path, covered, sizes, coverage.report_on(page, covered, peers))


def rendered(page: Page, found: Subject) -> Response:
    """The report as a page."""
    title = page.gettext("Compliance: %(name)s") % {"name": found.title}
    return page.render(
        "compliance.html", title=title, table=coverage.table(page, found.report), **_context(page, found)
    )


def _context(page: Page, found: Subject) -> dict[str, Any]:
    above = [(page.gettext("Strategies"), "/strategies"), (found.title, f"/id/strategy/{found.iri.rsplit('/', 1)[-1]}")]
    if not found.iri:
        job = found.path.rsplit("/", 1)[-1]
        above = [(page.gettext("Classify a text"), CLASSIFICATION), (found.title, f"{CLASSIFICATION}/jobs/{job}")]
    return {
        "description": page.gettext(
            "How much of the SMART Concept, the European Green Deal and the Sustainable Development Goals is covered, "
            "what is missing, and how others compare."
        ),
        "crumbs": [*above, (page.gettext("Compliance"), "")],
        "subject": found,
        **coverage.view(page, found.covered, found.report),
    }
