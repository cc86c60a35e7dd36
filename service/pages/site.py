"""The parts that all pages of one service share, passed to every page module instead of living in globals."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Protocol

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ontology.terms import LANGUAGES
from service.classify.jobs import Jobs
from service.pages import addresses, words
from service.pages.ask import Ask, Catalogue
from service.pages.assets import Assets
from service.pages.corpus import CorpusCache
from service.pages.language import NAMES, Language, load
from service.pages.map_script import origins
from service.pages.page import Page
from service.pages.rendering import OpenedContext

TEMPLATES: Final = Path(__file__).parents[1] / "templates"


class SiteSettings(Protocol):
    """What pages need of the settings."""

    @property
    def base_url(self) -> str | None:
        """The public address, if the operator set one."""

    @property
    def query_timeout(self) -> float:
        """Seconds that a query may take."""

    @property
    def query_memory(self) -> int:
        """MiB that it may need."""

    @property
    def query_rows(self) -> int:
        """Rows that it may answer."""

    @property
    def map_tiles(self) -> tuple[str, ...]:
        """The address of a map's style or tiles to put under the maps, then of what it loads from; empty for ours."""

    @property
    def map_attribution(self) -> str:
        """Whom to thank for them."""


@dataclass(frozen=True)
class NavItem:
    """An entry of the main menu; the label is a message marked with `msg`."""

    label: str
    path: str
    order: int
    # Paths below which this entry is the current one.
    covers: tuple[str, ...] = ()


@dataclass
class Site:
    """What is shared."""

    ask: Ask
    catalogue: Catalogue
    settings: SiteSettings
    jobs: Jobs
    assets: Assets = field(default_factory=Assets)
    nav: list[NavItem] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Nothing is read until the first page."""
        self.corpus = CorpusCache(self.ask)
        self.assets.hosts = origins(self.settings.map_tiles)

    async def page(self, request: Request) -> Page:
        """Begin a page."""
        return Page(self, request, await self.corpus.get())

    def environment(self, language: Language) -> Environment:
        """The templates in a language."""
        return self._environments[language.code]

    @cached_property
    def _environments(self) -> dict[str, Environment]:
        return {code: self._environment(load(code)) for code in LANGUAGES}

    def _environment(self, language: Language) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
            auto_reload=False,
        )
        environment.context_class = OpenedContext
        environment.install_gettext_translations(language.messages, newstyle=True)  # type: ignore[attr-defined]
        filters: dict[str, Any] = {"number": language.number, "percent": language.percent, "date": language.date}
        environment.filters.update(filters, path=addresses.path_of)
        environment.tests["address"] = addresses.is_address
        environment.globals.update(
            site=self, languages=LANGUAGES, language_names=NAMES, word=words.word, plural=language.ngettext
        )
        return environment

    def menu(self, path: str) -> list[tuple[NavItem, bool]]:
        """The entries in order, and whether each is where the reader is."""
        items = sorted(self.nav, key=lambda item: item.order)
        return [(item, any(path == p or path.startswith(p + "/") for p in (item.path, *item.covers))) for item in items]
