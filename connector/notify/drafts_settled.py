"""What each kind of message says about what was settled: cancelled, refunded, withdrawn, and what could not be done."""

from __future__ import annotations

from connector.notify.blocks import Block
from connector.notify.letter import Draft, Letter


def cancelled(letter: Letter) -> Draft:
    why = f"cancelled_{letter.values['why']}"
    content = letter.part(why if letter.has(why) else "cancelled_owner", letter.plain())
    refund = _refund_of_cancelled(letter)
    content += _paragraphs(letter, refund) + _rule(letter)
    return Draft(
        letter.sentence("cancelled_subject"), content, letter.short("cancelled", refund=_one_line(letter, refund))
    )


def refund_due(letter: Letter) -> Draft:
    refund = _to_come(letter)
    content = letter.part("refund_due", letter.plain()) + _paragraphs(letter, refund) + _rule(letter)
    short = letter.short("refund_due", refund=_one_line(letter, refund))
    return Draft(letter.sentence("refund_due_subject"), content, short)


def refunded(letter: Letter) -> Draft:
    amount = letter.amount()
    content = letter.part("refunded", letter.plain())
    content += letter.part("refunded_amount", amount=amount) if amount else []
    content += letter.part("account")
    said = letter.sentence("refund_sent", amount=amount) if amount else letter.sentence("refunded_subject")
    return Draft(letter.sentence("refunded_subject"), content, letter.short("refunded", refund=said))


def withdrawal(letter: Letter) -> Draft:
    """Its content, and the day and time it came (2011/83, art. 11a(4))."""
    moment = letter.moment("at")
    content = letter.part("withdrawal") + letter.part("withdrawal_at", **moment)
    name = letter.said("name")
    content += letter.part("withdrawal_name", name=name) if name else []
    contact = letter.said("contact")
    content += letter.part("withdrawal_contact", contact=contact) if contact else []
    if letter.values.get("whole"):
        content += letter.part("withdrawal_whole")
    else:
        content += letter.part("withdrawal_lines", letter.plain())
    content += letter.part("withdrawal_keep")
    return Draft(letter.sentence("withdrawal_subject"), content, letter.short("withdrawal", **moment))


def not_done(letter: Letter) -> Draft:
    content = letter.part(f"not_done_{letter.values['what']}", letter.plain())
    because = f"because_{letter.values['why']}"
    reason = letter.sentence(because) if letter.has(because) else ""
    content += letter.part(because) if reason else []
    said = letter.said("said")
    content += letter.part("shop_says", said=said) if said else []
    content += letter.button("page")
    return Draft(letter.sentence("not_done_subject"), content, letter.short("not_done", reason=reason))


Said = list[tuple[str, dict[str, str]]]
"""Parts, with what stands in them."""


def _refund_of_cancelled(letter: Letter) -> Said:
    """Sent already, to be sent by a day, or none: what was never paid is not given back."""
    amount, by = letter.amount(), letter.refund_by()
    if amount and not by:
        return [("refund_sent", {"amount": amount}), ("account", {})]
    return _to_come(letter) if by else []


def _to_come(letter: Letter) -> Said:
    amount, by = letter.amount(), letter.refund_by()
    said: Said = [("refund_amount", {"amount": amount})] if amount else [("refund_full", {})]
    return [*said, ("refund_by", {"date": by})] if by else said


def _paragraphs(letter: Letter, said: Said) -> list[Block]:
    return [block for key, places in said for block in letter.part(key, **places)]


def _one_line(letter: Letter, said: Said) -> str:
    return " ".join(letter.sentence(key, **places) for key, places in said if key != "account")


def _rule(letter: Letter) -> list[Block]:
    rule = letter.said("rule")
    return letter.part("rule", rule=rule) if rule else []
