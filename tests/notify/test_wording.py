# ruff: noqa: RUF001 -- the sign of times and the dash stand here as the templates write them
from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.availability import Availability, Status
from connector.domain.marks import LineMark, NoticeKind, OrderMarks, OrderStatus
from connector.notify.languages import locale_of, widening
from connector.notify.speaking import LONGEST_TITLE, MOST_LINES
from connector.notify.texts import MAILS, MESSAGES, NOTES, Words, clean, fill, shipped
from connector.notify.wording import TemplateWording
from connector.ports.wording import Wording
from connector.settings.messages import PLACES, MessageTexts

SOON, LATER = date(2026, 12, 5), date(2027, 1, 5)
DATED = Availability(Status.BACKORDER, sells=True, sellable=3, expected_on=SOON)
RANGE = Availability(Status.BACKORDER, sells=True, sellable=3, expected_on=LATER, earliest_on=SOON)
OPEN = Availability(Status.BACKORDER, sells=True, sellable=None, expected_on=None)
SOLD_OUT = Availability(Status.SOLD_OUT, sells=False, sellable=0, expected_on=None)
IN_STOCK = Availability(Status.IN_STOCK, sells=True, sellable=9, expected_on=None)
EVERY_KIND = ("waiting", "changed", "ready", "cleared")


def wording(
    language: str = "en", overrides: Mapping[str, Mapping[str, str]] | None = None, kinds: tuple[str, ...] = EVERY_KIND
) -> Wording:
    return TemplateWording(language, overrides or {}, kinds)


def line(title: str = "Walnut chair", *, waiting: int = 0, ready: int = 0, on: date | None = None) -> LineMark:
    return LineMark("1", "CHAIR-1", title, ready, waiting, on)


def waits(*lines: LineMark) -> OrderMarks:
    return OrderMarks(OrderStatus.WAITING, lines)


def listed(*lines: LineMark, language: str = "en", kind: NoticeKind = NoticeKind.WAITING) -> list[str]:
    """The lines as a note lists them."""
    own = {"en": dict.fromkeys(NOTES, "{lines}"), "de": dict.fromkeys(NOTES, "{lines}")}
    return wording(overrides=own).note(kind, "1001", waits(*lines), language).split("\n")


# What is shown beside a variant


@pytest.mark.parametrize(
    ("availability", "language", "expected"),
    [
        (IN_STOCK, "en", ""),
        (SOLD_OUT, "en", "Sold out."),
        (OPEN, "en", "there is no delivery date yet"),
        (DATED, "en", "expected December 5, 2026."),
        (DATED, "en_GB", "expected 5 December 2026."),
        (RANGE, "en_GB", "between 5 December 2026 and 5 January 2027."),
        (RANGE, "de", "zwischen dem 5. Dezember 2026 und dem 5. Januar 2027."),
        (RANGE, "it", "data prevista: 5 dicembre 2026"),
        (DATED, "fr-CA", "le 5 décembre 2026."),
        (DATED, "es", "el 5 de diciembre de 2026."),
        (DATED, "nl-BE", "verwacht op 5 december 2026."),
        (SOLD_OUT, "de", "Ausverkauft."),
        (OPEN, "de-DE", "Ein Liefertermin steht noch nicht fest"),
        (DATED, "de_DE_formal", "am 5. Dezember 2026."),
    ],
)
def test_a_variant_is_described_in_the_language_asked_for(
    availability: Availability, language: str, expected: str
) -> None:
    message = wording().message(availability, language)
    assert expected in message if expected else message == ""


def test_what_is_in_stock_is_described_only_in_the_owners_words() -> None:
    assert wording(overrides={"en": {"in_stock": "Off the shelf"}}).message(IN_STOCK) == "Off the shelf"


def test_the_owners_text_stands_before_ours_and_an_empty_one_is_none() -> None:
    mine = wording(overrides={"en": {"backorder_dated": "There on {date}!", "sold_out": ""}})
    assert mine.message(DATED) == "There on December 5, 2026!"
    assert mine.message(SOLD_OUT) == wording().message(SOLD_OUT)


def test_the_texts_of_the_settings_fit() -> None:
    own = {"de": MessageTexts(backorder_dated="Da am {date}").model_dump()}
    assert wording("de", own).message(DATED) == "Da am 5. Dezember 2026"
    assert set(MessageTexts.model_fields) == {*MESSAGES, *NOTES, *MAILS}


