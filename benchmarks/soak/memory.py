"""Samples the memory of a service's processes, and judges whether it grows."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import combinations
from threading import Event, Thread

import psutil

EVERY = 5.0
# A reader that used more of a processor than this since the last sample is at work, and its memory is the query's.
BUSY = 0.05
# What a window may gain before it counts as growth: noise of allocators and of the machine.
ALLOWED_SHARE = 0.05
ALLOWED_MB = 12.0


@dataclass(frozen=True)
class Verdict:
    """What became of one kind of process after the warm-up."""

    kind: str
    level: float
    """Median, in MB."""
    slope: float
    """MB an hour."""
    gained: float
    """MB over the window, along the slope."""

    @property
    def flat(self) -> bool:
        return self.gained <= max(ALLOWED_MB, ALLOWED_SHARE * self.level)

    def __str__(self) -> str:
        gained = f"{self.gained:>+8.1f} MB in the window  {'flat' if self.flat else 'GROWS'}"
        return f"{self.kind:<10}{self.level:>9.1f} MB{self.slope:>+9.1f} MB/h{gained}"


@dataclass
class Sampler(Thread):
    """Weighs the service, its readers that are idle, and all its other children."""

    process: psutil.Process
    samples: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    stop: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)
        self._used: dict[int, float] = {}

    __hash__ = Thread.__hash__

    def run(self) -> None:
        begun = time.monotonic()
        while not self.stop.wait(EVERY):
            now = time.monotonic() - begun
            self.samples["service"].append((now, own(self.process)))
            idle = [own(child) for child in self.process.children() if is_reader(child) and not self._busy(child)]
            if idle:
                self.samples["readers"].append((now, statistics.mean(idle)))

    def _busy(self, child: psutil.Process) -> bool:
        try:
            used = sum(child.cpu_times()[:2])
        except psutil.Error:
            return True
        before = self._used.get(child.pid)
        self._used[child.pid] = used
        return before is None or used - before > BUSY * EVERY


def own(process: psutil.Process) -> float:
    """Memory in MB that is a process's alone: pages of the store's files are shared with all."""
    try:
        info = process.memory_info()
    except psutil.Error:
        return 0.0
    return float(info.rss - info.shared) / 1e6


def is_reader(process: psutil.Process) -> bool:
    try:
        return "service.store.reader_process" in process.cmdline()
    except psutil.Error:
        return False


def judge(kind: str, samples: list[tuple[float, float]], warm_up: float) -> Verdict:
    """Fit a line that outliers do not bend: the median of the slopes between all pairs of samples (Theil and Sen)."""
    window = [sample for sample in samples if sample[0] >= warm_up]
    thinned = window[:: max(len(window) // 300, 1)]
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in combinations(thinned, 2) if b[0] > a[0]]
    slope = statistics.median(slopes) if slopes else 0.0
    length = window[-1][0] - window[0][0] if window else 0.0
    level = statistics.median(weight for _, weight in window) if window else 0.0
    return Verdict(kind, level, slope * 3600, slope * length)
