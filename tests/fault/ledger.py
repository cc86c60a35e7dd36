"""What clients wrote and were told, and whether a store keeps all of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import httpx
from pyoxigraph import Literal, NamedNode, Store

from service.store.backup import backup
from service.store.backup_archive import QuadsDigest, lines_of
from service.store.backup_restore import restore
from service.store.generations import GenerationStore
from service.store.verify import verify_archive, verify_store

E = "http://example.org/"
SIZE = 40
# Between the writes of one client, in seconds: the others, and those that are to be killed, need the processor, too.
PAUSE = 0.1
# An answer that says that nothing was written; anything else but success is a failure of the suite.
DECLINED = {429, 503, 507}


@dataclass
class Sequence:
    """One client's writes, numbered from 1; it sends the next when the last is answered."""

    name: str
    sent: int = 0
    acknowledged: int = 0

    def body(self, number: int) -> str:
        """Triples that all say the same number."""
        return "\n".join(f"<{E}{self.name}/{n}> <{E}is> {number} ." for n in range(SIZE))


@dataclass
class Ledger:
    """All clients, and what they were told."""

    store: Path
    inserts: Sequence = field(default_factory=lambda: Sequence("insert"))
    counter: Sequence = field(default_factory=lambda: Sequence("counter"))
    put: Sequence = field(default_factory=lambda: Sequence("put"))
    load: Sequence = field(default_factory=lambda: Sequence("load"))
    confirmed: int = 0
    """Acknowledged writes of all clients."""

    @property
    def sequences(self) -> tuple[Sequence, ...]:
        return self.inserts, self.counter, self.put, self.load

    def acknowledge(self, sequence: Sequence, number: int) -> None:
        sequence.acknowledged = number
        self.confirmed += 1

    def check(self) -> int:
        """Open the store as anyone would, and compare it with what was acknowledged; the generation that was seen."""
        least = {s.name: s.acknowledged for s in self.sequences}
        generation = GenerationStore.open(self.store, create=False).current()
        reader, manifest = generation.reader(), generation.manifest
        found = {s.name: self.found_of(reader, s) for s in self.sequences}
        for sequence in self.sequences:
            told = f"{sequence.name}: {found[sequence.name]} of {least[sequence.name]} to {sequence.sent}"
            assert least[sequence.name] <= found[sequence.name] <= sequence.sent, told
        named = {q.triple for graph in reader.named_graphs() for q in reader.quads_for_pattern(None, None, None, graph)}
        default = [q for q in reader if str(q.graph_name) == "DEFAULT"]
        assert {q.triple for q in default} == named
        assert manifest.default == len(default)
        assert manifest.quads == len(reader) - len(default)
        return generation.number

    def settle(self) -> None:
        """When nobody writes: what an unanswered write left is what counts from now on."""
        reader = GenerationStore.open(self.store, create=False).current().reader()
        for sequence in self.sequences:
            sequence.acknowledged = sequence.sent = self.found_of(reader, sequence)

    def check_hashes(self) -> None:
        """Every file of every generation is as it was published."""
        assert verify_store(self.store).findings == ()

    def check_backup(self, archive: Path) -> None:
        """An archive is there as a whole or not at all."""
        if archive.exists():
            assert verify_archive(archive).findings == ()

    def check_restore(self, folder: Path) -> None:
        """A backup of the store brings all of it back."""
        store = GenerationStore.open(self.store, create=False)
        made = backup(store, folder / "last.tar", force=True)
        restored = restore(folder / "last.tar", folder / "restored")
        digest = QuadsDigest()
        for lines in lines_of(q for q in restored.reader() if str(q.graph_name) != "DEFAULT"):
            digest.feed(lines)
        assert (digest.count, digest.hexdigest()) == (made.quads, made.digest)

    def found_of(self, reader: Store, sequence: Sequence) -> int:
        """How many writes of a client are there; each of them must be whole, and none may be missing in between."""
        graph = NamedNode(E + sequence.name)
        numbers = [int(q.object.value) for q in reader.quads_for_pattern(None, None, None, graph)]
        if sequence is self.inserts:
            twin = [int(q.object.value) for q in reader.quads_for_pattern(None, None, None, NamedNode(E + "twin"))]
            assert sorted(twin) == sorted(numbers) == list(range(1, len(numbers) + 1))
            return len(numbers)
        if sequence is self.counter:
            assert len(numbers) <= 1
            return numbers[0] if numbers else 0
        assert len(set(numbers)) <= 1, f"half a write of {sequence.name}"
        assert len(numbers) in (0, SIZE), f"half a write of {sequence.name}"
        return numbers[0] if numbers else 0


class Clients:
    """Threads that write over HTTP, each its own sequence, until they are stopped or the server is gone."""

    def __init__(self, ledger: Ledger, client: httpx.Client) -> None:
        self._ledger = ledger
        self._client = client
        self._stop = Event()
        self.failures: list[str] = []
        self._threads = [Thread(target=self._write, args=(s,)) for s in ledger.sequences if s is not ledger.load]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let what was begun be answered."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._client.close()
        assert not self.failures

    def _write(self, sequence: Sequence) -> None:
        while not self._stop.is_set():
            number = sequence.acknowledged + 1
            sequence.sent = number
            try:
                answer = self._send(sequence, number)
            except httpx.TransportError:
                return
            time.sleep(PAUSE)
            if answer.is_success:
                self._ledger.acknowledge(sequence, number)
            elif answer.status_code not in DECLINED:
                self.failures.append(answer.text)
                return

    def _send(self, sequence: Sequence, number: int) -> httpx.Response:
        if sequence is self._ledger.put:
            headers = {"Content-Type": "text/turtle"}
            return self._client.put(
                "/graphs", params={"graph": E + "put"}, content=sequence.body(number), headers=headers
            )
        if sequence is self._ledger.counter:
            bound = str(Literal(number - 1).value)
            at = f"GRAPH <{E}counter> {{ <{E}c> <{E}is> ?old }}"
            text = (
                f"DELETE {{ {at} }} INSERT {{ GRAPH <{E}counter> {{ <{E}c> <{E}is> ?new }} }} "
                f"WHERE {{ OPTIONAL {{ {at} }} BIND(COALESCE(?old, 0) + 1 AS ?new) FILTER(?new = {bound} + 1) }}"
            )
        else:
            at = f"<{E}i{number}> <{E}is> {number}"
            text = f"INSERT DATA {{ GRAPH <{E}insert> {{ {at} }} GRAPH <{E}twin> {{ {at} }} }}"
        return self._client.post("/sparql", data={"update": text})
