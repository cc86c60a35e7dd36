"""Text of DOCX and ODT files: a zip of XML, opened with suspicion."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree

from service.classify.errors import BrokenDocument, EncryptedDocument, TooLarge

_WORD: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_TEXT: Final = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_RATIO: Final = 200  # XML packs well, but not better than this.
_CHUNK: Final = 1 << 20
_DEPTH: Final = 256


def docx_to_text(data: bytes, *, unpacked: int) -> str:
    """Give the paragraphs of a DOCX file."""
    root = _parse(_member(data, "word/document.xml", unpacked))
    return "\n\n".join(line for line in (_docx_paragraph(p) for p in root.iter(f"{_WORD}p")) if line)


def _docx_paragraph(paragraph: ElementTree.Element) -> str:
    parts = []
    for node in paragraph.iter():
        if node.tag == f"{_WORD}t":
            parts.append(node.text or "")
        elif node.tag in {f"{_WORD}tab", f"{_WORD}br"}:
            parts.append(" ")
    return " ".join("".join(parts).split())


def odt_to_text(data: bytes, *, unpacked: int) -> str:
    """Give the headings and paragraphs of an ODT file."""
    if b"manifest:encryption-data" in _member(data, "META-INF/manifest.xml", unpacked, missing=b""):
        raise EncryptedDocument("the document is protected with a password")
    root = _parse(_member(data, "content.xml", unpacked))
    lines = (
        " ".join("".join(_odt_text(node)).split()) for node in root.iter() if node.tag in {f"{_TEXT}p", f"{_TEXT}h"}
    )
    return "\n\n".join(line for line in lines if line)


def _odt_text(node: ElementTree.Element) -> Iterator[str]:
    yield node.text or ""
    for child in node:
        if child.tag in {f"{_TEXT}s", f"{_TEXT}tab", f"{_TEXT}line-break"}:
            yield " "
        elif child.tag != f"{_TEXT}p":
            yield from _odt_text(child)
        yield child.tail or ""


def _member(data: bytes, name: str, unpacked: int, *, missing: bytes | None = None) -> bytes:
    """Unpack one file of the archive, stopping when it grows beyond the limit whatever its header claims."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entry = archive.getinfo(name)
            if entry.flag_bits & 1:
                raise EncryptedDocument("the document is protected with a password")
            content = bytearray()
            with archive.open(entry) as stream:
                while chunk := stream.read(_CHUNK):
                    content += chunk
                    if len(content) > unpacked or len(content) > _RATIO * max(len(data), _CHUNK // 16):
                        raise TooLarge("the document unpacks to more than is read")
            return bytes(content)
    except KeyError:
        if missing is not None:
            return missing
        raise BrokenDocument(f"the document has no {name}") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        raise BrokenDocument(f"the document is damaged: {error}") from error


class _Tree(ElementTree.TreeBuilder):
    """Builds the tree, but not of a document that declares entities, which can grow without end."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise BrokenDocument("the document declares its own type, which office files do not do")

    def start(self, tag: str, attrs: dict[str, str]) -> ElementTree.Element:
        self._depth = getattr(self, "_depth", 0) + 1
        if self._depth > _DEPTH:
            raise BrokenDocument(f"the document is nested more than {_DEPTH} levels deep")
        return super().start(tag, attrs)

    def end(self, tag: str) -> ElementTree.Element:
        self._depth -= 1
        return super().end(tag)


def _parse(content: bytes) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(content, ElementTree.XMLParser(target=_Tree()))  # noqa: S314
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise BrokenDocument(f"the document is damaged: {error}") from error
