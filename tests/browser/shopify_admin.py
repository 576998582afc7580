"""Shopify's own addresses, answered for by the sandbox shop: the admin that frames the app, and App Bridge."""

from __future__ import annotations

from urllib.parse import urlsplit

import requests
from browser.live import Live
from browser.watch import Watch
from playwright.sync_api import Page, Route

APP_BRIDGE = "cdn.shopify.com"


def stands_in_for_shopify(page: Page, service: Live, domain: str, watch: Watch) -> None:
    """Answers for the admin of a shop and for App Bridge, and for nothing else of Shopify's."""

    def answer(route: Route) -> None:
        parts = urlsplit(route.request.url)
        told = requests.get(f"{service.shopify_url}{parts.path}?{parts.query}", timeout=60)
        route.fulfill(status=told.status_code, headers=dict(told.headers), body=told.content)

    watch.played |= {domain, APP_BRIDGE}
    lets_frame_this_machine(page, domain)
    page.route(f"https://{domain}/**", answer)
    page.route(f"https://{APP_BRIDGE}/**", answer)


def lets_frame_this_machine(page: Page, domain: str) -> None:
    """Else Chromium asks the person first, since the page around claims to be of the internet."""
    page.context.grant_permissions(["local-network-access"], origin=f"https://{domain}")
