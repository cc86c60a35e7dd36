"""The description of the API (`/openapi.json`), with what is true of every operation said in one place."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from service.problems import ProblemDetails, responses

# Of any request: parameters that cannot be read, a token that is wrong, too many requests, a service that is stopping.
ANYWHERE = (400, 401, 429, 503)
FRAMEWORK = ("HTTPValidationError", "ValidationError")
BEARER = {
    "type": "http",
    "scheme": "bearer",
    "description": "A token of `strategraph token create`. Where none is needed, one raises rates and limits.",
}
# For `openapi_extra` of an operation that needs a token; any other takes one.
NEEDS_TOKEN: dict[str, Any] = {"security": [{"bearer": []}]}
TAKES_TOKEN: list[dict[str, list[str]]] = [{}, {"bearer": []}]


def openapi_of(app: FastAPI, base_url: str | None = None) -> dict[str, Any]:
    """Describe the app, with the schema that every problem follows."""
    if not app.openapi_schema:
        schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        components = schema.setdefault("components", {})
        components["securitySchemes"] = {"bearer": BEARER}
        schema["security"] = TAKES_TOKEN
        schemas = components.setdefault("schemas", {})
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