# The choice of language


@pytest.mark.parametrize(
    ("store", "asked", "spoken"),
    [
        ("en", "de", "de"),
        ("en", "de-DE", "de"),
        ("en", "de_AT_formal", "de"),
        ("en", "DE", "de"),
        ("de", "", "de"),
        ("de-AT", "", "de"),
        ("de", "sv-SE", "de"),
        ("sv", "pt-BR", "en"),
        ("sv", "", "en"),
        ("en", "fr_CA", "fr"),
        ("", "not a language!", "en"),
        ("en", "-", "en"),
    ],
)
def test_the_order_then_the_store_then_english(store: str, asked: str, spoken: str) -> None:
    assert wording(store).message(SOLD_OUT, asked) == shipped()[spoken].by_key["sold_out"]


def test_the_owner_can_speak_a_language_that_we_do_not() -> None:
    own = {"pt": {"note_waiting_dated": "Encomenda {order}:\n{lines}"}}
    said = wording("en", own).note(NoticeKind.WAITING, "7", waits(line(waiting=2, on=SOON)), "pt-PT")
    assert said == "Encomenda 7:\n2 × Walnut chair – 5 de dezembro de 2026"
    assert wording("en", own).message(SOLD_OUT, "pt-PT") == wording("en").message(SOLD_OUT)


@pytest.mark.parametrize("spelling", ["pt-BR", "pt_BR", "pt-br", "pt"])
def test_the_owners_language_is_found_however_it_is_spelled(spelling: str) -> None:
    assert wording("en", {spelling: {"sold_out": "Esgotado"}}).message(SOLD_OUT, "pt_BR") == "Esgotado"


def test_a_date_is_written_as_in_the_country_of_the_reader() -> None:
    late = Availability(Status.BACKORDER, sells=True, sellable=1, expected_on=LATER)
    assert "5. Jänner 2027" in wording("en").message(late, "de_AT")
    assert "5. Jänner 2027" in wording("de-AT").message(late)
    assert "5. Januar 2027" in wording("en").message(late, "de_CH")
    assert "5 January 2027" in wording("en-GB").message(late, "xx")


@pytest.mark.parametrize(
    ("language", "expected"), [("de_AT_formal", ["de-at-formal", "de-at", "de"]), ("en", ["en"]), ("", [""])]
)
def test_a_language_widens_to_its_base(language: str, expected: list[str]) -> None:
    assert widening(language) == expected


def test_a_language_nobody_knows_has_no_locale() -> None:
    assert locale_of("zz", "zz-ZZ") is None


def test_texts_in_a_language_nobody_knows_are_filled_without_its_customs() -> None:
    said = wording("zz", {"zz": {"backorder_dated": "{date}"}}).message(DATED)
    assert said == "2026-12-05"


# What an order is told


@pytest.mark.parametrize(
    ("kind", "marks", "expected"),
    [
        (NoticeKind.WAITING, waits(line(waiting=2, on=SOON)), "by December 5, 2026 and will send them"),
        (NoticeKind.WAITING, waits(line(waiting=2)), "We do not have a date for all of them yet."),
        (NoticeKind.CHANGED, waits(line(waiting=2, on=SOON)), "Something has changed"),
        (NoticeKind.READY, OrderMarks(OrderStatus.READY, (line(ready=2),)), "have arrived"),
    ],
)
def test_each_kind_says_what_happened(kind: NoticeKind, marks: OrderMarks, expected: str) -> None:
    said = wording().note(kind, "1001", marks)
    assert expected in said
    assert "your order 1001 " in said
    assert "2 × Walnut chair" in said
    assert "{" not in said


@pytest.mark.parametrize("kind", NoticeKind)
def test_a_kind_the_owner_does_not_send_says_nothing(kind: NoticeKind) -> None:
    others = tuple(one.value for one in NoticeKind if one is not kind)
    assert wording(kinds=others).note(kind, "1001", waits(line(waiting=2))) == ""


def test_an_order_that_was_cancelled_is_told_nothing() -> None:
    assert wording().note(NoticeKind.CLEARED, "1001", OrderMarks()) == ""


