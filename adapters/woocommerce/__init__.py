"""WooCommerce as a platform."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

from adapters.manifest import load_manifest
from adapters.woocommerce import outbound
from adapters.woocommerce.address import identity
from adapters.woocommerce.authenticate import authenticate, envelope
from adapters.woocommerce.client import WooStorefront, channel_to
from adapters.woocommerce.inbound import translate
from connector.domain.availability import Availability
from connector.domain.facts import Translation
from connector.ports.budgets import BucketKeeper
from connector.ports.storefront import Envelope, Platform, Storefront, Verdict

# How the *other* half of a pair of keys begins: the two are easily pasted into each other's place.
SWAPPED = {"consumer_key": "cs_", "consumer_secret": "ck_"}
SWITCH = "order_status"
LONGEST_TIMEOUT = 600  # seconds


class WooCommerce:
    """A ``Platform``."""

    name = "woocommerce"

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
        options = _with_switches(options)
        found = list(self._manifest.problems(options))
        if found:
            return found
        for key, beginning in SWAPPED.items():
            if str(options[key]).startswith(beginning):
                found.append((key, f"begins with {beginning}: key and secret stand in each other's place"))
        timeout = float(str(self._manifest.with_defaults(options)["timeout"]))
        if not 1 <= timeout <= LONGEST_TIMEOUT:
            found.append(("timeout", f"is not between 1 and {LONGEST_TIMEOUT} seconds"))
        return found

    def shop(self, options: Mapping[str, object]) -> str:
        """The canonical address: two spellings of it are the same shop."""
        return identity(str(options["url"]))

    def connect(
        self, options: Mapping[str, object], *, allow_private: bool, budget: BucketKeeper | None = None
    ) -> Storefront:
        """Options that passed ``problems``.  There is no budget: the shop says when it has had enough."""
        del budget
        full = self._manifest.with_defaults(_with_switches(options))
        channel = channel_to(
            str(full["url"]),
            str(full["consumer_key"]),
            str(full["consumer_secret"]),
            timeout=float(str(full["timeout"])),
            allow_private=allow_private,
        )
        return WooStorefront(channel, order_status=full["order_status"] == "yes")


def _with_switches(options: Mapping[str, object]) -> Mapping[str, object]:
    """In a file a switch may be written ``true``; the form has the words."""
    written = options.get(SWITCH)
    return {**options, SWITCH: "yes" if written else "no"} if isinstance(written, bool) else options


def platform() -> Platform:
    return WooCommerce()
