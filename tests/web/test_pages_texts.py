from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bs4 import Tag
from house import CONFIG
from site_house import Browser, Seen, Site, site

TEXTS = "/settings/texts"
ALWAYS = '\n[stores.policy]\nmode = "always"\nlead_days = 14'
LAST = ('"old-woo-secret"]', '"shpss_sandbox"]')
"""The last line of each store's table."""
OPEN = CONFIG.replace(LAST[0], LAST[0] + ALWAYS).replace(LAST[1], LAST[1] + ALWAYS)
MESSAGE = {"chairs": "_backorder_message", "tents": "message"}


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path, OPEN) as opened:
        for shop in opened.house.shops.values():
            shop.add_product("CHAIR", 0)
        opened.house.connect()
        yield opened


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """For what saves nothing."""
    with site(tmp_path_factory.mktemp("still"), OPEN) as opened:
        opened.house.connect()
        yield opened


@pytest.fixture(scope="module")
def owner(still: Site) -> Browser:
    """One for all: signing in many times a minute is refused."""
    return still.owner()


def saved(there: Site, store: str = "chairs") -> Any:
    with there.house.service.work(read_only=True) as uow:
        steered = uow.steering.get(store).get("texts")
    return None if steered is None else steered.value


def field(seen: Seen, key: str) -> Tag:
    found = seen.soup.find("textarea", id=key)
    assert isinstance(found, Tag)
    return found


def reads(seen: Seen, key: str) -> str:
    """What the page says that shoppers read of this text."""
    around = field(seen, key).parent
    assert isinstance(around, Tag)
    said = around.select_one(".bo-said")
    assert said is not None
    return said.get_text()


def plain(text: str) -> str:
    return text.replace("\N{MULTIPLICATION SIGN}", "x").replace("\N{EN DASH}", "-")


def wrong(seen: Seen, key: str) -> str:
    found = seen.soup.find(id=f"{key}-wrong")
    return found.get_text().strip() if isinstance(found, Tag) else ""


def send(browser: Browser, do: str, language: str = "en", **texts: str) -> Seen:
    seen = browser.get(f"{TEXTS}?language=en")
    held = seen.soup.find("input", {"name": "revision"})
    assert isinstance(held, Tag)
    return browser.post(TEXTS, {"revision": str(held["value"]), "language": language, **texts, "do": do})


@pytest.mark.parametrize("store", ["chairs", "tents"])
def test_a_text_that_is_saved_is_what_the_shop_says(there: Site, store: str) -> None:
    shop = there.house.woo if store == "chairs" else there.house.shopify
    assert shop.shelf("CHAIR").fields[MESSAGE[store]].startswith("On backorder: expected December 7, 2026.")
    owner = there.owner(store)
    assert send(owner, "save", backorder_dated="Here {date}!").status == 303
    there.house.settle()
    assert shop.shelf("CHAIR").fields[MESSAGE[store]] == "Here December 7, 2026!"
    assert send(owner, "save", backorder_dated="").status == 303
    there.house.settle()
    assert shop.shelf("CHAIR").fields[MESSAGE[store]].startswith("On backorder: expected December 7, 2026.")


def test_a_note_to_a_shopper_is_in_the_owners_words(there: Site) -> None:
    send(there.owner(), "save", note_waiting_dated="Order {order}, by {date}:\n{lines}")
    there.house.settle()
    order = there.house.woo.place_order({"CHAIR": 2})
    there.house.settle()
    (note,) = there.house.woo.told(order).notes
    assert plain(note).startswith(f"Order {order}, by December 7, 2026:\n2 x CHAIR")


def test_texts_are_looked_at_before_they_are_saved(owner: Browser, still: Site) -> None:
    seen = send(
        owner,
        "preview",
        backorder_dated="Here {date}!",
        backorder_open="Who knows?",
        note_waiting_dated="{order} / {date}\n{lines}",
        note_ready="{order}:\n{lines}",
    )
    assert (seen.status, saved(still)) == (200, None)
    assert "Nothing is saved yet" in seen.text
    assert field(seen, "backorder_dated").get_text().strip() == "Here {date}!"
    assert reads(seen, "backorder_dated") == "Here December 7, 2026!"
    assert reads(seen, "backorder_open") == "Who knows?"
    assert plain(reads(seen, "note_waiting_dated")) == (
        "1042 / December 14, 2026\n"
        "2 x Oak chair - expected December 7, 2026 (1 unit is already here)\n"
        "1 x Table - expected December 14, 2026"
    )
    assert plain(reads(seen, "note_ready")) == "1042:\n3 x Oak chair\n1 x Table"
    # It is shown although the store does not send this kind of notice.
    assert reads(seen, "note_changed").startswith("Something has changed for the items of your order 1042")


def test_an_empty_text_is_ours(owner: Browser) -> None:
    seen = owner.get(TEXTS)
    assert field(seen, "sold_out")["placeholder"] == reads(seen, "sold_out")
    assert str(field(seen, "backorder_dated")["placeholder"]).startswith("On backorder: expected {date}.")
    assert reads(seen, "in_stock") == "nothing"


def test_each_language_has_texts_of_its_own(there: Site) -> None:
    owner = there.owner()
    german = owner.get(f"{TEXTS}?language=de")
    assert "7. Dezember 2026" in reads(german, "backorder_dated")
    send(owner, "save", "de", sold_out="Weg.")
    send(owner, "save", "en", sold_out="Gone.")
    assert saved(there) == {"messages": {"de": {"sold_out": "Weg."}, "en": {"sold_out": "Gone."}}}
    send(owner, "save", "de")
    assert saved(there) == {"messages": {"en": {"sold_out": "Gone."}}}


