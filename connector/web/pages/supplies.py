"""What is on its way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from connector.ports.records import SupplyRecord, VariantRecord
from connector.services.context import StoreContext
from connector.services.sent_once import SentBefore, new_form
from connector.services.supplies import add_supply, change_supply, receive_supply
from connector.services.supply_errors import LONGEST_REFERENCE, LONGEST_SKU, LONGEST_SUPPLIER, Fault, SupplyError
from connector.services.supply_file import day_of, typed, units_of
from connector.services.supply_list import coming, likely, one_coming, picked
from connector.services.supply_moves import moves_of
from connector.web.access import here
from connector.web.asked import around, page_asked
from connector.web.backstage import Backstage
from connector.web.languages import day, number
from connector.web.pages import supply_import
from connector.web.pages.supply_words import supply_problem
from connector.web.words import _, ngettext

PAGE = 50
MOST_CHOICES = 10
MOST_MOVES = 50
LONGEST_FIELD = 1_000
LARGEST_ID = 10**17  # more than any database counts to by itself

FIELD_OF = {
    Fault.FAR: "due",
    Fault.NO_DATE: "due",
    Fault.UNKNOWN_SKU: "sku",
    Fault.AMBIGUOUS_SKU: "sku",
    Fault.UNKNOWN_SUPPLIER: "supplier",
}
"""Beside which field a fault is said; the others are about the quantity."""


@dataclass
class Draft:
    """A form about a supply as somebody filled it in; ``wrong`` by field.  ``choices``: what the SKU may have meant."""

    sku: str = ""
    variant: str = ""
    quantity: str = ""
    due: str = ""
    reference: str = ""
    supplier: str = ""
    form: str = field(default_factory=new_form)
    wrong: dict[str, str] = field(default_factory=dict)
    choices: Sequence[VariantRecord] = ()


def blueprint(back: Backstage) -> Blueprint:
    del back  # the store of the request brings all that is needed
    bp = Blueprint("supplies", __name__, url_prefix="/settings/supplies")

    @bp.get("")
    def show() -> ResponseReturnValue:
        store = here()
        variant = picked(store, request.args.get("variant", "")[:LONGEST_FIELD].replace("\0", ""))
        draft = Draft(request.args.get("sku", "")[:LONGEST_SKU])
        if variant is not None:
            draft.sku, draft.variant, draft.choices = variant.sku, variant.id, [variant]
        return _list(store, draft)

    @bp.post("")
    def add() -> ResponseReturnValue:
        return _add(here())

    @bp.get(f"/<int(max={LARGEST_ID}):supply_id>")
    def edit(supply_id: int) -> ResponseReturnValue:
        return _one(here(), supply_id)

    @bp.post(f"/<int(max={LARGEST_ID}):supply_id>")
    def change(supply_id: int) -> ResponseReturnValue:
        return _change(here(), supply_id)

    @bp.post(f"/<int(max={LARGEST_ID}):supply_id>/receive")
    def receive(supply_id: int) -> ResponseReturnValue:
        return _receive(here(), supply_id)

    bp.add_url_rule("/import", "import_form", supply_import.form, methods=["GET"])
    bp.add_url_rule("/import", "import_rows", supply_import.sent, methods=["POST"])
    return bp


def _list(store: StoreContext, draft: Draft) -> str:
    page = page_asked(lambda at: coming(store, at, PAGE))
    previous, following = around(page, lambda at: url_for("supplies.show", at=at))
    if not page.rows and "at" in request.args:
        previous = url_for("supplies.show")
    return render_template(
        "supplies.html",
        rows=page.rows,
        previous=previous,
        next=following,
        draft=draft,
        suppliers=sorted(store.rules.suppliers),
    )


def _draft() -> Draft:
    def given(name: str) -> str:
        return " ".join(request.form.get(name, "")[:LONGEST_FIELD].split())

    sku = request.form.get("sku", "")[:LONGEST_FIELD].strip()  # two spaces in a SKU are two
    draft = Draft(sku, given("variant"), given("quantity"), given("due"), given("reference"), given("supplier"))
    draft.form = given("form") or draft.form
    return draft


def _checked(draft: Draft, name: str) -> bool:
    """Whether one field can be understood; if not, what is wrong is noted beside it."""
    try:
        match name:
            case "quantity":
                units_of(draft.quantity)
            case "due":
                day_of(draft.due)
            case "reference":
                typed(draft.reference, "reference", LONGEST_REFERENCE)
            case "supplier":
                typed(draft.supplier, "supplier", LONGEST_SUPPLIER)
            case _:
                typed(draft.sku, "sku", LONGEST_SKU)
                typed(draft.variant, "sku", LONGEST_SKU)
                if not (draft.sku or draft.variant):
                    raise SupplyError("has no SKU", Fault.NO_SKU)  # noqa: TRY301 -- said beside the field like the others
    except SupplyError as error:
        draft.wrong[name] = supply_problem(error)
    return name not in draft.wrong


def _add(store: StoreContext) -> ResponseReturnValue:
    draft = _draft()
    # A list, not a generator: everything that is wrong is to be said at once.
    if not all([_checked(draft, name) for name in ("sku", "quantity", "due", "reference", "supplier")]):  # noqa: C419 -- see above
        return _list(store, draft), 422
    sku = f"id:{draft.variant}" if draft.variant else draft.sku
    try:
        supply = add_supply(
            store,
            sku,
            units_of(draft.quantity),
            day_of(draft.due),
            draft.reference,
            supplier=draft.supplier,
            form=draft.form,
        )
    except SentBefore:
        return _sent_before()
    except SupplyError as error:
        draft.wrong[FIELD_OF.get(error.fault, "quantity")] = supply_problem(error)
        if error.fault in {Fault.UNKNOWN_SKU, Fault.AMBIGUOUS_SKU}:
            draft.choices, draft.variant = likely(store, draft.sku, MOST_CHOICES), ""
        return _list(store, draft), 422
    flash(_("Supply %(id)s is entered: %(what)s.", id=supply.id, what=_told(supply)), "success")
    return redirect(url_for("supplies.show"), 303)


def _one(store: StoreContext, supply_id: int, draft: Draft | None = None, wrong_units: str = "") -> str:
    one = one_coming(store, supply_id)
    if one is None:
        abort(404)
    supply = one.supply
    if draft is None:
        due = supply.due.isoformat() if supply.due else ""
        draft = Draft(supply.sku, "", str(supply.units), due, supply.reference)
    return render_template(
        "supply.html",
        one=one,
        draft=draft,
        wrong_units=wrong_units,
        form=new_form(),
        moves=moves_of(store, supply),
        most=MOST_MOVES,
    )


def _change(store: StoreContext, supply_id: int) -> ResponseReturnValue:
    draft = _draft()
    if not all([_checked(draft, name) for name in ("quantity", "due", "reference")]):  # noqa: C419 -- as in _add
        return _one(store, supply_id, draft), 422
    try:
        supply = change_supply(
            store, supply_id, due=day_of(draft.due), units=units_of(draft.quantity), reference=draft.reference
        )
    except SupplyError as error:
        if error.fault in {Fault.NO_SUPPLY, Fault.CLOSED}:
            return _over(supply_problem(error))
        draft.wrong[FIELD_OF.get(error.fault, "quantity")] = supply_problem(error)
        return _one(store, supply_id, draft), 422
    flash(_("Supply %(id)s is changed: %(what)s.", id=supply.id, what=_told(supply)), "success")
    return redirect(url_for("supplies.show"), 303)


def _receive(store: StoreContext, supply_id: int) -> ResponseReturnValue:
    """Some units came, or all that were missing; or no more will come."""
    do, form = request.form.get("do", ""), request.form.get("form", "")[:LONGEST_FIELD]
    try:
        match do:
            case "some":
                units = units_of(request.form.get("units", "")[:LONGEST_FIELD].strip())
                supply = receive_supply(store, supply_id, units, form=form)
            case "all":
                supply = receive_supply(store, supply_id, None, form=form)
            case "close":
                supply = receive_supply(store, supply_id, 0, last=True, form=form)
            case _:
                return _one(store, supply_id, wrong_units=_("Choose what happened to the supply.")), 422
    except SentBefore:
        return _sent_before()
    except SupplyError as error:
        if error.fault in {Fault.NO_SUPPLY, Fault.CLOSED}:
            return _over(supply_problem(error))
        return _one(store, supply_id, wrong_units=supply_problem(error)), 422
    flash(_("Supply %(id)s: %(what)s.", id=supply.id, what=_told(supply)), "success")
    if do != "close":
        flash(_("Book the goods in your shop too: its stock number is what serves the queue."), "info")
    return redirect(url_for("supplies.show"), 303)


def _over(said: str) -> ResponseReturnValue:
    flash(said, "warning")
    return redirect(url_for("supplies.show"), 303)


def _sent_before() -> ResponseReturnValue:
    return _over(_("This form was sent twice; it was acted on once."))


def _told(supply: SupplyRecord) -> str:
    """How a supply stands, as a part of a sentence."""
    if supply.closed:
        counts = {"received": number(supply.received), "units": number(supply.units), "sku": supply.sku}
        return _("%(received)s of %(units)s units of %(sku)s came, and no more are expected", **counts)
    units = ngettext(
        "%(units)s unit of %(sku)s",
        "%(units)s units of %(sku)s",
        supply.incoming,
        units=number(supply.incoming),
        sku=supply.sku,
    )
    when = _("due %(day)s", day=day(supply.due)) if supply.due else _("nobody knows when")
    return _("%(units)s to come, %(when)s", units=units, when=when)
