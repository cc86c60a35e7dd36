"""Classifying a text on the site: send it, wait for it, and see what it covers with the passages that show it."""

from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from service.classification import as_problem, start
from service.classification_input import read_sent
from service.classify.compliance import concepts_of
from service.classify.errors import (
    AddressFailed,
    AddressRefused,
    BrokenDocument,
    ClassificationError,
    EncryptedDocument,
    NoText,
    TooBusy,
    TookTooLong,
    TooLarge,
    UnknownLanguage,
    UnsupportedFormat,
    WorkerDied,
)
from service.classify.jobs import Entry, Jobs
from service.pages import coverage
from service.pages.corpus import CONCEPTS, NAMES, STRATEGIES
from service.pages.errors import Forgotten
from service.pages.language import msg
from service.pages.page import PRIVATE, Page
from service.pages.passages import ROOM, counted, labels_table, lines, pieces
from service.pages.site import NavItem, Site
from service.problems import Problem

NAV: Final = NavItem(msg("Classify a text"), "/classify", 57)
PATH: Final = "/classify"
# What went wrong, as a person needs to hear it.
EXPLAINED: Final[dict[type[ClassificationError], str]] = {
    UnsupportedFormat: msg(
        "This kind of file cannot be read. Send a PDF, DOCX, ODT, HTML, Markdown or plain text file."
    ),
    BrokenDocument: msg("The file is damaged or incomplete and cannot be opened."),
    EncryptedDocument: msg("The file is protected with a password. Save it without one and send it again."),
    NoText: msg("There is no text in it. A scanned document needs text recognition (OCR) first."),
    TooLarge: msg("It is too large. Send the part that matters, or a smaller file."),
    UnknownLanguage: msg(
        "Its language could not be told, or is none of English, Polish, Czech, Slovak and Hungarian. Choose the "
        "language if it is one of these."
    ),
    AddressRefused: msg(
        "Documents are fetched only from the hosts listed below. Download the file and send it instead."
    ),
    AddressFailed: msg("The document could not be fetched from this address. Download the file and send it instead."),
    TooBusy: msg("Too many texts are being classified at the moment. Please try again in a while."),
    TookTooLong: msg("This took longer than a text may take. Send a part of it."),
    WorkerDied: msg("The document needs more memory than a text may take. Send a part of it."),
}
_BY_STATUS: Final = {413: EXPLAINED[TooLarge], 429: EXPLAINED[TooBusy]}
_NOTHING: Final = msg("Choose a file or paste a text.")
_NOT_EVEN_AN_ADDRESS: Final = msg("Choose a file, paste a text, or give an address.")
_OTHER: Final = msg("The text could not be classified.")
# Characters of a text that is kept to be mended; who sends more has it in a file.
_DRAFT: Final = 100_000


@dataclass(frozen=True)
class Draft:
    """What was filled in, to be shown again where it has to be mended; a browser lets nobody fill in a file."""

    text: str = ""
    address: str = ""
    language: str = ""


_EMPTY: Final = Draft()


class Drafts:
    """What was filled in for jobs that have no result: it is kept as long as they are, and no longer."""

    def __init__(self, jobs: Jobs) -> None:
        """Begin with none."""
        self._jobs = jobs
        self._drafts: dict[str, Draft] = {}

    def keep(self, entry: Entry, draft: Draft) -> None:
        """Remember a draft, and drop those that nobody needs any longer."""
        for identifier in list(self._drafts):
            self.of(identifier)
        if len(draft.text) <= _DRAFT:
            self._drafts[entry.id] = draft

    def of(self, identifier: str) -> Draft:
        """What was filled in for a job, or nothing."""
        entry = self._jobs.get(identifier)
        if entry is None or entry.outcome is not None:
            self._drafts.pop(identifier, None)
        return self._drafts.get(identifier, _EMPTY)


