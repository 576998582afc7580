"""What no page does, whoever asks and however: load from elsewhere, split a header, show a file, lead off the site."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from site_house import Seen, Site, site
from walking import addresses, ids_of, is_html, walk

from connector.web.access import Who

SCRIPT = '<script>alert("x")</script>"\'><img src=x onerror=alert(1)>'


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Stores whose every text is an attempt at a script."""
    with site(tmp_path_factory.mktemp("hardened")) as opened:
        for shop in opened.house.shops.values():
            shop.add_product(f"A{SCRIPT}", 0, title=f"Title {SCRIPT}", oversell=True)
            shop.add_product("PLAIN", 3)
        opened.house.connect()
        for key in ("chairs", "tents"):
            opened.house.add_supply(key, f"A{SCRIPT}", 5, date(2026, 12, 24))
        opened.house.settle()
        for shop in opened.house.shops.values():
            shop.place_order({f"A{SCRIPT}": 2})
        opened.house.settle()
        yield opened


@pytest.fixture
def there(whole: Site) -> Site:
    """An hour later, so that nobody is held up for what others tried."""
    whole.house.clock.shift(timedelta(hours=1))
    return whole


def all_answers(there: Site) -> Iterator[Seen]:
    app = there.house.app
    leave_out = frozenset({"/out", "/settings/store/leave"})
    stranger = there.stranger()
    yield from walk(stranger, [one for who in Who for one in addresses(app, who)])
    for key in ("chairs", "tents"):
        there.house.clock.shift(timedelta(hours=1))
        routes = addresses(app, Who.OWNER, ids_of(there, key)) + addresses(app, Who.ANYONE)
        yield from walk(there.owner(key), routes, leave_out=leave_out)
    there.house.clock.shift(timedelta(hours=1))
    yield from walk(there.operator(), addresses(app, Who.OPERATOR))
    owner = there.owner("chairs")
    yield from (owner.get(path) for path in ("/settings/backorders/products", "/settings/supplies?q=%3Cscript%3E"))


@pytest.fixture(scope="module")
def answers(whole: Site) -> list[Seen]:
    return list(all_answers(whole))


def faults(seen: Seen) -> Iterator[str]:
    """What of a page a strict policy would have to stop, and what the policy itself allows too much."""
    policy = seen.headers["Content-Security-Policy"]
    for word in ("unsafe-", "*", "http:", "https:", "blob:"):
        if word in policy:
            yield f"the policy says {word}"
    for wanted in ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"):
        if wanted not in policy:
            yield f"the policy lacks {wanted}"
    for tag in seen.soup.find_all():
        for name, value in tag.attrs.items():
            if name.lower().startswith("on") or name.lower() in {"style", "srcdoc", "formaction"}:
                yield f"<{tag.name} {name}>"
            if name in {"href", "src", "action"} and not str(value).startswith(("/", "#", "?")):
                yield f"<{tag.name} {name}={value}>"
        inline = tag.name == "script" and not tag.get("src")
        if inline or tag.name in {"style", "iframe", "object", "embed", "base"}:
            yield f"<{tag.name}>"


def test_no_page_holds_or_loads_what_a_strict_policy_forbids(answers: list[Seen]) -> None:
    pages = [seen for seen in answers if is_html(seen) and seen.status not in {301, 302, 303, 308}]
    assert len(pages) > 60
    assert {(seen.path, fault) for seen in pages for fault in faults(seen)} == set()


def test_texts_of_a_shop_are_shown_as_the_text_that_they_are(answers: list[Seen]) -> None:
    shown = [seen for seen in answers if "alert(" in seen.html]
    assert len({seen.path for seen in shown}) > 3, "the texts are on pages at all"
    assert [seen.path for seen in shown if is_html(seen) and seen.soup.find("img", src="x")] == []


def test_nothing_that_was_asked_ends_in_an_error_of_ours(answers: list[Seen]) -> None:
    assert [(seen.path, seen.status) for seen in answers if seen.status >= 500] == []


