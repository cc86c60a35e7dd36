"""The network explorer: who is linked with whom, who stands in between, and the same as data for other programs."""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from ontology.terms import ID, PREFIXES, V4
from service.network import exports
from service.network.filters import Choice, narrow, years
from service.network.measures import Measures, measure
from service.network.model import GROUPS, Graph, Link, Node, group_of, merged, year
from service.network.paths import shortest, steps
from service.pages.addresses import path_of, region_iri
from service.pages.ask import Row, value
from service.pages.concepts import GREEN_DEAL, SDG, SMART
from service.pages.corpus import CONCEPTS, NAMES, STRATEGIES, Corpus
from service.pages.language import fold, msg
from service.pages.page import Page
from service.pages.plans import SCHEME_TITLES
from service.pages.site import NavItem, Site
from service.problems import Problem

NAV: Final = NavItem(msg("Network explorer"), "/network", 45)
QUERIES: Final = (
    "memberships-with-their-dates",
    "links-of-strategies",
    "themes-of-organisations-networks-and-projects",
    "organisations-and-their-kinds",
)
SHOWN: Final = 100
OFFERED: Final = 400
KEPT: Final = 48
LONGEST: Final = 300
FORMATS: Final = {
    "gexf": ("GEXF (Gephi)", "application/gexf+xml"),
    "graphml": ("GraphML", "application/graphml+xml"),
    "nodes.csv": ("CSV: nodes", "text/csv; charset=utf-8"),
    "edges.csv": ("CSV: links", "text/csv; charset=utf-8"),
    "json": ("JSON (Cytoscape)", "application/json"),
}
KIND_NAMES: Final = {
    "organisation": msg("Organisations"),
    "network": msg("Networks"),
    "project": msg("Projects"),
    "strategy": msg("Strategies"),
    "place": msg("Cities and regions"),
    "person": msg("People"),
}
MEASURES: Final = {
    "degree": (
        msg("Number of links"),
        msg("With how many others it is linked directly. It tells who is well connected."),
    ),
    "betweenness": (
        msg("Betweenness"),
        msg(
            "The share of shortest paths between all others that lead through it. "
            "It tells who bridges groups that would hardly meet otherwise."
        ),
    ),
    "pagerank": (
        msg("PageRank"),
        msg(
            "How often a walker who follows links at random would come by. "
            "Links with those who are themselves well connected count for more."
        ),
    ),
}
RELATIONS: Final = {
    PREFIXES["dct"] + "spatial": msg("strategy for"),
    PREFIXES["sg"] + "adoptedBy": msg("adopted by"),
    PREFIXES["dct"] + "replaces": msg("replaces"),
    PREFIXES["prov"] + "wasInfluencedBy": msg("grew out of"),
}


@dataclass(frozen=True)
class View:
    """A part of the graph with its measures: computed once for everyone who asks for the same."""

    whole: Graph
    graph: Graph
    measures: Measures


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


class Views:
    """Keeps the newest views of one version of the data; the work is done beside the event loop."""

    def __init__(self) -> None:
        """Nothing is computed yet."""
        self._corpus: Corpus | None = None
        self._whole: asyncio.Task[Graph] | None = None
        self._views: OrderedDict[Choice, asyncio.Task[View]] = OrderedDict()

    async def get(self, page: Page, choice: Choice) -> View:
        """The view; whoever asks for the same one while it is computed waits for that."""
        page.ask.used(*QUERIES, *NAMES, *STRATEGIES, *CONCEPTS)
        if self._corpus is not page.corpus or self._whole is None or _failed(self._whole):
            self._corpus, self._views = page.corpus, OrderedDict()
            self._whole = asyncio.create_task(_whole(page))
        whole, views = self._whole, self._views
        if choice not in views or _failed(views[choice]):
            views[choice] = asyncio.create_task(_view(whole, choice))
        views.move_to_end(choice)
        while len(views) > KEPT:
            views.popitem(last=False)
        return await asyncio.shield(views[choice])


def _failed(task: "asyncio.Task[Graph] | asyncio.Task[View]") -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


async def _whole(page: Page) -> Graph:
    rows = await asyncio.gather(*(page.site.ask.rows(name) for name in QUERIES))
    return await asyncio.to_thread(build, page.corpus, *rows)


async def _view(whole: asyncio.Task[Graph], choice: Choice) -> View:
    graph = await asyncio.shield(whole)

    def compute() -> View:
        part = narrow(graph, choice)
        return View(graph, part, measure(part))

    return await asyncio.to_thread(compute)


