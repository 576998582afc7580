"""When a message may leave: after it has settled, and not in the store's quiet hours unless it may not wait."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from connector.ports.promising import MessageKind
from connector.services.context import StoreContext
from connector.settings.promise import QuietSettings

SETTLES = frozenset(
    {
        MessageKind.CONFIRMED,
        MessageKind.EARLIER,
        MessageKind.LATER,
        MessageKind.OPTION,
        MessageKind.REMINDER,
        MessageKind.READY,
    }
)
"""What a newer one may take the place of before anybody has read it."""

AT_ANY_HOUR = frozenset(
    {
        # Somebody sits there and waits for it.
        MessageKind.OPT_IN,
        MessageKind.SIGN_IN,
        # It names a deadline, and goes to the owner, not to a shopper.
        MessageKind.TO_OWNER,
    }
)


def not_before(store: StoreContext, kind: MessageKind, now: datetime, deadline: datetime | None = None) -> datetime:
    """When a message made ``now`` may leave (``MessageRecord.not_before``).

    What the law asks for ignores the quiet hours, and so does what would be worth nothing once they are over.
    """
    settled = now + store.settle if kind in SETTLES else now
    if kind.is_legal or kind in AT_ANY_HOUR:
        return settled
    over = quiet_until(store.rules.quiet, store.zone, settled)
    return settled if deadline is not None and over >= deadline else over


def quiet_until(quiet: QuietSettings, zone: ZoneInfo, moment: datetime) -> datetime:
    """The moment itself, or the end of the quiet hours it lies in.

    Quiet hours are those of the clock on the wall, which is put forward and back: they may last an hour more or less
    in such a night, and an end that the clock leaves out is the moment at which it was put forward.
    """
    if not quiet.start or quiet.start == quiet.end:
        return moment
    start, end = time.fromisoformat(quiet.start), time.fromisoformat(quiet.end)
    local = moment.astimezone(zone)
    for day in (local.date() - timedelta(days=1), local.date()):
        begins = _at(day, start, zone)
        ends = _at(day if start < end else day + timedelta(days=1), end, zone)
        if begins <= moment < ends:
            return ends
    return moment


def _at(day: date, hour: time, zone: ZoneInfo) -> datetime:
    """When the store's clock shows this hour, in UTC; an hour it shows twice counts when it comes the first time."""
    wall = datetime.combine(day, hour, zone)
    there = wall.astimezone(UTC)
    if there.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return there
    # This hour is left out.  With the offset from before the change it lies after the change, and with the one from
    # after it before; what is looked for lies between the two.
    late, early = there, wall.replace(fold=1).astimezone(UTC)
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) / 2
        if middle.astimezone(zone).utcoffset() == early.astimezone(zone).utcoffset():
            early = middle
        else:
            late = middle
    return late.replace(microsecond=0)
