"""`/health`: whether the process runs, and whether it can answer."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from service.instance import Instance
from service.problems import responses
from service.store.errors import StoreError
from service.store.query_errors import QueueFull
from service.store.readers import Limits, Query

PROBE = Limits(seconds=5.0, megabytes=64, rows=1)
NO_STORE = {"Cache-Control": "no-store"}


def health_router(instance: Instance) -> APIRouter:
    """Build the routes of `/health`."""
    router = APIRouter(prefix="/health", tags=["Health"])

    @router.get("/live", summary="Whether the process runs")
    async def live(response: Response) -> dict[str, str]:
        response.headers.update(NO_STORE)
        return {"status": "live"}

    @router.get(
        "/ready",
        summary="Whether a generation of the data can be queried",
        responses=responses(503),
        response_class=JSONResponse,
    )
    async def ready() -> Response:
        return await readiness(instance)

    return router


async def readiness(instance: Instance) -> Response:
    """Ask the smallest query there is; a full queue means busy, which is not the same as broken."""
    if instance.stopping:
        return JSONResponse({"status": "stopping"}, 503, headers=NO_STORE)
    state: dict[str, Any] = {"status": "ready", "readers": len(instance.pool.pids), "waiting": instance.pool.waiting}
    status = 200
    try:
        generation = await instance.generation()
        if generation.versioned:
            state["generation"] = generation.number
        await (await instance.pool.run(Query("ASK {}", brief=True), PROBE, "health")).read()
    except QueueFull:
        state["status"] = "busy"
    except (StoreError, OSError) as error:
        status, state["status"], state["detail"] = 503, "not ready", str(error)
    state["queries"] = asdict(instance.pool.counters)
    return JSONResponse(state, status, headers=NO_STORE)
