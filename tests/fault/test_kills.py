"""Kills processes at random moments of concurrent writes: nothing acknowledged is lost, nothing is half there.

`make fault KILLS=500` for the long run. FAULT_SEED repeats the moments of a run as far as the machine does.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from ledger import Clients, Ledger
from thoroughness import KILLS, SECONDS
from victims import Server, Victim

from service.store.generations import GenerationStore

pytestmark = pytest.mark.slow
SEED = int(os.environ.get("FAULT_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)


class Campaign:
    """Kills until there were enough."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = folder / "store"
        self.archive = folder / "backup.tar"
        self.random = random.Random(SEED)
        self.kills: Counter[str] = Counter()
        self.finished: Counter[str] = Counter()
        self.ledger = Ledger(self.store)
        GenerationStore.open(self.store)

    def run(self) -> None:
        rounds = 0
        ends = time.monotonic() + SECONDS
        while self.kills.total() < KILLS and time.monotonic() < ends:
            rounds += 1
            if rounds % 5 == 0:
                self.kill_a_rollback()
            else:
                self.kill_while_all_write()
        self.ledger.check_hashes()
        self.ledger.check_restore(self.folder)

    def kill_while_all_write(self) -> None:
        """A server with clients; beside it loads and backups that are killed; then the server itself."""
        server = Server(self.store, self.folder / "serve.log")
        clients = Clients(self.ledger, server.client())
        for begin in self.random.choices([self.load, self.backup, self.collection], [2, 3, 3], k=8):
            self.kill_or_finish(*begin())
        time.sleep(self.random.uniform(0, 0.3))
        self.count("serve", server.kill())
        clients.stop()
        self.check()
        self.ledger.settle()

    def load(self) -> tuple[str, Victim, Callable[[Victim], bool]]:
        sequence = self.ledger.load
        sequence.sent = number = sequence.acknowledged + 1
        source = self.folder / "load.nt"
        xsd = "http://www.w3.org/2001/XMLSchema#integer"
        source.write_text(sequence.body(number).replace(f"> {number} .", f'> "{number}"^^<{xsd}> .'))
        options = ("--graph", "http://example.org/load", "--store", self.store)
        victim = Victim(self.folder / "load.log", "load", "rdf", source, *options)
        return "load", victim, lambda process: process.holds_lock(self.store)

    def backup(self) -> tuple[str, Victim, Callable[[Victim], bool]]:
        victim = Victim(self.folder / "backup.log", "backup", self.archive, "--force", "--store", self.store)
        part = self.archive.with_name(f"{self.archive.name}.part")
        return "backup", victim, lambda process: part.exists()

    def collection(self) -> tuple[str, Victim, Callable[[Victim], bool]]:
        options = ("--keep", 3, "--grace", 0, "--store", self.store)
        return "gc", Victim(self.folder / "gc.log", "gc", *options), lambda process: process.holds_lock(self.store)

    def kill_or_finish(self, name: str, victim: Victim, at_work: Callable[[Victim], bool]) -> None:
        """Kill at any moment, or soon after its work on the disk began; now and then let it finish."""
        if self.random.random() < 0.15:
            assert victim.finish() == 0, victim.log.read_text()
            killed = False
        else:
            if self.random.random() < 0.7:
                while victim.running and not at_work(victim):
                    time.sleep(0.002)
                time.sleep(self.random.uniform(0, 0.06))
            else:
                time.sleep(self.random.uniform(0, 0.5))
            killed = victim.kill()
        self.count(name, killed)
        if name == "load" and not killed:
            self.ledger.acknowledge(self.ledger.load, self.ledger.load.sent)
        self.check()
        if name == "load":
            self.settle_load()

    def settle_load(self) -> None:
        """A load that was killed may have published before; only the loads are quiet now."""
        sequence = self.ledger.load
        reader = GenerationStore.open(self.store, create=False).current().reader()
        sequence.acknowledged = sequence.sent = self.ledger.found_of(reader, sequence)

    def kill_a_rollback(self) -> None:
        """Nobody else writes, as a rollback takes back what was acknowledged, which is its purpose."""
        store = GenerationStore.open(self.store, create=False)
        before = store.current()
        target = self.random.choice([manifest.generation for manifest in store.history()])
        contents = [set(before.reader()), set(store.generation(target).reader())]
        victim = Victim(self.folder / "rollback.log", "rollback", target, "--store", self.store)
        while victim.running and not victim.holds_lock(self.store):
            time.sleep(0.001)
        time.sleep(self.random.uniform(0, 0.05))
        self.count("rollback", victim.kill())
        after = GenerationStore.open(self.store, create=False).current()
        assert set(after.reader()) == contents[after.number > before.number]
        if after.number > before.number:
            GenerationStore.open(self.store).rollback(before.number, "the suite")
        self.check()

    def count(self, name: str, killed: bool) -> None:
        (self.kills if killed else self.finished)[name] += 1

    def check(self) -> None:
        """After each kill, while others may go on writing."""
        self.ledger.check()
        self.ledger.check_backup(self.archive)

    def report(self) -> str:
        kills = ", ".join(f"{name} {number}" for name, number in sorted(self.kills.items()))
        return (
            f"{self.kills.total()} kills ({kills}), {self.finished.total()} finished before, "
            f"{self.ledger.confirmed} writes acknowledged, 0 lost (seed {SEED})"
        )


def test_nothing_acknowledged_is_lost(tmp_path, record_property):
    campaign = Campaign(tmp_path)
    began = time.monotonic()
    campaign.run()
    record_property("report", f"{campaign.report()}; {time.monotonic() - began:.0f} s")
    assert campaign.kills.total() > 0
    assert campaign.ledger.confirmed > 0
    # What the killed left behind goes with the next write.
    with GenerationStore.open(campaign.store).draft("after", "") as draft:
        assert [folder.name for folder in (campaign.store / "drafts").iterdir()] == [draft.folder.name]
