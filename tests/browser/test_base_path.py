"""The scripts on a site that is published below a path: what they fetch and where they lead stays below it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from live import listening
from page_addresses import KRAKOW

pytestmark = pytest.mark.browser
BASE_PATH = "/smart/v4"
one = pytest.mark.parametrize("visit", [("desktop", "en", "light")], indirect=True, ids="-".join)


@pytest.fixture(scope="module")
def base(bundled_store: Path) -> Iterator[str]:
    """The service below a path, on a port that its own address names."""
    from service.portal import create_portal
    from service.settings import Settings
    from service.store.generations import GenerationStore

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}{BASE_PATH}"
        settings = Settings(workers=2, read_only=True, rate_address=0, base_url=address)
        app = create_portal(settings, GenerationStore.open(bundled_store, create=False))
        with listening(app, [taken]):
            yield address


@one
def test_suggestions_theme_network_and_map_stay_below_the_path(visit) -> None:
    asked: list[str] = []
    visit.page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    visit.open("/")
    box = visit.page.locator("#home-q")
    box.press_sequentially("krak")
    visit.page.get_by_role("option").first.wait_for()
    box.press("ArrowDown")
    box.press("Enter")
    visit.page.wait_for_url(f"**{BASE_PATH}{KRAKOW}")
    visit.page.locator("a[data-theme-choice=dark]").click()
    visit.page.wait_for_function("document.documentElement.dataset.theme === 'dark'")
    visit.open("/network")
    visit.page.locator("#net-canvas canvas").first.wait_for()
    visit.menu("Networks")
    visit.page.wait_for_url(f"**{BASE_PATH}/networks")
    visit.open("/map")
    visit.page.locator("[data-ready=true]").first.wait_for()
    assert len(asked) > 20
    assert not [path for path in asked if path and not path.startswith((BASE_PATH + "/", "blob:"))]
