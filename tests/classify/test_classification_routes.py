import gzip
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from service import classification_input, problems
from service.classification import classification_router, download
from service.classify.concepts import load_concepts
from service.classify.documents import ReadLimits
from service.classify.jobs import Jobs
from service.classify.results import Classification
from service.classify.workers import Workers, WorkLimits
from service.pages.language import choose, load
from service.store.outbound import Fetched

TEXT = "The city buys electric buses, improves air quality and supports families in poverty."


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    workers = Workers(1, WorkLimits(read=ReadLimits(bytes=200_000, characters=100_000)))
    app = FastAPI()
    problems.install(app)
    app.include_router(classification_router(Jobs(workers, allow=lambda: ("data.example",)), choose))
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


def finished(client: httpx.Client, address: str) -> dict[str, Any]:
    deadline = time.monotonic() + 100
    while time.monotonic() < deadline:
        job: dict[str, Any] = client.get(address).json()
        if job["status"] in {"done", "failed"}:
            return job
        time.sleep(0.05)
    raise AssertionError("the job does not end")


def test_a_job_is_looked_at_until_it_is_done_read_in_every_form_and_forgotten(client: httpx.Client) -> None:
    begun = client.post("/api/classify?wait=false", files={"file": ("plan of ours.md", TEXT.encode())})
    assert begun.status_code == 202
    address = begun.headers["location"]
    assert begun.json()["href"] == address
    job = finished(client, address)
    assert (job["status"], job["name"]) == ("done", "plan of ours.md")
    assert job["progress"]["done"] == job["progress"]["total"] > 0
    at_once = client.post("/api/classify", files={"file": ("plan of ours.md", TEXT.encode())}).json()
    assert job["result"] == at_once
    assert client.get(f"{address}/result").json() == at_once
    turtle = client.get(f"{address}/result", params={"format": "ttl", "subject": "https://example.org/s"})
    assert "alignmentOf <https://example.org/s>" in turtle.text
    assert "plan-of-ours.ttl" in turtle.headers["content-disposition"]
    table = client.get(f"{address}/result?format=csv").text.splitlines()
    assert len(table) == 1 + len(at_once["labels"])
    slovak = client.get(f"{address}/result?format=csv&lang=sk")
    assert (slovak.headers["content-language"], load_concepts()["SDG 11"].labels["sk"] in slovak.text) == ("sk", True)
    page = client.get(f"{address}/result?format=html", headers={"accept-language": "hu, en;q=0.5"})
    assert page.headers["content-language"] == "hu"
    assert '<html lang="hu">' in page.text and "<mark>" in page.text
    assert '<html lang="sk">' in client.get(f"{address}/result?format=html&lang=sk").text
    assert client.get(f"{address}/result?format=xml").status_code == 400
    assert client.get(f"{address}/result?format=ttl&subject=no iri").status_code == 400
    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404
    assert client.delete(address).status_code == 404


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("plan.md", 'filename="plan.csv"'),
        ("", 'filename="text.csv"'),
        ("Žižkov – plán.md", "filename=\"Zizkov---plan.csv\"; filename*=UTF-8''%C5%BDi%C5%BEkov---pl%C3%A1n.csv"),
        ("Łódź.md", "filename=\"odz.csv\"; filename*=UTF-8''%C5%81%C3%B3d%C5%BA.csv"),
        ('a"\r\n;b.md', 'filename="a----b.csv"'),
    ],
)
def test_a_download_is_called_as_the_document_is(name: str, written: str) -> None:
    answer = download(Classification("", (), ""), "csv", "", name, load("en"))
    assert answer.headers["content-disposition"] == f"attachment; {written}"


def test_a_job_that_fails_says_why(client: httpx.Client) -> None:
    address = client.post("/api/classify?wait=false", json={"text": "12 34"}).headers["location"]
    job = finished(client, address)
    assert (job["status"], job["error"]["status"]) == ("failed", 422)
    assert client.get(f"{address}/result").status_code == 422


