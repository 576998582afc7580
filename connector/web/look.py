"""What all pages share: layout, menu, languages, what a page may load, and how often a form may be sent."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, Response, g, render_template, request
from flask_bootstrap import Bootstrap5
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from werkzeug.middleware.proxy_fix import ProxyFix

from connector.ports.installing import Way
from connector.web import messages
from connector.web.access import ACCESS, CARRIED, Who, guard, who
from connector.web.backstage import Backstage
from connector.web.languages import LANGUAGES, chosen, for_shoppers, speak
from connector.web.mishaps import happened
from connector.web.saying import add_filters
from connector.web.words import N_, Later

APP_BRIDGE = "https://cdn.shopify.com"
"""The only place outside that a page of ours may load from, and only inside Shopify's admin."""

LARGEST_FORM = 2_000_000  # bytes; an import of some ten thousand supplies
LARGEST_REQUEST = LARGEST_FORM + 200_000  # with what the browser writes around a file
MOST_FIELDS = 2_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu."""

    endpoint: str
    title: Later


OWNER_MENU = (
    Entry("overview.show", N_("Overview")),
    Entry("backorders.lines", N_("Backorders")),
    Entry("decisions.show", N_("Decisions")),
    Entry("backorders.variants", N_("Products")),
    Entry("waiting.show", N_("Restock lists")),
    Entry("supplies.show", N_("Supplies")),
    Entry("policy.show", N_("Policy")),
    Entry("promises.show", N_("Promises")),
    Entry("texts.show", N_("Texts")),
    Entry("shop.show", N_("Store")),
    Entry("overrides.show", N_("Changed by hand")),
    Entry("privacy.show", N_("Privacy")),
    Entry("charts.show", N_("Charts")),
    Entry("deliveries.show", N_("Deliveries")),
)
OPERATOR_MENU = (Entry("admin.stores", N_("Stores")), Entry("admin.jobs", N_("Jobs")))


def dress(app: Flask, back: Backstage) -> None:
    """Make an application of pages: to be called before their blueprints are registered."""
    app.secret_key = back.vault.derive("flask-session")
    app.config.update(
        SESSION_COOKIE_NAME="backorder_form",
        SESSION_COOKIE_SECURE=back.secure,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM,
        MAX_FORM_PARTS=MOST_FIELDS,
        BOOTSTRAP_SERVE_LOCAL=True,
    )
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=back.web.trusted_proxies, x_proto=back.web.trusted_proxies, x_host=0)  # type: ignore[method-assign]  # the documented way
    Bootstrap5(app)
    back.limiter.init_app(app)
    speak(app)
    add_filters(app)
    app.before_request(_bound)
    guard(app, back)
    messages.carry(app)
    app.jinja_env.globals["csrf"] = csrf_field
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.url_defaults(_carry)
    app.context_processor(lambda: _everywhere(back))
    app.after_request(lambda answer: _allow(answer, back))


def _bound() -> None:
    """How much a browser may send, before anything reads it.  What the shops send has a bound of its own."""
    if ACCESS.get(request.endpoint or "") is not Who.PLATFORM:
        request.max_content_length = LARGEST_REQUEST


def _carry(endpoint: str, values: dict[str, object]) -> None:
    """Inside the platform's admin every link says whose it is; a token that is stale by then is renewed."""
    if who().visitor is not None and ACCESS.get(endpoint) is Who.OWNER:
        for key in CARRIED:
            if key in request.args:
                values.setdefault(key, request.args[key])


def csrf_field() -> Markup:
    """The hidden field that every form begins with."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def _everywhere(back: Backstage) -> dict[str, object]:
    held = who()
    return {
        "here": held.store,
        "is_operator": held.operator,
        "visitor": held.visitor,
        "owner_menu": OWNER_MENU,
        "operator_menu": OPERATOR_MENU,
        "languages": LANGUAGES,
        "language": chosen(),
        "app_client_id": _client_id(back),
        "app_bridge": f"{APP_BRIDGE}/shopifycloud/app-bridge.js",
        "version": back.version,
        "now": back.clock(),
    }


def _client_id(back: Backstage) -> str:
    embedding = [one for one in back.installers.values() if Way.EMBEDDED in one.ways]
    return embedding[0].client_id() if embedding else ""


def _allow(answer: Response, back: Backstage) -> Response:
    """Say what a page may load and where it may stand.  Nothing from elsewhere, no script or style inside the page."""
    if answer.mimetype != "text/html" or "Content-Security-Policy" in answer.headers:
        return answer
    # The check against forged forms wants to know which page a form stood on; nobody else is told.
    answer.headers["Referrer-Policy"] = "same-origin"
    visitor = who().visitor
    bridge = f" {APP_BRIDGE}" if visitor is not None or g.get("bouncing") else ""
    ancestors = "'none'"
    shop = visitor.shop if visitor is not None else g.get("bouncing", "")
    if shop:
        embedding = next(one for one in back.installers.values() if Way.EMBEDDED in one.ways)
        ancestors = " ".join(embedding.frame_ancestors(shop))
    answer.headers["Content-Security-Policy"] = "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self'{bridge}",
            "style-src 'self'",
            "img-src 'self' data:",  # Bootstrap's own style sheet draws its ticks and arrows so
            f"connect-src 'self'{bridge}",
            "form-action 'self'",
            "base-uri 'none'",
            f"frame-ancestors {ancestors}",
        )
    )
    return answer


def error_page(status: int) -> str:
    """What happened, what it means, what to do next; shoppers are shown none of the owner's pages."""
    title, meaning = happened(status)
    if for_shoppers():
        return render_template("shopper_said.html", title=title, meaning=meaning, back="", shop="", in_languages={})
    return render_template("error.html", title=title, meaning=meaning, status=status, failing=True)
