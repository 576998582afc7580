"""Shopify as a platform."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

from adapters.http import Budget, Channel
from adapters.manifest import load_manifest
from adapters.shopify import outbound
from adapters.shopify.admin import Admin
from adapters.shopify.authenticate import authenticate, envelope
from adapters.shopify.client import ShopifyStorefront
from adapters.shopify.inbound import translate
from adapters.shopify.tokens import FixedToken, GrantedToken, Tokens
from adapters.shopify.vendor import shop_domain, version_is_known
from connector.domain.availability import Availability
from connector.domain.facts import Translation
from connector.ports.clock import system_clock
from connector.ports.storefront import Envelope, Platform, Storefront, Verdict

# What every plan has at least; the shop says more with each answer.
BUCKET, RESTORE = 1000.0, 100.0  # points, points a second


class Shopify:
    """A ``Platform``."""

    name = "shopify"

    def __init__(self) -> None:
        self._manifest = load_manifest(Path(__file__).parent)
        self.topics: Sequence[str] = self._manifest.topics

    def authenticate(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> Verdict:
        return authenticate(headers, body, secrets)

    def envelope(self, headers: Mapping[str, str]) -> Envelope:
        return envelope(headers)

    def translate(self, topic: str, body: bytes) -> Translation:
        return translate(topic, body)

    def fields(self, availability: Availability, message: str, today: date) -> Mapping[str, str]:
        return outbound.fields(availability, message, today)

    def problems(self, options: Mapping[str, object]) -> Iterable[tuple[str, str]]:
        """What the manifest says, and what only this platform can tell."""
        found = list(self._manifest.problems(options))
        if found:
            return found
        if shop_domain(str(options["shop"])) is None:
            found.append(("shop", "is no shop's own address: give it as example.myshopify.com"))
        if not version_is_known(str(self._manifest.with_defaults(options)["api_version"])):
            found.append(("api_version", "is no version of the Admin API: give a quarter, as in 2026-10"))
        if str(options.get("access_token") or "").startswith("shpss_"):
            found.append(
                ("access_token", "begins with shpss_, which is a client secret: access tokens begin with shpat_")
            )
        return found

    def connect(self, options: Mapping[str, object], *, allow_private: bool) -> Storefront:
        """Options that passed ``problems``."""
        full = self._manifest.with_defaults(options)
        shop = shop_domain(str(full["shop"])) or str(full["shop"])
        address = str(full.get("admin_url") or f"https://{shop}")
        channel = Channel(address, allow_private=allow_private, budget=Budget(BUCKET, RESTORE))
        admin = Admin(channel, _tokens(full, channel), str(full["api_version"]))

        def open_store(url: str) -> Channel:
            return Channel(url, allow_private=allow_private)

        return ShopifyStorefront(admin, shop, open_store)


def _tokens(options: Mapping[str, object], channel: Channel) -> Tokens:
    if options.get("access_token"):
        return FixedToken(str(options["access_token"]))
    return GrantedToken(channel, str(options["client_id"]), str(options["client_secret"]), system_clock)


def platform() -> Platform:
    return Shopify()
