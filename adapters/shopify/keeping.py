"""Keys that lapse: when they do, new ones in their place, and giving them back."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from datetime import datetime

from adapters.reader import Reader
from adapters.shopify.domain import exact_domain
from adapters.shopify.installation import Installation
from adapters.shopify.oauth import NOT_OUR_APP, GrantRefused, by_refresh, not_accepted
from connector.ports.failures import OwnerMustAct
from connector.ports.sentence import Sentence

GONE = frozenset({"APP_NOT_FOUND", "APP_NOT_INSTALLED"})
UNINSTALL = Sentence("Uninstall the app in the shop's admin, under Settings, Apps, if it still stands there.")
OWN_KEYS = Sentence(
    "The keys that were entered here are your own app's and still work: if nothing else uses that app, uninstall it in"
    " the shop's admin, or change its client secret in the Dev Dashboard."
)


def lapses(options: Mapping[str, object]) -> datetime | None:
    until = options.get("access_token_until")
    return Reader(until, "access_token_until").utc() if until else None


def renew(setup: Installation, options: Mapping[str, object], now: datetime) -> Mapping[str, object]:
    """All options, with the new pair in them.  The old pair stays good until the new one is used, so nothing is lost
    where the answer does not arrive or is not stored.
    """
    if lapses(options) is None:
        return dict(options)
    if not setup.app.client_id:
        raise not_accepted()
    with closing(setup.channel(_shop(options))) as channel:
        try:
            bought = by_refresh(channel, setup.app, str(options["refresh_token"]), now)
        except GrantRefused as refused:
            raise (not_accepted() if refused.code in NOT_OUR_APP else _ended(refused)) from None
    return {**options, **setup.carried, **bought.options()}


def revoke(setup: Installation, options: Mapping[str, object]) -> str:
    """Uninstall the app: its tokens end with it.  An owner's own app is not ours to uninstall, since an old one could
    never be made again; only what our app was granted bears its scopes.
    """
    if "scopes" not in options:
        return OWN_KEYS
    try:
        now, until = setup.clock(), lapses(options)
        fresh = options if until is None or now < until else renew(setup, options, now)
        with closing(setup.channel(_shop(options))) as channel:
            payload = setup.admin(channel, str(fresh["access_token"])).write("Uninstall", {}, act="read")
            errors = [error["code"].text_or("") for error in payload.need("appUninstall")["userErrors"]]
    except OwnerMustAct:
        return UNINSTALL
    return UNINSTALL if set(errors) - GONE else ""


def _shop(options: Mapping[str, object]) -> str:
    shop = exact_domain(str(options["shop"]))
    if shop is None:
        raise OwnerMustAct(
            "read", Sentence("The keys of this store name no shop."), Sentence("Connect the store again.")
        )
    return shop


def _ended(refused: GrantRefused) -> OwnerMustAct:
    return OwnerMustAct(
        "read",
        Sentence("Shopify no longer renews this service's access to the shop: %(refused)s.", refused=refused.said),
        Sentence("Open the app in the shop's admin again, and it gets new keys."),
    )
