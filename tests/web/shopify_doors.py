"""Shopify's ways into the service: configs of each, and an owner who walks through them."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests
from connecting import CLOSED, behind_host, way_to_shop
from site_house import Browser, Seen, Site

from adapters.shopify.sandbox import launch

DOMAIN = "sandbox.myshopify.com"
APP = 'client_id = "sandbox"\nclient_secret = "shpss_sandbox"\nadmin_url = "{shopify}"\n'
CODE = CLOSED.replace("[sync]", f'[install.shopify]\nway = "code"\n{APP}[sync]')
EMBEDDED = CLOSED.replace("[sync]", f'[install.shopify]\nway = "embedded"\n{APP}[sync]')
OWN = CLOSED.replace("[sync]", '[install.shopify]\nadmin_url = "{shopify}"\n[sync]')
OWN_OPEN = OWN.replace("[install.shopify]", "[install]\nopen = true\n[install.shopify]")


def launch_link(there: Site) -> str:
    """What the owner's browser is sent to who opens the app."""
    return behind_host(
        there.house.shopify.install_link(f"{there.house.service.settings.server.public_url}/install/shopify")
    )


def answer_of(away: Seen, what: str = "approve") -> str:
    """The owner's answer on the page that they are sent to; gives where the browser is sent back to."""
    answer = requests.get(way_to_shop(away).replace("/authorize?", f"/{what}?"), allow_redirects=False, timeout=60)
    assert answer.status_code == 302, answer.text
    return behind_host(answer.headers["Location"])


def altered(address: str, **values: str | None) -> str:
    """The same address with other values in its query; None takes one out."""
    parts = urlsplit(address)
    query = [(key, values.get(key, value)) for key, value in parse_qsl(parts.query, keep_blank_values=True)]
    return parts._replace(query=urlencode([(key, value) for key, value in query if value is not None])).geturl()


def connect_by_code(there: Site, browser: Browser) -> Seen:
    return browser.get(answer_of(browser.get(launch_link(there))))


def framed(there: Site, **changed: str | None) -> dict[str, str]:
    """The query with which the admin opens our page in its frame."""
    query = dict(parse_qsl(urlsplit(launch.embedded_link(there.house.shopify)).query))
    return {key: value for key, value in {**query, **changed}.items() if value is not None}


def open_framed(browser: Browser, query: Mapping[str, str]) -> Seen:
    """Open the app in the admin, with a browser that keeps no cookie in a frame, and go where it leads."""
    seen = browser.get("/install/shopify", query_string=dict(query))
    browser.client.delete_cookie("backorder_form")
    return browser.get(seen.location) if seen.status == 302 else seen


def bearer(there: Site, user: str = "1", **claims: object) -> dict[str, str]:
    return {"Authorization": f"Bearer {there.house.shopify.session_token(user, **claims)}"}
