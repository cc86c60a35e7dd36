"""Faults: damaged and foreign folders, full and read-only disks, killed and concurrent writers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from store_helpers import assert_counts, assert_union, iri, many, quad

from service.store.changes import Change
from service.store.errors import (
    ForeignFolder,
    FormatTooNew,
    StoreDamaged,
    StoreFull,
    StoreMissing,
    StoreReadOnly,
)
from service.store.generations import GenerationStore

ROOT = Path(__file__).resolve().parents[2]


def run_python(code: str, *arguments: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(Path(__file__).parent)])}
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *arguments], env=environment, stdout=subprocess.PIPE
    )


def mounted(path: Path, *options: str) -> None:
    path.mkdir(exist_ok=True)
    if os.geteuid() != 0 or subprocess.run(["mount", *options, str(path)], check=False, capture_output=True).returncode:
        pytest.skip("mounting is not possible here")


def test_a_foreign_folder_is_left_alone(tmp_path):
    (tmp_path / "holiday.jpg").write_bytes(b"")
    with pytest.raises(ForeignFolder, match=r"holiday.jpg.*Name an empty folder"):
        GenerationStore.open(tmp_path)
    with pytest.raises(ForeignFolder, match="is a file"):
        GenerationStore.open(tmp_path / "holiday.jpg")
    assert [p.name for p in tmp_path.iterdir()] == ["holiday.jpg"]


def test_a_missing_store_is_made_only_on_request(tmp_path):
    with pytest.raises(StoreMissing, match="no store in"):
        GenerationStore.open(tmp_path / "store", create=False)
    assert not (tmp_path / "store").exists()


def test_a_newer_format_is_refused(tmp_path):
    GenerationStore.open(tmp_path)
    (tmp_path / "FORMAT").write_text(json.dumps({"format": 3, "default_graph": "union"}))
    with pytest.raises(FormatTooNew, match="format 3, this program knows 2"):
        GenerationStore.open(tmp_path)


@pytest.mark.parametrize("left", [[], ["FORMAT"], ["FORMAT", "LOCK", "generations/000001/half"]])
def test_a_creation_that_was_cut_short_is_finished(tmp_path, left):
    (tmp_path / "generations" / "000001").mkdir(parents=True)
    (tmp_path / "drafts" / "1-x").mkdir(parents=True)
    for name in left:
        (tmp_path / name).write_text('{"format": 1, "default_graph": "union"}')
    assert GenerationStore.open(tmp_path).current().number == 1


def test_damage_is_named(tmp_path):
    store = GenerationStore.open(tmp_path)
    with store.draft("test", "") as draft:
        draft.apply(Change(frozenset([quad("a", "p", 1)])))
        draft.publish()
    (tmp_path / "CURRENT").write_text("7\n")
    with pytest.raises(StoreDamaged, match=r"names generation 7.*there are: 1, 2"):
        GenerationStore.open(tmp_path)
    (tmp_path / "CURRENT").write_text("")
    with pytest.raises(StoreDamaged, match="CURRENT is unreadable"):
        GenerationStore.open(tmp_path)
    (tmp_path / "CURRENT").unlink()
    with pytest.raises(StoreDamaged, match=r"CURRENT is missing.*newest generation \(2\)"):
        GenerationStore.open(tmp_path)
    (tmp_path / "CURRENT").write_text("2\n")
    (tmp_path / "FORMAT").unlink()
    with pytest.raises(StoreDamaged, match="FORMAT is missing"):
        GenerationStore.open(tmp_path)
    (tmp_path / "FORMAT").write_text("{")
    with pytest.raises(StoreDamaged, match="FORMAT is unreadable"):
        GenerationStore.open(tmp_path)


def test_a_damaged_generation_is_named_and_can_be_rolled_back(tmp_path):
    store = GenerationStore.open(tmp_path)
    with store.draft("test", "") as draft:
        draft.apply(Change(frozenset([quad("a", "p", 1)])))
        broken = draft.publish()
    (broken.path / "data" / "CURRENT").unlink()
    store = GenerationStore.open(tmp_path)
    with pytest.raises(StoreDamaged, match="000002 cannot be opened"):
        store.current().reader()
    assert list(store.rollback(1, "test").reader()) == []
    (store.current().path / "manifest.json").unlink()
    with pytest.raises(StoreDamaged, match=r"manifest.json is missing"):
        GenerationStore.open(tmp_path)


def test_a_read_only_store_can_be_read(tmp_path):
    store = GenerationStore.open(tmp_path / "store")
    with store.draft("test", "") as draft:
        draft.apply(Change(frozenset([quad("a", "p", 1)])))
        draft.publish()
    view = tmp_path / "view"
    mounted(view, "--bind", str(tmp_path))
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(view)], check=True)
        opened = GenerationStore.open(view / "store")
        assert len(list(opened.quads(opened.current().reader()))) == 1
        with pytest.raises(StoreReadOnly, match="cannot be written"), opened.draft("test", ""):
            pass
        with pytest.raises(StoreReadOnly, match="cannot be written"):
            GenerationStore.open(view / "new")
    finally:
        del opened
        subprocess.run(["umount", "-l", str(view)], check=True)


def test_a_folder_without_permission_is_told(tmp_path, monkeypatch):
    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(tmp_path / "store"))

    monkeypatch.setattr(Path, "mkdir", forbidden)
    with pytest.raises(StoreReadOnly, match="Permission denied"):
        GenerationStore.open(tmp_path / "store")


def test_a_full_disk_leaves_the_store_as_it_was(tmp_path):
    disk = tmp_path / "disk"
    mounted(disk, "-t", "tmpfs", "-o", "size=4m", "none")
    try:
        store = GenerationStore.open(disk / "store")
        for write in ("bulk_add", "replace_graph", "apply"):
            with pytest.raises(StoreFull, match="free some"), store.draft("test", "too much") as draft:
                if write == "bulk_add":
                    draft.bulk_add(many(60_000))
                elif write == "replace_graph":
                    draft.replace_graph(iri("g"), many(60_000))
                else:
                    for n in range(0, 200_000, 5000):
                        draft.apply(Change(frozenset(many(5000, first=n))))
                draft.publish()
        assert store.current().number == 1
        with store.draft("test", "little") as draft:
            draft.apply(Change(frozenset([quad("a", "p", 1)])))
            assert draft.publish().number == 2
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.mark.parametrize("step", ["sync_tree", "sync", "write_atomically"])
def test_a_publication_that_fails_half_way_changes_nothing(tmp_path, monkeypatch, step):
    store = GenerationStore.open(tmp_path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(f"service.store.generations.{step}", full)
        with pytest.raises(StoreFull), store.draft("test", "") as draft:
            draft.apply(Change(frozenset([quad("a", "p", 1)])))
            draft.publish()
    assert store.current().number == 1
    with store.draft("test", "") as draft:
        draft.apply(Change(frozenset([quad("b", "p", 2)])))
        assert draft.publish().number == 2
    assert set(store.quads(store.current().reader())) == {quad("b", "p", 2)}
    assert_counts(store.current())


WRITER = """
    import sys
    from store_helpers import quad
    from service.store.changes import Change
    from service.store.generations import GenerationStore
    store, name, times = GenerationStore.open(sys.argv[1], keep=3, grace=0), sys.argv[2], int(sys.argv[3])
    print("ready", flush=True)
    for n in range(times):
        with store.draft(name, str(n)) as draft:
            draft.apply(Change(frozenset([quad(f"{name}{n}", "p", n), quad(f"{name}{n}", "q", n, "h")])))
            draft.publish()
        print(n, flush=True)
