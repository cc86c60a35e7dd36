"""A disk that is full: one clear error, the old state is served, and it works again when there is space."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from ledger import E
from victims import Server, Victim

from service.store.generations import GenerationStore
from service.store.verify import verify_store

pytestmark = pytest.mark.slow
COUNT = {"query": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "format": "csv"}


@pytest.fixture
def disk(tmp_path) -> Iterator[Path]:
    """A file system of a few megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=24m", "none", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("mounting a small file system needs root, and is not allowed here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def triples(graph: int, number: int = 4000) -> str:
    return "\n".join(f'<{E}g{graph}/{n}> <{E}text> "{"long " * 30}{n}" .' for n in range(number))


def test_a_full_disk_under_a_service(disk, tmp_path):
    store = disk / "store"
    GenerationStore.open(store)
    server = Server(store, tmp_path / "serve.log", TMPDIR=str(tmp_path), STRATEGRAPH_KEEP_GENERATIONS="2")
    turtle = {"Content-Type": "text/turtle"}
    with server.client() as client:
        written, answer = 0, None
        for graph in range(60):
            answer = client.put("/graphs", params={"graph": f"{E}g{graph}"}, content=triples(graph), headers=turtle)
            if not answer.is_success:
                break
            written += 1
        assert answer is not None
        assert written > 0
        assert answer.status_code == 507, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert "No space left" in answer.json()["detail"]
        assert "\n" not in answer.json()["detail"]
        # What was there is served, and nothing of what was refused.
        assert client.get("/health/ready").status_code == 200
        assert client.get("/sparql", params=COUNT).text.split()[1] == str(written * 4000)
        # The command line says it in a line.
        with contextlib.suppress(OSError), (disk / "other.bin").open("wb", buffering=0) as other:
            while other.write(bytes(4096)):
                pass
        source = tmp_path / "more.nt"
        source.write_text(triples(99))
        load = Victim(tmp_path / "load.log", "load", "rdf", source, "--graph", f"{E}more", "--store", store)
        assert load.finish() == 1
        assert (tmp_path / "load.log").read_text().count("\n") == 1
        assert "No space left" in (tmp_path / "load.log").read_text()
        backup = Victim(tmp_path / "backup.log", "backup", disk / "b.tar", "--store", store)
        assert backup.finish() in (0, 1)
        (disk / "b.tar").unlink(missing_ok=True)
        assert not (disk / "b.tar.part").exists()
        # Space returns: it works again, without a restart.
        (disk / "other.bin").unlink()
        subprocess.run(["mount", "-o", "remount,size=96m", str(disk)], check=True)
        again = client.put("/graphs", params={"graph": f"{E}after"}, content=triples(98), headers=turtle)
        assert again.status_code == 201, again.text
        assert client.get("/sparql", params=COUNT).text.split()[1] == str((written + 1) * 4000)
    assert verify_store(store).findings == ()
    assert server.kill()
