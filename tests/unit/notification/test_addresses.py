import pytest

from core.notification.addresses import usable_address


@pytest.mark.parametrize(
    "address",
    ["ada@contoso.com", "ada.byron+x@mail.contoso.example", " ada@contoso.com "],
)
def test_one_bare_address_can_be_used(address: str) -> None:
    assert usable_address(address) == address.strip()


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "ada",
        "ada@",
        "@contoso.com",
        "ada@contoso",
        "ada@contoso.com, ben@contoso.com",
        "Ada <ada@contoso.com>",
        "ada@contoso.com\r\nBcc: all@contoso.com",
        "ada@contoso.com\nX: y",
        "ada@contoso.com\x00",
        "ada @contoso.com",
        "jürgen@contoso.com",
        '"ada"@contoso.com',
        "ada@contoso..com" + "x" * 250,
        "a" * 250 + "@contoso.com",
    ],
)
def test_anything_else_is_no_address(text: str | None) -> None:
    assert usable_address(text) is None
