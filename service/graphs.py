"""`/graphs`: whole graphs by the SPARQL 1.1 Graph Store HTTP Protocol, named by parameter or by their own address."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pyoxigraph as ox
from fastapi import APIRouter, Request, Response

from service.answers import AnswerResponse, read_body, while_connected
from service.compression import PREFERRED, choose_encoding
from service.dataset_etag import FOREVER, REVALIDATE, answer_tag, is_fresh, listed, require_match
from service.instance import Instance, client_of
from service.negotiation import GRAPHS, negotiate, types
from service.openapi import NEEDS_TOKEN
from service.problems import Problem, Responses, responses
from service.protocol import check_iri, decode, single, split_content_type
from service.rdf_bodies import BODY_TYPES, MULTIPART, read_rdf
from service.sparql import answer_headers, answer_parameters, answer_responses, parameter
from service.store import readers
from service.store.changes import Change
from service.store.draft import Draft
from service.store.generations import Generation
from service.store.manifest import graph_key
from service.writes import Write, authorise, met, submit, written

# Statements written without naming a graph, in union mode; see docs/architecture.md.
DEFAULT_GRAPH = "https://w3id.org/strategraph/graph/default"
ANY_TRIPLE = "ASK { ?s ?p ?o }"
ALL_TRIPLES = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
PARAMETERS = {"graph", "default", "format", "generation"}
ALLOW = "DELETE, GET, HEAD, OPTIONS, POST, PUT"


@dataclass(frozen=True)
class Target:
    """The graph that a request is about; no IRI means the default graph of a strict store."""

    iri: str | None
    always_exists: bool = False

    @property
    def name(self) -> ox.NamedNode | ox.DefaultGraph:
        """As the engine names it."""
        return ox.DefaultGraph() if self.iri is None else ox.NamedNode(self.iri)

    @property
    def label(self) -> str:
        """As a person would."""
        return "The default graph" if self.iri is None else f"The graph <{self.iri}>"


def graphs_router(instance: Instance) -> APIRouter:
    """Build the routes of `/graphs`."""
    router = APIRouter(tags=["Graph store"])
    actions: dict[str, tuple[Callable[..., Any], str, Responses]] = {
        "GET": (get_graph, "Fetch a graph", {**answer_responses(), **responses(400, 404, 406, 413, 429, 503)}),
        "PUT": (put_graph, "Replace or create a graph", write_responses(201)),
        "POST": (post_graph, "Add to a graph, or create one", write_responses(201)),
        "DELETE": (delete_graph, "Delete a graph", write_responses()),
    }
    for path in ("/graphs", "/graphs/{path:path}"):
        for method, (action, summary, described) in actions.items():
            router.add_api_route(
                path,
                endpoint(action, instance),
                methods=[method],
                summary=summary + (", named by its address" if "path" in path else ""),
                operation_id=f"{method.lower()}_graph" + ("_direct" if "path" in path else ""),
                response_class=Response,
                responses=described,
                openapi_extra=openapi(method, path),
            )
        router.add_api_route(path, endpoint(get_graph, instance), methods=["HEAD"], include_in_schema=False)
        router.add_api_route(path, options, methods=["OPTIONS"], include_in_schema=False)
    return router


def endpoint(action: Callable[..., Any], instance: Instance) -> Callable[[Request], Any]:
    """Make a route of an action: FastAPI should see nothing but the request."""

    async def act(request: Request) -> Response:
        response: Response = await action(instance, request)
        return response

    return act


async def options() -> Response:
    """Say what can be done with a graph."""
    return Response(status_code=204, headers={"Allow": ALLOW, "Accept-Post": ", ".join((*BODY_TYPES, MULTIPART))})


def target_of(instance: Instance, request: Request, parameters: dict[str, list[str]]) -> Target | None:
    """Find out which graph a request is about; None if it names none."""
    if unknown := sorted(set(parameters) - PARAMETERS):
        raise Problem(400, f"Unknown parameter: {', '.join(unknown)}.")
    named = single(parameters, "graph")
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    if path.rstrip("/") != "/graphs":
        if named is not None or "default" in parameters:
            raise Problem(400, "The graph is named twice, by the address and by a parameter.")
        return Target(direct_iri(instance, request))
    if named is not None and "default" in parameters:
        raise Problem(400, "Name either a graph or the default one, not both.")
    if "default" in parameters:
        union = instance.settings.default_graph == "union"
        return Target(DEFAULT_GRAPH if union else None, always_exists=True)
    if named is None:
        return None
    check_iri(named, "graph")
    return Target(named)


def direct_iri(instance: Instance, request: Request) -> str:
    """The address of a request below `/graphs/` is the graph's IRI, as the client wrote it."""
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    iri = instance.base_url(request) + "/graphs/" + raw.decode("ascii", "replace").split("/graphs/", 1)[-1]
    check_iri(iri, "address")
    return iri


