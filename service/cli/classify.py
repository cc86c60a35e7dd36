"""`strategraph classify`: what texts cover, as JSON, RDF or a page; in bulk from standard input."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from pyoxigraph import NamedNode

from ontology.terms import LANGUAGES
from service.alignments.model import entity_iri
from service.alignments.proposals import Published, publish
from service.classify.bulk import classify_lines, read_lines
from service.classify.classifier import Classifier, Options, load_classifier
from service.classify.compliance import compare, concepts_of
from service.classify.documents import ReadLimits, read_document
from service.classify.errors import ClassificationError, TooLarge
from service.classify.rdf import to_turtle
from service.classify.report import render_report
from service.classify.results import Classification
from service.classify.semantic import load_ranker
from service.cli.alignment import told, written
from service.cli.console import CommandError, standard_input, tell
from service.cli.options import StoreOption, open_store
from service.pages.language import load
from service.store.changes import Change
from service.store.draft import Draft


class Format(StrEnum):
    """The forms of a result."""

    json = "json"
    ttl = "ttl"
    html = "html"


@dataclass(frozen=True)
class Asked:
    """What was asked for; None is what was not."""

    files: list[str]
    jsonl: bool
    language: str | None
    form: Format | None
    report_lang: str | None
    subject: str | None
    strategy: str | None
    store: str | None


def classify(
    files: Annotated[
        list[str] | None,
        typer.Argument(help="PDF, DOCX, ODT, HTML, Markdown or text files; - for standard input.", metavar="FILE..."),
    ] = None,
    language: Annotated[
        str | None, typer.Option("--lang", help="Language (en, pl, cs, sk, hu) instead of detecting it.")
    ] = None,
    form: Annotated[
        Format | None, typer.Option("--format", help="json, ttl or html (one FILE); else json. Not with --jsonl.")
    ] = None,
    report_lang: Annotated[
        str | None,
        typer.Option("--report-lang", help="Language with --format html: en, pl, cs, sk or hu; else en."),
    ] = None,
    jsonl: Annotated[
        bool,
        typer.Option(
            "--jsonl",
            help='Lines {"id","text","lang"?} from standard input to lines with labels; with --lang, --semantic only.',
        ),
    ] = False,
    subject: Annotated[
        str | None,
        typer.Option("--subject", help="IRI of the strategy that the RDF of --format ttl is about.", metavar="IRI"),
    ] = None,
    strategy: Annotated[
        str | None,
        typer.Option(
            "--publish",
            help="Write the result into the store as proposals for this strategy. Not with --jsonl.",
            metavar="STRATEGY",
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
    asked = Asked(files or [], jsonl, language, form, report_lang, subject, strategy, store)
    _check_together(asked)
    _check_values(asked)
    options = Options(language=language, semantic=semantic)
    classifier = _loaded(options)
    return _bulk(classifier, options) if jsonl else _each(asked, classifier, options)


def _check_together(asked: Asked) -> None:
    """Refuse an option that would do nothing: whoever gave it expects that it does something."""
    if asked.jsonl == bool(asked.files):
        raise CommandError("give FILE... or --jsonl, one of them")
    for option, value, useful, needs in (
        ("--publish", asked.strategy, not asked.jsonl, "FILE, not with --jsonl"),
        ("--format", asked.form, not asked.jsonl and asked.strategy is None, "FILE, not with --jsonl or --publish"),
        ("--subject", asked.subject, asked.form is Format.ttl, "--format ttl"),
        ("--report-lang", asked.report_lang, asked.form is Format.html, "--format html"),
        ("--store", asked.store, asked.strategy is not None, "--publish"),
    ):
        if value is not None and not useful:
            raise CommandError(f"{option} goes with {needs}")
    if len(asked.files) > 1 and asked.strategy is not None:
        raise CommandError("--publish takes one FILE: it is what one strategy covers")
    if len(asked.files) > 1 and asked.form is Format.html:
        raise CommandError("--format html takes one FILE: a report is a whole page")


def _check_values(asked: Asked) -> None:
    """Refuse wrong values before the work, which may be long."""
    for option, language in (("--lang", asked.language), ("--report-lang", asked.report_lang)):
        if language is not None and language not in LANGUAGES:
            raise CommandError(f"{option}: {language!r} is none of {', '.join(LANGUAGES)}")
    if asked.strategy is not None:
        if not asked.strategy:  # as from a variable of a script that is not set
            raise CommandError("--publish: the strategy is empty")
        told(lambda: entity_iri(asked.strategy or "", "strategy"))
    if asked.subject is not None:
        try:
            NamedNode(asked.subject)
        except ValueError as error:
            raise CommandError(f"--subject: {asked.subject!r} is not an IRI") from error


def _loaded(options: Options) -> Classifier:
    try:
        if options.semantic:
            load_ranker()
        return load_classifier()
    except ClassificationError as error:
        raise CommandError(str(error)) from error


def _each(asked: Asked, classifier: Classifier, options: Options) -> int:
    """Classify every file; one that cannot be read does not stop the others."""
    failed = 0
    for file, identifier in zip(asked.files, _identifiers(asked.files), strict=True):
        try:
            text = read_document(_read(file), _name(file))
            result = classifier.classify(text, id=identifier, options=options)
        except (ClassificationError, OSError) as error:
            why = (error.strerror if isinstance(error, OSError) else "") or error
            failed = tell(f"{file}: {why}", 1)
        else:
            typer.echo(_publish(result, asked) if asked.strategy else _write(result, asked))
    return failed


def _identifiers(files: list[str]) -> Iterator[str]:
    """The name of each file; its path where files of several folders have the same name."""
    names = Counter(Path(file).name for file in set(files))
    for file in files:
        name = Path(file).name
        # A name may hold any bytes, what is written is UTF-8.
        yield os.fsencode(file if names[name] > 1 else name).decode("utf-8", "replace")


def _name(file: str) -> str:
    """The name of a file; standard input has none."""
    return "" if file == "-" else Path(file).name


def _titled(result: Classification) -> str:
    """What to call a text: by the name of its file; standard input has none."""
    return "" if result.id == "-" else result.id


def _read(file: str) -> bytes:
    """The document, or so much of it as shows that it is too large: some files have no end."""
    limit = ReadLimits().bytes
    with nullcontext(standard_input()) if file == "-" else Path(file).open("rb") as stream:
        data = stream.read(limit + 1)
    if len(data) > limit:
        raise TooLarge(f"the document has more than {limit:,} bytes")
    return data


def _publish(result: Classification, asked: Asked) -> str:
    about = told(lambda: entity_iri(asked.strategy or "", "strategy"))
    done: list[Published] = []

    def job(draft: Draft) -> Change:
        done.append(publish(draft, result, about, _titled(result)))
        return done[-1].change

    written(open_store(asked.store), f"classify {result.id} for <{about.value}>", job)
    kept = f"; {done[-1].kept} that were decided on stay as they are" if done[-1].kept else ""
    return f"{done[-1].proposed} alignments of <{about.value}> proposed{kept}"


def _write(result: Classification, asked: Asked) -> str:
    if asked.form is Format.ttl:
        subject = asked.subject or f"urn:sha256:{result.text_digest}"
        return to_turtle(result, subject, title=_titled(result))
    if asked.form is Format.html:
        return render_report(
            result, compare(concepts_of(result)), load(asked.report_lang or "en"), title=_titled(result)
        )
    return json.dumps(result.as_json(), ensure_ascii=False)


def _bulk(classifier: Classifier, options: Options) -> int:
    failed = 0
    for answer, well in classify_lines(read_lines(standard_input()), classifier, options):
        failed = failed if well else 1
        # Each at once: whoever reads them may wait for one before the next line is sent.
        typer.echo(json.dumps(answer, ensure_ascii=False))
    return failed
