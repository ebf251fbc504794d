"""What a license type costs each of those who hold it. Rules only, no I/O."""

from collections.abc import Iterable, Mapping, Sequence

from core.spend.figures import Figure, SpendPart, TypeSpend
from core.spend.money import Money, allocate, allocate_units


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


def share_of(
    group: str, row: TypeSpend, counts: Mapping[SpendPart, Mapping[str, int]]
) -> Iterable[tuple[SpendPart, Figure]]:
    """What `shared_out` gives one group, without working out what it gives the others."""
    for part, by_name in counts.items():
        if group not in by_name:
            continue
        whole, names = row.split[part], sorted(by_name)
        weights, place = [by_name[name] for name in names], names.index(group)
        amount = allocated(whole.annual.millionths, weights, place)
        yield (
            part,
            Figure(
                seats=allocated(whole.seats, weights, place),
                annual=Money.of_millionths(amount, whole.annual.currency),
            ),
        )


def allocated(units: int, weights: Sequence[int], place: int) -> int:
    """What `core.spend.money.allocate_units` gives the part at a place: one is left over for it or not."""
    weight = sum(weights)
    remainders = [units * each % weight for each in weights]
    own = remainders[place]
    before = sum(each >= own for each in remainders[:place]) + sum(
        each > own for each in remainders[place + 1 :]
    )
    return units * weights[place] // weight + (before < sum(remainders) // weight)
