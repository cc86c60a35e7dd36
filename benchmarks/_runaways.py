"""The worst queries in the world: what a public endpoint must bear."""

from __future__ import annotations

import socket
from collections import Counter
from threading import Event, Thread
from urllib.parse import urlencode, urlsplit

ALL = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i"
PATTERN = "^(([a-z])+.)+[A-Z]([a-z])+$"


def nested(depth: int = 60) -> str:
    """Sub-queries in sub-queries, each multiplying what is in it."""
    text = "{ ?a0 ?b0 ?c0 }"
    for n in range(1, depth):
        text = f"{{ SELECT * {{ {text} OPTIONAL {{ ?a{n} ?b{n} ?c{n} }} }} }}"
    return f"SELECT (COUNT(*) AS ?n) {{ {text} }}"


def values(rows: int = 20_000) -> str:
    """A table of some hundred kilobytes, joined with everything twice."""
    table = " ".join(f'(<http://example.org/{n}> "text {n}")' for n in range(rows))
    return f"SELECT (COUNT(*) AS ?n) {{ VALUES (?x ?y) {{ {table} }} ?a ?b ?c . ?d ?e ?f FILTER(?y < STR(?c)) }}"


RUNAWAYS = {
    "cross product": f"SELECT (COUNT(*) AS ?n) {{ {ALL} FILTER(?c < ?f) }}",
    "unbounded path": "SELECT (COUNT(*) AS ?n) { ?a (!<x:y>|^!<x:y>)* ?b . ?b (!<x:y>)* ?c }",
    "huge ORDER BY": f"SELECT * {{ {ALL} }} ORDER BY DESC(CONCAT(STR(?c), STR(?f), STR(?i)))",
    "catastrophic REGEX": f'SELECT (COUNT(*) AS ?n) {{ {ALL} FILTER REGEX(CONCAT(STR(?c), STR(?f)), "{PATTERN}") }}',
    "giant VALUES": values(),
    "deep nesting": nested(),
    "huge DISTINCT": f"SELECT (COUNT(*) AS ?n) {{ SELECT DISTINCT ?a ?d ?g {{ {ALL} }} }}",
    "endless stream": f"SELECT * {{ {ALL} }}",
}


class Runaway(Thread):
    """Asks one query over and over until told to stop, then leaves in the middle; notes how each time ended."""

    def __init__(self, address: str, text: str, ends: Counter[str]) -> None:
        super().__init__(daemon=True)
        self._place = urlsplit(address).hostname, urlsplit(address).port
        body = urlencode({"query": text}).encode()
        head = "POST /sparql HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept-Encoding: identity\r\n"
        kind = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        self._request = f"{head}{kind}".encode() + body
        self._ends = ends
        self.stop = Event()

    def run(self) -> None:
        while not self.stop.is_set():
            ended = self._ask()
            if ended:
                self._ends[ended] += 1
            if ended == "429":
                self.stop.wait(1)

    def _ask(self) -> str:
        start = end = b""
        with socket.create_connection(self._place) as link:  # type: ignore[arg-type]
            link.sendall(self._request)
            link.settimeout(0.2)
            while not self.stop.is_set():
                try:
                    piece = link.recv(1 << 16)
                except TimeoutError:
                    continue
                except ConnectionError:
                    piece = b""
                if not piece:
                    status = start[9:12].decode() or "cut off"
                    return "cut off" if b"chunked" in start and not end.endswith(b"0\r\n\r\n") else status
                start, end = (start + piece)[:1000], piece
        return ""
