import json
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from service import problems
from service.classification import classification_router
from service.classify.documents import ReadLimits
from service.classify.workers import Workers, WorkLimits

TEXT = "The city buys electric buses, improves air quality and supports families in poverty."


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    workers = Workers(1, WorkLimits(read=ReadLimits(bytes=200_000)))
    app = FastAPI()
    problems.install(app)
    app.include_router(classification_router(workers))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", ws="none", timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        deadline = time.monotonic() + 20
        while not server.started and thread.is_alive() and time.monotonic() < deadline:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(20)
        workers.close()


def test_json_text_and_file_give_the_same_labels(client: httpx.Client) -> None:
    answers = [
        client.post("/api/classify", json={"text": TEXT, "lang": "en"}),
        client.post("/api/classify?lang=en", content=TEXT, headers={"Content-Type": "text/plain"}),
        client.post("/api/classify", files={"file": ("plan.md", TEXT.encode())}, data={"lang": "en"}),
    ]
    assert [answer.status_code for answer in answers] == [200] * 3
    labels = [answer.json()["labels"] for answer in answers]
    assert labels[0] == labels[1] == labels[2]
    assert {"SDG 11"} <= {f"SDG {label['notation']}" for label in labels[0]}


def test_progress_comes_in_lines_and_the_result_last(client: httpx.Client) -> None:
    text = "\n\n".join(f"{TEXT} Paragraph {number}." for number in range(450))
    answer = client.post("/api/classify", json={"text": text}, headers={"Accept": "application/x-ndjson"})
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert lines[-1]["result"]["labels"]
    assert {"done": 0, "total": 450} in [line.get("progress") for line in lines]


def test_an_error_in_a_stream_is_its_last_line(client: httpx.Client) -> None:
    answer = client.post("/api/classify", json={"text": "1 2 3"}, headers={"Accept": "application/x-ndjson"})
    assert json.loads(answer.text.splitlines()[-1])["error"]["status"] == 422


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"json": {"text": 1}}, 400),
        ({"json": []}, 400),
        ({"content": b"{", "headers": {"Content-Type": "application/json"}}, 400),
        ({"content": b"x", "headers": {"Content-Type": "image/png"}}, 415),
        ({"content": b"a" * 300_000, "headers": {"Content-Type": "text/plain"}}, 413),
        ({"files": {"other": ("x.txt", b"x")}}, 400),
        ({"files": {"file": ("x.pdf", b"%PDF-1.7 broken")}}, 422),
        ({"json": {"text": "12345"}}, 422),
        ({"json": {"text": "Hallo", "lang": "de"}}, 422),
    ],
)
def test_what_cannot_be_classified_is_a_problem(client: httpx.Client, request_: dict[str, object], status: int) -> None:
    answer = client.post("/api/classify", **request_)  # type: ignore[arg-type]
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]