def build(
    corpus: Corpus, memberships: list[Row], strategies: list[Row], themes: list[Row], organisations: list[Row]
) -> Graph:
    """The whole graph of one version of the data."""
    links = merged([*map(_membership, memberships), *(_of_strategy(corpus, row) for row in strategies)])
    places: defaultdict[str, set[str]] = defaultdict(set)
    for row in organisations:
        if place := value(row, "place"):
            places[value(row, "organisation")].add(place)
    concepts: defaultdict[str, set[str]] = defaultdict(set)
    for row in themes:
        concepts[value(row, "thing")].add(value(row, "concept"))
    ends = sorted({iri for link in links for iri in (link.source, link.target)})
    return Graph({iri: _node(corpus, iri, places[iri], concepts[iri]) for iri in ends}, links)


def _membership(row: Row) -> Link:
    start, end = year(value(row, "start")), year(value(row, "end"))
    if not start and not end:
        start = end = year(value(row, "date"))
    sources = int(value(row, "sources", "1"))
    return Link(value(row, "member"), value(row, "body"), value(row, "role"), start, end, sources)


def _of_strategy(corpus: Corpus, row: Row) -> Link:
    known = corpus.strategies.get(value(row, "strategy"))
    start, end = (year(known.start or known.issued), year(known.end)) if known else (0, 0)
    return Link(value(row, "strategy"), value(row, "thing"), value(row, "relation"), start, end)


def _node(corpus: Corpus, iri: str, places: set[str], concepts: set[str]) -> Node:
    strategy = corpus.strategies.get(iri)
    if strategy:
        return Node(iri, "strategy", frozenset(strategy.countries), strategy.covered)
    group = group_of(corpus.names.kind(iri))
    if group == "place":
        covered = frozenset(concept for own in corpus.of_place(iri) for concept in own.covered)
        return Node(iri, group, _countries(corpus, [iri]), covered)
    return Node(iri, group, _countries(corpus, places), frozenset(corpus.concepts.with_above(concepts)))


def _countries(corpus: Corpus, areas: Iterable[str]) -> frozenset[str]:
    return frozenset(code for code in map(corpus.country, areas) if code)


def routes(site: Site) -> APIRouter:
    """The explorer, the same in a frame, and its downloads."""
    router = APIRouter(include_in_schema=False)
    views = Views()

    @router.api_route("/network", methods=["GET", "HEAD"])
    async def network(request: Request) -> Response:
        page = await site.page(request)
        asked = read(page)
        return _explorer(page, asked, await views.get(page, asked.choice), "network.html")

    @router.api_route("/network/embed", methods=["GET", "HEAD"])
    async def embed(request: Request) -> Response:
        page = await site.page(request)
        page.policy["frame-ancestors"] = "*"
        asked = read(page)
        return _explorer(page, asked, await views.get(page, asked.choice), "network_embed.html")

    @router.api_route("/network.{suffix}", methods=["GET", "HEAD"])
    async def download(request: Request, suffix: str) -> Response:
        page = await site.page(request)
        if suffix not in FORMATS:
            raise Problem(404, page.gettext("The network comes as %(formats)s.") % {"formats": ", ".join(FORMATS)})
        asked = read(page)
        view = await views.get(page, asked.choice)
        text = await asyncio.to_thread(written, page, asked, view, suffix)
        headers = {
            "Content-Disposition": f'attachment; filename="strategraph-network.{suffix}"',
            "Cache-Control": "no-cache",
            "Vary": "Accept-Language, Cookie",
            "Content-Language": page.code,
            "X-Content-Type-Options": "nosniff",
        }
        return Response(text, media_type=FORMATS[suffix][1], headers=headers)

    return router


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


def relation(page: Page, iri: str) -> str:
    """What a link means, in words."""
    return page.gettext(RELATIONS[iri]) if iri in RELATIONS else page.name(iri)


def _namer(page: Page) -> Callable[[str], str]:
    return lambda iri: relation(page, iri)


def written(page: Page, asked: Asked, view: View, suffix: str) -> str:
    """The view in a format."""
    export = exports.Export(view.graph, view.measures, _namer(page))
    match suffix:
        case "gexf":
            return exports.gexf(export)
        case "graphml":
            return exports.graphml(export)
        case "nodes.csv":
            return exports.nodes_csv(export)
        case "edges.csv":
            return exports.edges_csv(export)
    hidden = {
        iri: more for iri in view.graph.nodes if (more := len(view.whole.neighbours[iri] - view.graph.nodes.keys()))
    }
    extra = {
        "path": _path(page, asked, view),
        "estimated": view.measures.estimated,
        "hidden": hidden,
        "pages": {iri: path_of(iri) for iri in view.graph.nodes},
        "license": "https://creativecommons.org/licenses/by/4.0/",
    }
    return exports.cytoscape(export, extra)


