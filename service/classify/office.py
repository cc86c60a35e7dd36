"""Text of DOCX and ODT files: a zip of XML, opened with suspicion."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from service.classify.errors import BrokenDocument, EncryptedDocument, TooLarge

_WORD: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_ALTERNATIVES: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
_OFFICE: Final = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_SVG: Final = "{urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0}"
_TEXT: Final = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
# Paragraphs are read one by one, also those that stand in another, in a text box or a footnote.
_BLOCKS: Final = frozenset({f"{_WORD}p", f"{_TEXT}p", f"{_TEXT}h"})
_SPACES: Final = frozenset(
    {f"{_WORD}tab", f"{_WORD}br", f"{_WORD}cr", f"{_TEXT}s", f"{_TEXT}tab", f"{_TEXT}line-break"}
)
# What does not stand in the text: deleted or moved away, a remark on it, the number of a note, the name of a picture.
_ABSENT: Final = frozenset(
    {
        f"{_WORD}del",
        f"{_WORD}moveFrom",
        f"{_TEXT}tracked-changes",
        f"{_TEXT}note-citation",
        f"{_OFFICE}annotation",
        f"{_SVG}title",
        f"{_SVG}desc",
    }
)
_RATIO: Final = 200  # XML packs well, but not better than this.
_CHUNK: Final = 1 << 20
_DEPTH: Final = 256


def docx_to_text(data: bytes, *, unpacked: int) -> str:
    """Give the paragraphs of a DOCX file, then its notes. Raises DocumentError."""
    parts = [_member(data, "word/document.xml", unpacked)]
    parts += [_member(data, f"word/{notes}.xml", unpacked, missing=b"") for notes in ("footnotes", "endnotes")]
    texts = (_paragraphs(_parse(part), _docx_text) for part in parts if part)
    return "\n\n".join(text for text in texts if text)


def odt_to_text(data: bytes, *, unpacked: int) -> str:
    """Give the headings and paragraphs of an ODT file. Raises DocumentError."""
    if b"manifest:encryption-data" in _member(data, "META-INF/manifest.xml", unpacked, missing=b""):
        raise EncryptedDocument("the document is protected with a password")
    return _paragraphs(_parse(_member(data, "content.xml", unpacked)), _odt_text)


def _paragraphs(root: Element, text_of: Callable[[Element], Iterator[str]]) -> str:
    lines = (" ".join("".join(text_of(block)).split()) for block in _blocks(root))
    return "\n\n".join(line for line in lines if line)


def _blocks(node: Element) -> Iterator[Element]:
    """The paragraphs that stand in the document, in order; what stands in one comes after it."""
    for child in _present(node):
        if child.tag in _BLOCKS:
            yield child
        yield from _blocks(child)


def _present(node: Element) -> list[Element]:
    """What stands in the document; of alternatives the first, as the others say the same for older programs."""
    return node[:1] if node.tag == _ALTERNATIVES else [child for child in node if child.tag not in _ABSENT]


def _docx_text(node: Element) -> Iterator[str]:
    """The text of a paragraph without that of paragraphs in it; only `t` holds any."""
    if node.tag == f"{_WORD}t":
        yield node.text or ""
    for child in _present(node):
        if child.tag in _SPACES:
            yield " "
        elif child.tag == f"{_WORD}noBreakHyphen":
            yield "-"
        elif child.tag not in _BLOCKS:
            yield from _docx_text(child)


def _odt_text(node: Element) -> Iterator[str]:
    """The text of a paragraph without that of paragraphs in it; it stands in and after every element."""
    yield node.text or ""
    for child in node:
        if child.tag in _SPACES:
            yield " "
        elif child.tag not in _BLOCKS and child.tag not in _ABSENT:
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

    def start(self, tag: str, attrs: dict[str, str]) -> Element:
        self._depth = getattr(self, "_depth", 0) + 1
        if self._depth > _DEPTH:
            raise BrokenDocument(f"the document is nested more than {_DEPTH} levels deep")
        return super().start(tag, attrs)

    def end(self, tag: str) -> Element:
        self._depth -= 1
        return super().end(tag)


def _parse(content: bytes) -> Element:
    try:
        return ElementTree.fromstring(content, ElementTree.XMLParser(target=_Tree()))  # noqa: S314
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise BrokenDocument(f"the document is damaged: {error}") from error