"""


def test_a_killed_writer_leaves_the_last_published_generation(tmp_path):
    GenerationStore.open(tmp_path)
    acknowledged = set()
    for round_ in range(15):
        process = run_python(WRITER, str(tmp_path), f"r{round_}x", "1000")
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.02 + 0.017 * round_)
        process.send_signal(signal.SIGKILL)
        lines = process.stdout.read().split(b"\n")[:-1]
        process.stdout.close()
        process.wait()
        acknowledged |= {f"r{round_}x{int(line)}" for line in lines}
        generation = GenerationStore.open(tmp_path, create=False).current()
        assert_counts(generation)
        assert_union(generation.reader())
        found = {q.subject.value.rpartition("/")[2] for q in generation.reader()}
        assert acknowledged <= found
        assert generation.manifest.quads == 2 * len(found)
    store = GenerationStore.open(tmp_path)
    with store.draft("test", "after") as draft:
        assert [p.name for p in (tmp_path / "drafts").iterdir()] == [draft.folder.name]
    assert max(int(p.name) for p in (tmp_path / "generations").iterdir()) == store.current().number


def test_two_writing_processes_lose_nothing(tmp_path):
    # Both also create the store.
    processes = [run_python(WRITER, str(tmp_path / "store"), name, "8") for name in ("a", "b")]
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    store = GenerationStore.open(tmp_path / "store")
    assert store.current().manifest.quads == 32
    assert store.current().number == 17
    assert_counts(store.current())


def test_a_store_is_created_once(tmp_path):
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _: GenerationStore.open(tmp_path / "store"), range(4)))
    assert {store.current().number for store in stores} == {1}
    assert {p.name for p in (tmp_path / "store").iterdir()} == {
        *("FORMAT", "LOCK", "LOCK.next", "CURRENT", "generations", "drafts", "audit.jsonl")
    }
