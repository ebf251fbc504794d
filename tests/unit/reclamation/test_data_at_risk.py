"""What some removals destroy together."""

from collections.abc import Mapping

from core.reclamation.consequences import Consequence
from core.reclamation.data_at_risk import data_at_risk
from core.reclamation.licenses import HeldLicense

EXCHANGE_1, EXCHANGE_2 = "9aaf7827-d63c-4b61-89c3-182f06f82e5c", "efb87545-963c-4e0d-99df-69c6916d9eb0"
FILES, COMPUTER = "5dbe027f-2339-4123-9542-606e4d348a72", "3efff3fe-528a-4fc5-b1ba-845802cc764f"
PLANS = {
    "suite": frozenset({EXCHANGE_2, FILES}),
    "mail": frozenset({EXCHANGE_1}),
    "pc": frozenset({COMPUTER}),
}


def held(sku_id: str, *off: str, state: str = "Active") -> HeldLicense:
    return HeldLicense(sku_id=sku_id, state=state, disabled_plans=off)


def at_risk(
    going: list[tuple[str, str]], licenses: Mapping[str, tuple[HeldLicense, ...]]
) -> dict[Consequence, int]:
    return {each.loss.consequence: each.people for each in data_at_risk(going, licenses, PLANS)}


def test_people_are_counted_by_what_they_lose() -> None:
    going = [("ada", "suite"), ("ada", "pc"), ("ben", "mail")]
    licenses = {"ada": (held("suite"), held("pc")), "ben": (held("mail"),)}
    assert at_risk(going, licenses) == {
        Consequence.MAILBOX: 2,
        Consequence.ARCHIVE: 1,
        Consequence.HOLDS: 1,
        Consequence.ONEDRIVE: 1,
        Consequence.CLOUD_PC: 1,
    }


def test_what_another_license_keeps_does_not_go() -> None:
    both = (held("suite"), held("mail"))
    assert at_risk([("ada", "mail")], {"ada": both}) == {}
    assert Consequence.MAILBOX not in at_risk([("ada", "suite")], {"ada": both})
    assert Consequence.MAILBOX in at_risk([("ada", "suite"), ("ada", "mail")], {"ada": both})


def test_a_license_in_error_keeps_nothing() -> None:
    licenses = {"ada": (held("mail"), held("suite", state="Error"))}
    assert at_risk([("ada", "mail")], licenses) == {Consequence.MAILBOX: 1}


def test_what_is_switched_off_neither_goes_nor_keeps_anything() -> None:
    off = held("suite", EXCHANGE_2)
    assert at_risk([("ada", "suite")], {"ada": (off,)}) == {Consequence.ONEDRIVE: 1}
    assert at_risk([("ada", "mail")], {"ada": (held("mail"), off)}) == {Consequence.MAILBOX: 1}
