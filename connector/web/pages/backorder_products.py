"""What is sold beyond the stock, by variant: all of them in a list, and one with its queue and its journal."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, render_template, url_for
from flask.typing import ResponseReturnValue

from connector.ports.backlog import VariantFilter, VariantSort
from connector.services.explain import variant_story
from connector.services.standing import on_their_way, queue_of
from connector.services.status import variants_status
from connector.web.access import here
from connector.web.asked import LONGEST_SEARCH, around, choice_asked, page_asked, search_asked
from connector.web.backstage import Backstage
from connector.web.saying import spoken

PAGE = 50
QUEUE = 50
"""How much of a queue one page shows."""

JOURNAL = 50
"""How many entries of the journal one page shows, the newest."""


def add_products(bp: Blueprint, back: Backstage) -> None:
    @bp.get("/backorders/products")
    def variants() -> ResponseReturnValue:
        return _variants(back)

    @bp.get("/backorders/products/<id:variant_id>")
    def variant(variant_id: str) -> ResponseReturnValue:
        return _variant(back, variant_id)


def _variants(back: Backstage) -> ResponseReturnValue:
    store = here()
    search = search_asked()
    only, sort = choice_asked("only", VariantFilter.ALL), choice_asked("sort", VariantSort.SKU)

    def address(**changes: object) -> str:
        asked: dict[str, Any] = {
            "q": search or None,
            "only": None if only is VariantFilter.ALL else only.value,
            "sort": None if sort is VariantSort.SKU else sort.value,
            **changes,
        }
        return url_for("backorders.variants", **asked)

    with back.work(read_only=True) as uow:
        found = page_asked(
            lambda at: uow.backlog.variant_ids(store.key, search=search, only=only, sort=sort, at=at, limit=PAGE)
        )
        products = variants_status(uow, store.key, found.rows, spoken())
        coming = on_their_way(uow, store.key, {one.pool_id for one in products})
    previous, following = around(found, lambda at: address(at=at))
    return render_template(
        "backorders_products.html",
        products=products,
        coming=coming,
        search=search,
        longest_search=LONGEST_SEARCH,
        only=only,
        sort=sort,
        narrowed=bool(search) or only is not VariantFilter.ALL,
        previous=previous,
        next=following,
        sorted_by=lambda value: address(sort=value),
    )


def _variant(back: Backstage, variant_id: str) -> ResponseReturnValue:
    store = here()
    with back.work(read_only=True) as uow:
        variant = uow.catalogue.get(store.key, [variant_id]).get(variant_id)
        if variant is None:
            abort(404)
        pool = uow.pools.get(store.key, [variant.pool_id]).get(variant.pool_id)
        status = next(iter(variants_status(uow, store.key, [variant_id], spoken())), None)
        story = variant_story(uow, store.key, variant, JOURNAL, spoken())
        queue = queue_of(uow, store.key, variant.pool_id, QUEUE)
        supplies = [one for one in uow.supplies.open(store.key, [variant.pool_id]) if one.incoming]
        named = uow.catalogue.get(store.key, {one.variant_id for one in queue.rows})
    return render_template(
        "backorders_product.html",
        variant=variant,
        pool=pool,
        status=status,
        stands=story.stands[1:],  # the first sentence is the heading of the page
        history=story.history[::-1],
        longest_history=JOURNAL,
        queue=queue,
        supplies=supplies,
        named=named,
        shared=any(one.variant_id != variant.id for one in queue.rows),
    )
