"""A real browser on the portal: desktop and phone sizes, console and network watched."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "pages"))
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "browser: needs a Chromium (apt-get install chromium)")


@dataclass
class Watched:
    """A page whose console errors and foreign requests are remembered."""

    page: object
    base: str
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def on_console(self, message) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} [{message.location.get('url')}]")

    def open(self, address: str) -> None:
        self.page.goto(self.base + address, wait_until="load")


@pytest.fixture(scope="session")
def base() -> Iterator[str]:
    import uvicorn
    from example_store import example_store
    from portal_example import example_app

    config = uvicorn.Config(example_app(example_store()), port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
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
        browser = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium, base: str, request: pytest.FixtureRequest) -> Iterator[Watched]:
    """A page; parametrize indirectly with (size, language, scheme)."""
    size, language, scheme = getattr(request, "param", ("desktop", "en", "light"))
    width, height = SIZES[size]
    context = chromium.new_context(
        viewport={"width": width, "height": height},
        locale=language,
        color_scheme=scheme,
        has_touch=size == "phone",
        reduced_motion="reduce",
    )
    watched = Watched(context.new_page(), base)
    watched.page.on("console", watched.on_console)
    watched.page.on("pageerror", lambda error: watched.errors.append(str(error)))
    watched.page.on("request", lambda sent: sent.url.startswith((base, "data:")) or watched.foreign.append(sent.url))
    yield watched
    context.close()
    assert watched.errors == []
    assert watched.foreign == []
