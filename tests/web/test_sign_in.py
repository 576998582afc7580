"""Signing in, being signed in, and not being it any more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from connecting import is_inside
from house import CONFIG, house
from site_house import PASSWORD, WEB, Browser, Site, site

from connector.bootstrap.store_jobs import store_jobs
from connector.ports.accounts import PassKind
from connector.services.passes import LINK_LASTS, digest, new_pass

TOKEN = "operator-token-of-at-least-32-characters"
HTTPS = CONFIG.replace("http://127.0.0.1:8000", "https://backorder.example.com")
SESSION = "backorder_session"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("sign_in")) as opened:
        opened.house.connect()
        yield opened


@pytest.fixture
def there(whole: Site) -> Site:
    """An hour later, so that nobody is held up for what others tried."""
    whole.house.clock.shift(timedelta(hours=1))
    return whole


def link(there: Site, store: str = "chairs", kind: PassKind = PassKind.LINK) -> str:
    service = there.house.service
    return new_pass(service.work, kind, now=service.clock(), lasts=LINK_LASTS, store=store)


def cookie(browser: Browser, name: str = SESSION) -> str:
    found = browser.client.get_cookie(name)
    return found.value if found is not None else ""


def put_cookie(browser: Browser, value: str) -> None:
    browser.client.set_cookie(SESSION, value)


def told(there: Site, store: str) -> list[str]:
    with there.house.service.work(read_only=True) as uow:
        return [one.entry.kind for one in uow.journal.walk(store)]


# By a link.


def test_a_link_signs_in_once_and_looking_at_it_uses_nothing_up(there: Site) -> None:
    token = link(there)
    scanner, owner, thief = there.stranger(), there.stranger(), there.stranger()
    for _ in range(3):
        assert scanner.get(f"/in/{token}").status == 200
    assert not is_inside(scanner)
    assert owner.post(f"/in/{token}").location == "/settings"
    assert is_inside(owner)
    assert thief.post(f"/in/{token}").status == 403
    assert not is_inside(thief)


def test_a_link_is_too_old_after_a_quarter_of_an_hour(there: Site) -> None:
    token = link(there)
    there.house.clock.shift(LINK_LASTS)
    seen = there.stranger().post(f"/in/{token}")
    assert (seen.status, "This link does not work any more" in seen.text) == (403, True)


@pytest.mark.parametrize("token", ["x", "x" * 5_000, "%00", "%0d%0aSet-Cookie:x=1", "ü", "..", "%2e%2e"])
def test_a_wrong_link_signs_nobody_in(there: Site, token: str) -> None:
    browser = there.stranger()
    assert browser.post(f"/in/{token}").status in {403, 404, 405}
    assert not is_inside(browser)


def test_an_invitation_is_no_link_that_signs_in(there: Site) -> None:
    assert there.stranger().post(f"/in/{link(there, kind=PassKind.INVITATION)}").status == 403


def test_an_operator_makes_a_link_for_an_owner_and_the_journal_says_so(there: Site) -> None:
    operator = there.operator()
    shown = operator.follow(operator.post("/admin/link", {"store": "tents"})).text
    path = shown.partition("/in/")[2].split()[0]
    owner = there.stranger()
    assert owner.post(f"/in/{path}").location == "/settings"
    assert "Tents" in owner.get("/settings").html or "sandbox.myshopify.com" in owner.get("/settings").html
    assert "link_made" in told(there, "tents")
    assert operator.post("/admin/link", {"store": "nobody"}).status == 404


# As operator.


@pytest.mark.parametrize("secret", [PASSWORD, TOKEN])
def test_an_operator_comes_in_with_the_password_or_the_token(there: Site, secret: str) -> None:
    browser = there.stranger()
    assert browser.post("/admin/in", {"password": secret}).location == "/admin"
    assert browser.get("/admin").status == 200


@pytest.mark.parametrize(
    "given", ["", "wrong", PASSWORD + "x", PASSWORD.upper(), TOKEN[:-1], "\x00", f"{TOKEN}\x00", "x" * 500_000, "ü🪑"]
)
def test_nobody_else_does(there: Site, given: str) -> None:
    there.house.clock.shift(timedelta(minutes=1))
    browser = there.stranger()
    seen = browser.post("/admin/in", {"password": given})
    assert (seen.status, "neither the password nor the token" in seen.text) == (403, True)
    assert given == "" or given not in seen.html
    assert browser.get("/admin").location == "/admin/in"


@pytest.mark.parametrize("given", ["", "None", "x"])
def test_where_no_operator_is_set_up_nobody_is_one(tmp_path: Path, given: str) -> None:
    with house(tmp_path) as built:
        browser = Site(built).stranger()
        assert "No operator is set up yet" in browser.get("/admin/in").text
        assert browser.post("/admin/in", {"password": given}).status == 403


def test_the_operator_looks_at_a_store_and_its_journal_says_so(there: Site) -> None:
    operator = there.operator()
    assert operator.get("/settings").location == "/admin"
    before = told(there, "tents").count("operator_looked")
    assert operator.post("/admin/look", {"store": "tents"}).location == "/settings"
    assert operator.get("/settings").status == 200
    assert told(there, "tents").count("operator_looked") == before + 1
    assert operator.post("/admin/look", {"store": "nobody"}).status == 404


# Trying too often.


@pytest.mark.parametrize("path", ["/in/wrong", "/admin/in", "/install/woocommerce", "/install/woocommerce/keys"])
def test_who_tries_too_often_waits_and_nobody_else_does(there: Site, path: str) -> None:
    browser = there.stranger()
    answers = [browser.post(path).status for _ in range(20)]
    assert 429 not in answers
    seen = browser.post(path, headers={"Accept-Language": "de"})
    assert (seen.status, seen.soup.select("html[lang=de] main h1") != []) == (429, True)
    assert there.stranger().post(path, headers={"X-Forwarded-For": "192.0.2.7"}).status != 429
    there.house.clock.shift(timedelta(minutes=1))
    assert browser.post(path).status != 429


def tries(browser: Browser, count: int) -> list[int]:
    form = {"csrf_token": browser.token()}
    return [browser.client.post("/in/wrong", data=form).status_code for _ in range(count)]


def test_slowly_but_without_end_is_too_often_too(there: Site) -> None:
    browser = there.stranger()
    answers: list[int] = []
    for _ in range(11):
        answers += tries(browser, 20)
        there.house.clock.shift(timedelta(minutes=1))
    assert answers.index(429) == 200


def test_two_services_in_one_process_count_apart(there: Site, tmp_path: Path) -> None:
    browser = there.stranger()
    with site(tmp_path) as other:
        assert tries(browser, 21)[-1] == 429
        assert tries(other.stranger(), 1) == [403]
        assert tries(browser, 1) == [429]


# The session.


def test_a_cookie_that_was_planted_before_signing_in_is_worth_nothing_after_it(there: Site) -> None:
    victim, thief = there.stranger(), there.stranger()
    for browser in (victim, thief):
        put_cookie(browser, "planted-by-somebody-else")
    victim.post(f"/in/{link(there)}")
    assert cookie(victim) != "planted-by-somebody-else"
    assert is_inside(victim)
    assert not is_inside(thief)


def test_signing_in_ends_the_session_before_it(there: Site) -> None:
    browser, thief = there.owner("chairs"), there.stranger()
    put_cookie(thief, cookie(browser))
    assert is_inside(thief)
    browser.post(f"/in/{link(there, 'tents')}")
    assert not is_inside(thief)


@pytest.mark.parametrize("step", ["in", "out"])
def test_forms_of_before_are_worth_nothing_after_signing_in_or_out(there: Site, step: str) -> None:
    browser = there.stranger() if step == "in" else there.owner()
    before = browser.token()
    browser.post(f"/in/{link(there)}" if step == "in" else "/out")
    assert browser.client.post("/language", data={"language": "de", "csrf_token": before}).status_code == 400
    assert browser.post("/language", {"language": "de"}).status == 302


def test_what_the_database_holds_opens_nothing(there: Site) -> None:
    owner, thief = there.owner(), there.stranger()
    put_cookie(thief, digest(cookie(owner)))
    assert is_inside(owner)
    assert not is_inside(thief)


@pytest.mark.parametrize("value", ["", "x", "x" * 3_000, "'; drop table sessions; --", "%00"])
def test_a_cookie_that_is_none_of_ours_signs_nobody_in(there: Site, value: str) -> None:
    browser = there.stranger()
    put_cookie(browser, value)
    assert browser.get("/settings").location == "/in"


def test_a_session_ends_after_its_hours(there: Site) -> None:
    browser = there.owner()
    there.house.clock.shift(timedelta(hours=12, seconds=-1))
    assert is_inside(browser)
    there.house.clock.shift(timedelta(seconds=1))
    assert not is_inside(browser)


def test_signing_out_ends_the_session_and_not_only_the_cookie(there: Site) -> None:
    browser, copy = there.owner(), there.stranger()
    put_cookie(copy, cookie(browser))
    assert browser.post("/out").location == "/in"
    assert cookie(browser) == ""
    assert not is_inside(copy)


def test_ending_all_sessions_of_a_store_ends_its_owners_and_no_others(there: Site) -> None:
    chairs, tents, operator = there.owner("chairs"), there.owner("tents"), there.operator()
    operator.post("/admin/look", {"store": "chairs"})
    with there.house.service.work() as uow:
        uow.sessions.end_all("chairs")
        uow.commit()
    assert (is_inside(chairs), is_inside(tents)) == (False, True)
    assert (operator.get("/admin").status, operator.get("/settings").location) == (200, "/admin")


def test_a_store_that_is_disconnected_signs_its_owner_out(tmp_path: Path) -> None:
    with site(tmp_path) as there:
        there.house.connect()
        chairs, tents = there.owner("chairs"), there.owner("tents")
        chairs.post("/settings/store/leave", {"sure": "yes", "flags": "keep"})
        jobs = {job.name: job for job in store_jobs(there.house.service)}
        jobs["leave"].verb(there.house.store("chairs"))
        assert (is_inside(chairs), is_inside(tents)) == (False, True)


def flags(headers: Iterable[str]) -> dict[str, tuple[bool, bool, str, str]]:
    found: dict[str, tuple[bool, bool, str, str]] = {}
    for header in headers:
        for name, one in SimpleCookie(header).items():
            found[name] = (bool(one["httponly"]), bool(one["secure"]), one["samesite"], one["domain"])
    return found


@pytest.mark.parametrize("secure", [True, False])
def test_cookies_are_for_our_host_alone_and_for_no_script(tmp_path: Path, *, secure: bool) -> None:
    with site(tmp_path, HTTPS if secure else CONFIG) as there:
        scheme = "https" if secure else "http"
        browser = there.stranger()
        ours = {"base_url": f"{scheme}://localhost", "headers": {"Referer": f"{scheme}://localhost/in"}}
        token = browser.get("/in", **ours).soup.select("input[name=csrf_token]")[0]["value"]
        seen = [
            browser.client.post(path, data={**form, "csrf_token": token}, **ours)
            for path, form in (("/language", {"language": "de"}), (f"/in/{link(there)}", {}))
        ]
        found = flags(header for one in seen for header in one.headers.getlist("Set-Cookie"))
        assert found.keys() == {"backorder_session", "backorder_language", "backorder_form"}
        assert set(found.values()) == {(True, secure, "Lax", "")}


def test_over_https_a_form_needs_a_page_of_ours_to_have_stood_on(tmp_path: Path) -> None:
    with site(tmp_path, HTTPS) as there:
        browser = there.stranger()
        page = browser.get("/in", base_url="https://localhost")
        assert page.headers["Referrer-Policy"] == "same-origin", "else no browser would say where a form stood"
        form = {"language": "de", "csrf_token": page.soup.select("input[name=csrf_token]")[0]["value"]}
        answers = [
            browser.client.post("/language", base_url="https://localhost", data=form, headers=headers).status_code
            for headers in ({"Referer": "https://localhost/in"}, {"Referer": "https://evil.com/"}, {})
        ]
        assert answers == [302, 400, 400]


def test_the_operators_secrets_stand_on_no_page(there: Site) -> None:
    operator = there.operator()
    html = "".join(operator.get(path).html for path in ("/admin", "/admin/jobs", "/admin/in"))
    hashed = WEB.partition('hash = "')[2].partition('"')[0]
    assert not any(secret in html for secret in (PASSWORD, TOKEN, hashed))
