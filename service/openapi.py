"""The description of the API (`/openapi.json`), with what is true of every operation said in one place."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from service.problems import ProblemDetails, responses

# Of any request: parameters that cannot be read, a token that is wrong, too many requests, a service that is stopping.
ANYWHERE = (400, 401, 429, 503)
FRAMEWORK = ("HTTPValidationError", "ValidationError")


def openapi_of(app: FastAPI, base_url: str | None = None) -> dict[str, Any]:
    """Describe the app, with the schema that every problem follows."""
    if not app.openapi_schema:
        schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        schemas = schema.setdefault("components", {}).setdefault("schemas", {})
        schemas["ProblemDetails"] = ProblemDetails.model_json_schema()
        for path in schema["paths"].values():
            for operation in path.values():
                _complete(operation["responses"])
        for name in FRAMEWORK:
            schemas.pop(name, None)
        if base_url:
            schema["servers"] = [{"url": base_url}]
        app.openapi_schema = schema
    return app.openapi_schema


def _complete(answers: dict[str, Any]) -> None:
    """The framework describes its own form of errors, which nobody gets here."""
    for status, described in answers.items():
        if any(name in str(described) for name in FRAMEWORK):
            answers[status] = responses(int(status))[int(status)]
    for number, problem in responses(*ANYWHERE).items():
        answers.setdefault(str(number), problem)
