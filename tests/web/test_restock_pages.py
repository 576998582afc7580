"""The restock form and the pages behind the links: what they say, and what they never say."""

from __future__ import annotations

import hashlib
import hmac
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from flask.testing import FlaskClient
from house import CONFIG
from site_house import Site, site
from sqlalchemy import event
from werkzeug.test import TestResponse

from connector.ports.promising import MessageKind, MessageState
from connector.ports.restocking import ListState, SubscriptionRecord
from connector.services.context import StoreContext
from connector.services.invite import restock_turn

MAIL = '[mail]\nhost = "127.0.0.1"\nport = 1\nsender = "shop@example.com"\n'
SCRIPT = "<script>alert(1)</script>"
ANNA = "anna@example.com"
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
JSON = {"Accept": "application/json"}


@dataclass
class Lists:
    """A site with a chair that is sold out at both shops, and somebody who types."""

    site: Site
    key: str = "chairs"

    @property
    def store(self) -> StoreContext:
        return self.site.house.store(self.key)

    @property
    def client(self) -> FlaskClient:
        return self.site.house.app.test_client()

    def variant(self, sku: str = "CHAIR") -> str:
        with self.site.house.service.work(read_only=True) as uow:
            return uow.catalogue.by_sku(self.key, sku)[0].id

    def type(
        self, headers: Mapping[str, str] = JSON, *, path: str = "", query: str = "", **fields: Any
    ) -> TestResponse:
        typed = {"variant": self.variant(), "email": ANNA, "consent": "yes", **fields}
        return self.client.post(
            (path or f"/storefront/v1/{self.key}/restock") + query,
            data={name: value for name, value in typed.items() if value is not None},
            headers=dict(headers),
        )

    def turn(self) -> None:
        restock_turn(self.store)

    def of(self, email: str = ANNA) -> list[SubscriptionRecord]:
        with self.site.house.service.work(read_only=True) as uow:
            return list(uow.restock.of_person(self.key, self.store.buyer_of(email)))

    def link(self, purpose: str, number: int | None = None) -> str:
        assert self.store.links is not None
        whole = self.store.links.restock(number or self.of()[-1].id, purpose, self.store.clock())
        return urlsplit(whole).path

    def joined(self) -> SubscriptionRecord:
        assert self.type().status_code == 202
        self.turn()
        assert self.client.post(self.link("confirm"), data={"do": "confirm"}).status_code == 303
        return self.of()[-1]


@pytest.fixture
def lists(tmp_path: Path) -> Iterator[Lists]:
    config = CONFIG.replace("[sync]", f"{MAIL}[sync]").replace(
        'webhook_secrets = ["new-woo-secret"',
        'origins = ["https://headless.example.com"]\nwebhook_secrets = ["new-woo-secret"',
    )
    with site(tmp_path, config) as there:
        for shop in there.house.shops.values():
            shop.add_product("CHAIR", 0, title=f"Chair {SCRIPT}")
            shop.add_product("TABLE", 3, title="Table")
        there.house.connect()
        yield Lists(there)


def unlimited(lists: Lists) -> None:
    """Whoever knocks may knock as often as they like."""
    (limiter,) = lists.site.house.app.extensions["limiter"]
    limiter.enabled = False


def said(answer: TestResponse) -> tuple[int, bytes, list[tuple[str, str]]]:
    return answer.status_code, answer.data, sorted(answer.headers.items())


def test_a_form_becomes_a_question_to_the_address(lists: Lists) -> None:
    answer = lists.type(units="2", lang="de-DE", page="https://elsewhere.example/product/chair?who=me")
    assert (answer.status_code, answer.json) == (202, {"status": "asked"})
    lists.turn()
    (held,) = lists.of()
    assert (held.state, held.units, held.language, held.page) == (ListState.UNCONFIRMED, 2, "de-DE", "/product/chair")
    assert held.proof["asked"]["way"] == "form"
    with lists.store.work(read_only=True) as uow:
        (message,) = uow.messages.find("chairs", list(MessageState), 10)
    assert (message.kind, message.subscription) == (MessageKind.OPT_IN, held.id)


def test_a_script_may_send_json(lists: Lists) -> None:
    body = {"sku": "CHAIR", "email": ANNA, "units": 2, "consent": True, "consent_text": "Write to me."}
    answer = lists.client.post("/storefront/v1/chairs/restock", json=body)
    assert (answer.status_code, answer.json) == (202, {"status": "asked"})
    lists.turn()
    (held,) = lists.of()
    assert (held.units, held.proof["asked"]["way"], held.proof["asked"]["text"]) == (2, "script", "Write to me.")


