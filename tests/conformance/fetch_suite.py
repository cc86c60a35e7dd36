"""Fetches the W3C suites, which rdflib's source distribution carries, into a cache beside the checkout.

    python tests/conformance/fetch_suite.py

Does nothing when they are there. Without a network it says so and ends well: the tests then skip.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("STRATEGRAPH_W3C_SUITES", ROOT / ".cache" / "w3c"))
# The newest that carries the suites as the W3C left them; independent of the rdflib that the service uses.
RELEASE = "rdflib==7.6.0"
SUITES = {
    "sparql11": "http://www.w3.org/2009/sparql/docs/tests/data-sparql11/",
    "dawg-data-r2": "http://www.w3.org/2001/sw/DataAccess/tests/data-r2/",
}


def fetch() -> str | None:
    """Download and unpack; the reason when that is not possible."""
    if all((CACHE / name).is_dir() for name in SUITES):
        return None
    with tempfile.TemporaryDirectory() as work:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--no-binary", "rdflib", RELEASE, "-d", work]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        found = list(Path(work).glob("rdflib-*.tar.gz"))
        if done.returncode or not found:
            return (done.stderr.strip().splitlines() or ["pip gave no archive"])[-1]
        with tarfile.open(found[0]) as archive:
            archive.extractall(work, members=wanted(archive), filter="data")
        CACHE.mkdir(parents=True, exist_ok=True)
        for name in SUITES:
            unpacked = next(Path(work).glob(f"rdflib-*/test/data/suites/w3c/{name}"))
            shutil.move(unpacked, CACHE / name)
    return None


def wanted(archive: tarfile.TarFile) -> list[tarfile.TarInfo]:
    """The members that belong to the suites."""
    return [m for m in archive.getmembers() if set(PurePosixPath(m.name).parts) & set(SUITES)]


if __name__ == "__main__":
    reason = fetch()
    print(f"The W3C suites cannot be fetched: {reason}" if reason else f"The W3C suites are in {CACHE}")
