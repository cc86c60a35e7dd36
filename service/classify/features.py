"""What the linear models see of a text: words, pairs and beginnings of words, and what the lexicon finds per label."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import log
from types import MappingProxyType
from typing import Final, NamedTuple

from service.classify.concepts import load_concepts
from service.classify.labels import label_codes, own_label, places, shares
from service.classify.matcher import Hit, Matcher
from service.classify.stems import stem
from service.classify.tokens import Token

GOALS: Final = tuple(str(number) for number in range(1, 18))
# Derivations (`chodec`, `chodník`) and endings that no stemmer cuts share their first letters.
_BEGINNING: Final = 4

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


def with_beginnings(counts: Mapping[str, float]) -> dict[str, float]:
    """Words and pairs, and of each longer word how it begins, marked by a tilde."""
    found = dict(counts)
    for word, count in counts.items():
        if len(word) > _BEGINNING and " " not in word:
            start = beginning(word)
            if count > found.get(start, 0.0):
                found[start] = count
    return found


def beginning(word: str) -> str:
    """The feature for how a word begins."""
    return f"~{word[:_BEGINNING]}"


def phrase_strengths(hits: Iterable[Hit]) -> dict[str, float]:
    """The chance that at least one of the distinct phrases of a concept means what it usually means (noisy-or)."""
    phrases: dict[str, dict[str, float]] = {}
    for hit in hits:
        phrases.setdefault(hit.concept, {})[hit.phrase] = hit.weight
    result = {}
    for code, found in phrases.items():
        doubt = 1.0
        for weight in found.values():
            doubt *= 1.0 - 0.95 * weight
        result[code] = 1.0 - doubt
    return result


class Evidence(NamedTuple):
    """For each label: its phrases and those of its parts, phrases of related concepts, likeness of its closest part."""

    phrases: list[float]
    related: list[float]
    likeness: list[float]


def label_evidence(strengths: Mapping[str, float], sounds: Mapping[str, float]) -> Evidence:
    """What speaks for each label in any language."""
    count = len(label_codes())
    evidence = Evidence([0.0] * count, [0.0] * count, [0.0] * count)
    concepts = load_concepts()
    for code, strength in strengths.items():
        own = own_label(concepts[code])
        if own is not None:
            evidence.phrases[own] = 1.0 - (1.0 - evidence.phrases[own]) * (1.0 - strength)
        for labels in shares()[code].values():
            for label, share in labels.items():
                if label != own:
                    evidence.related[label] = 1.0 - (1.0 - evidence.related[label]) * (1.0 - strength * share)
    for code, likeness in sounds.items():
        own = own_label(concepts[code])
        if own is not None:
            evidence.likeness[own] = max(evidence.likeness[own], likeness)
    return evidence


def leads(margins: Sequence[float]) -> list[float]:
    """How far each label is behind the first of its scheme."""
    found: list[float] = []
    for column in places().values():
        part = margins[column.start : column.stop]
        first = max(part)
        found.extend(margin - first for margin in part)
    return found
