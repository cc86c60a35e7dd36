"""How well the partner finder finds what is known: `python -m benchmarks.evaluate_partners [--data DIR] [--folds N]`.

Each partnership and membership is hidden once, with a fifth of all, and asked for from both ends. The bundled data
has few; with the Covenant of Mayors' table (and the municipalities it refers to) there are several hundred more.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pyoxigraph import DefaultGraph, Quad, Store

from loaders.base import Input, Loader, RecordRejected
from loaders.bundled import Bundled, Ontology
from loaders.covenant_of_mayors import COVENANT, CovenantOfMayors
from loaders.lau import Lau
from queries.catalogue import catalogue
from service.pages.ask import MemoryAsk
from service.pages.corpus import read as read_corpus
from service.pages.partner_data import read as read_partners
from service.partners import evaluation
from service.partners.model import Partners, Tie

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
SIGNATORIES = ("municipality/", "organisation/covenant-signatory")
METHODS = {
    "partner finder": evaluation.by_score(),
    "popularity": evaluation.by_popularity,
    "common neighbours": evaluation.by_common_neighbours,
    "popularity, same country first": evaluation.by_popularity_at_home,
}


def load(store: Store, loader: Loader[Any], paths: Iterable[Path]) -> None:
    loader.prepare(store)
    inputs = [Input(path, path.name) for path in paths]
    store.bulk_extend(Quad(*triple, DefaultGraph()) for triple in _triples(loader, inputs))


def _triples(loader: Loader[Any], inputs: list[Input]) -> Iterator[Any]:
    for record in loader.read(inputs):
        try:
            yield from list(loader.triples(record))
        except (RecordRejected, ValueError):
            continue


def partners_of(data: Path) -> tuple[Partners, bool]:
    store = Store()
    for bundled in (Ontology(), Bundled()):
        load(store, bundled, bundled.default_inputs())
    covenant = data / "covenant-mayors-2024" / "signatories_V4_derived.csv"
    if covenant.exists():
        load(store, Lau(), sorted((data / "lau-centres-2020").glob("*_lau_2020_nuts_2021_*.csv")))
        load(store, CovenantOfMayors(), [covenant])
    ask = MemoryAsk(store, catalogue())

    async def read() -> Partners:
        return await read_partners(ask, await read_corpus(ask))

    return asyncio.run(read()), covenant.exists()


def hideable(partners: Partners) -> list[Tie]:
    """Ties of which both ends may be found; that a signatory is in the Covenant is too easy to ask."""
    return [
        tie
        for tie in partners.ties
        if COVENANT.value not in tie.ends and tie.one in partners.parties and tie.other in partners.parties
    ]


def report(title: str, places: dict[str, list[int]]) -> None:
    print(f"\n{title}\n{'':32} recall@10  recall@50  questions")
    for found in evaluation.recalls(places):
        print(f"{found.method:32} {found.at[10]:9.3f}  {found.at[50]:9.3f}  {found.questions:9}")
    ours, *others = places.values()
    for (name, theirs), cut in [(pair, cut) for pair in zip(list(places)[1:], others, strict=True) for cut in (10, 50)]:
        low, high = interval([(a < cut) - (b < cut) for a, b in zip(ours, theirs, strict=True)])
        print(f"  gain over {name} @{cut}: 95% between {low:+.3f} and {high:+.3f}")


def interval(gains: list[int], times: int = 1000) -> tuple[float, float]:
    """What resampling the questions makes of the mean gain; how small the evidence is shows here."""
    chance = random.Random(1)
    means = sorted(sum(chance.choices(gains, k=len(gains))) / len(gains) for _ in range(times)) if gains else [0.0]
    return means[int(len(means) * 0.025)], means[min(int(len(means) * 0.975), len(means) - 1)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=SHARED)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    partners, covenant = partners_of(chosen.data)
    ties = hideable(partners)
    print(f"{len(partners.parties)} parties, {len(partners.ties)} ties; {len(ties)} hidden in {chosen.folds} folds")
    if not covenant:
        print("Without the Covenant's table: the bundled memberships alone are small evidence.")
    started = time.perf_counter()
    whole: dict[str, list[int]] = {name: [] for name in METHODS}
    bundled: dict[str, list[int]] = {name: [] for name in METHODS}
    for hidden in evaluation.folds(ties, chosen.folds, chosen.seed):
        for part, sink in ((_helpers(hidden, True), whole), (_helpers(hidden, False), bundled)):
            places = evaluation.evaluate(partners, part, METHODS, also=hidden, seed=chosen.seed)
            for name, found in places.items():
                sink[name] += found
    if covenant:
        report("Coordinators and supporters of the Covenant of Mayors", whole)
    report("Bundled memberships", bundled)
    report("All", {name: whole[name] + bundled[name] for name in METHODS})
    print(f"\n{time.perf_counter() - started:.0f} s")


def _helpers(ties: list[Tie], wanted: bool) -> list[Tie]:
    """The ties of organisations to the cities that they help, or all others."""
    return [tie for tie in ties if wanted == _is_help(tie)]


def _is_help(tie: Tie) -> bool:
    return "/id/organisation/" in tie.one and tie.other.split("/id/")[-1].startswith(SIGNATORIES)


if __name__ == "__main__":
    main()
