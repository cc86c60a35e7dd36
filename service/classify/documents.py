"""Reads the text of a document (PDF, DOCX, ODT, HTML, Markdown, plain) within limits, or says clearly why not."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from service.classify.decoding import decode
from service.classify.errors import NoText, TooLarge
from service.classify.formats import Format, detect_format
from service.classify.html_text import html_to_text
from service.classify.office import docx_to_text, odt_to_text
from service.classify.pdf import pdf_to_text

__all__ = ["UNSAID", "ContentType", "ReadLimits", "check_text", "detect_format", "read_document"]
_LETTER: Final = re.compile(r"[^\W\d_]")


@dataclass(frozen=True)
class ReadLimits:
    """How large a document may be: as sent, unpacked, in pages, and as text."""

    bytes: int = 64 * 2**20
    unpacked: int = 256 * 2**20
    pages: int = 3_000
    characters: int = 12_000_000


@dataclass(frozen=True)
class ContentType:
    """What a document was said to be when it was sent; nothing where nothing was said."""

    media_type: str = ""
    charset: str = ""

    @classmethod
    def of(cls, header: str | None) -> ContentType:
        """Read the header."""
        media_type, *parameters = (header or "").split(";")
        pairs = (parameter.partition("=") for parameter in parameters)
        named = {name.strip().lower(): value.strip().strip("\"'") for name, _, value in pairs}
        return cls(media_type.strip().lower(), named.get("charset", ""))


UNSAID: Final = ContentType()


def read_document(data: bytes, name: str = "", limits: ReadLimits | None = None, sent_as: ContentType = UNSAID) -> str:
    """Give the text of a document; its content tells the format first, then how it was sent, then its name.

    Raises DocumentError.
    """
    limits = limits or ReadLimits()
    if len(data) > limits.bytes:
        raise TooLarge(f"the document has {len(data):,} bytes; at most {limits.bytes:,} are read")
    if not data.strip():
        raise NoText("the document is empty")
    reader = _READERS[detect_format(data, name, sent_as.media_type)]
    return _within(reader(data, limits, sent_as.charset), limits)


def check_text(text: str, limits: ReadLimits | None = None) -> str:
    """Give a text back that came as such and keeps what is asked of one in a document. Raises NoText or TooLarge."""
    if not text.strip():
        raise NoText("the document is empty")
    return _within(text, limits or ReadLimits())


def _within(text: str, limits: ReadLimits) -> str:
    if len(text) > limits.characters:
        raise TooLarge(f"the document has {len(text):,} characters; at most {limits.characters:,} are read")
    if not _LETTER.search(text):
        raise NoText("the document holds no text")
    return text


Reader = Callable[[bytes, ReadLimits, str], str]
_READERS: Final[MappingProxyType[Format, Reader]] = MappingProxyType(
    {
        "pdf": lambda data, limits, _: pdf_to_text(data, pages=limits.pages, characters=limits.characters),
        "docx": lambda data, limits, _: docx_to_text(data, unpacked=limits.unpacked),
        "odt": lambda data, limits, _: odt_to_text(data, unpacked=limits.unpacked),
        "html": lambda data, _, charset: html_to_text(decode(data, charset, page=True)),
        "text": lambda data, _, charset: decode(data, charset),
    }
)
