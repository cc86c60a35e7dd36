"""Light stemming, for the word forms that no dictionary lists: only endings of inflection are cut."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_SHORTEST_STEM = 4

_ENGLISH = ("s",)
_POLISH = (
    "owaniach owaniami owaniem owania owaniu owanie aniach aniami eniach eniami owego owemu owych owymi "
    "aniom eniom aniem eniem ania eniu anie enie ania enia ego emu ych ich ymi imi ach ami owi iem "
    "owe owa owy owej om ow ej ie em ia iu io ym im a e i o u y"
)
_CZECH = (
    "ovych ovymi oveho ovemu ove ova ovy ovi ami emi eho emu ych ymi ich imi ach ech em im ym om um ou mi y i e a u o"
)
_SLOVAK = (
    "ovych ovymi oveho ovemu ove ova ovy ami emi eho emu ych ymi ich imi ach iach am iam och om ov ou ej "
    "ie ia iu mi y i e a u o"
)
# Hungarian is agglutinative: plural and possessor first, then case, so endings are cut from the right, several times.
_HUNGARIAN_CASES = (
    "ban ben bol rol tol nak nek val vel hoz hez ba be ra re nal nel ig kent ert on en on ul at et ot t n"
)
_HUNGARIAN_NUMBER = "jaink jeink aink eink jaik jeik aik eik jai jei juk juk uk unk ai ei ok ak ek ja je i k a e"
_HUNGARIAN_DOUBLED = "val vel"


def _longest_first(endings: str) -> tuple[str, ...]:
    return tuple(sorted(set(endings.split()), key=lambda ending: (-len(ending), ending)))


_ENDINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "en": _ENGLISH,
        "pl": _longest_first(_POLISH),
        "cs": _longest_first(_CZECH),
        "sk": _longest_first(_SLOVAK),
    }
)
_CASES = _longest_first(_HUNGARIAN_CASES)
_NUMBER = _longest_first(_HUNGARIAN_NUMBER)


def stem(folded: str, language: str) -> str:
    """Cut the endings of inflection from a folded word; at least four letters stay."""
    if language == "hu":
        return _hungarian(folded)
    return _cut(folded, _ENDINGS.get(language, ()))


def _cut(word: str, endings: tuple[str, ...]) -> str:
    for ending in endings:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)]
    return word


def _hungarian(word: str) -> str:
    shorter = _assimilated(word) or _cut(word, _CASES)
    return _cut(shorter, _NUMBER)


def _assimilated(word: str) -> str | None:
    """`várossal` is `város` + `val`: the v of -val and -vel takes the sound before it."""
    if (
        word.endswith(("al", "el"))
        and len(word) > _SHORTEST_STEM + 3
        and word[-3] == word[-4]
        and word[-3] not in "aeiou"
    ):
        return word[:-3]
    return None
