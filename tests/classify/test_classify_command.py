import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from service.cli.classify import classify
from service.pages.language import load

TEXT = "The city buys electric buses, improves air quality and supports families in poverty."
app = typer.Typer()
app.command()(classify)


def run(*arguments: str, given: bytes = b"") -> tuple[int, str, str]:
    # The command returns its status, as the program's `main` expects.
    runner = CliRunner()
    result = runner.invoke(app, arguments, input=given, standalone_mode=False)
    return result.return_value if result.exception is None else 1, result.stdout, result.stderr


def test_a_file_is_classified_in_each_form(tmp_path: Path) -> None:
    path = tmp_path / "plan.md"
    path.write_text(TEXT, encoding="utf-8")
    status, out, _ = run(str(path))
    assert status == 0
    assert json.loads(out)["id"] == "plan.md"
    turtle = run(str(path), "--format", "ttl")[1]
    assert "sg:Alignment" in turtle and 'dct:title "plan.md"@en' in turtle
    assert 'dct:title "text"@en' in run("-", "--format", "ttl", given=TEXT.encode())[1]
    assert run(str(path), "--format", "ttl", "--subject", "no iri")[0] == 1
    assert "<mark>" in run(str(path), "--format", "html")[1]
    assert '<html lang="sk">' in run(str(path), "--format", "html", "--report-lang", "sk")[1]
    assert run(str(path), "--format", "html", "--report-lang", "de")[0] == 1


def test_a_file_that_cannot_be_read_does_not_stop_the_others(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.txt", tmp_path / "bad.pdf"
    good.write_text(TEXT, encoding="utf-8")
    bad.write_bytes(b"%PDF-1.4 broken")
    status, out, err = run(str(bad), str(good))
    assert status == 1
    assert json.loads(out)["id"] == "good.txt"
    assert "bad.pdf" in err and "Traceback" not in err
    missing = tmp_path / "missing.txt"
    assert run(str(missing))[::2] == (1, f"strategraph: {missing}: No such file or directory\n")


def test_a_report_of_standard_input_is_of_your_text() -> None:
    status, out, _ = run("-", "--format", "html", "--report-lang", "pl", given=TEXT.encode())
    assert status == 0
    heading = load("pl").gettext("Your text")
    assert heading != "Your text"
    assert f"<title>{heading}</title>" in out and f"<h1>{heading}</h1>" in out


@pytest.mark.parametrize("bad", [b"{", b"\xff\xfe", b'{"id":"b","text":"1 2"}'])
def test_bulk_answers_every_line(bad: bytes) -> None:
    good = json.dumps({"id": "a", "text": TEXT}).encode()
    status, out, _ = run("--jsonl", given=good + b"\n" + bad + b"\n")
    first, second = map(json.loads, out.splitlines())
    assert status == 1
    assert first["id"] == "a"
    assert "error" in second
