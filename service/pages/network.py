"""The network explorer: who is linked with whom, who stands in between, and the same as data for other programs."""

import asyncio
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request, Response

from ontology.terms import V4
from service.network import exports
from service.network.filters import years
from service.network.model import GROUPS, Link
from service.network.paths import shortest, steps
from service.pages.addresses import path_of, region_iri
from service.pages.assets import SOURCES
from service.pages.concepts import GREEN_DEAL, SDG, SMART
from service.pages.language import msg
from service.pages.network_data import View, Views
from service.pages.network_question import Asked, find, read
from service.pages.network_words import FORMATS, KIND_NAMES, MEASURES, namer, script_words
from service.pages.page import Page
from service.pages.plans import SCHEME_TITLES
from service.pages.site import NavItem, Site
from service.problems import Problem

NAV: Final = NavItem(msg("Network explorer"), "/network", 45)
SHOWN: Final = 25
OFFERED: Final = 400
COMPONENT: Final = SOURCES / "embed" / "strategraph-network.js"
HOUR: Final = 3600


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

    @router.api_route("/network/component.js", methods=["GET", "HEAD"])
    def component() -> Response:
        # Other sites load it: from an address that never changes, as a module, hence from any origin.
        headers = {
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Cache-Control": f"public, max-age={HOUR}",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(COMPONENT.read_bytes(), media_type="text/javascript; charset=utf-8", headers=headers)

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


def written(page: Page, asked: Asked, view: View, suffix: str) -> str:
    """The view in a format."""
    export = exports.Export(view.graph, view.measures, namer(page))
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
    number = page.number
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
        relation=namer(page),
        kind_names=KIND_NAMES,
        groups=_communities(view, ranked),
        downloads=[
            (page.gettext(label), f"/network.{suffix}{asked.query()}") for suffix, (label, _) in FORMATS.items()
        ],
        data_url="/network.json" + asked.query(lang=page.code),
        words=script_words(page),
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
