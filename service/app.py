"""Builds the HTTP service from the settings and the store it is given."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import TypeAlias

from fastapi import APIRouter, FastAPI

from service import problems
from service.access.authentication import WrongTokens, bearer
from service.access.rates import RateLimit, Rates
from service.compression import Compressed
from service.cors import Cors
from service.description import description_router
from service.graphs import graphs_router
from service.health import health_router
from service.instance import Instance, Validate, limits_of
from service.openapi import openapi_of
from service.operations.base_path import BasePath
from service.operations.install import install_operations
from service.operations.metrics import Metrics
from service.operations.observed import OBSERVERS
from service.operations.tracing import Tracing
from service.security_headers import SecurityHeaders
from service.settings import Settings
from service.sparql import sparql_router
from service.statistics import StatisticsCache
from service.store.generations import GenerationStore
from service.store.readers import ReaderPool
from service.store.remote.store import RemoteStore
from service.store.writer import WriteQueue
from service.unversioned import Unversioned

RouterOf: TypeAlias = Callable[[Instance], APIRouter]
ROUTERS: tuple[RouterOf, ...] = (sparql_router, graphs_router, description_router, health_router)
DESCRIPTION = (
    "Linked data on SMART strategies of the Visegrád countries. Everything the site shows can be asked here. "
    "Errors are problem details (RFC 9457)."
)


def create_app(
    settings: Settings,
    store: GenerationStore,
    *,
    validate: Validate | None = None,
    extra_routers: Sequence[RouterOf | APIRouter] = (),
    tracing: Tracing | None = None,
) -> FastAPI:
    """Build the app; its readers run from start-up to shut-down."""
    instance = build_instance(settings, store, validate)
    # Their pages would load scripts from elsewhere; the description itself is at /openapi.json.
    app = FastAPI(
        title="Strategraph",
        version=own_version(),
        description=DESCRIPTION,
        lifespan=lifespan_of(instance),
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.instance = instance
    problems.install(app)
    app.add_middleware(BasePath)
    app.add_middleware(Compressed)
    metrics = Metrics(instance, app.version)
    app.add_middleware(WrongTokens, instance=instance)
    rates = Rates(settings.rate_address, settings.rate_token)
    instance.reloaders.append(lambda new: rates.change(new.rate_address, new.rate_token))
    app.add_middleware(RateLimit, rates=rates, bearer=partial(bearer, instance), rejected=metrics.rejection)
    app.add_middleware(Cors)
    if isinstance(store, RemoteStore):
        store.hide_address()
        app.add_middleware(Unversioned)
    app.add_middleware(SecurityHeaders, https=(settings.base_url or "").startswith("https:"))
    install_operations(app, instance, metrics, tracing)
    for router in (*ROUTERS, *extra_routers):
        app.include_router(router if isinstance(router, APIRouter) else router(instance))
    app.openapi = lambda: openapi_of(app, settings.base_url)  # type: ignore[method-assign]
    return app


def build_instance(settings: Settings, store: GenerationStore, validate: Validate | None) -> Instance:
    """Put the parts together."""
    pool = ReaderPool(store, readers=settings.workers, reserved=settings.reserved_workers, queue=settings.query_queue)
    return Instance(settings, store, pool, StatisticsCache(pool, limits_of(settings)), validate)


def lifespan_of(instance: Instance) -> Callable[[FastAPI], AbstractAsyncContextManager[dict[str, object]]]:
    """Start the readers with the app and stop them with it; the server learns whom to tell what it answers itself."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, object]]:
        del app
        async with instance.pool, instance.where:
            instance.writer = WriteQueue(instance.store, instance.store.group)
            try:
                yield {OBSERVERS: instance.request_observers}
            finally:
                await instance.statistics.aclose()
                await asyncio.to_thread(instance.writer.close)

    return lifespan


def own_version() -> str:
    """The version of the installed package; a checkout that is not installed has none."""
    try:
        return version("strategraph")
    except PackageNotFoundError:
        return "0"
