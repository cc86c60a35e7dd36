"""Tells whether a store or a backup is as it was written, what is damaged, and what to do."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyoxigraph import DefaultGraph

from service.store.backup_archive import QUADS, Archive, QuadsDigest, lines_of, opened, pinned_name
from service.store.backup_restore import information, manifest_in
from service.store.errors import ArchiveDamaged, StoreError, StoreMissing
from service.store.files import hold
from service.store.generations import Generation, GenerationStore
from service.store.layout import ACCESS, Layout
from service.store.manifest import NAME, Manifest
from service.store.tally import count
from service.store.verify_sums import SUMS, broken_files


@dataclass(frozen=True)
class Finding:
    """One damage."""

    where: str
    what: str
    generation: int | None = None


@dataclass(frozen=True)
class Verdict:
    """What a verification found."""

    path: str
    checked: tuple[int, ...]
    findings: tuple[Finding, ...]
    advice: str
    """What to do; empty where nothing is wrong."""


def verify_store(folder: Path, *, deep: bool = False) -> Verdict:
    """Compare every file of every published generation with its checksum; `deep` reads every statement, too."""
    folder = folder.absolute()
    layout = Layout(folder)
    try:
        if layout.state() == "new":
            raise StoreMissing(f"There is no store in {folder}: name another folder.")
        store = GenerationStore.open(folder, create=False)
        current = layout.read_current()
    except StoreMissing:
        raise
    except StoreError as error:
        return Verdict(str(folder), (), (Finding(str(folder), str(error)),), "Mend this first, then verify again.")
    has_sums = layout.read_version() > 1
    findings, checked = list(_access(folder)), []
    for number in layout.numbers():
        path = layout.generation(number)
        if number > current:
            continue
        try:
            lease = hold(path / NAME, exclusive=False)
        except FileNotFoundError:
            if not path.is_dir():
                continue  # collected meanwhile
            lease = None
        try:
            checked.append(number)
            findings += _generation(store, number, path, has_sums, deep)
        finally:
            if lease is not None:
                os.close(lease)
    broken = {finding.generation for finding in findings}
    sound = [number for number in checked if number not in broken]
    return Verdict(str(folder), tuple(checked), tuple(findings), _advice(findings, current, sound))


def verify_archive(path: Path) -> Verdict:
    """Compare every member of a backup with its checksum, and the statements with their digest."""
    findings: list[Finding] = []
    number = 0
    try:
        with opened(path) as source:
            findings = [Finding(name, fault) for name, fault in source.broken_members()]
            info = information(source)
            number = info["manifest"]["generation"]
            if not findings:
                findings += _statements(source, QUADS, info)
                for entry in info["pinned"]:
                    findings += _statements(source, pinned_name(manifest_in(entry).generation), entry)
    except ArchiveDamaged as error:
        findings.append(Finding(path.name, str(error)))
    return Verdict(str(path), (number,) if number else (), tuple(findings), "Use another backup." if findings else "")


def _statements(source: Archive, member: str, entry: dict[str, Any]) -> Iterator[Finding]:
    found = QuadsDigest()
    for lines in lines_of(source.quads(member)):
        found.feed(lines)
    if (found.count, found.hexdigest()) != (entry["quads"], entry["digest"]):
        yield Finding(member, f"holds other statements ({found.count}) than were backed up ({entry['quads']})")


def _generation(store: GenerationStore, number: int, path: Path, has_sums: bool, deep: bool) -> list[Finding]:
    findings = []
    if has_sums or (path / SUMS).exists():
        findings += [Finding(f"{path.name}/{name}", fault, number) for name, fault in broken_files(path)]
    try:
        manifest = Manifest.read(path)
        if manifest.generation != number:
            findings.append(Finding(f"{path.name}/{NAME}", f"tells of generation {manifest.generation}", number))
        generation = store.generation(number)
        generation.reader()
        if deep:
            findings += _content(generation)
    except (StoreError, OSError, RuntimeError) as error:
        findings.append(Finding(path.name, str(error), number))
    return findings


def _content(generation: Generation) -> Iterator[Finding]:
    """Read every statement, which makes the engine check its own blocks, and compare the counts of the manifest."""
    reader, manifest, where = generation.reader(), generation.manifest, generation.path.name
    seen: set[str] = set()
    for graph in reader.named_graphs():
        key = graph.value if str(graph).startswith("<") else str(graph)
        seen.add(key)
        found = sum(1 for _ in reader.quads_for_pattern(None, None, None, graph))
        if found != manifest.graphs.get(key):
            told = manifest.graphs.get(key)
            yield Finding(where, f"graph {graph} holds {found} statements, not {told}", generation.number)
    for missing in set(manifest.graphs) - seen:
        yield Finding(where, f"graph {missing} is missing", generation.number)
    if (found := count(reader, DefaultGraph())) != manifest.default:
        yield Finding(where, f"the default graph holds {found} statements, not {manifest.default}", generation.number)


def _access(folder: Path) -> Iterator[Finding]:
    """Tokens must be readable; of the log only whole lines count, a last one that a crash cut short is no damage."""
    for name in ACCESS:
        path = folder / name
        if not path.exists():
            continue
        try:
            text = path.read_text(encoding="utf-8")
            for line in text.splitlines()[:-1] if name.endswith("l") else [text]:
                json.loads(line or "null")
        except (OSError, ValueError) as error:
            yield Finding(name, f"is unreadable ({error})")


def _advice(findings: list[Finding], current: int, sound: list[int]) -> str:
    if not findings:
        return ""
    if all(finding.generation is None for finding in findings):
        return "The data is sound; restore the file named above from a backup."
    if current in sound:
        return (
            f"The published generation {current} is sound. Look at the disk, make a backup (`strategraph backup`), and "
            "let the damaged generations go (`strategraph gc --keep 1`)."
        )
    if sound:
        return (
            f"The published generation {current} is damaged; {max(sound)} is sound. Look at the disk, then "
            f"`strategraph rollback {max(sound)}`, or restore a backup into a new folder (`strategraph restore`)."
        )
    return "No generation is sound. Look at the disk, and restore a backup into a new folder (`strategraph restore`)."
