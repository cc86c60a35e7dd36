"""Whatever a client sends is a proposal or a refusal in one line, never a fault."""

from hypothesis import given
from hypothesis import strategies as st

from ontology.terms import PREFIXES
from service.alignments.model import AlignmentError
from service.alignments.proposals import Proposal, parse_proposal

FIELDS = ("strategy", "concept", "evidence", "language", "confidence", "source", "other")
values = (
    st.none() | st.text(max_size=40) | st.floats() | st.integers() | st.sampled_from(("SDG 11.6", "GD5", "pl", "0.8"))
)
sent = st.dictionaries(st.sampled_from(FIELDS), values)
GOOD = {"strategy": "cz-plan", "concept": "11.6", "evidence": "clean air"}


@given(sent, st.booleans())
def test_anything_is_a_proposal_or_refused_in_one_line(fields: dict[str, object], complete: bool) -> None:
    try:
        found = parse_proposal(GOOD | fields if complete else fields)
    except AlignmentError as error:
        assert str(error)
        assert error.status in {400, 404}
    else:
        assert isinstance(found, Proposal)
        assert 0 <= found.confidence <= 1
        assert found.evidence


def test_concepts_are_known_by_address_and_by_code() -> None:
    codes = {
        "11.6": PREFIXES["sdg"] + "11.6",
        "SDG 3": PREFIXES["sdg"] + "3",
        "MO1.2": PREFIXES["smart"] + "MO1.2",
        "SMART MO": PREFIXES["smart"] + "MO",
        "GD5.2": PREFIXES["gd"] + "GD5.2",
        PREFIXES["gd"] + "GD5": PREFIXES["gd"] + "GD5",
    }
    for code, iri in codes.items():
        assert parse_proposal(GOOD | {"concept": code}).concept.value == iri
