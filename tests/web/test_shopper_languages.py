"""Each page that a shopper sees is in the six languages of the messages, and says in which."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from urllib.parse import urlsplit

import pytest
from babel.messages.pofile import read_po
from bs4 import BeautifulSoup
from shopper_door import Answer, Door, Shopper, config, door

from connector.services.invite import restock_turn
from connector.services.turn import turn
from connector.web.languages import FOLDER, LANGUAGES, SHOPPER_LANGUAGES
from connector.web.limits import LOOKS

MAIL = '[mail]\nhost = "127.0.0.1"\nport = 1\nsender = "shop@example.com"\n'
UNION = config(law={"seller": "DE"}).replace("[sync]", f"{MAIL}[sync]")
PAGE = {"Accept": "text/html"}
PLACE = re.compile(r"%\(\w+\)s")
SPOKEN = ("title", "aria-label", "alt", "data-label", "placeholder")
OTHERS = sorted(set(SHOPPER_LANGUAGES) - {"en"})
Pages = Mapping[tuple[str, str], Answer]


@cache
def english(language: str) -> tuple[re.Pattern[str], ...]:
    """What our English texts say beside their placeholders, but for what this language says in the same words."""
    with (FOLDER / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = [one for one in read_po(file) if one.id]
    ids = [text for one in catalogue for text in _forms(one.id)]
    ours = "\n".join(text for one in catalogue for text in _forms(one.string))
    parts = {max((part.strip(" .:,;?!()") for part in PLACE.split(text)), key=len) for text in ids}
    found = [re.compile(rf"(?<!\w){re.escape(part)}(?!\w)") for part in parts if len(part) > 3]
    return tuple(one for one in found if not one.search(ours))


def _forms(text: object) -> list[str]:
    return [text] if isinstance(text, str) else [str(one) for one in text]  # type: ignore[attr-defined]  # a tuple


def said(answer: Answer) -> str:
    """All that a reader sees or hears, but for what the shop itself wrote and the languages' own names."""
    soup = BeautifulSoup(answer.html, "html.parser")
    for apart in soup.select("q, nav a"):
        apart.decompose()
    spoken = [str(tag[name]) for tag in soup.select("*") for name in SPOKEN if name in tag.attrs]
    return " ".join(" ".join([soup.get_text(" "), *spoken]).split())


def spoken_in(answer: Answer) -> str:
    html = answer.soup.find("html")
    assert html is not None, answer.html
    return str(html["lang"])


def of_an_order(there: Door, shopper: Shopper, lang: str) -> Iterator[tuple[str, Answer]]:
    path, query = there.path, f"?lang={lang}"
    line = f"{path}/{there.line_id()}"
    yield "order", shopper.get(path + query)
    yield "withdraw", shopper.get(f"{path}/withdraw{query}")
    withdraw = shopper.get(f"{path}/withdraw{query}")
    yield "sure", shopper.send(withdraw, "/withdraw", name="Ada", contact="ada@example.com")
    yield (
        "withdraw wrong",
        shopper.send(withdraw, "/withdraw", name="", contact="", **{f"units-{there.line_id()}": "99"}),
    )
    asked = shopper.get(f"{line}/cancel{query}&units=1")
    yield "cancel", asked
    yield "gone", shopper.send(asked, "/cancel", units="999")
    yield "no choice", shopper.send(shopper.get(f"{line}/cancel{query}&units=1"), "/cancel", units="0")
    yield "unfit", shopper.send(asked, "/cancel", form="x")
    yield "instead", shopper.get(f"{line}/instead{query}")
    yield "too large", shopper.post(f"{path}/shipping{query}", {"form": "x" * 3_000_000}, headers=PAGE)


def of_nothing(shopper: Shopper, lang: str) -> Iterator[tuple[str, Answer]]:
    yield "closed", shopper.get(f"/o/x?lang={lang}")
    yield "no such page", shopper.get(f"/o/x/y/z/w?lang={lang}", headers=PAGE)
    yield "asked", shopper.get(f"/restock/asked?lang={lang}")
    yield "link of nothing", shopper.get(f"/r/x?lang={lang}")
    yield "no list", shopper.post("/storefront/v1/nobody/restock", {}, headers={**PAGE, "Accept-Language": lang})