def required(target: Target | None) -> Target:
    """Insist on a graph."""
    if target is None:
        raise Problem(400, "Which graph? Say ?default or ?graph=IRI, or use an address below /graphs/.")
    return target


def graph_tag(generation: int, target: Target, media_type: str, encoding: str) -> str:
    """The tag of a graph's representation."""
    return answer_tag(generation, "graph", target.iri, media_type, encoding)


def graph_tags(generation: int, target: Target) -> list[str]:
    """The tags of all its representations: a client may have fetched any."""
    return [graph_tag(generation, target, o.media_type, e) for o in GRAPHS for e in PREFERRED]


async def get_graph(instance: Instance, request: Request) -> Response:
    """Send a graph."""
    parameters = decode(request.scope["query_string"])
    target = required(target_of(instance, request, parameters))
    offer = negotiate(request.headers.get("accept"), single(parameters, "format"), GRAPHS)
    encoding = choose_encoding(request.headers.get("accept-encoding"))
    pinned = single(parameters, "generation")
    if pinned is not None and not (pinned.isascii() and pinned.isdigit() and len(pinned) < 10):
        raise Problem(400, f"generation: {pinned!r} is not the number of a generation.")
    generation = await instance.generation(None if pinned is None else int(pinned))
    if not await there(instance, request, generation, target):
        raise Problem(404, f"{target.label} does not exist.")
    tag = graph_tag(generation.number, target, offer.media_type, encoding)
    headers = answer_headers(generation.number)
    headers |= {"ETag": tag, "Cache-Control": REVALIDATE if pinned is None else FOREVER}
    if is_fresh(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    graphs = (target.iri or "",)
    query = readers.Query(ALL_TRIPLES, None, graphs, accept=offer.media_type, generation=generation.number)
    answer = await while_connected(request, instance.pool.run(query, instance.limits(), client_of(request)))
    headers["Strategraph-Engine"] = answer.engine
    return AnswerResponse(answer, encoding, headers, offer.content_type)


async def there(instance: Instance, request: Request, generation: Generation, target: Target) -> bool:
    """Tell whether a graph exists; a remote engine has no list of its graphs at hand, and is asked for a statement."""
    if target.always_exists:
        return True
    if generation.versioned:
        return str(target.iri) in generation.manifest.graphs
    query = readers.Query(ANY_TRIPLE, None, (str(target.iri),), generation=generation.number)
    answer = await instance.pool.run(query, instance.limits(), client_of(request))
    return bool(json.loads(await answer.read())["boolean"])


async def put_graph(instance: Instance, request: Request) -> Response:
    """Replace a graph, or create it."""
    principal = authorise(instance, request)
    target = required(target_of(instance, request, decode(request.scope["query_string"])))
    triples = await body_of(instance, request, target)
    check = precondition(request, target)

    def job(draft: Draft) -> Write:
        existed = exists(draft, target)
        check(draft, existed)
        change = draft.replace_graph(target.name, quads(triples, target))
        return Write(change, 200 if existed else 201, graph=graph_key(target.name))

    return written(await submit(instance, request, principal, f"PUT {target.label}", job))


async def post_graph(instance: Instance, request: Request) -> Response:
    """Add to a graph, or create one with a new address when the request names none."""
    principal = authorise(instance, request)
    named = target_of(instance, request, decode(request.scope["query_string"]))
    target = named or Target(f"{instance.base_url(request)}/graphs/{uuid.uuid4()}")
    triples = await body_of(instance, request, target)
    check = precondition(request, target)

    def job(draft: Draft) -> Write:
        existed = exists(draft, target)
        check(draft, existed)
        created = frozenset() if target.iri is None else frozenset([ox.NamedNode(target.iri)])
        change = draft.apply(Change(added=frozenset(quads(triples, target)), graphs_created=created))
        return Write(change, 200 if existed else 201, {} if existed else {"Location": as_uri(str(target.iri))})

    return written(await submit(instance, request, principal, f"POST {target.label}", job))


async def delete_graph(instance: Instance, request: Request) -> Response:
    """Delete a graph."""
    principal = authorise(instance, request)
    target = required(target_of(instance, request, decode(request.scope["query_string"])))
    check = precondition(request, target)

    def job(draft: Draft) -> Write:
        existed = exists(draft, target)
        check(draft, existed)
        if not existed:
            raise Problem(404, f"{target.label} does not exist.")
        if target.iri is None:
            return Write(draft.replace_graph(target.name, ()), graph=graph_key(target.name))
        return Write(draft.apply(Change(graphs_dropped=frozenset([ox.NamedNode(target.iri)]))))

    return written(await submit(instance, request, principal, f"DELETE {target.label}", job))


def as_uri(iri: str) -> str:
    """Write an IRI as a header can hold it: in ASCII, percent-encoded as RFC 3987 maps it to a URI."""
    return quote(iri, safe="%:/?#[]@!$&'()*+,;=~")


def exists(draft: Draft, target: Target) -> bool:
    """Tell whether a graph is there, in the state that the write meets."""
    return target.always_exists or draft.store.contains_named_graph(ox.NamedNode(str(target.iri)))


def precondition(request: Request, target: Target) -> Callable[[Draft, bool], None]:
    """Read If-Match and If-None-Match now, to be checked when the write's turn comes."""
    if_match, if_none_match = request.headers.get("if-match"), request.headers.get("if-none-match")

    def check(draft: Draft, existed: bool) -> None:
        generation = met(draft)
        tags = graph_tags(generation, target) if existed and generation is not None else []
        if not existed and if_match is not None:
            raise Problem(412, f"{target.label} does not exist, so no version of it can match.")
        require_match(if_match, tags)
        unwanted = listed(if_none_match)
        if ("*" in unwanted and existed) or set(unwanted) & set(tags):
            raise Problem(412, f"{target.label} exists already.")

    return check


async def body_of(instance: Instance, request: Request, target: Target) -> list[ox.Triple]:
    """Read the triples that a request brings."""
    body = await read_body(request, instance.settings.max_body)
    header = request.headers.get("content-type")
    return await read_rdf(split_content_type(header)[0], header, body, target.iri or instance.base_url(request) + "/")


def quads(triples: list[ox.Triple], target: Target) -> list[ox.Quad]:
    """Put triples into a graph."""
    return [ox.Quad(t.subject, t.predicate, t.object, target.name) for t in triples]


def write_responses(*more: int) -> Responses:
    """Describe the answers to a write for OpenAPI."""
    good: Responses = {status: {"description": "Written"} for status in (200, *more)}
    return {**good, **responses(400, 401, 403, 404, 409, 412, 413, 415, 422)}


def openapi(method: str, path: str) -> dict[str, Any]:
    """Describe parameters and body for OpenAPI."""
    extra: dict[str, Any] = {} if method == "GET" else {**NEEDS_TOKEN}
    if "path" in path:
        extra["parameters"] = [
            {"name": "path", "in": "path", "required": True, "schema": {"type": "string"}},
        ]
    else:
        extra["parameters"] = [
            parameter("graph", "The graph's IRI.", type="string", format="uri"),
            parameter("default", "The default graph; needs no value.", type="string"),
        ]
    if method == "GET":
        extra["parameters"] += [p for p in answer_parameters() if p["name"] in ("format", "generation")]
    if method in ("PUT", "POST"):
        extra["requestBody"] = {
            "required": True,
            "content": {media_type: {} for media_type in (*types(GRAPHS), MULTIPART)},
        }
    return extra
