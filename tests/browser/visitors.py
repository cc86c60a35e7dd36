"""Who visits: desktop and phone sizes, languages, and what a visitor's console and network saw."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

SIZES = {"desktop": (1280, 900), "phone": (390, 844), "zoomed": (320, 256)}
ANDROID = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130 Mobile Safari/537.36"
)
# What a loaded machine may need for one step, in milliseconds; nothing waits that long when all is well.
PATIENCE = 30_000
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
EVERYWHERE = [("desktop", "en", "light"), ("phone", "pl", "dark"), ("phone", "hu", "light")]
everywhere = pytest.mark.parametrize("visit", EVERYWHERE, indirect=True, ids="-".join)


@dataclass
class Watched:
    """A page whose console errors, failed and foreign requests are remembered."""

    page: Any
    base: str
    language: str
    size: str
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    # Addresses whose failing is what a test is about.
    expected: set[str] = field(default_factory=set)

    def on_console(self, message: Any) -> None:
        address = message.location.get("url") or ""
        if message.type == "error" and address not in self.expected:
            self.errors.append(f"{message.text} [{address}]")

    def on_response(self, response: Any) -> None:
        if response.status >= 400 and response.url not in self.expected:
            self.errors.append(f"{response.status} [{response.url}]")

    def open(self, address: str) -> None:
        self.page.goto(self.base + address, wait_until="load")

    def say(self, message: str) -> str:
        """A text of the interface in the language of this visitor."""
        from service.pages.language import load

        return load(self.language).gettext(message)

    def menu(self, message: str) -> None:
        """Follow an entry of the main menu; on a phone it is folded."""
        entry = self.page.locator("nav.menu").get_by_role("link", name=self.say(message), exact=True)
        if not entry.is_visible():
            self.page.locator("nav.menu summary").click()
        entry.click()

    def main(self) -> Any:
        """The content of the page."""
        return self.page.locator("#main")