def routes(site: Site) -> APIRouter:
    """The form, the progress and the result."""
    router = APIRouter(include_in_schema=False)
    jobs, drafts = site.jobs, Drafts(site.jobs)

    @router.api_route(PATH, methods=["GET", "HEAD"])
    async def form(request: Request) -> Response:
        return _form(await site.page(request))

    @router.post(PATH)
    async def send(request: Request) -> Response:
        page = await site.page(request)
        page.private = True
        draft = _EMPTY
        try:
            sent = await read_sent(request, jobs.workers.limits.read.bytes)
            draft = Draft(sent.typed, sent.address, sent.job.language or "")
            entry = start(jobs, sent)
        except Problem as problem:
            return _failed(page, _refusal(page, problem.status), problem, draft)
        drafts.keep(entry, draft)
        return RedirectResponse(f"{PATH}/jobs/{entry.id}", 303, headers=PRIVATE)

    @router.api_route(PATH + "/jobs/{identifier}", methods=["GET", "HEAD"])
    async def job(request: Request, identifier: str, concept: str = "") -> Response:
        page = await site.page(request)
        page.private = True
        entry, draft = jobs.get(identifier), drafts.of(identifier)
        if entry is None:
            raise Forgotten
        if entry.error is not None:
            return _failed(page, explain(page, entry.error), as_problem(entry.error), draft)
        return _result(page, entry, concept) if entry.outcome else _waiting(page, entry)

    @router.post(PATH + "/jobs/{identifier}/forget")
    async def forget(identifier: str) -> Response:
        jobs.forget(identifier)
        drafts.of(identifier)
        return RedirectResponse(PATH, 303)

    return router


def explain(page: Page, error: ClassificationError) -> str:
    """An error in the reader's language."""
    return page.gettext(next((text for kind, text in EXPLAINED.items() if isinstance(error, kind)), _OTHER))


def _refusal(page: Page, status: int) -> str:
    """Why nothing was begun."""
    nothing = _NOT_EVEN_AN_ADDRESS if page.site.jobs.allow() else _NOTHING
    return page.gettext(_BY_STATUS.get(status, nothing))


def _form(page: Page, problem: str = "", status: int = 200, draft: Draft = _EMPTY) -> Response:
    title = page.gettext("Classify a text")
    return page.render(
        "classify.html",
        title=title,
        description=page.gettext(
            "Send a strategy or any other text and see which goals, measures and areas it covers, how strongly, and "
            "the passages that show it."
        ),
        crumbs=[(title, "")],
        status=status,
        problem=problem,
        draft=draft,
        hosts=sorted(page.site.jobs.allow()),
        megabytes=page.site.jobs.workers.limits.read.bytes // 2**20,
        minutes=int(page.site.jobs.seconds // 60),
        scripts=["classify.js"],
    )


def _failed(page: Page, words: str, problem: Problem, draft: Draft) -> Response:
    """The form again, with why it has to be mended, and when to try again where that helps."""
    response = _form(page, words, problem.status, draft)
    response.headers.update(problem.headers)
    return response


def _crumbs(page: Page, last: str) -> list[tuple[str, str]]:
    return [(page.gettext("Classify a text"), PATH), (last, "")]


def _waiting(page: Page, entry: Entry) -> Response:
    title = page.gettext("Your text is being read")
    return page.render(
        "classify_wait.html", title=title, crumbs=_crumbs(page, title), entry=entry, scripts=["classify.js"]
    )


def _result(page: Page, entry: Entry, concept: str) -> Response:
    assert entry.outcome is not None
    result, text = entry.outcome.result, entry.outcome.text
    page.ask.used(*STRATEGIES, *CONCEPTS, *NAMES)
    covered = concepts_of(result)
    peers = coverage.peers_of(list(page.corpus.strategies.values()), {}, page)
    shown = lines(result)
    chosen = concept if concept in {one.key for one in shown} else ""
    title = entry.name or page.gettext("Your text")
    context: dict[str, Any] = coverage.view(page, covered, coverage.report_on(page, covered, peers))
    return page.render(
        "classify_result.html",
        title=page.gettext("What it covers: %(name)s") % {"name": title},
        crumbs=_crumbs(page, title),
        entry=entry,
        result=result,
        spoken=counted(page, result),
        labels=[(scheme, name, [one for one in shown if one.scheme == scheme]) for scheme, name in _schemes(page)],
        chosen=chosen,
        suggested={one.key for one in shown if one.status == "suggested"},
        pieces=pieces(text, result, chosen) if len(text) <= ROOM else [],
        minutes=int(page.site.jobs.seconds // 60),
        covered=covered,
        table=labels_table(page, result),
        scripts=["classify.js"],
        **context,
    )


def _schemes(page: Page) -> list[tuple[str, str]]:
    names = (
        ("sdg", "Sustainable Development Goals"),
        ("smart-concept", "SMART Concept"),
        ("green-deal", "European Green Deal"),
    )
    return [(scheme, page.gettext(name)) for scheme, name in names]