def of_a_list(there: Door, shopper: Shopper, lang: str) -> Iterator[tuple[str, Answer]]:
    store, form = there.site.house.store("chairs"), "/storefront/v1/chairs/restock"
    email = f"ada.{lang}@example.com"
    typed = {"sku": "SOLD", "email": email, "consent": "yes", "lang": lang}
    assert shopper.post(form, typed, headers=PAGE).location == f"/restock/asked?lang={lang}"
    restock_turn(store)
    with store.work(read_only=True) as uow:
        (held,) = uow.restock.of_person("chairs", store.buyer_of(email))
    assert store.links is not None
    link = {
        purpose: urlsplit(store.links.restock(held.id, purpose, store.clock())).path
        for purpose in ("confirm", "stop", "claim")
    }
    yield "to confirm", shopper.get(link["confirm"])
    assert shopper.post(link["confirm"], {"do": "confirm"}).status == 303
    for purpose, path in link.items():
        yield f"{purpose} of who waits", shopper.get(path)
    with store.work(read_only=True) as uow:
        (held,) = uow.restock.of_person("chairs", store.buyer_of(email))
    assert (held.proof["confirmed"]["language"], said_again(shopper, link["confirm"])) == (lang, lang)
    assert shopper.post(link["stop"], {"do": "stop"}).status == 303
    for purpose, path in link.items():
        yield f"{purpose} of who stopped", shopper.get(path)
    yield "typed wrong", shopper.post(form, {"lang": lang, "units": "x", "phone": "1"}, headers=PAGE)
    yield "not sold", shopper.post(form, {**typed, "sku": "NONE"}, headers=PAGE)
    yield "orderable", shopper.post(form, {**typed, "sku": there.sku}, headers=PAGE)


def said_again(shopper: Shopper, path: str) -> str:
    return spoken_in(shopper.get(path))


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """What is opened here in each language: orders in all states that a page has words for, then a list."""
    with door(tmp_path_factory.mktemp("tongues"), UNION) as first:
        (limiter,) = first.site.house.app.extensions["limiter"]
        limiter.enabled = False
        first.site.house.woo.add_product("SOLD", 0, title="Qq")
        first.site.house.woo.flush()
        turn(first.site.house.store("chairs"))
        first.site.house.settle(2)
        shopper, found = first.shopper(), dict[tuple[str, str], Answer]()
        doors = {"plain": first, "asked": first.another(), "silent": first.another(), "changed": first.another()}
        doors["asked"].ask_option(date(2027, 1, 10), "consents")
        doors["silent"].ask_option(None, "cancels")
        decide(doors["changed"], shopper)
        for lang in SHOPPER_LANGUAGES:
            for name, there in doors.items():
                kinds = of_an_order(there, shopper, lang) if name == "plain" else _only_order(there, shopper, lang)
                found.update({(f"{name} {kind}", lang): answer for kind, answer in kinds})
            found.update({(kind, lang): answer for kind, answer in of_nothing(shopper, lang)})
            found.update({(kind, lang): answer for kind, answer in of_a_list(first, shopper, lang)})
        first.site.house.clock.shift(timedelta(days=60))
        for lang in SHOPPER_LANGUAGES:
            found.update({(f"late {kind}", lang): answer for kind, answer in _only_order(first, shopper, lang)})
        yield found


def decide(there: Door, shopper: Shopper) -> None:
    """One unit is cancelled, one is exchanged, and then all that is there is to wait."""
    shopper.send(shopper.get(f"{there.path}/{there.line_id()}/cancel?units=1"), "/cancel")
    there.carry_out()
    shopper.send(shopper.get(f"{there.path}/{there.line_id()}/instead"), "/instead", units="1")


def _only_order(there: Door, shopper: Shopper, lang: str) -> Iterator[tuple[str, Answer]]:
    yield "order", shopper.get(f"{there.path}?lang={lang}")


def test_the_pages_are_those_that_a_shopper_can_come_upon(pages: Pages) -> None:
    statuses = {kind: answer.status for (kind, lang), answer in pages.items() if lang == "nl"}
    usual = {
        "plain withdraw wrong": 422,
        "plain gone": 409,
        "plain no choice": 422,
        "plain unfit": 400,
        "closed": 404,
        "no such page": 404,
        "plain too large": 413,
        "link of nothing": 404,
        "no list": 404,
        "typed wrong": 422,
        "not sold": 422,
        "orderable": 409,
    }
    assert statuses == {kind: usual.get(kind, 200) for kind in statuses}
    for kind, words in (
        ("asked order", "If you do nothing, you agree to wait until Jan 10, 2027"),
        ("silent order", "it is cancelled after January 23, 2027"),
        ("changed order", "1 unit was cancelled on"),
        ("changed order", "1 unit is being exchanged."),
        ("late order", "Last day for delivery"),
    ):
        assert words in pages[kind, "en"].text


