"""The first page: what is here, how much of it, and a way in for each kind of reader."""

from collections import Counter

from fastapi import APIRouter, Request, Response

from service.pages.charts import sdg_goals
from service.pages.concepts import SDG
from service.pages.corpus import CONCEPTS, MUNICIPALITIES, NAMES, STRATEGIES
from service.pages.language import nmsg
from service.pages.map_drawing import overview
from service.pages.site import Site
from service.pages.tables import Column, Table

FIGURES = (
    ("/strategies", ("strategy",), *nmsg("strategy", "strategies")),
    ("/municipalities", ("municipality",), *nmsg("municipality", "municipalities")),
    ("/organisations", ("organisation",), *nmsg("organisation", "organisations")),
    ("/networks", ("network", "alliance"), *nmsg("network or alliance", "networks and alliances")),
    ("/sources", ("source",), *nmsg("data source", "data sources")),
)
TABLE = (Column("page"), Column("things"))


def routes(site: Site) -> APIRouter:
    """The home page."""
    router = APIRouter()

    @router.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
    async def home(request: Request) -> Response:
        page = await site.page(request)
        page.ask.used(*NAMES, *CONCEPTS, *STRATEGIES, *MUNICIPALITIES)
        corpus = page.corpus
        counts = Counter(c.iri for c in corpus.concepts.top(SDG) for _ in corpus.on_concept(c.iri))
        texts = {
            c.iri: page.language.ngettext("%(num)s strategy", "%(num)s strategies", counts[c.iri])
            for c in corpus.concepts.top(SDG)
        }
        return page.render(
            "home.html",
            title="Strategraph",
            description=page.gettext(
                "Which city adopted which SMART strategy, what it covers of the Green Deal and the "
                "Sustainable Development Goals, and who should meet whom."
            ),
            figures=[(path, corpus.names.count(*kinds), one, many) for path, kinds, one, many in FIGURES],
            goals=sdg_goals(corpus.concepts, counts, page.language, texts),
            map=await overview(page, corpus.strategies.values()),
            table=Table(TABLE, [("", [page.base + path, corpus.names.count(*kinds)]) for path, kinds, _, _ in FIGURES]),
            data={
                "@type": "WebSite",
                "potentialAction": {
                    "@type": "SearchAction",
                    "target": page.base + "/search?q={search_term_string}",
                    "query-input": "required name=search_term_string",
                },
            },
        )

    return router
