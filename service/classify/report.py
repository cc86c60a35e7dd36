"""The result and the compliance report as one printable page."""

from __future__ import annotations

import csv
import io
from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from service.classify.compliance import Compliance
from service.classify.results import Classification, Excerpt
from service.spreadsheets import harmless

_GROUPS = (("SDG goals and targets", "sdg"), ("SMART Concept", "smart-concept"), ("European Green Deal", "green-deal"))


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("service.classify"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("report.html.j2")


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


def render_report(result: Classification | None, report: Compliance | None, *, title: str, language: str = "en") -> str:
    """Write the page."""
    groups = (
        [(name, [label for label in result.labels if label.concept.scheme == scheme]) for name, scheme in _GROUPS]
        if result
        else []
    )
    peer_groups = sorted({group for row in report.rows for group in row.peers}) if report else []
    return _template().render(
        result=result,
        report=report,
        title=title,
        language=language,
        groups=groups,
        peer_groups=peer_groups,
        highlight=highlight,
    )


def labels_csv(result: Classification) -> str:
    """A row for each label, with its best passage."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(
        ["concept", "scheme", "level", "notation", "label", "score", "status", "start", "end", "text", "terms"]
    )
    for label in result.labels:
        best, concept = label.passages[0], label.concept
        head = [concept.iri, concept.scheme, concept.level, concept.notation, concept.labels["en"], label.score]
        shown = [harmless(" ".join(best.text.split())), harmless("; ".join(best.terms))]
        writer.writerow([*head, label.status, best.start, best.end, *shown])
    return out.getvalue()
