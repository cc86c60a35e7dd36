"""Reads the text of a document (PDF, DOCX, ODT, HTML, Markdown, plain) within limits, or says clearly why not."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from types import MappingProxyType
from typing import Final

from service.classify.errors import BrokenDocument, NoText, TooLarge, UnsupportedFormat
from service.classify.html_text import html_to_text
from service.classify.office import docx_to_text, odt_to_text
from service.classify.pdf import pdf_to_text

_NUL_SHARE: Final = 0.01
_BOMS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# Text of our region that is not UTF-8 is nearly always this.
_LEGACY: Final = "cp1250"
_LETTER: Final = re.compile(r"[^\W\d_]")


@dataclass(frozen=True)
class ReadLimits:
    """How large a document may be: as sent, unpacked, in pages, and as text."""

    bytes: int = 64 * 2**20
    unpacked: int = 256 * 2**20
    pages: int = 3_000
    characters: int = 12_000_000


Reader = Callable[[bytes, ReadLimits], str]


def read_document(data: bytes, name: str = "", limits: ReadLimits | None = None) -> str:
    """Give the text of a document; the format is told by its content first and by its name second."""
    limits = limits or ReadLimits()
    if len(data) > limits.bytes:
        raise TooLarge(f"the document has {len(data):,} bytes; at most {limits.bytes:,} are read")
    if not data.strip():
        raise NoText("the document is empty")
    text = _READERS[detect_format(data, name)](data, limits)
    if len(text) > limits.characters:
        raise TooLarge(f"the document has {len(text):,} characters; at most {limits.characters:,} are read")
    if not _LETTER.search(text):
        raise NoText("the document holds no text")
    return text


def detect_format(data: bytes, name: str = "") -> str:
    """Tell the format of a document."""
    suffix = PurePath(name).suffix.lower()
    head = data[:2048].lstrip()
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith(b"PK\x03\x04"):
        return _zip_format(data, suffix)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnsupportedFormat(
            "old binary Office files and protected ones are not read: save it as DOCX, ODT or PDF without a password"
        )
    if suffix in {".pdf", ".docx", ".odt"}:
        raise BrokenDocument(f"the file is called {suffix} but is none")
    if suffix in {".html", ".htm", ".xhtml"} or re.match(
        rb"(?:<\?xml[^>]*>\s*)?<(?:!doctype html|html)", head, re.IGNORECASE
    ):
        return "html"
    if data.count(b"\0", 0, 4096) > _NUL_SHARE * min(len(data), 4096) and not data.startswith(
        (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    ):
        raise UnsupportedFormat("the file is neither PDF, DOCX, ODT, HTML, Markdown nor plain text")
    return "text"


def _zip_format(data: bytes, suffix: str) -> str:
    if b"mimetypeapplication/vnd.oasis.opendocument.text" in data[:128]:
        return "odt"
    if b"word/" in data or suffix == ".docx":
        return "docx"
    if suffix == ".odt":
        return "odt"
    raise UnsupportedFormat("the file is an archive, but neither DOCX nor ODT")


def decode(data: bytes) -> str:
    """Decode text: UTF-8 or UTF-16 where marked, else the legacy encoding of the region."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode(_LEGACY, "replace")


def _plain(data: bytes, limits: ReadLimits) -> str:
    del limits
    return decode(data)


def _html(data: bytes, limits: ReadLimits) -> str:
    del limits
    return html_to_text(decode(data))


def _pdf(data: bytes, limits: ReadLimits) -> str:
    return pdf_to_text(data, pages=limits.pages, characters=limits.characters)


def _docx(data: bytes, limits: ReadLimits) -> str:
    return docx_to_text(data, unpacked=limits.unpacked)


def _odt(data: bytes, limits: ReadLimits) -> str:
    return odt_to_text(data, unpacked=limits.unpacked)


_READERS: Final = MappingProxyType({"pdf": _pdf, "docx": _docx, "odt": _odt, "html": _html, "text": _plain})
