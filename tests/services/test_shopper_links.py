"""Signed addresses: what was altered, has expired or was given for another store or page opens nothing."""

from __future__ import annotations

import string
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from connector.secret_key import FernetVault
from connector.services.page_links import FORM_LASTS, PageToken, RestockToken, StoreLinks, Tokens

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
TOKENS = Tokens.of(FernetVault([NEW, OLD]))
LINKS = StoreLinks(TOKENS, "chairs", "https://backorders.example.com/", page_days=400, confirm_days=7)
PAGE = TOKENS.page("chairs", "4711", 3, NOW.date() + timedelta(days=400))


def token_of(address: str) -> str:
    return address.rpartition("/")[2]


def test_a_link_opens_what_it_was_given_for() -> None:
    address = LINKS.page("4711", 3, NOW)
    assert address.startswith("https://backorders.example.com/o/")
    assert TOKENS.read_page(token_of(address), NOW) == PageToken("chairs", "4711", 3)


@given(order=st.text(min_size=1, max_size=100), store=st.from_regex(r"[a-z0-9-]{1,20}", fullmatch=True))
def test_any_order_of_any_store_comes_back_as_it_was(order: str, store: str) -> None:
    token = TOKENS.page(store, order, 0, NOW.date())
    assert TOKENS.read_page(token, NOW) == PageToken(store, order, 0)
    assert set(token) <= set(string.ascii_letters + string.digits + "-_.")


@given(place=st.integers(0, len(PAGE) - 1), letter=st.sampled_from(string.ascii_letters + string.digits + "-_."))
def test_a_token_with_one_letter_altered_opens_nothing(place: int, letter: str) -> None:
    altered = PAGE[:place] + letter + PAGE[place + 1 :]
    assert TOKENS.read_page(altered, NOW) == (PageToken("chairs", "4711", 3) if altered == PAGE else None)


@given(st.text(max_size=300))
def test_what_strangers_make_up_opens_nothing(token: str) -> None:
    assert TOKENS.read_page(token, NOW) is None
    assert TOKENS.read_restock(token, NOW) is None
    assert TOKENS.read_form(PAGE, token, NOW) is None


@given(st.integers(1, len(PAGE) - 1))
def test_a_token_that_was_cut_off_opens_nothing(length: int) -> None:
    assert TOKENS.read_page(PAGE[:length], NOW) is None


def test_a_link_works_through_its_last_day_and_no_longer() -> None:
    token = token_of(LINKS.page("4711", 0, NOW))
    assert TOKENS.read_page(token, NOW + timedelta(days=400)) is not None
    assert TOKENS.read_page(token, NOW + timedelta(days=401)) is None


def test_what_an_old_key_signed_still_opens_and_what_a_strangers_key_signed_does_not() -> None:
    before, strange = Tokens.of(FernetVault([OLD])), Tokens.of(FernetVault([Fernet.generate_key().decode()]))
    until = NOW.date()
    assert TOKENS.read_page(before.page("chairs", "1", 0, until), NOW) == PageToken("chairs", "1", 0)
    assert TOKENS.read_page(strange.page("chairs", "1", 0, until), NOW) is None
    assert before.read_page(TOKENS.page("chairs", "1", 0, until), NOW) is None


def test_a_token_of_one_kind_opens_no_page_of_another() -> None:
    restock = token_of(LINKS.restock(5, "stop", NOW))
    assert TOKENS.read_restock(restock, NOW) == RestockToken("chairs", 5, "stop")
    assert TOKENS.read_page(restock, NOW) is None
    assert TOKENS.read_restock(PAGE, NOW) is None
    assert TOKENS.read_page(TOKENS.form(PAGE, NOW), NOW) is None


@pytest.mark.parametrize(("purpose", "days"), [("confirm", 7), ("stop", 400), ("claim", 400)])
def test_restock_links_last_as_long_as_they_are_needed(purpose: str, days: int) -> None:
    token = token_of(LINKS.restock(5, purpose, NOW))
    assert TOKENS.read_restock(token, NOW + timedelta(days=days)) == RestockToken("chairs", 5, purpose)
    assert TOKENS.read_restock(token, NOW + timedelta(days=days + 1)) is None


def test_the_way_off_a_list_works_for_sixty_days_however_short_links_last() -> None:
    brief = StoreLinks(TOKENS, "chairs", "https://backorders.example.com", page_days=1, confirm_days=1)
    token = token_of(brief.restock(5, "stop", NOW))
    assert TOKENS.read_restock(token, NOW + timedelta(days=60)) is not None


def test_a_form_is_good_on_its_own_page_for_less_than_a_day_and_says_what_it_was_given() -> None:
    form = TOKENS.form(PAGE, NOW, ("variant", "17"))
    assert TOKENS.read_form(PAGE, form, NOW + FORM_LASTS) == ("variant", "17")
    assert TOKENS.read_form(PAGE, form, NOW + FORM_LASTS + timedelta(seconds=1)) is None
    assert TOKENS.read_form(TOKENS.page("chairs", "4711", 4, NOW.date()), form, NOW) is None
    assert form != TOKENS.form(PAGE, NOW, ("variant", "17"))
