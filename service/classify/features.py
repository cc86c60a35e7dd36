"""What the linear models see of a text: its words, pairs of words, and what the lexicon finds for each goal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import log
from types import MappingProxyType
from typing import Final

from service.classify.concepts import Concepts, load_concepts
from service.classify.matcher import Hit, Matcher
from service.classify.stems import stem
from service.classify.tokens import Token

GOALS: Final = tuple(str(number) for number in range(1, 18))
# Per goal: its own phrases, those of its targets, and those of measures and areas that the ontology relates to it.
EVIDENCE: Final = 3
CONCEPT_FEATURES: Final = EVIDENCE * len(GOALS)

_STOP: Final = {
    "en": "a about above across after again against all almost alone along already also although always am "
    "among an and another any "
    "anyone anything are around as at be became because become been before being below between both but by can cannot "
    "could did do does done down during each either else enough etc even ever every few first for from "
    "further get give go had "
    "has have having he hence her here hers him his how however i if in indeed into is it its itself just "
    "last least less "
    "made many may me might more moreover most mostly much must my neither never no nor not nothing now "
    "of off often on once "
    "one only onto or other others otherwise our out over own part per perhaps put rather re s same see "
    "seem several she "
    "should since so some such t than that the their them then there these they this those through thus "
    "to together too "
    "toward towards two under until up upon us very via was we well were what when where whether which "
    "while who whole whose "
    "why will with within without would yet you your",
    "pl": "a aby albo ale ani az bardzo bez bo by byc bedzie beda byl byla bylo cel co czy dla do gdy i ich im "
    "jak jako je jego jej jest "
    "juz kiedy ktora ktore ktory ktorych lub ma maja moze mozna na nad nie nich niz o od oraz po pod "
    "poprzez przed przez przy "
    "sa sie ta tak takich takze tam te tego tej ten to tym u w we wraz wszystkich z za ze zostal tez jednak",
    "cs": "a aby ale ani az bez by byl byla bylo byt bude budou co do i jak jako je jeho jejich jeji jen jsou k "
    "ke kde ktera ktere kteri "
    "ktery ma mezi na nad ne nebo neni o od po pod podle pro pri s se si take tak tim tento tato toto "
    "tyto u v ve vsak za ze z "
    "ci vcetne",
    "sk": "a aby aj ale ani az bez bol bola bolo by byt bude budu co do i ako je jeho ich jej len su k ku kde "
    "ktora ktore ktori ktory "
    "ma medzi na nad nie alebo o od po pod podla pre pri s so sa si tiez tak tym tento tato toto tieto u "
    "v vo vsak za ze z zo "
    "vratane",
    "hu": "a az egy es hogy nem is ez meg csak de mint el vagy mar volt ki ha kell lehet minden azt ezt sem "
    "amely szamara altal kozott "
    "valamint illetve szerint soran utan alatt ami akkor mert pedig igy tobb be fel le ezek azok annak "
    "ennek olyan ilyen",
}
STOP_WORDS: Final = MappingProxyType({language: frozenset(words.split()) for language, words in _STOP.items()})


def words(tokens: Sequence[Token], matcher: Matcher) -> dict[str, float]:
    """Words and pairs of neighbouring words in dictionary form, with 1 + log of how often they stand there."""
    stop = STOP_WORDS[matcher.language]
    counts: dict[str, int] = {}
    previous = ""
    for token in tokens:
        folded = token.folded
        if folded in stop or folded.isdigit():
            continue
        word = base(folded, matcher)
        counts[word] = counts.get(word, 0) + 1
        if previous:
            pair = f"{previous} {word}"
            counts[pair] = counts.get(pair, 0) + 1
        previous = word
    return {word: 1.0 if count == 1 else 1.0 + log(count) for word, count in counts.items()}


def base(folded: str, matcher: Matcher) -> str:
    """The dictionary form of a folded word, or its stem."""
    keys = matcher.keys(folded)
    return keys[0] if keys else stem(folded, matcher.language)


@lru_cache(maxsize=1)
def goal_places() -> MappingProxyType[str, tuple[int, ...]]:
    """From each concept to the features that it feeds."""
    concepts = load_concepts()
    return MappingProxyType({code: tuple(_places(code, concepts)) for code in concepts.codes})


def _places(code: str, concepts: Concepts) -> Iterable[int]:
    concept = concepts[code]
    if concept.scheme == "sdg":
        goal = GOALS.index(concept.notation.split(".", 1)[0])
        yield EVIDENCE * goal + (0 if concept.level == "goal" else 1)
        return
    related = {concepts[other].notation.split(".", 1)[0] for other in concept.related if other.startswith("SDG")}
    for other in sorted(related, key=int):
        yield EVIDENCE * GOALS.index(other) + 2


def concept_evidence(hits: Iterable[Hit]) -> list[float]:
    """How strongly the lexicon speaks for each goal in any language: log of the summed weights of distinct phrases."""
    places = goal_places()
    strongest: dict[tuple[int, str], float] = {}
    for hit in hits:
        for place in places[hit.concept]:
            key = (place, hit.phrase)
            if hit.weight > strongest.get(key, 0.0):
                strongest[key] = hit.weight
    sums = [0.0] * CONCEPT_FEATURES
    for (feature, _), weight in strongest.items():
        sums[feature] += weight
    return [log(1.0 + total) if total else 0.0 for total in sums]
