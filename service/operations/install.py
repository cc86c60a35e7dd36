"""Puts what operators see around an app."""

from fastapi import FastAPI

from service.instance import Instance
from service.operations.metrics import Metrics, metrics_router
from service.operations.observed import Observed
from service.operations.proxy import BehindProxy


def install_operations(app: FastAPI, instance: Instance, metrics: Metrics) -> None:
    """Count, time and log everything. Call it after all other middleware, so that it sees every answer."""
    instance.pool.observers.append(metrics.query)
    instance.write_observers.append(metrics.write)
    app.include_router(metrics_router(metrics))
    app.add_middleware(Observed, observers=[metrics.request])
    settings = instance.settings
    app.add_middleware(BehindProxy, trusted=settings.trusted_proxies, base_url=settings.base_url)
