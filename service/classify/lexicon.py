"""The lexicon: for every concept the words and phrases that people use for it, in five languages."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final

from service.classify.concepts import load_concepts
from service.classify.errors import LexiconError
from service.classify.tokens import WORD

LANGUAGES: Final = ("en", "pl", "cs", "sk", "hu")
HEADER: Final = ["concept", "phrase", "weight", "kind", "note"]
WORDINGS: Final = "targets.tsv"


@dataclass(frozen=True)
class Entry:
    """One phrase that speaks for a concept, or that must not count for it."""

    concept: str
    phrase: str
    weight: float
    exclude: bool = False


@dataclass(frozen=True)
class Lexicon:
    """All entries of one language, and the fingerprint of the file."""

    language: str
    entries: tuple[Entry, ...]
    digest: str


def parse_lexicon(language: str, data: bytes) -> Lexicon:
    """Read a lexicon file; the first wrong line is named."""
    rows = csv.reader(io.StringIO(data.decode("utf-8")), delimiter="\t", quoting=csv.QUOTE_NONE)
    header = next(rows, None)
    if header != HEADER:
        raise LexiconError(f"{language}.tsv: the header must be {' '.join(HEADER)}")
    known = load_concepts().by_code
    return Lexicon(language, tuple(_entries(language, rows, frozenset(known))), hashlib.sha256(data).hexdigest())


def _entries(language: str, rows: Iterable[list[str]], known: frozenset[str]) -> Iterator[Entry]:
    for number, row in enumerate(rows, start=2):
        try:
            concept, phrase, weight, kind = row[:4]
            entry = Entry(concept, phrase, float(weight), kind == "exclude")
        except ValueError:
            raise LexiconError(f"{language}.tsv, line {number}: not concept, phrase, weight, kind, note") from None
        if concept not in known or kind not in {"term", "exclude"} or not 0 < entry.weight <= 1 or not phrase.strip():
            raise LexiconError(
                f"{language}.tsv, line {number}: unknown concept or kind, weight beyond 0 to 1, or no phrase"
            )
        yield entry


@lru_cache(maxsize=len(LANGUAGES))
def load_lexicon(language: str) -> Lexicon | None:
    """The shipped lexicon of a language; None when there is none."""
    path = files("service.classify") / "lexicon" / f"{language}.tsv"
    return parse_lexicon(language, path.read_bytes()) if path.is_file() else None


def available() -> tuple[str, ...]:
    """The languages that have a lexicon."""
    return tuple(language for language in LANGUAGES if load_lexicon(language) is not None)


def parse_wordings(data: bytes) -> dict[str, dict[str, str]]:
    """By language and target, other words by which people speak of it; the first wrong line is named."""
    rows = csv.reader(io.StringIO(data.decode("utf-8")), delimiter="\t", quoting=csv.QUOTE_NONE)
    if next(rows, None) != ["target", *LANGUAGES]:
        raise LexiconError(f"{WORDINGS}: the header must be target {' '.join(LANGUAGES)}")
    known = {target.code for target in load_concepts().at("sdg", "target")}
    found: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
    for number, row in enumerate(rows, start=2):
        code, texts = f"SDG {''.join(row[:1])}", row[1:]
        if code not in known or code in found["en"] or len(texts) != len(LANGUAGES) or not all(map(str.strip, texts)):
            raise LexiconError(f"{WORDINGS}, line {number}: unknown or repeated target, or not a text in each language")
        for language, text in zip(LANGUAGES, texts, strict=True):
            found[language][code] = text
    return found


def wordings_data() -> bytes:
    """The shipped words by which people speak of targets."""
    return (files("service.classify") / "lexicon" / WORDINGS).read_bytes()


def lexicon_digest() -> str:
    """One fingerprint of all lexicons, for the record of how a result came about."""
    digests = [f"{lexicon.language}:{lexicon.digest}" for lexicon in map(load_lexicon, LANGUAGES) if lexicon]
    digests.append(f"{WORDINGS}:{hashlib.sha256(wordings_data()).hexdigest()}")
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def lexicon_words_lower(language: str) -> frozenset[str]:
    """The words of a lexicon as written but in lower case: they tell the language of a short text."""
    lexicon = load_lexicon(language)
    entries = lexicon.entries if lexicon else ()
    return frozenset(word.lower() for entry in entries for word in WORD.findall(entry.phrase) if len(word) > 3)