def test_a_form_without_script_goes_back_to_the_page_it_stood_on(lists: Lists) -> None:
    page = f"{lists.site.house.urls['woo']}/product/chair?colour=red"
    answer = lists.type(HTML, page=page)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{page.partition('?')[0]}#backorder-asked")
    headless = lists.type(HTML, page="https://headless.example.com/p/chair")
    assert headless.headers["Location"] == "https://headless.example.com/p/chair#backorder-asked"


ELSEWHERE = (
    "https://evil.example/product",
    "//evil.example/p",
    "javascript:alert(1)",
    "http://[::1",
    "",
    "/\\\\evil.example",
    "x" * 9_000,
)


def test_nobody_is_sent_to_a_page_that_is_none_of_the_shops(lists: Lists) -> None:
    for page in ELSEWHERE:
        answer = lists.type(HTML, page=page, lang="de")
        assert (page, answer.status_code, answer.headers["Location"]) == (page, 303, "/restock/asked?lang=de")
    seen = lists.client.get("/restock/asked?lang=de")
    assert seen.status_code == 200
    assert '<html lang="de">' in seen.text
    with lists.store.work(read_only=True) as uow:
        kept = [one.page for one in uow.restock.asked("chairs", 20)]
    assert kept == ["/product", "/p", "", "", "", "", ""]  # at the shop itself, whatever host stood before it


def states(lists: Lists) -> Iterator[str]:
    """Brings the one address through everything it can be to a list."""
    yield "never heard of"
    lists.turn()
    yield "asked to confirm"
    lists.turn()
    lists.client.post(lists.link("confirm"), data={"do": "confirm"})
    yield "confirmed"
    lists.site.house.clock.shift(timedelta(days=2))
    yield "confirmed long ago"
    with lists.store.work() as uow:
        held = lists.of()[0]
        held.state, held.contact = ListState.USED, b""
        uow.restock.save("chairs", held)
        uow.commit()
    yield "bought or invited"
    lists.client.post(lists.link("stop", lists.of()[0].id), data={"do": "stop"})
    yield "stopped"


@pytest.mark.parametrize("headers", [HTML, JSON], ids=["page", "script"])
def test_the_answer_is_the_same_to_the_byte_whatever_the_address_is_to_the_list(
    lists: Lists, headers: Mapping[str, str]
) -> None:
    answers = {}
    for state in states(lists):
        answers[state] = said(lists.type(headers))
    answers["a program"] = said(lists.type(headers, website="https://spam.example"))
    answers["somebody else"] = said(lists.type(headers, email="bert@example.com"))
    first = next(iter(answers.values()))
    assert answers == dict.fromkeys(answers, first)
    assert first[0] in {202, 303}
    assert "Set-Cookie" not in dict(first[2])


def test_the_same_work_is_done_before_the_answer_whatever_the_address_is_to_the_list(lists: Lists) -> None:
    """So that it takes the same time, which cannot be measured where others use the machine."""
    lists.site.house.service.known._ticks = lambda: 0.0  # nobody looks after the stores meanwhile
    lists.type(email="first@example.com")  # what is done once and kept
    variant = lists.variant()
    done = {}
    for state in states(lists):
        with work_of(lists) as work:
            assert lists.type(variant=variant).status_code == 202
        done[state] = work
    with work_of(lists) as work:
        assert lists.type(variant=variant, email="bert@example.com").status_code == 202
    assert done == dict.fromkeys(done, work)
    assert work["asked of the database"] > 3
    assert work["functions called"] > 100


@contextmanager
def work_of(lists: Lists) -> Iterator[Counter[str]]:
    """What is done meanwhile: the statements that the database is asked, and the functions of ours that are called."""
    found: Counter[str] = Counter()
    engine = lists.site.house.service.database.engine

    def asks(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        found["asked of the database"] += 1
        found[statement] += 1

    def calls(frame: FrameType, what: str, _: object) -> None:
        if what == "call" and frame.f_globals.get("__name__", "").startswith(("connector.", "adapters.")):
            found["functions called"] += 1
            found[frame.f_code.co_qualname] += 1

    event.listen(engine, "before_cursor_execute", asks)
    sys.setprofile(calls)
    try:
        yield found
    finally:
        sys.setprofile(None)
        event.remove(engine, "before_cursor_execute", asks)


def test_what_a_program_filled_in_is_kept_nowhere(lists: Lists) -> None:
    lists.type(website="https://spam.example")
    lists.turn()
    assert lists.of() == []


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"email": ""}, "email"),
    ({"email": "anna"}, "email"),
    ({"email": "anna@"}, "email"),
    ({"email": "a@b@c.example"}, "email"),
    ({"email": "anna@example.com\nBcc: all@example.com"}, "email"),
    ({"email": "Anna <anna@example.com>"}, "email"),
    ({"email": "a" * 300 + "@example.com"}, "email"),
    ({"email": None, "phone": "030 123"}, "phone"),
    ({"email": None, "phone": "+4930123456"}, "phone"),  # no text messages are set up
    ({"consent": ""}, "consent"),
    ({"consent": "no"}, "consent"),
    ({"consent": None}, "consent"),
    ({"variant": ""}, "variant"),
    ({"variant": "999999"}, "variant"),
    ({"variant": "'; drop table"}, "variant"),
    ({"variant": "\x00"}, "variant"),
    ({"variant": "9" * 5_000}, "variant"),
    ({"variant": None, "sku": "NONE"}, "variant"),
    ({"units": "0"}, "units"),
    ({"units": "-1"}, "units"),
    ({"units": "1.5"}, "units"),
    ({"units": "many"}, "units"),
    ({"units": "9" * 30}, "units"),
]


