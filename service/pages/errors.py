"""Errors for people: the same design, in their language, with a way on."""

import logging
from typing import Any, Final

from fastapi import Request, Response

from service.classify.jobs import FORGOTTEN
from service.negotiation import JSON, prefers_page
from service.operations import request_ids
from service.pages.concepts import Concepts
from service.pages.corpus import Corpus
from service.pages.language import msg
from service.pages.names import Names
from service.pages.page import PRIVATE, Page
from service.pages.site import Site
from service.problems import Problem

TITLES: Final = {
    400: msg("This request cannot be understood"),
    404: msg("There is no such page"),
    410: msg("This page is gone"),
    422: msg("This request cannot be understood"),
    429: msg("Too many requests at once"),
    503: msg("This cannot be answered just now"),
}
OTHER: Final = msg("Something went wrong")
HELP: Final = {
    404: msg("The address may be mistyped, or the thing has left the data. Search for it by name."),
    429: msg("Please wait a moment and try again."),
    503: msg("Please wait a moment and try again."),
}


class Forgotten(Problem):
    """The result of a text that is not kept any longer; its page leads to where the text can be sent again."""

    title: Final = msg("This text has been forgotten")
    help: Final = msg("A text that was classified is kept for %(minutes)s minutes at most. Send it again.")

    def __init__(self) -> None:
        """Say so to programs."""
        super().__init__(404, FORGOTTEN, headers=PRIVATE)


def wants_page(request: Request) -> bool:
    """Whether a browser asks."""
    return request.method in ("GET", "HEAD", "POST") and prefers_page(request.headers.get("accept"), (JSON,))


def problem_page(site: Site, request: Request, problem: Problem) -> Response | None:
    """The page of an error; None for a program, which gets the problem as JSON. It asks the store nothing."""
    if not wants_page(request):
        return None
    page = Page(site, request, Corpus(Names([], []), Concepts([]), [], [], []))
    page.suffix = page.twin = ""  # Whoever gets here wants a page, whatever form the address names.
    try:
        response = page.render(
            "error.html",
            citation="",  # nobody cites what is not there
            status=problem.status,
            code=problem.status,
            **_words(page, problem),
            request_id=request_ids.current() if problem.status != 404 else "",
            detail=problem.detail if problem.status not in (404, 500) else "",
        )
    except Exception:  # An error page that fails must not hide the error itself.
        logging.getLogger("strategraph").exception("the page of an error failed")
        return None
    response.headers.update({name: text for name, text in problem.headers.items() if name.lower() != "content-type"})
    return response


def _words(page: Page, problem: Problem) -> dict[str, Any]:
    """What happened, what helps, and where to go."""
    if isinstance(problem, Forgotten):
        minutes = page.language.number(page.site.jobs.seconds // 60)
        return {
            "title": page.gettext(problem.title),
            "help": page.gettext(problem.help) % {"minutes": minutes},
            "way": ("/classify", page.gettext("Classify a text")),
        }
    help = HELP.get(problem.status, "")
    return {
        "title": page.gettext(TITLES.get(problem.status, OTHER)),
        "help": page.gettext(help) if help else "",
        "way": ("/", page.gettext("To the home page")),
    }
