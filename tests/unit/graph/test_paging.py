import itertools
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.graph.answer import Request
from core.graph.errors import ExpiredPageToken, UnexpectedAnswer
from core.graph.paging import Page, pages
from tests.support.wire import ROOT, Reply, Wire, answer, error

Split = list[list[int]]

SPLITS = st.lists(st.lists(st.integers(0, 99), max_size=4), min_size=1, max_size=12)


def split_so(split: Split) -> Wire:
    """A listing of these pages."""

    def serve(request: Request) -> Reply:
        number = int(request.url.partition("page=")[2] or 0)
        body: dict[str, object] = {"value": [{"n": each} for each in split[number]]}
        if number + 1 < len(split):
            body["@odata.nextLink"] = f"{ROOT}/v1.0/users?page={number + 1}"
        return answer(200, body)

    return Wire(serve)


def numbers(page: Page) -> list[int]:
    return [item["n"] for item in page.items]


@pytest.mark.parametrize("ahead", [0, 1, 2])
@given(split=SPLITS)
def test_every_item_comes_once_however_the_listing_is_split(split: Split, ahead: int) -> None:
    listing = pages(split_so(split).transport, "/users", what="Listing", ahead=ahead)
    assert [number for page in listing for number in numbers(page)] == [n for part in split for n in part]


@given(split=SPLITS, cuts=st.lists(st.integers(1, 12), max_size=4), ahead=st.integers(0, 2))
def test_every_item_comes_once_wherever_the_listing_is_cut_off_and_goes_on(
    split: Split, cuts: list[int], ahead: int
) -> None:
    wire = split_so(split)
    found: list[int] = []
    link: str | None = "/users"
    for length in [*cuts, len(split)]:
        if link is None:
            break
        with closing(pages(wire.transport, link, what="Listing", ahead=ahead)) as listing:
            for page in itertools.islice(listing, length):
                found += numbers(page)
                link = page.next_link
    assert link is None
    assert found == [each for part in split for each in part]


def test_a_listing_that_leads_back_to_itself_is_refused() -> None:
    wire = Wire(lambda _: answer(200, {"value": [], "@odata.nextLink": f"{ROOT}/v1.0/users?page=1"}))
    with pytest.raises(UnexpectedAnswer, match="read already"):
        list(pages(wire.transport, "/users", what="Listing"))
    assert len(wire.urls) == 2


def test_a_next_page_on_another_host_is_not_asked_for() -> None:
    wire = Wire(lambda _: answer(200, {"value": [], "@odata.nextLink": "https://evil.example/v1.0/users"}))
    with pytest.raises(UnexpectedAnswer, match="not followed"):
        list(pages(wire.transport, "/users", what="Listing"))
    assert len(wire.urls) == 1


def test_an_expired_page_asks_to_begin_anew() -> None:
    wire = Wire([error(400, "Directory_ExpiredPageToken", "expired")])
    with pytest.raises(ExpiredPageToken):
        list(pages(wire.transport, "/users", what="Listing"))


@pytest.mark.parametrize("body", [{}, {"value": 1}, {"value": [1]}, {"value": [], "@odata.nextLink": 5}, []])
def test_a_page_that_is_none_is_refused(body: object) -> None:
    with pytest.raises(UnexpectedAnswer):
        list(pages(Wire([answer(200, body)]).transport, "/users", what="Listing"))