def test_every_answer_says_how_it_is_to_be_handled(answers: list[Seen]) -> None:
    for seen in answers:
        assert seen.headers["X-Content-Type-Options"] == "nosniff", seen.path
        assert "Content-Security-Policy" in seen.headers, seen.path
        assert seen.headers["Cache-Control"] in {"no-store", "no-cache"}, seen.path
        assert seen.headers["Referrer-Policy"] in {"same-origin", "no-referrer"}, seen.path


# Headers.


@pytest.mark.parametrize(
    "environ",
    [
        {"HTTP_REFERER": "http://localhost/settings\r\nX-Evil: 1"},
        {"HTTP_REFERER": "http://localhost/\r\nX-Evil: 1"},
        {"HTTP_X_FORWARDED_FOR": "1.2.3.4\r\nX-Evil: 1"},
        {"HTTP_X_FORWARDED_PROTO": "https\r\nX-Evil: 1"},
        {"HTTP_X_FORWARDED_HOST": "evil.com"},
        {"HTTP_X_FORWARDED_PREFIX": "//evil.com"},
        {"HTTP_ACCEPT_LANGUAGE": "de\r\nX-Evil: 1"},
        {"HTTP_AUTHORIZATION": "Bearer x\r\nX-Evil: 1"},
    ],
)
@pytest.mark.parametrize("path", ["/", "/in", "/settings", "/nowhere", "/settings/supplies"])
def test_a_header_that_holds_another_stays_one(there: Site, environ: Mapping[str, str], path: str) -> None:
    owner = there.owner()
    for answer in (
        owner.client.get(path, environ_overrides=dict(environ)),
        owner.client.post("/language", data={"language": "de"}, environ_overrides=dict(environ)),
    ):
        assert_whole(answer)
        assert answer.status_code < 500


@pytest.mark.parametrize(
    "path",
    [
        "/install/woo%0d%0aX-Evil:1",
        "/install?invitation=x%0d%0aX-Evil:%201",
        "/install/shopify?shop=x%0d%0aX-Evil:%201&embedded=1",
        "/install/shopify?hmac=x%0d%0aX-Evil:%201",
        "/install/woocommerce/back?user_id=x%0d%0aX-Evil:%201",
        "/settings?locale=de%0d%0aX-Evil:%201",
        "/settings?embedded=1&to=/%0d%0aX-Evil:%201",
        "/in/x%0d%0aX-Evil:%201",
        "/settings/backorders.csv?q=%0d%0aX-Evil:%201",
        "/settings%0d%0aX-Evil:1",
    ],
)
def test_an_address_that_holds_a_header_makes_none(there: Site, path: str) -> None:
    for browser in (there.stranger(), there.owner()):
        answer = browser.client.get(path)
        assert_whole(answer)
        assert answer.status_code < 500


def assert_whole(answer: Any) -> None:
    assert "X-Evil" not in answer.headers
    assert not any(sign in value for _, value in answer.headers for sign in "\r\n\x00")
    assert "evil.com" not in answer.headers.get("Location", "")


# Files.


@pytest.mark.parametrize("root", ["/static", "/bootstrap/static"])
@pytest.mark.parametrize(
    "path",
    [
        "../app.py",
        "..%2fapp.py",
        "%2e%2e/app.py",
        "%2e%2e%2fapp.py",
        "..\\app.py",
        "....//app.py",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "%00",
        "app.css%00.py",
        "../../../pyproject.toml",
        ".",
        "",
    ],
)
def test_no_file_is_shown_but_those_of_the_pages(there: Site, root: str, path: str) -> None:
    answer = there.stranger().client.get(f"{root}/{path}")
    assert answer.status_code in {301, 308, 400, 404}
    assert b"import" not in answer.get_data()


def test_what_pages_load_is_served_here(there: Site) -> None:
    page = there.stranger().get("/in")
    loaded = [str(one["href"]) for one in page.soup.select("link[rel=stylesheet]")]
    assert loaded
    for address in loaded:
        answer = there.stranger().client.get(address, buffered=True)
        assert (answer.status_code, answer.mimetype) == (200, "text/css")


# The language.


