"""Answer privacy requests: put together what is held, erase a person, forget a shop.

A request that cannot be answered by itself waits for a person as READY and says why.  Once it is done nothing of whom
it was about is in it any more: its kind, its times, the numbers of rows and of orders are the proof that it was done.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog

from connector.ports.aside import Task
from connector.ports.operating import PrivacyRequest, RequestKind, RequestState
from connector.ports.records import Origin, StoreRecord
from connector.ports.sentence import N_, Sentence
from connector.ports.unit_of_work import UnitOfWork
from connector.ports.vault import Unopenable
from connector.services.context import StoreContext
from connector.services.message_values import OwnerMatter
from connector.services.owner_mail import tell_owner
from connector.services.privacy_erase import erase
from connector.services.privacy_export import counts, export
from connector.services.privacy_subject import Subject, unseal
from connector.services.set_aside import ENDS_THE_TURN, backing_off, put_aside

log = structlog.get_logger()

BATCH = 20
SHOP = "shop"
STILL_HERE = N_("the shop is connected here: if it has left, `backorder store remove %(store)s` forgets it")
UNOPENABLE = Sentence("whom it is about was sealed with a key that is not ours any more: ask the shop to send it again")
LAPSED = "nobody fetched the answer in time"


def answer_requests(store: StoreContext) -> int:
    """Do those that are open; how many.  Doing one again changes nothing."""
    with store.work(read_only=True) as uow:
        later = backing_off(store, uow, Task.PRIVACY)
        waiting = [one for one in uow.privacy.open(store.key, BATCH + len(later)) if str(one.id) not in later]
    return sum(_answer_alone(store, one) for one in waiting[:BATCH])


def _answer_alone(store: StoreContext, request: PrivacyRequest) -> bool:
    try:
        _answer(store, request)
    except ENDS_THE_TURN:
        raise
    except Exception as error:
        # A fault of ours in one request must not hold up those of others: each has a day by which it must be answered.
        log.exception("privacy.bug", store=store.key, request=request.id)
        put_aside(store, Task.PRIVACY, str(request.id), error)
        return False
    with store.work(read_only=True) as uow:
        is_aside = str(request.id) in uow.aside.get(store.key, Task.PRIVACY)
    if is_aside:
        with store.work() as uow:
            uow.aside.release(store.key, Task.PRIVACY, [str(request.id)])
            uow.commit()
    return True


def _answer(store: StoreContext, request: PrivacyRequest) -> None:
    if request.kind is RequestKind.ERASE_SHOP:
        forget_shop(store, request)
        return
    try:
        subject = unseal(store, request.subject, request.order_ids)
    except Unopenable:
        _save(store, replace(request, state=RequestState.READY, said=UNOPENABLE))
        return
    if request.kind is RequestKind.ERASE:
        rows = erase(store, subject, by=SHOP)
        _done(store, request, rows)
        log.info("privacy.erased", store=store.key, request=request.id, rows=sum(rows.values()))
    else:
        _put_together(store, request, subject)


def _put_together(store: StoreContext, request: PrivacyRequest, subject: Subject) -> None:
    held = export(store, subject)
    if store.vault is None:
        raise RuntimeError(f"Store {store.key} has no vault to keep an answer in.")
    answer = store.vault.seal(json.dumps(held, ensure_ascii=False).encode())
    ready = replace(request, state=RequestState.READY, answer=answer, found=counts(held))
    with store.work() as uow:
        uow.privacy.save(ready)
        tell_owner(store, uow, OwnerMatter.PRIVACY, str(request.id), deadline=request.due_at)
        uow.commit()
    log.info("privacy.ready", store=store.key, request=request.id)


def answer_of(store: StoreContext, request: PrivacyRequest) -> dict[str, Any] | None:
    """What was put together; None where there is nothing (any more).  Raises ``Unopenable``."""
    if not request.answer or store.vault is None:
        return None
    answer: dict[str, Any] = json.loads(store.vault.open(request.answer))
    return answer


def passed_on(store: StoreContext, request: PrivacyRequest) -> None:
    """The owner has given the answer to the person: it is kept no longer."""
    _done(store, request, request.found)


def lapse(uow: UnitOfWork, store: str, now: datetime, limit: int) -> int:
    """Answers that nobody fetched by the day they were due are not kept any longer; for housekeeping."""
    ready = uow.privacy.find(store, RequestState.READY, limit)
    late = [one for one in ready if one.kind is RequestKind.ACCESS and one.due_at < now]
    for one in late:
        uow.privacy.save(_forgotten(one, one.found, now, LAPSED))
    return len(late)


def forget_shop(store: StoreContext, request: PrivacyRequest) -> None:
    """Everything of a store that has left goes.  That it was done is kept where no store is, with its key alone.

    A store of the config file stays as one that is gone, or the next start would read it all anew.
    """
    now = store.clock()
    with store.work() as uow:
        record = uow.stores.get(store.key)
        if record is not None and record.gone_at is None:
            uow.privacy.save(replace(request, state=RequestState.READY, said=Sentence(STILL_HERE, store=store.key)))
            uow.commit()
            return
        uow.stores.remove(store.key)
        if record is not None and record.origin is Origin.CONFIG:
            uow.stores.save(StoreRecord(store.key, record.platform, gone_at=record.gone_at, shop=record.shop))
        proof = replace(request, id=0, store="", reference=f"{store.key}/{request.reference}")
        proof = _forgotten(replace(proof, order_ids=()), {}, now, store.key)
        uow.privacy.ask(proof)
        uow.commit()
    log.info("privacy.shop_forgotten", store=store.key, request=request.id)


def _done(store: StoreContext, request: PrivacyRequest, found: Mapping[str, int]) -> None:
    _save(store, _forgotten(request, found, store.clock(), ""))


def _forgotten(request: PrivacyRequest, found: Mapping[str, int], now: datetime, said: str) -> PrivacyRequest:
    return replace(request, state=RequestState.DONE, done_at=now, subject=b"", answer=b"", found=dict(found), said=said)


def _save(store: StoreContext, request: PrivacyRequest) -> None:
    with store.work() as uow:
        uow.privacy.save(request)
        uow.commit()
