"""The portal over the bundled data in memory; `python tests/pages/portal_example.py` serves it for looking at pages."""

from __future__ import annotations

import sys
from pathlib import Path

from fastapi import FastAPI, Request, Response
from pyoxigraph import Store
from starlette.exceptions import HTTPException

from ontology.terms import BASE
from queries.catalogue import catalogue
from service import problems
from service.pages import Pages, build_pages
from service.pages.ask import MemoryAsk
from service.problems import Problem
from service.settings import Settings

HERE = Path(__file__).parent


def example_app(store: Store, settings: Settings | None = None) -> FastAPI:
    """The pages with the least around them: entities as HTML, errors as pages."""
    pages = build_pages(MemoryAsk(store, catalogue()), catalogue(), settings or Settings())
    app = FastAPI()
    app.state.pages = pages
    app.include_router(pages.router)
    for place in ("id", "scheme"):
        app.add_api_route(f"/{place}/{{path:path}}", _entity(pages))

    def handle(request: Request, error: Exception) -> Response:
        if isinstance(error, Problem):
            problem = error
        else:
            problem = Problem(error.status_code if isinstance(error, HTTPException) else 500, str(error))
        return pages.problem_page(request, problem) or problems.render(problem)

    for kind in (Problem, HTTPException, Exception):
        app.add_exception_handler(kind, handle)
    return app


def _entity(pages: Pages):  # type: ignore[no-untyped-def]
    async def entity(request: Request) -> Response:
        found = await pages.render_entity(request, BASE.rstrip("/") + request.url.path)
        if found is None:
            raise Problem(404, "Nothing is known about it.")
        return found

    return entity


def main() -> None:
    """Serve; with the path of LAU tables as arguments, all municipalities are there."""
    import uvicorn

    sys.path.insert(0, str(HERE))
    from example_store import example_store

    app = example_app(example_store(municipalities=[Path(name) for name in sys.argv[1:]]))
    uvicorn.run(app, port=8077, log_level="warning")


if __name__ == "__main__":
    main()