@pytest.mark.parametrize(
    ("referrer", "back"),
    [
        ("http://localhost/settings/supplies?q=oak", "/settings/supplies?q=oak"),
        ("http://localhost/settings/supplies?q=a%20b%26c", "/settings/supplies?q=a+b%26c"),
        ("http://localhost/in", "/in"),
        ("http://localhost/install/woocommerce/keys", "/"),  # a form that was sent: there is nothing to look at
        ("http://localhost/out", "/"),
        ("http://localhost/nowhere", "/"),
        ("http://localhost//evil.com", "/"),
        ("http://localhost/\\evil.com", "/"),
        ("http://localhost/\t/evil.com", "/"),
        ("http://localhost/.//evil.com", "/"),
        ("http://localhost@evil.com/in", "/"),
        ("http://localhost.evil.com/in", "/"),
        ("https://evil.com/in", "/"),
        ("//evil.com/in", "/"),
        ("javascript:alert(1)", "/"),
        ("http://[", "/"),
        ("", "/"),
    ],
)
def test_after_picking_a_language_one_is_where_one_was_and_never_elsewhere(
    there: Site, referrer: str, back: str
) -> None:
    seen = there.stranger().post("/language", {"language": "de"}, headers={"Referer": referrer})
    assert (seen.status, seen.location) == (302, back)


@pytest.mark.parametrize("language", ["", "xx", "de\r\nX-Evil: 1", "../../etc", "x" * 5_000, "\x00"])
def test_a_language_that_we_do_not_speak_is_not_kept(there: Site, language: str) -> None:
    browser = there.stranger()
    assert browser.post("/language", {"language": language}).status == 302
    assert browser.client.get_cookie("backorder_language") is None


@pytest.mark.parametrize("value", ["xx", "../../de", "%00", "de-DE"])
def test_a_language_cookie_that_is_none_of_ours_is_overlooked(there: Site, value: str) -> None:
    browser = there.stranger()
    browser.client.set_cookie("backorder_language", value)
    assert browser.get("/in").soup.select("html[lang=en]") != []


# Errors.


@pytest.mark.parametrize(
    ("path", "accept", "kind"),
    [
        ("/settings/nowhere", "text/html", "text/html"),
        ("/settings/nowhere", "*/*", "text/html"),
        ("/nowhere", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "text/html"),
        ("/nowhere", "*/*", "text/plain"),
        ("/webhooks/woocommerce/nobody", "text/html", "text/plain"),
        ("/storefront/nowhere", "text/html", "application/json"),
        ("/healthz/nowhere", "*/*", "application/json"),
        ("/static/nowhere.css", "text/css,*/*;q=0.1", "text/plain"),
    ],
)
def test_an_error_is_a_page_for_people_and_plain_for_programs(there: Site, path: str, accept: str, kind: str) -> None:
    answer = there.stranger().client.get(path, headers={"Accept": accept, "Accept-Language": "de"})
    assert (answer.status_code // 100, answer.mimetype) == (4, kind)
    if kind == "text/html":
        assert b'<html lang="de">' in answer.get_data()


def test_a_forged_form_is_refused_in_words_and_not_in_those_of_a_library(there: Site) -> None:
    answer = there.owner().client.post("/settings/store/pause", headers={"Accept-Language": "en"})
    assert answer.status_code == 400
    assert "This form could not be taken" in answer.get_data(as_text=True)
    assert "CSRF" not in answer.get_data(as_text=True)


def test_an_error_of_ours_logs_no_link_that_signs_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with site(tmp_path) as broken:
        browser = broken.stranger()

        def fails(*_: object) -> None:
            raise RuntimeError("a person's name")

        form = {"csrf_token": browser.token()}
        monkeypatch.setattr("connector.storage.passes.SqlPasses.use", fails)
        answer = browser.client.post("/in/a-token-nobody-used-yet", data=form)
        logged = "".join(capsys.readouterr())
        assert (answer.status_code, answer.mimetype) == (500, "text/html")
        assert "web_request_failed" in logged
        assert "/in/<token>" in logged
        assert "a-token-nobody-used-yet" not in logged
        assert "a person's name" not in logged + answer.get_data(as_text=True)
