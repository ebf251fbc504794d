"""What a license type costs each of those who hold it. Rules only, no I/O."""

from collections.abc import Iterable, Mapping

from core.spend.figures import Figure, SpendPart, TypeSpend
from core.spend.money import allocate, allocate_units


def shared_out(
    row: TypeSpend, counts: Mapping[SpendPart, Mapping[str, int]]
) -> Iterable[tuple[SpendPart, str, Figure]]:
    """What a type costs each group, part by part, so that the groups sum to the part exactly.

    Args:
        row: the type in one currency.
        counts: the seats that each group holds, by what they are doing; every part has at least one seat.
    """
    for part, by_name in counts.items():
        whole, names = row.split[part], sorted(by_name)
        weights = [by_name[name] for name in names]
        seats, amounts = allocate_units(whole.seats, weights), allocate(whole.annual, weights)
        for name, number, amount in zip(names, seats, amounts, strict=True):
            yield part, name, Figure(seats=number, annual=amount)
