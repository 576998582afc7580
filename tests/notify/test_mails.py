"""What every kind of message says, in every language: read as people read it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_date
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from mail_samples import ANSWER_BY, LINK, ORDER, PROMISED, REVISED, RULE, STOP, line, option, samples

from connector.notify.composer import DRAFTS, TemplateComposer
from connector.notify.texts import shipped
from connector.ports.promising import MessageKind, Written
from connector.services.message_values import Reason, Silence, cancelled_values, news_values, refund_values

LANGUAGES = ("en", "de", "fr", "it", "es", "nl")
MAILS = Path(__file__).parents[2] / "build" / "mails"
SHOP, ADDRESS = "shop.example.com", "My shop, 1 High Street, Springfield"
PLAIN = frozenset({"opt-in", "sign-in", *(name for name in samples() if name.startswith("owner-"))})
"""They go to the owner, or are a question and nothing else: no greeting, no end."""

composer = TemplateComposer("en", {}, shop=SHOP, address=ADDRESS, zone=ZoneInfo("Europe/Berlin"))


def write(kind: MessageKind, values: Mapping[str, Any], language: str = "en") -> Written:
    return composer.write(kind, language, {"link": LINK, **values})


def words(text: str) -> str:
    return " ".join(text.split())


def read(html: str) -> str:
    """What a person reads of a page, as one line."""
    body = BeautifulSoup(html, "html.parser").body
    assert body is not None
    return words(body.get_text(""))


def day(value: date, language: str) -> str:
    return words(format_date(value, "long", locale=language))


every_sample = pytest.mark.parametrize("name", samples())
every_language = pytest.mark.parametrize("language", LANGUAGES)


def test_every_kind_of_message_has_its_words_and_a_sample() -> None:
    assert set(DRAFTS) == set(MessageKind) == {kind for kind, _ in samples().values()}


@every_language
@every_sample
def test_both_parts_say_the_same_and_nothing_stays_unfilled(name: str, language: str) -> None:
    kind, values = samples()[name]
    written = write(kind, values, language)
    MAILS.mkdir(parents=True, exist_ok=True)
    (MAILS / f"{name}.{language}.html").write_text(written.html, encoding="utf-8")
    (MAILS / f"{name}.{language}.txt").write_text(
        f"{written.subject}\n\n{written.text}\n\n--- text message\n{written.short}\n", encoding="utf-8"
    )
    assert read(written.html) == words(written.text)
    assert not re.search(r"[{}]|\bNone\b", written.subject + written.text + written.short + read(written.html))
    assert written.subject
    assert written.subject.splitlines() == [written.subject]
    assert written.short.splitlines() == [written.short]


@every_language
@every_sample
def test_no_language_borrows_a_sentence_of_another(name: str, language: str) -> None:
    if language == "en":
        return
    kind, values = samples()[name]
    ours, english = write(kind, values, language), write(kind, values, "en")
    same = {one for one in ours.text.split("\n\n") if len(one) > 25} & set(english.text.split("\n\n"))
    assert same <= {ADDRESS}
    assert ours.subject != english.subject


@every_language
@every_sample
def test_a_page_is_in_its_language_loads_nothing_and_knows_the_dark(name: str, language: str) -> None:
    kind, values = samples()[name]
    html = write(kind, values, language).html
    soup = BeautifulSoup(html, "html.parser")
    assert soup.html is not None
    assert soup.html["lang"] == language
    assert soup.find_all(["img", "script", "link", "iframe", "form"]) == []
    assert re.findall(r"url\(|@import|src=", html) == []
    assert "prefers-color-scheme: dark" in html
    assert {one["href"] for one in soup.find_all("a")} <= {LINK, STOP}


COUNTED = {
    "en": ("0 items", "1 item", "2 items", "5 items"),
    "de": ("0 Artikel", "1 Artikel", "2 Artikel", "5 Artikel"),
    "fr": ("0 article", "1 article", "2 articles", "5 articles"),
    "it": ("0 articoli", "1 articolo", "2 articoli", "5 articoli"),
    "es": ("0 artículos", "1 artículo", "2 artículos", "5 artículos"),
    "nl": ("0 artikelen", "1 artikel", "2 artikelen", "5 artikelen"),
}
STILL_AWAITED = {
    "en": ("1 more item of this order is still awaited.", "5 more items of this order are still awaited."),
    "de": ("Auf 1 weiteren Artikel dieser", "Auf 5 weitere Artikel dieser"),
    "fr": ("1 autre article de cette commande est encore attendu.", "5 autres articles de cette commande sont encore"),
    "it": ("Si attende ancora 1 altro articolo", "Si attendono ancora altri 5 articoli"),
    "es": ("Todavía se espera 1 artículo más", "Todavía se esperan 5 artículos más"),
    "nl": ("Op nog 1 artikel van", "Op nog 5 artikelen van"),
}


@every_language
@pytest.mark.parametrize("name", ["confirmed", "ready", "cancelled-shopper"])
def test_a_number_has_the_form_that_the_language_wants(name: str, language: str) -> None:
    for units, counted in zip((0, 1, 2, 5), COUNTED[language], strict=True):
        kind, values = samples(units)[name]
        written = write(kind, values, language)
        assert re.search(rf"\b{counted}\b", written.subject)
        assert re.search(rf"\b{counted}\b", written.short)


@every_language
def test_what_is_still_awaited_is_counted(language: str) -> None:
    for units, said in zip((1, 5), STILL_AWAITED[language], strict=True):
        assert said in write(MessageKind.READY, news_values(ORDER, [line()], rest=units), language).text


@pytest.mark.parametrize(
    ("units", "language", "subject"),
    [
        (1, "en", "Order 1042: 1 item not in stock yet"),
        (5, "en", "Order 1042: 5 items not in stock yet"),
        (1, "de", "Bestellung 1042: 1 Artikel noch nicht auf Lager"),
        (0, "fr", "Commande 1042 : 0 article pas encore en stock"),
        (2, "fr", "Commande 1042 : 2 articles pas encore en stock"),
        (1, "it", "Ordine 1042: 1 articolo in attesa di arrivo"),
        (2, "es", "Pedido 1042: 2 artículos a la espera de llegada"),
        (1, "nl", "Bestelling 1042: 1 artikel nog niet op voorraad"),
        (1234, "de", "Bestellung 1042: 1.234 Artikel noch nicht auf Lager"),
    ],
)
def test_a_subject_counts(units: int, language: str, subject: str) -> None:
    assert write(MessageKind.CONFIRMED, news_values(ORDER, [line(units)]), language).subject == subject


# The notice that the law asks for (16 CFR 435.2(b); facts, L4 to L7)


@every_language
def test_the_notice_names_the_new_day_the_old_one_the_refund_the_way_to_answer_and_what_silence_means(
    language: str,
) -> None:
    said = words(write(MessageKind.OPTION, option(), language).text)
    parts = shipped()[language].parts
    new, old = day(REVISED, language), day(PROMISED, language)
    assert said.count(new) == 3  # of the line, of the whole, and until when silence is consent
    assert old in said
    for part in ("option_right", "reason_late"):
        assert words(parts[part]) in said
    assert words(parts["option_consents"]).replace("{date}", new) in said
    assert words(parts["option_link"]).replace("{link}", LINK) in said
    assert RULE in said


@every_language
def test_a_notice_without_a_day_says_so_and_why_and_until_when_to_answer(language: str) -> None:
    values = option([line(until=None)], silence="cancels", reason=Reason.OTHER)
    said, parts = words(write(MessageKind.OPTION, values, language).text), shipped()[language].parts
    for part in ("option_open", "reason_unknown", "option_right", "option_open_wait"):
        assert words(parts[part]) in said
    assert words(parts["option_cancels"]).replace("{date}", day(ANSWER_BY, language)) in said
    assert words(parts["option_dated"]).partition("{date}")[0] not in said


@every_language
@pytest.mark.parametrize("reason", [reason for reason in Reason if reason.value])
def test_every_reason_has_its_words(reason: Reason, language: str) -> None:
    said = words(write(MessageKind.OPTION, option([line(until=None)], reason=reason), language).text)
    assert words(shipped()[language].parts[f"reason_{reason.value}"]) in said


@every_language
@pytest.mark.parametrize(("law", "cited"), [("eu", "2011/83"), ("uk", "Consumer Rights Act 2015")])
def test_the_law_of_the_buyer_is_named_where_it_applies(law: str, cited: str, language: str) -> None:
    assert cited in write(MessageKind.OPTION, option(laws=("us", law)), language).text
    assert cited not in write(MessageKind.OPTION, option(laws=("us",)), language).text


@every_language
@pytest.mark.parametrize("silence", ["consents", "cancels"])
@pytest.mark.parametrize("until", [REVISED, None])
def test_a_text_message_holds_the_whole_question_too(until: date | None, silence: Silence, language: str) -> None:
    written = write(MessageKind.OPTION, option([line(until=until)], silence=silence), language)
    assert LINK in written.short
    if until is not None:
        assert day(until, language) in words(written.short)
    else:
        assert words(shipped()[language].parts["reason_late"]) in words(written.short)
    if silence == "cancels":
        assert day(ANSWER_BY, language) in words(written.short)
    assert len(written.short) - len(LINK) <= 400


@every_language
def test_a_text_message_is_short(language: str) -> None:
    found = {name: write(kind, values, language).short for name, (kind, values) in samples().items()}
    lengths = {name: len(short.replace(LINK, "").replace(STOP, "")) for name, short in found.items()}
    assert {name: length for name, length in lengths.items() if length > 350} == {}


def test_an_owners_words_change_how_a_notice_begins_and_nothing_that_the_law_asks_for() -> None:
    own = {"en": {"mail_option": "Sorry! {lines}", "mail_option_subject": "{shop}: {order}"}}
    mine = TemplateComposer("en", own, shop=SHOP).write(MessageKind.OPTION, "en", {**option(), "link": LINK})
    ours = write(MessageKind.OPTION, option())
    assert mine.subject == f"{SHOP}: {ORDER}"
    assert mine.text.split("\n\n")[1].startswith("Sorry! 2")
    assert mine.text.split("\n\n")[2:] == ours.text.removesuffix(f"\n\n{ADDRESS}").split("\n\n")[3:]


# What the others say


@pytest.mark.parametrize(
    ("amount", "currency", "by", "expected"),
    [
        ("129.90", "EUR", None, "We have sent back €129.90 to you the way you paid."),
        ("129.90", "EUR", date(2026, 12, 21), "You get back €129.90 the way you paid."),
        ("", "", date(2026, 12, 21), "You get back in full what you paid for it, the way you paid."),
    ],
)
def test_a_cancellation_says_what_becomes_of_the_money(
    amount: str, currency: str, by: date | None, expected: str
) -> None:
    values = cancelled_values(ORDER, [line()], why="shopper", refund=refund_values(amount, currency, by))
    written = write(MessageKind.CANCELLED, values)
    assert expected in written.text
    assert expected in written.short
    assert ("December 21, 2026" in written.text) == (by is not None)


def test_of_what_was_never_paid_nothing_is_promised_back() -> None:
    said = write(MessageKind.CANCELLED, cancelled_values(ORDER, [line()], why="shopper")).text
    assert not re.search("paid|money|refund|get back", said)


@every_language
def test_the_question_to_confirm_holds_nothing_but_the_question(language: str) -> None:
    kind, values = samples()["opt-in"]
    written = write(kind, values, language)
    parts = shipped()[language].parts
    assert len(written.text.split("\n\n")) == 4  # who was to be told, of what, the link, and what if it was not you
    assert ADDRESS not in written.text
    assert words(parts["hello"]) not in words(written.text)


@every_language
def test_an_invitation_has_a_way_off_the_list_a_postal_address_and_the_hour_of_the_shops_clock(language: str) -> None:
    kind, values = samples()["restock"]
    written = write(kind, values, language)
    assert written.text.endswith(ADDRESS)
    assert written.text.count(STOP) == written.short.count(STOP) == 1
    assert f"10:30{' AM' if language == 'en' else ''} (UTC+01:00)" in words(written.text)


@every_language
@every_sample
def test_in_stock_is_said_only_of_what_is(name: str, language: str) -> None:
    kind, values = samples()[name]
    if kind in {MessageKind.RESTOCK, MessageKind.READY}:
        return
    claims = {
        "en": "in stock again|back in stock|now in stock",
        "de": "wieder auf Lager|jetzt auf Lager",
        "fr": "de nouveau en stock|maintenant en stock",
        "it": "di nuovo in magazzino|ora in magazzino",
        "es": "de nuevo en existencias|ya en existencias",
        "nl": "weer op voorraad|nu op voorraad",
    }
    written = write(kind, values, language)
    assert not re.search(claims[language], written.subject + written.text + written.short)


def test_a_line_that_has_moved_says_from_when_and_how_much_is_there_already() -> None:
    moved = line(ready=1, since=date(2026, 12, 15))
    [said] = [one for one in write(MessageKind.LATER, news_values(ORDER, [moved])).text.split("\n\n") if "chair" in one]
    assert said.endswith(
        "expected between December 15, 2026 and December 22, 2026 (before: December 10, 2026, 1 unit is already here)"
    )


def test_without_a_page_a_shopper_is_told_whom_to_ask() -> None:
    said = composer.write(MessageKind.CONFIRMED, "en", news_values(ORDER, [line()])).text
    assert "please contact us" in said
    asked = composer.write(MessageKind.OPTION, "en", option()).text
    assert "simply answer this message" in asked


def test_a_language_nobody_wrote_texts_for_is_the_stores_and_then_english() -> None:
    german = TemplateComposer("de", {}, shop=SHOP)
    assert german.write(MessageKind.CONFIRMED, "sv", news_values(ORDER, [line()])).text.startswith("Guten Tag,")
    assert write(MessageKind.CONFIRMED, news_values(ORDER, [line()]), "sv").text.startswith("Hello,")
    mine = TemplateComposer("en", {"pt": {"mail_confirmed": "Obrigado: {lines}"}}, shop=SHOP)
    said = mine.write(MessageKind.CONFIRMED, "pt-BR", news_values(ORDER, [line()])).text
    assert "Obrigado: 2" in said


# Hostile input

HOSTILE = "Chair\r\nBcc: all@example.com\n\n</p><script>alert(1)</script>{link}{order}&amp;\u202e"


def test_a_title_and_a_number_break_out_of_nothing() -> None:
    values = {**option([line(title=HOSTILE)], number=HOSTILE), "link": LINK}
    written = TemplateComposer("en", {}, shop=HOSTILE).write(MessageKind.OPTION, "en", values)
    assert written.subject.splitlines() == [written.subject]
    assert "<script" not in written.html
    assert "&lt;script&gt;" in written.html
    assert read(written.html) == words(written.text)
    assert "{link}{order}" in written.text  # a brace in a value is a brace


anything = st.text(max_size=60) | st.text(alphabet="{}link<>&\"'\r\n\u2028:ord", max_size=30)


@given(anything, anything, anything, st.sampled_from(["option", "later", "owner-refused", "withdrawal", "restock"]))
def test_whatever_a_shop_sends_both_parts_agree_and_a_subject_is_one_line(
    number: str, title: str, said: str, name: str
) -> None:
    kind, values = samples()[name]
    hostile = {**values, "order": number, "title": title, "said": said, "name": said, "lines": [line(title=title)]}
    written = TemplateComposer("de", {}, shop=title).write(kind, "de", hostile)
    assert len(written.subject.splitlines()) == 1
    assert not any(unicodedata.category(letter) == "Cc" for letter in written.subject)
    assert read(written.html) == words(written.text)
    written.text.encode()
