"""Bytes to text: in the charset that is named, or the one the bytes show; what cannot be read is told, not replaced."""

from __future__ import annotations

import codecs
import re
from types import MappingProxyType
from typing import Final

from service.classify.errors import BrokenDocument, UnsupportedFormat

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # Before UTF-16, whose mark it begins with.
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Text of our region that is not UTF-8 is nearly always the first of these, in old files the second.
_LEGACY: Final = ("cp1250", "iso8859-2")
_ONLY_IN_FIRST: Final = re.compile(rb"[\x80-\x9f]")
# Letters (such as those of "gęślą") that would be signs in the middle of a word in the first.
_LETTER: Final = rb"[A-Za-z\xa3\xaf\xb3\xb5\xb9\xbc\xbe-\xff]"
_LETTERS_OF_SECOND: Final = re.compile(_LETTER + rb"[\xa1\xa6\xac\xb1\xb6\xbb]" + _LETTER)
# Python also calls charsets what is none (rot13, unicode_escape), or gives what is no text (utf-7).
_CHARSETS: Final = re.compile(r"utf-(?:8|16|32)(?:-[bl]e|-sig)?|iso8859-\d+|cp\d+|koi8-[rtu]|mac-\w+")
# As browsers do: what is called by the first name is in practice the second, which can read all of it.
_SUPERSETS: Final = MappingProxyType({"ascii": "utf-8", "iso8859-1": "cp1252"})
_META: Final = re.compile(
    rb"""<meta\b[^>]*?\bcharset\s*=\s*["']?\s*([\w.:-]+)|\A\s*<\?xml\b[^>]*?\bencoding\s*=\s*["']([\w.:-]+)""",
    re.IGNORECASE,
)
# Browsers look at 1,024 bytes; some pages begin with long scripts.
_HEAD: Final = 4096
_CONTROL: Final = re.compile(r"[\0-\x08\x0e-\x1f\x7f\ufffe\uffff]")
# Text taken out of PDFs has some; of random bytes a tenth are.
_CONTROL_SHARE: Final = 0.01
# So many characters for each wrong one tell that it is UTF-8 with a fault, not another charset.
_DAMAGED: Final = 20


def decode(data: bytes, charset: str = "", *, page: bool = False) -> str:
    """Decode by the charset that is named, else by the mark at the start, in a `page` by its own word, else by a guess.

    Raises UnsupportedFormat for a charset that is not known and for what is no text, and BrokenDocument for bytes that
    are not in the charset they should be in.
    """
    charset = charset or _marked(data) or (_named_in_page(data) if page else "") or _wide(data)
    text = (_decoded(data, charset) if charset else _guessed(data)).removeprefix("\ufeff")
    _refuse_binary(text)
    return text


def _marked(data: bytes) -> str:
    return next((charset for mark, charset in _MARKS if data.startswith(mark)), "")


def _named_in_page(data: bytes) -> str:
    found = _META.search(data[:_HEAD])
    charset = (found[1] or found[2]).decode("ascii", "replace") if found else ""
    # If it were UTF-16, this could not have been read.
    return "utf-8" if charset.lower().startswith("utf-16") else charset


def _wide(data: bytes) -> str:
    """UTF-16 without a mark: in Latin letters every other byte is zero."""
    first, second = data[:_HEAD:2], data[1:_HEAD:2]
    zeros = first.count(0), second.count(0)
    if max(zeros) * 3 < len(second) or min(zeros) * 100 > len(second) or not second:
        return ""
    return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"


def _decoded(data: bytes, charset: str) -> str:
    try:
        return data.decode(_codec(charset))
    except UnicodeDecodeError as error:
        raise BrokenDocument(
            f"the text is not in the charset {charset}: byte {error.start + 1:,} cannot be read; name the right one, "
            "or save the text as UTF-8"
        ) from None


def _codec(charset: str) -> str:
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):
        name = ""
    name = _SUPERSETS.get(name, name)
    if not _CHARSETS.fullmatch(name):
        raise UnsupportedFormat(f"the charset {charset[:40]!r} is not known here: send UTF-8")
    return name


def _guessed(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse_damaged(data, error.start)
    old = not _ONLY_IN_FIRST.search(data) and _LETTERS_OF_SECOND.search(data)
    try:
        return data.decode(_LEGACY[bool(old)])
    except UnicodeDecodeError:
        _refuse_binary(data.decode("latin-1"))
        raise UnsupportedFormat("the charset of the text cannot be told: name it, or save the text as UTF-8") from None


def _refuse_damaged(data: bytes, place: int) -> None:
    """Another charset would make wrong letters of all the right ones."""
    text = data.decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    if sum(not one.isascii() for one in text) - wrong > _DAMAGED * wrong:
        raise BrokenDocument(f"the text is UTF-8 but damaged: byte {place + 1:,} cannot be read; save it anew")


def _refuse_binary(text: str) -> None:
    # A single one is no sign, however short the text.
    if len(_CONTROL.findall(text)) > 1 + _CONTROL_SHARE * len(text):
        raise UnsupportedFormat("the file is neither PDF, DOCX, ODT, HTML, Markdown nor plain text")
