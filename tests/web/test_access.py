"""Who may call what: the table against the running application, and every route tried by everybody it is not for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from site_house import Browser, Site, site

from connector.web.access import ACCESS, Who


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("access")) as opened:
        opened.house.connect()
        yield opened


def paths(app: Flask, allowed: Who) -> list[tuple[str, str]]:
    """Method and address of every route for these people, with something in each place of the address."""
    adapter = app.url_map.bind("localhost")
    found: set[tuple[str, str]] = set()
    for rule in app.url_map.iter_rules():
        if ACCESS.get(rule.endpoint) is allowed:
            values = dict.fromkeys(rule.arguments, "1")
            methods = (rule.methods or set()) & {"GET", "POST"}
            found.update((method, adapter.build(rule.endpoint, values, method=method)) for method in methods)
    return sorted(found)


def test_every_route_is_in_the_table_and_every_line_of_it_is_a_route(there: Site) -> None:
    routes = {rule.endpoint for rule in there.house.app.url_map.iter_rules()}
    assert routes == set(ACCESS)


def ask(browser: Browser, method: str, path: str) -> int:
    return (browser.get(path) if method == "GET" else browser.post(path)).status


def test_a_stranger_sees_no_page_of_an_owner_and_none_of_the_operator(there: Site) -> None:
    stranger = there.stranger()
    for allowed in (Who.OWNER, Who.OPERATOR):
        asked = {(method, path): ask(stranger, method, path) for method, path in paths(there.house.app, allowed)}
        assert len(asked) > 2
        assert {one for (method, _), one in asked.items() if method == "GET"} == {302}
        assert {one for (method, _), one in asked.items() if method == "POST"} == {403}


def test_an_owner_sees_no_page_of_the_operator(there: Site) -> None:
    owner = there.owner()
    asked = {(method, path): ask(owner, method, path) for method, path in paths(there.house.app, Who.OPERATOR)}
    assert set(asked.values()) == {302, 403}


def test_an_operator_who_looks_at_no_store_is_shown_none(there: Site) -> None:
    operator = there.operator()
    asked = {(method, path): ask(operator, method, path) for method, path in paths(there.house.app, Who.OWNER)}
    assert set(asked.values()) == {302, 403}


def test_no_form_is_taken_that_did_not_come_from_one_of_our_pages(there: Site) -> None:
    owner = there.owner()
    forged = {
        path: owner.client.post(path, data={"sure": "yes"}).status_code
        for allowed in (Who.OWNER, Who.ANYONE)
        for method, path in paths(there.house.app, allowed)
        if method == "POST"
    }
    assert len(forged) > 10
    assert set(forged.values()) == {400}


def test_a_route_that_nobody_thought_of_is_refused(tmp_path: Path) -> None:
    with site(tmp_path) as opened:
        opened.house.app.add_url_rule("/settings/new", "new.page", lambda: "all the orders")
        assert opened.owner().get("/settings/new").status == 403
