import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import RdfFormat, parse

from service.pages.language import load

TEXT = "The city buys electric buses, improves air quality and supports families in poverty."


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.md"
    path.write_text(TEXT, encoding="utf-8")
    return path


def process(*arguments: object, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """The command as a process, where its streams matter."""
    command = [sys.executable, "-c", "from service.cli import main; main()", "classify", *map(str, arguments)]
    return subprocess.run(command, check=False, capture_output=True, timeout=60, **options)


def test_a_file_is_classified_in_each_form(run: Callable[..., Any], plan: Path) -> None:
    outcome = run("classify", plan)
    assert outcome.status == 0
    assert json.loads(outcome.out)["id"] == "plan.md"
    turtle = run("classify", plan, "--format", "ttl").out
    assert "sg:Alignment" in turtle and 'dct:title "plan.md"@en' in turtle
    assert "<mark>" in run("classify", plan, "--format", "html").out
    assert '<html lang="sk">' in run("classify", plan, "--format", "html", "--report-lang", "sk").out


def test_a_file_that_cannot_be_read_does_not_stop_the_others(run: Callable[..., Any], tmp_path: Path) -> None:
    good, bad = tmp_path / "good.txt", tmp_path / "bad.pdf"
    good.write_text(TEXT, encoding="utf-8")
    bad.write_bytes(b"%PDF-1.4 broken")
    outcome = run("classify", bad, good)
    assert outcome.status == 1
    assert json.loads(outcome.out)["id"] == "good.txt"
    assert "bad.pdf" in outcome.err and "Traceback" not in outcome.err
    missing = tmp_path / "missing\nfile.txt"
    outcome = run("classify", missing)
    assert (outcome.status, outcome.err) == (
        1,
        f"strategraph: {tmp_path}/missing file.txt: No such file or directory\n",
    )


def test_files_of_the_same_name_are_told_apart_by_their_paths(
    run: Callable[..., Any], plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(plan.parent)
    for folder in ("a", "b"):
        Path(folder).mkdir()
        Path(folder, "T.txt").write_text(TEXT, encoding="utf-8")
    outcome = run("classify", "a/T.txt", "b/T.txt", "./plan.md", "./plan.md")
    assert [json.loads(line)["id"] for line in outcome.out.splitlines()] == ["a/T.txt", "b/T.txt", "plan.md", "plan.md"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not allow such names")
def test_a_name_that_is_no_text_can_be_written(run: Callable[..., Any], tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/pl\xe1n.txt"))
    path.write_text(TEXT, encoding="utf-8")
    assert json.loads(run("classify", path).out)["id"] == "pl�n.txt"


def test_the_turtle_of_several_files_is_one_file(run: Callable[..., Any], plan: Path) -> None:
    other = plan.with_name("other.txt")
    other.write_text("The forests and rivers of the region are protected.", encoding="utf-8")
    both = run("classify", plan, other, "--format", "ttl").out
    alone = [run("classify", path, "--format", "ttl").out for path in (plan, other)]
    alignments = [
        {str(triple.subject) for triple in parse(text, format=RdfFormat.TURTLE) if "#Alignment" in str(triple.object)}
        for text in (both, *alone)
    ]
    assert alignments[0] == alignments[1] | alignments[2]
    assert alignments[1] and alignments[2]


def test_more_than_can_be_read_is_not_read(run: Callable[..., Any], tmp_path: Path) -> None:
    sparse = tmp_path / "sparse.txt"
    with sparse.open("wb") as file:
        file.truncate(2**40)
    for endless in (sparse, "/dev/zero"):
        outcome = run("classify", endless)
        assert outcome.status == 1
        assert outcome.err == f"strategraph: {endless}: the document has more than 67,108,864 bytes\n"


def test_a_report_of_standard_input_is_of_your_text() -> None:
    outcome = process("-", "--format", "html", "--report-lang", "pl", input=TEXT.encode())
    assert outcome.returncode == 0
    heading = load("pl").gettext("Your text")
    assert heading != "Your text"
    out = outcome.stdout.decode()
    assert f"<title>{heading}</title>" in out and f"<h1>{heading}</h1>" in out


def test_a_file_called_minus_is_a_file(
    run: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("-").write_text(TEXT, encoding="utf-8")
    assert run("classify", "./-").status == 0


@pytest.mark.skipif(os.name != "posix", reason="closes a descriptor as a shell does")
@pytest.mark.parametrize("arguments", [["-"], ["--jsonl"]])
def test_closed_standard_input_is_told(arguments: list[str]) -> None:
    outcome = process(*arguments, preexec_fn=lambda: os.close(0))
    assert outcome.returncode == 1
    assert outcome.stderr == b"strategraph: standard input is closed\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{plan}", "--jsonl"], "give FILE... or --jsonl, one of them"),
        (["--jsonl", "--format", "json"], "--format goes with FILE"),
        (["--jsonl", "--publish", "x"], "--publish goes with FILE"),
        (["--jsonl", "--subject", "https://example.org/s"], "--subject goes with --format ttl"),
        (["--jsonl", "--report-lang", "pl"], "--report-lang goes with --format html"),
        (["--jsonl", "--store", "x"], "--store goes with --publish"),
        (["--jsonl", "--lang", "xx"], "--lang: 'xx' is none of en, pl, cs, sk, hu"),
        (["{plan}", "{plan}", "--lang", "xx"], "--lang: 'xx' is none of"),
        (["{plan}", "--lang", ""], "--lang: '' is none of"),
        (["{plan}", "--format", "html", "--report-lang", "de"], "--report-lang: 'de' is none of"),
        (["{plan}", "--report-lang", "pl"], "--report-lang goes with --format html"),
        (["{plan}", "--subject", "https://example.org/s"], "--subject goes with --format ttl"),
        (["{plan}", "--format", "ttl", "--subject", "notaniri"], "--subject: 'notaniri' is not an IRI"),
        (["{plan}", "--format", "ttl", "--subject", "urn:a b"], "--subject: 'urn:a b' is not an IRI"),
        (["{plan}", "--format", "ttl", "--subject", "urn:a>"], "--subject: 'urn:a>' is not an IRI"),
        (["{plan}", "--format", "ttl", "--subject", ""], "--subject: '' is not an IRI"),
        (["{plan}", "--publish", ""], "--publish: the strategy is empty"),
        (["{plan}", "--publish", "http://a b"], "'http://a b' is not the address of a thing of the kind strategy"),
        (["{plan}", "--publish", "x", "--format", "ttl"], "--format goes with FILE, not with --jsonl or --publish"),
        (["{plan}", "{plan}", "--publish", "x"], "--publish takes one FILE"),
        (["{plan}", "{plan}", "--format", "html"], "--format html takes one FILE"),
    ],
)
def test_what_is_wrong_or_has_no_effect_is_told_before_any_work(
    run: Callable[..., Any], plan: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.setattr("service.cli.classify.load_classifier", lambda: pytest.fail("it began to work"))
    outcome = run("classify", *(text.format(plan=plan) for text in arguments))
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.startswith(f"strategraph: {said}")
    assert outcome.err.count("\n") == 1


def test_bulk_answers_every_line() -> None:
    good = json.dumps({"id": "a", "text": TEXT})
    bad = ["{", "\xff\xfe", '{"id":"b","text":"1 2"}', r'{"id":1,"text":"x \ud800"}', r'{"id":"\ud800","text":"x"}']
    outcome = process("--jsonl", input="\n".join([good, *bad, good]).encode("latin-1"))
    assert outcome.returncode == 1
    answers = list(map(json.loads, outcome.stdout.splitlines()))
    assert [answer["id"] for answer in answers] == ["a", None, None, "b", 1, None, "a"]
    assert ["error" in answer for answer in answers] == [False] + [True] * 5 + [False]
    assert process("--jsonl", input=good.encode()).returncode == 0
