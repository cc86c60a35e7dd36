"""How far a passage is prose that says something: rows of numbers, lists of names and formalities show little.

Strategies hold hundreds of pages of tables. A row that names a club or spells out an abbreviation has the words of a
concept without saying that anything is planned, so it counts less, and a sentence is shown before it.
"""

from __future__ import annotations

import re
from typing import Final

from service.classify.tokens import composed

# What a piece is worth as evidence. Only the order and rough size matter: a sentence counts about five times as much as
# a row of a table of contents.
_CONTENTS: Final = 0.1
_NUMBERS: Final = 0.2
_GLOSSARY: Final = 0.2
_NAMES: Final = 0.25
_FORMALITY: Final = 0.1
_CAPTION: Final = 0.3
_TITLE: Final = 0.5
_FRAGMENT: Final = 0.6
_LONG_FRAGMENT: Final = 0.9
_SENTENCE: Final = 1.0
# From here on a passage can be why something is asserted.
TELLING: Final = 0.5

_WORDS_OF_A_SENTENCE: Final = 6
_WORDS_OF_A_LONG_FRAGMENT: Final = 10
_NAMES_FROM: Final = 0.6
_LIST_OF_NAMES_FROM: Final = 0.45
_CELLS_OF_A_LIST: Final = 3
# A longer paragraph says more than who paid for it.
_LONGEST_FORMALITY: Final = 350

_WORD: Final = re.compile(r"[^\W\d_][\w'’-]*[^\W_]")
_NUMBER: Final = re.compile(r"\d[\d.,\s%]*")
_LEADERS: Final = re.compile(r"(?:\.\s?){3,}\s*\d|…\s*\d|(?:\.\s?){6,}")
_MARKS: Final = re.compile(r"^[\s>*•▪●☑✓–\-+]*(?:\d+(?:\.\d+)*[.)]?\s+)?")
_HEADING: Final = re.compile(r"^\s*#{1,6}\s")
_ENDED: Final = re.compile(r"[.!?…][\"'”»)\]*]*\s*$")
_ACRONYM: Final = re.compile(
    r"(?=.{2,12}$)(?:[A-ZĄĆĘŁŃÓŚŹŻÁÉÍÓÖŐÚÜŰČĎĚŇŘŠŤŮÝŽĽĹŔÔÄ]{2,}[\w.&/-]*|[A-Z][a-z]{0,2}[A-Z][\w-]*)"
)
_SPELLED_OUT: Final = re.compile(r"^\W*([\w.&/-]{2,12})\s*(?:[-–—:=]|\()\s*\S")
_CAPTION_WORDS: Final = re.compile(
    r"^\W*(?:table|figure|fig|graph|chart|source|map|annex|appendix|"
    r"tabela|tab|rysunek|rys|wykres|źródło|mapa|załącznik|"
    r"tabulka|obrázek|obr|zdroj|příloha|tabuľka|obrázok|príloha|táblázat|ábra|forrás|melléklet|függelék)"
    r"\b\.?\s*[\w.]{0,6}\s*[:.–-]|^\W*\d+\.\s*(?:táblázat|ábra|melléklet)\b|^\W*https?://|\bISBN\b|\bISSN\b",
    re.IGNORECASE,
)
# Who paid, who owns, where to write: in every document, and about none of them.
_FORMALITIES: Final = re.compile(
    r"grant agreement|received funding from|not necessarily reflect|all rights reserved|"
    r"umow[ay] o (?:udzielenie )?dotacj[ię] nr|otrzymał\w* dofinansowanie z|wszelkie prawa zastrzeżone|"
    r"grantov\w+ (?:dohod|smlouv|zmluv)\w+ č|všechna práva vyhrazena|všetky práva vyhradené|"
    r"támogatási (?:megállapodás|szerződés) (?:szám|keretében)|minden jog fenntartva|"
    r"\(?\bDz\.\s?U\.|\bJournal of Laws\b|\bOfficial Journal\b",
    re.IGNORECASE,
)
_ADDRESS: Final = re.compile(r"\w@[\w-]+\.[a-z]{2,}\b.*(?:\+\d|tel|phone|telefon)", re.IGNORECASE)
# A row or item that says who takes part lists kinds of organisations, whatever these are otherwise about.
_TAKING_PART: Final = re.compile(
    r"^[\s|>*•▪●☑✓–\-+]*(?:"
    r"(?:involved |key |main |other )?stakeholders?(?: involved)?|civil society|"
    r"research and innovation|academia|private sector|national government|responsible(?: \w+)*|"
    r"(?:entities|parties|partners|bodies) (?:involved|responsible)|implementing (?:body|entity)|"
    r"(?:zaangażowani )?interesariusze|podmioty (?:zaangażowane|odpowiedzialne)|podmiot odpowiedzialny|"
    r"(?:zapojené|zúčastněné) (?:strany|subjekty)|odpovědn\w+ \w+|(?:zapojené|zúčastnené) (?:strany|subjekty)|"
    r"zodpovedn\w+ \w+|zainteresovan\w+ strany|érintettek|érdekelt felek|felelős(?: szervezet)?"
    r")\s*[:|]",
    re.IGNORECASE,
)
# So does a line that names a group and then, one by one, organisations and people: "Energy: producers, grid operators".
_GROUP: Final = re.compile(r"^[\s|>*•▪●☑✓–\-+]*[^\W\d][^:.|]{2,59}:\s*(?P<members>[^:]+)$")
_ACTOR: Final = re.compile(
    r"\b(?:NGOs?|residents?|citizens|companies|businesses|enterprises|associations?|organi[sz]ations?|providers?|producers|"
    r"distributors|operators?|owners|managers|developers|investors|universit(?:y|ies)|institutes?|institutions|"
    r"agenc(?:y|ies)|authorit(?:y|ies)|chambers?|unions?|clusters?|schools|banks|households|"
    r"mieszkańc\w+|firm\w*|przedsiębior\w+|stowarzyszen\w+|organizacj\w+|spółk\w+|uczeln\w+|uniwersytet\w*|urz[ąę]d\w*|"
    r"obyvatel\w*|firem|podnik\w*|podnikatel\w*|sdružen\w+|spolk\w+|organizac\w+|organizáci\w+|univerzit\w*|úřad\w*|"
    r"združen\w+|spoločnost\w*|úrad\w*|"
    r"lakos\w*|vállalat\w*|vállalkozás\w*|cég\w*|egyesület\w*|szervezet\w*|egyetem\w*|hivatal\w*|intézmény\w*)\b",
    re.IGNORECASE,
)
_FEWEST_MEMBERS: Final = 3
_LONGEST_MEMBER: Final = 6
_IN_BRACKETS: Final = re.compile(r"\([^()]*\)")
_DIGITS: Final = re.compile(r"\d+")
_MARKUP: Final = re.compile(r"(?m)^\s*#{1,6}\s|\*{1,3}|\||^\s*[•▪●☑✓–\-+]\s")
_BULLETS: Final = str.maketrans(dict.fromkeys("|*•▪●☑✓–-+", " "))


