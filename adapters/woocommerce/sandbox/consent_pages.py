"""The pages of ``wc-auth`` as a browser meets them: log in, say yes or no, and one for all that is wrong."""

# ruff: noqa: ARG001 -- every step is called alike
from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape
from urllib.parse import urlsplit

from flask import Blueprint, Request, Response, request

from adapters.woocommerce.sandbox.consent import Consent, Refusal, Wish

COOKIE = "wordpress_logged_in_sandbox"
GRANT, LOG_IN = "wc_auth_grant_access", "woocommerce-login"
NOT_YOURS = "You do not have permission to access this page"
SCOPES = {"read": "Read", "write": "Write", "read_write": "Read/Write"}
ALLOWED = {
    "read": ("View coupons", "View customers", "View orders and sales reports", "View products"),
    "write": ("Create webhooks", "Create coupons", "Create customers", "Create orders", "Create products"),
    "read_write": (
        "Create webhooks",
        "View and manage coupons",
        "View and manage customers",
        "View and manage orders and sales reports",
        "View and manage products",
    ),
}


def consent_pages(consent: Consent) -> Blueprint:
    bp = Blueprint("wc_auth", __name__)

    @bp.route("/wc-auth/v1/<route>", methods=["GET", "POST"], strict_slashes=False)
    def step(route: str) -> Response:
        return answer(consent, route, request)

    @bp.get("/wp-login.php")
    def log_out() -> Response:
        """Only its half that logs out is needed."""
        consent.log_out(request.cookies.get(COOKIE, ""))
        response = _sent_on(_own(request, request.args.get("redirect_to", "")))
        response.delete_cookie(COOKIE)
        return response

    return bp


def answer(consent: Consent, route: str, asked: Request) -> Response:
    """One step.  The route may come in the path or, with plain permalinks, in the query."""
    session = asked.cookies.get(COOKIE, "")
    try:
        wish = consent.wish({**_last(asked.args.lists()), **_last(asked.form.lists())})
        step = _STEPS.get((route.lower(), bool(consent.who(session))), _nowhere)
        return step(consent, wish, asked, session)
    except Refusal as refusal:
        return _page(f'<div class="wp-die-message">Error: {escape(str(refusal))}.</div>', "Access denied", 401)


def _log_in(consent: Consent, wish: Wish, asked: Request, session: str) -> Response:
    """The form, and what it posts, which comes back to the same address."""
    notice = ""
    if asked.method == "POST" and asked.form.get("woocommerce-login-nonce") == consent.nonce(LOG_IN):
        name = asked.form.get("username", "")
        made = consent.log_in(name, asked.form.get("password", ""))
        if made is not None:
            response = _sent_on(_own(asked, asked.form.get("redirect", "")))
            response.set_cookie(COOKIE, made, httponly=True)
            return response
        notice = f'<ul class="woocommerce-error"><li>Unknown name, or a wrong password for {escape(name)}.</li></ul>'
    return _page(
        f"<h1>{escape(wish.app_name)} would like to connect to your store</h1>{notice}"
        f'<p>Log in to your store, or <a href="{escape(wish.back(success=False))}">cancel</a>.</p>'
        '<form method="post" class="wc-auth-login">'
        '<p><label for="username">Username or email address</label> '
        '<input type="text" name="username" id="username"></p>'
        '<p><label for="password">Password</label> <input type="password" name="password" id="password"></p>'
        '<p class="wc-auth-actions">'
        f'<input type="hidden" name="woocommerce-login-nonce" value="{consent.nonce(LOG_IN)}">'
        '<button type="submit" class="button wc-auth-login-button" name="login" value="Login">Login</button>'
        f'<input type="hidden" name="redirect" value="{escape(_step(asked, "authorize", wish))}"></p></form>',
        "Application authentication request",
    )


def _ask(consent: Consent, wish: Wish, asked: Request, session: str) -> Response:
    _check_manager(consent, session)
    nonce = consent.nonce(GRANT, session)
    approve = f"{_step(asked, 'access_granted', wish)}&wc_auth_nonce={nonce}"
    allowed = "".join(f"<li>{one}</li>" for one in ALLOWED[wish.scope])
    name = escape(wish.app_name)
    return _page(
        f"<h1>{name} would like to connect to your store</h1>"
        f'<p>This will give "<strong>{name}</strong>" <strong>{SCOPES[wish.scope]}</strong> access:</p>'
        f'<ul class="wc-auth-permissions">{allowed}</ul>'
        f'<div class="wc-auth-logged-in-as"><p>Logged in as {escape(consent.who(session))} '
        '<a href="/wp-login.php?action=logout" class="wc-auth-logout">Logout</a></p></div>'
        '<p class="wc-auth-actions">'
        f'<a href="{escape(approve)}" class="button button-primary wc-auth-approve">Approve</a> '
        f'<a href="{escape(wish.back(success=False))}" class="button wc-auth-deny">Deny</a></p>',
        "Application authentication request",
    )


def _grant(consent: Consent, wish: Wish, asked: Request, session: str) -> Response:
    _check_manager(consent, session)
    if asked.args.get("wc_auth_nonce", "") != consent.nonce(GRANT, session):
        raise Refusal("Invalid nonce verification")
    return _sent_on(consent.grant(wish, asked.host_url.rstrip("/")))


def _to_log_in(consent: Consent, wish: Wish, asked: Request, session: str) -> Response:
    return _sent_on(_step(asked, "login", wish))


def _to_ask(consent: Consent, wish: Wish, asked: Request, session: str) -> Response:
    return _sent_on(_step(asked, "authorize", wish))


Step = Callable[[Consent, Wish, Request, str], Response]
# By the route, and whether someone is logged in.
_STEPS: dict[tuple[str, bool], Step] = {
    ("login", False): _log_in,
    ("login", True): _to_ask,
    ("authorize", False): _to_log_in,
    ("authorize", True): _ask,
    ("access_granted", True): _grant,
}


def _nowhere(consent: Consent, wish: Wish, asked: Request, session: str) -> Response:
    raise Refusal(NOT_YOURS)


def _check_manager(consent: Consent, session: str) -> None:
    if not consent.manages(session):
        raise Refusal(NOT_YOURS)


def _step(asked: Request, route: str, wish: Wish) -> str:
    """The address of another step, in the form that this one was called in."""
    if "wc-auth-route" in asked.args:
        return f"{asked.host_url}?wc-auth-version=1&wc-auth-route={route}&{wish.query()}"
    return f"{asked.host_url}wc-auth/v1/{route}/?{wish.query()}"


def _own(asked: Request, address: str) -> str:
    """Only an address of this shop, as ``wp_safe_redirect`` has it."""
    return address if urlsplit(address).netloc == asked.host else asked.host_url


def _last(lists: Iterable[tuple[str, list[str]]]) -> dict[str, str]:
    """As PHP reads a query: of equal names the last one counts."""
    return {name: values[-1] for name, values in lists}


def _sent_on(address: str) -> Response:
    return Response(status=302, headers={"Location": address, "Cache-Control": "no-store"}, content_type="text/html")


def _page(body: str, title: str, status: int = 200) -> Response:
    html = (
        '<!DOCTYPE html><html lang="en-US"><head><meta charset="UTF-8">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title></head>'
        f'<body class="wc-auth wp-core-ui">{body}</body></html>'
    )
    return Response(html, status, {"Cache-Control": "no-store"}, content_type="text/html; charset=UTF-8")
