from hypothesis import given
from hypothesis import strategies as st

from core.spend.money import allocate_units
from core.spend.sharing import allocated

weights = st.lists(st.integers(0, 50), min_size=1, max_size=12).filter(any)


@given(st.integers(-(10**15), 10**15), weights)
def test_the_share_of_one_is_what_it_gets_when_all_are_worked_out(units: int, given: list[int]) -> None:
    shares = tuple(allocated(units, given, place) for place in range(len(given)))
    assert shares == allocate_units(units, given)
    assert sum(shares) == units
