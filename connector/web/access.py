"""Who may call what: one table, and the guard that knows no exception to it.

No address names a store: an owner's pages show the store of the session, or of the session token that the platform
gave, so there is nothing in a link that could be altered to see another's data.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlencode

import structlog
from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect
from structlog.contextvars import bind_contextvars, clear_contextvars
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from connector.ports.installing import Forged, Visitor, Way
from connector.services.context import StoreContext
from connector.web.backstage import Backstage
from connector.web.sessions import current

log = structlog.get_logger()


class Who(Enum):
    ANYONE = "anyone"
    PLATFORM = "platform"  # a shop's own calls, which carry proofs of their own; no form of ours
    PUBLIC = "public"  # called from the pages of shops: nobody is recognised, no cookie is read or set
    OWNER = "owner"
    OPERATOR = "operator"


ACCESS: dict[str, Who] = {
    "static": Who.ANYONE,
    "bootstrap.static": Who.ANYONE,
    "health.alive": Who.ANYONE,
    "health.ready": Who.ANYONE,
    "figures.show": Who.PUBLIC,  # which judges by itself who asks; a token in its header is no session's
    "webhooks.deliver": Who.PLATFORM,
    "webhooks.shopify_compliance": Who.PLATFORM,
    # What shops show, for whoever asks.
    "storefront.description": Who.PUBLIC,
    "storefront.availability": Who.PUBLIC,
    "storefront.availability_of": Who.PUBLIC,
    # The shop's own privacy tools, which sign what they ask.
    "shop_privacy.asked": Who.PLATFORM,
    # Who wants to hear when something is back; from the shops' own pages, from mails, and from mail programs.
    "restock.ask": Who.PUBLIC,
    "restock.passed_on": Who.PUBLIC,
    "restock.asked": Who.PUBLIC,
    "restock.show": Who.PUBLIC,
    "restock.act": Who.PUBLIC,
    # The shopper's page: its address is its key, and its forms bear signed texts of their own.
    "shopper.order": Who.PUBLIC,
    "shopper.keep": Who.PUBLIC,
    "shopper.term": Who.PUBLIC,
    "shopper.cancel_form": Who.PUBLIC,
    "shopper.cancel": Who.PUBLIC,
    "shopper.instead": Who.PUBLIC,
    "shopper.swap": Who.PUBLIC,
    "shopper.shipping": Who.PUBLIC,
    "shopper.withdraw_form": Who.PUBLIC,
    "shopper.withdraw": Who.PUBLIC,
    # Coming in and going out.
    "entry.home": Who.ANYONE,
    "entry.sign_in": Who.ANYONE,
    "entry.ask_for_link": Who.ANYONE,
    "entry.by_link": Who.ANYONE,
    "entry.use_link": Who.ANYONE,
    "entry.sign_out": Who.ANYONE,
    "entry.language": Who.ANYONE,
    # Connecting a store.  Each of these judges by itself what it was brought.
    "install.choose": Who.ANYONE,
    "install.platform": Who.ANYONE,
    "install.begin": Who.ANYONE,
    "install.paste": Who.ANYONE,
    "install.posted": Who.PLATFORM,
    "install.back": Who.ANYONE,
    # The owner's pages.
    "overview.show": Who.OWNER,
    "welcome.show": Who.OWNER,
    "welcome.check": Who.OWNER,
    "welcome.start": Who.OWNER,
    "backorders.lines": Who.OWNER,
    "backorders.export": Who.OWNER,
    "backorders.variants": Who.OWNER,
    "backorders.variant": Who.OWNER,
    "backorders.order": Who.OWNER,
    "backorders.void_links": Who.OWNER,
    "decisions.show": Who.OWNER,
    "decisions.decide": Who.OWNER,
    "decisions.message": Who.OWNER,
    "policy.show": Who.OWNER,
    "policy.save": Who.OWNER,
    "texts.show": Who.OWNER,
    "texts.save": Who.OWNER,
    "promises.show": Who.OWNER,
    "promises.save": Who.OWNER,
    "shop.show": Who.OWNER,
    "shop.save": Who.OWNER,
    "shop.pause": Who.OWNER,
    "shop.resume": Who.OWNER,
    "shop.leave": Who.OWNER,
    "shop.ask_to_leave": Who.OWNER,
    "overrides.show": Who.OWNER,
    "overrides.release": Who.OWNER,
    "privacy.show": Who.OWNER,
    "privacy.answer": Who.OWNER,
    "privacy.passed_on": Who.OWNER,
    "waiting.show": Who.OWNER,
    "supplies.show": Who.OWNER,
    "supplies.add": Who.OWNER,
    "supplies.edit": Who.OWNER,
    "supplies.change": Who.OWNER,
    "supplies.receive": Who.OWNER,
    "supplies.import_form": Who.OWNER,
    "supplies.import_rows": Who.OWNER,
    "deliveries.show": Who.OWNER,
    "deliveries.one": Who.OWNER,
    "deliveries.replay": Who.OWNER,
    "deliveries.again": Who.OWNER,
    "charts.show": Who.OWNER,
    "charts.image": Who.OWNER,
    # The operator's.
    "admin.sign_in": Who.ANYONE,
    "admin.enter": Who.ANYONE,
    "admin.stores": Who.OPERATOR,
    "admin.look_at": Who.OPERATOR,
    "admin.link": Who.OPERATOR,
    "admin.jobs": Who.OPERATOR,
    "admin.invite": Who.OPERATOR,
}
"""By endpoint, which is the blueprint's name and the function's.  What is not here is refused."""


CARRIED = ("shop", "host", "embedded", "locale", "id_token")
"""What the platform adds to an address; carried along from page to page."""


@dataclass(frozen=True, slots=True)
class Here:
    """Whose request this is.  ``visitor``: where the page stands inside the platform's own admin."""

    store: StoreContext | None
    operator: bool
    visitor: Visitor | None = None


