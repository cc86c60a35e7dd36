"""Every call that can fail while a store is written, failing once: one clear error, and the old state or the new."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from store_helpers import assert_counts, assert_union, quad
from thoroughness import THOROUGH

from service.store.backup import backup
from service.store.backup_restore import restore
from service.store.changes import Change
from service.store.errors import CommitUncertain, StoreError
from service.store.generations import GenerationStore
from service.store.verify import verify_archive, verify_store

ROOT = Path(__file__).parents[2]
# What the program itself calls; the engine's own calls are in the second half of this module.
CALLS = ("open", "fsync", "rename", "replace", "mkdir", "unlink", "link", "write", "pwrite", "ftruncate", "rmdir")


class Failing:
    """Lets the n-th of the calls that may fail, fail."""

    def __init__(self, number: int, code: int) -> None:
        self.left = number
        self.code = code
        self.failed = ""

    def wrap(self, name: str, real: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **named: object) -> object:
            if name != "open" or int(str(arguments[1])) & (os.O_WRONLY | os.O_RDWR):
                self.left -= 1
                if self.left == 0:
                    self.failed = f"{name} {arguments}"
                    raise OSError(self.code, os.strerror(self.code))
            return real(*arguments, **named)

        return call


@contextmanager
def failing(number: int, code: int) -> Iterator[Failing]:
    faults = Failing(number, code)
    with pytest.MonkeyPatch.context() as patch:
        for name in CALLS:
            patch.setattr(os, name, faults.wrap(name, getattr(os, name)))
        yield faults


def a_write(folder: Path) -> None:
    with GenerationStore.open(folder / "store", create=False).draft("test", "second") as draft:
        draft.apply(Change(frozenset([quad("b", "p", 2)])))
        draft.publish()


def a_bulk_write(folder: Path) -> None:
    with GenerationStore.open(folder / "store", create=False, keep=1, grace=0).draft("test", "second") as draft:
        draft.bulk_add([quad("b", "p", 2)])
        draft.publish()


def a_rollback(folder: Path) -> None:
    GenerationStore.open(folder / "store", create=False).rollback(1, "test")


def a_backup(folder: Path) -> None:
    backup(GenerationStore.open(folder / "store", create=False), folder / "b.tar", force=True)


def a_restore(folder: Path) -> None:
    restore(folder / "first.tar", folder / "new")


def a_creation(folder: Path) -> None:
    GenerationStore.open(folder / "new")


def a_collection(folder: Path) -> None:
    GenerationStore.open(folder / "store", create=False, keep=1, grace=0).collect_garbage()


WORK = [a_write, a_bulk_write, a_rollback, a_backup, a_restore, a_creation, a_collection]


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    with GenerationStore.open(folder / "store").draft("test", "first") as draft:
        draft.apply(Change(frozenset([quad("a", "p", 1)])))
        draft.publish()
    backup(GenerationStore.open(folder / "store"), folder / "first.tar")
    return folder


def statements(store: Path) -> list[int]:
    reader = GenerationStore.open(store, create=False).current().reader()
    assert_union(reader)
    return sorted(int(q.object.value) for q in reader if str(q.graph_name) == "DEFAULT")


@pytest.mark.slow
@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC], ids=["EIO", "ENOSPC"])
@pytest.mark.parametrize("work", WORK, ids=lambda work: work.__name__)
def test_any_failing_call_leaves_the_old_state_or_the_new(work, code, template, tmp_path):
    done = {"a_write": [1, 2], "a_bulk_write": [1, 2], "a_rollback": []}.get(work.__name__, [1])
    stride = 1 if THOROUGH else 4
    number, failed = code % stride + 1 - stride, {"start"}
    while failed:
        number += stride
        folder = Path(shutil.copytree(template, tmp_path / str(number)))
        error: Exception | None = None
        with failing(number, code) as faults:
            try:
                work(folder)
            except (StoreError, OSError) as caught:
                error = caught
        failed = {faults.failed} - {""}
        assert error is None or isinstance(error, StoreError), (error, failed)
        assert "\n" not in str(error)
        if work is a_write or work is a_bulk_write or work is a_rollback:
            published = error is None or isinstance(error, CommitUncertain)
            assert statements(folder / "store") == (done if published else [1]), (failed, error)
        elif work is a_backup:
            assert not (folder / "b.tar").exists() or verify_archive(folder / "b.tar").findings == ()
            assert error is not None or (folder / "b.tar").exists()
        check_that_it_goes_on(folder)
        if work in (a_backup, a_restore, a_creation) and failed:
            repeated(work, folder)
        shutil.rmtree(folder)
    assert number > 4


def check_that_it_goes_on(folder: Path) -> None:
    """The same and everything else works once nothing fails any more."""
    store = GenerationStore.open(folder / "store", create=False)
    with store.draft("test", "third") as draft:
        draft.apply(Change(frozenset([quad("c", "p", 3)])))
        number = draft.publish().number
    assert_counts(store.current())
    assert verify_store(folder / "store").findings == ()
    assert [entry["generation"] for entry in store.audit.entries()] == list(range(1, number + 1))


def repeated(work: Callable[[Path], None], folder: Path) -> None:
    """What failed succeeds when it is done again."""
    if work is not a_restore or not (folder / "new" / "CURRENT").exists():
        work(folder)
    if work is a_backup:
        assert verify_archive(folder / "b.tar").findings == ()
    else:
        assert statements(folder / "new") == ([1] if work is a_restore else [])
        assert verify_store(folder / "new").findings == ()


# -- the engine's own calls ----------------------------------------------------------------------------------------

WRITER = """
    import sys
    sys.path[:0] = [{root!r}, {helpers!r}]
    from store_helpers import many, quad
    from service.store.changes import Change
    from service.store.errors import StoreError
    from service.store.generations import GenerationStore
    store = GenerationStore.open({store!r}, create=False)
    for n in range(100, 104):
        try:
            with store.draft("test", str(n)) as draft:
                pair = quad(f"w{{n}}", "p", n), quad(f"w{{n}}", "q", n, "h")
                draft.apply(Change(frozenset([*pair, *many(300, "m", n)])))
                draft.publish()
            print("written", n, flush=True)
        except StoreError as error:
            print("error", " ".join(str(error).split()), flush=True)