def test_what_cannot_be_taken_is_said_in_plain_words(lists: Lists) -> None:
    unlimited(lists)
    shop = lists.site.house.urls["woo"]
    for fields, wrong in WRONG:
        answer = lists.type(**fields)
        assert (fields, answer.status_code) == (fields, 422)
        assert answer.json is not None
        assert (fields, list(answer.json["errors"])) == (fields, [wrong])
        page = lists.type(HTML, **fields, page=f"{shop}/p/chair")
        assert page.status_code == 422
        assert "anna" not in page.text.lower()
        assert f"{shop}/p/chair" in page.text
    lists.turn()
    assert lists.of() == []


NONSENSE = (b"", b"[]", b"null", b'"x"', b"{", b'{"email": {"a": 1}}', b"\xff\xfe", b"[" * 9_000)


def test_nonsense_is_answered_and_breaks_nothing(lists: Lists) -> None:
    for body in NONSENSE:
        answer = lists.client.post("/storefront/v1/chairs/restock", data=body, content_type="application/json")
        assert (body[:20], answer.status_code) == (body[:20], 422)


def test_a_form_that_is_far_too_large_is_refused(lists: Lists) -> None:
    assert lists.type(consent_text="x" * 50_000).status_code == 413
    assert lists.type(HTML, consent_text="x" * 50_000).status_code == 413


def test_the_words_are_in_the_language_of_the_form(lists: Lists) -> None:
    answer = lists.client.post(
        "/storefront/v1/chairs/restock", data={"variant": lists.variant(), "lang": "de"}, headers=dict(HTML)
    )
    assert '<html lang="de">' in answer.text


def test_what_can_be_ordered_needs_no_list(lists: Lists) -> None:
    answer = lists.type(variant=lists.variant("TABLE"))
    assert answer.status_code == 409
    lists.site.house.add_supply("chairs", "CHAIR", 5, lists.site.house.today() + timedelta(days=9))
    lists.site.house.settle(2)
    assert lists.type().status_code == 409  # it is sold ahead by now
    assert lists.type(HTML).status_code == 409
    lists.turn()
    assert lists.of() == []


def test_a_store_without_a_form_or_without_mail_has_no_list(lists: Lists, tmp_path: Path) -> None:
    assert lists.type(path="/storefront/v1/nobody/restock").status_code == 404
    (tmp_path / "other").mkdir()
    config = CONFIG.replace("[[stores]]", f"{MAIL}[[stores]]", 1).replace(
        'key = "chairs"', 'key = "chairs"\nrestock.form = false'
    )
    with site(tmp_path / "other", config) as there:
        assert Lists(there).client.post("/storefront/v1/chairs/restock", headers=dict(JSON)).status_code == 404
    (tmp_path / "mute").mkdir()
    with site(tmp_path / "mute") as there:
        assert Lists(there).client.post("/storefront/v1/chairs/restock", headers=dict(HTML)).status_code == 404


def test_only_pages_of_the_store_may_read_the_answer(lists: Lists) -> None:
    woo = lists.site.house.urls["woo"]
    for origin, read in (
        ("https://headless.example.com", True),
        (woo, True),
        ("https://evil.example", False),
        ("null", False),
    ):
        for answer in (
            lists.type({**JSON, "Origin": origin}),
            lists.client.options("/storefront/v1/chairs/restock", headers={"Origin": origin}),
        ):
            assert answer.headers.get("Access-Control-Allow-Origin") == (origin if read else None)
            assert "Access-Control-Allow-Credentials" not in answer.headers
            assert "Origin" in answer.headers["Vary"]


