"""The dataset of a query as an engine must be told it, so that it means what SPARQL says.

Engines repeat what two graphs of a default graph hold. Virtuoso shows graphs about itself among the data, and takes an
empty list for all graphs, so it is told every graph by name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import TypeAlias

from pyoxigraph import NamedNode

from service.store.dataset_clause import dataset_clause
from service.store.remote.address import Remote
from service.store.remote.errors import EngineUnable
from service.store.text import Token, tokens

Graphs: TypeAlias = Sequence[str] | None
Ask: TypeAlias = Callable[[str], bool]
Listed: TypeAlias = Callable[[], Sequence[str]]

# The name of no graph.
NOTHING = "urn:strategraph:nothing"
# Graphs that Virtuoso has about itself.
SYSTEM_GRAPHS = {
    "http://www.openlinksw.com/schemas/virtrdf#",
    "http://localuriqaserver/sparql",
    "http://www.w3.org/ns/ldp#",
    "http://www.w3.org/2002/07/owl#",
}


def told(
    remote: Remote,
    text: str,
    base_iri: str | None,
    default: Graphs,
    named: Graphs,
    *,
    every: bool,
    listed: Listed,
    ask: Ask,
) -> tuple[str, Graphs, Graphs]:
    """Return the text, the default and the named graphs that an engine is told; None where it needs not be told any.

    The empty name is the default graph. With `every` a list of default graphs leaves the named ones as they are.
    `listed` lists all graphs, `ask` runs an ASK query.
    """
    virtuoso = remote.engine == "virtuoso"
    if default is None and named is None:
        own = dataset_clause(text, base_iri)
        default, named = own if len(own[0]) > 1 or (virtuoso and any(own)) else (None, None)
    if default is None and named is None:
        return told_virtuoso(remote, text, None, None, listed) if virtuoso else (text, None, None)
    text = without_clause(text)
    if every and named is None:
        named = None if virtuoso else listed() if any(token.word == "GRAPH" for token in tokens(text)) else ()
    elif named is None:
        named = ()
    default = tuple(default or ())
    if "" in default:
        if len(default) > 1 or named:
            raise EngineUnable("A remote engine cannot be asked for its default graph together with other graphs.")
        return text, None, None
    check_disjoint(remote, default, ask)
    return told_virtuoso(remote, text, default, named, listed) if virtuoso else (text, default, named)


def told_virtuoso(
    remote: Remote, text: str, default: Graphs, named: Graphs, listed: Listed
) -> tuple[str, Graphs, Graphs]:
    """Return what Virtuoso is told; None for all graphs that hold data.

    Told anything, it takes GRAPH with a name for one row, whatever is there; told nothing, it shows its own graphs.
    So a query with such a GRAPH can be asked only if it is made of such parts and its dataset is not limited.
    """
    found = list(tokens(text))
    kinds = {found[n + 1].kind for n, token in enumerate(found[:-1]) if token.word == "GRAPH"}
    if kinds <= {"var"}:
        default, named = listed() if default is None else default, listed() if named is None else named
        return text, default or [NOTHING], named or [NOTHING]
    if default is None and named is None and only_named_graphs(found):
        return text, None, None
    raise EngineUnable(
        f"{remote.place} (Virtuoso) answers wrongly when GRAPH has a name and other graphs are asked, too: ask for "
        "that graph alone, or use GRAPH with a variable and a FILTER."
    )


def only_named_graphs(found: Sequence[Token]) -> bool:
    """Tell whether the pattern of a query consists of GRAPH with names only."""
    depth = 0
    for token in found:
        depth += (token.text == "{") - (token.text == "}")
        plain = token.word == "GRAPH" or token.kind in ("iri", "pname") or token.text in "{}."
        if depth == 1 and not plain:
            return False
    return True


def check_disjoint(remote: Remote, graphs: Graphs, ask: Ask) -> None:
    """Raise where graphs that are to be one default graph share statements: it would not be a set."""
    for one, other in combinations(graphs or (), 2):
        pair = f"GRAPH {NamedNode(one)} {{ ?s ?p ?o }} GRAPH {NamedNode(other)} {{ ?s ?p ?o }}"
        if ask(f"ASK {{ {pair} }}"):
            raise EngineUnable(
                f"The graphs <{one}> and <{other}> share statements, which {remote.place} would repeat: ask for one "
                "graph, or use GRAPH and DISTINCT."
            )


def without_clause(text: str) -> str:
    """Return a query without FROM and FROM NAMED: the request names the dataset."""
    pieces, at, depth = [], 0, 0
    found = list(tokens(text))
    for number, token in enumerate(found):
        depth += (token.text == "{") - (token.text == "}")
        if token.word == "FROM" and depth == 0 and number + 1 < len(found):
            last = found[number + 1 + (found[number + 1].word == "NAMED")]
            pieces.append(text[at : token.start])
            at = last.end
    return "".join([*pieces, text[at:]])
