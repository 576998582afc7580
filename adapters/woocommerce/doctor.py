"""``backorder doctor`` for one shop: each right that is needed is tried, and nothing is changed by it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from adapters.http import Answer
from adapters.reader import Reader
from adapters.woocommerce.orders import BACKORDERED
from adapters.woocommerce.reading import known_statuses
from adapters.woocommerce.rest import NoRoute, NoSuch, Rest
from connector.ports.failures import Failure, OwnerMustAct
from connector.ports.sentence import Sentence
from connector.ports.storefront import Finding

OLDEST = 8  # major version of WooCommerce; the first with order tables of its own in daily use
CLOCKS_APART = timedelta(minutes=5)  # OAuth over http fails at fifteen

STATUS_FIELDS = "environment.version,settings.HPOS_enabled,active_plugins"
PLUGIN_FOLDER, PLUGIN_NAME = "backorder-connector", "backorder connector"
BACK_IN_STOCK = "settings/products/woocommerce_customer_stock_notifications_allow_signups"
MAIL_SETTINGS = Sentence("WooCommerce > Settings > Products > Customer stock notifications")
TRY_AGAIN = Sentence("Try again; if it stays, look whether the shop answers at all.")


def check(rest: Rest, now: datetime, *, order_status: bool = False) -> Iterator[Finding]:
    """Never raises for what it finds.  Stops after the first call if the shop cannot be reached at all.

    ``order_status``: orders that wait are to be given the status our plugin registers.
    """
    try:
        answer = rest.get("products", {"per_page": "1", "_fields": "id,date_modified,date_modified_gmt"})
        yield Finding(Sentence("read products"), ok=True, said=Sentence("The key may read products."))
    except Failure as failure:
        yield _failed(Sentence("read products"), failure)
        return
    yield _address(rest.channel.base_url)
    yield _clocks(answer, now)
    yield from _timezone(answer)
    yield _tried(rest, Sentence("read orders"), "orders", Sentence("The key may read orders."))
    yield _variations(rest)
    yield _tried(rest, Sentence("read webhooks"), "webhooks", Sentence("The key may read webhooks."))
    yield _write(rest)
    yield from _system(rest)
    if order_status:
        yield _status(rest)
    yield _other_notifier(rest)


def _address(base_url: str) -> Finding:
    parts = urlsplit(base_url)
    if parts.scheme == "https" or parts.hostname in {"127.0.0.1", "::1", "localhost"}:
        return Finding(
            Sentence("address"),
            ok=True,
            said=Sentence("The shop answers at %(scheme)s://%(netloc)s.", scheme=parts.scheme, netloc=parts.netloc),
        )
    return Finding(
        Sentence("address"),
        ok=False,
        said=Sentence("The shop is called over plain http, where anyone on the way can read its orders."),
        fix=Sentence("Give the shop a certificate and enter its https:// address."),
    )


def _clocks(answer: Answer, now: datetime) -> Finding:
    try:
        there = parsedate_to_datetime(answer.headers.get("Date", ""))
    except (ValueError, TypeError, IndexError):  # all of these, by the standard library, for what is no date
        return Finding(Sentence("clocks"), ok=True, said=Sentence("The shop's answers bear no date to compare."))
    apart = abs((there if there.tzinfo else there.replace(tzinfo=UTC)) - now)
    said = Sentence("The shop's clock and ours are %(seconds)s seconds apart.", seconds=f"{apart.total_seconds():.0f}")
    if apart <= CLOCKS_APART:
        return Finding(Sentence("clocks"), ok=True, said=said)
    return Finding(Sentence("clocks"), ok=False, said=said, fix=Sentence("Set both by time servers (NTP)."))


def _timezone(answer: Answer) -> Iterator[Finding]:
    """The site's own zone, seen in any product; told for the reader of dates, for all we ask is in UTC."""
    try:
        times = [(one["date_modified"].gmt(), one["date_modified_gmt"].gmt()) for one in answer.read()]
    except Failure:
        return
    for local, gmt in times:
        hours = (local - gmt).total_seconds() / 3600
        yield Finding(
            Sentence("time zone"), ok=True, said=Sentence("The shop's time is UTC%(hours)s.", hours=f"{hours:+g}")
        )


def _variations(rest: Rest) -> Finding:
    try:
        rest.get("variations", {"per_page": "1", "_fields": "id"})
    except NoRoute:
        return Finding(
            Sentence("read variations"),
            ok=False,
            said=Sentence("This WooCommerce cannot list variations across products."),
            fix=Sentence("Update WooCommerce to its present version."),
        )
    except Failure as failure:
        return _failed(Sentence("read variations"), failure)
    return Finding(Sentence("read variations"), ok=True, said=Sentence("The key may read variations."))


