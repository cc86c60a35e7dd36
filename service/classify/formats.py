"""Tells the format of a document: by its first bytes, then by the media type it was sent with, then by its name."""

from __future__ import annotations

import codecs
import re
from pathlib import PurePath
from types import MappingProxyType
from typing import Final, Literal

from service.classify.errors import BrokenDocument, UnsupportedFormat

Format = Literal["pdf", "docx", "odt", "html", "text"]

MEDIA_TYPES: Final[MappingProxyType[str, Format]] = MappingProxyType(
    {
        "application/pdf": "pdf",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
        "application/vnd.oasis.opendocument.text": "odt",
        "text/html": "html",
        "application/xhtml+xml": "html",
        "text/markdown": "text",
        "text/x-markdown": "text",
        "text/plain": "text",
    }
)
_SUFFIXES: Final[MappingProxyType[str, Format]] = MappingProxyType(
    {".pdf": "pdf", ".docx": "docx", ".odt": "odt", ".html": "html", ".htm": "html", ".xhtml": "html"}
)
_READ: Final = "only PDF, DOCX, ODT, HTML, Markdown and plain text are read"
_OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0"
# What others begin with. Shorter beginnings (of BMP, MP3, EXE) could be words; their bytes tell that they are no text.
_FOREIGN: Final = tuple(
    (re.compile(start, re.DOTALL), name)
    for start, name in (
        (rb"\s*\{\\rtf", "an RTF document"),
        (rb"\s*%!PS", "a PostScript document"),
        (rb"AT&TFORM", "a DjVu document"),
        (rb"\xff\xd8\xff", "a JPEG picture"),
        (rb"\x89PNG\r\n", "a PNG picture"),
        (rb"GIF8[79]a", "a GIF picture"),
        (rb"II\*\0|MM\0\*", "a TIFF picture"),
        (rb"RIFF.{4}WEBP", "a WebP picture"),
        (rb"RIFF.{4}(?:WAVE|AVI )|OggS\0|fLaC\0|\0.{3}ftyp|\x1aE\xdf\xa3", "a sound or a film"),
        (rb"\x1f\x8b", "a gzip archive"),
        (rb"BZh[1-9]1AY&SY", "a bzip2 archive"),
        (rb"\xfd7zXZ\0", "an xz archive"),
        (rb"\x28\xb5\x2f\xfd", "a zstd archive"),
        (rb"7z\xbc\xaf\x27\x1c", "a 7z archive"),
        (rb"Rar!\x1a\x07", "a RAR archive"),
        (rb"PK\x05\x06", "an empty ZIP archive"),
        (rb".{257}ustar", "a tar archive"),
        (rb"\x7fELF", "a program"),
        (rb"SQLite format 3\0", "a database"),
    )
)
_PAGE: Final = re.compile(rb"(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.DOTALL)


def detect_format(data: bytes, name: str = "", media_type: str = "") -> Format:
    """Tell the format of a document. Raises UnsupportedFormat or BrokenDocument for what is none that is read."""
    claimed = MEDIA_TYPES.get(media_type) or _SUFFIXES.get(PurePath(name).suffix.lower())
    if data.startswith(b"%PDF-") or (b"%PDF-" in data[:1024] and claimed != "text"):
        return "pdf"
    if data.startswith(b"PK\x03\x04"):
        return _zip_format(data, claimed)
    _refuse_foreign(data)
    if claimed in {"pdf", "docx", "odt"}:
        raise BrokenDocument(f"the file is named or sent as {claimed.upper()} but is none")
    if claimed:
        return claimed
    head = _head(data)
    if _PAGE.match(head):
        return "html"
    if head.startswith(b"<?xml"):
        raise UnsupportedFormat(f"the file is XML; {_READ}")
    return "text"


def _zip_format(data: bytes, claimed: Format | None) -> Format:
    if b"mimetypeapplication/vnd.oasis.opendocument.text" in data[:128]:
        return "odt"
    if b"word/" in data or claimed == "docx":
        return "docx"
    if claimed == "odt":
        return "odt"
    raise UnsupportedFormat("the file is an archive, but neither DOCX nor ODT")


def _refuse_foreign(data: bytes) -> None:
    if data.startswith(_OLD_OFFICE):
        raise UnsupportedFormat(
            "old binary Office files and protected ones are not read: save it as DOCX, ODT or PDF without a password"
        )
    for start, name in _FOREIGN:
        if start.match(data):
            raise UnsupportedFormat(f"the file is {name}; {_READ}")


def _head(data: bytes) -> bytes:
    """The first characters in bytes that a pattern can match, whatever mark they begin with."""
    head = data[:2048]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        head = head.decode("utf-16", "ignore").encode()
    return head.removeprefix(codecs.BOM_UTF8).lstrip()
