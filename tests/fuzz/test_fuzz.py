"""A small run of the fuzzer, and properties of what reads a request before anything else does."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import httpx
import pytest
from fuzz_requests import make, wrong
from fuzz_texts import GRAMMAR, Writer
from hypothesis import example, given
from hypothesis import strategies as st
from live import TOKEN, running

from service.compression import PREFERRED, choose_encoding
from service.negotiation import GRAPHS, SOLUTIONS, choose, negotiate, prefers_page
from service.portal import create_portal
from service.problems import Problem, from_store_error, render
from service.protocol import read_get, read_post, split_content_type
from service.store.errors import UpdateSyntaxError
from service.store.nesting import TooDeep, check_sparql
from service.store.operations import operations
from service.store.query_errors import ReaderCrashed
from service.store.text import form, service_addresses, tokens

CASES = range(10**6, 10**6 + 60)
HEADERS = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=200)
WRITTEN = st.integers(0, 10**9).map(lambda seed: Writer(seed).write("accept"))


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    limits = {"query_timeout": 3.0, "query_memory": 256, "rate_address": 0, "rate_token": 0}
    with running(tmp_path_factory.mktemp("fuzz") / "store", app=create_portal, validation="off", **limits) as client:
        yield client


def test_made_up_requests_get_sound_answers(target: httpx.Client) -> None:
    failures = {}
    for number in CASES:
        sent = make(number, TOKEN)
        headers = {name: value.encode("latin-1") for name, value in sent.headers.items()}
        answer = target.request(sent.method, sent.target, headers=headers, content=sent.body)
        if found := wrong(sent.method, answer.status_code, dict(answer.headers), answer.content):
            failures[number] = found
    assert not failures


def test_the_judge_knows_wrong_answers() -> None:
    safe = {"x-content-type-options": "nosniff", "content-security-policy": "default-src 'none'"}
    problem = {**safe, "content-type": "application/problem+json"}
    assert wrong("GET", 500, problem, b'{"status": 500, "detail": "x"}')
    assert wrong("GET", 503, problem, b'{"status": 503, "detail": "x"}')
    assert not wrong("GET", 503, {**problem, "retry-after": "5"}, b'{"status": 503, "detail": "x"}')
    assert wrong("GET", 503, {**problem, "retry-after": "5"}, render(from_store_error(ReaderCrashed())).body)
    assert wrong("GET", 404, problem, b'{"status": 400, "detail": "x"}')
    assert wrong("GET", 404, {**safe, "content-type": "text/plain"}, b"not found")
    assert wrong("GET", 200, {**safe, "content-type": "application/json"}, b'{"cut": ')
    assert wrong("GET", 200, {**safe, "content-type": "text/turtle"}, b"<a:b> <a:c>")
    assert wrong("HEAD", 200, safe, b"body")
    assert wrong("GET", 200, {"content-type": "text/plain"}, b"")


@pytest.mark.parametrize("name", GRAMMAR)
def test_the_same_seed_writes_the_same(name: str) -> None:
    assert Writer(7).write(name) == Writer(7).write(name)


@given(HEADERS | WRITTEN)
@example("*/*;q=٣")
def test_any_accept_header_is_read(header: str) -> None:
    assert choose_encoding(header) in PREFERRED
    assert choose(header, GRAPHS) in (*GRAPHS, None)
    assert prefers_page(header, SOLUTIONS) in (True, False)
    with contextlib.suppress(Problem):
        assert negotiate(header, None, SOLUTIONS) in SOLUTIONS
    media_type, charset = split_content_type(header)
    assert media_type == media_type.lower()
    assert charset == charset.lower()


@given(st.binary(max_size=200), HEADERS, st.binary(max_size=200))
def test_any_request_is_read_or_refused(query: bytes, content_type: str, body: bytes) -> None:
    for read in (lambda: read_get(query), lambda: read_post(query, content_type, body)):
        try:
            assert read().kind in ("query", "update", "description")
        except Problem as problem:
            assert problem.status in (400, 415)


@given(st.integers(0, 10**9), st.sampled_from(["query", "update"]), st.booleans())
def test_any_text_is_cut_into_tokens(seed: int, name: str, spoilt: bool) -> None:
    writer = Writer(seed)
    text = writer.write(name)
    text = writer.spoil(text) if spoilt else text
    for token in tokens(text):
        assert text[token.start : token.end] == token.text
    assert form(text) in ("select", "ask", "construct", "describe", "update", None)
    assert isinstance(service_addresses(text), list)
    with contextlib.suppress(TooDeep):
        check_sparql(text)
    with contextlib.suppress(UpdateSyntaxError):
        assert isinstance(operations(text, None, {}), list)
