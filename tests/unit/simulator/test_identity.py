import uuid

from hypothesis import given
from hypothesis import strategies as st

from core.simulator.identity import index_of, is_guid, object_id

SEEDS = st.integers(min_value=0, max_value=1_000_000)
INDEXES = st.integers(min_value=0, max_value=2**32 - 1)


@given(SEEDS, INDEXES)
def test_an_id_leads_back_to_its_index(seed: int, index: int) -> None:
    identifier = object_id(seed, index)
    assert uuid.UUID(identifier).version == 4
    assert index_of(seed, identifier) == index
    assert index_of(seed, identifier.upper()) == index


@given(SEEDS, INDEXES)
def test_an_id_of_another_tenant_leads_nowhere(seed: int, index: int) -> None:
    assert index_of(seed + 1, object_id(seed, index)) is None


@given(st.uuids())
def test_a_foreign_id_leads_nowhere(identifier: uuid.UUID) -> None:
    assert index_of(1, str(identifier)) is None


def test_what_is_no_guid_is_recognized() -> None:
    assert not is_guid("a@contoso.example")
    assert index_of(1, "a@contoso.example") is None
