"""``POST /storefront/v1/<store>/restock``: somebody asks to hear when something is back.

The answer is the same for everybody: an address that is new, known, confirmed, or has bought gets the same status, the
same bytes and the same headers, and the same work is done for it before the answer.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, g, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from connector.ports.records import Leaving, StoreRecord
from connector.ports.storefront import PassesVisitorsOn
from connector.services.context import StoreContext
from connector.services.restock import Flooded, ask
from connector.services.restock_look import can_be_ordered, find_variant
from connector.web.backstage import Backstage
from connector.web.languages import shopper_language
from connector.web.limits import FORMS_OF_A_STORE, FORMS_OF_SHOPPERS
from connector.web.restock import answers
from connector.web.restock.form import BY_MAIL, BY_PHONE, Typed, language_typed, path_of, reaches, typed
from connector.web.words import _

POST = ["POST", "OPTIONS"]


@dataclass(frozen=True, slots=True)
class At:
    """Where a form was sent to.  ``passed_on``: by the platform, from a page of the shop itself."""

    store: StoreContext
    record: StoreRecord
    passed_on: bool


def add(bp: Blueprint, back: Backstage) -> None:
    @bp.route("/storefront/v1/<store_key>/restock", methods=POST, endpoint="ask")
    @back.limiter.limit(FORMS_OF_SHOPPERS, key_func=_client, methods=["POST"])
    @back.limiter.limit(FORMS_OF_A_STORE, key_func=_store_key, methods=["POST"])
    def ask_directly(store_key: str) -> ResponseReturnValue:
        at = _at(back, store_key)
        if at is None:
            return answers.no_list()
        g.restock_at = at
        return answers.preflight() if request.method == "OPTIONS" else _answer(at)

    @bp.post("/storefront/v1/<name>/proxy/restock", endpoint="passed_on")
    @back.limiter.limit(FORMS_OF_SHOPPERS, key_func=_client)
    @back.limiter.limit(FORMS_OF_A_STORE, key_func=_store_key)
    def ask_by_platform(name: str) -> ResponseReturnValue:
        signed = _signed_store(back, name)
        if signed is None:
            return answers.forged()
        at = _at(back, signed, passed_on=True)
        return answers.no_list() if at is None else _answer(at)

    @bp.after_request
    def let_origins_read(answer: Response) -> Response:
        at: At | None = g.get("restock_at")
        return answers.for_origin(answer, at.store, at.record) if at is not None else answer

    @bp.errorhandler(HTTPException)
    def refused(error: HTTPException) -> ResponseReturnValue:
        return answers.refused(error)


def _answer(at: At) -> ResponseReturnValue:
    """Read what was typed, and put it down; in the language that the form says it speaks."""
    try:
        with force_locale(shopper_language(language_typed(), last=at.store.language)):
            return _taken(at, typed(at.store))
    except RequestEntityTooLarge as error:
        return answers.refused(error)


def _taken(at: At, found: Typed) -> ResponseReturnValue:
    store = at.store
    with store.work(read_only=True) as uow:
        variant = None if "variant" in found.problems else find_variant(store, uow, found.variant, found.sku)
        orderable = variant is not None and can_be_ordered(store, uow, variant.id)
    if variant is None and "variant" not in found.problems:
        found.problems["variant"] = _("The shop does not sell this product (any more).")
    back_to = _back_to(at, found)
    if found.problems or variant is None:
        return answers.wrong(found.problems, back_to)
    if orderable:
        return answers.orderable(back_to)
    if not found.is_program:
        try:
            ask(store, found.asked(store, variant.id, _way(at), _whence(store)))
        except Flooded:
            return answers.flooded(back_to)
    return answers.asked(back_to, found.language)


def _way(at: At) -> str:
    return "proxy" if at.passed_on else "script" if request.is_json else "form"


def _whence(store: StoreContext) -> str:
    return store.buyer_of(f"from {_client()}")


def _back_to(at: At, found: Typed) -> str:
    """The page of the shop where the form stood; empty where it is none of this shop's, for nobody is sent elsewhere.

    Passed on by the platform it stands on the shop's own domain, whichever of them, so its path is enough.
    """
    path = path_of(found.page)
    if not path:
        return ""
    if at.passed_on:
        return path
    origin = answers.origin_in(found.page)
    return f"{origin}{path}" if origin in answers.origins_of(at.store, at.record) else ""


def _at(back: Backstage, store_key: str, *, passed_on: bool = False) -> At | None:
    """The store, where it has a list: its owner wants one, it is there, and somebody can be written to."""
    store = back.known.all().get(store_key)
    if store is None or not store.rules.restock.form or not reaches(store, BY_MAIL | BY_PHONE):
        return None
    with back.work(read_only=True) as uow:
        record = uow.stores.get(store_key)
    if record is None or record.gone_at is not None or record.leaving is not Leaving.NO:
        return None
    return At(store, record, passed_on)


def _signed_store(back: Backstage, name: str) -> str | None:
    """The key of the store whose shop passed this on; None unless its platform signed it just now.

    ``name``: a platform, or a store, which must then be the very one that signed.
    """
    stores = back.known.all()
    platform_name = stores[name].platform.name if name in stores else name
    platform: object = back.platforms.get(platform_name)
    if not isinstance(platform, PassesVisitorsOn):
        return None
    with back.work(read_only=True) as uow:
        record = uow.stores.by_shop(platform_name, request.args.get("shop", ""))
    if record is None or record.key not in stores or (name in stores and name != record.key):
        return None
    secrets = back.known.settings(record.key).secrets()
    query = list(request.args.items(multi=True))
    shop = platform.storefront_visitor(query, secrets, back.clock())
    return record.key if shop is not None and shop == record.shop else None


def _client() -> str:
    """Who knocks.  What a platform passes on comes from its own machines, which name the shopper's before all."""
    if request.endpoint == "restock.passed_on":
        return request.headers.get("X-Forwarded-For", "").partition(",")[0].strip()[:64] or request.remote_addr or ""
    return request.remote_addr or ""


def _store_key() -> str:
    named = request.args.get("shop", "") if request.endpoint == "restock.passed_on" else ""
    return f"{named or (request.view_args or {}).get('store_key', '')}"
