"""The pages of the links in our mails, ``/r/<token>``: GET shows and changes nothing, POST acts.

Programs that look into mails open every link (traps, 31), so nobody is put on a list or taken off it by a GET.  The way
off works with one POST of a mail program too, which shows no page, has no cookie, and follows no redirect (RFC 8058).
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale

from connector.services.context import StoreContext
from connector.services.page_links import RestockToken, Tokens
from connector.services.restock import Agreed, confirm, stop
from connector.services.restock_look import Look, look_at
from connector.web.backstage import Backstage
from connector.web.languages import shopper_language
from connector.web.limits import LOOKS
from connector.web.restock.tongue import rendered
from connector.web.words import _

ONE_CLICK = "One-Click"
LARGEST = 20_000


def add(bp: Blueprint, back: Backstage) -> None:
    tokens = Tokens.of(back.vault)

    @bp.get("/restock/asked", endpoint="asked")
    @back.limiter.limit(LOOKS)
    def asked_page() -> ResponseReturnValue:
        with force_locale(shopper_language()):
            said = [
                _("If this address is not on the list yet, a mail is on its way to it. Confirm there what you want."),
                _("Nothing came? Look among the unwanted mail, or ask again tomorrow."),
            ]
            return rendered("restock_said.html", title=_("Thank you"), said=said, back_to="")

    @bp.get("/r/<token>")
    @back.limiter.limit(LOOKS)
    def show(token: str) -> ResponseReturnValue:
        return _for(back, tokens, token, _shown)

    @bp.post("/r/<token>")
    @back.limiter.limit(LOOKS)
    def act(token: str) -> ResponseReturnValue:
        request.max_content_length = LARGEST
        return _for(back, tokens, token, _acted)


def _for(
    back: Backstage, tokens: Tokens, token: str, do: Callable[[StoreContext, RestockToken], ResponseReturnValue]
) -> ResponseReturnValue:
    opened = tokens.read_restock(token, back.clock())
    store = back.known.all().get(opened.store) if opened is not None else None
    if opened is None or store is None:
        with force_locale(shopper_language()):
            said = [
                _("It was cut off or altered on its way, or it is too old."),
                _("Ask again on the page of the shop."),
            ]
            return rendered("restock_said.html", title=_("This link opens nothing"), said=said, back_to=""), 404
    return do(store, opened)


def _shown(store: StoreContext, opened: RestockToken) -> ResponseReturnValue:
    look = look_at(store, opened.subscription)
    with force_locale(shopper_language(look.language, last=store.language)):
        return rendered(
            "restock.html", look=look, purpose=opened.purpose, state=_state(look), consent=consent_text(look)
        )


def _state(look: Look) -> str:
    return look.state.value if look.state is not None else "forgotten"


def consent_text(look: Look) -> str:
    """What is agreed to, in the page's language; kept word for word as the proof."""
    return _(
        "%(shop)s may write to me once when “%(title)s” is back in stock. I can take this back at any time.",
        shop=look.shop,
        title=look.title,
    )


def _acted(store: StoreContext, opened: RestockToken) -> ResponseReturnValue:
    """The link says what may be done, the form that somebody wants it done."""
    if request.form.get("List-Unsubscribe") == ONE_CLICK:
        # Only where the link is for it: a mail program must never do anything else.
        if opened.purpose == "stop":
            stop(store, opened.subscription)
        return Response("", 200, mimetype="text/plain")
    wanted = request.form.get("do", "")
    if wanted == "confirm" and opened.purpose == "confirm":
        _confirm(store, opened)
    elif wanted == "stop":
        stop(store, opened.subscription)
    else:
        return _shown(store, opened)
    return redirect(request.path, 303)


def _confirm(store: StoreContext, opened: RestockToken) -> None:
    look = look_at(store, opened.subscription)
    language = shopper_language(look.language, last=store.language)
    with force_locale(language):
        text = consent_text(look)
    confirm(store, opened.subscription, Agreed(text, language, store.buyer_of(f"from {request.remote_addr or ''}")))
