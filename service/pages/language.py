"""Everything that depends on the reader's language: messages, numbers, dates, and the order of letters."""

import gettext
import io
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from babel.core import Locale
from babel.dates import format_date, format_skeleton
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from starlette.requests import Request

from ontology.terms import LANGUAGES

NAMES: Final = {"en": "English", "pl": "Polski", "cs": "Čeština", "sk": "Slovenčina", "hu": "Magyar"}
COOKIE: Final = "lang"
_LANGUAGE_CODES: Final = {"ENG": "en", "POL": "pl", "CES": "cs", "SLK": "sk", "HUN": "hu", "DEU": "de", "FRA": "fr"}

# Letters that have a place of their own in the alphabet; everything else sorts as its base letter, then by accent.
_OWN_LETTERS: Final = {
    "en": "",
    "pl": "a ą b c ć d e ę f g h i j k l ł m n ń o ó p q r s ś t u v w x y z ź ż",
    "cs": "a b c č d e f g h ch i j k l m n o p q r ř s š t u v w x y z ž",
    "sk": "a ä b c č d e f g h ch i j k l m n o ô p q r s š t u v w x y z ž",
    "hu": "a b c cs d dz dzs e f g gy h i j k l ly m n ny o ö p q r s sz t ty u ü v w x y z zs",
}
# The two long letters of Hungarian sort with their short sisters.
_TWINS: Final = {"hu": str.maketrans("őű", "öü")}
_UNDECOMPOSED: Final = str.maketrans({"ł": "l", "đ": "d", "ø": "o", "ß": "ss", "æ": "ae", "œ": "oe"})
Key = tuple[tuple[int, ...], str]


@dataclass(frozen=True)
class Text:
    """A text and the language it is really in."""

    value: str
    language: str = ""

    def __str__(self) -> str:
        """The text alone."""
        return self.value


@dataclass(frozen=True)
class Language:
    """One language of the site."""

    code: str
    messages: gettext.NullTranslations

    def gettext(self, message: str) -> str:
        """Translate."""
        return self.messages.gettext(message)

    def ngettext(self, one: str, many: str, number: int) -> str:
        """Translate with the right plural; `%(num)s` becomes the number as this language writes it."""
        return self.messages.ngettext(one, many, number) % {"num": self.number(number)}

    def number(self, number: float | str) -> str:
        """Write a number."""
        try:
            amount = float(number)
        except ValueError:
            return str(number)
        return format_decimal(int(amount) if amount.is_integer() else round(amount, 2), locale=self.code)

    def percent(self, share: float, digits: int = 0) -> str:
        """Write a share of one as a percentage."""
        return format_percent(round(share, digits + 2), locale=self.code, decimal_quantization=False)

    def date(self, text: str) -> str:
        """Write a date as exactly as it is known: a day, a month or a year."""
        try:
            if re.fullmatch(r"\d{4}-\d\d-\d\d.*", text):
                return format_date(date.fromisoformat(text[:10]), "long", locale=self.code)
            if re.fullmatch(r"\d{4}-\d\d", text):
                return format_skeleton("yMMMM", date.fromisoformat(text + "-01"), locale=self.code)
        except ValueError:
            return text
        return text

    def tongue(self, code: str) -> str:
        """A language by name."""
        return str(Locale(code).get_display_name(self.code) or code) if code in LANGUAGES else code

    def language_name(self, code: str) -> str:
        """A language of the EU authority table (`CES`) by name."""
        known = _LANGUAGE_CODES.get(code, "")
        return str(Locale(known).get_display_name(self.code) or code) if known else code

    def key(self, text: str) -> Key:
        """A key that sorts texts as this language's dictionaries do."""
        return sort_key(self.code, text)


@lru_cache(maxsize=1 << 16)
def sort_key(code: str, text: str) -> Key:
    """The letters' places in the alphabet, then the text itself to order what differs in accents only."""
    lowered = text.casefold().translate(_TWINS.get(code, {}))
    places, pattern = _alphabet(code)
    key = []
    for piece in pattern.findall(lowered):
        for unit in (piece,) if piece in places else fold(piece):
            key.append(places[unit] if unit in places else _elsewhere(unit))
    return tuple(key), lowered


def _elsewhere(character: str) -> int:
    """Spaces before signs, both before digits; letters of other scripts after all."""
    if character.isspace():
        return 1
    return 200 + ord(character) if character.isalpha() else 2


@cache
def _alphabet(code: str) -> tuple[dict[str, int], re.Pattern[str]]:
    letters = (_OWN_LETTERS[code] or " ".join("abcdefghijklmnopqrstuvwxyz")).split()
    longest_first = sorted(letters, key=len, reverse=True)
    places = {str(digit): 10 + digit for digit in range(10)} | {letter: 30 + i for i, letter in enumerate(letters)}
    return places, re.compile("|".join(map(re.escape, longest_first)) + "|.", re.DOTALL)


def fold(text: str) -> str:
    """Lower case without accents, for finding what was typed on another keyboard."""
    lowered = text.casefold().translate(_UNDECOMPOSED)
    return "".join(c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c))


@cache
def load(code: str) -> Language:
    """Read a language's messages; they are compiled in memory, so nothing compiled has to be kept."""
    if code == "en":
        return Language(code, gettext.NullTranslations())
    source = (files("service") / "locales" / code / "LC_MESSAGES" / "messages.po").read_bytes()
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(source), locale=code))
    compiled.seek(0)
    return Language(code, gettext.GNUTranslations(compiled))


def choose(request: Request) -> Language:
    """The language in the address, else the one chosen before, else the browser's first that the site speaks."""
    for wanted in (request.query_params.get("lang"), request.cookies.get(COOKIE)):
        if wanted in LANGUAGES:
            return load(wanted)
    return load(accepted(request.headers.get("accept-language", "")))


def accepted(header: str) -> str:
    """The best of the site's languages for an Accept-Language header."""
    wishes: list[tuple[float, int, str]] = []
    for place, entry in enumerate(header.split(",")):
        tag, _, quality = entry.strip().partition(";q=")
        try:
            wishes.append((-float(quality or 1), place, tag.split("-")[0].lower()))
        except ValueError:
            continue
    return next((tag for weight, _, tag in sorted(wishes) if tag in LANGUAGES and weight < 0), "en")


def pick(texts: dict[str, str], wanted: str) -> Text:
    """The text in the language wanted, else in English, else in any; the answer says which."""
    for code in (wanted, "en", *LANGUAGES, *sorted(texts)):
        if code in texts:
            return Text(texts[code], code)
    return Text("")


Sorter = Callable[[str], Key]


def msg(message: str) -> str:
    """Mark a message for translation where it is written down; it is translated where it is shown."""
    return message


def nmsg(one: str, many: str) -> tuple[str, str]:
    """Mark a message that has a singular and a plural."""
    return one, many
