"""The result and the compliance report as one printable page."""

from __future__ import annotations

import csv
import io
from collections.abc import Hashable
from dataclasses import replace
from functools import lru_cache
from gettext import NullTranslations
from typing import Protocol

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from service.classify.compliance import Compliance, label_of
from service.classify.prose import readable
from service.classify.results import Classification, Excerpt
from service.spreadsheets import harmless


class Words(Hashable, Protocol):
    """The language of a page: its messages, and how it writes numbers. The site has one for each of its languages."""

    @property
    def code(self) -> str:
        """Two letters."""

    @property
    def messages(self) -> NullTranslations:
        """The translations."""

    def ngettext(self, one: str, many: str, number: int, /) -> str:
        """Translate with the right plural."""

    def number(self, number: float, /) -> str:
        """Write a number."""

    def percent(self, share: float, /) -> str:
        """Write a share of one."""

    def tongue(self, code: str, /) -> str:
        """A language by name."""


@lru_cache(maxsize=8)
def _template(words: Words) -> Template:
    environment = Environment(
        loader=PackageLoader("service.classify"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(words.messages, newstyle=True)  # type: ignore[attr-defined]
    environment.globals.update(words=words, plural=words.ngettext, quoted=quoted)
    environment.globals["named"] = lambda concept: label_of(concept, words.code)
    return environment.get_template("report.html.j2")


def quoted(excerpt: Excerpt) -> Markup:
    """A passage as people read it: on one line, without marks of tables and headings, its terms marked."""
    terms = tuple(map(readable, excerpt.terms))
    return highlight(replace(excerpt, text=readable(excerpt.text), terms=terms))


def highlight(excerpt: Excerpt) -> Markup:
    """The text of a passage with its terms marked; everything in it is escaped."""
    text = excerpt.text
    found: list[tuple[int, int]] = []
    cut = 0
    for term in sorted(set(excerpt.terms), key=lambda term: -len(term)):
        place = text.find(term)
        if place >= 0 and not any(start < place + len(term) and place < end for start, end in found):
            found.append((place, place + len(term)))
    parts = []
    for start, end in sorted(found):
        parts += [escape(text[cut:start]), Markup("<mark>"), escape(text[start:end]), Markup("</mark>")]
        cut = end
    return Markup("").join([*parts, escape(text[cut:])])


def render_report(result: Classification, report: Compliance, words: Words, *, title: str) -> str:
    """Write the page."""
    return _template(words).render(result=result, report=report, title=title)


def labels_csv(result: Classification, language: str) -> str:
    """A row for each label, with its best passage."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(
        ["concept", "scheme", "level", "notation", "label", "score", "status", "start", "end", "text", "terms"]
    )
    for label in result.labels:
        best, concept = label.passages[0], label.concept
        head = [concept.iri, concept.scheme, concept.level, concept.notation, label_of(concept, language)]
        shown = [harmless(" ".join(best.text.split())), harmless("; ".join(best.terms))]
        writer.writerow([*head, label.score, label.status, best.start, best.end, *shown])
    return out.getvalue()