def _tried(rest: Rest, what: str, path: str, said: str) -> Finding:
    try:
        rest.get(path, {"per_page": "1", "_fields": "id"})
    except Failure as failure:
        return _failed(what, failure)
    return Finding(what, ok=True, said=said)


def _write(rest: Rest) -> Finding:
    """A batch of nothing needs the right to write and writes nothing; a key that may only read is refused with 401."""
    try:
        rest.post("products/batch", {"update": []}, act="push")
    except Failure as failure:
        return _failed(Sentence("write products"), failure)
    return Finding(Sentence("write products"), ok=True, said=Sentence("The key may write."))


def _system(rest: Rest) -> Iterator[Finding]:
    try:
        status = rest.get("system_status", {"_fields": STATUS_FIELDS}).read()
        version = status["environment"]["version"].text()
        own_tables = status["settings"]["HPOS_enabled"].raw is True
        plugin = _plugin(status)
    except Failure as failure:
        yield _failed(Sentence("version"), failure)
        return
    major = version.partition(".")[0]
    if major.isdecimal() and int(major) >= OLDEST:
        yield Finding(Sentence("version"), ok=True, said=Sentence("WooCommerce %(version)s.", version=version))
    else:
        yield Finding(
            Sentence("version"),
            ok=False,
            said=Sentence("WooCommerce %(version)s was never tried.", version=version),
            fix=Sentence("Update WooCommerce."),
        )
    kept = Sentence("Orders are kept as posts; trashing one is told as a deleted product.")
    if own_tables:
        kept = Sentence("Orders are kept in tables of their own (HPOS).")
    yield Finding(Sentence("order storage"), ok=True, said=kept)
    yield Finding(Sentence("our plugin"), ok=True, said=plugin)


def _plugin(status: Reader) -> str:
    """Whether our WordPress plugin shows dates and takes addresses in the shop; it works without, by other means."""
    for one in status.get("active_plugins").items_or_none():
        folder = one.get("plugin").text_or("").partition("/")[0]
        if folder.startswith(PLUGIN_FOLDER) or one.get("name").text_or("").lower() == PLUGIN_NAME:
            version = one.get("version").text_or("")
            if version:
                return Sentence("Our WordPress plugin %(version)s is active.", version=version)
            return Sentence("Our WordPress plugin is active.")
    return Sentence("Our WordPress plugin is not active: the shop shows what its theme makes of the stock status.")


def _status(rest: Rest) -> Finding:
    try:
        known = known_statuses(rest)
    except Failure as failure:
        return _failed(Sentence("order status"), failure)
    if BACKORDERED in known:
        return Finding(Sentence("order status"), ok=True, said=Sentence("The shop knows the order status Backordered."))
    return Finding(
        Sentence("order status"),
        ok=False,
        said=Sentence(
            "The shop does not know the order status Backordered, so orders that wait keep the status Processing."
        ),
        fix=Sentence("Activate our WordPress plugin, or set order_status to no."),
    )


def _other_notifier(rest: Rest) -> Finding:
    """WooCommerce's own back-in-stock mails, which would double ours; most shops do not have the setting."""
    what = Sentence("back-in-stock mails")
    try:
        value = rest.get(BACK_IN_STOCK).read()["value"].raw
    except (NoSuch, NoRoute):
        return Finding(
            what, ok=True, said=Sentence("This WooCommerce has no back-in-stock mails of its own to be seen.")
        )
    except Failure as failure:
        return Finding(
            what,
            ok=False,
            said=Sentence(
                "Whether WooCommerce itself sends back-in-stock mails could not be read (%(failure)s).",
                failure=failure.said,
            ),
            fix=Sentence(
                "Look under %(page)s: if sign-ups are allowed there, switch them off, or our restock list.",
                page=MAIL_SETTINGS,
            ),
        )
    if value != "yes":
        return Finding(what, ok=True, said=Sentence("WooCommerce's own back-in-stock mails are switched off."))
    return Finding(
        what,
        ok=False,
        said=Sentence("WooCommerce itself lets shoppers sign up for back-in-stock mails, so they may get two."),
        fix=Sentence(
            "Switch one of the two off: “Allow sign-ups” under %(page)s, or our restock list.",
            page=MAIL_SETTINGS,
        ),
    )


def _failed(what: str, failure: Failure) -> Finding:
    if isinstance(failure, OwnerMustAct):
        return Finding(what, ok=False, said=failure.problem, fix=failure.fix)
    return Finding(what, ok=False, said=failure.said, fix=TRY_AGAIN)
