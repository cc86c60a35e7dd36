"""Chooses the media type of an answer from what the client accepts and what the answer can be."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from service.problems import Problem


@dataclass(frozen=True)
class Offer:
    """A media type that can be sent, its short names for `format=`, and other types that mean it."""

    media_type: str
    names: tuple[str, ...]
    aliases: tuple[str, ...] = ()

    @property
    def content_type(self) -> str:
        """The header's value."""
        # RDF and SPARQL types other than text/* have no charset parameter: they are UTF-8 by definition.
        return f"{self.media_type}; charset=utf-8" if self.media_type.startswith("text/") else self.media_type


JSON = Offer("application/sparql-results+json", ("json", "sparql-json", "srj"), ("application/json",))
XML = Offer("application/sparql-results+xml", ("xml", "sparql-xml", "srx"), ("application/xml", "text/xml"))
CSV = Offer("text/csv", ("csv",))
TSV = Offer("text/tab-separated-values", ("tsv",))
TURTLE = Offer("text/turtle", ("turtle", "ttl", "n3"), ("application/x-turtle", "text/n3"))
NTRIPLES = Offer("application/n-triples", ("ntriples", "nt", "n-triples"), ("text/plain",))
RDFXML = Offer("application/rdf+xml", ("rdfxml", "rdf", "xml", "rdf+xml"), ("application/xml", "text/xml"))
JSONLD = Offer("application/ld+json", ("jsonld", "json-ld", "json"), ("application/json",))
NQUADS = Offer("application/n-quads", ("nquads", "nq", "n-quads"))
TRIG = Offer("application/trig", ("trig",))
SOLUTIONS = (JSON, XML, CSV, TSV)
GRAPHS = (TURTLE, NTRIPLES, RDFXML, JSONLD, NQUADS, TRIG)
# Endings of the addresses of documents; the first for a format is the one that links have.
EXTENSIONS = {
    "ttl": TURTLE,
    "nt": NTRIPLES,
    "rdf": RDFXML,
    "jsonld": JSONLD,
    "json": JSONLD,
    "nq": NQUADS,
    "trig": TRIG,
    "csv": CSV,
}
BROWSER = ("text/html", "application/xhtml+xml")


def rdf_file(extension: str) -> Offer:
    """The RDF format of an address that ends like that; raises 404."""
    offer = EXTENSIONS.get(extension)
    if offer not in GRAPHS:
        known = ", ".join(f".{name}" for name, each in EXTENSIONS.items() if each in GRAPHS)
        raise Problem(404, f"There is no .{extension}: this document comes as {known}.")
    return offer


@dataclass(frozen=True)
class Range:
    """One entry of an Accept header."""

    media_type: str
    quality: float

    def matches(self, media_type: str) -> bool:
        """Tell whether this entry covers a media type."""
        kind, _, subtype = self.media_type.partition("/")
        if subtype == "*":
            return kind == "*" or media_type.startswith(kind + "/")
        return self.media_type == media_type

    @property
    def specificity(self) -> int:
        """0 for `*/*`, 1 for `text/*`, 2 for a full type."""
        return 2 - self.media_type.count("*")


def parse_accept(header: str) -> list[Range]:
    """Read an Accept header; an entry that cannot be read is left out."""
    found = []
    for entry in header.split(","):
        media_type, *parameters = (part.strip() for part in entry.lower().split(";"))
        if media_type == "*":
            media_type = "*/*"
        quality = parse_quality(parameters)
        if media_type.count("/") == 1 and quality is not None:
            found.append(Range(media_type, quality))
    return found


def parse_quality(parameters: Iterable[str]) -> float | None:
    """Return the value of `q`, 1 without one, None if it is not a number from 0 to 1."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                quality = float(value)
            except ValueError:
                return None
            return quality if 0 <= quality <= 1 else None
    return 1.0


def choose(accept: str | None, offers: Sequence[Offer]) -> Offer | None:
    """Return the best offer, the first one for a client without a wish or a browser, None if none is acceptable."""
    ranges = parse_accept(accept or "")
    if not ranges:
        return offers[0]
    scored = [(_score(offer, ranges), -place, offer) for place, offer in enumerate(offers)]
    (quality, _), _, best = max(scored, key=lambda entry: entry[:2])
    if quality > 0:
        return best
    wants_page = any(r.media_type in BROWSER and r.quality > 0 for r in ranges)
    refuses_first = any(r.matches(offers[0].media_type) and r.specificity == 2 for r in ranges)
    return offers[0] if wants_page and not refuses_first else None


def _score(offer: Offer, ranges: list[Range]) -> tuple[float, int]:
    """The quality of the entry that says most about an offer, and how much it says."""
    own = max((r for r in ranges if r.matches(offer.media_type)), key=lambda r: r.specificity, default=None)
    if own is not None and own.specificity == 2:
        return (own.quality, 3)
    # Only an exact entry means an alias: `text/*` does not ask for what text/xml is short for.
    by_alias = max((r.quality for r in ranges if r.media_type in offer.aliases), default=None)
    if by_alias is not None:
        return (by_alias, 2)
    return (0.0, -1) if own is None else (own.quality, own.specificity)


def negotiate(accept: str | None, wanted: str | None, offers: Sequence[Offer]) -> Offer:
    """Choose by `format=` if given, else by Accept; raises 406 (or 400 for a format that nobody knows)."""
    names = ", ".join(offer.names[0] for offer in offers)
    if wanted:
        for offer in offers:
            if wanted.lower() in (*offer.names, offer.media_type, *offer.aliases):
                return offer
        known = any(wanted.lower() in (*o.names, o.media_type, *o.aliases) for o in (*SOLUTIONS, *GRAPHS))
        raise Problem(406 if known else 400, f"The format {wanted!r} is not available for this answer. Use: {names}.")
    best = choose(accept, offers)
    if best is None:
        raise Problem(406, f"None of the accepted media types is available. Use: {names}.", available=types(offers))
    return best


def prefers_page(accept: str | None, offers: Sequence[Offer]) -> bool:
    """Tell whether a client would rather have a page than any of the offers: what a browser says."""
    ranges = parse_accept(accept or "")
    page = max((r.quality for r in ranges if r.media_type in BROWSER), default=0.0)
    explicit = [r.quality for r in ranges for o in offers if r.media_type in (o.media_type, *o.aliases)]
    # Browsers accept application/xml too, with a lower quality.
    return page > 0 and page >= max(explicit, default=0.0)


def types(offers: Iterable[Offer]) -> list[str]:
    """List the media types of offers."""
    return [offer.media_type for offer in offers]
