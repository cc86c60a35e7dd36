"""Measures the classifier: `python -m service.classify.evaluate` prints the tables of the model card."""

from __future__ import annotations

import argparse
import json
import re
import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from service.classify.calibrate import see
from service.classify.classifier import Classifier, Options
from service.classify.evaluate_blind import blind_tables
from service.classify.evaluate_gold import gold_tables
from service.classify.features import GOALS
from service.classify.matcher import load_matcher
from service.classify.models import score_labels, word_margins
from service.classify.peers import PEER, CountPhrases, peer
from service.classify.ranking import rank_goals
from service.classify.tables import Table
from service.classify.train import RANKING_COST, labelled_documents, own_documents, ranking_documents, train_words
from service.classify.training_data import (
    LabelledText,
    labelled_texts,
    own_texts,
    written_goal_texts,
    written_passages,
)
from service.classify.weights import load_weights

# What is measured when nothing is named; ranking by meaning needs an extra and takes minutes.
_USUAL = ("gold", "blind", "targets", "speed", "training")
_HELD_OUT_PART = 0
_OTHER_KIND = "osdg-cd-sample"
_TITLE = re.compile(r"target_(\d+)_(\w+):")


def f1_scores(truth: Sequence[int], found: Sequence[int]) -> list[float | None]:
    """F1 of each goal; None where the truth has none of it."""
    scores: list[float | None] = []
    for goal in range(len(GOALS)):
        right = sum(t == f == goal for t, f in zip(truth, found, strict=True))
        total = truth.count(goal) + found.count(goal)
        scores.append(2 * right / total if goal in truth else None)
    return scores


def macro(scores: Sequence[float | None]) -> float:
    """The mean over the goals that occur."""
    known = [score for score in scores if score is not None]
    return sum(known) / len(known) if known else 0.0


def goals_on_held_out_texts(data: Path) -> list[Table]:
    """The goal model against its own parts, TF-IDF and a published keyword list, on texts it was trained without."""
    texts = [*labelled_texts(data), *written_goal_texts()]
    count = peer(data)
    seen = [text for text in texts if text.fold != _HELD_OUT_PART]
    unseen = [text for text in texts if text.fold == _HELD_OUT_PART]
    found = _judgements(seen, unseen, count)
    others = [text for text in texts if text.source != _OTHER_KIND]
    foreign = [text for text in texts if text.source == _OTHER_KIND]
    elsewhere = _by_source(foreign, _judgements(others, foreign, count))
    title = f"Goals, macro-F1 on a kind of text never seen ({_OTHER_KIND}; trained without it)"
    return [_by_source(unseen, found), replace(elsewhere, title=title), _by_goal(unseen, found)]


def _judgements(
    seen: list[LabelledText], unseen: list[LabelledText], count: CountPhrases | None
) -> dict[str, list[int]]:
    matcher, weights = load_matcher("en"), load_weights()
    passages = written_passages("en")
    labelled, taught = labelled_documents(seen, matcher), labelled_documents(passages, matcher)
    own = own_documents(own_texts("en"), matcher)
    models = {"TF-IDF": labelled, "transfer": [*taught, *own], "model": [*labelled, *taught, *own]}
    trained = {name: replace(weights, words={"en": train_words(documents)}) for name, documents in models.items()}
    ranking = train_words(ranking_documents(seen, passages, own_texts("en"), matcher), RANKING_COST)
    names = (*([PEER] if count else []), "keywords", "TF-IDF", "transfer", "model", "ranked")
    found: dict[str, list[int]] = {name: [] for name in names}
    for text in unseen:
        counts, evidence = see(text.text, "en")
        if count:
            found[PEER].append(_best(count(text.text)))
        found["keywords"].append(_best(evidence.phrases[: len(GOALS)]))
        found["TF-IDF"].append(_best(word_margins(counts, trained["TF-IDF"].words["en"])[: len(GOALS)]))
        for name in ("transfer", "model"):
            chances = score_labels(counts, evidence, "en", trained[name])
            found[name].append(_best(chances[: len(GOALS)]))
        found["ranked"].append(_listed_first(*rank_goals(counts, evidence, ranking, chances, weights.thresholds)))
    return found


def _best(values: Sequence[float]) -> int:
    return max(range(len(values)), key=lambda place: values[place]) if any(values) else -1


def _listed_first(chances: Sequence[float], thresholds: Sequence[float]) -> int:
    """The goal that an answer lists first: what is asserted comes before what is suggested."""
    return max(range(len(GOALS)), key=lambda goal: (chances[goal] >= thresholds[goal], chances[goal]))


def _by_source(texts: list[LabelledText], found: Mapping[str, list[int]]) -> Table:
    rows = []
    sources = sorted({text.source for text in texts})
    for source in [*sources, *(["all"] if len(sources) > 1 else [])]:
        chosen = [n for n, text in enumerate(texts) if source in (text.source, "all")]
        truth = [texts[n].goals[0] for n in chosen]
        cells = [f"{macro(f1_scores(truth, [judged[n] for n in chosen])):.3f}" for judged in found.values()]
        rows.append((source, str(len(chosen)), *cells))
    return Table("Goals, macro-F1 on the held-out fifth (English)", ("source", "texts", *found), tuple(rows))


