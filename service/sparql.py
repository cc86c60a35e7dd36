"""`/sparql`: queries and updates by the SPARQL 1.1 Protocol, and the service description."""

import asyncio
import re
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from service.access.authentication import authenticate
from service.access.principals import Principal
from service.answers import AnswerResponse, read_body, while_connected
from service.compression import choose_encoding
from service.dataset_etag import FOREVER, REVALIDATE, answer_tag, dataset_tag, is_fresh, require_generation
from service.description import DESCRIPTION_OFFERS, described, description_page
from service.instance import Instance, client_of, update_limits_of
from service.negotiation import GRAPHS, SOLUTIONS, Offer, negotiate, prefers_page, types
from service.problems import Problem, Responses, responses
from service.protocol import FORM, POST_TYPES, QUERY, UPDATE, Operation, read_get, read_post
from service.settings import Settings
from service.store import errors, outbound, readers, trace
from service.store.draft import Draft
from service.store.errors import StoreError
from service.store.nesting import check_sparql
from service.store.text import form, load_addresses, service_addresses
from service.store.update import Fetch
from service.writes import Judged, Write, authorise, met, submit, written

# Their value changes from call to call, so two answers of one generation differ and neither has a tag.
VOLATILE = re.compile(r"\b(NOW|RAND|UUID|STRUUID|BNODE)\s*\(", re.IGNORECASE)
GRAPH_FORMS = ("construct", "describe")
ALLOW = "GET, HEAD, OPTIONS, POST"
QUERY_PROBLEMS = (400, 401, 403, 404, 406, 413, 422, 429, 503, 507)
LIMIT = "lowers the limit, and with a token raises it up to what the operator allows."
UPDATE_PROBLEMS = (409, 412, 415)


def sparql_router(instance: Instance) -> APIRouter:
    """Build the routes of `/sparql`."""
    router = APIRouter(tags=["SPARQL"])

    async def get(request: Request) -> Response:
        return await perform(instance, request, read_get(request.scope["query_string"]))

    async def post(request: Request) -> Response:
        body = await read_body(request, instance.settings.max_body)
        content_type = request.headers.get("content-type")
        return await perform(instance, request, read_post(request.scope["query_string"], content_type, body))

    async def options() -> Response:
        return Response(status_code=204, headers={"Allow": ALLOW, "Accept-Post": ", ".join(POST_TYPES)})

    router.add_api_route(
        "/sparql",
        get,
        methods=["GET"],
        summary="Ask a SPARQL query, or get the service description when there is none",
        response_class=Response,
        responses={**answer_responses(), **responses(*QUERY_PROBLEMS), **not_modified()},
        openapi_extra={"parameters": query_parameters()},
    )
    router.add_api_route("/sparql", get, methods=["HEAD"], include_in_schema=False)
    router.add_api_route(
        "/sparql",
        post,
        methods=["POST"],
        summary="Ask a SPARQL query, or send an update",
        description="An update needs a token with the role proposer or writer.",
        response_class=Response,
        responses={**answer_responses("application/json"), **responses(*QUERY_PROBLEMS, *UPDATE_PROBLEMS)},
        openapi_extra={"requestBody": request_body(), "parameters": dataset_parameters()},
    )
    router.add_api_route("/sparql", options, methods=["OPTIONS"], include_in_schema=False)
    return router


async def perform(instance: Instance, request: Request, operation: Operation) -> Response:
    """Do what a request of the protocol asks for."""
    if operation.kind == "description":
        return await describe_service(instance, request, operation)
    if operation.kind == "update":
        # Who may not write does not have a long text read, either.
        principal = authorise(instance, request)
        await check_text(operation, instance.settings.update_length, "STRATEGRAPH_UPDATE_LENGTH")
        return await run_update(instance, request, operation, principal)
    await check_text(operation, instance.settings.max_query, "STRATEGRAPH_MAX_QUERY")
    return await run_query(instance, request, operation)


async def check_text(operation: Operation, kibibytes: int, setting: str) -> None:
    """Refuse texts that are too long, or nested too deeply for the engine's parser."""
    if len(operation.text) > kibibytes * 1024:
        raise Problem(413, f"The {operation.kind} is longer than {kibibytes} KiB ({setting}).")
    if len(operation.text) > readers.LONG_TEXT:
        await asyncio.to_thread(check_sparql, operation.text)
    else:
        check_sparql(operation.text)


async def describe_service(instance: Instance, request: Request, operation: Operation) -> Response:
    """Answer a request without a query: RDF for programs, a short page for people."""
    if not operation.format and prefers_page(request.headers.get("accept"), DESCRIPTION_OFFERS):
        editor = getattr(request.app.state, "query_page", "")
        return RedirectResponse(editor, 303, {"Vary": "Accept"}) if editor else description_page()
    return await described(instance, request, operation.format, statistics=False)


async def run_query(instance: Instance, request: Request, operation: Operation) -> Response:
    """Run a query and stream its answer."""
    limits = instance.limits(operation.wish, trusted=authenticate(instance, request) is not None)
    offer = negotiate(request.headers.get("accept"), operation.format, offers_for(operation.text))
    encoding = choose_encoding(request.headers.get("accept-encoding"))
    generation = await instance.generation(operation.generation)
    base = instance.base_url(request) + "/sparql"
    dataset = (operation.default_graphs, operation.named_graphs)
    tag = answer_tag(generation.number, base, operation.text, dataset, offer.media_type, encoding)
    headers = answer_headers(generation.number)
    if request.method in ("GET", "HEAD"):
        headers["Cache-Control"] = REVALIDATE if operation.generation is None else FOREVER
        if VOLATILE.search(operation.text):
            headers["Cache-Control"] = "no-store"
        elif is_fresh(request.headers.get("if-none-match"), tag):
            return Response(status_code=304, headers={**headers, "ETag": tag})
        else:
            headers["ETag"] = tag
    query = readers.Query(operation.text, base, *dataset, accept=offer.media_type, generation=generation.number)
    answer = await while_connected(request, instance.pool.run(query, limits, client_of(request)))
    headers["Strategraph-Engine"] = answer.engine
    return AnswerResponse(answer, encoding, headers, content_type(answer.media_type, offer))


