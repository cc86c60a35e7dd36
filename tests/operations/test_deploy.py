"""What operators copy from deploy/: it names files, settings and commands that there are."""

import fnmatch
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from served import service, until_ready

from service.operations.settings_file import KNOWN, VARIABLE, read_settings
from service.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
OWN = "/opt/strategraph/bin/"


def instructions() -> list[tuple[str, str]]:
    """The instructions of the Containerfile, each on one line."""
    text = re.sub(r"^#.*\n", "", (DEPLOY / "Containerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines if line.strip()]


def only(name: str) -> str:
    (found,) = [text for instruction, text in instructions() if instruction == name]
    return found


def copied() -> list[str]:
    """What the Containerfile takes from the repository."""
    lines = [text.split() for name, text in instructions() if name == "COPY" and "--from" not in text]
    return [source for line in lines for source in line[:-1]]


def test_the_container_is_built_of_files_that_there_are() -> None:
    ignored = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    assert len(copied()) >= 9
    for source in copied():
        assert (ROOT / source).exists(), source
        assert f"!{source}" in ignored
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    packages = re.search(r"^packages = (\[.*\])", project, re.MULTILINE)
    assert packages is not None
    assert set(json.loads(packages[1])) <= set(copied())
    assert not [
        name for name in ("store", ".git", ".venv", "tests") if any(fnmatch.fnmatch(name, p[1:]) for p in ignored[1:])
    ]


def test_the_container_runs_as_nobody_special_with_settings_that_there_are() -> None:
    stages = [text for name, text in instructions() if name == "FROM"]
    assert len(stages) == 2
    order = [name for name, _ in instructions()]
    assert order.index("USER") > order.index("HEALTHCHECK") - 10
    user = only("USER").split(":")[0]
    assert user.isdigit()
    assert int(user) > 0
    environ = dict(pair.split("=", 1) for pair in shlex.split(only("ENV")))
    assert {name for name in environ if name.startswith("STRATEGRAPH_")} <= KNOWN
    settings = Settings.from_environ(environ)
    assert f"{settings.port}" == only("EXPOSE")
    assert settings.store.startswith(only("VOLUME"))
    assert environ["MALLOC_ARENA_MAX"] == "2"


def test_the_containers_command_is_one_of_ours(run: Callable[..., Any]) -> None:
    assert json.loads(only("ENTRYPOINT")) == [OWN + "strategraph"]
    assert run(*json.loads(only("CMD")), "--help").status == 0


@pytest.mark.slow
def test_the_containers_health_check_tells_a_ready_service_from_none(tmp_path: Path) -> None:
    _, check = only("HEALTHCHECK").split("CMD ")
    program, *arguments = json.loads(check)
    assert program == OWN + "python"

    def status(address: str) -> int:
        environ = {**os.environ, "STRATEGRAPH_PORT": address.rpartition(":")[2]}
        return subprocess.run([sys.executable, *arguments], env=environ, capture_output=True, check=False).returncode

    with service(tmp_path, "--no-bundled-data", "--store", str(tmp_path / "store")) as running:
        with httpx.Client(base_url=running.url) as client:
            until_ready(client)
        assert status(running.url) == 0
        running.process.terminate()
        running.ended()
        assert status(running.url) != 0


@pytest.mark.slow
def test_a_wheel_of_what_the_container_copies_has_everything(tmp_path: Path) -> None:
    source = tmp_path / "src"
    source.mkdir()
    for name in copied():
        path = ROOT / name
        ignore = shutil.ignore_patterns("__pycache__", "static", "node_modules")
        shutil.copytree(path, source / name, ignore=ignore) if path.is_dir() else shutil.copy(path, source / name)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(source)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    if "No matching distribution" in built.stderr:
        pytest.skip("the build backend cannot be had from here")
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("ontology", "shapes", "queries", "loaders", "service"):
        ours = {str(p.relative_to(source)) for p in (source / folder).rglob("*") if p.is_file()}
        missing = sorted(name for name in ours - names if not name.endswith((".pyc", ".md")))
        assert not missing, missing[:5]


def unit() -> list[tuple[str, str]]:
    lines = (DEPLOY / "strategraph.service").read_text(encoding="utf-8").splitlines()
    return [(name, value) for name, sign, value in (line.partition("=") for line in lines) if sign and name[0] != "#"]


def test_the_unit_names_settings_and_commands_that_there_are(run: Callable[..., Any]) -> None:
    (start,) = [value for name, value in unit() if name == "ExecStart"]
    program, *arguments = start.split()
    assert program == OWN + "strategraph"
    assert run(*arguments, "--help").status == 0
    environment = dict(value.split("=", 1) for name, value in unit() if name == "Environment")
    assert environment["MALLOC_ARENA_MAX"] == "2"
    assert environment["MALLOC_TRIM_THRESHOLD_"] == "131072"
    assert {name for name in environment if name.startswith("STRATEGRAPH_")} == {VARIABLE}
    settings = read_settings({VARIABLE: str(DEPLOY / Path(environment[VARIABLE]).name)})
    assert settings.store.startswith("/var/lib/strategraph")
    (stop,) = [value for name, value in unit() if name == "TimeoutStopSec"]
    assert int(stop) > settings.shutdown_timeout + settings.shutdown_delay


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    text = (DEPLOY / "strategraph.service").read_text(encoding="utf-8")
    path = tmp_path / "strategraph.service"
    # It looks whether the program is there.
    path.write_text(text.replace(OWN + "strategraph", sys.executable).replace("User=strategraph", "User=root"))
    checked = subprocess.run(["systemd-analyze", "verify", str(path)], capture_output=True, text=True, check=False)
    ours = [line for line in checked.stderr.splitlines() if "strategraph.service" in line]
    assert not ours
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=25", "--no-pager", str(path)]
    graded = subprocess.run(command, capture_output=True, text=True, check=False)
    if "unrecognized option" in graded.stderr:
        pytest.skip("this systemd cannot grade a unit that is not installed")
    assert graded.returncode == 0, graded.stdout[-300:] + graded.stderr
