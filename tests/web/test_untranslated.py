"""No page says a word of ours that translators never see: every text is put in brackets instead of being translated."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from babel.support import NullTranslations
from bs4 import BeautifulSoup, Tag
from bs4.element import Comment, Doctype
from jinja2 import Environment
from site_house import Browser, Seen, Site, site
from walking import addresses, ids_of, is_html

from connector.ports.failures import OwnerMustAct
from connector.ports.sentence import Sentence, packed, quoted, unpacked
from connector.web import languages
from connector.web.access import Who

ROOT = Path(__file__).parents[2]
TEMPLATES = Path(languages.__file__).parent / "templates"
# Names, and the words of the library that writes how long something has waited.
STORES = {"chairs", "tents", "woocommerce", "shopify"}
NAMES = {"Backorder", "Connector", "Deutsch", "English", "WooCommerce", "Shopify", "Minuten", "Stunden"}
# What the shop calls its things, and what stands in its own fields.
OF_THE_SHOP = re.compile(
    r"https?://[^\s⟦⟧]+|[\w.-]+\.myshopify\.com|127\.0\.0\.1:\d+|\w+\.(created|updated)|\d:[0-9a-f]{8,}|CHAIR-\w+|Qq\d"
)
FIELDS = {"notify"}
SPOKEN = ("title", "aria-label", "alt", "data-label", "placeholder")
BRACKETED = re.compile(r"⟦[^⟦⟧]*⟧")
WORD = re.compile(r"[^\W\d_]{3,}")


class Bracketed(NullTranslations):
    """Marks whatever passes through gettext."""

    def gettext(self, message: str) -> str:
        return message if message == "MMM d" else f"⟦{message}⟧"

    def ngettext(self, singular: str, plural: str, num: int) -> str:
        return self.gettext(singular if num == 1 else plural)

    ugettext = gettext
    ungettext = ngettext


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Lines that wait with a date and without one, a supply, and a product that somebody changed by hand."""
    with pytest.MonkeyPatch.context() as patched, site(tmp_path_factory.mktemp("words")) as opened:
        patched.setattr(languages, "_translations", lambda _language: Bracketed())
        house = opened.house
        house.woo.add_product("CHAIR-OAK", 1, title="Qq1")
        house.woo.add_product("CHAIR-ASH", 0, title="Qq2")
        house.connect()
        for sku in ("CHAIR-OAK", "CHAIR-ASH"):
            house.add_supply("chairs", sku, 2, house.today() + timedelta(days=14))
        house.settle(1)
        for units in (2, 5):
            house.woo.place_order({"CHAIR-OAK": units})
        house.settle(2)
        house.clock.shift(60)
        house.woo.set_field("CHAIR-ASH", "backorders", "no")
        house.settle(2)
        yield opened


def unspoken(seen: Seen) -> set[str]:
    """The words of an answer that gettext was not asked for."""
    return words(seen.html)


def words(html: str) -> set[str]:
    """Those outside brackets that a reader sees or hears."""
    soup = BeautifulSoup(html, "html.parser")
    # What the shop sent, what shoppers read and the names of languages and time zones are no texts of our pages.
    for apart in soup.select("pre, code, .bo-said, textarea, datalist, script, a[href*='?language=']"):
        apart.decompose()
    texts = [str(one) for one in soup.find_all(string=True) if not isinstance(one, (Comment, Doctype))]
    texts += [
        str(tag[name]) for tag in soup.select("*") if isinstance(tag, Tag) for name in SPOKEN if name in tag.attrs
    ]
    left = OF_THE_SHOP.sub(" ", "\n".join(texts))
    while BRACKETED.search(left):
        left = BRACKETED.sub(" ", left)
    return set(WORD.findall(left)) - NAMES


def german(browser: Browser, path: str) -> Seen:
    return browser.get(path, headers={"Accept-Language": "de"})


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_a_template_holds_no_words_of_its_own(template: Path) -> None:
    """Of states that no shop here is ever in as well."""
    tokens = Environment(autoescape=True).lex(template.read_text(encoding="utf-8"))
    assert words("".join(text if kind == "data" else "⟦⟧" for _line, kind, text in tokens)) == set()


def test_the_pages_of_a_store_say_nothing_untranslated(there: Site) -> None:
    owner = there.owner("chairs")
    routes = [
        path for method, path in addresses(there.house.app, Who.OWNER, ids_of(there, "chairs")) if method == "GET"
    ]
    seen = [one for one in (german(owner, path) for path in routes) if is_html(one) and one.status == 200]
    assert len(seen) > 12
    found = {one.path: unspoken(one) - FIELDS for one in seen}
    assert {path: words for path, words in found.items() if words} == {}


# A call of ours that people see the words of, by which of its arguments are those words.
SPOKEN_OF = {
    "OwnerMustAct": (1, 2),
    "Denied": (2, 3),
    "NoRoute": (1, 2),
    "TokenRefused": (1, 2),
    "NoShop": (1, 2),
    "PrivateAddress": (1, 2),
    "TryLater": (0,),
    "Unreadable": (1,),
    "Refused": (1,),
    "Mistyped": (1, 2),
    "Finding": (0, 2, 3),
}
SPOKEN_AS = {"problem", "fix", "said", "note", "by_hand"}
SPEAKERS = sorted(
    path
    for folder in ("adapters", "connector/notify", "connector/known_stores", "connector/services")
    for path in (ROOT / folder).rglob("*.py")
    if "sandbox" not in path.parts
)


