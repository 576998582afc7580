"""Shopify as a platform."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

from adapters.manifest import load_manifest
from adapters.shopify import outbound
from adapters.shopify.app_proxy import proxied
from adapters.shopify.authenticate import authenticate, envelope
from adapters.shopify.client import open_storefront
from adapters.shopify.inbound import translate
from adapters.shopify.vendor import shop_domain, version_is_known
from connector.domain.availability import Availability
from connector.domain.facts import Translation
from connector.ports.budgets import BucketKeeper
from connector.ports.storefront import Envelope, Platform, Storefront, Verdict


class Shopify:
    """A ``Platform``, and one that ``PassesVisitorsOn``."""

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

    def shop(self, options: Mapping[str, object]) -> str:
        """The shop's own domain, which stays when the one that shoppers see changes."""
        given = str(options["shop"])
        return shop_domain(given) or given.strip().lower()

    def connect(
        self, options: Mapping[str, object], *, allow_private: bool, budget: BucketKeeper | None = None
    ) -> Storefront:
        """Options that passed ``problems``, or that the installer gave."""
        full = self._manifest.with_defaults(options)
        return open_storefront(full, shop=self.shop(options), allow_private=allow_private, budget=budget)

    def storefront_visitor(self, query: Sequence[tuple[str, str]], secrets: Sequence[str], now: datetime) -> str | None:
        return proxied(query, secrets, now)


def platform() -> Platform:
    return Shopify()
