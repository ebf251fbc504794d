import pytest

from core.graph.addresses import is_membership, leads_below, origin

HOST = "https://graph.example:443"
ID = "06ebc4ee-1bb5-47dd-8120-11324bc54e06"


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://Graph.example", HOST),
        ("https://graph.example:443/v1.0/users", HOST),
        ("https://graph.example:8443", "https://graph.example:8443"),
        ("http://graph.example", ""),
        ("https://someone@graph.example", ""),
        ("https://graph.example\\@other.example", ""),
        ("https://graph.example:port", ""),
        ("https://graph.example /v1.0", ""),
        ("/v1.0/users", ""),
    ],
)
def test_an_origin_is_that_of_plain_https_alone(url: str, found: str) -> None:
    assert origin(url) == found


@pytest.mark.parametrize(
    ("url", "leads"),
    [
        ("https://graph.example/v1.0/users?$skiptoken=x", True),
        ("https://graph.example/beta/users", False),
        ("https://graph.example/v1.0", False),
        ("https://graph.example.other.example/v1.0/users", False),
    ],
)
def test_a_page_is_followed_below_the_version_of_the_same_host_alone(url: str, leads: bool) -> None:
    assert leads_below(url, HOST) is leads


@pytest.mark.parametrize(
    ("path", "membership"),
    [
        (f"/groups/{ID}/members/{ID}/$ref", True),
        (f"/groups/{ID}/members/{ID}", False),
        (f"/groups/{ID}/members/{ID}/$ref/", False),
        (f"/users/{ID}/$ref", False),
        (f"/groups/{ID}/members/{ID.upper()}/$ref", False),
        (f"/groups/../members/{ID}/$ref", False),
    ],
)
def test_a_membership_is_two_ids_and_its_reference(path: str, membership: bool) -> None:
    assert is_membership(path) is membership
