"""Where a thing's page is: every IRI that the site knows has one address below the site, and back."""

import re
from typing import Final
from urllib.parse import quote

from ontology.terms import BASE, ID, LANGUAGES, ONTOLOGY, PREFIXES, SCHEME, V4

_COUNTRIES: Final = {code: alpha2 for alpha2, code in V4.items()}
_SDG, _NUTS, _COUNTRY = PREFIXES["sdg"], PREFIXES["nuts"], PREFIXES["country"]
_PATHS: Final = ((_SDG, "/sdg/"), (_NUTS, "/region/"), (SCHEME + "smart-concept/", "/smart-concept/"))
_MORE_PATHS: Final = ((SCHEME + "green-deal/", "/green-deal/"),)
# For scripts: the namespaces whose things have a page, and what stands before the rest of their IRI in its path.
SITE_PATHS: Final = ((ONTOLOGY, "/ontology#"), *_PATHS, *_MORE_PATHS, (ID, "/id/"), (SCHEME, "/scheme/"))
_SAFE: Final = re.compile(r"[A-Za-z0-9._-]+")


def path_of(iri: str) -> str:
    """The path of the page about a thing; a page that only quotes its IRI when it is not one of ours."""
    for namespace, path in (*_PATHS, *_MORE_PATHS):
        local = iri.removeprefix(namespace)
        if local != iri and _SAFE.fullmatch(local):
            return path + local
    if iri.startswith(_COUNTRY) and iri.removeprefix(_COUNTRY) in _COUNTRIES:
        return "/region/" + _COUNTRIES[iri.removeprefix(_COUNTRY)]
    if iri.startswith(ONTOLOGY):
        return "/ontology#" + quote(iri.removeprefix(ONTOLOGY))
    if iri.startswith((ID, SCHEME)):
        return "/" + quote(iri.removeprefix(BASE))
    return "/concept?iri=" + quote(iri, safe="")


def region_iri(code: str) -> str:
    """The IRI behind /region/PL or /region/PL21."""
    return _COUNTRY + V4[code] if code in V4 else _NUTS + code


def sdg_iri(code: str) -> str:
    """The IRI behind /sdg/11.6."""
    return _SDG + code


def scheme_iri(scheme: str, code: str = "") -> str:
    """The IRI behind /smart-concept/MO1.2 and the like."""
    return f"{SCHEME}{scheme}/{code}" if code else SCHEME + scheme


def country_of(iri: str) -> str:
    """The two letters of the country that an area's IRI tells, or nothing."""
    if iri.startswith(_COUNTRY):
        return _COUNTRIES.get(iri.removeprefix(_COUNTRY), "")
    if iri.startswith(_NUTS):
        code = iri.removeprefix(_NUTS)[:2]
        return code if code in V4 else ""
    code = iri.removeprefix(ID + "municipality/")[:2].upper()
    return code if iri.startswith(ID + "municipality/") and code in V4 else ""


def is_address(text: str) -> bool:
    """Whether a text may become the target of a link: http and https only."""
    return text.startswith(("http://", "https://"))


def national_language(country: str) -> str:
    """The language of one of the four countries."""
    return {"PL": "pl", "CZ": "cs", "SK": "sk", "HU": "hu"}.get(country, LANGUAGES[0])
