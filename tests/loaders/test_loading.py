"""What a person relies on when loading: nothing half-done, nothing lost, every rejection explained."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import NamedNode, Quad

from loaders import provenance, quarantine
from loaders.base import Input, InputError, Loader
from loaders.lau import Lau
from loaders.registry import loaders
from loaders.retry import retry
from loaders.run import Job, LoadRefused, LoadResult, load
from loaders.statements import term
from ontology.terms import graph_iri, mint
from service.store.changes import Change
from service.store.generations import GenerationStore
from shapes.validator import Validator

COLUMNS = ["gisco_id", "longitude", "latitude", "country", "nuts_3", "lau_id", "lau_name", "population", "area_km2"]
BOCHNIA = ["PL_1001", "20.42", "49.96", "PL", "PL214", "1001", "Bochnia", "29718", "29.88"]
NOWHERE = ["PL_1002", "20.52", "49.86", "PL", "PL999", "1002", "Nigdzie", "100", "1.5"]


def table(path: Path, *rows: list[str], encoding: str = "utf-8", delimiter: str = ",") -> Input:
    with path.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream, delimiter=delimiter).writerows([COLUMNS, *rows])
    return Input(path, path.name)


def run(store: GenerationStore, validator: Validator, loader: Loader, *inputs: Input, **options: bool) -> LoadResult:
    (result,) = load(store, [Job(loader, list(inputs))], validator, **options)
    return result


@pytest.fixture
def store(tmp_path: Path, bundled_store: Path) -> GenerationStore:
    shutil.copytree(bundled_store, tmp_path / "store")
    return GenerationStore.open(tmp_path / "store", create=False)


def test_a_record_becomes_a_municipality(store, validator, tmp_path):
    result = run(store, validator, Lau(), table(tmp_path / "lau.csv", BOCHNIA))
    assert (result.read, result.written, result.rejected, result.quarantined) == (1, 1, 0, 0)
    reader = store.current().reader()
    bochnia = mint("municipality", "pl-1001")
    assert next(reader.quads_for_pattern(bochnia, term("sg:population"), None, Lau().graph)).object.value == "29718"


def test_loading_the_same_again_publishes_nothing(store, validator, tmp_path):
    source = table(tmp_path / "lau.csv", BOCHNIA)
    first = run(store, validator, Lau(), source)
    again = run(store, validator, Lau(), source)
    assert again.unchanged
    assert store.current().number == first.generation


def test_a_new_version_replaces_the_old_one_as_a_whole(store, validator, tmp_path):
    run(store, validator, Lau(), table(tmp_path / "a.csv", BOCHNIA))
    other = ["PL_1003", *BOCHNIA[1:]]
    run(store, validator, Lau(), table(tmp_path / "b.csv", other))
    subjects = {q.subject.value.rpartition("/")[2].partition("#")[0] for q in lau_quads(store)}
    assert subjects == {"pl-1003"}


def lau_quads(store: GenerationStore) -> list[Quad]:
    return list(store.current().reader().quads_for_pattern(None, None, None, Lau().graph))


def test_a_dry_run_publishes_nothing(store, validator, tmp_path):
    before = store.current().number
    result = run(store, validator, Lau(), table(tmp_path / "lau.csv", BOCHNIA), dry_run=True)
    assert result.written == 1
    assert store.current().number == before


def test_what_fails_validation_waits_in_quarantine_and_can_be_retried(store, validator, tmp_path):
    result = run(store, validator, Lau(), table(tmp_path / "lau.csv", BOCHNIA, NOWHERE))
    assert result.quarantined == 1
    reader = store.current().reader()
    nowhere = mint("municipality", "pl-1002")
    assert not list(reader.quads_for_pattern(nowhere, None, None, Lau().graph))
    ((root, triples),) = quarantine.entries(reader, Lau())
    assert root == nowhere
    assert len(triples) > 5
    assert quarantine.problems(reader, Lau(), root)

    with store.draft("test", "the region comes") as draft:
        region = NamedNode("http://data.europa.eu/nuts/code/PL999")
        template = NamedNode("http://data.europa.eu/nuts/code/PL214")
        quads = [
            Quad(region, q.predicate, q.object, graph_iri("later"))
            for q in draft.store.quads_for_pattern(template, None, None, graph_iri("bundled"))
        ]
        draft.apply(Change(added=frozenset(quads), removed=frozenset()))
        draft.publish()
    assert retry(store, Lau(), validator) == (1, 0)
    reader = store.current().reader()
    assert list(reader.quads_for_pattern(nowhere, None, None, Lau().graph))
    assert quarantine.entries(reader, Lau()) == []
    assert retry(store, Lau(), validator) == (0, 0)


def test_a_row_that_makes_no_sense_is_rejected_with_its_place_and_the_rest_is_loaded(store, validator, tmp_path):
    wrong = ["PL_1004", "20.1", "49.9", "PL", "PL214", "1004", "Zła", "many", "2"]
    result = run(store, validator, Lau(), table(tmp_path / "lau.csv", BOCHNIA, wrong))
    assert (result.written, result.rejected) == (1, 1)
    assert result.reasons == ["lau.csv:3: 'many' is not a whole number"]


def test_a_file_of_another_kind_is_refused_and_nothing_changes(store, validator, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n")
    before = store.current().number
    with pytest.raises(InputError, match=r"no column country, gisco_id; is this the right file\?"):
        run(store, validator, Lau(), Input(other, other.name))
    assert store.current().number == before


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1250"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters_are_found_out(tmp_path, encoding, delimiter):
    row = [*BOCHNIA[:6], "Żółkiewka-Osada Śląska", *BOCHNIA[7:]]
    source = table(tmp_path / "lau.csv", row, encoding=encoding, delimiter=delimiter)
    (record,) = Lau().read([source])
    assert record["lau_name"] == "Żółkiewka-Osada Śląska"


def test_neither_utf8_nor_cp1250_is_an_input_error(tmp_path):
    path = tmp_path / "lau.csv"
    path.write_bytes(b"gisco_id,country\n\x81\x83\x88\xff\n")
    with pytest.raises(InputError, match="neither UTF-8 nor Windows-1250"):
        list(Lau().read([Input(path, path.name)]))


def test_a_load_that_would_break_other_sources_is_refused(store, validator, tmp_path):
    run(store, validator, Lau(), table(tmp_path / "lau.csv", BOCHNIA))
    empty = tmp_path / "regions.ttl"
    empty.write_text("<https://example.org/x> <http://purl.org/dc/terms/title> 'x' .")
    bundled = loaders("bundled")[-1]
    before = store.current().number
    with pytest.raises(LoadRefused, match="breaks"):
        run(store, validator, bundled, Input(empty, empty.name))
    assert store.current().number == before


def test_every_load_leaves_its_provenance(store, validator, tmp_path):
    run(store, validator, Lau(), table(tmp_path / "lau.csv", BOCHNIA))
    reader = store.current().reader()
    said = {t.predicate.value.rpartition("#")[2].rpartition("/")[2] for t in provenance.triples_of(reader, Lau().graph)}
    assert {"license", "contentHash", "wasGeneratedBy", "triples", "startedAtTime", "recordsRead"} <= said


@given(st.lists(st.sampled_from(COLUMNS), min_size=1), st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_no_cell_whatsoever_crashes_a_loader(columns, text):
    """Every record either gives triples or is rejected with a reason."""
    from loaders.base import Record, RecordRejected

    fields = dict(zip(COLUMNS, BOCHNIA, strict=True)) | dict.fromkeys(columns, text)
    try:
        triples = list(Lau().triples(Record("x:1", fields)))
    except RecordRejected as why:
        assert str(why)
    else:
        assert triples
