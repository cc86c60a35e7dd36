"""Behind a proxy: whom the service believes, and a site that lives below a path."""

import asyncio
import re
from ipaddress import ip_network
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from service.operations.base_path import BasePath, public_address
from service.operations.proxy import BehindProxy, read
from service.settings import Settings, SettingsError

TRUSTED = (ip_network("127.0.0.1"), ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
PAGE = """<!doctype html><html lang="en"><head><link rel="icon" href="/static/mark.svg"><script src='x'></script></head>
<body><a class="b" href="/">home</a> <a href="//other.example/">other</a> <a href="https://x.example/a">x</a>
<a href="#here">h</a>
<form action="/search"><input data-suggest="/api/suggest" value="href=&#34;/no"></form>
<script type="application/json">{"html": " href=\\"/no"}</script></body></html>"""


async def tell(request: Request) -> Response:
    return JSONResponse(
        {
            "client": request.client.host if request.client else "",
            "url": str(request.url),
            "base": public_address(None, request),
            "raw": request.scope["raw_path"].decode(),
        }
    )


async def page(request: Request) -> Response:
    del request
    response = HTMLResponse(PAGE, headers={"Link": '</a>; rel="next", <https://x.example/b>; rel="license"'})
    response.set_cookie("lang", "pl", samesite="lax")
    return response


async def away(request: Request) -> Response:
    return RedirectResponse(request.query_params["to"], 303)


def ask(path: str, headers: Any = None, *, client: str = "127.0.0.1", base_url: str | None = None) -> httpx.Response:
    app = Starlette(routes=[Route("/page", page), Route("/away", away), Route("/{path:path}", tell)])
    wrapped = BehindProxy(BasePath(app), trusted=TRUSTED, base_url=base_url)

    async def inside() -> httpx.Response:
        transport = httpx.ASGITransport(wrapped, client=(client, 5))
        async with httpx.AsyncClient(transport=transport, base_url="http://inside:8000") as visitor:
            return await visitor.get(path, headers=headers)

    return asyncio.run(inside())


@pytest.mark.parametrize(
    ("headers", "client", "base"),
    [
        ({}, "127.0.0.1", "http://inside:8000"),
        ({"X-Forwarded-For": "203.0.113.7"}, "203.0.113.7", "http://inside:8000"),
        ({"X-Forwarded-For": "1.1.1.1, 203.0.113.7, 10.1.2.3"}, "203.0.113.7", "http://inside:8000"),
        ({"X-Forwarded-For": "203.0.113.7, nonsense"}, "127.0.0.1", "http://inside:8000"),
        ({"X-Forwarded-For": "[2001:db8::1]:4711"}, "2001:db8::1", "http://inside:8000"),
        ({"X-Forwarded-For": "::ffff:203.0.113.7"}, "203.0.113.7", "http://inside:8000"),
        ({"X-Forwarded-Proto": "https", "X-Forwarded-Host": "e.org"}, "127.0.0.1", "https://e.org"),
        ({"X-Forwarded-Host": "evil.example, e.org:8443"}, "127.0.0.1", "http://e.org:8443"),
        ({"X-Forwarded-Host": 'e.org/"><script>'}, "127.0.0.1", "http://inside:8000"),
        ({"X-Forwarded-Proto": "javascript"}, "127.0.0.1", "http://inside:8000"),
        ({"X-Forwarded-Prefix": "/smart/v4/"}, "127.0.0.1", "http://inside:8000/smart/v4"),
        ({"X-Forwarded-Prefix": '/"onload="x'}, "127.0.0.1", "http://inside:8000"),
        ({"X-Forwarded-Prefix": "//evil.example"}, "127.0.0.1", "http://inside:8000"),
        ({"Forwarded": "for=1.1.1.1, for=203.0.113.7;proto=https;host=e.org"}, "203.0.113.7", "https://e.org"),
        ({"Forwarded": 'for="[2001:db8::1]:99";host="e.org:8443"'}, "2001:db8::1", "http://e.org:8443"),
        ({"Forwarded": "for=203.0.113.7", "X-Forwarded-For": "1.1.1.1"}, "203.0.113.7", "http://inside:8000"),
        ({"Forwarded": "for=_hidden"}, "127.0.0.1", "http://inside:8000"),
    ],
)
def test_a_trusted_proxy_is_believed(headers: dict[str, str], client: str, base: str) -> None:
    told = ask("/x", headers).json()
    assert (told["client"], told["base"]) == (client, base)


def test_nobody_else_is_believed() -> None:
    headers = {"Forwarded": "for=1.1.1.1;proto=https;host=evil.example", "X-Forwarded-For": "1.1.1.1"}
    headers |= {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example", "X-Forwarded-Prefix": "/evil"}
    told = ask("/x", headers, client="192.0.2.1").json()
    assert (told["client"], told["base"]) == ("192.0.2.1", "http://inside:8000")


@given(st.lists(st.tuples(st.sampled_from([b"forwarded", b"x-forwarded-for", b"x-forwarded-prefix"]), st.binary())))
def test_no_header_breaks_it(headers: list[tuple[bytes, bytes]]) -> None:
    told = read(headers, TRUSTED)
    assert told.prefix == "" or re.fullmatch(r"(/[\w.~-]+)+", told.prefix)
    assert told.scheme in ("", "http", "https")


@pytest.mark.parametrize("path", ["/some/path/id/a%20b", "/id/a%20b"])
def test_both_with_and_without_the_base_path(path: str) -> None:
    told = ask(path, base_url="https://e.org/some/path").json()
    assert told["url"] == "http://inside:8000/id/a b"
    assert told["raw"] == "/id/a%20b"


def test_only_the_whole_first_part_is_the_base_path() -> None:
    assert ask("/some/path", base_url="https://e.org/some/path").json()["url"] == "http://inside:8000/"
    assert ask("/some/pathway", base_url="https://e.org/some/path").json()["raw"] == "/some/pathway"


def test_links_forms_styles_and_cookies_get_the_base_path() -> None:
    answer = ask("/p/page", base_url="https://e.org/p")
    found = re.findall(r'(?:href|src|action|data-suggest|data-base)="([^"]*)"', answer.text)
    expected = ["/p", "/p/static/mark.svg", "/p/", "//other.example/", "https://x.example/a", "#here", "/p/search"]
    assert found == [*expected, "/p/api/suggest"]
    assert 'value="href=&#34;/no"' in answer.text
    assert '{"html": " href=\\"/no"}' in answer.text
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert answer.headers["link"] == '</p/a>; rel="next", <https://x.example/b>; rel="license"'
    assert "Path=/p/;" in answer.headers["set-cookie"]


def test_without_a_base_path_a_page_is_as_it_was_written() -> None:
    assert ask("/page").text == PAGE


@pytest.mark.parametrize(
    ("to", "location"),
    [("/x?y=1", "/p/x?y=1"), ("//other.example/", "//other.example/"), ("https://e.org/", "https://e.org/")],
)
def test_redirects_get_the_base_path(to: str, location: str) -> None:
    assert ask(f"/away?to={to}", base_url="https://e.org/p").headers["location"] == location


def test_settings_of_proxies() -> None:
    read_back = Settings.from_environ({"STRATEGRAPH_TRUSTED_PROXIES": "127.0.0.1, fd00::/8"})
    assert read_back.trusted_proxies == (ip_network("127.0.0.1"), ip_network("fd00::/8"))
    for name, wrong in (
        ("TRUSTED_PROXIES", "proxy.local"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("BASE_URL", "https://e/%41"),
    ):
        with pytest.raises(SettingsError, match=name):
            Settings.from_environ({f"STRATEGRAPH_{name}": wrong})
