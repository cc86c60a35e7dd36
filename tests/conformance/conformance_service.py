"""Asks a running service every case over HTTP."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from conformance_cases import Case, Data
from conformance_judge import judge, same_graph, tabled
from pyoxigraph import (
    Quad,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    parse,
    parse_query_results,
    serialize,
)

TOKEN = "conformance"
ROOT = Path(__file__).resolve().parents[2]
STATE = "SELECT ?g ?s ?p ?o { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"
RESULTS = {
    ".srj": ("application/sparql-results+json", QueryResultsFormat.JSON),
    ".tsv": ("text/tab-separated-values", QueryResultsFormat.TSV),
}
XML = ("application/sparql-results+xml", QueryResultsFormat.XML)


@contextmanager
def served(folder: Path) -> Iterator[httpx.Client]:
    """Run `strategraph serve` as the suites want it, until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "DEFAULT_GRAPH": "strict",
        "VALIDATION": "off",
        "WRITE_TOKEN": TOKEN,
        "RATE_ADDRESS": "0",
        "RATE_TOKEN": "0",
    }
    environment = {**os.environ, **{f"STRATEGRAPH_{name}": value for name, value in settings.items()}}
    command = [str(Path(sys.executable).with_name("strategraph")), "serve", "--store", str(folder), "--port", str(port)]
    with (folder.parent / "serve.log").open("wb") as log:
        process = subprocess.Popen([*command, "--no-bundled-data", "--quiet"], cwd=ROOT, env=environment, stderr=log)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            _wait(client, process)
            yield client
    finally:
        process.terminate()
        process.wait(30)


def _wait(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if client.get("/health/ready").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise RuntimeError("the service did not start")


class Asker:
    """Loads the data of each case and judges what the service answers."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._held: Data | None = None

    def verdict(self, case: Case) -> str:
        """Return nothing when the service passes, else why it does not."""
        if case.kind == "update evaluation":
            return self._update_evaluation(case)
        if "update" in case.kind:
            return self._syntax(case, self._update(case, case.text))
        if "syntax" in case.kind:
            return self._syntax(case, self._query(case, "*/*"))
        return self._evaluation(case)

    def refused(self, case: Case) -> str:
        """Return nothing when a query that would leave this machine is forbidden."""
        answer = self._query(case, "*/*")
        return "" if answer.status_code == 403 and "SERVICE" in answer.text else f"{answer.status_code}"

    def _syntax(self, case: Case, answer: httpx.Response) -> str:
        """A text that is understood may still be forbidden (SERVICE, LOAD), find nothing, or ask too much."""
        wanted = (400,) if case.kind.startswith("bad") else (200, 403, 409, 422)
        return "" if answer.status_code in wanted else f"{answer.status_code}: {answer.text[:200]}"

    def _evaluation(self, case: Case) -> str:
        self._load(case.data)
        assert isinstance(case.expected, Path)
        is_graph = re.search(r"\b(CONSTRUCT|DESCRIBE)\b", case.text) is not None
        accept, kind = RESULTS.get(case.expected.suffix, XML)
        if case.kind == "CSV results":
            accept = "text/csv"
        answer = self._query(case, "text/turtle" if is_graph else accept)
        if answer.status_code != 200:
            return f"{answer.status_code}: {answer.text[:200]}"
        if is_graph:
            return judge(case, list(parse(answer.content, format=RdfFormat.TURTLE)))
        if case.kind == "CSV results":
            return judge(case, answer.text)
        return judge(case, tabled(parse_query_results(answer.content, kind)))

    def _update_evaluation(self, case: Case) -> str:
        assert isinstance(case.expected, Data)
        self._load(case.data)
        self._held = None
        answer = self._update(case, case.text)
        if answer.status_code != 200:
            return f"{answer.status_code}: {answer.text[:200]}"
        state = self._client.get("/sparql", params={"query": STATE, "format": "json"})
        rows = parse_query_results(state.content, QueryResultsFormat.JSON)
        assert isinstance(rows, QuerySolutions)
        found = [Quad(*(row[name] for name in "spog" if row[name] is not None)) for row in rows]
        return "" if same_graph(case.expected.quads(), found) else "another state"

    def _load(self, data: Data) -> None:
        if data == self._held:
            return
        graphs: dict[str, list] = {"": [], **{name: [] for name, _ in data.named}}
        for quad in data.quads():
            graphs[getattr(quad.graph_name, "value", "") or ""].append(quad.triple)
        text = ["DROP ALL"]
        for name, triples in graphs.items():
            content = serialize(triples, format=RdfFormat.N_TRIPLES).decode()
            text += (
                [f"CREATE GRAPH <{name}>", f"INSERT DATA {{ GRAPH <{name}> {{ {content} }} }}"]
                if name
                else [f"INSERT DATA {{ {content} }}"]
            )
        answer = self._sent(" ;\n".join(text), "update")
        assert answer.status_code == 200, answer.text
        self._held = data

    def _query(self, case: Case, accept: str) -> httpx.Response:
        return self._sent(f"BASE <{case.base}>\n{case.text}", "query", accept)

    def _update(self, case: Case, text: str) -> httpx.Response:
        return self._sent(f"BASE <{case.base}>\n{text}", "update")

    def _sent(self, text: str, kind: str, accept: str = "*/*") -> httpx.Response:
        headers = {"Content-Type": f"application/sparql-{kind}", "Accept": accept, "Authorization": f"Bearer {TOKEN}"}
        return self._client.post("/sparql", content=text.encode(), headers=headers)
