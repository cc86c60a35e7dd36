"""Puts what operators see around an app."""

from fastapi import FastAPI

from queries.catalogue import catalogue
from service.instance import Instance
from service.operations.metrics import Metrics, metrics_router
from service.operations.observed import Observed
from service.operations.proxy import BehindProxy
from service.operations.slow_queries import SlowQueries
from service.operations.tracing import Tracing


def install_operations(app: FastAPI, instance: Instance, metrics: Metrics, tracing: Tracing | None) -> None:
    """Count, time and log everything. Call it after all other middleware, so that it sees every answer."""
    settings = instance.settings
    names = {query.text: name for name, query in catalogue().items()}
    slow = SlowQueries(lambda: instance.settings.slow_query, names)
    instance.pool.observers.extend([metrics.query, slow.query])
    instance.request_observers.append(metrics.request)
    instance.write_observers.append(metrics.write)
    if tracing:
        instance.pool.observers.append(tracing.query)
        instance.write_observers.append(tracing.write)
    app.include_router(metrics_router(metrics))
    app.add_middleware(Observed, observers=instance.request_observers, span=tracing.request if tracing else None)
    app.add_middleware(BehindProxy, trusted=settings.trusted_proxies, base_url=settings.base_url)