@pytest.mark.parametrize("path", SPEAKERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_whatever_is_found_wrong_is_said_in_a_sentence_that_can_be_translated(path: Path) -> None:
    """Adapters and services speak English to whoever asks; a page can only translate a ``Sentence``."""
    bare = [
        (node.lineno, name)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and (name := getattr(node.func, "id", "")) in SPOKEN_OF
        for at, said in [*enumerate(node.args), *((one.arg, one.value) for one in node.keywords)]
        if (at in SPOKEN_OF[name] or at in SPOKEN_AS) and is_bare(said)
    ]
    assert bare == []


def is_bare(said: ast.expr) -> bool:
    if isinstance(said, ast.JoinedStr):
        return any(isinstance(part, ast.Constant) and WORD.search(str(part.value)) for part in said.values)
    return isinstance(said, ast.Constant) and isinstance(said.value, str) and WORD.search(said.value) is not None


def test_what_an_adapter_found_wrong_is_in_the_reader_s_language(there: Site) -> None:
    """Read again from the database, where it is kept as what it is made of."""
    trouble = OwnerMustAct(
        "push", Sentence("The shop refuses our key: %(words)s", words=quoted("Qq1")), Sentence("Update WooCommerce.")
    )
    with there.house.service.work() as uow:
        record = uow.stores.get("chairs")
        assert record is not None
        record.stopped["push"] = trouble.said
        uow.stores.save(record)
        uow.commit()
    owner = there.owner("chairs")
    try:
        for path in ("/settings", "/settings/welcome"):
            seen = german(owner, path)
            assert "⟦The shop refuses our key: ⟦“Qq1”⟧⟧" in seen.text
            assert unspoken(seen) - FIELDS == set()
        checked = owner.post("/settings/welcome/check", {}, headers={"Accept-Language": "de"})
        assert unspoken(checked) - FIELDS - {"webhooks"} == set()
    finally:
        with there.house.service.work() as uow:
            record = uow.stores.get("chairs")
            assert record is not None
            record.stopped.pop("push", None)
            uow.stores.save(record)
            uow.commit()


def test_what_was_kept_by_versions_before_is_shown_as_it_stands() -> None:
    assert unpacked("The consumer secret is wrong.") == "The consumer secret is wrong."
    assert not isinstance(unpacked("The consumer secret is wrong."), Sentence)


@pytest.mark.parametrize(
    "text", ["", "typed by hand", "\x1e{}", '\x1e{"message": "%(nothing)s", "values": {}}', "100 % \x1e"]
)
def test_no_text_of_a_stranger_becomes_a_sentence_of_ours(text: str) -> None:
    assert unpacked(packed(text)) == text


def test_a_sentence_is_kept_with_the_sentences_in_it() -> None:
    said = Sentence("Missing: %(why)s.", why=Sentence("There are not %(count)s of it left.", count=3))
    again = unpacked(packed(said))
    assert again == "Missing: There are not 3 of it left.."
    assert isinstance(again, Sentence)
    assert again.plain() == said.plain()


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/settings/store", {"language": "Klingon", "timezone": "Mars"}),
        ("/settings/store", {"language": "de", "timezone": "Europe/Berln"}),
        ("/settings/policy", {"mode": "up_to", "units": "0", "lead_days": "x", "revision": "0", "do": "save"}),
        ("/settings/policy", {"mode": "always", "lead_days": "-1", "revision": "0", "do": "preview"}),
        ("/settings/policy", {"mode": "magic", "lead_days": "99999999", "revision": "0", "do": "save"}),
        (
            "/settings/texts",
            {"language": "de", "sold_out": "{nothing}", "in_stock": "{", "revision": "0", "do": "save"},
        ),
        ("/settings/supplies", {"sku": "", "quantity": "-1", "due": "9999-01-01", "form": "0"}),
        ("/settings/supplies/import", {"text": "sku;quantity\nSOFA;1\nCHAIR-OAK;x", "do": "check"}),
    ],
)
def test_what_is_wrong_with_a_form_is_said_in_the_reader_s_language(
    there: Site, path: str, form: dict[str, str]
) -> None:
    seen = there.owner("chairs").post(path, form, headers={"Accept-Language": "de"})
    assert "⟦" in seen.text
    assert unspoken(seen) - FIELDS - {"SOFA"} == set()


def test_the_pages_of_the_operator_say_nothing_untranslated(there: Site) -> None:
    operator = there.operator()
    found = {path: unspoken(german(operator, path)) - STORES for path in ("/admin", "/admin/jobs")}
    assert {path: words for path, words in found.items() if words} == {}


@pytest.mark.parametrize("path", ["/in", "/in/no-such-link", "/admin/in", "/install", "/install/no-such-platform"])
def test_the_pages_of_strangers_say_nothing_untranslated(there: Site, path: str) -> None:
    assert unspoken(german(there.stranger(), path)) == set()


@pytest.mark.parametrize("platform", ["woocommerce", "shopify"])
def test_the_questions_of_an_installer_are_translated(there: Site, platform: str) -> None:
    assert unspoken(german(there.operator(), f"/install/{platform}")) == set()
