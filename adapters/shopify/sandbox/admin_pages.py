"""The pages of the shop's admin that an app meets: the one where the owner says yes or no, and the one that frames it.

What the owner's no leads to on the real page is not documented; here it is what RFC 6749 (4.1.2.1) says.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from flask import Flask, Response, redirect, render_template_string, request
from werkzeug.wrappers import Response as Answer

from adapters.shopify.sandbox import launch

if TYPE_CHECKING:
    from adapters.shopify.sandbox.app_side import AppSide

AUTHORIZE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><link rel="icon" href="data:,">
<title>Install app</title></head><body>
<h1>Install {{ client_id }} in {{ shop }}</h1><p>It may:</p>
<ul>{% for one in scopes %}<li>{{ one }}</li>{% endfor %}</ul>
<p><a id="approve" href="{{ approve }}">Approve</a> <a id="deny" href="{{ deny }}">Deny</a></p></body></html>"""
FRAME = """<!doctype html><html lang="en"><head><meta charset="utf-8"><link rel="icon" href="data:,">
<title>{{ shop }} admin</title>
<meta name="viewport" content="width=device-width"><style>body{margin:0}iframe{border:0;width:100%;height:100vh}</style>
</head><body><iframe name="app-iframe" title="App" src="{{ framed }}"></iframe><script>
addEventListener("message", async (event) => {
  if (event.data?.sandbox !== "id token, please") return;
  const token = await (await fetch("/session-token")).text();
  event.source.postMessage({sandbox: "id token", number: event.data.number, token}, event.origin);
});
</script></body></html>"""


def add(app: Flask, shop: AppSide) -> None:
    """Put the pages into the shop's web application."""
    app.add_url_rule("/admin/oauth/authorize", "authorize", lambda: _authorize(shop))
    app.add_url_rule("/admin/oauth/approve", "approve", lambda: _answer(shop, approved=True))
    app.add_url_rule("/admin/oauth/deny", "deny", lambda: _answer(shop, approved=False))
    app.add_url_rule("/admin/apps/<client_id>", "embedded", lambda client_id: _embedded(shop, client_id))
    app.add_url_rule("/session-token", "session_token", lambda: _session_token(shop))
    for path in ("/app-bridge.js", "/shopifycloud/app-bridge.js"):
        app.add_url_rule(path, "app_bridge", _app_bridge)


def _authorize(shop: AppSide) -> Response:
    if problem := _problem(shop):
        return Response(f"Oauth error: {problem}", 400, mimetype="text/plain")
    asked = urlencode(list(request.args.items(multi=True)))
    page = render_template_string(
        AUTHORIZE,
        client_id=shop.client_id,
        shop=shop.store.shop.myshopify_domain,
        scopes=_scopes(),
        approve=f"/admin/oauth/approve?{asked}",
        deny=f"/admin/oauth/deny?{asked}",
    )
    return Response(page, 200, mimetype="text/html")


def _problem(shop: AppSide) -> str:
    back = urlsplit(request.args.get("redirect_uri", ""))
    if request.args.get("client_id") != shop.client_id:
        return "application_cannot_be_found"
    if back.scheme not in {"http", "https"} or not back.netloc:
        return "invalid_request: redirect_uri is missing"
    if shop.redirect_urls and request.args["redirect_uri"] not in shop.redirect_urls:
        return "invalid_request: the redirect_uri is not whitelisted"
    return "" if _scopes() else "invalid_scope"


def _scopes() -> list[str]:
    return [one for one in request.args.get("scope", "").split(",") if one]


def _answer(shop: AppSide, *, approved: bool) -> Answer:
    """Back to the app, with a signed query."""
    if problem := _problem(shop):
        return Response(f"Oauth error: {problem}", 400, mimetype="text/plain")
    told = {"code": shop.authorize(_scopes())} if approved else {"error": "access_denied"}
    if "state" in request.args:
        told["state"] = request.args["state"]
    return redirect(launch.link(shop, request.args["redirect_uri"], told))


def _embedded(shop: AppSide, client_id: str) -> Response:
    """The owner opens the app in the admin; by that it is installed, if it was not (Shopify-managed installation)."""
    if client_id != shop.client_id or not shop.app_url:
        return Response("There is no such app, or it has no address.", 404, mimetype="text/plain")
    if not shop.installed:
        shop.install()
    shown = {"framed": launch.embedded_link(shop), "shop": shop.store.shop.name}
    return Response(render_template_string(FRAME, **shown), 200, mimetype="text/html")


def _session_token(shop: AppSide) -> Response:
    answer = Response(shop.session_token(), 200, mimetype="text/plain")
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _app_bridge() -> Response:
    text = files("adapters.shopify.sandbox").joinpath("app-bridge.js").read_text(encoding="utf-8")
    return Response(text, 200, mimetype="text/javascript")
