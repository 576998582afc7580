"""Every route of the running application, tried by whoever a test says: a new route is covered by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flask import Flask
from site_house import Browser, Seen, Site
from werkzeug.routing import BuildError

from connector.web.access import ACCESS, Who
from connector.web.pages.charts import CHARTS


def ids_of(there: Site, store: str) -> dict[str, object]:
    """What stands in the addresses of a store's own pages."""
    with there.house.service.work(read_only=True) as uow:
        supply = uow.supplies.open(store)[0]
        (variant, *_) = uow.catalogue.by_sku(store, supply.sku)
        return {
            "variant_id": variant.id,
            "order_id": next(iter(uow.orders.all_open_ids(store))),
            "delivery": uow.deliveries.find(store=store, limit=1)[0].id,
            "supply_id": supply.id,
            "name": next(iter(CHARTS)),
            "request_id": next((one.id for one in uow.privacy.find(store, None, 1)), 1),
        }


def addresses(app: Flask, allowed: Who, ids: Mapping[str, object] | None = None) -> list[tuple[str, str]]:
    """Method and address of every route for these people; ``ids``: what stands in an address, by its name there."""
    adapter = app.url_map.bind("localhost")
    found: set[tuple[str, str]] = set()
    for rule in app.url_map.iter_rules():
        if ACCESS.get(rule.endpoint) is allowed and "static" not in rule.endpoint:
            values = {name: (ids or {}).get(name, "1") for name in rule.arguments}
            for method in (rule.methods or set()) & {"GET", "POST"}:
                try:
                    found.add((method, adapter.build(rule.endpoint, values, method=method)))
                except (BuildError, ValueError) as error:
                    raise AssertionError(f"give {rule.endpoint} something for {sorted(rule.arguments)}") from error
    return sorted(found)


def walk(browser: Browser, routes: list[tuple[str, str]], *, leave_out: frozenset[str] = frozenset()) -> Iterator[Seen]:
    for method, path in routes:
        if path not in leave_out:
            yield browser.get(path) if method == "GET" else browser.post(path)


def is_html(seen: Seen) -> bool:
    return seen.headers["Content-Type"].startswith("text/html")
