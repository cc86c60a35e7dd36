"""A real browser on the whole service: desktop and phone sizes, three languages, console and network watched."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from live import listening
from visitors import ANDROID, PATIENCE, SIZES, Watched

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
# Where a screenshot of every page goes, if anywhere; never into the repository.
SCREENSHOTS = os.environ.get("BROWSER_SCREENSHOTS", "")
REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def base(bundled_store: Path) -> Iterator[str]:
    """The service as people meet it, on a free port."""
    from service.portal import create_portal
    from service.settings import Settings
    from service.store.generations import GenerationStore

    settings = Settings(workers=2, read_only=True, rate_address=1_000_000)
    app = create_portal(settings, GenerationStore.open(bundled_store, create=False))
    with listening(app) as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser; skipped with a reason where it or the scripts cannot be had."""
    if not CHROMIUM:
        pytest.skip("no Chromium on this machine (apt-get install chromium)")
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed (pip install playwright)"
    )
    from service.web.build import PackagesMissing, build

    try:
        build()
    except PackagesMissing as error:
        pytest.skip(f"the scripts cannot be built: {error}")
    with playwright.sync_playwright() as running:
        arguments = ["--no-sandbox", "--enable-unsafe-swiftshader", "--disable-dev-shm-usage"]
        browser = running.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def screenshot() -> Callable[[Watched, str], None]:
    """Keep a picture of a page, where the one who runs this asked for pictures."""
    folder = Path(SCREENSHOTS).resolve() if SCREENSHOTS else None
    if folder and folder.is_relative_to(REPOSITORY):
        pytest.fail(f"BROWSER_SCREENSHOTS must be outside the repository, not {folder}")

    def take(visit: Watched, name: str) -> None:
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
            safe = "".join(c if c.isalnum() else "-" for c in name).strip("-")[:80] or "home"
            visit.page.screenshot(path=folder / f"{visit.size}-{visit.language}-{safe}.png", full_page=True)

    return take


@pytest.fixture
def visitor(chromium: Any, base: str) -> Iterator[Callable[..., Watched]]:
    """Make visitors; what their consoles and networks saw is checked at the end."""
    made: list[Watched] = []

    def visit(size: str = "desktop", language: str = "en", scheme: str = "light", motion: str = "reduce") -> Watched:
        width, height = SIZES[size]
        phone: dict[str, Any] = {"user_agent": ANDROID, "has_touch": True} if size == "phone" else {}
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            locale=language,
            color_scheme=scheme,
            reduced_motion=motion,
            accept_downloads=True,
            **phone,
        )
        context.set_default_timeout(PATIENCE)
        watched = Watched(context.new_page(), base, language, size)
        watched.page.on("console", watched.on_console)
        watched.page.on("pageerror", lambda error: watched.errors.append(str(error)))
        watched.page.on("response", watched.on_response)
        own = (base, "data:", "blob:")
        watched.page.on("request", lambda sent: sent.url.startswith(own) or watched.foreign.append(sent.url))
        made.append(watched)
        return watched

    yield visit
    for watched in made:
        watched.page.context.close()
    assert [error for watched in made for error in watched.errors] == []
    assert [address for watched in made for address in watched.foreign] == []


@pytest.fixture
def visit(visitor: Callable[..., Watched], request: pytest.FixtureRequest) -> Watched:
    """A visitor; parametrize indirectly with (size, language, scheme)."""
    return visitor(*getattr(request, "param", ("desktop", "en", "light")))


class _OtherSite(BaseHTTPRequestHandler):
    """One page of a site that is not ours."""

    def __init__(self, body: bytes, *arguments: Any) -> None:
        self._body = body
        super().__init__(*arguments)

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/" else 204)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(self._body if self.path == "/" else b"")

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture
def other_site() -> Iterator[Callable[[str], str]]:
    """Serve a page from another origin and give its address."""
    servers: list[ThreadingHTTPServer] = []

    def serve(body: str) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_OtherSite, body.encode()))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://localhost:{server.server_port}/"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()