def here() -> StoreContext:
    """The store of this request; the guard has seen to it that there is one."""
    held: Here = g.here
    if held.store is None:
        abort(403)
    return held.store


def who() -> Here:
    held: Here = g.get("here", Here(None, operator=False))
    return held


def page_at(path: str) -> Who | None:
    """Who may look at what stands at a path of ours; None where nothing does that can be looked at."""
    try:
        endpoint, _ = current_app.url_map.bind("").match(path, method="GET")
    except (HTTPException, RequestRedirect):
        return None
    return ACCESS.get(endpoint)


def session_token() -> str | None:
    """The session token of this request, None where there is none.

    From the header, where an empty one counts too; or, for a page that is merely looked at, from its address, as the
    platform itself writes it.
    """
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return token.strip()
    return request.args.get("id_token") or None if request.method in {"GET", "HEAD"} else None


def guard(app: Flask, back: Backstage) -> None:
    """Check every request against the table, and every form against forgery."""
    csrf = CSRFProtect()
    app.config.update(WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_TIME_LIMIT=None)
    csrf.init_app(app)

    @app.before_request
    def check() -> ResponseReturnValue | None:
        clear_contextvars()  # what the last request of this thread was about
        if request.endpoint is None:
            g.here = _identify(back)
            return None  # there is no such page, and the framework says so, where its reader is
        allowed = ACCESS.get(request.endpoint)
        if allowed is None:
            log.error("route.not_in_the_table", endpoint=request.endpoint)
            abort(403)
        if allowed in {Who.PLATFORM, Who.PUBLIC}:
            return None
        g.here = _identify(back)
        if g.here.store is not None:
            bind_contextvars(store=g.here.store.key)  # so that whatever is said from here on names it
        if request.method not in {"GET", "HEAD", "OPTIONS"} and session_token() is None:
            # With a token in the header only a script of ours can have sent it; no other site can set that.
            csrf.protect()
        return _admit(allowed, g.here, back)


def _admit(allowed: Who, held: Here, back: Backstage) -> ResponseReturnValue | None:
    if allowed is Who.OWNER and held.store is None:
        if request.args.get("embedded") == "1" and request.method == "GET" and _embedding(back):
            # A link inside the platform's admin carries no token; its script fetches one and comes again.
            return redirect(f"{url_for('install.platform', platform=_embedding(back))}?{_to_come_again()}")
        return _turned_away("admin.stores" if held.operator else "entry.sign_in")
    if allowed is Who.OPERATOR and not held.operator:
        return _turned_away("admin.sign_in")
    return None


def _turned_away(to: str) -> ResponseReturnValue:
    if request.method not in {"GET", "HEAD"}:
        abort(403)
    return redirect(url_for(to))


def _identify(back: Backstage) -> Here:
    token = session_token()
    if token is not None:
        return _by_token(back, token)
    session = current(back)
    if session is None:
        return Here(None, operator=False)
    return Here(back.known.all().get(session.store), session.operator)


def _by_token(back: Backstage, token: str) -> Here:
    """A session token speaks for one shop, for a minute.  One that does not hold is no reason to look at a cookie."""
    for name, installer in back.installers.items():
        if Way.EMBEDDED not in installer.ways:
            continue
        try:
            visitor = installer.visitor(token, now=back.clock())
        except Forged as error:
            log.warning("token.refused", platform=name, why=str(error))
            continue
        with back.work(read_only=True) as uow:
            record = uow.stores.by_shop(name, visitor.shop)
        store = back.known.all().get(record.key) if record is not None and record.gone_at is None else None
        return Here(store, operator=False, visitor=visitor)
    return Here(None, operator=False)


def _embedding(back: Backstage) -> str:
    """The platform in whose admin our pages stand; empty where there is none."""
    return next((name for name, one in back.installers.items() if Way.EMBEDDED in one.ways), "")


def _to_come_again() -> str:
    """The query that leads back to this page, with what was asked of it, once there is a fresh token."""
    asked = [(key, value) for key, value in request.args.items(multi=True) if key not in CARRIED]
    to = f"{request.path}?{urlencode(asked)}" if asked else request.path
    return urlencode({**{key: request.args[key] for key in CARRIED if key in request.args}, "to": to})
