"""Cells that a spreadsheet reads as text: whoever names an organisation `=HYPERLINK(...)` gets no formula run."""

from typing import Final

# A cell that begins so would be a formula.
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def harmless(text: str) -> str:
    """The text, with an apostrophe before it where it would be a formula (OWASP's advice on CSV injection)."""
    return "'" + text if text.startswith(FORMULA) else text
