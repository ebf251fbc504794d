import pytest

from core.simulator.odata import page_size, read_filter, selected
from core.simulator.wire import GraphProblem

USER = {
    "id": "1",
    "userPrincipalName": "Niamh.O'Brien@contoso.example",
    "displayName": "Niamh O'Brien",
    "accountEnabled": True,
    "userType": "Member",
    "companyName": "Contoso GmbH",
    "usageLocation": None,
    "assignedLicenses": [{"skuId": "05e9a617-0261-4cee-bb44-138d3ef5d965"}],
    "signInActivity": {"lastSignInDateTime": "2026-01-02T03:04:05Z"},
}


@pytest.mark.parametrize(
    ("text", "matches", "advanced"),
    [
        ("accountEnabled eq true", True, False),
        ("accountEnabled eq false", False, False),
        ("userType eq 'member'", True, False),
        ("userPrincipalName eq 'niamh.o''brien@contoso.example'", True, False),
        ("startswith(displayName,'niamh')", True, False),
        ("startswith(displayName,'brien')", False, False),
        ("endswith(displayName,'brien')", True, True),
        ("usageLocation eq null", True, False),
        ("usageLocation ne null", False, True),
        ("companyName eq 'Contoso GmbH'", True, True),
        ("assignedLicenses/any(s:s/skuId eq 05E9A617-0261-4cee-bb44-138d3ef5d965)", True, False),
        ("assignedLicenses/any(s:s/skuId eq 00000000-0261-4cee-bb44-138d3ef5d965)", False, False),
        ("not(assignedLicenses/any(s:s/skuId eq 05e9a617-0261-4cee-bb44-138d3ef5d965))", False, True),
        ("assignedLicenses/$count ne 0", True, True),
        ("assignedLicenses/$count eq 0", False, True),
        ("signInActivity/lastSignInDateTime le 2026-02-01T00:00:00Z", True, False),
        ("signInActivity/lastSignInDateTime ge 2026-02-01T00:00:00Z", False, False),
        ("accountEnabled eq true and userType eq 'Guest'", False, False),
    ],
)
def test_a_filter_is_read(text: str, *, matches: bool, advanced: bool) -> None:
    found = read_filter(text)
    assert found.matches(USER) is matches
    assert found.advanced is advanced


@pytest.mark.parametrize(
    "text",
    [
        "",
        "accountEnabled",
        "nonsense eq 1",
        "accountEnabled eq true or userType eq 'Guest'",
        "assignedLicenses/any(s:s/skuId eq abc)",
        "signInActivity/lastSignInDateTime le 2026-02-01T00:00:00Z and accountEnabled eq true",
    ],
)
def test_a_filter_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(GraphProblem) as raised:
        read_filter(text)
    assert (raised.value.status, raised.value.code) == (400, "Request_UnsupportedQuery")


@pytest.mark.parametrize(("top", "size"), [(None, 100), ("7", 7), ("999", 999), ("100000", 999)])
def test_pages_have_their_size(top: str | None, size: int) -> None:
    assert page_size({} if top is None else {"$top": top}, largest=999) == size


@pytest.mark.parametrize("top", ["0", "-1", "x", ""])
def test_a_page_of_no_size_is_refused(top: str) -> None:
    with pytest.raises(GraphProblem, match="Invalid page size"):
        page_size({"$top": top}, largest=999)


def test_a_property_is_selected_once() -> None:
    assert selected({"$select": "id, mail,id"}) == ("id", "mail")
