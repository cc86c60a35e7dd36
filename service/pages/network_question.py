"""What an address asks the network explorer: read, found in the graph, and written again."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from ontology.terms import ID, PREFIXES, V4
from service.network.filters import Choice
from service.network.model import GROUPS, Graph, year
from service.pages.addresses import path_of
from service.pages.concepts import GREEN_DEAL, SMART
from service.pages.corpus import Corpus
from service.pages.language import fold
from service.pages.network_words import MEASURES
from service.pages.page import Page

LONGEST: Final = 300


@dataclass(frozen=True)
class Asked:
    """What the address says."""

    choice: Choice
    path_from: str
    path_to: str
    measure: str

    def query(self, **changes: str) -> str:
        """The same as a query string."""
        c = self.choice
        pairs = [("kind", kind) for kind in c.kinds] + [("country", code) for code in c.countries]
        pairs += [("theme", path_of(c.theme)[1:])] if c.theme else []
        pairs += [("from", str(c.first))] if c.first else []
        pairs += [("to", str(c.last))] if c.last else []
        pairs += [("expand", iri.removeprefix(ID)) for iri in c.expanded]
        pairs += [(name, text) for name, text in (("path_from", self.path_from), ("path_to", self.path_to)) if text]
        pairs += [("measure", self.measure)] if self.measure != "degree" else []
        pairs = [pair for pair in pairs if pair[0] not in changes] + [(k, v) for k, v in changes.items() if v]
        return "?" + urlencode(pairs) if pairs else ""


def read(page: Page) -> Asked:
    """Read the address; what makes no sense counts as not said."""
    given = page.request.query_params
    choice = Choice(
        tuple(kind for kind in GROUPS if kind in given.getlist("kind")),
        tuple(code for code in V4 if code in given.getlist("country")),
        _theme(page.corpus, given.get("theme", "")[:LONGEST]),
        year(given.get("from", "")[:4]),
        year(given.get("to", "")[:4]),
        tuple(sorted({_iri(text[:LONGEST]) for text in given.getlist("expand")[:20]})),
    )
    wanted = given.get("measure", "")
    path_from, path_to = (given.get(name, "").strip()[:LONGEST] for name in ("path_from", "path_to"))
    return Asked(choice, path_from, path_to, wanted if wanted in MEASURES else "degree")


def _iri(text: str) -> str:
    return text if "://" in text else ID + text


def _theme(corpus: Corpus, text: str) -> str:
    """The concept that an address like `sdg/11` or an IRI names."""
    code = text.removeprefix("/").partition("/")
    namespaces = {"sdg": PREFIXES["sdg"], "smart-concept": SMART + "/", "green-deal": GREEN_DEAL + "/"}
    iri = namespaces.get(code[0], "") + code[2] if code[0] in namespaces else text
    return iri if iri in corpus.concepts else ""


def find(page: Page, graph: Graph, text: str) -> str:
    """The node that a text means: its IRI, the end of one, its name, or else a piece of its name."""
    if not text or _iri(text) in graph.nodes:
        return _iri(text) if text else ""
    wanted = fold(text)
    named = {iri: known.folded for iri in graph.nodes if (known := page.corpus.names.get(iri))}
    exact = [iri for iri, names in named.items() if wanted in names.split("\n")]
    return min(exact or (iri for iri, names in named.items() if wanted in names), key=lambda i: (len(i), i), default="")
