"""Asks the plain engine every case: `python conformance_engine.py` prints the verdicts as JSON.

In a process of its own: answers of the engine must stay in the thread that made them, and a service has many.
"""

from __future__ import annotations

import json
import sys

from conformance_cases import Case, cases
from conformance_judge import judge, same_graph, tabled
from pyoxigraph import Quad, QueryResultsFormat, QueryTriples, Store


def verdict(case: Case) -> str:
    """Return nothing when the engine passes, else why it does not."""
    try:
        return _syntax(case) if "syntax" in case.kind else _evaluation(case)
    except (SyntaxError, ValueError, OSError, RuntimeError) as error:
        return f"{type(error).__name__}: {str(error)[:120]}"


def _syntax(case: Case) -> str:
    try:
        if "update" in case.kind:
            # Nothing may go out from here: a LOAD of an unknown scheme fails, but after the text was parsed.
            offline = case.text.replace("http:", "x-none:") if "LOAD" in case.text else case.text
            Store().update(offline, base_iri=case.base)
        else:
            Store().query(case.text, base_iri=case.base)
    except SyntaxError:
        return "" if case.kind.startswith("bad") else "refused"
    except (OSError, RuntimeError, ValueError):
        return "accepted" if case.kind.startswith("bad") else ""
    return "accepted" if case.kind.startswith("bad") else ""


def _evaluation(case: Case) -> str:
    store = Store()
    store.extend(case.data.quads())
    if case.kind == "update evaluation":
        store.update(case.text, base_iri=case.base)
        return "" if same_graph(case.expected.quads(), store) else "another state"
    results = store.query(case.text, base_iri=case.base)
    if isinstance(results, QueryTriples):
        return judge(case, [Quad(*triple) for triple in results])
    if case.kind == "CSV results":
        return judge(case, results.serialize(None, QueryResultsFormat.CSV).decode())
    return judge(case, tabled(results))


if __name__ == "__main__":
    json.dump(
        {case.name: verdict(case) for case in cases() if not (case.federated and "evaluation" in case.kind)}, sys.stdout
    )
