"""Backup, restore and verify: identical quad for quad, and a clear word for everything that is not."""

from __future__ import annotations

import json
import shutil
import tarfile
from pathlib import Path
from threading import Event, Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, Quad
from store_helpers import assert_union, iri, many, quad

from service.access.principals import Role
from service.access.tokens import Tokens
from service.store.backup import backup
from service.store.backup_restore import restore
from service.store.changes import Change
from service.store.errors import (
    ArchiveDamaged,
    ArchiveExists,
    FormatTooNew,
    FormatTooOld,
    StoreDamaged,
    StoreError,
    StoreMissing,
    StoreNotEmpty,
)
from service.store.generations import GenerationStore
from service.store.verify import verify_archive, verify_store

AWKWARD = [
    Literal('two\nlines \\ "quoted" \t ž'),
    Literal("kraj", language="cs"),
    Literal("2026-02-30", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#date")),
    Literal("007", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#integer")),
    BlankNode("b1"),
    BlankNode(),
]


def written(store: GenerationStore, *quads: Quad, created: str | None = None) -> int:
    graphs = frozenset([iri(created)] if created else [])
    with store.draft("ola", "a write") as draft:
        draft.apply(Change(frozenset(quads), graphs_created=graphs))
        return draft.publish().number


def content(store: GenerationStore, number: int | None = None) -> tuple[frozenset[Quad], frozenset[str]]:
    reader = (store.current() if number is None else store.generation(number)).reader()
    return frozenset(reader), frozenset(map(str, reader.named_graphs()))


@pytest.fixture(params=["union", "strict"])
def store(request, tmp_path) -> GenerationStore:
    """Awkward terms, an empty graph, a graph named by a blank node, a pinned generation, a token and an audit log."""
    made = GenerationStore.open(tmp_path / "store", default_graph=request.param)
    quads = [Quad(iri(f"s{n}"), iri("p"), term, iri("g")) for n, term in enumerate(AWKWARD)]
    cited = written(made, *quads, quad("a", "p", 1, None), created="empty")
    made.pin(cited, "cited in a report")
    written(made, Quad(BlankNode("b1"), iri("p"), BlankNode("b2"), BlankNode("g1")), quad("s0", "q", "o", "h"))
    with made.draft("ola", "removal") as draft:
        draft.apply(Change(removed=frozenset([quads[0]])))
        draft.publish()
    Tokens(made.path).create("Ola", Role.writer)
    return made


def test_a_restored_store_is_the_same(store, tmp_path):
    made = backup(store, tmp_path / "b.tar")
    assert (made.generation, made.pinned) == (4, (2,))
    assert verify_archive(tmp_path / "b.tar").findings == ()
    restore(tmp_path / "b.tar", tmp_path / "new")
    again = GenerationStore.open(tmp_path / "new", create=False)
    assert again.current().number == store.current().number
    assert again.default_graph == store.default_graph
    assert content(again) == content(store)
    assert again.pins() == store.pins()
    assert content(again, 2) == content(store, 2)
    assert again.generation(2).manifest == store.generation(2).manifest
    assert set(again.diff(2, 4)) == set(store.diff(2, 4))
    old_log, new_log = list(store.audit.entries()), list(again.audit.entries())
    assert new_log[: len(old_log)] == old_log
    assert [entry["who"] for entry in new_log[len(old_log) :]] == ["restore"]
    assert [t.principal for t in Tokens(again.path).all()] == [t.principal for t in Tokens(store.path).all()]
    assert verify_store(again.path, deep=True).findings == ()
    if again.default_graph == "union":
        assert_union(again.current().reader())
    assert written(again, quad("after", "p", 1)) == 5
    assert again.rollback(2, "test").manifest.quads == store.generation(2).manifest.quads


def test_an_older_generation_gets_a_number_of_its_own(store, tmp_path):
    backup(store, tmp_path / "b.tar", 3)
    assert restore(tmp_path / "b.tar", tmp_path / "new").number == 5
    assert content(GenerationStore.open(tmp_path / "new"))[0] == content(store, 3)[0]


def test_a_backup_while_others_write_is_one_generation(tmp_path):
    store = GenerationStore.open(tmp_path / "store", keep=2, grace=0)
    written(store, *many(3000))
    stop = Event()

    def write() -> None:
        other, n = GenerationStore.open(tmp_path / "store", keep=2, grace=0), 0
        while not stop.is_set():
            written(other, quad(f"w{n}", "p", n, "w"), quad(f"w{n}", "q", n, "v"))
            n += 1

    writer = Thread(target=write)
    writer.start()
    try:
        made = [backup(store, tmp_path / f"{n}.tar") for n in range(3)]
    finally:
        stop.set()
        writer.join()
    for n, each in enumerate(made):
        restored = restore(tmp_path / f"{n}.tar", tmp_path / f"new{n}")
        counts = restored.manifest.graphs
        assert counts["http://example.org/g"] == 3000
        assert counts.get("http://example.org/w") == counts.get("http://example.org/v")
        assert restored.manifest.quads == each.quads


def test_nothing_is_overwritten_unasked(store, tmp_path):
    (tmp_path / "b.tar").write_text("mine")
    with pytest.raises(ArchiveExists, match="--force"):
        backup(store, tmp_path / "b.tar")
    assert (tmp_path / "b.tar").read_text() == "mine"
    with pytest.raises(ArchiveExists, match="folder"):
        backup(store, tmp_path)
    backup(store, tmp_path / "b.tar", force=True)
    before = content(store)
    with pytest.raises(StoreNotEmpty, match="another folder"):
        restore(tmp_path / "b.tar", store.path)
    assert content(store) == before
    with pytest.raises(StoreMissing, match="no backup"):
        restore(tmp_path / "none.tar", tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.fixture(scope="module")
def sound(tmp_path_factory) -> Path:
    """An archive, with its store beside it."""
    folder = tmp_path_factory.mktemp("sound")
    store = GenerationStore.open(folder / "store")
    store.pin(written(store, *many(20)), "cited")
    written(store, *many(30, "h"))
    backup(store, folder / "b.tar")
    return folder


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(place=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255), cut=st.booleans())
def test_damage_is_told_or_harmless(sound, tmp_path_factory, place, flip, cut):
    """Whatever byte is wrong, wherever the file ends: one line, no store; or exactly the same store."""
    folder = tmp_path_factory.mktemp("damaged")
    data = bytearray((sound / "b.tar").read_bytes())
    at = int(place * len(data))
    if cut:
        del data[at:]
    else:
        data[at] ^= flip
    (folder / "b.tar").write_bytes(data)
    verdict = verify_archive(folder / "b.tar")
    try:
        restore(folder / "b.tar", folder / "new")
    except StoreError as error:
        assert verdict.findings
        assert "\n" not in str(error)
        with pytest.raises(StoreError):
            GenerationStore.open(folder / "new", create=False)
    else:
        assert content(GenerationStore.open(folder / "new")) == content(GenerationStore.open(sound / "store"))
    shutil.rmtree(folder)


@pytest.mark.parametrize("foreign", ["empty", "text", "tar", "zip"])
def test_a_foreign_file_is_refused(tmp_path, foreign):
    path = tmp_path / "b.tar"
    if foreign == "tar":
        with tarfile.open(path, "w") as tar:
            tar.add(__file__, "holiday.py")
    else:
        path.write_bytes({"empty": b"", "text": b"dear diary\n" * 200, "zip": b"PK\x03\x04" + bytes(600)}[foreign])
    with pytest.raises(ArchiveDamaged, match=r"not a backup"):
        restore(path, tmp_path / "new")
    assert verify_archive(path).advice == "Use another backup."
    assert not (tmp_path / "new").exists()


def test_an_archive_of_a_newer_version_is_refused(sound, tmp_path):
    folder = tmp_path / "members"
    with tarfile.open(sound / "b.tar") as tar:
        tar.extractall(folder, filter="data")
    info = json.loads((folder / "backup.json").read_text())
    (folder / "backup.json").write_text(json.dumps({**info, "archive": 9}))
    with tarfile.open(tmp_path / "b.tar", "w") as tar:
        tar.add(folder, "")
    with pytest.raises(ArchiveDamaged, match="has version 9, this program knows 1"):
        restore(tmp_path / "b.tar", tmp_path / "new")


def test_a_restore_that_is_cut_short_is_no_store_and_can_be_repeated(sound, tmp_path, monkeypatch):
    class PowerCut(BaseException):
        pass

    def cut(*_: object) -> None:
        raise PowerCut

    for step in ("count", "write_sums", "sync", "_write_private"):
        with monkeypatch.context() as patch:
            patch.setattr(f"service.store.backup_restore.{step}", cut)
            # The archive of this test has no tokens, so its log is the only private file.
            with pytest.raises(PowerCut):
                restore(sound / "b.tar", tmp_path / "new")
        with pytest.raises(StoreDamaged, match="run `strategraph restore` again"):
            GenerationStore.open(tmp_path / "new")
    restore(sound / "b.tar", tmp_path / "new")
    assert content(GenerationStore.open(tmp_path / "new")) == content(GenerationStore.open(sound / "store"))


def test_what_was_killed_is_overwritten_by_the_next_backup(store, tmp_path):
    (tmp_path / "b.tar.part").write_bytes(b"half" * 1000)
    backup(store, tmp_path / "b.tar")
    assert verify_archive(tmp_path / "b.tar").findings == ()
    assert not (tmp_path / "b.tar.part").exists()


# -- verify --------------------------------------------------------------------------------------------------------


def damaged(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_damage_to_a_store_is_named_with_what_to_do(store):
    assert verify_store(store.path).findings == ()
    newest, oldest = store.current().path, store.generation(2).path
    own = next(p for p in (newest / "data").glob("*.sst") if p.stat().st_nlink == 1)
    damaged(own)
    verdict = verify_store(store.path)
    assert {finding.generation for finding in verdict.findings} == {4}
    assert any(own.name in finding.where and "has changed" in finding.what for finding in verdict.findings)
    assert "`strategraph rollback 3`" in verdict.advice
    (oldest / "manifest.json").unlink()
    assert any("manifest.json" in finding.where for finding in verify_store(store.path).findings)


def test_a_file_too_many_and_a_file_too_few_are_named(store):
    data = store.current().path / "data"
    (data / "extra").touch()
    next(data.glob("OPTIONS-*")).unlink()
    told = {
        (finding.where.rpartition("/")[2].partition("-")[0], finding.what)
        for finding in verify_store(store.path).findings
    }
    assert ("extra", "was not there when the generation was published") in told
    assert ("OPTIONS", "is missing") in told


def test_unreadable_tokens_are_named(store):
    (store.path / "tokens.json").write_text("{")
    (finding,) = verify_store(store.path).findings
    assert (finding.where, finding.generation) == ("tokens.json", None)


def test_counts_are_compared_in_depth(store):
    path = store.current().path / "manifest.json"
    told = json.loads(path.read_text())
    path.write_text(json.dumps({**told, "graphs": {**told["graphs"], "http://example.org/g": 99}}))
    found = [finding.what for finding in verify_store(GenerationStore.open(store.path).path, deep=True).findings]
    assert any("not 99" in what for what in found)


# -- versions of the format ----------------------------------------------------------------------------------------


def as_format_1(store: GenerationStore) -> None:
    """What a store of the first format looked like: no checksums."""
    for sums in store.path.glob("generations/*/SHA256SUMS"):
        sums.unlink()
    (store.path / "FORMAT").write_text(json.dumps({"format": 1, "default_graph": store.default_graph}))


def test_a_store_of_format_1_is_read_verified_and_migrated_by_the_next_write(store, tmp_path):
    before = content(store)
    as_format_1(store)
    old = GenerationStore.open(store.path, create=False)
    assert content(old) == before
    assert verify_store(store.path).findings == ()
    backup(old, tmp_path / "b.tar")
    assert json.loads((store.path / "FORMAT").read_text())["format"] == 1
    written(old, quad("new", "p", 1))
    assert json.loads((store.path / "FORMAT").read_text())["format"] == 2
    assert all((path / "SHA256SUMS").exists() for path in (store.path / "generations").iterdir())
    assert verify_store(store.path, deep=True).findings == ()
    assert before[0] <= content(old)[0]


@pytest.mark.parametrize(
    ("version", "error", "told"),
    [
        (0, FormatTooOld, "has format 0, this program knows 1 to 2"),
        (3, FormatTooNew, "has format 3, this program knows 2: use a newer version"),
        ("two", StoreDamaged, "names no version"),
        (True, StoreDamaged, "names no version"),
    ],
)
def test_other_formats_are_refused_and_left_alone(store, version, error, told):
    (store.path / "FORMAT").write_text(json.dumps({"format": version, "default_graph": "union"}))
    before = {p: p.stat().st_mtime_ns for p in store.path.rglob("*")}
    with pytest.raises(error, match=told):
        GenerationStore.open(store.path)
    with pytest.raises(error, match=told), store.draft("test", ""):
        pass
    assert told in verify_store(store.path).findings[0].what
    after = {p: p.stat().st_mtime_ns for p in store.path.rglob("*")}
    lock = {store.path / "LOCK"}
    assert {p for p in before if before[p] != after.get(p)} <= lock
