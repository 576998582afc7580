"""What each kind of message says that is about no order of its reader: lists, signing in, and word to the owner."""

from __future__ import annotations

from connector.notify.blocks import link
from connector.notify.letter import Draft, Letter


def opt_in(letter: Letter) -> Draft:
    """The question and nothing else: not even a welcome (LG Stendal, 22 S 87/20)."""
    content = [*letter.part("opt_in"), *letter.button("opt_in_link"), *letter.part("opt_in_else")]
    return Draft(letter.sentence("opt_in_subject"), content, letter.short("opt_in"), bare=True)


def restock(letter: Letter) -> Draft:
    """With the way off the list in it, without which it may not go out (G5)."""
    stop = str(letter.values["stop"])
    until = letter.part("restock_until", **letter.moment("claim_until")) if letter.values.get("claim_until") else []
    way_off = link(letter.sentence("restock_stop", link="{link}"), stop, button=False)
    content = [*letter.begin("restock"), *letter.button("restock_link"), *until, way_off]
    return Draft(letter.subject("restock"), content, letter.short("restock", stop=stop))


def sign_in(letter: Letter) -> Draft:
    content = [*letter.part("sign_in"), *letter.button("sign_in_link"), *letter.part("sign_in_else")]
    subject = letter.sentence("sign_in_subject")
    return Draft(subject, content, letter.sentence("sign_in_link", link=letter.link), bare=True)


def to_owner(letter: Letter) -> Draft:
    matter = str(letter.values["matter"])
    subject = letter.sentence(f"owner_subject_{matter}")
    content = letter.part(f"owner_{matter}", letter.plain())
    if amount := letter.amount():
        content += letter.part("owner_amount", amount=amount)
    if deadline := letter.day("deadline"):
        content += letter.part("owner_by", date=deadline)
    if said := letter.said("said"):
        content += letter.part("owner_said", said=said)
    if rule := letter.said("rule"):
        content += letter.part("rule", rule=rule)
    return Draft(subject, content, subject, bare=True)
