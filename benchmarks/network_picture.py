"""How smooth the picture of the network is: `python -m benchmarks.network_picture [--nodes N] [--links N]`.

Chromium (with the graphics that the machine has; in software where it has none) draws a network of 5,000 nodes and
20,000 links, and one of 50. Reported: until it is drawn, and the time between frames while the layout runs, while a
reader zooms and pans, and while the time slider moves. Needs Chromium and the built scripts.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.pages import filled
from service.network.exports import Export, cytoscape
from service.network.measures import measure
from service.network.model import Graph, Link, Node, merged
from service.portal import create_portal
from service.web.build import build
from tests.live import running

FRAMES = """duration => new Promise(done => {
  const times = []; let before = performance.now(); const end = before + duration;
  const next = now => {
    times.push(now - before);
    before = now;
    if (now < end) requestAnimationFrame(next); else done(times.slice(1));
  };
  requestAnimationFrame(next);
})"""
KINDS = ("organisation", "network", "project", "place")


def invented(nodes: int, links: int) -> Graph:
    """A network with a few that many are linked with, as real ones have."""
    chance = random.Random(1)
    pairs = [(int(nodes * chance.random() ** 2), chance.randrange(nodes)) for _ in range(links * 2)]
    chosen = sorted({pair for pair in pairs if pair[0] != pair[1]})
    chance.shuffle(chosen)
    found = [
        Link(f"urn:n{one}", f"urn:n{other}", "member", 2000 + chance.randrange(20)) for one, other in chosen[:links]
    ]
    ends = {end for link in found for end in (link.source, link.target)}
    return Graph({iri: Node(iri, KINDS[len(iri) % 4]) for iri in sorted(ends)}, merged(found))


def as_data(graph: Graph) -> str:
    """What the explorer would fetch."""
    extra = {"path": [], "hidden": {}, "pages": dict.fromkeys(graph.nodes, "/")}
    return cytoscape(Export(graph, measure(graph), lambda iri: iri.removeprefix("urn:")), extra)


def told(name: str, times: list[float]) -> None:
    ordered = sorted(times)
    at = {share: ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.5, 0.95)}
    print(
        f"  {name:<22} median {at[0.5]:6.1f} ms, 95% within {at[0.95]:6.1f} ms, {1000 / at[0.5]:5.1f} frames a second"
    )


def look(browser: Any, base: str, graph: Graph) -> None:
    """Draw it and measure."""
    began = time.perf_counter()
    data = as_data(graph)
    print(f"{len(graph.nodes):,} nodes, {len(graph.links):,} links; measured in {time.perf_counter() - began:.1f} s")
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(120_000)
    page.route("**/network.json**", lambda route: route.fulfill(body=data, content_type="application/json"))
    began = time.perf_counter()
    page.goto(base + "/network")
    page.wait_for_function("/[0-9]/.test(document.querySelector('#net-status').textContent)")
    page.locator("#net").scroll_into_view_if_needed()
    print(f"  drawn after {time.perf_counter() - began:.1f} s")
    told("while it is laid out", page.evaluate(FRAMES, 3000))
    page.wait_for_timeout(8000)
    told("still", page.evaluate(FRAMES, 2000))
    box = page.locator("#net-canvas").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    frames = page.evaluate_handle(f"() => ({{ found: ({FRAMES})(4000) }})")
    for turn in range(12):
        page.mouse.wheel(0, -120 if turn % 2 else 120)
        page.wait_for_timeout(150)
    page.mouse.down()
    for turn in range(20):
        page.mouse.move(box["x"] + 300 + 15 * turn, box["y"] + 200)
    page.mouse.up()
    told("zoomed and moved", frames.evaluate("handle => handle.found"))
    frames = page.evaluate_handle(f"() => ({{ found: ({FRAMES})(2500) }})")
    for year in range(2001, 2012):
        page.locator("#net-year").fill(str(year))
    told("time slider", frames.evaluate("handle => handle.found"))
    page.close()


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--nodes", type=int, default=5000)
    options.add_argument("--links", type=int, default=20000)
    asked = options.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        print("no Chromium on this machine (apt-get install chromium)", file=sys.stderr)
        return 0
    from playwright.sync_api import sync_playwright

    build()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        store = filled(Path(folder) / "store")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        with running(store, app=create_portal, read_only=True) as client:
            for nodes, links in ((asked.nodes, asked.links), (50, 90)):
                look(browser, str(client.base_url), invented(nodes, links))
            page = browser.new_page(viewport={"width": 390, "height": 844})
            page.goto(str(client.base_url) + "/")
            paint = "new Promise(done => new PerformanceObserver(list => done(list.getEntries().at(-1).startTime))"
            paint += ".observe({type: 'largest-contentful-paint', buffered: true}))"
            print(f"home page, largest contentful paint: {page.evaluate(paint):.0f} ms")
        browser.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
