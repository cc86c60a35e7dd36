"""The statements about one thing, grouped by property, with where each comes from."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from markupsafe import Markup

from ontology.terms import PREFIXES
from service.pages.addresses import is_address
from service.pages.ask import Row, Term
from service.pages.language import Text, msg, pick
from service.pages.page import Page
from service.pages.vocabulary import REUSED, property_label

_NUMBERS: Final = frozenset({"integer", "decimal", "double", "float", "nonNegativeInteger"})
_DATES: Final = frozenset({"date", "dateTime", "gYear", "gYearMonth"})
# Shown elsewhere on the page, or only of use to machines.
_APART: Final = frozenset(
    {
        *(
            "rdf:type",
            "dct:title",
            "skos:prefLabel",
            "dct:description",
            "skos:definition",
            "dct:source",
            "sg:sourceNote",
        ),
        *("skos:inScheme", "skos:topConceptOf", "skos:narrower", "skos:hasTopConcept", "geo:hasGeometry", "geo:asWKT"),
        *("skos:broader", "skos:notation", "sg:theme", "sg:hasSignature", "skos:relatedMatch"),
    }
)
_LANGUAGES: Final = "http://publications.europa.eu/resource/authority/language/"
# Numbers that stand for something.
_WORDS: Final = {"sg:degreeOfUrbanisation": {"1": msg("city"), "2": msg("town or suburb"), "3": msg("rural area")}}
_AFTER: Final = frozenset({"wgs:lat", "wgs:long", "owl:sameAs", "skos:exactMatch", "skos:closeMatch", "rdfs:seeAlso"})


def expand(name: str) -> str:
    """The IRI of a prefixed name."""
    prefix, _, local = name.partition(":")
    return PREFIXES[prefix] + local


@dataclass
class Value:
    """One value and the graphs that state it."""

    term: Term
    graphs: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Shown:
    """A property with its values as they are shown."""

    label: str
    values: list[Markup]
    graph: str


class Facts:
    """What is known about a thing."""

    def __init__(self, rows: Iterable[Row]) -> None:
        """Read the rows of `facts-about-a-thing`."""
        self._values: dict[str, dict[tuple[str, str, str], Value]] = {}
        for row in rows:
            term = row["value"]
            key = (term["type"], term["value"], term.get("xml:lang", ""))
            value = self._values.setdefault(row["property"]["value"], {}).setdefault(key, Value(term))
            value.graphs.append(row["graph"]["value"])

    def __bool__(self) -> bool:
        """Whether anything is known."""
        return bool(self._values)

    def pairs(self) -> list[tuple[str, Term]]:
        """Every statement, as property and value."""
        return [(name, value.term) for name, values in self._values.items() for value in values.values()]

    def of(self, name: str) -> list[Value]:
        """The values of a property given by its prefixed name."""
        return list(self._values.get(expand(name), {}).values())

    def iris(self, name: str) -> list[str]:
        """The things that are values of a property."""
        return [v.term["value"] for v in self.of(name) if v.term["type"] == "uri"]

    def first(self, name: str) -> str:
        """A value as text; empty without one."""
        return next((str(v.term["value"]) for v in self.of(name)), "")

    def text(self, name: str, language: str) -> Text:
        """The text of a property in a language or the next best."""
        return pick({v.term.get("xml:lang", "und"): v.term["value"] for v in reversed(self.of(name))}, language)

    @property
    def sources(self) -> list[str]:
        """The sources that the thing names."""
        return self.iris("dct:source")

    @property
    def graphs(self) -> list[str]:
        """Every graph that says something about it."""
        found = (graph for values in self._values.values() for value in values.values() for graph in value.graphs)
        return list(dict.fromkeys(found))

    def shown(self, page: Page, *, without: Iterable[str] = ()) -> list[Shown]:
        """Everything that has no place of its own on the page, the plain facts first."""
        apart = {expand(name) for name in (*_APART, *without)}
        after = {expand(name) for name in _AFTER}
        order = {iri: place for place, iri in enumerate(REUSED)}
        latitude, longitude = expand("wgs:lat"), expand("wgs:long")
        if latitude in self._values:
            apart.add(longitude)
        names = sorted(
            (iri for iri in self._values if iri not in apart), key=lambda iri: (iri in after, order.get(iri, 5.5), iri)
        )
        return [self._position(page) if iri == latitude else self._show(page, iri) for iri in names]

    def _position(self, page: Page) -> Shown:
        pair = Markup(", ").join(page.language.number(self.first(name)) for name in ("wgs:lat", "wgs:long"))
        return Shown(page.gettext("Latitude, longitude"), [pair], self.of("wgs:lat")[0].graphs[0])

    def _show(self, page: Page, iri: str) -> Shown:
        values = list(self._values[iri].values())
        texts = [v for v in values if "xml:lang" in v.term]
        if texts and len(texts) == len(values):
            best = pick({v.term["xml:lang"]: "" for v in texts}, page.code).language
            values = [v for v in texts if v.term["xml:lang"] == best]
        return Shown(
            property_label(iri, page.language),
            [_in_words(page, iri, v.term) or show(page, v.term) for v in values],
            values[0].graphs[0] if values else "",
        )


def _in_words(page: Page, iri: str, term: Term) -> Markup:
    """What a number stands for, where it does."""
    meant = next((words for name, words in _WORDS.items() if expand(name) == iri), {}).get(str(term["value"]), "")
    return Markup("{}").format(page.gettext(meant)) if meant else Markup("")


def show(page: Page, term: Term) -> Markup:
    """A value as a reader sees it: a thing by its name, an address as a link, a number or date in their language."""
    text = str(term["value"])
    if term["type"] == "uri":
        return _resource(page, text)
    if "xml:lang" in term:
        return page.text(Text(text, term["xml:lang"].lower()))
    datatype = term.get("datatype", "").rsplit("#", 1)[-1]
    if datatype in _NUMBERS:
        text = page.language.number(text)
    elif datatype in _DATES:
        text = page.language.date(text)
    elif datatype == "boolean":
        text = page.gettext("yes") if text == "true" else page.gettext("no")
    return Markup("{}").format(text)


def _resource(page: Page, iri: str) -> Markup:
    if iri in page.corpus.names:
        return page.thing(iri)
    if iri.startswith(_LANGUAGES):
        return Markup("{}").format(page.language.language_name(iri.removeprefix(_LANGUAGES)))
    if is_address(iri):
        return Markup('<a href="{}" rel="external">{}</a>').format(iri, _short(iri))
    return Markup("{}").format(iri)


def _short(address: str) -> str:
    return address.split("://", 1)[-1].rstrip("/")
