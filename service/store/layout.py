"""The folder of a store: what lies where, and whether it is a store at all."""

import json
import os
import re
import secrets
from pathlib import Path
from typing import Literal

from service.store.errors import ForeignFolder, StoreDamaged, StoreMissing, disk_errors
from service.store.files import discard, write_atomically
from service.store.format import FORMAT_VERSION, check_version, migrate
from service.store.manifest import Mode

OURS = {
    *("FORMAT", "LOCK", "CURRENT", "RESTORING", "FORMAT.tmp", "LOCK.next", "CURRENT.tmp", "RESTORING.tmp"),
    *("generations", "drafts", "audit.jsonl", "tokens.json", "tokens.json.tmp", "tokens.lock", "lost+found"),
}
# Access to the service: kept beside the generations, and in backups too.
ACCESS = ("tokens.json", "audit.jsonl")
# In the folder of a generation that is to be kept for good: why.
PIN = "pin.txt"
NUMBER = re.compile(r"\d{6,}")


class Layout:
    """The paths of one store."""

    def __init__(self, path: Path) -> None:
        """Name the folder, without touching it."""
        self.path = path
        self.format = path / "FORMAT"
        self.lock = path / "LOCK"
        self.current = path / "CURRENT"
        self.generations = path / "generations"
        self.drafts = path / "drafts"
        self.restoring = path / "RESTORING"

    def generation(self, number: int) -> Path:
        """Return the folder of a generation."""
        return self.generations / f"{number:06}"

    def numbers(self) -> list[int]:
        """Return the numbers of all generation folders, ascending, published or not."""
        if not self.generations.is_dir():
            return []
        return sorted(int(p.name) for p in self.generations.iterdir() if NUMBER.fullmatch(p.name))

    def new_draft(self) -> Path:
        """Make a folder for unpublished work."""
        folder = self.drafts / f"{os.getpid()}-{secrets.token_hex(4)}"
        with disk_errors(self.path):
            folder.mkdir(parents=True)
        return folder

    def state(self) -> Literal["new", "ready"]:
        """Tell a store from an empty folder (or a creation that was cut short); anything else is an error."""
        if not self.path.exists():
            return "new"
        if not self.path.is_dir():
            raise ForeignFolder(f"{self.path} is a file, not the folder of a store: name another folder.")
        with disk_errors(self.path):
            names = {entry.name for entry in self.path.iterdir()}
        if "FORMAT" not in names and names - OURS:
            example = sorted(names - OURS)[0]
            raise ForeignFolder(
                f"{self.path} is not a store: it holds other things ({example}) and no FORMAT file. "
                "Name an empty folder, or one that does not exist yet."
            )
        if "FORMAT" in names:
            self.read_format()
        elif "CURRENT" in names:
            raise StoreDamaged(f"{self.format} is missing: restore it, e.g. from a backup of the store.")
        if "CURRENT" in names:
            return "ready"
        if "RESTORING" in names:
            raise StoreDamaged(f"A restore into {self.path} did not finish: run `strategraph restore` again.")
        if set(self.numbers()) - {1}:
            newest = self.numbers()[-1]
            raise StoreDamaged(
                f"{self.current} is missing: restore it, or write the newest generation ({newest}) in it."
            )
        return "new"

    def read_format(self) -> Mode:
        """Check the version of the format; the mode that FORMAT names (that of the manifest counts)."""
        try:
            data = json.loads(self.format.read_text(encoding="utf-8"))
            version, mode = data["format"], data["default_graph"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreDamaged(f"{self.format} is unreadable ({error}): restore it from a backup.") from error
        check_version(version, self.path)
        chosen: Mode = "strict" if mode == "strict" else "union"
        return chosen

    def read_version(self) -> int:
        """Return the version of the format, once `read_format` has found nothing wrong."""
        return int(json.loads(self.format.read_text(encoding="utf-8"))["format"])

    def write_format(self, mode: Mode) -> None:
        """Write FORMAT."""
        write_atomically(self.format, json.dumps({"format": FORMAT_VERSION, "default_graph": mode}) + "\n")

    def bring_up_to_date(self, mode: Mode) -> None:
        """Mend FORMAT, and migrate a store of an older format; only the holder of the lock may."""
        written = self.read_format()
        version = self.read_version()
        if version < FORMAT_VERSION:
            migrate(self.generation(number) for number in self.numbers())
        if version < FORMAT_VERSION or written != mode:
            self.write_format(mode)

    def read_current(self) -> int:
        """Return the number of the published generation."""
        try:
            number = int(self.current.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise StoreMissing(f"There is no finished store in {self.path}: load data first.") from error
        except (OSError, ValueError) as error:
            raise StoreDamaged(
                f"{self.current} is unreadable ({error}): write the newest number of {self.generations} in it."
            ) from error
        if not self.generation(number).is_dir():
            raise StoreDamaged(
                f"{self.current} names generation {number}, but {self.generation(number)} is missing: restore it, or "
                f"write another number in CURRENT (there are: {', '.join(map(str, self.numbers())) or 'none'})."
            )
        return number

    def sweep(self, current: int) -> None:
        """Remove what writers that did not finish left behind; only the holder of the lock may."""
        for folder in self.drafts.iterdir():
            discard(folder)
        for number in self.numbers():
            if number > current:
                discard(self.generation(number))