@pytest.mark.parametrize(
    ("marks", "expected"),
    [(waits(line(waiting=1, on=SOON)), "New: December 5, 2026"), (waits(line(waiting=1)), "New: not known yet")],
)
def test_a_change_can_name_a_date_even_where_there_is_none(marks: OrderMarks, expected: str) -> None:
    own = {"en": {"note_changed": "New: {date}"}}
    assert wording(overrides=own).note(NoticeKind.CHANGED, "1", marks) == expected


@pytest.mark.parametrize(
    ("mark", "language", "expected"),
    [
        (line(waiting=2, on=SOON), "en_GB", "2 × Walnut chair – expected 5 December 2026"),
        (line(waiting=1), "en", "1 × Walnut chair – no date yet"),
        (line(waiting=1, ready=1), "en", "1 × Walnut chair – no date yet (1 unit is already here)"),
        (line(waiting=1, ready=3), "en", "1 × Walnut chair – no date yet (3 units are already here)"),
        (line(waiting=2, on=SOON), "de", "2 × Walnut chair – erwartet am 5. Dezember 2026"),
        (line(waiting=1, ready=1), "de", "1 × Walnut chair – noch ohne Termin (1 Stück ist bereits da)"),
        (line(waiting=1, ready=3), "de", "1 × Walnut chair – noch ohne Termin (3 Stück sind bereits da)"),
        (line(waiting=12000), "de", "12.000 × Walnut chair – noch ohne Termin"),
    ],
)
def test_a_line_says_how_many_of_what_and_when(mark: LineMark, language: str, expected: str) -> None:
    assert listed(mark, language=language) == [expected]


def test_only_lines_that_wait_are_listed_as_waiting_and_all_that_is_there_as_ready() -> None:
    lines = (line("Chair", waiting=1), line("Table", ready=2))
    assert listed(*lines) == ["1 × Chair – no date yet"]
    assert listed(*lines, kind=NoticeKind.READY) == ["2 × Table"]


@pytest.mark.parametrize(
    ("language", "over", "expected"),
    [("en", 1, "and 1 more line"), ("en", 2, "and 2 more lines"), ("de", 1, "und 1 weitere Position")],
)
def test_a_very_long_order_is_cut_and_says_so(language: str, over: int, expected: str) -> None:
    found = listed(*[line(waiting=1)] * (MOST_LINES + over), language=language)
    assert (len(found), found[-1]) == (MOST_LINES + 1, expected)


# What comes from a shop is not trusted


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("{date} {order} {lines} {units}", "{date} {order} {lines} {units}"),
        ("{0.__class__} %s ${date}", "{0.__class__} %s ${date}"),
        ("two\nlines\r\n\tand a tab", "two lines and a tab"),
        ("bell\x07 and nul\x00", "bell and nul"),
        ("turned \u202eround\u2066", "turned round"),
        ("half a pair \ud83d", "half a pair"),
        ("a family 👨\u200d👩\u200d👧", "a family 👨\u200d👩\u200d👧"),
        ("<b>bold</b> & co", "<b>bold</b> & co"),
        ("x" * 200, "x" * (LONGEST_TITLE - 1) + "…"),
        ("", "CHAIR-1"),
        ("\u200b\n", "CHAIR-1"),
    ],
)
def test_a_title_is_one_plain_line_and_no_template(title: str, shown: str) -> None:
    assert listed(line(title, waiting=1)) == [f"1 × {shown} – no date yet"]


def test_a_line_without_title_and_sku_still_has_a_name() -> None:
    nameless = LineMark("1", "", "", 0, 1, None)
    assert listed(nameless) == ["1 × Item – no date yet"]


def test_an_order_number_is_no_template_either() -> None:
    own = {"en": {"note_ready": "Order {order}"}}
    assert wording(overrides=own).note(NoticeKind.READY, "{lines}\n7", OrderMarks()) == "Order {lines} 7"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{date}", "today"),
        ("{{date}}", "{date}"),
        ("{{{date}}}", "{today}"),
        ("{name}", "{name}"),
        ("{date!r} {date:>9} {} { }", "{date!r} {date:>9} {} { }"),
        ("a { alone and } too", "a { alone and } too"),
    ],
)
def test_places_are_filled_once_and_what_is_none_stays(text: str, expected: str) -> None:
    assert fill(text, {"date": "today"}) == expected


