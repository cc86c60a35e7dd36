"""Servers with small stores."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from live import WRITER, Serve, running


@pytest.fixture
def serve(tmp_path: Path) -> Serve:
    """Serve an empty store: `with serve(query_timeout=1) as client`."""
    return lambda **settings: running(tmp_path / "store", **settings)


TRIPLES = (
    '@prefix ex: <http://example.org/> . ex:a ex:p \'one\'@en , 2 ; ex:q ex:b . ex:b a ex:C ; ex:p "x\\n,\\"y\\"" .'
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A server with two small graphs, shared by the tests of a module."""
    with running(tmp_path_factory.mktemp("served") / "store") as client:
        for name, body in (("one", TRIPLES), ("two", "<http://example.org/z> <http://example.org/p> 'zwei'@de .")):
            answer = client.put(
                "/graphs",
                params={"graph": f"http://example.org/graph/{name}"},
                content=body,
                headers={**WRITER, "Content-Type": "text/turtle"},
            )
            assert answer.status_code == 201, answer.text
        yield client


@pytest.fixture(scope="session")
def writer() -> dict[str, str]:
    """The header of who may write."""
    return dict(WRITER)
