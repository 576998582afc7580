"""How our own messages begin is the owner's to write; what follows by law is shown with it, and stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from bs4 import Tag
from site_house import Browser, Seen, Site, site

TEXTS = "/settings/texts"


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("mail_texts")
    with site(folder) as opened:
        opened.house.connect()
        yield opened


@pytest.fixture(scope="module")
def owner(there: Site) -> Browser:
    return there.owner()


def reads(seen: Seen, key: str) -> str:
    found = seen.soup.find("textarea", id=key)
    assert isinstance(found, Tag)
    assert isinstance(found.parent, Tag)
    said = found.parent.select_one(".bo-said")
    assert said is not None
    return said.get_text()


def send(owner: Browser, do: str, language: str = "en", **texts: str) -> Seen:
    seen = owner.get(f"{TEXTS}?language={language}")
    held = seen.soup.find("input", {"name": "revision"})
    assert isinstance(held, Tag)
    return owner.post(TEXTS, {"revision": str(held["value"]), "language": language, **texts, "do": do})


@pytest.mark.parametrize("language", ["en", "de", "fr", "it", "es", "nl"])
def test_every_message_is_shown_as_a_shopper_would_read_it(owner: Browser, language: str) -> None:
    seen = owner.get(f"{TEXTS}?language={language}")
    for kind in ("confirmed", "earlier", "later", "option", "ready", "restock"):
        said = reads(seen, f"mail_{kind}_subject") + reads(seen, f"mail_{kind}")
        assert "Oak chair" in said
        assert "{" not in said
    assert "16 CFR 435.2(b)(1)" in reads(seen, "mail_option")


def test_an_owners_beginning_is_followed_by_what_the_law_asks_for(owner: Browser) -> None:
    seen = send(owner, "preview", mail_option="Sorry:\n\n{lines}", mail_option_subject="{shop} {order}")
    said = reads(seen, "mail_option")
    assert said.startswith("Hello,\n\nSorry:\n\n2 ")
    assert "you promptly get back in full what you paid for it" in said
    assert "Wait or cancel: https://" in said
    assert reads(seen, "mail_option_subject").endswith(" 1042")


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("mail_option", "{link}", "Nothing can stand in {link}. What can: {items}, {lines}, {order}, {shop}."),
        ("mail_option_subject", "{lines}", "Nothing can stand in {lines}. What can: {items}, {order}, {shop}."),
        ("mail_restock", "{order}", "Nothing can stand in {order}. What can: {shop}, {title}."),
        ("mail_ready_subject", "x" * 151, "It is too long: at most 150 characters."),
    ],
)
def test_a_message_has_only_the_places_that_mean_something_in_it(
    owner: Browser, key: str, text: str, said: str
) -> None:
    seen = send(owner, "save", **{key: text})
    found = seen.soup.find(id=f"{key}-wrong")
    assert isinstance(found, Tag)
    assert found.get_text().strip().startswith(said)


def test_a_subject_of_several_lines_is_one(owner: Browser) -> None:
    seen = send(owner, "preview", mail_ready_subject="one\ntwo\r\nBcc: all@example.com")
    assert reads(seen, "mail_ready_subject") == "one two Bcc: all@example.com"