def test_an_address_may_not_knock_all_day(lists: Lists) -> None:
    statuses = [lists.type(email=f"p{number}@example.com").status_code for number in range(12)]
    assert statuses == [202] * 10 + [429] * 2
    refused = lists.type(HTML)
    assert (refused.status_code, refused.mimetype) == (429, "text/html")
    assert lists.type(environ_base={"REMOTE_ADDR": "10.9.8.7"}).status_code in {202, 429}


def test_a_mailbox_cannot_be_filled(lists: Lists) -> None:
    unlimited(lists)
    for _ in range(8):
        lists.type()
        lists.turn()
    with lists.store.work(read_only=True) as uow:
        assert len(uow.messages.find("chairs", list(MessageState), 50)) == 1


# The links.


def test_a_link_that_is_merely_opened_changes_nothing(lists: Lists) -> None:
    lists.type()
    lists.turn()
    before = lists.of()
    for purpose in ("confirm", "stop", "claim"):
        for method in ("GET", "HEAD", "OPTIONS"):
            answer = lists.client.open(lists.link(purpose), method=method)
            assert answer.status_code == 200
            assert "Set-Cookie" not in answer.headers
    assert lists.of() == before


def test_confirming_is_one_press_and_the_page_says_what_holds_now(lists: Lists) -> None:
    lists.type()
    lists.turn()
    page = lists.client.get(lists.link("confirm"))
    assert "Shall we write to you when it is back?" in page.text
    assert SCRIPT not in page.text
    answer = lists.client.post(lists.link("confirm"), data={"do": "confirm"})
    assert (answer.status_code, answer.headers["Location"]) == (303, lists.link("confirm"))
    (held,) = lists.of()
    assert held.state is ListState.WAITING
    agreed = held.proof["confirmed"]
    assert "may write to me once when" in agreed["text"]
    assert agreed["language"] == "en"
    froms = [one["from"] for one in held.proof.values()]
    assert froms == [lists.store.buyer_of("from 127.0.0.1")] * 2
    assert "You are on the list" in lists.client.get(lists.link("confirm")).text
    assert lists.client.post(lists.link("confirm"), data={"do": "confirm"}).status_code == 303
    assert lists.of() == [held]


def test_the_page_speaks_the_language_of_the_form(lists: Lists) -> None:
    lists.type(lang="de-AT")
    lists.turn()
    assert '<html lang="de">' in lists.client.get(lists.link("confirm")).text


@pytest.mark.parametrize("purpose", ["confirm", "stop", "claim"])
def test_the_way_off_stands_on_every_page_and_acts_at_once(lists: Lists, purpose: str) -> None:
    held = lists.joined()
    link = lists.link(purpose)
    assert 'value="stop"' in lists.client.get(link).text
    assert lists.client.post(link, data={"do": "stop"}).status_code == 303
    (stopped,) = lists.of()
    assert (stopped.id, stopped.state, stopped.contact) == (held.id, ListState.STOPPED, b"")
    after = lists.client.get(link)
    assert after.status_code == 200
    assert 'value="stop"' not in after.text


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_mail_program_stops_it_by_one_click(lists: Lists, content_type: str) -> None:
    lists.joined()
    link = lists.link("stop")
    for _ in range(2):
        answer = lists.client.post(link, data={"List-Unsubscribe": "One-Click"}, content_type=content_type)
        assert (answer.status_code, answer.data) == (200, b"")
        assert "Set-Cookie" not in answer.headers
    assert [one.state for one in lists.of()] == [ListState.STOPPED]


def test_one_click_never_confirms(lists: Lists) -> None:
    lists.type()
    lists.turn()
    before = lists.of()
    lists.client.post(lists.link("confirm"), data={"List-Unsubscribe": "One-Click", "do": "confirm"})
    lists.client.post(lists.link("stop"), data={"do": "confirm"})
    lists.client.post(lists.link("claim"), data={"do": "confirm"})
    lists.client.post(lists.link("confirm"), data={"do": "anything"})
    lists.client.post(lists.link("confirm"))
    assert lists.of() == before


def test_a_link_that_was_altered_is_late_or_of_another_store_opens_nothing(lists: Lists) -> None:
    lists.joined()
    link = lists.link("stop")
    for wrong in (link[:-1], link + "x", link.replace("/r/", "/r/x"), "/r/x", "/r/" + "y" * 5_000):
        assert lists.client.get(wrong).status_code == 404
        assert lists.client.post(wrong, data={"do": "stop"}).status_code == 404
    lists.site.house.clock.shift(timedelta(days=500))
    assert lists.client.post(link, data={"do": "stop"}).status_code == 404
    assert lists.of()[0].state is ListState.WAITING
    other = Lists(lists.site, "tents")
    assert lists.client.post(other.link("stop", lists.of()[0].id), data={"do": "stop"}).status_code == 303
    assert lists.of()[0].state is ListState.WAITING


