"""The whole site behind a real nginx with TLS, below a path: nothing leads out of it, and nothing is missing."""

import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from page_addresses import KRAKOW, PAGES
from served import service

EXAMPLE = Path(__file__).parents[2] / "deploy" / "nginx.conf"
ATTRIBUTES = re.compile(r'\s(?:href|src|action|data-suggest)="([^"]*)"')
# Links that every page has in numbers; two hundred others are enough to find a kind of link that leads astray.
CHECKED = 200

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed"),
    pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed"),
]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def certificate(folder: Path) -> tuple[Path, Path]:
    key, cert = folder / "key.pem", folder / "cert.pem"
    kind = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(["openssl", *kind, "-keyout", key, "-out", cert, *name], check=True, capture_output=True)
    return key, cert


def configuration(folder: Path, upstream: str, port: int, strip: bool) -> Path:
    """The example with its ports, names and files replaced by ours; everything else is as operators copy it."""
    key, cert = certificate(folder)
    text = EXAMPLE.read_text(encoding="utf-8")
    for old, new in (
        ("127.0.0.1:8000", upstream),
        ("listen 80;", f"listen 127.0.0.1:{free_port()};"),
        ("listen [::]:80;", ""),
        ("listen 443 ssl http2;", f"listen 127.0.0.1:{port} ssl http2;"),
        ("listen [::]:443 ssl http2;", ""),
        ("example.org;", "localhost;"),
        ("/etc/letsencrypt/live/example.org/fullchain.pem", str(cert)),
        ("/etc/letsencrypt/live/example.org/privkey.pem", str(key)),
    ):
        assert old in text
        text = text.replace(old, new)
    if strip:
        text = text.replace("proxy_pass http://strategraph;", "proxy_pass http://strategraph/;")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi"))
    temporary += f"uwsgi_temp_path {folder}/uwsgi;\nscgi_temp_path {folder}/scgi;\naccess_log off;\n"
    whole = f"pid {folder}/nginx.pid;\ndaemon off;\nuser root;\nevents {{}}\nhttp {{\n{temporary}{text}\n}}\n"
    path = folder / "nginx.conf"
    path.write_text(whole, encoding="utf-8")
    return path


@pytest.fixture(params=[False, True], ids=["path-kept", "path-stripped"])
def site(request: pytest.FixtureRequest, bundled_store: Path, tmp_path: Path) -> Iterator[httpx.Client]:
    port = free_port()
    public = f"https://localhost:{port}/smart"
    store = shutil.copytree(bundled_store, tmp_path / "store")
    with service(
        tmp_path, "--store", str(store), base_url=public, trusted_proxies="127.0.0.1", rate_address=0
    ) as inside:
        config = configuration(tmp_path, urlsplit(inside.url).netloc, port, strip=request.param)
        checked = subprocess.run(["nginx", "-t", "-c", config], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stderr
        nginx = subprocess.Popen(["nginx", "-c", config], stderr=subprocess.DEVNULL)
        try:
            trust = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
            with httpx.Client(base_url=public, verify=trust, timeout=60, headers={"Accept": "text/html"}) as client:
                wait_for(client)
                yield client
        finally:
            nginx.terminate()
            nginx.wait(20)


def wait_for(client: httpx.Client) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            if client.get("/health/ready").status_code == 200:
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < deadline
        time.sleep(0.1)


def links_of(page: httpx.Response) -> set[str]:
    found = {urljoin(str(page.url), unescape(link)) for link in ATTRIBUTES.findall(page.text)}
    return {link.partition("#")[0] for link in found if urlsplit(link).netloc == page.url.netloc.decode()}


def test_every_page_and_every_link_stays_below_the_path(site: httpx.Client) -> None:
    base = str(site.base_url).rstrip("/")
    links: set[str] = set()
    for address in PAGES:
        page = site.get(address)
        assert page.status_code == 200, address
        assert page.headers["strict-transport-security"]
        found = links_of(page)
        assert found
        assert not [link for link in found if not link.startswith(base + "/")], address
        canonical = re.search(r'rel="canonical" href="([^"]*)"', page.text)
        assert canonical is None or unescape(canonical[1]).startswith(base + "/"), address
        links |= found
    for link in sorted(links, key=lambda text: (text.count("&"), len(text), text))[:CHECKED]:
        answer = site.get(link, follow_redirects=True)
        assert answer.status_code < 400, link
        assert str(answer.url).startswith(base + "/")


def test_everything_else_works_below_the_path_too(site: httpx.Client) -> None:
    base = str(site.base_url).rstrip("/")
    see = site.get(KRAKOW, headers={"Accept": "text/turtle"})
    assert see.status_code == 303
    assert see.headers["location"] == f"{base}{KRAKOW}.ttl"
    assert b"Krak" in site.get(see.headers["location"]).content
    chosen = site.get("/preferences", params={"theme": "dark", "back": "/about?x=1"})
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/smart/about?x=1")
    assert "path=/smart/" in chosen.headers["set-cookie"].lower()
    assert site.get("/openapi.json").json()["servers"] == [{"url": base}]
    asked = site.get("/sparql", params={"query": "ASK {}", "format": "json"}, headers={"X-Request-Id": "mine"})
    assert asked.json()["boolean"] is True
    assert re.fullmatch("[0-9a-f]{32}", asked.headers["x-request-id"])
    assert site.get("/sparql", headers={"Accept": "text/turtle"}).text.count(f"<{base}/sparql>") >= 1
    assert site.get("/metrics").status_code == 403
    assert site.get("/no-such-page").status_code == 404
    assert str(site.get(str(site.base_url).rstrip("/"), follow_redirects=True).url) == base + "/"
