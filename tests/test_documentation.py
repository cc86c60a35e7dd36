"""The manual says what the program does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from loaders.registry import LOADERS
from queries.catalogue import catalogue
from service.settings import SETTINGS

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.variable)
def test_every_setting_stands_in_the_table(setting):
    rows = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8").splitlines()
    (row,) = [row for row in rows if row.startswith(f"| `{setting.variable}` |")]
    assert setting.help in row
    assert setting.accepts in row


def test_the_changelog_and_the_citation_name_the_same_version():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    version = next(line.split('"')[1] for line in project.splitlines() if line.startswith("version ="))
    assert f"version: {version}" in citation


def test_links_between_documents_lead_somewhere():
    for path in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]:
        text = path.read_text(encoding="utf-8")
        for piece in text.split("](")[1:]:
            target = piece.partition(")")[0].partition("#")[0]
            if target and "://" not in target:
                assert (path.parent / target).exists(), f"{path.name} links to {target}"


def test_named_queries_in_examples_have_all_that_they_need():
    texts = [*(ROOT / "docs").glob("*.md"), ROOT / "README.md", *(ROOT / "service" / "cli").glob("*.py")]
    named = re.compile(r"strategraph query --named ([\w-]+)((?: -p [\w=:/.-]+)*)")
    asked = [match for path in texts for match in named.finditer(path.read_text(encoding="utf-8"))]
    assert len(asked) >= 2
    for match in asked:
        given = dict(pair.rstrip(".").split("=", 1) for pair in match[2].split(" -p ") if pair)
        assert catalogue()[match[1]].bind(given) is not None


def test_every_source_says_where_it_is_from():
    for cls in LOADERS:
        assert cls.origin
        # That of RDF files is said where they are loaded.
        assert cls.licence.startswith("http") or cls.name == "rdf"
        assert cls.accepts


def test_modules_of_tests_have_names_of_their_own():
    """Pytest imports them by their bare names, so that two of one name cannot be collected together."""
    names = [path.name for path in (ROOT / "tests").rglob("*.py") if path.name not in ("conftest.py", "__init__.py")]
    assert sorted(names) == sorted(set(names))
