"""The audit log: one line of JSON for each write, kept when the generations it tells of are long gone.

Each generation's manifest says who wrote what into it. The log is brought up to date from the manifests, after every
publish and before the next one, so that a process that is killed in between loses no line.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from service.store.manifest import Manifest

NAME = "audit.jsonl"
# Longer than any line: what is read from the end to find the last generation.
TAIL = 1 << 20


class AuditLog:
    """Appends, and reads back."""

    def __init__(self, folder: Path) -> None:
        """Name the file; it is made with the first line."""
        self.path = folder / NAME

    def append(self, entries: Iterable[dict[str, Any]]) -> None:
        """Write lines that survive a power cut."""
        text = "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries)
        if not text:
            return
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
        try:
            # A line that a full disk or a crash cut short must not spoil the next one.
            start = "" if self._ends_well() else "\n"
            os.write(handle, (start + text).encode())
            os.fsync(handle)
        finally:
            os.close(handle)

    def catch_up(self, manifests: Iterable[Manifest]) -> None:
        """Add the writes of generations that the log does not know yet."""
        known = self.last_generation()
        self.append(entry for manifest in manifests if manifest.generation > known for entry in entries_of(manifest))

    def entries(self) -> Iterator[dict[str, Any]]:
        """Every line, the oldest first; a line that was cut short is left out."""
        try:
            with self.path.open(encoding="utf-8", errors="replace") as file:
                yield from filter(None, map(_parsed, file))
        except FileNotFoundError:
            return

    def last_generation(self) -> int:
        """The newest generation that the log tells of; 0 if none."""
        try:
            with self.path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(size - TAIL, 0))
                lines = file.read().decode("utf-8", "replace").splitlines()
        except FileNotFoundError:
            return 0
        found = (entry.get("generation") for entry in map(_parsed, reversed(lines)) if entry)
        return next((number for number in found if isinstance(number, int)), 0)

    def _ends_well(self) -> bool:
        with self.path.open("rb") as file:
            if file.seek(0, os.SEEK_END) == 0:
                return True
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"


def entries_of(manifest: Manifest) -> Iterator[dict[str, Any]]:
    """Who wrote what into a generation."""
    own: dict[str, Any] = {
        "agent": manifest.agent,
        "message": manifest.message,
        "added": manifest.added,
        "removed": manifest.removed,
        "graphs": manifest.touched,
    }
    for write in manifest.writes or (own,):
        yield entry(
            write["agent"],
            write["message"],
            time=manifest.created,
            generation=manifest.generation,
            added=write["added"],
            removed=write["removed"],
            graphs=write["graphs"],
        )


def entry(who: str, what: str, *, time: str, **more: Any) -> dict[str, Any]:
    """One line."""
    return {"time": time, "who": who, "what": what, **more}


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
