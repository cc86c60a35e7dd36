"""Word forms of the lexicon: which written form belongs to which dictionary word.

The dictionaries of simplemma take seconds and hundreds of megabytes to load. Only the forms of words that stand in the
lexicon matter, so they are written once, by `python -m service.classify.train`, to `model/forms.<language>.txt`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from service.classify.lexicon import Entry, Lexicon, load_lexicon
from service.classify.stems import stem
from service.classify.tokens import WORD, fold


@dataclass(frozen=True)
class Forms:
    """From a folded written form to the dictionary words that it may be a form of."""

    language: str
    keys: dict[str, tuple[str, ...]]
    stems: dict[str, tuple[str, ...]]

    def of(self, folded: str) -> tuple[str, ...]:
        """The dictionary words behind a written form; empty when the lexicon has none."""
        known = self.keys.get(folded)
        if known is not None:
            return known
        return self.stems.get(stem(folded, self.language), ())


def lexicon_words(entries: Iterable[Entry]) -> set[str]:
    """Every word of every phrase, as written."""
    return {word for entry in entries for word in WORD.findall(entry.phrase)}


def find_forms(lexicon: Lexicon) -> dict[str, list[str]]:
    """From each dictionary word of the lexicon to its other forms, all folded; needs simplemma."""
    from simplemma import Lemmatizer
    from simplemma.strategies import DictionaryLookupStrategy
    from simplemma.strategies.dictionaries import DefaultDictionaryFactory

    factory = DefaultDictionaryFactory(cache_max_size=1)
    lemmatizer = Lemmatizer(lemmatization_strategy=DictionaryLookupStrategy(factory))
    wanted: dict[str, str] = {}
    for word in sorted(lexicon_words(lexicon.entries)):
        if word.isalpha() and not (word.isupper() and len(word) > 1):
            wanted[lemmatizer.lemmatize(word, lang=lexicon.language).casefold()] = word
    found: dict[str, set[str]] = {}
    for form, lemma in factory.get_dictionary(lexicon.language).items():
        written, base = _text(form), _text(lemma)
        if base.casefold() in wanted and WORD.fullmatch(written):
            found.setdefault(fold(base), set()).add(fold(written))
    return {key: sorted(forms - {key}) for key, forms in sorted(found.items()) if forms - {key}}


def _text(value: str | bytes) -> str:
    return value.decode("utf-8") if isinstance(value, bytes) else value


def forms_text(lexicon: Lexicon) -> str:
    """One dictionary word a line: what all its forms begin with, then the endings, `-` for none."""
    lines = [f"# {lexicon.digest}"]
    for key, forms in find_forms(lexicon).items():
        shared = _shared(key, forms)
        endings = (form[shared:] or "-" for form in (key, *forms))
        lines.append(f"{key[:shared] or '-'} {' '.join(endings)}")
    return "\n".join(lines) + "\n"


def _shared(key: str, forms: list[str]) -> int:
    length = len(key)
    for form in forms:
        while not form.startswith(key[:length]):
            length -= 1
    return length


def read_forms(text: str) -> dict[str, list[str]]:
    """Undo `forms_text`."""
    table: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            start, *endings = (part if part != "-" else "" for part in line.split(" "))
            key, *forms = (start + ending for ending in endings)
            table[key] = forms
    return table


def build_forms(lexicon: Lexicon, table: dict[str, list[str]]) -> Forms:
    """Index forms and stems; words that no dictionary lists are their own dictionary word."""
    keys: dict[str, list[str]] = {}
    for key, forms in table.items():
        for form in (key, *forms):
            keys.setdefault(form, []).append(key)
    for word in sorted({fold(word) for word in lexicon_words(lexicon.entries)}):
        keys.setdefault(word, [word])
    stems: dict[str, set[str]] = {}
    for form, targets in keys.items():
        stems.setdefault(stem(form, lexicon.language), set()).update(targets)
    return Forms(
        lexicon.language,
        {form: tuple(dict.fromkeys(targets)) for form, targets in keys.items()},
        {cut: tuple(sorted(targets)) for cut, targets in stems.items()},
    )


@lru_cache(maxsize=8)
def load_forms(language: str) -> Forms:
    """The shipped forms of a language; without the file only the stems are known."""
    lexicon = load_lexicon(language)
    assert lexicon is not None, language
    path = files("service.classify") / "model" / f"forms.{language}.txt"
    table = read_forms(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return build_forms(lexicon, table)
