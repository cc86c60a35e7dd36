"""Every IRI of Strategraph is made here, so that no other module spells a namespace or guesses an address."""

import re
import unicodedata
from importlib.resources import files
from pathlib import Path
from typing import Final

from pyoxigraph import NamedNode

BASE: Final = "https://w3id.org/strategraph/"
ID: Final = BASE + "id/"
ONTOLOGY: Final = BASE + "ontology#"
SCHEME: Final = BASE + "scheme/"
GRAPH: Final = BASE + "graph/"

PREFIXES: Final[dict[str, str]] = {
    "sg": ONTOLOGY,
    "smart": SCHEME + "smart-concept/",
    "gd": SCHEME + "green-deal/",
    "country": "http://publications.europa.eu/resource/authority/country/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "eli": "http://data.europa.eu/eli/ontology#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "nuts": "http://data.europa.eu/nuts/code/",
    "oa": "http://www.w3.org/ns/oa#",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "sdg": "http://metadata.un.org/sdg/",
    "sdgo": "http://metadata.un.org/sdg/ontology#",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "time": "http://www.w3.org/2006/time#",
    "vann": "http://purl.org/vocab/vann/",
    "void": "http://rdfs.org/ns/void#",
    "wgs": "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

LANGUAGES: Final = ("en", "pl", "cs", "sk", "hu")

# ISO 3166-1 alpha-2 to the code in the EU authority table of countries.
V4: Final[dict[str, str]] = {"PL": "POL", "CZ": "CZE", "SK": "SVK", "HU": "HUN"}

SCHEMES: Final = (
    "smart-concept",
    "green-deal",
    "sdg",
    "organisation-kind",
    "network-kind",
    "strategy-kind",
    "level",
    "role",
    "strategy-status",
    "alignment-status",
    "alignment-method",
    "structuring-stage",
    "investment-sector",
    "theme-activity",
)

KINDS: Final = frozenset(
    (
        *("strategy", "municipality", "organisation", "network", "membership", "project", "programme", "call", "grant"),
        *(
            "agreement",
            "signature",
            "event",
            "task",
            "service",
            "result",
            "person",
            "alignment",
            "decision",
            "agent",
            "profile",
        ),
        *("indicator", "observation", "source", "legal-act", "load", "quarantined"),
    )
)

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?", re.ASCII)
_SDG_CODE = re.compile(r"(?:1[0-7]|[1-9])(?:\.(?:1[0-9]|[1-9]|[a-d]))?", re.ASCII)

# Letters that Unicode does not decompose into a base letter and an accent.
_PLAIN_LETTERS = str.maketrans(
    {"ł": "l", "đ": "d", "ð": "d", "ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i", "ħ": "h", "ŋ": "n"}
)


def slugify(text: str) -> str:
    """Turn a name into lower-case ASCII letters, digits and single hyphens; the empty string if nothing is left."""
    lowered = text.casefold().translate(_PLAIN_LETTERS)
    plain = unicodedata.normalize("NFKD", lowered).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def mint(kind: str, slug: str) -> NamedNode:
    """Give the IRI of an entity of ours."""
    if kind not in KINDS:
        raise ValueError(f"unknown kind of entity {kind!r}; known are {', '.join(sorted(KINDS))}")
    return NamedNode(f"{ID}{kind}/{_checked_slug(slug)}")


def graph_iri(source: str, *, quarantine: bool = False) -> NamedNode:
    """Give the named graph of a source, or the graph where its rejected records wait."""
    if source == "quarantine":
        raise ValueError("'quarantine' is not a source; use graph_iri(source, quarantine=True)")
    return NamedNode(f"{GRAPH}{'quarantine/' if quarantine else ''}{_checked_slug(source)}")


def scheme_iri(scheme: str) -> NamedNode:
    """Give the IRI of a concept scheme."""
    if scheme not in SCHEMES:
        raise ValueError(f"unknown scheme {scheme!r}; known are {', '.join(SCHEMES)}")
    return NamedNode(SCHEME + scheme)


def concept_iri(scheme: str, code: str) -> NamedNode:
    """Give the IRI of a concept: the United Nations' own for its goals and targets, ours for every other scheme."""
    parent = scheme_iri(scheme)
    if scheme == "sdg":
        if not _SDG_CODE.fullmatch(code):
            raise ValueError(f"{code!r} is neither a goal like '11' nor a target like '11.6' or '11.b'")
        return NamedNode(PREFIXES["sdg"] + code)
    if not _CODE.fullmatch(code):
        raise ValueError(f"{code!r} is not a code: letters, digits, dots and hyphens, no sign at either end")
    return NamedNode(f"{parent.value}/{code}")


def ontology_files() -> list[Path]:
    """List the Turtle files that come with the package, in the order of their names."""
    return sorted(Path(str(entry)) for entry in files("ontology").iterdir() if entry.name.endswith(".ttl"))


def _checked_slug(slug: str) -> str:
    if not _SLUG.fullmatch(slug):
        raise ValueError(f"{slug!r} is not a slug: lower-case ASCII letters, digits and hyphens, none at either end")
    return slug