@pytest.mark.parametrize("language", SHOPPER_LANGUAGES)
def test_every_page_says_its_language(pages: Pages, language: str) -> None:
    wrong = {kind: spoken_in(answer) for (kind, lang), answer in pages.items() if lang == language}
    assert set(wrong.values()) == {language}, wrong


@pytest.mark.parametrize("language", OTHERS)
def test_no_page_has_a_word_of_english_left(pages: Pages, language: str) -> None:
    assert len(english(language)) > 100
    texts = {kind: said(answer) for (kind, lang), answer in pages.items() if lang == language}
    found = {kind: [one.pattern for one in english(language) if one.search(text)] for kind, text in texts.items()}
    assert {kind: words for kind, words in found.items() if words} == {}


def test_the_same_search_finds_every_page_in_english(pages: Pages) -> None:
    texts = {kind: said(answer) for (kind, lang), answer in pages.items() if lang == "en"}
    assert [kind for kind, text in texts.items() if not any(one.search(text) for one in english("fr"))] == []


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", "Date prévue 24 déc. 2026"),
        ("it", "Data prevista 24 dic 2026"),
        ("es", "Fecha prevista 24 dic 2026"),
        ("nl", "Verwacht 24 dec 2026"),
        ("fr", "directive 2011/83/UE, art. 18"),
        ("it", "direttiva 2011/83/UE, art. 18"),
        ("es", "Directiva 2011/83/UE, art. 18"),
        ("nl", "Richtlijn 2011/83/EU, art. 18"),
    ],
)
def test_days_and_laws_are_written_as_the_language_does(pages: Pages, language: str, words: str) -> None:
    kind = "late order" if "2011" in words else "plain order"
    assert words in pages[kind, language].text


@pytest.mark.parametrize(
    ("language", "here", "sure"),
    [
        ("en", "Withdraw from the contract here", "Confirm withdrawal"),
        ("fr", "Renoncer au contrat ici", "Confirmer la rétractation"),
        ("it", "Recedere dal contratto qui", "Conferma recesso"),
        ("es", "Desistir del contrato aquí", "Confirmar desistimiento"),
        ("nl", "De overeenkomst hier herroepen", "Herroeping bevestigen"),
    ],
)
def test_the_way_out_of_the_contract_has_the_words_that_the_law_gives_it(
    pages: Pages, language: str, here: str, sure: str
) -> None:
    assert here in pages["plain order", language].text
    assert sure in pages["plain sure", language].text


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with door(tmp_path_factory.mktemp("limits"), UNION) as opened:
        yield opened


def test_who_opens_links_of_a_list_too_often_is_answered_with_a_page_of_theirs(shop: Door) -> None:
    shopper, asks = shop.shopper("10.77.0.1"), {"Accept-Language": "it,en;q=0.5", **PAGE}
    most = int(LOOKS.partition(" ")[0])
    answers = [shopper.get("/r/x", headers=asks) for _ in range(most + 1)]
    assert [one.status for one in answers[-2:]] == [404, 429]
    assert (spoken_in(answers[-1]), "Troppi tentativi" in answers[-1].text) == ("it", True)
    assert "Backorder" not in answers[-1].html


@pytest.mark.parametrize("path", ["/in", "/install", "/no-such-page"])
def test_the_pages_of_owners_stay_in_their_own_languages(shop: Door, path: str) -> None:
    for asked, language in (("fr", "en"), ("nl,de;q=0.5", "de")):
        seen = shop.shopper().get(f"{path}?lang=fr", headers={"Accept-Language": asked, **PAGE})
        assert spoken_in(seen) == language
    offered = {str(one["value"]) for one in seen.soup.select("button[name=language]")}
    assert offered == set(LANGUAGES)


def test_a_cookie_of_an_owner_changes_no_page_of_a_shopper(shop: Door) -> None:
    shopper = shop.shopper()
    shopper.client.set_cookie("backorder_language", "de")
    assert spoken_in(shopper.get("/o/x", headers={"Accept-Language": "nl"})) == "nl"
