"""What people, programs and runaways ask of a service, in a mix."""

from __future__ import annotations

import random
import socket
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, local
from urllib.parse import urlencode, urlsplit

import httpx

from benchmarks._runaways import RUNAWAYS
from benchmarks._served import TOKEN
from service.store.query_errors import ReaderCrashed

PAGES = (
    *("/", "/search?q=krakow", "/strategies", "/strategies?country=PL&goal=11", "/strategies.csv", "/sdg/11", "/gaps"),
    *("/smart-concept/MO1", "/region/PL21", "/partners", "/networks", "/network", "/compare", "/health/ready"),
    *("/id/network/urbanhub-europe", "/id/network/urbanhub-europe.ttl", "/metrics"),
    "/id/strategy/cz-brno-local-education-plan.jsonld",
)
QUERIES = (
    "SELECT ?c (COUNT(*) AS ?n) { ?s a ?c } GROUP BY ?c ORDER BY DESC(?n)",
    "SELECT * { ?s ?p ?o } LIMIT 2000",
    "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } LIMIT 2000",
    "ASK { ?s ?p 1 }",
    "SELECT * { broken",
)
TEXT = "Plan mobilności: nowe linie tramwajowe, drogi rowerowe i mniej emisji z transportu w mieście. " * 20
# Limits that an operator would recognise, and mistakes of clients that the mix makes on purpose.
EXPECTED = {200, 201, 303, 304, 400, 404, 413, 429, 503, 507}
HANGS = 90.0
CUT, LEFT = "cut", "left"
MAY_BE_CUT = ("query", "runaway")


class Mix:
    """Carries out one of many things at a time, at a rate, and counts how they end."""

    def __init__(self, address: str, seed: int) -> None:
        self._address = address
        self._random = random.Random(seed)
        self._clients = local()
        self.outcomes: Counter[str] = Counter()
        self.faults: list[str] = []
        self._kinds: list[tuple[int, Callable[[random.Random], str]]] = [
            (40, self._page),
            (20, self._query),
            (8, self._insert),
            (5, self._modify),
            (4, self._replace),
            (6, self._classify),
            (9, self._runaway),
            (8, self._cut_off),
        ]

    def run(self, seconds: float, rate: float, stop: Event) -> None:
        """Begin something `rate` times a second; what still runs at the end is waited for."""
        ends = time.monotonic() + seconds
        weights = [weight for weight, _ in self._kinds]
        with ThreadPoolExecutor(24) as threads:
            begun: set[Future[None]] = set()
            while (left := ends - time.monotonic()) > 0 and not stop.is_set():
                begun = {each for each in begun if not each.done()}
                if len(begun) < 24:
                    kind = self._random.choices(self._kinds, weights)[0][1]
                    begun.add(threads.submit(self._one, kind, self._random.randrange(1 << 30)))
                stop.wait(min(left, self._random.expovariate(rate)))

    def _one(self, kind: Callable[[random.Random], str], seed: int) -> None:
        name = kind.__name__.strip("_")
        try:
            outcome = kind(random.Random(seed))
        except httpx.TimeoutException:
            outcome = "hang"
        except httpx.TransportError as error:
            # A limit that was passed within a stream: cut, so that nobody takes it for whole.
            outcome = CUT if "incomplete" in str(error) else type(error).__name__
        self.outcomes[f"{name} {outcome}"] += 1
        cut = (name in MAY_BE_CUT and outcome == CUT) or outcome == LEFT
        if not cut and not (outcome.isdigit() and int(outcome) in EXPECTED):
            self.faults.append(f"{name}: {outcome}")

    @property
    def _client(self) -> httpx.Client:
        if not hasattr(self._clients, "client"):
            headers = {"Authorization": f"Bearer {TOKEN}"}
            self._clients.client = httpx.Client(base_url=self._address, timeout=HANGS, headers=headers)
        client: httpx.Client = self._clients.client
        return client

    def _page(self, rng: random.Random) -> str:
        headers = {"Accept": rng.choice(["text/html", "text/html", "text/turtle"])}
        headers["Accept-Language"] = rng.choice(["en", "pl", "cs", "sk", "hu"])
        status = self._client.get(rng.choice(PAGES), headers=headers).status_code
        return "200" if status == 406 else str(status)  # a page that is no data

    def _query(self, rng: random.Random) -> str:
        return self._sparql({"query": rng.choice(QUERIES)})

    def _insert(self, rng: random.Random) -> str:
        at = f"<http://example.org/soak/{rng.randrange(500)}> <http://example.org/is> {rng.randrange(50)}"
        return self._update(f"INSERT DATA {{ GRAPH <http://example.org/soak> {{ {at} }} }}")

    def _modify(self, rng: random.Random) -> str:
        at = f"GRAPH <http://example.org/soak> {{ <http://example.org/soak/{rng.randrange(500)}> ?p ?o }}"
        return self._update(f"DELETE {{ {at} }} WHERE {{ {at} }}")

    def _update(self, text: str) -> str:
        return self._sparql({"update": text})

    def _replace(self, rng: random.Random) -> str:
        graph = f"http://example.org/soak/graph/{rng.randrange(5)}"
        body = "".join(f"<{graph}/{n}> <http://example.org/is> {rng.randrange(9)} .\n" for n in range(500))
        headers = {"Content-Type": "text/turtle"}
        return str(self._client.put("/graphs", params={"graph": graph}, content=body, headers=headers).status_code)

    def _classify(self, rng: random.Random) -> str:
        text = TEXT[: rng.randrange(200, len(TEXT))]
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        return str(self._client.post("/api/classify", content=text.encode(), headers=headers).status_code)

    def _runaway(self, rng: random.Random) -> str:
        query = {"query": rng.choice(list(RUNAWAYS.values()))}
        return self._sparql(query, timeout="2")

    def _sparql(self, asked: dict[str, str], **params: str) -> str:
        """A reader that crashed is a limit to its client, and a fault here."""
        answer = self._client.post("/sparql", params=params, data=asked)
        return "crash" if ReaderCrashed.words in answer.text else str(answer.status_code)

    def _cut_off(self, rng: random.Random) -> str:
        """Leave in the middle of an answer, or before it."""
        place = urlsplit(self._address)
        with socket.create_connection((str(place.hostname), place.port or 80), timeout=HANGS) as link:
            query = urlencode({"query": rng.choice([RUNAWAYS["endless stream"], RUNAWAYS["cross product"]])})
            link.sendall(f"GET /sparql?{query} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            link.settimeout(rng.uniform(0.1, 2))
            try:
                for _ in range(rng.randrange(30)):
                    link.recv(1 << 16)
            except OSError:  # nothing comes for a while, or the service has cut it first
                return LEFT
        return LEFT