def offers_for(text: str) -> tuple[Offer, ...]:
    """What a query's answer can be; one that is not SPARQL counts as SELECT, and its error comes later."""
    return GRAPHS if form(text) in GRAPH_FORMS else SOLUTIONS


def content_type(media_type: str, expected: Offer) -> str:
    """The header for what the reader sent, which is what was negotiated."""
    by_type = {offer.media_type: offer for offer in (expected, *SOLUTIONS, *GRAPHS)}
    return by_type[media_type].content_type


def answer_headers(generation: int) -> dict[str, str]:
    """The headers that every answer from the dataset has."""
    return {"Vary": "Accept, Accept-Encoding", "Strategraph-Generation": str(generation)}


async def run_update(instance: Instance, request: Request, operation: Operation, principal: Principal) -> Response:
    """Apply an update and tell what it changed."""
    if form(operation.text) in ("select", "ask", *GRAPH_FORMS):
        raise Problem(400, "This is a query; send it as a query, not as an update.")
    if_match = request.headers.get("if-match")
    base = instance.base_url(request) + "/sparql"
    # Fetched before the update takes its turn, so that a slow host keeps no other writer waiting.
    loaded = await asyncio.to_thread(fetched, instance.settings, operation.text, base)

    def job(draft: Draft) -> Write:
        require_generation(if_match, met(draft))
        change = draft.update(
            operation.text,
            base_iri=base,
            using_graphs=operation.default_graphs or (),
            using_named_graphs=operation.named_graphs or (),
            fetch=loaded,
            limits=update_limits_of(instance.settings),
            selector=instance.where,
        )
        return Write(change)

    outcome: Judged = await submit(instance, request, principal, "SPARQL update", job)
    return written(outcome, headers={"ETag": dataset_tag(outcome.generation)})


def fetched(settings: Settings, text: str, base: str) -> Fetch:
    """Fetch what an update loads; the returned function hands it out, or raises what went wrong."""
    found: dict[str, tuple[bytes, str] | StoreError] = {}
    left = settings.max_body * 1024 * 1024
    refused = bool(service_addresses(text, base))
    for address in () if refused else dict.fromkeys(filter(None, load_addresses(text, base))):
        try:
            answer = outbound.fetch(address, allow=settings.allow_hosts, headers=trace.outgoing(), max_bytes=left)
        except StoreError as error:
            found[address] = error
        else:
            left -= len(answer.body)
            found[address] = answer.body, answer.media_type

    def fetch(address: str) -> tuple[bytes, str]:
        match found.get(address):
            case None:
                raise errors.LoadRefused(address)
            case StoreError() as error:
                raise error
            case body:
                return body

    return fetch


def answer_responses(*more: str) -> Responses:
    """Describe the good answers for OpenAPI; an update tells what it changed as JSON."""
    content: dict[str, Any] = {media_type: {} for media_type in (*types((*SOLUTIONS, *GRAPHS)), *more)}
    names = {"ETag", "Strategraph-Generation", "Strategraph-Engine"}
    headers = {name: {"schema": {"type": "string"}} for name in sorted(names)}
    return {200: {"description": "The answer, streamed", "content": content, "headers": headers}}


def not_modified() -> Responses:
    """Describe 304 for OpenAPI."""
    return {304: {"description": "The client has this answer already (If-None-Match)"}}


def parameter(name: str, description: str, **schema: Any) -> dict[str, Any]:
    """Describe a query parameter for OpenAPI."""
    return {"name": name, "in": "query", "description": description, "schema": schema or {"type": "string"}}


def dataset_parameters() -> list[dict[str, Any]]:
    """Describe the parameters that name a dataset."""
    many = {"type": "array", "items": {"type": "string", "format": "uri"}}
    return [
        parameter("default-graph-uri", "A graph of the query's default graph; repeatable.", **many),
        parameter("named-graph-uri", "A named graph of the query; repeatable.", **many),
        *answer_parameters(),
    ]


def answer_parameters() -> list[dict[str, Any]]:
    """Describe the parameters about the answer."""
    names = sorted({offer.names[0] for offer in (*SOLUTIONS, *GRAPHS)})
    return [
        parameter("format", f"Instead of Accept: a media type or one of {', '.join(names)}."),
        parameter("timeout", f"Seconds; {LIMIT}", type="number", exclusiveMinimum=0),
        parameter("memory", f"MiB; {LIMIT}", type="integer", minimum=1),
        parameter("rows", f"Most rows or triples; {LIMIT}", type="integer", minimum=1),
        parameter("generation", "A kept version of the data instead of the newest.", type="integer"),
    ]


def query_parameters() -> list[dict[str, Any]]:
    """Describe the parameters of GET."""
    return [parameter("query", "The SPARQL 1.1 query."), *dataset_parameters()]


def request_body() -> dict[str, Any]:
    """Describe the body of POST."""
    text = {"schema": {"type": "string"}}
    fields = {"query": {"type": "string"}, "update": {"type": "string"}}
    content = {FORM: {"schema": {"type": "object", "properties": fields}}, QUERY: text, UPDATE: text}
    return {"required": True, "content": content}
