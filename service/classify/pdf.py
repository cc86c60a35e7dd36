"""Text of a PDF, page by page, with the running lines joined into paragraphs."""

from __future__ import annotations

import re
from typing import Any

from service.classify.errors import BrokenDocument, EncryptedDocument, NoText, TooLarge
from service.classify.tokens import MARKS

# A page of a scan has at most a stamp; a page of text has more than this.
_LETTERS_OF_A_PAGE = 20
# A letter, or its accent where that stands after it; then what cuts a word at the end of a line.
_HYPHENATED = re.compile(rf"(?:(?<=[^\W\d_])|(?<=[{MARKS}]))[-\u2010\u00ad\ufffe\x02]\r?\n(?=[a-zà-ž])")
_LINE = re.compile(r"(?<![.!?:;\n])\n(?=[a-zà-ž(])")
# A soft hyphen within a line is where the word might have been cut.
_UNSEEN = re.compile(r"[\u00ad\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def pdf_to_text(data: bytes, *, pages: int, characters: int) -> str:
    """Give the text of a PDF; scans, passwords and damage are told apart."""
    document = _open(data)
    try:
        count = len(document)
        if count > pages:
            raise TooLarge(f"the document has {count:,} pages; at most {pages:,} are read")
        parts, total, empty = [], 0, 0
        for number in range(count):
            text = _page_text(document, number)
            empty += sum(map(str.isalpha, text)) < _LETTERS_OF_A_PAGE
            total += len(text)
            if total > characters:
                raise TooLarge(f"the document has more than {characters:,} characters")
            parts.append(_mend(text))
        if empty == count:
            raise NoText("the PDF holds pictures of pages but no text: run it through text recognition (OCR) first")
        return "\n\n".join(parts)
    finally:
        document.close()


def _open(data: bytes) -> Any:
    import pypdfium2

    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "assword" in str(error):
            raise EncryptedDocument("the PDF is protected with a password") from error
        raise BrokenDocument("the PDF is damaged and cannot be opened") from error


def _page_text(document: Any, number: int) -> str:
    import pypdfium2

    try:
        page = document[number]
        layer = page.get_textpage()
        try:
            return str(layer.get_text_bounded())
        finally:
            layer.close()
            page.close()
    except pypdfium2.PdfiumError:
        return ""  # One damaged page does not make the others unreadable.


def _mend(text: str) -> str:
    text = _HYPHENATED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _LINE.sub(" ", _UNSEEN.sub("", text))
