"""Keys that a shop posted, sealed with the attempt that they came for until they were tried."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode

from connector.ports.accounts import PassRecord
from connector.ports.installing import Granted
from connector.ports.unit_of_work import Work
from connector.ports.vault import Unopenable, Vault

KEYS = "keys"


def without_keys(held: PassRecord) -> dict[str, str]:
    return {name: value for name, value in held.remember.items() if name != KEYS}


def keep_keys(work: Work, vault: Vault, used: PassRecord, granted: Granted) -> None:
    """Until the browser comes back.  They are not tried at once: the shop waits for our answer, and a small one has no
    second process to answer us with.
    """
    told = {
        "attempt": used.id,
        "shop": granted.shop,
        "title": granted.title,
        "options": dict(granted.options),
        "webhook_secret": granted.webhook_secret,
        "secret_is_ours": granted.secret_is_ours,
    }
    sealed = vault.seal(json.dumps(told).encode())
    with work() as uow:
        uow.passes.keep(used.id, {**used.remember, KEYS: b64encode(sealed).decode("ascii")})
        uow.commit()


def kept_keys(work: Work, vault: Vault, id_: str) -> tuple[PassRecord, Granted] | None:
    """What ``keep_keys`` kept; None where it is not there any more, or cannot be opened."""
    with work(read_only=True) as uow:
        held = uow.passes.get(id_)
    if held is None or KEYS not in held.remember:
        return None
    try:
        told = json.loads(vault.open(b64decode(held.remember[KEYS])))
    except Unopenable:
        return None
    # A row that somebody moved must not make one attempt speak for another.
    return (held, Granted(**told)) if told.pop("attempt") == id_ else None


def drop_keys(work: Work, id_: str, *, said: str) -> None:
    """Keys that did not open the shop, or that may not come in."""
    with work() as uow:
        held = uow.passes.get(id_)
        if held is not None:
            uow.passes.keep(id_, without_keys(held))
            uow.passes.note(id_, store="", said=said)
        uow.commit()