def test_what_is_forgotten_says_so_and_nothing_else(lists: Lists) -> None:
    page = lists.client.get(lists.link("stop", 4_711))
    assert page.status_code == 200
    assert "You are not on this list any more" in page.text


def test_the_page_of_an_invitation_says_whether_it_is_still_there(lists: Lists) -> None:
    lists.type(page="https://elsewhere.example/product/chair")
    lists.turn()
    lists.client.post(lists.link("confirm"), data={"do": "confirm"})
    link = lists.link("claim")
    gone = lists.client.get(link).text
    assert "It is sold out again" in gone
    assert f'href="{lists.site.house.urls["woo"]}/product/chair"' in gone
    lists.site.house.woo.set_stock("CHAIR", 2)
    lists.site.house.settle(3)
    assert "It is there" in lists.client.get(link).text


def test_no_page_may_be_framed_kept_or_listed(lists: Lists) -> None:
    lists.joined()
    answer = lists.client.get(lists.link("stop"))
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


# Passed on by Shopify.


def signed(query: Mapping[str, str], key: str = "shpss_sandbox") -> str:
    text = "".join(f"{key}={query[key]}" for key in sorted(query))
    made = hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()
    return "?" + urlencode({**query, "signature": made})


def passed_on(lists: Lists, **more: str) -> dict[str, str]:
    now = str(int(lists.store.clock().timestamp()))
    return {"shop": "sandbox.myshopify.com", "path_prefix": "/apps/backorder", "timestamp": now, **more}


@pytest.mark.parametrize("name", ["shopify", "tents"])
def test_shopify_passes_a_form_on_and_its_signature_says_whose_it_is(lists: Lists, name: str) -> None:
    tents = Lists(lists.site, "tents")
    path, query = f"/storefront/v1/{name}/proxy/restock", signed(passed_on(tents))
    assert tents.type(path=path, query=query).status_code == 202
    page = tents.type(HTML, path=path, query=query, page="https://tents.example/products/chair?variant=1")
    assert (page.status_code, page.headers["Location"]) == (303, "/products/chair#backorder-asked")
    tents.turn()
    assert [one.proof["asked"]["way"] for one in tents.of()] == ["proxy"]
    assert lists.of() == []


def test_a_forged_or_old_signature_is_refused(lists: Lists) -> None:
    tents = Lists(lists.site, "tents")
    path = "/storefront/v1/shopify/proxy/restock"
    good = passed_on(tents)
    late = {**good, "timestamp": str(int(good["timestamp"]) - 3_600)}
    for query in (
        "",
        signed(good, "wrong"),
        signed(good)[:-1] + "0x",
        signed(good).replace("backorder", "other"),
        signed(late),
        signed({**good, "shop": "other.myshopify.com"}),
        signed(good) + "&shop=other.myshopify.com",
    ):
        assert tents.type(path=path, query=query).status_code == 401, query
    assert tents.type(path="/storefront/v1/chairs/proxy/restock", query=signed(good)).status_code == 401
    assert tents.type(path="/storefront/v1/nobody/proxy/restock", query=signed(good)).status_code == 401
    tents.turn()
    assert tents.of() == []


def test_shoppers_behind_the_platforms_machines_are_counted_apart(lists: Lists) -> None:
    tents = Lists(lists.site, "tents")
    path = "/storefront/v1/shopify/proxy/restock"
    for shopper in range(4):
        headers = {**JSON, "X-Forwarded-For": f"203.0.113.{shopper}, 10.0.0.1"}
        for number in range(10):
            answer = tents.type(headers, path=path, query=signed(passed_on(tents)), email=f"p{number}@example.com")
            assert answer.status_code == 202
        assert tents.type(headers, path=path, query=signed(passed_on(tents))).status_code == 429


# The owner's page.


def test_the_owner_sees_how_many_wait_and_no_address(lists: Lists) -> None:
    lists.joined()
    lists.type(email="bert@example.com", units="3")
    lists.turn()
    owner = lists.site.owner()
    seen = owner.get("/settings/restock")
    assert seen.rows() == [[f"Chair {SCRIPT}", "CHAIR", "sold out", "0", "1", "1", "0", "1", "0"]]
    assert "@" not in seen.text
    assert lists.site.stranger().get("/settings/restock").status == 302
    assert "Nobody waits" in lists.site.owner("tents").get("/settings/restock").text
