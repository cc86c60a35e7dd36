"""`strategraph classify`: what texts cover, as JSON, RDF or a page; in bulk from standard input."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ontology.terms import LANGUAGES
from service.alignments.model import entity_iri
from service.alignments.proposals import Published, publish
from service.classify.bulk import classify_lines, read_lines
from service.classify.classifier import Classifier, Options, load_classifier
from service.classify.compliance import compare, concepts_of
from service.classify.documents import read_document
from service.classify.errors import ClassificationError
from service.classify.rdf import to_turtle
from service.classify.report import render_report
from service.classify.results import Classification
from service.classify.semantic import load_ranker
from service.cli.alignment import told, written
from service.cli.console import CommandError
from service.cli.options import StoreOption, open_store
from service.pages.language import load
from service.store.changes import Change
from service.store.draft import Draft


class Format(StrEnum):
    """The forms of a result."""

    json = "json"
    ttl = "ttl"
    html = "html"


def classify(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="PDF, DOCX, ODT, HTML, Markdown or text files; - for standard input.", metavar="FILE..."),
    ] = None,
    language: Annotated[
        str | None, typer.Option("--lang", help="Language (en, pl, cs, sk, hu) instead of detecting it.")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="json, ttl or html.")] = Format.json,
    report_lang: Annotated[
        str, typer.Option("--report-lang", help="Language of the HTML report: en, pl, cs, sk or hu.")
    ] = "en",
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help='Lines {"id","text","lang"?} from standard input to lines with labels.')
    ] = False,
    subject: Annotated[
        str | None, typer.Option("--subject", help="IRI of the strategy that the RDF is about.", metavar="IRI")
    ] = None,
    strategy: Annotated[
        str | None,
        typer.Option(
            "--publish", help="Write the result into the store as proposals for this strategy.", metavar="STRATEGY"
        ),
    ] = None,
    semantic: Annotated[
        bool, typer.Option("--semantic", help="Rank suggested targets by meaning too; needs strategraph[semantic].")
    ] = False,
    store: StoreOption = None,
) -> int:
    """Tell which SDGs, SMART Concept measures and Green Deal areas texts cover, with the words that show it.

    Examples:\n
      strategraph classify strategy.pdf\n
      strategraph classify plan.docx --format html --report-lang sk > plan.html\n
      strategraph classify --jsonl < texts.jsonl > labels.jsonl
    """
    if jsonl == bool(files):
        raise CommandError("give FILE... or --jsonl, one of them")
    if report_lang not in LANGUAGES:
        raise CommandError(f"--report-lang: {report_lang!r} is none of {', '.join(LANGUAGES)}")
    options = Options(language=language, semantic=semantic)
    classifier = _loaded(options)
    if jsonl:
        return _bulk(classifier, options)
    if strategy is not None and len(files or ()) != 1:
        raise CommandError("--publish takes one FILE: it is what one strategy covers")

    def tell(result: Classification, path: Path) -> str:
        if strategy:
            return _publish(result, path, strategy, store)
        return _write(result, path, form, subject, report_lang)

    return _each(files or [], classifier, options, tell)


def _loaded(options: Options) -> Classifier:
    try:
        if options.semantic:
            load_ranker()
        return load_classifier()
    except ClassificationError as error:
        raise CommandError(str(error)) from error


def _each(
    files: list[Path], classifier: Classifier, options: Options, tell: Callable[[Classification, Path], str]
) -> int:
    """Classify every file; one that cannot be read does not stop the others."""
    failed = 0
    for path in files:
        try:
            result = _one(path, classifier, options)
        except (ClassificationError, OSError) as error:
            why = (error.strerror if isinstance(error, OSError) else "") or error
            typer.echo(f"strategraph: {path}: {why}", err=True)
            failed += 1
        else:
            typer.echo(tell(result, path))
    return 1 if failed else 0


def _one(path: Path, classifier: Classifier, options: Options) -> Classification:
    data = path.read_bytes() if _name(path) else sys.stdin.buffer.read()
    text = read_document(data, _name(path))
    return classifier.classify(text, id=path.name, options=options)


def _name(path: Path) -> str:
    """The name of a file; standard input has none."""
    return "" if str(path) == "-" else path.name


def _publish(result: Classification, path: Path, strategy: str, store: str | None) -> str:
    about = told(lambda: entity_iri(strategy, "strategy"))
    done: list[Published] = []

    def job(draft: Draft) -> Change:
        done.append(publish(draft, result, about, _name(path)))
        return done[-1].change

    written(open_store(store), f"classify {path.name} for <{about.value}>", job)
    kept = f"; {done[-1].kept} that were decided on stay as they are" if done[-1].kept else ""
    return f"{done[-1].proposed} alignments of <{about.value}> proposed{kept}"


def _write(result: Classification, path: Path, form: Format, subject: str | None, report_lang: str) -> str:
    if form is Format.ttl:
        try:
            return to_turtle(result, subject or f"urn:sha256:{result.text_digest}", title=_name(path))
        except ValueError:
            raise CommandError(f"--subject: {subject!r} is not an IRI") from None
    if form is Format.html:
        return render_report(result, compare(concepts_of(result)), load(report_lang), title=_name(path))
    return json.dumps(result.as_json(), ensure_ascii=False)


def _bulk(classifier: Classifier, options: Options) -> int:
    failed = False
    for answer, well in classify_lines(read_lines(sys.stdin.buffer), classifier, options):
        failed = failed or not well
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    sys.stdout.flush()
    return 1 if failed else 0
