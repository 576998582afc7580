"""Mutations on stock: adjust, set, move, activate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphql import GraphQLError

from adapters.shopify.sandbox.call import Args, Call, Payload, Root, UserErrors, done, refused, user_error
from adapters.shopify.sandbox.reads import find
from adapters.shopify.sandbox.records import Item, Level, Location
from adapters.shopify.sandbox.stock import level_at, move

ADJUSTABLE = ("available", "damaged", "incoming", "quality_control", "reserved", "safety_stock")
REASONS = frozenset(
    (
        "correction",
        "cycle_count_available",
        "damaged",
        "movement_canceled",
        "movement_created",
        "movement_received",
        "movement_updated",
        "other",
        "promotion",
        "quality_control",
        "received",
        "reservation_created",
        "reservation_deleted",
        "reservation_updated",
        "restock",
        "safety_stock",
        "shrinkage",
    )
)
MOST_SET = 1_000_000_000
MOST_ADJUST = 2_000_000_000
Change = dict[str, object]


def demand_compare(given: Mapping[str, Any], where: str) -> None:
    """``changeFromQuantity`` must be present since 2026-04; null says that the check is not wanted."""
    if "changeFromQuantity" not in given:
        raise GraphQLError(
            f"{where}: changeFromQuantity is required. Pass null to skip the comparison.",
            extensions={"code": "INVALID_FIELD_ARGUMENTS"},
        )


def locate(call: Call, item_id: str, place_id: str, path: Sequence[str]) -> tuple[Level | None, UserErrors]:
    item, place = find(call, item_id, Item), find(call, place_id, Location)
    if not isinstance(item, Item):
        message = "The specified inventory item could not be found."
        return None, [user_error([*path, "inventoryItemId"], message, "INVALID_INVENTORY_ITEM")]
    if not isinstance(place, Location):
        message = "The specified location could not be found."
        return None, [user_error([*path, "locationId"], message, "INVALID_LOCATION")]
    with call.store.act():
        return level_at(call.store, item, place), []


def stale(level: Level, name: str, given: Mapping[str, Any], path: Sequence[str]) -> UserErrors:
    expected = given["changeFromQuantity"]
    if expected is None or expected == level.number(name):
        return []
    message = "The changeFromQuantity argument no longer matches the persisted quantity."
    return [user_error([*path, "changeFromQuantity"], message, "CHANGE_FROM_QUANTITY_STALE")]


def group(call: Call, given: Mapping[str, Any], changes: list[Change]) -> Payload:
    made = {
        "__typename": "InventoryAdjustmentGroup",
        "id": f"gid://shopify/InventoryAdjustmentGroup/{call.store.new_id()}",
        "createdAt": call.store.now(),
        "reason": given["reason"],
        "referenceDocumentUri": given.get("referenceDocumentUri"),
        "changes": changes,
    }
    return done(inventoryAdjustmentGroup=made)


def change(level: Level, name: str, delta: int, ledger: str | None = None) -> Change:
    return {
        "name": name,
        "delta": delta,
        "quantityAfterChange": level.number(name),
        "item": level.item,
        "location": level.location,
        "ledgerDocumentUri": ledger,
    }


def wrong_reason(given: Mapping[str, Any]) -> UserErrors:
    if given["reason"] in REASONS:
        return []
    message = f"The specified reason is invalid. Valid values are: {', '.join(sorted(REASONS))}."
    return [user_error(["input", "reason"], message, "INVALID_REASON")]


def wrong_ledger(name: str, ledger: str | None, path: Sequence[str]) -> UserErrors:
    """Every number but ``available`` needs a document of ours that explains it."""
    field = [*path, "ledgerDocumentUri"]
    if name == "available":
        message = "A ledger document URI is not allowed when adjusting available."
        return [user_error(field, message, "INVALID_AVAILABLE_DOCUMENT")] if ledger else []
    if not ledger:
        message = "A ledger document URI is required except when adjusting available."
        return [user_error(field, message, "INVALID_QUANTITY_DOCUMENT")]
    if ledger.startswith("gid://shopify/"):
        return [
            user_error(field, "Internal (gid://shopify/) ledger documents are not allowed.", "INTERNAL_LEDGER_DOCUMENT")
        ]
    return []


def adjust(call: Call, args: Args) -> Payload:
    given = args["input"]
    name, errors = given["name"], wrong_reason(given)
    if name not in ADJUSTABLE:
        message = f"The specified quantity name is invalid. Valid values are: {', '.join(ADJUSTABLE)}."
        errors.append(user_error(["input", "name"], message, "INVALID_QUANTITY_NAME"))
    if len({one.get("ledgerDocumentUri") for one in given["changes"]}) > 1:
        message = "All changes must have the same ledger document URI."
        errors.append(user_error(["input", "changes"], message, "MAX_ONE_LEDGER_DOCUMENT"))
    planned: list[tuple[Level, Mapping[str, Any]]] = []
    for index, one in enumerate(given["changes"]):
        path = ["input", "changes", str(index)]
        demand_compare(one, f"changes.{index}")
        level, wrong = locate(call, one["inventoryItemId"], one["locationId"], path)
        errors += wrong
        if name in ADJUSTABLE:
            errors += wrong_ledger(name, one.get("ledgerDocumentUri"), path)
        if abs(one["delta"]) > MOST_ADJUST:
            errors.append(
                user_error([*path, "delta"], "The quantity is too high or too low.", "INVALID_QUANTITY_TOO_HIGH")
            )
        if level is not None and name in ADJUSTABLE:
            errors += stale(level, name, one, path)
            planned.append((level, one))
    if errors:
        return refused(*errors, inventoryAdjustmentGroup=None)
    with call.store.act():
        changes = []
        for level, one in planned:
            move(call.store, level, **{name: one["delta"]})
            changes.append(change(level, name, one["delta"], one.get("ledgerDocumentUri")))
            if name != "incoming":
                changes.append(change(level, "on_hand", one["delta"]))
    return group(call, given, changes)


def set_quantities(call: Call, args: Args) -> Payload:
    """``available`` or ``on_hand``; what is committed stays, so setting either moves both."""
    given = args["input"]
    name, errors = given["name"], wrong_reason(given)
    if name not in {"available", "on_hand"}:
        message = "The quantity name must be either 'available' or 'on_hand'."
        errors.append(user_error(["input", "name"], message, "INVALID_NAME"))
    seen: set[tuple[str, str]] = set()
    planned: list[tuple[Level, int]] = []
    for index, one in enumerate(given["quantities"]):
        path = ["input", "quantities", str(index)]
        demand_compare(one, f"quantities.{index}")
        level, wrong = locate(call, one["inventoryItemId"], one["locationId"], path)
        errors += wrong + _wrong_quantity(one["quantity"], path)
        if (pair := (one["inventoryItemId"], one["locationId"])) in seen:
            message = "The combination of inventoryItemId and locationId must be unique."
            errors.append(user_error([*path, "locationId"], message, "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR"))
        seen.add(pair)
        if level is not None and not errors:
            errors += stale(level, name, one, path)
            planned.append((level, one["quantity"]))
    if errors:
        return refused(*errors, inventoryAdjustmentGroup=None)
    with call.store.act():
        changes = []
        for level, quantity in planned:
            delta = quantity - level.number(name)
            move(call.store, level, available=delta)
            changes += [change(level, "available", delta), change(level, "on_hand", delta)]
    return group(call, given, changes)


def _wrong_quantity(quantity: int, path: Sequence[str]) -> UserErrors:
    if quantity < 0:
        return [user_error([*path, "quantity"], "The quantity can't be negative.", "INVALID_QUANTITY_NEGATIVE")]
    if quantity > MOST_SET:
        message = "The total quantity can't be higher than 1,000,000,000."
        return [user_error([*path, "quantity"], message, "INVALID_QUANTITY_TOO_HIGH")]
    return []


def move_quantities(call: Call, args: Args) -> Payload:
    """Between the numbers of one place."""
    given = args["input"]
    errors = wrong_reason(given)
    planned: list[tuple[Level, Mapping[str, Any]]] = []
    for index, one in enumerate(given["changes"]):
        path = ["input", "changes", str(index)]
        start, end = one["from"], one["to"]
        for side, where in ((start, "from"), (end, "to")):
            demand_compare(side, f"changes.{index}.{where}")
            if side["name"] not in ADJUSTABLE:
                message = "The specified quantity name is invalid."
                errors.append(user_error([*path, where, "name"], message, "INVALID_QUANTITY_NAME"))
            else:
                errors += wrong_ledger(side["name"], side.get("ledgerDocumentUri"), [*path, where])
        if start["locationId"] != end["locationId"]:
            message = "The quantities can't be moved between different locations."
            errors.append(user_error(path, message, "DIFFERENT_LOCATIONS"))
        if start["name"] == end["name"]:
            errors.append(
                user_error(path, "The quantity names for each change can't be the same.", "SAME_QUANTITY_NAME")
            )
        level, wrong = locate(call, one["inventoryItemId"], start["locationId"], path)
        errors += wrong
        if level is not None and not errors:
            errors += stale(level, start["name"], start, [*path, "from"]) + stale(
                level, end["name"], end, [*path, "to"]
            )
            planned.append((level, one))
    if errors:
        return refused(*errors, inventoryAdjustmentGroup=None)
    with call.store.act():
        changes = []
        for level, one in planned:
            names, units = (one["from"]["name"], one["to"]["name"]), one["quantity"]
            move(call.store, level, **{names[0]: -units, names[1]: units})
            changes += [change(level, names[0], -units), change(level, names[1], units)]
    return group(call, given, changes)


def activate(call: Call, args: Args) -> Payload:
    """Stock an item at a place."""
    level, errors = locate(call, args["inventoryItemId"], args["locationId"], [])
    if level is None:
        return refused(*errors, inventoryLevel=None)
    if args.get("available") is not None:
        with call.store.act():
            move(call.store, level, available=args["available"] - level.number("available"))
    return done(inventoryLevel=level)


MUTATIONS: dict[str, Root] = {
    "inventoryAdjustQuantities": adjust,
    "inventorySetQuantities": set_quantities,
    "inventoryMoveQuantities": move_quantities,
    "inventoryActivate": activate,
}