def _path(page: Page, asked: Asked, view: View) -> list[str]:
    return shortest(view.graph, find(page, view.graph, asked.path_from), find(page, view.graph, asked.path_to))


def _explorer(page: Page, asked: Asked, view: View, template: str) -> Response:
    page.policy["worker-src"] = "'self' blob:"
    title = page.gettext("Network explorer")
    path = _path(page, asked, view)
    ranked = ranking(page, asked, view)
    number = _page_number(page)
    return page.render(
        template,
        title=title,
        description=page.gettext(
            "Who works with whom: organisations, networks, projects, strategies and cities, and the links between them."
        ),
        crumbs=[(title, "")],
        scripts=["network.js"],
        asked=asked,
        view=view,
        kinds=[(kind, KIND_NAMES[kind], kind in asked.choice.groups) for kind in GROUPS],
        countries=[(code, page.name(region_iri(code)), code in asked.choice.countries) for code in V4],
        themes=themes(page),
        measures=MEASURES,
        years=years(view.whole),
        undated=sum(not link.dated for link in view.graph.links),
        path=path,
        path_steps=steps(view.graph, path),
        ranked=ranked[(number - 1) * SHOWN : number * SHOWN],
        links=links_of(page, view, number),
        offered=ranked[:OFFERED],
        paging=_paging(number, max(len(ranked), len(view.graph.links))),
        relation=_namer(page),
        kind_names=KIND_NAMES,
        groups=_communities(view, ranked),
        downloads=[(label, f"/network.{suffix}{asked.query()}") for suffix, (label, _) in FORMATS.items()],
        data_url="/network.json" + asked.query(lang=page.code),
        words=_words(page),
        data={"@type": "Dataset", "name": title, "distribution": _distribution(page, asked)},
    )


@dataclass(frozen=True)
class Paging:
    """Which hundred of the lists is shown."""

    page: int
    pages: int
    total: int


def _paging(number: int, total: int) -> Paging:
    return Paging(number, max(1, -(-total // SHOWN)), total)


def _page_number(page: Page) -> int:
    text = page.request.query_params.get("page", "1")
    return max(1, int(text)) if text.isdecimal() and len(text) < 6 else 1


def ranking(page: Page, asked: Asked, view: View) -> list[str]:
    """All nodes, the most central first, equals by name."""
    measured = view.measures.of(asked.measure)
    return sorted(page.sorted_by_name(view.graph.nodes), key=lambda iri: -measured[iri])


def links_of(page: Page, view: View, number: int) -> list[Link]:
    """One page of the links, by the names of their ends."""
    key = page.language.key
    ordered = sorted(view.graph.links, key=lambda k: (key(page.name(k.target)), key(page.name(k.source))))
    return ordered[(number - 1) * SHOWN : number * SHOWN]


def _communities(view: View, ranked: list[str]) -> list[tuple[int, int, list[str]]]:
    """The communities that have a colour: number, size, their most central nodes."""
    found = view.measures.communities[: len(exports.COLOURS)]
    of = view.measures.community
    return [(number, size, [iri for iri in ranked if of[iri] == number][:3]) for number, size in found]


def themes(page: Page) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """The themes to choose from: a group for each scheme, each with address, IRI and label."""
    concepts = page.corpus.concepts
    found = []
    for scheme in (SDG, SMART, GREEN_DEAL):
        top = concepts.top(scheme)
        shown = [concepts[iri] for concept in top for iri in concept.narrower] if scheme == SMART else top
        labels = [(path_of(c.iri)[1:], c.iri, f"{c.notation} {c.label(page.code)}") for c in shown]
        found.append((page.gettext(SCHEME_TITLES[scheme]), labels))
    return found


def _distribution(page: Page, asked: Asked) -> list[dict[str, str]]:
    return [
        {"@type": "DataDownload", "encodingFormat": kind, "contentUrl": f"{page.base}/network.{suffix}{asked.query()}"}
        for suffix, (_, kind) in FORMATS.items()
    ]


def _words(page: Page) -> dict[str, str]:
    """What the script says."""
    texts = {
        "page": msg("Open its page"),
        "expand": msg("Show all its neighbours"),
        "from": msg("Path from here"),
        "to": msg("Path to here"),
        "links": msg("Links"),
        "community": msg("Community"),
        "all": msg("All years"),
        "failed": msg("The picture could not be drawn here; the tables below say the same."),
        "none": msg("Nothing in the picture has such a name."),
        "drawn": msg("The picture shows %(nodes)s nodes and %(links)s links."),
    }
    return (
        {name: page.gettext(text) for name, text in texts.items()}
        | {f"measure-{name}": page.gettext(label) for name, (label, _) in MEASURES.items()}
        | {f"kind-{name}": page.gettext(label) for name, label in KIND_NAMES.items()}
    )
