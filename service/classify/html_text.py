"""Text of an HTML page: what a reader sees, block by block."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser
from typing import Final

_SILENT: Final = frozenset({"script", "style", "template", "noscript", "svg", "head", "nav"})
_BLOCKS: Final = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "br",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hgroup",
        "hr",
        "legend",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "optgroup",
        "option",
        "p",
        "pre",
        "search",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[list[str]] = [[]]
        self._silent: list[str] = []
        self._open: Counter[str] = Counter()  # How often each tag stands in that list, which may be long.

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag in _SILENT:
            self._silent.append(tag)
            self._open[tag] += 1
        elif tag == "body":  # A head that is never closed must not silence the page.
            self._silent.clear()
            self._open.clear()
        if tag in _BLOCKS:
            self.blocks.append([])

    def handle_endtag(self, tag: str) -> None:
        if self._open[tag]:
            while (closed := self._silent.pop()) != tag:
                self._open[closed] -= 1
            self._open[tag] -= 1
        if tag in _BLOCKS:
            self.blocks.append([])

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.blocks[-1].append(data)

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        """Pass `<![if x]>` as browsers do; the parser's own reading raises an error at words it does not know."""
        return self.parse_bogus_comment(i, report)


def html_to_text(page: str) -> str:
    """Give the visible text, blocks apart; tags within a block separate nothing."""
    reader = _Reader()
    # What stays open to the end of a page, a browser does not show. To close the parser would show it, at the price of
    # reading the rest anew at each `<`. All it would add is text that might go on, and with a line break none might.
    reader.feed(page + "\n")
    texts = (" ".join("".join(block).replace("\u00ad", "").split()) for block in reader.blocks)
    return "\n\n".join(filter(None, texts))
