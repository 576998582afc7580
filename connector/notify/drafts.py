"""What each kind of message says about an order that waits.

The notice that asks "wait or cancel?" holds all that 16 CFR 435.2(b)(1) wants of it: a definite new day, or that none
can be given and why; the right to cancel and to get a full and prompt refund; a way to answer that costs nothing; what
silence means, and until when.  Nothing in it advertises.
"""

from __future__ import annotations

from connector.notify.blocks import Block, Paragraph
from connector.notify.letter import Draft, Letter


def confirmed(letter: Letter) -> Draft:
    content = [*letter.begin("confirmed", letter.dated()), *_page(letter)]
    return Draft(letter.subject("confirmed"), content, letter.short("confirmed", date=_expected(letter)))


def earlier(letter: Letter) -> Draft:
    return _moved(letter, "earlier")


def later(letter: Letter) -> Draft:
    return _moved(letter, "later")


def _moved(letter: Letter, kind: str) -> Draft:
    content = [*letter.begin(kind, letter.dated()), *_reason(letter.reason()), *_page(letter)]
    return Draft(letter.subject(kind), content, letter.short(kind, date=_expected(letter)))


def ready(letter: Letter) -> Draft:
    rest = int(letter.values.get("rest", 0))
    more = [Paragraph([letter.voice.count(rest, letter.voice.words.rest)])] if rest else []
    content = [*letter.begin("ready", letter.plain()), *more, *letter.button("page")]
    return Draft(letter.subject("ready"), content, letter.short("ready"))


def option(letter: Letter) -> Draft:
    content = [*letter.begin("option", letter.dated()), *_choice(letter)]
    return Draft(letter.subject("option"), content, _short_choice(letter, "option"))


def reminder(letter: Letter) -> Draft:
    content = [*letter.part("reminder", letter.dated()), *_choice(letter)]
    return Draft(letter.sentence("reminder_subject"), content, _short_choice(letter, "reminder"))


def _choice(letter: Letter) -> list[Block]:
    revised = letter.day("revised")
    content = letter.part("option_dated", date=revised) if revised else letter.part("option_open")
    content += _reason(_why(letter))
    content += letter.part("option_right")
    content += letter.button("option_link") or letter.part("option_reply")
    content += _silence(letter, revised)
    if not revised:
        content += letter.part("option_open_wait")
    for law in letter.values.get("laws", ()):
        content += letter.part(f"option_{law}") if letter.has(f"option_{law}") else []
    return content + _rule(letter)


def _silence(letter: Letter, revised: str) -> list[Block]:
    """What it means to say nothing, and until when."""
    answer_by = letter.day("answer_by")
    match letter.values.get("silence"):
        case "consents" if revised:
            return letter.part("option_consents", date=revised)
        case "cancels" if answer_by:
            return letter.part("option_cancels", date=answer_by)
    return []


def _short_choice(letter: Letter, kind: str) -> str:
    revised, answer_by, silence = letter.day("revised"), letter.day("answer_by"), ""
    match letter.values.get("silence"):
        case "consents" if revised:
            silence = letter.sentence("short_consents", date=revised)
        case "cancels" if answer_by:
            silence = letter.sentence("short_cancels", date=answer_by)
    day = revised or letter.voice.words.no_date
    # A new day needs no reason, and every letter of a text message costs.
    return letter.short(kind, date=day, reason="" if revised else _why(letter), silence=silence)


def _why(letter: Letter) -> str:
    """Who names no day must say why (16 CFR 435.2(b)(1)(iii)(A))."""
    return letter.reason() or ("" if letter.day("revised") else letter.sentence("reason_unknown"))


def _reason(said: str) -> list[Block]:
    return [Paragraph([said])] if said else []


def _rule(letter: Letter) -> list[Block]:
    rule = letter.said("rule")
    return letter.part("rule", rule=rule) if rule else []


def _page(letter: Letter) -> list[Block]:
    return letter.button("page") or letter.part("contact")


def _expected(letter: Letter) -> str:
    return letter.day("expected") or letter.voice.words.no_date
