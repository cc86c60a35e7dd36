"""Reads a request of the SPARQL 1.1 Protocol: what is asked, of which dataset, and how it should be answered."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeVar
from urllib.parse import parse_qsl

from service.problems import Problem

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
POST_TYPES = (FORM, QUERY, UPDATE)
ANSWER_PARAMETERS = {"format", "timeout", "memory", "rows", "generation"}
# SPARQLWrapper sends the format under three names at once.
SYNONYMS = {"output", "results"}
QUERY_PARAMETERS = {"query", "default-graph-uri", "named-graph-uri"} | ANSWER_PARAMETERS | SYNONYMS
UPDATE_PARAMETERS = {"update", "using-graph-uri", "using-named-graph-uri"}
MAX_FIELDS = 1000

Parameters = Mapping[str, Sequence[str]]
N = TypeVar("N", int, float)


@dataclass(frozen=True)
class Wish:
    """The limits that a client asks for; None where it does not care."""

    seconds: float | None = None
    megabytes: int | None = None
    rows: int | None = None


NO_WISH: Final = Wish()


@dataclass(frozen=True)
class Operation:
    """One request, read and checked; `None` graphs mean that the request names no dataset."""

    kind: Literal["query", "update", "description"]
    text: str = ""
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    format: str | None = None
    wish: Wish = NO_WISH
    generation: int | None = None


def read_get(query_string: bytes) -> Operation:
    """Read a GET: a query, or nothing at all for the service description."""
    parameters = decode(query_string)
    if "update" in parameters:
        raise Problem(400, "An update cannot be sent with GET; use POST.")
    if "query" not in parameters:
        check_known(parameters, QUERY_PARAMETERS)
        if set(parameters) - ANSWER_PARAMETERS - SYNONYMS:
            raise Problem(400, "The parameter 'query' is missing.")
        return Operation("description", format=single(parameters, "format"))
    return query_operation(single(parameters, "query") or "", parameters)


def read_post(query_string: bytes, content_type: str | None, body: bytes) -> Operation:
    """Read a POST: a form, or the text itself."""
    media_type, charset = split_content_type(content_type)
    if media_type not in POST_TYPES:
        accepted = ", ".join(POST_TYPES)
        told = f"The body's media type is {media_type!r}" if media_type else "The request has no Content-Type"
        raise Problem(415, f"{told}; use one of: {accepted}.", headers={"Accept-Post": accepted})
    if charset not in ("utf-8", "utf8", "us-ascii"):
        raise Problem(415, f"The charset {charset!r} is not supported; use UTF-8.")
    parameters = decode(query_string)
    if media_type == FORM:
        return _read_form(merged(parameters, decode(body)))
    if "query" in parameters or "update" in parameters:
        raise Problem(400, "The text is sent both in the body and in the address.")
    text = as_text(body)
    return query_operation(text, parameters) if media_type == QUERY else update_operation(text, parameters)


def _read_form(parameters: Parameters) -> Operation:
    if "query" in parameters and "update" in parameters:
        raise Problem(400, "A request holds either a query or an update, not both.")
    if "query" in parameters:
        return query_operation(single(parameters, "query") or "", parameters)
    if "update" in parameters:
        return update_operation(single(parameters, "update") or "", parameters)
    raise Problem(400, "The parameter 'query' or 'update' is missing.")


def query_operation(text: str, parameters: Parameters) -> Operation:
    """Make a query of a text and its parameters."""
    check_known(parameters, QUERY_PARAMETERS)
    return Operation(
        "query",
        text,
        graphs(parameters, "default-graph-uri"),
        graphs(parameters, "named-graph-uri"),
        format=single(parameters, "format"),
        wish=_wish(parameters),
        generation=generation_number(single(parameters, "generation")),
    )


def update_operation(text: str, parameters: Parameters) -> Operation:
    """Make an update of a text and its parameters."""
    check_known(parameters, UPDATE_PARAMETERS)
    using, named = graphs(parameters, "using-graph-uri"), graphs(parameters, "using-named-graph-uri")
    return Operation("update", text, using, named)


def decode(encoded: bytes) -> dict[str, list[str]]:
    """Decode a form or a query string; raises 400 for what is not UTF-8."""
    found: dict[str, list[str]] = defaultdict(list)
    try:
        pairs = parse_qsl(encoded.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except UnicodeDecodeError:
        raise Problem(400, "The request is not valid UTF-8.") from None
    except ValueError:
        raise Problem(400, f"The request has more than {MAX_FIELDS} parameters.") from None
    for name, value in pairs:
        found[name].append(value)
    return dict(found)


def merged(*many: Parameters) -> dict[str, list[str]]:
    """Put the parameters of the address and of the body together."""
    found: dict[str, list[str]] = defaultdict(list)
    for parameters in many:
        for name, values in parameters.items():
            found[name].extend(values)
    return dict(found)


def check_known(parameters: Parameters, known: set[str]) -> None:
    """Refuse what would be ignored: a misspelt graph parameter would give a wrong answer without a word."""
    if unknown := sorted(set(parameters) - known):
        raise Problem(400, f"Unknown parameter: {', '.join(unknown)}. Known here: {', '.join(sorted(known))}.")


def single(parameters: Parameters, name: str) -> str | None:
    """Return a parameter that may come once."""
    values = parameters.get(name, ())
    if len(values) > 1:
        raise Problem(400, f"The parameter {name!r} is given {len(values)} times.")
    return values[0] if values else None


def graphs(parameters: Parameters, name: str) -> tuple[str, ...] | None:
    """Return graph IRIs, in order and each once."""
    values = parameters.get(name)
    if not values:
        return None
    for iri in values:
        check_iri(iri, name)
    return tuple(dict.fromkeys(values))


def check_iri(iri: str, where: str) -> None:
    """Refuse what cannot be the absolute IRI of a graph."""
    scheme, colon, _ = iri.partition(":")
    well_formed = colon and scheme[:1].isalpha() and scheme.isascii() and not any(c in iri for c in ' <>"{}|\\^`\n\r\t')
    if not well_formed:
        raise Problem(400, f"{where}: {iri!r} is not an absolute IRI.")


def as_text(body: bytes) -> str:
    """Decode a body."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise Problem(400, "The body is not valid UTF-8.") from None


def split_content_type(header: str | None) -> tuple[str, str]:
    """Return the media type and the charset, UTF-8 if there is none."""
    media_type, *parameters = (part.strip() for part in (header or "").split(";"))
    charset = "utf-8"
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            charset = value.strip().strip('"').lower()
    return media_type.lower(), charset


def _wish(parameters: Parameters) -> Wish:
    return Wish(
        _number(single(parameters, "timeout"), "timeout", "a number of seconds above 0", float),
        _number(single(parameters, "memory"), "memory", "a number of MiB above 0", int),
        _number(single(parameters, "rows"), "rows", "a number of rows above 0", int),
    )


def _number(value: str | None, name: str, expected: str, kind: Callable[[str], N]) -> N | None:
    if value is None:
        return None
    try:
        number = kind(value) if len(value) < 20 else None
    except ValueError:
        number = None
    if number is None or not 0 < number < float("inf"):
        raise Problem(400, f"{name}: {value!r} is not {expected}.")
    return number


def generation_number(value: str | None) -> int | None:
    """Read the number of a generation; raises Problem."""
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise Problem(400, f"generation: {value!r} is not the number of a generation.")
    return int(value)
