"""One page for one reader: what templates may use, and the answer with everything a page has around its content."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, quote, urlencode

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from ontology.terms import BASE, ID, LANGUAGES
from service.negotiation import CSV, JSONLD, TURTLE, Offer, choose
from service.operations.base_path import public_address
from service.pages import language as languages
from service.pages.addresses import path_of
from service.pages.ask import Recorded, Row
from service.pages.corpus import Corpus
from service.pages.language import Text
from service.pages.names import PROPER
from service.pages.rendering import fill_in
from service.pages.tables import Data
from service.pages.words import word
from service.problems import Problem

if TYPE_CHECKING:
    from service.pages.site import Site

LICENCE: Final = "https://creativecommons.org/licenses/by/4.0/"
POLICY: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
TWINS: Final = ("ttl", "jsonld", "json", "csv")
# What the home page is called where its form is part of the address.
INDEX: Final = "/index"
HTML: Final = Offer("text/html", ("html",), ("application/xhtml+xml",))
PLAIN_JSON: Final = Offer("application/json", ("json",))
BY_SUFFIX: Final = {"ttl": TURTLE, "jsonld": JSONLD, "json": PLAIN_JSON, "csv": CSV}
# JSON-LD does not stand for JSON here: who asks for that gets rows.
OFFERS: Final = (HTML, TURTLE, replace(JSONLD, aliases=()), PLAIN_JSON, CSV)
FORMS: Final = dict(zip(OFFERS, ("", *TWINS), strict=True))
THEMES: Final = ("light", "dark")
# What only the one who sent a text may see.
PRIVATE: Final = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
YEAR: Final = 365 * 24 * 3600


class Page:
    """A request being answered with a page."""

    def __init__(self, site: "Site", request: Request, corpus: Corpus) -> None:
        """Find out the language; nothing is asked yet."""
        self.site = site
        self.request = request
        self.corpus = corpus
        self.language = languages.choose(request)
        self.ask = Recorded(site.ask)
        self.base = public_address(site.settings.base_url, request)
        self.policy = dict(POLICY)
        # About a text of the reader's own: nobody else's to keep or to cite, and not ours to license.
        self.private = False
        # The address says which form is asked for; where it does not, the client's wishes do.
        self.suffix: str = request.scope.get("suffix", "")
        self.twin = self.suffix or FORMS[choose(request.headers.get("accept"), OFFERS) or HTML]

    @property
    def code(self) -> str:
        """The code of the reader's language."""
        return self.language.code

    @property
    def path(self) -> str:
        """The path of this page, whichever form of it was asked for."""
        path = self.request.url.path.removesuffix(f".{self.suffix}") if self.suffix else self.request.url.path
        return "/" if path == INDEX else path

    def gettext(self, message: str) -> str:
        """Translate."""
        return self.language.gettext(message)

    @property
    def number(self) -> int:
        """Which part of a long list is asked for; what makes no sense is the first."""
        text = self.request.query_params.get("page", "")
        return max(1, int(text)) if text.isdecimal() and text.isascii() and len(text) < 6 else 1

    async def rows(self, name: str, /, **params: str) -> list[Row]:
        """Ask a named query, which the page then links to."""
        return await self.ask.rows(name, **params)

    # What templates call.

    def label(self, iri: str) -> Text:
        """What a thing is called in the reader's language."""
        return self.corpus.names.label(iri, self.code)

    def name(self, iri: str) -> str:
        """The same, without its language."""
        return self.label(iri).value

    def thing(self, iri: str, css: str = "") -> Markup:
        """A link to a thing, by its name."""
        css_class = Markup(' class="{}"').format(css) if css else Markup("")
        text = self.text(self.label(iri), mark=self.corpus.names.kind(iri) not in PROPER)
        return Markup('<a href="{}"{}>{}</a>').format(path_of(iri), css_class, text)

    def text(self, text: Text, *, mark: bool = True) -> Markup:
        """A text; one in another language says so, to readers and to screen readers."""
        if not text.language or text.language in (self.code, "und"):
            return Markup("{}").format(text.value)
        if not mark:
            return Markup('<span lang="{}">{}</span>').format(text.language, text.value)
        known = languages.NAMES.get(text.language, text.language)
        tag = Markup('<span class="lang" title="{}">{}</span>').format(known, text.language)
        return Markup('<span lang="{}">{}</span> {}').format(text.language, text.value, tag)

    def kind(self, iri: str) -> str:
        """What kind of thing it is, in words."""
        return self.gettext(word(self.corpus.names.kind(iri)).one)

    def sorted_by_name(self, iris: Iterable[str]) -> list[str]:
        """Things in the order of their names, as the reader's language orders letters."""
        return sorted(iris, key=lambda iri: self.language.key(self.name(iri)))

    def here(self, **changes: str | None) -> str:
        """The address of this page with other parameters; None takes one away."""
        kept = [(k, v) for k, v in parse_qsl(self.request.url.query) if k not in changes]
        added = [(k, v) for k, v in changes.items() if v is not None]
        query = urlencode(kept + added)
        return f"{self.path}?{query}" if query else self.path

    def query_path(self, name: str, params: Mapping[str, str] | None = None) -> str:
        """Where a named query is."""
        return f"/queries/{name}" + (f"?{urlencode(params)}" if params else "")

    # The answer.

    def render(
        self,
        template: str,
        *,
        title: str,
        description: str = "",
        crumbs: Iterable[tuple[str, str]] = (),
        iri: str = "",
        data: Mapping[str, Any] | None = None,
        table: Data | None = None,
        status: int = 200,
        scripts: Iterable[str] = (),
        **context: Any,
    ) -> Response:
        """Fill in a template and give the answer its headers; where data is asked for, the `table` instead."""
        if self.twin and table is not None:
            return self.data_answer(table, title, status)
        if self.suffix:
            raise Problem(404, "This page has no such form; its foot names the queries that it is made of.")
        view = {
            "page": self,
            "title": title,
            "description": description,
            "crumbs": list(crumbs),
            "iri": iri,
            "twins": self.twins(iri, table is not None),
            "data": self.json_ld(title, description, iri, data),
            "scripts": [url for url in (self.site.assets.script(name) for name in ("main.js", *scripts)) if url],
            "canonical": self.canonical(),
            "alternates": [(code, self.canonical(code)) for code in LANGUAGES],
            "citation": "" if self.private else self.citation(title),
            "theme": self.theme,
            **context,
        }
        html = fill_in(self.site.environment(self.language).get_template(template), view)
        return self.answer(html, status)

    def answer(self, html: str, status: int = 200) -> HTMLResponse:
        """An answer with a page's headers."""
        headers = {
            "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in self.policy.items()),
            "Content-Language": self.code,
            "Vary": "Accept, Accept-Language, Cookie",
            "Cache-Control": "no-cache",
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            **(PRIVATE if self.private else {}),
        }
        response = HTMLResponse(html, status, headers)
        if self.request.query_params.get("lang") == self.code:
            response.set_cookie(languages.COOKIE, self.code, max_age=YEAR, samesite="lax")
        return response

    @property
    def theme(self) -> str:
        """Light or dark if the reader chose one, else what the system says."""
        chosen = self.request.cookies.get("theme", "")
        return chosen if chosen in THEMES else ""

    def canonical(self, code: str = "") -> str:
        """The address without the language, or with one."""
        query = [(k, v) for k, v in parse_qsl(self.request.url.query) if k != "lang"] + (
            [("lang", code)] if code else []
        )
        return self.base + quote(self.path) + (f"?{urlencode(query)}" if query else "")

    def twins(self, iri: str, table: bool) -> list[tuple[str, str]]:
        """The same thing as data."""
        if iri.startswith(ID):
            return [(suffix, f"/{iri.removeprefix(BASE)}.{suffix}") for suffix in TWINS]
        if not table:
            return []
        query = urlencode([(k, v) for k, v in parse_qsl(self.request.url.query) if k not in ("lang", "page")])
        path = INDEX if self.path == "/" else self.path
        return [(suffix, f"{path}.{suffix}" + (f"?{query}" if query else "")) for suffix in TWINS]

    def data_answer(self, table: Data, title: str, status: int) -> Response:
        """What the page shows, as data."""
        if self.twin == "csv":
            body = table.csv()
        elif self.twin == "json":
            about = {"title": title, "page": self.canonical(), "language": self.code, **self._licence()}
            asked = [self.base + self.query_path(name, params) for name, params in self.ask.asked.items()]
            body = table.json(about | {"queries": asked})
        else:
            body = table.rdf(self.twin, self.canonical(), Text(title, self.code))
        headers = {
            "Content-Language": self.code,
            "Vary": "Accept, Accept-Language, Cookie",
            "Cache-Control": "no-cache",
            "Link": f'<{self.canonical()}>; rel="alternate"; type="text/html"',
            **(PRIVATE if self.private else {}),
        }
        return Response(body, status, headers, BY_SUFFIX[self.twin].content_type)

    def json_ld(self, title: str, description: str, iri: str, data: Mapping[str, Any] | None) -> dict[str, Any]:
        """What search engines read."""
        found: dict[str, Any] = {
            "@context": "https://schema.org",
            "@type": "WebPage",
            "@id": iri or self.canonical(),
            "name": title,
            "inLanguage": self.code,
            "url": self.canonical(),
            **self._licence(),
            "isPartOf": {"@type": "WebSite", "name": "Strategraph", "url": self.base + "/"},
        }
        if description:
            found["description"] = description
        return found | dict(data or {})

    def _licence(self) -> dict[str, str]:
        return {} if self.private else {"license": LICENCE}

    def citation(self, title: str) -> str:
        """How to cite this page."""
        today = datetime.now(UTC).date()
        read = self.gettext("read on %(date)s") % {"date": self.language.date(today.isoformat())}
        return f"Strategraph ({today.year}): {title}. {self.canonical()} ({read}). CC BY 4.0."
