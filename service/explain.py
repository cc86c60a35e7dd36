"""Tells what a query does, step by step: the algebra that SPARQL 1.1 gives it, in a process that limits itself.

`python -m service.explain` reads a query from its input and writes the steps as JSON. Parsing in Python is slow, and
takes any amount of time for a text made for that, so the service runs it apart and gives up on it.
"""

import asyncio
import json
import resource
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Final

LONGEST: Final = 16_000
SECONDS: Final = 10
MEGABYTES: Final = 768
AT_A_TIME: Final = 2
# The fields of an algebra node that hold the steps it builds on, in order.
INPUTS: Final = ("p", "p1", "p2")
# What the translation writes where a condition always holds.
TRUE: Final = ("true", "TrueFilter()")
_running = asyncio.Semaphore(AT_A_TIME)


class Unexplained(Exception):
    """The query cannot be explained; the message says why."""


@dataclass
class Step:
    """One operation of the algebra: its name, what it is applied with, and the steps whose rows it takes."""

    operation: str
    details: list[str] = field(default_factory=list)
    inputs: list["Step"] = field(default_factory=list)


async def explain(text: str) -> Step:
    """The steps of a query."""
    if len(text) > LONGEST:
        raise Unexplained(f"The query is longer than {LONGEST} characters.")
    async with _running:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "service.explain"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            output, _ = await asyncio.wait_for(process.communicate(text.encode()), SECONDS)
        except TimeoutError:
            raise Unexplained(f"It took longer than {SECONDS} s.") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    if process.returncode:
        raise Unexplained("It took more time or memory than it may.")
    found = json.loads(output)
    if "error" in found:
        raise Unexplained(found["error"])
    return _step(found)


def _step(found: dict[str, Any]) -> Step:
    return Step(found["operation"], found["details"], [_step(one) for one in found["inputs"]])


def steps(text: str) -> Step:
    """Parse a query and translate it, here and now."""
    from pyparsing.exceptions import ParseBaseException
    from rdflib.plugins.sparql.algebra import translateQuery
    from rdflib.plugins.sparql.parser import parseQuery

    try:
        query = translateQuery(parseQuery(text))
    except ParseBaseException as error:
        raise Unexplained(f"line {error.lineno}, column {error.column}: {error.msg}") from None
    except RecursionError:
        raise Unexplained("The query is nested too deeply.") from None
    except Exception as error:  # An unknown prefix, for one, is a bare Exception there.
        raise Unexplained(str(error)) from None
    names = Names(query.prologue.namespace_manager)
    step = names.step(query.algebra)
    if query.algebra.name == "ConstructQuery":
        step.details = [" ".join(map(names.term, triple)) for triple in query.algebra.template or ()]
    return step


class Names:
    """Writes terms and expressions as the query does, with its prefixes."""

    def __init__(self, namespaces: Any) -> None:
        """Remember the prefixes."""
        self._namespaces = namespaces

    def step(self, node: Any) -> Step:
        """A node of the algebra and what is below it; a node that only holds another one is left out."""
        inputs = [self.step(node[name]) for name in INPUTS if name in node and node[name] is not None]
        if node.name == "ToMultiSet" and node.p.name != "values":
            return Step("SubSelect", [], inputs)
        if node.name == "ToMultiSet":
            return inputs[0]
        return Step(node.name, list(self.details(node)), inputs)

    def details(self, node: Any) -> Iterable[str]:
        """What an operation is applied with."""
        write = getattr(self, f"_{node.name.lower()}", None)
        return write(node) if write else ()

    def _bgp(self, node: Any) -> Iterable[str]:
        return (" ".join(map(self.term, triple)) for triple in node.triples)

    def _project(self, node: Any) -> Iterable[str]:
        return [" ".join(map(self.term, node.PV))]

    def _extend(self, node: Any) -> Iterable[str]:
        return [f"{self.term(node.var)} = {self.expression(node.expr)}"]

    def _filter(self, node: Any) -> Iterable[str]:
        shown = self.expression(node.expr)
        return [] if shown in TRUE else [shown]

    _leftjoin = _filter

    def _orderby(self, node: Any) -> Iterable[str]:
        for order in node.expr:
            shown = self.expression(order.expr)
            yield f"DESC({shown})" if order.order == "DESC" else shown

    def _slice(self, node: Any) -> Iterable[str]:
        return [str(node.start or 0), "" if node.length is None else str(node.length)]

    def _group(self, node: Any) -> Iterable[str]:
        return map(self.expression, node["expr"] or () if "expr" in node else ())

    def _aggregatejoin(self, node: Any) -> Iterable[str]:
        return (f"{self.term(a.res)} = {a.name.split('_')[1].upper()}({self.expression(a.vars)})" for a in node.A)

    def _graph(self, node: Any) -> Iterable[str]:
        return [self.term(node.term)]

    def _values(self, node: Any) -> Iterable[str]:
        return (", ".join(f"{self.term(k)} = {self.term(v)}" for k, v in row.items()) for row in node.res)

    def term(self, term: Any) -> str:
        """A term; a variable that the translation made up is shown as one too."""
        return str(term.n3(self._namespaces)) if hasattr(term, "n3") else str(term)

    def expression(self, node: Any) -> str:
        """An expression, near enough to how it is written."""
        if isinstance(node, list | tuple):
            return ", ".join(map(self.expression, node))
        if not hasattr(node, "name") or not hasattr(node, "items"):
            return self.term(node)
        own = {key: value for key, value in node.items() if key != "_vars" and value is not None}
        name = node.name.removeprefix("Builtin_")
        if name in ("EXISTS", "NOTEXISTS"):
            return f"{'NOT ' if name == 'NOTEXISTS' else ''}EXISTS {{ {self.pattern(own.get('graph'))} }}"
        if "op" in own or node.name.startswith(("Conditional", "Additive", "Multiplicative", "Relational")):
            return self._chain(node.name, own)
        if node.name.startswith("Unary"):
            return {"UnaryNot": "!", "UnaryMinus": "-", "UnaryPlus": "+"}[node.name] + self.expression(own.get("expr"))
        return f"{name}({', '.join(self.expression(value) for value in own.values())})"

    def _chain(self, name: str, own: dict[str, Any]) -> str:
        others = own.get("other", [])
        others = others if isinstance(others, list) else [others]
        signs = own.get("op", {"ConditionalAndExpression": "&&", "ConditionalOrExpression": "||"}.get(name, "?"))
        if isinstance(signs, str) and signs in ("IN", "NOT IN"):
            return f"{self.expression(own.get('expr'))} {signs} ({self.expression(others)})"
        signs = signs if isinstance(signs, list) else [signs] * len(others)
        rest = "".join(f" {sign} {self.expression(other)}" for sign, other in zip(signs, others, strict=False))
        return f"({self.expression(own.get('expr'))}{rest})"

    def pattern(self, node: Any) -> str:
        """The triples of a pattern inside an expression."""
        found: list[str] = []
        parts = node["part"] if node is not None and "part" in node else []
        for triples in (part["triples"] for part in parts if "triples" in part):
            found.extend(" ".join(map(self.term, triple)) for triple in triples)
        return " . ".join(found) or "…"


def main() -> None:
    """Explain the query on standard input."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEGABYTES << 20, MEGABYTES << 20))
    text = sys.stdin.buffer.read().decode()
    try:
        found: dict[str, Any] = asdict(steps(text))
    except Unexplained as error:
        found = {"error": str(error)}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