def test_a_language_can_be_added(there: Site) -> None:
    owner = there.owner()
    seen = owner.get(f"{TEXTS}?language=pt-BR")
    assert "Portuguese (Brazil) (pt-BR)" in seen.text
    # What stands there while the owner has written nothing is the text of the store's language.
    assert reads(seen, "backorder_dated").startswith("On backorder: expected December 7, 2026.")
    seen = owner.follow(send(owner, "save", "pt-BR", backorder_dated="Chega em {date}."))
    assert reads(seen, "backorder_dated") == "Chega em 7 de dezembro de 2026."
    send(owner, "save", "PT-br", backorder_dated="Chega: {date}.")
    assert saved(there) == {"messages": {"pt-BR": {"backorder_dated": "Chega: {date}."}}}


@pytest.mark.parametrize("language", ["klingon!", "x" * 500, "<b>", "%00", "e", "en%0aX", "١٢"])
def test_what_is_no_language_is_said(owner: Browser, language: str) -> None:
    seen = owner.get(f"{TEXTS}?language={language}")
    assert seen.status == 200
    assert "is no language. Write it as en, de or pt-BR." in wrong(seen, "language")
    assert "<b>" not in seen.html


def test_texts_for_no_language_are_saved_nowhere(owner: Browser, still: Site) -> None:
    assert send(owner, "save", "no language", sold_out="Gone.").status == 303
    assert owner.post(TEXTS).status == 303
    assert saved(still) is None


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("backorder_dated", "Here {day}", "Nothing can stand in {day}. What can: {date}."),
        ("backorder_open", "Here {date}", "Nothing can stand in {date}: this text has no places."),
        ("note_ready", "{date}", "Nothing can stand in {date}. What can: {lines}, {order}."),
        ("sold_out", "{0}", "Nothing can stand in {0}: this text has no places."),
        ("sold_out", "{order.__class__}", "Nothing can stand in {order.__class__}: this text has no places."),
        ("sold_out", "{" + "x" * 900 + "}", "Nothing can stand in {" + "x" * 40 + "}: this text has no places."),
        ("sold_out", "100 % {", "There is a brace without its partner."),
        ("sold_out", "Gone\0", "It holds characters that cannot be shown."),
        ("sold_out", "\x1b[2J", "It holds characters that cannot be shown."),
        ("sold_out", "x" * 1_001, "It is too long: at most 1,000 characters."),
        ("note_ready", "x" * 5_001, "It is too long: at most 5,000 characters."),
    ],
)
def test_a_text_that_cannot_be_said_is_refused(still: Site, owner: Browser, key: str, text: str, said: str) -> None:
    seen = send(owner, "save", **{key: text, "in_stock": "Here."})
    assert (seen.status, saved(still)) == (422, None)
    assert wrong(seen, key).startswith(said)
    # What is right is still looked at.
    assert reads(seen, "in_stock") == "Here."


def test_what_looks_like_a_script_is_a_text_like_any_other(there: Site) -> None:
    owner, script = there.owner(), "</textarea><script>alert(1)</script>"
    seen = owner.follow(send(owner, "save", sold_out=script, note_ready=f"{script}{{order}}"))
    assert script not in seen.html
    assert reads(seen, "sold_out") == script
    assert reads(seen, "note_ready") == f"{script}1042"


def test_lines_are_ended_alike_whoever_typed_them(there: Site) -> None:
    send(there.owner(), "save", note_ready="\r\n{order}\r\n\r\n{lines}\r")
    assert saved(there) == {"messages": {"en": {"note_ready": "{order}\n\n{lines}"}}}


def test_who_saves_over_what_others_saved_meanwhile_is_told(there: Site) -> None:
    first, second = there.owner(), there.owner()
    send(second, "save", sold_out="Gone.")
    stale = {"revision": "0", "language": "en", "sold_out": "Not there."}
    looked = first.post(TEXTS, {**stale, "do": "preview"}).soup.find("input", {"name": "revision"})
    assert isinstance(looked, Tag)
    assert looked["value"] == "0"
    seen = first.post(TEXTS, {**stale, "do": "save"})
    assert (seen.status, saved(there)) == (409, {"messages": {"en": {"sold_out": "Gone."}}})
    assert "Somebody else changed the settings of this store" in seen.text
    assert field(seen, "sold_out").get_text().strip() == "Not there."
    held = seen.soup.find("input", {"name": "revision"})
    assert isinstance(held, Tag)
    first.post(TEXTS, {"revision": str(held["value"]), "language": "en", "sold_out": "Not there.", "do": "save"})
    assert saved(there) == {"messages": {"en": {"sold_out": "Not there."}}}


def test_the_config_files_texts_hold_until_others_are_chosen_and_again_after(tmp_path: Path) -> None:
    config = OPEN.replace('"old-woo-secret"]', '"old-woo-secret"]\n[stores.messages.en]\nsold_out = "By the file."')
    with site(tmp_path, config) as there:
        owner = there.owner()
        there.house.connect()
        seen = owner.get(TEXTS)
        assert (reads(seen, "sold_out"), "Back to the config file's" in seen.text) == ("By the file.", False)
        seen = owner.follow(send(owner, "save", sold_out="By the page."))
        assert (reads(seen, "sold_out"), "Back to the config file's" in seen.text) == ("By the page.", True)
        assert send(owner, "file").status == 303
        assert (reads(owner.get(TEXTS), "sold_out"), saved(there)) == ("By the file.", None)


def test_one_store_never_changes_the_texts_of_another(there: Site) -> None:
    send(there.owner("tents"), "save", sold_out="Gone.")
    assert (saved(there, "chairs"), saved(there, "tents") is None) == (None, False)
