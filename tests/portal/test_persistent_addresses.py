"""Where w3id.org sends our persistent IRIs, the service answers."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from ontology.terms import BASE

RULES = Path(__file__).parents[2] / "deploy" / "w3id.htaccess"
IRIS = (
    *(
        "",
        "ontology",
        "ontology#Strategy",
        "ontology/1.0.0",
        "ontology/alignments",
        "shapes",
        "context.jsonld",
        "catalog",
    ),
    *(
        "id/network/icei-alliance",
        "id/network/icei-alliance.ttl",
        "id/query/names-of-everything",
        "scheme/sdg",
        "scheme/level",
    ),
    *("scheme/smart-concept/MO1.2", "shape/Strategy", "shape/", "graph/bundled"),
)


def redirected(path: str) -> str:
    """What the rewrite rules make of a path; the fragment of an IRI is never sent."""
    for pattern, target in re.findall(
        r"^RewriteRule (\S+) https://example\.org/smart(\S+) ", RULES.read_text("utf-8"), re.M
    ):
        if found := re.match(pattern, path.partition("#")[0]):
            return re.sub(r"\$(\d)", lambda group: found[int(group[1])], target)
    raise AssertionError(f"no rule for {path}")


@pytest.mark.parametrize("path", IRIS)
def test_persistent_addresses_lead_somewhere(client: httpx.Client, path: str) -> None:
    accept = {"Accept": "application/ld+json" if "." in path else "text/turtle"}
    answer = client.get(redirected(path), headers=accept, follow_redirects=True)
    assert answer.status_code == 200, answer.text[:200]
    if path.startswith(("id/", "scheme/", "shape/", "graph/")):
        assert (BASE + path.removesuffix(".ttl")).encode() in answer.content