def quality(text: str) -> float:
    """What a passage is worth as evidence, 0 to 1: the mean of its lines, each by how many letters it has."""
    total = worth = 0.0
    for line in composed(text).splitlines():
        letters = sum(map(str.isalpha, line))
        total += letters
        worth += letters * _line(line) if letters else 0.0
    return round(worth / total, 3) if total else 0.0


def readable(text: str) -> str:
    """A passage on one line, without the marks of tables, headings, lists and emphasis."""
    return " ".join(_MARKUP.sub(" ", text).split())


def signature(text: str) -> str:
    """The same for passages that differ in bullets and spaces only; in what is no prose, in numbers only."""
    plain = text if quality(text) >= _LONG_FRAGMENT else _DIGITS.sub("#", text)
    plain = plain.casefold()
    return " ".join(plain.translate(_BULLETS).split())


def _line(line: str) -> float:
    if _LEADERS.search(line):
        return _CONTENTS
    if len(line) < _LONGEST_FORMALITY and (_FORMALITIES.search(line) or ("@" in line and _ADDRESS.search(line))):
        return _FORMALITY
    if _TAKING_PART.match(line) or _names_actors(line):
        return _NAMES
    cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
    cells = [cell for cell in cells if cell and cell != "-"]
    return _row(cells) if len(cells) > 1 else _fragment(cells[0] if cells else line)


def _names_actors(line: str) -> bool:
    """Tell whether a line is a group and its members, at least half of them organisations or people."""
    group = _GROUP.match(_IN_BRACKETS.sub(" ", line.rstrip(" |")))
    members = re.split(r"[,;]", group["members"]) if group else []
    if len(members) < _FEWEST_MEMBERS or any(len(member.split()) > _LONGEST_MEMBER for member in members):
        return False
    return 2 * sum(bool(_ACTOR.search(member)) for member in members) >= len(members)


def _row(cells: list[str]) -> float:
    """A row of a table is as good as the sentence that most of its letters are in, if there is one."""
    longest = max(cells, key=len)
    if _fragment(longest) >= _LONG_FRAGMENT and 2 * len(longest) >= sum(map(len, cells)):
        return _LONG_FRAGMENT
    numbers = sum(_mostly_numbers(cell) for cell in cells)
    if 2 * numbers >= len(cells):
        return _NUMBERS
    if _ACRONYM.fullmatch(cells[0]) and len(cells) <= _CELLS_OF_A_LIST:
        return _GLOSSARY
    capitals = _capitals(" ".join(cells))
    if capitals >= _NAMES_FROM or (capitals >= _LIST_OF_NAMES_FROM and len(cells) >= _CELLS_OF_A_LIST):
        return _NAMES
    return _FRAGMENT


def _fragment(line: str) -> float:
    heading = bool(_HEADING.match(line))
    body = _MARKS.sub("", line.lstrip("# ")).strip("* ")
    words = len(_WORD.findall(body))
    if _CAPTION_WORDS.search(body):
        return _CAPTION
    if _mostly_numbers(body):
        return _NUMBERS
    if words >= _WORDS_OF_A_SENTENCE and _ENDED.search(body):
        return _SENTENCE
    return _TITLE if heading else _unended(body, words)


def _unended(body: str, words: int) -> float:
    """An item of a list, a title, or the spelling out of an abbreviation."""
    spelled = _SPELLED_OUT.match(body)
    if spelled and _ACRONYM.fullmatch(spelled.group(1)) and words < 2 * _WORDS_OF_A_LONG_FRAGMENT:
        return _GLOSSARY
    if words > 1 and _capitals(body) >= _NAMES_FROM:
        return _NAMES
    return _LONG_FRAGMENT if words >= _WORDS_OF_A_LONG_FRAGMENT else _FRAGMENT


def _mostly_numbers(text: str) -> bool:
    numbers = _NUMBER.findall(text)
    return bool(numbers) and len(numbers) >= len(_WORD.findall(text))


def _capitals(text: str) -> float:
    """The share of the longer words, but for the first one, that begin with a capital letter."""
    words = [word for word in _WORD.findall(text)[1:] if len(word) > 3]
    return sum(word[0].isupper() for word in words) / len(words) if words else 0.0