# The texts we ship


def places(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def word_places(words: Words) -> dict[str, set[str]]:
    return {
        key: places(getattr(words, key))
        for key in ("line_dated", "line_range", "line_open", "line_ready", "before", "no_date", "untitled")
    }


def test_six_languages_are_shipped() -> None:
    assert set(shipped()) == {"en", "de", "fr", "it", "es", "nl"}


@pytest.mark.parametrize("language", shipped())
def test_every_language_has_every_text_with_the_same_places(language: str) -> None:
    texts, english = shipped()[language], shipped()["en"]
    assert set(texts.by_key) == {*MESSAGES, *NOTES, *MAILS}
    assert {key: places(text) for key, text in texts.by_key.items()} == {
        key: places(text) for key, text in english.by_key.items()
    }
    assert word_places(texts.words) == word_places(english.words)
    assert {key: places(text) for key, text in texts.parts.items()} == {
        key: places(text) for key, text in english.parts.items()
    }


@pytest.mark.parametrize("language", shipped())
def test_every_text_holds_only_places_that_an_owner_may_use(language: str) -> None:
    assert MessageTexts(**shipped()[language].by_key)
    assert {
        key: found for key, text in shipped()[language].by_key.items() if (found := places(text) - PLACES[key])
    } == {}


@pytest.mark.parametrize("language", shipped())
def test_every_language_has_every_plural_that_its_whole_numbers_need(language: str) -> None:
    needed = {Locale.parse(language, sep="-").plural_form(count) for count in range(201)}
    words = shipped()[language].words
    for forms in (words.here, words.more, words.items, words.rest):
        assert needed <= set(forms)
        assert [places(form) for form in forms.values()] == [{"units"}] * len(forms)


@pytest.mark.parametrize("language", shipped())
def test_a_text_is_written_and_not_pasted(language: str) -> None:
    texts = {**shipped()[language].by_key, **shipped()[language].parts}
    assert [text for text in texts.values() if text != text.strip() or "  " in text] == []
    assert [key for key, text in texts.items() if not text] == ["in_stock"]


# Whatever anyone writes

anything = st.text(max_size=60) | st.text(alphabet="{}daterolins!:.0\n", max_size=30)
marks = st.builds(
    OrderMarks,
    st.sampled_from(OrderStatus),
    st.lists(
        st.builds(
            LineMark, st.just("1"), anything, anything, st.integers(0, 9), st.integers(0, 9), st.none() | st.dates()
        ),
        max_size=4,
    ).map(tuple),
)
owners = st.dictionaries(
    st.sampled_from(["en", "de", "fr", "zz"]) | anything,
    st.dictionaries(st.sampled_from([*MESSAGES, *NOTES, *MAILS]), anything),
)


@given(anything, owners, st.sampled_from(NoticeKind), anything, marks, anything)
def test_no_title_and_no_text_of_an_owner_makes_a_note_fail(
    store: str, own: dict[str, dict[str, str]], kind: NoticeKind, number: str, told: OrderMarks, language: str
) -> None:
    assert isinstance(wording(store, own).note(kind, number, told, language), str)


@given(anything, owners, st.sampled_from([DATED, RANGE, OPEN, SOLD_OUT, IN_STOCK]), anything)
def test_no_text_of_an_owner_makes_a_message_fail(
    store: str, own: dict[str, dict[str, str]], availability: Availability, language: str
) -> None:
    assert isinstance(wording(store, own).message(availability, language), str)


@given(anything)
def test_a_title_never_breaks_out_of_its_line_or_its_encoding(title: str) -> None:
    cleaned = clean(title, LONGEST_TITLE)
    assert len(cleaned) <= LONGEST_TITLE
    assert cleaned.splitlines() == ([cleaned] if cleaned else [])
    assert cleaned.encode().decode() == cleaned
    assert clean(cleaned, LONGEST_TITLE) == cleaned


@given(st.sampled_from(["", "en", "de"]), anything)
def test_every_title_arrives_as_it_was_cleaned(language: str, title: str) -> None:
    shown = clean(title, LONGEST_TITLE) or "CHAIR-1"
    [said] = listed(line(title, waiting=1), language=language)
    assert said.startswith(f"1 × {shown} – ")
