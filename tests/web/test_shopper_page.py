"""The shopper's own page: what it shows, that looking changes nothing, and that each decision is taken once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from databases import address_in, everything_in
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shopper_door import Answer, Door, Shopper, config, door

from connector.ports.failures import TryLater
from connector.ports.promising import AmendmentKind, AmendmentState
from connector.storage.tables_operating import limits
from connector.web.access import ACCESS, Who

CLOSED = "This page is not open"
EU = config(law={"seller": "DE"})


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with door(tmp_path_factory.mktemp("shop")) as opened:
        yield opened


@pytest.fixture(scope="module")
def shop_in_union(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with door(tmp_path_factory.mktemp("union"), EU) as opened:
        yield opened


@pytest.fixture
def there(shop: Door) -> Door:
    """An order of its own for each test; those that move the clock far have a shop of their own."""
    return shop.another()


@pytest.fixture
def in_union(shop_in_union: Door) -> Door:
    return shop_in_union.another()


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Door]:
    with door(tmp_path) as opened:
        yield opened


def dump(there: Door) -> list[str]:
    """All but how often an address knocked, which several processes count there."""
    tables = everything_in(address_in(there.folder))
    return [repr(row) for name, rows in tables.items() if name != limits.name for row in rows]


# What it shows


def test_the_page_says_what_is_there_what_is_to_come_and_what_was_promised(alone: Door) -> None:
    seen = alone.shopper().get(alone.path)
    assert seen.status == 200
    for said in ("There and not sent yet 1", "Still to come 2", "Expected Dec 24, 2026", "you were shown"):
        assert said in seen.text
    title = seen.soup.find("h2")
    assert title is not None
    assert title.get_text() == 'Chair <script>alert("x")</script> & co'
    assert seen.soup.find("script") is None


def test_nobody_but_who_has_the_link_learns_of_it_and_no_page_loads_anything_of_others(there: Door) -> None:
    shopper = there.shopper()
    for answer in (shopper.get(there.path), shopper.get(there.path + "x")):
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
        assert "script" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer.headers
        assert "style=" not in answer.html
        assert "<script" not in answer.html


def test_another_order_the_address_and_the_prices_are_not_on_it(there: Door) -> None:
    other = there.site.house.woo.place_order({"STOOL": 1})
    there.site.house.settle()
    contact = there.site.house.store("chairs").storefront.contact(there.order_id)
    seen = there.shopper().get(there.path)
    assert contact.email
    for secret in (contact.email, contact.name, f"Order {other}", f"/o/{other}", "stool", "10.00"):
        assert secret not in seen.text


@pytest.mark.parametrize(
    ("language", "lang", "spoken", "word"),
    [
        ("de_DE", "", "de", ""),
        ("en_GB", "", "en", "Still to come"),
        ("fr_FR", "", "fr", "Encore attendu"),
        ("sv", "", "es", "Por llegar"),  # we speak no Swedish: what the browser asks for
        ("en", "", "es", "Por llegar"),  # the site's own, which is kept with no order
        ("de", "?lang=en", "en", "Still to come"),
        ("de", "?lang=xx", "de", ""),
    ],
)
def test_the_page_speaks_the_language_of_the_order_or_the_one_that_is_picked(
    tmp_path: Path, language: str, lang: str, spoken: str, word: str
) -> None:
    with door(tmp_path, language=language) as there:
        seen = there.shopper().get(there.path + lang, headers={"Accept-Language": "es"})
        html = seen.soup.find("html")
        assert html is not None
        assert (html["lang"], word in seen.text) == (spoken, True)
        others = [one for one in seen.links() if "lang=" in one]
        assert {one.partition("lang=")[2] for one in others} == {"en", "de", "fr", "it", "es", "nl"}


def test_the_language_that_was_picked_goes_along_to_the_next_page(there: Door) -> None:
    shopper = there.shopper()
    seen = shopper.get(f"{there.path}?lang=de")
    action, fields = seen.form("/cancel", "get")
    assert fields["lang"] == "de"
    asked = shopper.get(action.partition("?")[0], query_string={"units": "1", "lang": "de"})
    assert [one for one in asked.links() if one == f"{there.path}?lang=de"]
    assert shopper.send(asked, "/cancel").location == f"{there.path}?lang=de"


def test_a_store_on_shopify_has_the_same_page(tmp_path: Path) -> None:
    with door(tmp_path, store="tents") as there:
        assert "Still to come 2" in there.shopper().get(there.path).text


# Looking changes nothing


def crawl(shopper: Shopper, start: str, method: str) -> Iterator[Answer]:
    """What a program that looks into mails opens: every link, and every address a form names."""
    ahead, seen = [start], {start}
    while ahead:
        answer = shopper.get(ahead.pop(), method)
        yield answer
        looked = shopper.get(answer.location) if answer.location else answer
        forms = [f"{action}?units=1" if "?" not in action else f"{action}&units=1" for _, action, _ in looked.forms()]
        for address in [*looked.links(), *forms]:
            if urlsplit(address).path.startswith("/o/") and address not in seen and len(seen) < 60:
                seen.add(address)
                ahead.append(address)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_program_that_opens_every_link_changes_no_row(in_union: Door, method: str) -> None:
    in_union.ask_option(None, "cancels")
    before = dump(in_union)
    opened = list(crawl(in_union.shopper(), in_union.path, "GET"))
    paths = {urlsplit(one).path.rpartition("/")[2] for page in opened for one in [*page.links(), page.location] if one}
    assert {"withdraw", "instead"} <= paths
    for address in {urlsplit(one).path for page in opened for one in page.links()}:
        if address.startswith("/o/"):
            in_union.shopper().get(address, method)
    assert dump(in_union) == before


# Cancelling


def test_units_are_cancelled_after_asking_once_more_and_the_page_tells_how_it_stands(there: Door) -> None:
    shopper = there.shopper()
    action, _ = shopper.get(there.path).form("/cancel", "get")
    asked = shopper.get(f"{action}?units=2")
    assert "Cancel 2 units of Chair" in asked.text
    assert there.amendments() == []
    seen = shopper.follow(shopper.send(asked, "/cancel"))
    assert "2 units are being cancelled." in seen.text
    assert there.carry_out() >= 1
    seen = shopper.get(there.path)
    assert "2 units were cancelled on Nov 23, 2026. Sent back: $20.00" in seen.text
    assert there.site.house.woo.books(there.order_id).units == {there.sku: 1}
    assert [one.state for one in there.amendments()] == [AmendmentState.DONE]


def test_a_double_click_cancels_once_and_shows_the_order_twice(there: Door) -> None:
    shopper = there.shopper()
    asked = shopper.get(f"{there.path}/{there.line_id()}/cancel?units=1")
    answers = [shopper.send(asked, "/cancel") for _ in range(2)]
    assert [one.status for one in answers] == [303, 303]
    assert [one.units for one in there.amendments()] == [1]


def test_who_comes_second_about_the_same_units_is_told(there: Door) -> None:
    shopper = there.shopper()
    pages = [shopper.get(f"{there.path}/{there.line_id()}/cancel?units=3") for _ in range(2)]
    first, second = (shopper.send(one, "/cancel") for one in pages)
    assert (first.status, second.status) == (303, 409)
    assert "Nothing was changed" in second.text
    assert len(there.amendments()) == 1


@pytest.mark.parametrize("units", ["0", "-1", "4", "x", "", "99999999999999999999", "1.5", "²"])
def test_a_number_of_units_that_cannot_be_leads_back_and_changes_nothing(there: Door, units: str) -> None:
    shopper = there.shopper()
    assert shopper.get(f"{there.path}/{there.line_id()}/cancel", query_string={"units": units}).status == 303
    asked = shopper.get(f"{there.path}/{there.line_id()}/cancel?units=1")
    assert shopper.send(asked, "/cancel", units=units).status in {409, 422}
    assert there.amendments() == []


def test_a_fee_is_shown_before_and_the_owner_settles_it(tmp_path: Path) -> None:
    with door(tmp_path, config(shopper={"fee": "5 EUR"})) as there:
        shopper = there.shopper()
        assert "5 EUR" in shopper.get(there.path).text
        asked = shopper.get(f"{there.path}/{there.line_id()}/cancel?units=1")
        assert "5 EUR" in asked.text
        seen = shopper.follow(shopper.send(asked, "/cancel"))
        assert "The shop has to agree" in seen.text
        assert [one.state for one in there.amendments()] == [AmendmentState.OWNER]


def test_the_shop_refuses_and_the_page_says_so(there: Door) -> None:
    shopper = there.shopper()
    shopper.send(shopper.get(f"{there.path}/{there.line_id()}/cancel?units=1"), "/cancel")
    with there.site.house.service.work() as uow:
        (made,) = uow.amendments.of_order("chairs", there.order_id)
        made.state, made.said = AmendmentState.REFUSED, "Not editable."
        uow.amendments.save("chairs", made)
        uow.commit()
    assert "could not be cancelled or exchanged: the shop's system" in shopper.get(there.path).text


# An open question


@pytest.mark.parametrize(
    ("known", "silence", "said", "button"),
    [
        (True, "consents", "If you do nothing, you agree to wait until Jan 10, 2027", "I will wait until Jan 10, 2027"),
        (False, "cancels", "it is cancelled after January 23, 2027", "I will wait without a date"),
    ],
)
def test_an_open_question_names_the_rule_the_last_day_and_what_silence_means(
    there: Door, silence: str, said: str, button: str, *, known: bool
) -> None:
    there.ask_option(date(2027, 1, 10) if known else None, silence)
    shopper = there.shopper()
    seen = shopper.get(there.path)
    for words in (said, button, "16 CFR 435.2(b)(1)", "This costs you nothing"):
        assert words in seen.text
    assert "legal advice" not in seen.text
    after = shopper.follow(shopper.send(seen, "/keep"))
    assert "You agreed to wait until" in after.text
    assert button not in after.text


# Something else instead


def test_the_shop_offers_what_it_relates_and_the_exchange_is_carried_out(there: Door) -> None:
    shopper = there.shopper()
    offers = shopper.get(f"{there.path}/{there.line_id()}/instead")
    assert "A stool" in offers.text
    assert "7.50" in offers.text
    assert "2.50" in offers.text
    seen = shopper.follow(shopper.send(offers, "/instead", units="2"))
    assert "2 units are being exchanged." in seen.text
    there.carry_out()
    assert there.site.house.woo.books(there.order_id).units == {there.sku: 1, "STOOL": 2}
    assert "exchanged for something else" in shopper.get(there.path).text


def test_only_what_was_offered_can_be_chosen(there: Door) -> None:
    shopper = there.shopper()
    _, plain = shopper.get(f"{there.path}/{there.line_id()}/cancel?units=1").form("/cancel")
    forged = shopper.post(f"{there.path}/{there.line_id()}/instead", {**plain, "variant": "1", "units": "1"})
    assert (forged.status, there.amendments()) == (400, [])


def test_a_shop_that_cannot_answer_is_said_to_be_so(there: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_args: object) -> None:
        raise TryLater("busy")

    storefront = there.site.house.store("chairs").storefront
    monkeypatch.setattr(type(storefront), "alternatives", busy)
    seen = there.shopper().get(f"{there.path}/{there.line_id()}/instead")
    assert (seen.status, "cannot say just now" in seen.text) == (200, True)


def test_an_owner_can_switch_alternatives_off(tmp_path: Path) -> None:
    with door(tmp_path, config(shopper={"alternatives": False})) as there:
        shopper = there.shopper()
        assert not [one for one in shopper.get(there.path).links() if "instead" in one]
        assert shopper.get(f"{there.path}/{there.line_id()}/instead").status == 303


# How it is sent, and withdrawing


def test_how_it_is_sent_is_chosen_once(there: Door) -> None:
    shopper = there.shopper()
    seen = shopper.get(there.path)
    after = shopper.follow(shopper.send(seen, "/shipping", how="ship together"))
    assert "the shop is being told" in after.text
    assert shopper.send(seen, "/shipping", how="ship together").status == 303
    assert [one.kind for one in there.amendments()] == [AmendmentKind.SHIP_TOGETHER]


def test_a_withdrawal_is_declared_in_two_steps_of_which_the_first_changes_nothing(in_union: Door) -> None:
    shopper = in_union.shopper()
    seen = shopper.get(f"{in_union.path}/withdraw")
    before = dump(in_union)
    sure = shopper.send(seen, "/withdraw", name="Ada <b>", contact="ada@example.com")
    assert (sure.status, dump(in_union) == before) == (200, True)
    assert "I, Ada <b>, withdraw from the contract" in sure.text
    after = shopper.follow(shopper.send(sure, "/withdraw"))
    assert "3 units are being cancelled." in after.text
    assert [(one.kind, one.units) for one in in_union.amendments()] == [(AmendmentKind.WITHDRAW, 3)]
    assert shopper.send(sure, "/withdraw").status == 303
    assert len(in_union.amendments()) == 1


def test_what_is_missing_in_a_withdrawal_is_said_beside_its_field(in_union: Door) -> None:
    shopper = in_union.shopper()
    seen = shopper.get(f"{in_union.path}/withdraw")
    answer = shopper.send(seen, "/withdraw", name=" ", contact="", **{f"units-{in_union.line_id()}": "99"})
    assert answer.status == 422
    for said in ("Enter your name.", "Enter an e-mail address", "Choose at least one unit"):
        assert said in answer.text


def test_there_is_no_withdrawal_outside_the_union(there: Door) -> None:
    shopper = there.shopper()
    assert "Withdraw" not in shopper.get(there.path).text
    assert shopper.get(f"{there.path}/withdraw").status == 303


# Forms and addresses that are none


@pytest.mark.parametrize("form", ["", "x", "a.b", "é" * 20, "x" * 9_000])
def test_a_form_without_its_signed_text_changes_nothing(there: Door, form: str) -> None:
    answer = there.shopper().post(f"{there.path}/{there.line_id()}/cancel", {"form": form, "units": "1"})
    assert (answer.status, there.amendments()) == (400, [])


def test_the_form_of_another_page_and_one_from_yesterday_change_nothing(alone: Door) -> None:
    shopper = alone.shopper()
    other = alone.site.house.woo.place_order({alone.sku: 1})
    alone.site.house.settle()
    asked = shopper.get(f"{alone.path}/{alone.line_id()}/cancel?units=1")
    action, fields = asked.form("/cancel")
    foreign = shopper.post(action.replace(alone.path, alone.path_of(other)), fields)
    assert foreign.status in {400, 404}
    path = alone.path
    alone.site.house.clock.shift(timedelta(hours=21))
    assert shopper.post(f"{path}/{alone.line_id()}/cancel", fields).status == 400
    assert alone.amendments() == []


def test_altered_expired_foreign_void_and_made_up_addresses_get_the_very_same_answer(alone: Door) -> None:
    shopper, house, good = alone.shopper(), alone.site.house, alone.path
    tents = house.store("tents").links
    assert tents is not None
    foreign = urlsplit(tents.page(alone.order_id, 0, house.service.clock())).path
    unknown = alone.path_of("987654")
    void = alone.path_of(alone.order_id, generation=1)
    answers = [
        shopper.get(one) for one in (good[:-1] + "_", foreign, unknown, void, "/o/x", "/o/a.b", f"{good}/9/instead")
    ]
    house.clock.shift(timedelta(days=401))
    answers.append(shopper.get(good))
    assert {one.status for one in answers} == {404}
    assert len({one.html for one in answers}) == 1
    assert CLOSED in answers[0].text


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_no_token_but_the_very_one_opens_the_page(alone: Door, data: st.DataObject) -> None:
    good = alone.path.removeprefix("/o/")
    alphabet = st.characters(codec="utf-8", exclude_characters="/?#%\\", exclude_categories=("Cs", "Cc"))
    token = data.draw(
        st.one_of(
            st.text(alphabet, min_size=1, max_size=80),
            st.integers(0, len(good) - 1).flatmap(
                lambda place: alphabet.map(lambda letter: good[:place] + letter + good[place + 1 :])
            ),
            st.integers(1, len(good) - 1).map(lambda length: good[:length]),
        )
    )
    answer = alone.shopper().get(f"/o/{token}")
    assert answer.status == (200 if token == good else 404) or token in {".", ".."}


def test_a_paused_shop_still_takes_decisions_and_carries_them_out_later(alone: Door) -> None:
    house, shopper = alone.site.house, alone.shopper()
    with house.service.work() as uow:
        record = uow.stores.get("chairs")
        assert record is not None
        record.paused = True
        uow.stores.save(record)
        uow.commit()
    shopper.send(shopper.get(f"{alone.path}/{alone.line_id()}/cancel?units=1"), "/cancel")
    assert alone.carry_out() == 0
    assert [one.state for one in alone.amendments()] == [AmendmentState.ASKED]


def test_who_knocks_too_often_is_asked_to_wait_by_address_and_by_token(alone: Door) -> None:
    one_address = alone.shopper("10.9.9.9")
    answers = [one_address.get(f"/o/guess-{number}").status for number in range(125)]
    assert (answers[:120], answers[120:]) == ([404] * 120, [429] * 5)
    many = [alone.shopper().get(alone.path).status for _ in range(125)]
    assert (many.count(200), many.count(429)) == (120, 5)
    refused = alone.shopper().get(alone.path)
    assert "Too many tries" in refused.text
    assert refused.headers["Cache-Control"] == "no-store"
    alone.site.house.clock.shift(timedelta(minutes=2))
    assert alone.shopper().get(alone.path).status == 200


def test_every_address_of_the_page_is_public_and_reads_no_cookie(there: Door) -> None:
    ours = {endpoint for endpoint in ACCESS if endpoint.startswith("shopper.")}
    assert len(ours) > 8
    assert {ACCESS[one] for one in ours} == {Who.PUBLIC}
    shopper = there.shopper()
    asked = shopper.get(f"{there.path}/{there.line_id()}/cancel?units=1")
    assert "Set-Cookie" not in shopper.send(asked, "/cancel").headers
