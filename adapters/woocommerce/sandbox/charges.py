"""What an order costs beside its goods: shipping and fees; and the tax on all of it, worked out after every edit."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.woocommerce.sandbox import catalogue, lines
from adapters.woocommerce.sandbox.core import Core
from adapters.woocommerce.sandbox.records import Body, Charge, Order

KINDS = {"shipping_lines": "shipping", "fee_lines": "fee"}
TITLES = {"shipping": "method_title", "fee": "name"}


def write(core: Core, order: Order, fields: Mapping[str, object]) -> None:
    """Add or change shipping and fee lines as REST does.  Whoever edits a line has all taxes worked out anew."""
    for name, kind in KINDS.items():
        rows = fields.get(name)
        for one in rows if isinstance(rows, list) else []:
            if isinstance(one, dict):
                _write(core, order, kind, one)
    if not fields.keys().isdisjoint({*KINDS, "line_items", "billing", "shipping"}):
        for line in order.lines:
            line.tax = core.tax_on(line.total, line.tax_class)
        for charge in order.charges:
            charge.tax = core.tax_on(charge.total)


def _write(core: Core, order: Order, kind: str, one: Body) -> None:
    charge = next((row for row in order.charges if row.id == one.get("id") and row.kind == kind), None)
    if charge is None:
        charge = Charge(next(core.ids.lines), kind, "", lines.amount("0"), method=str(one.get("method_id", "")))
        order.charges.append(charge)
    charge.title = str(one.get(TITLES[kind], charge.title))
    if "total" in one:
        charge.total = lines.amount(one["total"])
    catalogue.write_meta(core, charge.meta, one.get("meta_data"))
