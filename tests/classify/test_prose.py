import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.classify.classifier import Options, load_classifier
from service.classify.prose import TELLING, quality, signature

SENTENCES = (
    "The city will replace its diesel buses by electric ones until 2030.",
    "Miasto do 2030 roku wymieni autobusy spalinowe na elektryczne.",
    "Město do roku 2030 vymění dieselové autobusy za elektrické.",
    "Mesto do roku 2030 vymení dieselové autobusy za elektrické.",
    "A város 2030-ig elektromos buszokra cseréli a dízelbuszokat.",
    "In 2016, it prepared the SEAP (Sustainable Energy Action Plan), which set a target of 43% emission reduction.",
)
BOILERPLATE = (
    "Local public transport ... 31\nLong-distance public transport (bus and rail) ... 32",
    "3.1. Transport publiczny . . . . . . . . . . . . . . 14",
    "|  district heating |  | 300 927 |  |   |",
    "|  Energy | Gigajoule, GJ |  | 277,78 | 9,47817 | 0,02388 | 238 903  |",
    "|  SUMP | Sustainable Urban Mobility Plan  |",
    "SUMP – Sustainable Urban Mobility Plan",
    "OZE - odnawialne źródła energii",
    "|  Kilián North Community Association | Local NGO / local | Association | Zsolt Jakab | President  |",
    "Miejskie Przedsiębiorstwo Energetyki Cieplnej Spółka Akcyjna",
    "Table 7: Electricity supplied to households",
    "Tabela 12. Zużycie energii w budynkach",
    "Zdroj: Štatistický úrad, vlastné spracovanie",
    "3. táblázat: Az energiafelhasználás szerkezete",
    "The project has received funding from the H2020 Research and Innovation Programme under grant agreement n°123456.",
    "Contact: Climate Office, climate@city.example, tel. +421 2 123 456 for questions about energy.",
    "| Involved stakeholders | residents, housing communities, universities, NGOs, entrepreneurs of the city |",
    "Civil society: Residents of nearby areas, citizens as waste producers, NGOs and civic associations.",
    "| Homes: residents of the city, owners of flats, NGOs and civic organisations, private companies. |",
    "| Energy: heat (Veolia, others), electricity producers and distributors (ZSE), gas companies (heating). |",
    "Dom i praca: mieszkańcy, małe firmy, uczelnie.",
    "Domácnosti: obyvatelé města, sdružení vlastníků, stavební firmy.",
    "Domácnosti: obyvatelia mesta, združenia vlastníkov, stavebné firmy.",
    "Háztartások: a város lakosai, civil szervezetek, építőipari cégek.",
    "| Interesariusze | mieszkańcy, wspólnoty mieszkaniowe, uczelnie i organizacje pozarządowe |",
)


@pytest.mark.parametrize("text", SENTENCES)
def test_a_sentence_is_worth_most(text: str) -> None:
    assert quality(text) == 1.0
    assert quality(f"## Transport\n\n{text}") > 0.85


@pytest.mark.parametrize("text", BOILERPLATE)
def test_contents_numbers_glossaries_names_and_captions_tell_little(text: str) -> None:
    assert quality(text) < TELLING


def test_a_row_of_a_table_may_hold_a_sentence() -> None:
    row = (
        "| Transport | Replacement of the public transport fleet of diesel buses by electric buses in three steps | 5 |"
    )
    assert quality(row) > 0.8
    assert TELLING <= quality("- cycle paths along the river") < quality(row)


def test_a_list_of_measures_is_no_list_of_who_takes_part() -> None:
    assert quality("Measures: insulation of facades, new windows, heat pumps in schools.") == 1.0
    assert quality("The city asked: should companies, schools and residents pay less for waste than today?") == 1.0


def test_a_paragraph_that_names_its_grant_still_tells_something() -> None:
    told = "The city replaces coal boilers by heat pumps and insulates schools, which saves energy and clears the air. "
    assert quality(told * 4 + "It is done under grant agreement 7.") == 1.0


@given(st.text(st.sampled_from("aĄ. \n|#-1…(:") | st.characters(), max_size=400))
def test_every_text_has_a_quality(text: str) -> None:
    assert 0.0 <= quality(text) <= 1.0


def test_what_differs_in_numbers_and_bullets_is_the_same() -> None:
    assert signature("City Plan | page 12") == signature("☑ City  plan  page 7")
    assert signature("It buys 4 buses for the city of Brno.") != signature("It buys 5 buses for the city of Brno.")
    assert signature("City Plan") != signature("City Map")


def test_evidence_is_a_sentence_where_there_is_one_and_rows_alone_assert_nothing() -> None:
    filler = [f"The chronicle of the year {year} has many pages that nobody has read." for year in range(1900, 1960)]
    rows = [f"Cycle paths and cycle lanes {'.' * 20} {number}" for number in range(3)]
    names = [f"|  {name} Cycle Paths Association | Cycling Club | {name} Novák |" for name in ("Brno", "Praha", "Zlín")]
    text = "\n\n".join(filler + rows + names)
    codes = {label.concept.notation for label in classify(text) if label.status == "asserted"}
    assert "MO2.1" not in codes
    told = "The town builds cycle paths along the river and cycle lanes in every main street."
    again = "New cycle paths will link the schools with the station."
    by_code = {label.concept.notation: label for label in classify(f"{text}\n\n{told}\n\n{again}")}
    assert by_code["MO2.1"].status == "asserted"
    assert {passage.text for passage in by_code["MO2.1"].passages[:2]} == {told, again}


def classify(text: str):  # type: ignore[no-untyped-def]
    return load_classifier().classify(text, options=Options(language="en")).labels
