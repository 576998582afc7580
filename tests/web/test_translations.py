"""Every text of the pages is there in every language we claim, and says the same things."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_keywords, parse_mapping_cfg  # type: ignore[attr-defined]  # its types are older
from babel.messages.pofile import read_po

from adapters.shopify.install import ShopifyInstaller
from adapters.woocommerce.install import WooInstaller
from connector.web.languages import FOLDER, LANGUAGES, SHOPPER_LANGUAGES, _translations

ROOT = Path(__file__).parents[2]
MARKS = {"_", "N_", "gettext", "ngettext"}
OTHERS = sorted(set(SHOPPER_LANGUAGES) - {"en"})
WHOLE = "babel.cfg"
SHOPPERS = "babel.shopper.cfg"
# German is on every page, the others on those of shoppers only.
READ_FOR = {language: WHOLE if language in LANGUAGES else SHOPPERS for language in OTHERS}
TEMPLATES = ROOT / "connector/web/templates"
PLACE = re.compile(r"%\((\w+)\)s|\{(\w*)[^}]*\}")
LETTER = re.compile(r"[^\W\d_]")
ENDS = " .:,;?!…"

# What is written in another language as in English.
SAME = {
    "de": {
        "App",
        "SKU",
        "SKU %(what)s",
        "Shop",
        "Shops",
        "Status",
        "Text",
        "Version %(version)s",
        "Webhooks",
        "WooCommerce %(version)s.",
        "`backorder store resume %(key)s`",
    },
}

# An owner is addressed with Sie; what a shop sends is a Meldung, since a Lieferung is goods.  A shopper is addressed
# formally, and the words for what the law knows are those of the messages.
NEVER_SAID = {
    "de": re.compile(
        r"\b((?i:du|dich|dir|dein\w*|euch|euer)|Lieferung\w*|Stores?|Supply|Policy|Backorders?(?! Conn))\b"
    ),
    "fr": re.compile(r"\b(?i:tu|te|toi|ton|ta|tes|magasin\w*|produits?|désist\w*|résili\w*)\b| [:;?!»]|« "),
    "it": re.compile(r"\b(?i:tu|te|ti|tuo|tua|tuoi|tue|prodott\w|bottega)\b|\b(il|al|del) *[.:]"),
    "es": re.compile(r"\b(?i:tú|te|ti|tu|tus|vosotros|productos?|retract\w*|rescindir)\b"),
    "nl": re.compile(r"\b(?i:je|jij|jou|jouw|jullie|product\w*|shop|winkelier|ontbind\w*)\b"),
}


@cache
def extracted(mapping: str = WHOLE) -> frozenset[str | tuple[str, str]]:
    """As ``make messages`` finds them, by the same files."""
    with (ROOT / mapping).open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    more = re.findall(r"-k (\S+)", (ROOT / "Makefile").read_text(encoding="utf-8"))
    keywords = {**DEFAULT_KEYWORDS, **parse_keywords(more)}  # type: ignore[no-untyped-call]  # as above
    found: set[str | tuple[str, str]] = set()
    for _, _, message, _, _ in extract_from_dir(str(ROOT), methods, options, keywords):
        found.add(tuple(message) if isinstance(message, tuple) else message)  # type: ignore[arg-type]
    return frozenset(found)


@cache
def catalogue(language: str) -> Catalog:
    with (FOLDER / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file)


def messages(language: str) -> list[Message]:
    return [one for one in catalogue(language) if one.id]


def pairs(language: str) -> Iterator[tuple[str, str]]:
    """Each form of each translation, beside the English form it stands for."""
    for one in messages(language):
        strings, ids = forms(one.string), forms(one.id)
        for at, string in enumerate(strings):
            yield ids[min(at, len(ids) - 1)], string


def marked() -> Iterator[tuple[Path, ast.Call]]:
    """Every call in our code that asks for a translation or marks a text for one."""
    for path in sorted((ROOT / "connector").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS:
                yield path, node


@pytest.mark.parametrize("language", OTHERS)
def test_the_catalogue_holds_exactly_what_the_pages_say(language: str) -> None:
    held = {tuple(one.id) if isinstance(one.id, (list, tuple)) else one.id for one in messages(language)}
    found = set(extracted(READ_FOR[language]))
    missing, left_over = found - held, held - found
    assert (missing, left_over) == (set(), set()), "run `make messages` and translate what is new"


def test_every_page_of_a_shopper_is_read_for_the_shoppers_languages() -> None:
    """By what the pages are built on, whatever they are called."""
    with (ROOT / SHOPPERS).open(encoding="utf-8") as file:
        methods, _options = parse_mapping_cfg(file)
    patterns = {pattern.rpartition("/")[2] for pattern, _method in methods}
    theirs = {
        path.name
        for path in TEMPLATES.glob("*.html")
        if re.search(r'extends "(shopper_base|restock_layout)\.html"', path.read_text(encoding="utf-8"))
    }
    assert len(theirs) > 7
    assert {name for name in theirs if not any(fnmatch(name, one) for one in patterns)} == set()


def test_make_messages_reads_for_the_languages_there_are() -> None:
    made = (ROOT / "Makefile").read_text(encoding="utf-8")
    whole, shoppers = re.findall(r"-i build/(?:messages|shopper)\.pot -l (\S+)", made)
    (named,) = re.findall(r"for language in ([a-z ]+);", made)
    assert ({whole}, shoppers) == (set(LANGUAGES) - {"en"}, "$$language")
    assert set(named.split()) == set(SHOPPER_LANGUAGES) - set(LANGUAGES)


def test_shoppers_are_spoken_to_in_the_languages_of_the_messages() -> None:
    mails = {path.stem for path in (ROOT / "connector/notify/templates").glob("*.toml")}
    assert set(SHOPPER_LANGUAGES) == mails


def test_every_marked_text_is_found() -> None:
    """Extraction sees nothing inside an f-string, and of a text put together from parts only the parts."""
    found = {form for one in extracted() for form in forms(one)}
    lost = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, node in marked()
        for text in node.args[: 2 if node.func.id == "ngettext" else 1]  # type: ignore[attr-defined]
        if isinstance(text, (ast.JoinedStr, ast.BinOp))
        or (isinstance(text, ast.Constant) and text.value and text.value not in found)
    ]
    assert lost == []


def test_what_an_installer_asks_is_found() -> None:
    asked = {
        text
        for installer in (ShopifyInstaller, WooInstaller)
        for one in (*installer.questions, *installer.pasted_questions)
        for text in (one.label, one.help)
    } - {""}
    assert len(asked) > 10
    assert asked - extracted() == set()


@pytest.mark.parametrize("language", OTHERS)
def test_the_file_says_its_language_letters_and_plurals_by_itself(language: str) -> None:
    ours, usual = catalogue(language), Catalog(locale=language)
    assert (str(ours.locale), ours.charset) == (language, "utf-8")
    assert (ours.num_plurals, ours.plural_expr) == (usual.num_plurals, usual.plural_expr)


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_is_translated_and_none_is_a_guess(language: str) -> None:
    plurals = catalogue(language).num_plurals
    empty = [one.id for one in messages(language) if not all(text.strip() for text in forms(one.string))]
    short = [one.id for one in messages(language) if one.pluralizable and len(forms(one.string)) != plurals]
    guessed = [one.id for one in messages(language) if one.fuzzy]
    assert (empty, short, guessed) == ([], [], [])


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_was_left_in_english(language: str) -> None:
    left = {
        text
        for text, said in pairs(language)
        if text == said and text not in SAME.get(language, set()) and LETTER.search(PLACE.sub("", text))
    }
    assert left == set()


@pytest.mark.parametrize("language", OTHERS)
def test_the_words_are_those_of_the_glossary(language: str) -> None:
    assert [said for _, said in pairs(language) if NEVER_SAID[language].search(PLACE.sub("", said))] == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_same_places_as_its_message(language: str) -> None:
    for one in messages(language):
        wanted = set().union(*(places(text) for text in forms(one.id)))
        for string in forms(one.string):
            # A singular may say "one" instead of the number.
            assert places(string) - {"num"} == wanted - {"num"}, one.id


@pytest.mark.parametrize("language", OTHERS)
def test_every_form_can_be_filled_in(language: str) -> None:
    """Templates fill in even a text that has no places, so a lone per cent sign would break a page."""
    for text, said in pairs(language):
        names = {first for first, _ in PLACE.findall(text) if first}
        for one in (text, said):
            filled = one % {name: f"<{name}>" for name in names}
            assert "%" not in filled.replace("%%", ""), one
            assert all(f"<{name}>" in filled for name in names - {"num"}), one


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_brings_no_html(language: str) -> None:
    """Templates take our texts for safe, in attributes as well."""
    unsafe = re.compile(r"[<&\"]|>(?! )")
    assert [said for _, said in pairs(language) if unsafe.search(said)] == []
    assert [text for text, _ in pairs(language) if unsafe.search(text)] == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_begins_and_ends_as_its_message(language: str) -> None:
    """Some are put together with others, and some end in what a value follows."""
    for text, said in pairs(language):
        assert (text[:1].isspace(), tail(text)) == (said[:1].isspace(), tail(said)), text


@pytest.mark.parametrize(("count", "said"), [(0, "0 Bestellungen warten"), (1, "1 Bestellung wartet")])
def test_the_pages_read_the_file_itself(count: int, said: str) -> None:
    found = _translations("de").ngettext("%(num)s order is waiting", "%(num)s orders are waiting", count)
    assert found % {"num": count} == said


def forms(text: str | tuple[str, ...] | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def places(text: str) -> set[str]:
    return {first or second for first, second in PLACE.findall(text)}


def tail(text: str) -> str:
    return text[len(text.rstrip(ENDS)) :]
