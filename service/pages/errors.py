"""Errors for people: the same design, in their language, with a way on."""

import logging
from typing import Final

from fastapi import Request, Response

from service.negotiation import JSON, prefers_page
from service.operations import request_ids
from service.pages.concepts import Concepts
from service.pages.corpus import Corpus
from service.pages.language import msg
from service.pages.names import Names
from service.pages.page import Page
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
            title=page.gettext(TITLES.get(problem.status, OTHER)),
            status=problem.status,
            code=problem.status,
            help=page.gettext(HELP[problem.status]) if problem.status in HELP else "",
            request_id=request_ids.current() if problem.status != 404 else "",
            detail=problem.detail if problem.status not in (404, 500) else "",
        )
    except Exception:  # An error page that fails must not hide the error itself.
        logging.getLogger("strategraph").exception("the page of an error failed")
        return None
    response.headers.update({name: text for name, text in problem.headers.items() if name.lower() != "content-type"})
    return response