def test_addresses_are_fetched_from_allowed_hosts_only(client: httpx.Client) -> None:
    for address in ("http://127.0.0.1/", "https://elsewhere.example/plan.pdf", "file:///etc/passwd", "http://["):
        answer = client.post("/api/classify", json={"address": address})
        assert (address, answer.status_code) == (address, 403)
    assert client.post("/api/classify", json={"address": "https://a.b/", "text": "x"}).status_code == 400
    assert client.post("/api/classify", data={"address": "", "text": ""}).status_code == 400


def test_an_allowed_address_is_classified(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    page = f"<html><body><p>{TEXT}</p></body></html>".encode()

    def fetch(address: str, **_: Any) -> Fetched:
        return Fetched(address, "text/html", page)

    monkeypatch.setattr(classification_input, "fetch", fetch)
    answer = client.post("/api/classify", data={"address": "https://data.example/plans/one", "lang": "en"})
    assert answer.status_code == 200
    assert answer.json()["id"] == "one.html"
    assert "11.6" in {label["notation"] for label in answer.json()["labels"]}


@pytest.mark.parametrize("accept", ["application/json", "application/x-ndjson"])
@pytest.mark.parametrize("query", ["", "?wait=false"])
def test_half_a_surrogate_pair_is_refused(client: httpx.Client, accept: str, query: str) -> None:
    headers = {"Content-Type": "application/json", "Accept": accept}
    answer = client.post("/api/classify" + query, content=rb'{"text":"The city \ud83d buys buses"}', headers=headers)
    assert answer.status_code == 400
    assert "half of a surrogate pair" in answer.json()["detail"]


POLISH = "Miasto kupuje autobusy elektryczne, ogranicza hałas i poprawia jakość powietrza dla mieszkańców."
PAGE = "<html><head><title>x</title></head><body><p>{}</p><script>var homeless = 1;</script></body></html>"


def quotes(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    return " ".join(passage["text"] for label in answer.json()["labels"] for passage in label["passages"])


@pytest.mark.parametrize("charset", ["iso-8859-2", "windows-1250", "utf-8", "utf-16"])
def test_a_text_is_decoded_as_its_charset_says(client: httpx.Client, charset: str) -> None:
    sent_as = f"text/plain; charset={charset}"
    body = POLISH.encode(charset)
    for answer in (
        client.post("/api/classify", content=body, headers={"Content-Type": sent_as}),
        client.post("/api/classify", files={"file": ("plan", body, sent_as)}),
    ):
        assert "jakość powietrza" in quotes(answer)


def test_a_mark_at_the_start_is_no_part_of_the_text(client: httpx.Client) -> None:
    body = b"\xef\xbb\xbf" + TEXT.encode()
    answer = client.post("/api/classify", content=body, headers={"Content-Type": "text/plain"})
    assert "The city" in quotes(answer)
    assert "\ufeff" not in answer.text


def test_pages_are_read_as_pages_whichever_way_they_come(client: httpx.Client) -> None:
    page = PAGE.format(TEXT).encode()
    for answer in (
        client.post("/api/classify", content=page, headers={"Content-Type": "text/html; charset=utf-8"}),
        client.post("/api/classify", content=page, headers={"Content-Type": "application/octet-stream"}),
        client.post("/api/classify", content=page),
        client.post("/api/classify", files={"file": ("plan", page, "text/html")}),
        client.post("/api/classify", files={"file": ("plan", page, "application/octet-stream")}),
    ):
        assert "The city" in quotes(answer)
        assert not {"<p>", "homeless"} & set(quotes(answer).split())


@pytest.mark.parametrize(
    ("content_type", "body", "status", "said"),
    [
        ("text/plain; charset=nonsense", b"Buses", 415, "charset 'nonsense' is not known"),
        ("text/plain; charset=utf-8", b"Buses \xff", 422, "not in the charset utf-8"),
        ("text/plain", gzip.compress(TEXT.encode()), 415, "gzip archive"),
        ("application/octet-stream", b"{\\rtf1 Buses}", 415, "RTF document"),
        ("application/pdf", b"Buses", 422, "sent as PDF but is none"),
    ],
)
def test_what_is_sent_as_something_else_is_told(
    client: httpx.Client, content_type: str, body: bytes, status: int, said: str
) -> None:
    for answer in (
        client.post("/api/classify", content=body, headers={"Content-Type": content_type}),
        client.post("/api/classify", files={"file": ("plan", body, content_type)}),
    ):
        assert answer.status_code == status
        assert said in answer.json()["detail"]


def ways(client: httpx.Client, text: str, **query: str) -> list[httpx.Response]:
    """The same text as JSON, as text, as a file."""
    return [
        client.post("/api/classify", json={"text": text}, params=query),
        client.post("/api/classify", content=text, headers={"Content-Type": "text/plain"}, params=query),
        client.post("/api/classify", files={"file": ("plan.txt", text.encode())}, params=query),
    ]


@pytest.mark.parametrize(
    ("text", "query", "status", "said"),
    [
        ("", {}, 422, "the document is empty"),
        (" \n ", {}, 422, "the document is empty"),
        ("12 34 5", {}, 422, "the document holds no text"),
        ("12 34 5", {"lang": "pl"}, 422, "the document holds no text"),
        ("a" * 100_001, {}, 413, "100,001 characters; at most 100,000"),
        (TEXT, {"lang": "xx"}, 422, "no lexicon for 'xx'"),
    ],
)
def test_the_same_is_said_whichever_way_it_comes(
    client: httpx.Client, text: str, query: dict[str, str], status: int, said: str
) -> None:
    for answer in ways(client, text, **query):
        assert answer.status_code == status
        assert said in answer.json()["detail"]


def test_no_language_is_none_and_the_one_in_the_body_goes_first(client: httpx.Client) -> None:
    assert [answer.status_code for answer in ways(client, TEXT, lang="")] == [200] * 3
    for more in ({"json": {"text": TEXT, "lang": ""}}, {"json": {"text": TEXT, "lang": " "}}, {"json": {"text": TEXT}}):
        assert client.post("/api/classify", **more).json()["labels"]
    assert client.post("/api/classify", data={"text": TEXT, "lang": ""}).status_code == 200
    assert client.post("/api/classify?lang=xx", data={"text": TEXT, "lang": "en"}).status_code == 200
    assert client.post("/api/classify?lang=xx", json={"text": TEXT, "lang": "en"}).status_code == 200


def test_fields_are_decoded_as_their_form_says_and_nothing_is_replaced(client: httpx.Client) -> None:
    def form(charset: str, text: bytes) -> httpx.Response:
        field = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n' + text + b"\r\n--x--\r\n"
        return client.post(
            "/api/classify", content=field, headers={"Content-Type": f"multipart/form-data; boundary=x{charset}"}
        )

    def simple(charset: str, text: bytes) -> httpx.Response:
        kind = {"Content-Type": f"application/x-www-form-urlencoded{charset}"}
        return client.post("/api/classify", content=b"text=" + text.replace(b" ", b"+"), headers=kind)

    for send in (form, simple):
        assert "jakość powietrza" in quotes(send("", POLISH.encode()))
        assert "jakość powietrza" in quotes(send("; charset=iso-8859-2", POLISH.encode("iso-8859-2")))
        assert send("; charset=utf-8", POLISH.encode("iso-8859-2")).status_code == 422
        assert send("; charset=utf-7", b"Buses %2B2AA-").status_code == 415
    assert "jakość powietrza" in quotes(client.post("/api/classify", data={"text": POLISH}))


def test_names_of_files_are_read_as_they_are_sent(client: httpx.Client) -> None:
    assert (
        client.post("/api/classify", files={"file": ("plán č. 1.txt", TEXT.encode())}).json()["id"] == "plán č. 1.txt"
    )


def test_a_document_at_an_address_is_read_as_its_host_says(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(address: str, **_: Any) -> Fetched:
        return Fetched(address, "text/html", PAGE.format(POLISH).encode("iso-8859-2"), "text/html; charset=ISO-8859-2")

    monkeypatch.setattr(classification_input, "fetch", fetch)
    assert "jakość powietrza" in quotes(client.post("/api/classify", json={"address": "https://data.example/plan"}))
