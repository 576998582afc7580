"""``/storefront/v1/<store>/availability``: what a shop shows for a variant, for pages that are not the shop's own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from importlib.resources import files
from urllib.parse import urlsplit

from flask import Blueprint, Response, g, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from connector.services.availability import Offer, offers, offers_of, public_answer
from connector.services.context import StoreContext
from connector.web.backstage import Backstage
from connector.web.limits import READS_OF_SHOPS
from connector.web.public.problems import problem, refused
from connector.web.public.question import Asked, Unanswerable, asked, language_only, variant_id

NO_STORE = "There is no such store: the address of the answer names it by its key."
NO_VARIANT = "The store sells no such variant."
CACHED = "public, max-age=60, stale-while-revalidate=300"
PREFLIGHT_SECONDS = 86_400
DEFAULT_PORTS = {"https": 443, "http": 80}
READ = ["GET", "OPTIONS"]


def blueprint(back: Backstage) -> Blueprint:
    bp = Blueprint("storefront", __name__, url_prefix="/storefront/v1")
    bp.register_error_handler(HTTPException, refused)
    bp.register_error_handler(Unanswerable, lambda error: problem(400, str(error)))
    bp.after_request(_let_origins_read)
    described = files("connector.web.public").joinpath("openapi.json").read_bytes()

    @bp.get("/openapi.json")
    @back.limiter.limit(READS_OF_SHOPS)
    def description() -> ResponseReturnValue:
        return _tagged(described, "no-cache")

    @bp.route("/<store_key>/availability", methods=READ)
    @back.limiter.limit(READS_OF_SHOPS)
    def availability(store_key: str) -> ResponseReturnValue:
        store = _store(back, store_key)
        if store is None or request.method == "OPTIONS":
            return _preflight() if store else problem(404, NO_STORE)
        question = asked(request.args)
        found, missing = _find(store, question)
        said = [public_answer(store, one, question.language) for one in found]
        return _json({"store": store.key, "variants": said, "missing": missing})

    @bp.route("/<store_key>/availability/<variant>", methods=READ)
    @back.limiter.limit(READS_OF_SHOPS)
    def availability_of(store_key: str, variant: str) -> ResponseReturnValue:
        store = _store(back, store_key)
        if store is None or request.method == "OPTIONS":
            return _preflight() if store else problem(404, NO_STORE)
        language = language_only(request.args)
        with store.work(read_only=True) as uow:
            found = offers(store, uow, [variant_id(variant)]).get(variant)
        return problem(404, NO_VARIANT) if found is None else _json(public_answer(store, found, language))

    return bp


def _store(back: Backstage, key: str) -> StoreContext | None:
    store = back.known.all().get(key)
    g.asked_store = store
    return store


def _find(store: StoreContext, question: Asked) -> tuple[Sequence[Offer], Mapping[str, Collection[str]]]:
    """The variants that were asked for, each once, and what nobody sells.  A SKU that was used twice names both."""
    with store.work(read_only=True) as uow:
        by_sku = uow.catalogue.by_skus(store.key, question.skus) if question.skus else {}
        by_id = uow.catalogue.get(store.key, question.variants) if question.variants else {}
        named = [one for sku in question.skus for one in by_sku.get(sku, ())]
        named += [by_id[one] for one in question.variants if one in by_id]
        sold = {one.id: one for one in named if one.sellable and not one.gone}
        found = offers_of(store, uow, list(sold.values()))
    skus = {one.sku for one in sold.values()}
    missing = {
        "sku": [one for one in question.skus if one not in skus],
        "variant": [one for one in question.variants if one not in sold],
    }
    return [found[one] for one in sold], missing


def _json(body: Mapping[str, object]) -> Response:
    return _tagged(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(), CACHED)


def _tagged(body: bytes, cached: str) -> Response:
    """With a strong tag that follows from what is said alone: the same state has the same tag after a restart too."""
    answer = Response(body, mimetype="application/json")
    answer.headers["Cache-Control"] = cached
    answer.set_etag(hashlib.sha256(body).hexdigest()[:32])
    answer.make_conditional(request)
    return answer


def _preflight() -> Response:
    answer = Response(status=204)
    answer.headers["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
    answer.headers["Access-Control-Allow-Headers"] = "If-None-Match, Accept, Accept-Language, Content-Type"
    answer.headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
    answer.headers["Allow"] = "GET, HEAD, OPTIONS"
    return answer


def _let_origins_read(answer: Response) -> Response:
    """Only pages of origins that the store's owner named may read answers in a browser; none get to send cookies."""
    store: StoreContext | None = g.get("asked_store")
    if store is None:
        return answer
    # Said in every answer: a cache must not hand the answer for one origin to another.
    answer.vary.add("Origin")
    origin = request.headers.get("Origin", "")
    if origin and origin in {origin_of(one) for one in store.rules.origins}:
        answer.headers["Access-Control-Allow-Origin"] = origin
        answer.headers["Access-Control-Expose-Headers"] = "ETag, Retry-After"
    return answer


def origin_of(address: str) -> str:
    """A web address as browsers name where a page is from: no path, no port where it is the usual one."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    port = "" if parts.port in {None, DEFAULT_PORTS.get(parts.scheme)} else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"
