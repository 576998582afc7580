"""A link to sign in comes by mail to a store's owner, and who asks for it learns nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from house import CONFIG
from mail_server import MailServer, mail_server
from site_house import Browser, Seen, Site, site

from connector.ports.promising import MessageState
from connector.services.message_turn import messages_turn
from connector.services.sign_in_mail import plain

MAIL = """
[mail]
host = "127.0.0.1"
port = {port}
security = "none"
sender = "Backorders <service@example.com>"
[sync]
"""
OWNER = '"old-woo-secret"]\n[stores.mail]\nowner = "Olga <olga@example.com>"'


@pytest.fixture
def there(tmp_path: Path) -> Iterator[tuple[Site, MailServer]]:
    with ExitStack() as stack:
        server = stack.enter_context(mail_server())
        config = CONFIG.replace("[sync]\n", MAIL.replace("{port}", str(server.port)))
        opened = stack.enter_context(site(tmp_path, config.replace('"old-woo-secret"]', OWNER)))
        opened.house.connect()
        yield opened, server


def ask(browser: Browser, shop: str) -> Seen:
    asked = browser.post("/in", {"shop": shop})
    return browser.follow(asked) if asked.status == 303 else asked


def mails(site: Site, server: MailServer) -> list[str]:
    """The texts of what arrived after the service has done its work."""
    for store in site.house.service.stores.values():
        messages_turn(store)
    return [came.part("plain") for came in server.received]


def address(there: Site) -> str:
    return there.house.urls["woo"]


def link_in(text: str) -> str:
    found = re.search(r"http://127\.0\.0\.1:8000(/in/\S+)", text)
    assert found is not None
    return found[1]


def test_the_link_in_the_mail_signs_in_once(there: tuple[Site, MailServer]) -> None:
    site, server = there
    browser = site.stranger()
    ask(browser, address(site))
    [text] = mails(site, server)
    assert server.received[0].recipients == ["olga@example.com"]
    way = link_in(text)
    assert browser.post(way).status == 302
    assert browser.get("/settings/texts").status == 200
    assert site.stranger().post(way).status == 403


def test_no_working_link_lies_in_the_database(there: tuple[Site, MailServer]) -> None:
    site, server = there
    ask(site.stranger(), address(site))
    [text] = mails(site, server)
    token = link_in(text).rpartition("/")[2]
    with site.house.service.work(read_only=True) as uow:
        [kept] = uow.messages.find("chairs", list(MessageState), 10)
    assert token not in f"{kept}"
    assert "(link)" in kept.text


@pytest.mark.parametrize(
    "typed", ["https://nobody.example.com", "", "\0", "http://[", "x" * 5_000, "sandbox.myshopify.com"]
)
def test_the_answer_is_always_the_same(there: tuple[Site, MailServer], typed: str) -> None:
    site, server = there
    right, wrong = ask(site.stranger(), address(site)), ask(site.stranger(), typed)
    assert right.text == wrong.text
    assert "a link is on its way" in right.text
    assert len(mails(site, server)) == 1  # the tents' owner has named no address


def test_a_store_gets_one_link_in_five_minutes_and_an_address_may_ask_seldom(there: tuple[Site, MailServer]) -> None:
    site, server = there
    answers = [site.stranger().post("/in", {"shop": address(site)}).status for _ in range(7)]
    assert answers == [303] * 5 + [429] * 2
    assert len(mails(site, server)) == 1
    site.house.clock.shift(timedelta(minutes=6))
    ask(site.stranger(), address(site))
    assert len(mails(site, server)) == 2


def test_a_link_that_nobody_sent_for_a_quarter_of_an_hour_is_not_sent_any_more(there: tuple[Site, MailServer]) -> None:
    site, server = there
    ask(site.stranger(), address(site))
    site.house.clock.shift(timedelta(minutes=16))
    assert mails(site, server) == []


def test_where_no_mail_is_sent_there_is_no_form(tmp_path: Path) -> None:
    with site(tmp_path) as opened:
        assert 'name="shop"' not in opened.stranger().get("/in").html


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("https://Shop.Example.com/", "shop.example.com"),
        ("shop.example.com", "shop.example.com"),
        ("http://shop.example.com/store/", "shop.example.com/store"),
        ("http://[", ""),
        ("", ""),
    ],
)
def test_an_address_is_the_same_however_it_is_typed(typed: str, expected: str) -> None:
    assert plain(typed) == expected
