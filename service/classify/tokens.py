"""Words of a text with their places, folded so that case and accents do not matter."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

# Accents written after their letter, as file systems and some PDFs do, are part of the word.
MARKS = "\u0300-\u036f"
# Places to break a line or to join letters, which a reader does not see: within a word only, they end none.
_UNSEEN = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
WORD = re.compile(rf"[^\W_]+(?:[{MARKS}{_UNSEEN}]+[^\W_]+)*[{MARKS}]*")

_WITHOUT_UNSEEN = dict.fromkeys(map(ord, _UNSEEN))
# Letters that Unicode does not decompose into a base letter and an accent.
_PLAIN = str.maketrans({"ł": "l", "đ": "d", "ø": "o", "æ": "ae", "œ": "oe", "ı": "i"})

# Folding is a pure function of a word and words repeat: remembering them makes it three times as fast.
_REMEMBERED = 200_000
_folded: dict[str, str] = {}


class Token(NamedTuple):
    """A word as written, its folded form, and where it stands."""

    text: str
    folded: str
    start: int
    end: int


def composed(word: str) -> str:
    """Give a word with its accents on their letters and without what a reader does not see."""
    return word if word.isascii() else unicodedata.normalize("NFC", word.translate(_WITHOUT_UNSEEN))


def fold(word: str) -> str:
    """Give a word without case and accents."""
    known = _folded.get(word)
    if known is not None:
        return known
    if word.isascii():
        folded = word.lower()
    else:
        decomposed = unicodedata.normalize("NFKD", composed(word).casefold().translate(_PLAIN))
        folded = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    if len(_folded) >= _REMEMBERED:
        _folded.clear()
    _folded[word] = folded
    return folded


def tokenize(text: str) -> list[Token]:
    """Find the words of a text; offsets count characters of the text as given."""
    return [
        Token(word, fold(word), found.start(), found.end()) for found in WORD.finditer(text) if (word := found.group())
    ]
