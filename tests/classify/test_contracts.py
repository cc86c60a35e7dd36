"""The eight Climate City Contracts on the command line, over HTTP and on the page: the same, and believable."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from live import running

from service.classify.prose import quality
from service.portal import create_portal

CONTRACTS = ("Bratislava", "Krakow", "Lodz", "Rzeszow", "Warszawa", "Wroclaw", "budapest", "miskolc")
# What every plan for climate neutrality is about, whatever else it says.
IN_ALL = {"7", "11", "13", "GD1", "GD1.1", "GD2", "GD3", "GD5", "EN", "EN1", "EN2"}
# What none of them plans: an end of poverty, or life below water.
IN_NONE = {"1", "14"}
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(bundled_store: Path) -> Iterator[httpx.Client]:
    with running(bundled_store, app=create_portal, write_token=None, workers=1, read_only=True) as client:
        client.timeout = httpx.Timeout(120)
        yield client


@pytest.mark.parametrize("city", CONTRACTS)
def test_page_command_and_api_agree_and_the_result_is_believable(run, site, shared: Path, city: str) -> None:
    path = shared / "climate-city-contracts" / f"{city}.md"
    told = json.loads(run("classify", path).out)
    answer = site.post("/api/classify", files={"file": (path.name, path.read_bytes())})
    assert answer.json() == told
    rows = from_the_page(site, path)
    assert [row[:3] for row in rows] == [(x["notation"], x["status"], x["score"]) for x in told["labels"]]
    # The best passages are told to programs, and on the page how many there are.
    assert all(count >= 2 for _, status, _, count in rows if status == "asserted")
    text = path.read_text(encoding="utf-8")
    for label in told["labels"]:
        for passage in label["passages"]:
            assert text[passage["start"] : passage["end"]] == passage["text"]
    asserted = {label["notation"]: label for label in told["labels"] if label["status"] == "asserted"}
    assert set(asserted) >= IN_ALL
    assert not IN_NONE & set(asserted)
    best = [quality(label["passages"][0]["text"]) for label in asserted.values()]
    assert min(best) > 0.6
    assert sum(value > 0.85 for value in best) > 0.9 * len(best)


def from_the_page(site: httpx.Client, path: Path) -> list[tuple[str, str, float, int]]:
    """What the page says after a file was sent to it as its form does, read from its table."""
    sent = site.post("/classify", files={"file": (path.name, path.read_bytes())}, data={"text": "", "lang": ""})
    assert sent.status_code == 303
    address = sent.headers["location"]
    deadline = time.monotonic() + 120
    while 'http-equiv="refresh"' in (page := site.get(address, headers={"Accept": "text/html"})).text:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert page.text.count('class="slice level-') == 17
    rows = csv.DictReader(io.StringIO(site.get(f"{address}.csv").text))
    found = [(row["notation"], row["status"], float(row["score"]), int(row["passages"])) for row in rows]
    assert site.delete(f"/api{address}").status_code == 204
    return found