def _by_goal(texts: list[LabelledText], found: Mapping[str, list[int]]) -> Table:
    truth = [text.goals[0] for text in texts]
    scores = {name: f1_scores(truth, judged) for name, judged in found.items()}
    rows = tuple(
        (goal, str(truth.count(place)), *(_number(scores[name][place]) for name in scores))
        for place, goal in enumerate(GOALS)
    )
    return Table("Goals, F1 by goal on the held-out fifth (English)", ("goal", "texts", *found), rows)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def target_titles(data: Path, language: str) -> Iterator[tuple[str, str, str]]:
    """Code, kind (short or long) and title of the 169 targets, from CONSUL and Open SDG."""
    folder = data / "sdg-targets-i18n"
    for name in (f"consul_{language}.yml", f"consul_{language}-{language.upper()}.yml", f"consul_{language}-CZ.yml"):
        path = folder / name
        if path.is_file():
            yield from _consul_titles(path)
            return


def _consul_titles(path: Path) -> Iterator[tuple[str, str, str]]:
    """The few lines of YAML that matter: a target, and its two titles, each perhaps on several lines."""
    code = kind = ""
    parts: list[str] = []
    for line in [*path.read_text(encoding="utf-8").splitlines(), "end:"]:
        key, colon, rest = line.strip().partition(":")
        starts = bool(colon) and re.fullmatch(r"[a-z_]+[0-9A-Za-z_]*", key) is not None
        if not starts and kind:
            parts.append(line.strip())
            continue
        if kind and code:
            yield code, kind, " ".join(parts).strip(" '\"")
        kind, parts = "", []
        target = _TITLE.match(line.strip())
        if target:
            code = f"{target[1]}.{target[2].lower()}"
        elif key in {"short_title", "long_title"} and code:
            kind, parts = key.removesuffix("_title"), [rest.strip()]


def target_table(data: Path, classifier: Classifier, *, semantic: bool = False) -> Table:
    """Whether the title of a target leads to the target, with or without the extra that ranks by meaning."""
    rows = []
    for language in classifier.languages:
        titles = list(target_titles(data, language))
        for kind in ("short", "long"):
            chosen = [(code, title) for code, of_kind, title in titles if of_kind == kind]
            if chosen:
                rows.append(
                    (language, kind, str(len(chosen)), *_target_quality(chosen, language, classifier, semantic))
                )
    columns = ("language", "titles", "count", "P@1", "R@5", "goal P@1")
    title = f"Targets by their titles (sdg-targets-i18n){', suggestions ranked by meaning' if semantic else ''}"
    return Table(title, columns, tuple(rows))


def _target_quality(
    titles: Sequence[tuple[str, str]], language: str, classifier: Classifier, semantic: bool
) -> tuple[str, str, str]:
    first = five = goal = 0
    for code, title in titles:
        labels = classifier.classify(title, options=Options(language, suggestions=20, semantic=semantic)).labels
        ranked = [label.concept.notation for label in labels if label.concept.level == "target"]
        goals = [label.concept.notation for label in labels if label.concept.level == "goal"]
        first += ranked[:1] == [code]
        five += code in ranked[:5]
        goal += goals[:1] == [code.split(".")[0]]
    return tuple(f"{count / len(titles):.3f}" for count in (first, five, goal))  # type: ignore[return-value]


def speed_table(data: Path, classifier: Classifier) -> Table:
    """Passages a second on long documents, and the memory of the process."""
    rows = []
    for language in classifier.languages:
        classifier.classify("energy", options=Options(language=language))  # Loading is not what is measured.
    for path in sorted((data / "climate-city-contracts").glob("*.md")):
        text = path.read_text(encoding="utf-8")
        started = time.process_time()
        result = classifier.classify(text)
        seconds = time.process_time() - started
        rows.append(
            (path.stem, f"{len(text):,}", str(result.passages), f"{seconds:.2f}", f"{result.passages / seconds:,.0f}")
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return Table(
        f"Speed on one core (peak memory of this process {peak} MB)",
        ("document", "characters", "passages", "seconds", "passages/s"),
        tuple(rows),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m service.classify.evaluate", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--only", choices=(*_USUAL, "semantic"), action="append", help="these tables")
    parser.add_argument("--json", type=Path, help="write the tables as JSON too")
    parser.add_argument("--markdown", action="store_true", help="print the tables as documentation has them")
    chosen = parser.parse_args(arguments)
    classifier = Classifier()
    measures: dict[str, Callable[[], list[Table]]] = {
        "gold": lambda: gold_tables(classifier),
        "blind": lambda: blind_tables(classifier),
        "targets": lambda: [target_table(chosen.data, classifier)],
        "speed": lambda: [speed_table(chosen.data, classifier)],
        "training": lambda: goals_on_held_out_texts(chosen.data),
        "semantic": lambda: [target_table(chosen.data, classifier, semantic=True)],
    }
    tables = [table for name, measure in measures.items() if name in (chosen.only or _USUAL) for table in measure()]
    for table in tables:
        sys.stdout.write(f"{table.markdown() if chosen.markdown else table}\n")
    if chosen.json:
        written = [{"title": t.title, "columns": t.columns, "rows": t.rows} for t in tables]
        chosen.json.write_text(json.dumps(written, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
