import unicodedata
from types import MappingProxyType

import pytest

from service.classify.classifier import load_classifier
from service.classify.errors import UnknownLanguage
from service.classify.language import LanguageDetector, shows_nothing

TEXTS = {
    "en": "The municipality will support the renovation of schools and the planting of trees in the city centre.",
    "pl": "Gmina będzie wspierać remont szkół oraz sadzenie drzew w centrum miasta, które są ważne dla mieszkańców.",
    "cs": "Město bude podporovat opravy škol a výsadbu stromů v centru, které jsou důležité pro obyvatele.",
    "sk": "Mesto bude podporovať opravy škôl a výsadbu stromov v centre, ktoré sú dôležité pre obyvateľov.",
    "hu": "Az önkormányzat támogatja az iskolák felújítását és a fák ültetését a városközpontban, mert ez fontos.",
}
FOREIGN = (
    "Die Stadt unterstützt die Renovierung der Schulen und das Pflanzen von Bäumen in der Innenstadt.",
    "La ville soutient la rénovation des écoles et la plantation des arbres dans le centre pour les habitants.",
    "Город поддерживает ремонт школ и посадку деревьев в центре.",
    "城市支持学校的翻新和种树",
)


@pytest.mark.parametrize("language", TEXTS)
def test_each_language_is_told(language: str) -> None:
    classifier = load_classifier()
    if language not in classifier.languages:
        pytest.skip(f"no lexicon for {language} yet")
    assert set(classifier.classify(TEXTS[language]).languages) == {language}


@pytest.mark.parametrize("text", FOREIGN)
def test_another_language_is_told(text: str) -> None:
    with pytest.raises(UnknownLanguage, match="en"):
        load_classifier().classify(text)


def test_a_passage_in_another_of_our_languages_is_read_in_it() -> None:
    classifier = load_classifier()
    text = "\n\n".join([TEXTS["en"]] * 1 + [f"{TEXTS['en']} {n}" for n in range(9)] + [TEXTS["hu"]])
    assert classifier.classify(text).languages["hu"] == 1


@pytest.mark.parametrize("text", [*TEXTS.values(), *FOREIGN])
def test_how_accents_are_written_changes_no_score(text: str) -> None:
    detector = LanguageDetector(MappingProxyType({"cs": frozenset({"výsadbu", "město"})}))
    assert detector.scores(unicodedata.normalize("NFD", text)) == detector.scores(text)


def test_hyphens_that_are_not_seen_change_no_score() -> None:
    detector = LanguageDetector(MappingProxyType({}))
    for text in TEXTS.values():
        assert detector.scores(text.replace("st", "s\u00adt")) == detector.scores(text)


def test_a_short_word_of_grammar_is_told_however_it_is_written() -> None:
    assert shows_nothing(unicodedata.normalize("NFD", "są"), "pl")
    assert shows_nothing(unicodedata.normalize("NFD", "który"), "pl")
    assert not shows_nothing(unicodedata.normalize("NFD", "ČR"), "cs")
