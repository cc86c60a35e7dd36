"""The whole service as people meet it: endpoint, entities, vocabulary, classification and the site in one app."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager

from fastapi import FastAPI

from queries.catalogue import catalogue
from service.alignments.routes import alignments_router
from service.app import create_app, own_version
from service.classification import classification_router
from service.classify.jobs import Jobs
from service.classify.workers import Workers
from service.dcat import dcat_router
from service.entities import entities_router
from service.instance import Instance
from service.operations.tracing import Tracing
from service.pages import build_pages, sparql_editor
from service.pages.ask import PoolAsk
from service.pages.language import choose
from service.reconcile.routes import reconcile_router
from service.settings import Settings
from service.store.generations import GenerationStore
from service.store.remote.misanswered import answers_all
from service.validation import change_validator
from service.vocabulary_documents import vocabulary_router


def create_portal(settings: Settings, store: GenerationStore, *, tracing: Tracing | None = None) -> FastAPI:
    """Build the app with everything that Strategraph serves."""
    app = create_app(settings, store, validate=change_validator(settings), tracing=tracing)
    instance: Instance = app.state.instance
    ask = PoolAsk(instance.pool, instance.store, catalogue(), instance.limits)
    workers = Workers()
    jobs = Jobs(workers, allow=lambda: instance.settings.allow_hosts)
    pages = build_pages(ask, catalogue(), settings, jobs)
    app.include_router(entities_router(instance, pages.render_entity))
    app.include_router(vocabulary_router())
    app.include_router(dcat_router(instance))
    app.include_router(classification_router(jobs, choose))
    app.include_router(alignments_router(instance))
    app.include_router(reconcile_router(pages.site, own_version()))
    app.include_router(pages.router)
    app.state.problem_page = pages.problem_page
    app.state.query_page = sparql_editor.PATH
    # Where the pages' own questions are refused there is nothing to keep fresh.
    _live_with(app, workers, pages.site.corpus.keep_fresh if answers_all(store) else _nothing)
    return app


async def _nothing() -> None:
    """Have nothing to do."""


def _live_with(app: FastAPI, workers: Workers, keep_fresh: Callable[[], Coroutine[None, None, None]]) -> None:
    """Keep what pages share up to date while the app runs; end that and the classification workers with it."""
    begun = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(inner: FastAPI) -> AsyncIterator[None]:
        async with begun(inner):
            fresh = asyncio.create_task(keep_fresh())
            try:
                yield
            finally:
                fresh.cancel()
                await asyncio.wait([fresh])
                workers.close()

    app.router.lifespan_context = lifespan