"""


def writer(store: Path) -> list[str]:
    helpers = str(Path(__file__).parents[1] / "store")
    code = textwrap.dedent(WRITER).format(root=str(ROOT), helpers=helpers, store=str(store))
    return [sys.executable, "-B", "-c", code]


def check_after(store: Path, printed: str) -> None:
    """What was said to be written is there, whole; the rest is not, or whole too; then it goes on."""
    written = {int(line.split()[1]) for line in printed.splitlines() if line.startswith("written")}
    opened = GenerationStore.open(store, create=False)
    reader = opened.current().reader()
    assert_union(reader)
    found: dict[str, set[int]] = {"p": set(), "q": set()}
    for q in reader:
        name = q.predicate.value.rpartition("/")[2]
        if q.subject.value.rpartition("/")[2].startswith("w"):
            found[name].add(int(q.object.value))
    assert found["p"] == found["q"] >= written
    with opened.draft("test", "after") as draft:
        draft.apply(Change(frozenset([quad("after", "p", 9)])))
        draft.publish()
    assert_counts(opened.current())
    assert verify_store(store).findings == ()


@pytest.fixture(scope="module")
def strace() -> str:
    found = shutil.which("strace")
    if found is None:
        pytest.skip("strace is not installed")
    if subprocess.run([found, "-qq", "-e", "trace=none", "true"], check=False, capture_output=True).returncode:
        pytest.skip("strace may not trace processes here")
    return found


@pytest.mark.slow
@pytest.mark.parametrize("call", ["fsync", "fdatasync", "rename", "link", "mkdir", "pwrite64", "write", "openat"])
def test_any_failing_system_call_of_the_engine(strace, call, template, tmp_path):
    """A sample of moments; each time one call fails, wherever in the process it is."""
    failures = 0
    step = {"openat": 37, "write": 5}.get(call, 3)
    # Before these, Python itself starts.
    first = {"openat": 330, "mkdir": 1, "write": 1}.get(call, 1)
    for number in range(first, first + (8 if THOROUGH else 2) * step, step):
        store = Path(shutil.copytree(template / "store", tmp_path / f"{call}{number}"))
        code = "EIO" if number % 2 else "ENOSPC"
        inject = [strace, "-f", "-qq", "-o", str(tmp_path / "trace"), "--seccomp-bpf", "-e", f"trace={call}"]
        inject += ["-e", f"inject={call}:error={code}:when={number}"]
        ended = subprocess.run([*inject, *writer(store)], check=False, capture_output=True, text=True, timeout=120)
        failures += "(INJECTED)" in (tmp_path / "trace").read_text()
        if "error" not in ended.stdout and ended.returncode:
            assert "Traceback" in ended.stderr or ended.returncode < 0  # Python itself could not start
        check_after(store, ended.stdout)
        shutil.rmtree(store)
    assert failures or call in ("mkdir", "openat", "pwrite64", "link", "fdatasync"), call


@pytest.mark.slow
def test_a_limit_on_the_size_of_files(template, tmp_path):
    for size in (0, 1, 512, 4096, 16384, 65536):
        store = Path(shutil.copytree(template / "store", tmp_path / str(size)))

        def limited(size: int = size) -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

        ended = subprocess.run(
            writer(store), check=False, capture_output=True, text=True, timeout=120, preexec_fn=limited
        )
        if size < 4096:
            assert "error" in ended.stdout
            assert "Traceback" not in ended.stderr
        check_after(store, ended.stdout)
