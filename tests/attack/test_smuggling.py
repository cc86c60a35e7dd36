"""Requests that two servers could take for different ones, and heads that are not HTTP: refused, and once only."""

from __future__ import annotations

import json
import re

import httpx
import pytest

HEAD = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
GET = b"GET /health/live HTTP/1.1\r\nHost: x\r\n"
HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"
REFUSED = {
    "length and chunks": HEAD + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "chunks and length": HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 60\r\n\r\n0\r\n\r\n" + HIDDEN,
    "two lengths": HEAD + b"Content-Length: 6\r\nContent-Length: 60\r\n\r\nASK {}" + HIDDEN,
    "two lengths in one": HEAD + b"Content-Length: 6, 60\r\n\r\nASK {}" + HIDDEN,
    "a signed length": HEAD + b"Content-Length: +6\r\n\r\nASK {}" + HIDDEN,
    "a negative length": HEAD + b"Content-Length: -6\r\n\r\nASK {}" + HIDDEN,
    "a hexadecimal length": HEAD + b"Content-Length: 0x6\r\n\r\nASK {}" + HIDDEN,
    "a length of other digits": HEAD + "Content-Length: ٦\r\n\r\nASK {}".encode() + HIDDEN,
    "an endless length": HEAD + b"Content-Length: " + b"9" * 400 + b"\r\n\r\n" + HIDDEN,
    "chunks twice": HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "chunks and more": HEAD + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + HIDDEN,
    "unknown coding": HEAD + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "a quoted coding": HEAD + b'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n' + HIDDEN,
    "a space before the colon": HEAD + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "a vertical tab": HEAD + b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "a null in a name": HEAD + b"Transfer-\x00Encoding: chunked\r\n\r\n" + HIDDEN,
    "a null in a value": GET + b"X-A: a\x00b\r\n\r\n" + HIDDEN,
    "a lone carriage return": GET + b"X-A: a\rTransfer-Encoding: chunked\r\n\r\n" + HIDDEN,
    "a name with a space": GET + b"X A: b\r\n\r\n" + HIDDEN,
    "no name": GET + b": b\r\n\r\n" + HIDDEN,
    "no colon": GET + b"nonsense\r\n\r\n" + HIDDEN,
    "no host": b"GET / HTTP/1.1\r\n\r\n" + HIDDEN,
    "two hosts": GET + b"Host: y\r\n\r\n" + HIDDEN,
    "a host with a path": b"GET / HTTP/1.1\r\nHost: x/y\r\n\r\n" + HIDDEN,
    "a host with markup": b'GET / HTTP/1.1\r\nHost: "><script>alert(1)</script>\r\n\r\n' + HIDDEN,
    "a host with a user": b"GET / HTTP/1.1\r\nHost: good@evil\r\n\r\n" + HIDDEN,
    "chunks in HTTP/1.0": HEAD.replace(b"1.1", b"1.0") + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "HTTP/2 over nothing": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/0.9": b"GET /\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\r\n\r\n",
    "a space in the target": b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n" + HIDDEN,
    "a long head": GET + b"X-A: " + b"a" * 100_000,
    "many headers": GET + b"X-A: a\r\n" * 20_000,
    "a long target": b"GET /" + b"a" * 100_000,
}  # fmt: skip
BROKEN_CHUNKS = {
    "not a number": b"zz\r\nASK {}\r\n0\r\n\r\n",
    "a negative size": b"-6\r\nASK {}\r\n0\r\n\r\n",
    "a prefixed size": b"0x6\r\nASK {}\r\n0\r\n\r\n",
    "an endless size": b"f" * 40 + b"\r\nASK {}",
    "a wrong end": b"6\r\nASK {}XX0\r\n\r\n",
    "a long extension": b"6;" + b"a" * 200_000 + b"\r\nASK {}\r\n0\r\n\r\n",
}


def answers(found: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3})", found)]


@pytest.mark.parametrize("name", REFUSED)
def test_an_ambiguous_request_is_refused_once(raw, name: str) -> None:
    found = raw(REFUSED[name])
    assert answers(found) == [400], found[:300]
    head, _, body = found.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    assert b"nosniff" in head
    assert json.loads(body)["status"] == 400
    assert b"<script" not in found


@pytest.mark.parametrize("name", BROKEN_CHUNKS)
def test_a_broken_chunk_ends_the_connection(raw, name: str) -> None:
    found = raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + BROKEN_CHUNKS[name] + HIDDEN)
    assert answers(found) == [400], found[:300]


def test_two_requests_at_once_get_two_answers_in_order(raw) -> None:
    found = raw(GET + b"\r\n" + GET.replace(b"live", b"ready") + b"Connection: close\r\n\r\n")
    assert answers(found) == [200, 200]
    assert found.index(b'"live"') < found.index(b'"generation"')


def test_the_service_goes_on(target: httpx.Client) -> None:
    assert target.get("/sparql", params={"query": "ASK {}"}).json()["boolean"] is True
