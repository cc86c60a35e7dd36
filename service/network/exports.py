"""The graph in the formats of the programs that people analyse networks with."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from service.network.measures import Measures, place
from service.network.model import Graph, Link, Node
from service.spreadsheets import harmless

# One colour for each of the largest communities, told apart by most kinds of colour blindness; grey for the rest.
COLOURS: Final = ("#0b7a75", "#c2571a", "#3f6fb5", "#a8336e", "#7a8b1f", "#7a56b3", "#b58900", "#4b5a63")
GREY: Final = "#8c9499"
_FORBIDDEN: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NODE_FIELDS: Final = {
    "kind": "string",
    "country": "string",
    "degree": "integer",
    "betweenness": "double",
    "pagerank": "double",
    "community": "integer",
}
_LINK_FIELDS: Final = {"relation": "string", "relation_label": "string", "start_year": "integer", "end_year": "integer"}
_LINK_MORE: Final = {"sources": "integer"}


@dataclass(frozen=True)
class Export:
    """A graph, what was measured in it, and how to name its nodes and relations."""

    graph: Graph
    measures: Measures
    name: Callable[[str], str]

    def node(self, node: Node) -> dict[str, Any]:
        """What is known of a node."""
        return {
            "kind": node.group,
            "country": " ".join(sorted(node.countries)),
            "degree": self.measures.degree[node.iri],
            "betweenness": round(self.measures.betweenness[node.iri], 6),
            "pagerank": round(self.measures.pagerank[node.iri], 6),
            "community": self.measures.community[node.iri],
        }

    def link(self, link: Link) -> dict[str, Any]:
        """What is known of a link; years only where they are known."""
        found: dict[str, Any] = {"relation": link.relation, "relation_label": self.name(link.relation)}
        found |= {"start_year": link.start} if link.start else {}
        found |= {"end_year": link.end} if link.end else {}
        return found | {"sources": link.sources}


def colour(community: int) -> str:
    """The colour of a community."""
    return COLOURS[community - 1] if 0 < community <= len(COLOURS) else GREY


def nodes_csv(export: Export) -> str:
    """A row for each node, with the column names that Gephi looks for."""
    rows = ([n.iri, export.name(n.iri), *export.node(n).values()] for n in export.graph.nodes.values())
    return _csv(["Id", "Label", *_NODE_FIELDS], rows)


def edges_csv(export: Export) -> str:
    """A row for each link, with the column names that Gephi looks for."""
    fields = (*_LINK_FIELDS, *_LINK_MORE)
    found = ((link, export.link(link)) for link in export.graph.links)
    rows = ([k.source, k.target, "Directed", *(known.get(name, "") for name in fields)] for k, known in found)
    return _csv(["Source", "Target", "Type", *fields], rows)


def _csv(head: list[str], rows: Iterable[list[Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def _cell(value: Any) -> Any:
    """A text that a spreadsheet would run as a formula is marked as text."""
    return harmless(value) if isinstance(value, str) else value


def cytoscape(export: Export, extra: Mapping[str, Any]) -> str:
    """Cytoscape's JSON, with a place to start from for each node."""
    nodes = [
        {
            "data": {"id": n.iri, "name": export.name(n.iri), **export.node(n)},
            "position": dict(zip("xy", place(n.iri, export.measures.community[n.iri]), strict=True)),
        }
        for n in export.graph.nodes.values()
    ]
    edges = [
        {"data": {"id": f"e{i}", "source": link.source, "target": link.target, **export.link(link)}}
        for i, link in enumerate(export.graph.links)
    ]
    return json.dumps({"data": dict(extra), "elements": {"nodes": nodes, "edges": edges}}, ensure_ascii=False)


def graphml(export: Export) -> str:
    """GraphML, as NetworkX, igraph, yEd and Gephi read it."""
    types = {"integer": "int"}
    keys = [("label", "node", "string"), *((k, "node", types.get(t, t)) for k, t in _NODE_FIELDS.items())]
    keys += [(k, "edge", types.get(t, t)) for k, t in (_LINK_FIELDS | _LINK_MORE).items()]
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">']
    lines += [f'<key id="{k}" for="{on}" attr.name="{k}" attr.type="{t}"/>' for k, on, t in keys]
    lines.append('<graph edgedefault="directed">')
    for node in export.graph.nodes.values():
        data = _data({"label": export.name(node.iri)} | export.node(node))
        lines.append(f"<node id={_quoted(node.iri)}>{data}</node>")
    for link in export.graph.links:
        ends = f"source={_quoted(link.source)} target={_quoted(link.target)}"
        lines.append(f"<edge {ends}>{_data(export.link(link))}</edge>")
    return "\n".join([*lines, "</graph>", "</graphml>", ""])


def _data(values: Mapping[str, Any]) -> str:
    return "".join(f'<data key="{key}">{escape(_clean(value))}</data>' for key, value in values.items())


def gexf(export: Export) -> str:
    """GEXF 1.3 for Gephi, with places, sizes, colours and the years in which links held."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<gexf xmlns="http://gexf.net/1.3" xmlns:viz="http://gexf.net/1.3/viz" version="1.3">',
        "<meta><creator>Strategraph</creator></meta>",
        '<graph defaultedgetype="directed" mode="static" timerepresentation="interval" timeformat="integer">',
        *_declared("node", _NODE_FIELDS),
        *_declared("edge", _LINK_FIELDS | _LINK_MORE),
        "<nodes>",
        *(_gexf_node(export, node) for node in export.graph.nodes.values()),
        "</nodes>",
        "<edges>",
        *(_gexf_edge(export, number, link) for number, link in enumerate(export.graph.links)),
    ]
    return "\n".join([*lines, "</edges>", "</graph>", "</gexf>", ""])


def _declared(on: str, fields: Mapping[str, str]) -> list[str]:
    found = [f'<attribute id="{name}" title="{name}" type="{kind}"/>' for name, kind in fields.items()]
    return [f'<attributes class="{on}">', *found, "</attributes>"]


def _values(values: Mapping[str, Any]) -> str:
    found = "".join(f'<attvalue for="{key}" value={_quoted(value)}/>' for key, value in values.items())
    return f"<attvalues>{found}</attvalues>"


def _gexf_node(export: Export, node: Node) -> str:
    known = export.node(node)
    x, y = place(node.iri, known["community"])
    red, green, blue = (int(colour(known["community"])[i : i + 2], 16) for i in (1, 3, 5))
    looks = f'<viz:color r="{red}" g="{green}" b="{blue}"/><viz:position x="{x}" y="{y}"/>'
    size = f'<viz:size value="{4 + known["degree"] ** 0.5 * 3:.2f}"/>'
    named = f"id={_quoted(node.iri)} label={_quoted(export.name(node.iri))}"
    return f"<node {named}>{_values(known)}{looks}{size}</node>"


def _gexf_edge(export: Export, number: int, link: Link) -> str:
    known = export.link(link)
    ends = f"source={_quoted(link.source)} target={_quoted(link.target)} label={_quoted(known['relation_label'])}"
    return f'<edge id="{number}" {ends}>{_values(known)}</edge>'


def _clean(value: object) -> str:
    """A text without the control characters that XML forbids."""
    return _FORBIDDEN.sub("", str(value))


def _quoted(value: object) -> str:
    return quoteattr(_clean(value))
