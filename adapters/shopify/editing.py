"""Order edits: units taken off, and a variant put in their place, in one commit that happens once.

Shopify tells nobody who reads an order what an edit was for.  So before the commit we write down, on the order, how it
stood and what is about to be done; the next try sees by that whether it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from adapters.reader import Reader
from adapters.shopify import notes
from adapters.shopify.admin import Admin
from adapters.shopify.ids import gid, number_in
from adapters.shopify.operations import EDIT_ADD, EDIT_QUANTITY, Step, together
from adapters.shopify.order_now import AMEND, OrderNow, paid
from adapters.shopify.refusals import refuse_errors
from connector.ports.failures import Refused
from connector.ports.sentence import Sentence

NOT_EDITABLE = "not_editable"


@dataclass(frozen=True, slots=True)
class Edit:
    """``take``: units by line; ``variant_id`` and ``units``: what comes instead, empty where nothing does."""

    reference: str
    reason: str
    take: Mapping[str, int] = field(default_factory=dict)
    variant_id: str = ""
    units: int = 0


def was_committed(order: OrderNow) -> bool:
    """Whether the edit that an earlier try wrote down has been carried out."""
    note = order.noted
    if note is None or not note.left:
        return False
    if note.variant_id:
        return any(
            line.variant_id == note.variant_id and line.ordered == note.units and line.id not in note.lines
            for line in order.lines.values()
        )
    return all(line in order.lines and order.lines[line].current <= left for line, left in note.left.items())


def edit(admin: Admin, order: OrderNow, wanted: Edit) -> notes.Note:
    """Carry it out; gives what was written down.  Raises ``Refused``, with nothing changed, where it cannot be done;
    ``dearer`` where the buyer would owe more than before.
    """
    if order.why_not_editable:
        raise Refused(NOT_EDITABLE, order.why_not_editable)
    begun = admin.write("EditBegin", {"id": gid("Order", order.id)}, act=AMEND).need("orderEditBegin")
    refuse_errors(begun, NOT_EDITABLE)
    calculated = begun["calculatedOrder"]
    before, _ = paid(calculated["totalOutstandingSet"])
    after, _ = paid(_stage(admin, calculated, order, wanted)["totalOutstandingSet"])
    if after > before:
        raise Refused("dearer", Sentence("It costs %(more)s more than was paid.", more=str(after - before)))
    note = notes.Note(
        lines=tuple(order.lines),
        left={line: order.lines[line].current - count for line, count in wanted.take.items()},
        variant_id=wanted.variant_id,
        units=wanted.units,
        back=str(before - after),
    )
    notes.write(admin, order.id, wanted.reference, note, AMEND)
    staff_note = notes.signed(wanted.reason, wanted.reference)
    done = admin.write("EditCommit", {"id": calculated["id"].text(), "note": staff_note}, act=AMEND)
    refuse_errors(done.need("orderEditCommit"), NOT_EDITABLE)
    return note


def _stage(admin: Admin, calculated: Reader, order: OrderNow, wanted: Edit) -> Reader:
    """Prepare the changes in the session; gives the calculated order as they would leave it."""
    session = calculated["id"].text()
    lines = {number_in(line["id"]): line for line in calculated["lineItems"]["nodes"]}
    steps = [
        Step(EDIT_QUANTITY, {"id": session, **_less(lines.get(line), order.lines[line].sku, count)})
        for line, count in wanted.take.items()
    ]
    if wanted.variant_id:
        variant = gid("ProductVariant", wanted.variant_id)
        steps.append(Step(EDIT_ADD, {"id": session, "variantId": variant, "quantity": wanted.units}))
    text, variables = together("EditStage", steps)
    answered = admin.write_together("EditStage", text, variables, act=AMEND)
    for index in range(len(steps)):
        refuse_errors(answered.need(f"m{index}"), NOT_EDITABLE)
    return answered.need(f"m{len(steps) - 1}", "calculatedOrder")


def _less(line: Reader | None, sku: str, count: int) -> dict[str, object]:
    """A calculated line bears the number of the line it stands for (recorded, not promised): the SKU must agree."""
    if line is None or line["sku"].text_or("") != sku:
        raise Refused(NOT_EDITABLE, Sentence("The edit does not show the line that is to be changed."))
    if count > line["editableQuantity"].whole(minimum=0):
        raise Refused(NOT_EDITABLE, Sentence("Not so many units of the line can be edited any more."))
    return {"lineItemId": line["id"].text(), "quantity": line["quantity"].whole(minimum=0) - count}
