"""``backorder doctor`` for one Shopify store: the token, the rights, the API version, the locations and the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from adapters.shopify.admin import Admin
from connector.ports.failures import Failure, OwnerMustAct
from connector.ports.sentence import N_, Sentence
from connector.ports.storefront import Finding

NEEDED_SCOPES = {
    "write_products": N_("flags and dates cannot be written to variants"),
    "read_inventory": N_("stock numbers cannot be read"),
    "read_locations": N_("stock cannot be told apart by location"),
    "write_orders": N_("orders cannot be read or marked"),
}
"""What does not work without each right; ``write_x`` brings ``read_x`` with it."""
OPTIONAL_SCOPES = {
    "write_order_edits": N_(
        "Without it, nobody can take an alternative, and unpaid units are taken off as a refund of nothing."
    ),
    "write_merchant_managed_fulfillment_orders": N_(
        "Without it, holds are off: nothing keeps the warehouse from sending what should wait."
    ),
    "write_app_proxy": N_("Without it, the restock form has no address in the shop."),
    "read_all_orders": N_("Without it, lists of orders go back 60 days; older ones are still read one by one, by id."),
}
CLOCK_TOLERANCE = timedelta(seconds=60)


def check(admin: Admin, shop: str, now: datetime) -> Iterator[Finding]:
    """Never raises for what it finds; stops at the first answer that makes all others pointless."""
    try:
        info = admin.read("ShopInfo").need("shop")
        domain = info["myshopifyDomain"].text()
        said = Sentence(
            "%(shop)s (%(domain)s), time zone %(zone)s.",
            shop=info["name"].text(),
            domain=domain,
            zone=info["ianaTimezone"].text(),
        )
    except Failure as failure:
        yield _failed(Sentence("The shop answers"), failure)
        return
    fix = (
        ""
        if domain == shop
        else Sentence("Enter %(domain)s as the shop, or the token of %(shop)s.", domain=domain, shop=shop)
    )
    yield Finding(Sentence("The shop answers"), not fix, said, fix)
    yield _version(admin)
    yield _clock(admin, now)
    yield from _guarded(Sentence("Rights of the app"), lambda: _scopes(admin))
    yield from _guarded(Sentence("Locations"), lambda: _locations(admin))


def granted_scopes(admin: Admin) -> tuple[str, ...]:
    """What the shop says that this app may do."""
    listed = admin.read("Scopes").need("currentAppInstallation", "accessScopes")
    return tuple(scope["handle"].text() for scope in listed)


def missing_scopes(granted: Iterable[str], wanted: Iterable[str]) -> tuple[str, ...]:
    """What is wanted and was not granted; a right to write is one to read."""
    given = set(granted)
    given |= {f"read_{scope.removeprefix('write_')}" for scope in given if scope.startswith("write_")}
    return tuple(scope for scope in wanted if scope not in given)


def _version(admin: Admin) -> Finding:
    asked, answered = admin.version, admin.answered_version
    if answered in {"", asked}:
        return Finding(Sentence("API version"), ok=True, said=f"{asked}.")
    return Finding(
        Sentence("API version"),
        ok=False,
        said=Sentence(
            "Asked for %(asked)s, Shopify answered with %(answered)s: the version asked for is no longer served.",
            asked=asked,
            answered=answered,
        ),
        fix=Sentence("Upgrade this service, or set api_version to %(answered)s.", answered=answered),
    )


def _clock(admin: Admin, now: datetime) -> Finding:
    if admin.answered_at is None:
        return Finding(Sentence("Clock"), ok=True, said=Sentence("The shop does not say what time it is."))
    skew = abs(admin.answered_at - now)
    fix = "" if skew <= CLOCK_TOLERANCE else Sentence("Set this machine's clock by a time server.")
    return Finding(
        Sentence("Clock"),
        not fix,
        Sentence("%(seconds)s seconds from the shop's.", seconds=f"{skew.total_seconds():.0f}"),
        fix,
    )


def _scopes(admin: Admin) -> Iterator[Finding]:
    granted = granted_scopes(admin)
    missing = missing_scopes(granted, NEEDED_SCOPES)
    for scope, why in ((scope, NEEDED_SCOPES[scope]) for scope in missing):
        yield Finding(
            Sentence("Right %(scope)s", scope=scope),
            ok=False,
            said=Sentence("Missing: %(why)s.", why=Sentence(why)),
            fix=Sentence("Grant %(scope)s to the app in the Dev Dashboard.", scope=scope),
        )
    if not missing:
        yield Finding(
            Sentence("Rights of the app"),
            ok=True,
            said=Sentence("All that is needed: %(rights)s.", rights=", ".join(NEEDED_SCOPES)),
        )
    for scope, why in OPTIONAL_SCOPES.items():
        yield Finding(
            Sentence("Right %(scope)s", scope=scope),
            ok=True,
            said=Sentence("Granted.") if scope in granted else Sentence("Not granted. %(why)s", why=Sentence(why)),
        )


def _locations(admin: Admin) -> Iterator[Finding]:
    nodes = admin.read("Locations").need("locations", "nodes").items()
    counted = [one["name"].text() for one in nodes if one["isActive"].flag() and one["fulfillsOnlineOrders"].flag()]
    fix = ""
    if counted:
        said = Sentence("Stock is counted in %(places)s.", places=", ".join(counted))
    else:
        said = Sentence("No location fulfils online orders.")
        fix = Sentence("Let one location fulfil online orders: Settings, Locations, in the shop's admin.")
    yield Finding(
        Sentence("Locations"),
        bool(counted),
        Sentence("%(said)s %(count)s others are left out.", said=said, count=len(nodes) - len(counted)),
        fix,
    )


def _guarded(what: str, find: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from find()
    except Failure as failure:
        yield _failed(what, failure)


def _failed(what: str, failure: Failure) -> Finding:
    if isinstance(failure, OwnerMustAct):
        return Finding(what, ok=False, said=failure.problem, fix=failure.fix)
    return Finding(
        what, ok=False, said=failure.said, fix=Sentence("Try again in some minutes; if it stays, check the address.")
    )
