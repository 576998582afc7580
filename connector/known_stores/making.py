"""One store, made of its rows and of what the config file says of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from secrets import token_urlsafe

import structlog
from pydantic import SecretStr, ValidationError

from connector.buyers import PURPOSE as BUYERS
from connector.buyers import buyer_digest
from connector.known_stores.keyless import KEYS, Keyless
from connector.known_stores.reaching import channels, composer
from connector.notify.wording import TemplateWording
from connector.ports.accounts import Sealed, Steered
from connector.ports.budgets import BucketKeeper
from connector.ports.clock import Clock
from connector.ports.installing import Installer
from connector.ports.records import StoreRecord
from connector.ports.sentence import Sentence
from connector.ports.storefront import Platform, Storefront
from connector.ports.unit_of_work import UnitOfWork, Work
from connector.ports.vault import Unopenable, Vault
from connector.services.context import Rules, StoreContext
from connector.services.keys import Keys, open_keys
from connector.services.page_links import StoreLinks, Tokens
from connector.services.steer import overlaid
from connector.settings import Settings, StoreSettings
from connector.settings.problems import dotted, problems_of
from connector.settings.stores import hidden
from connector.working_days import working_days

log = structlog.get_logger()

SETTINGS = "settings"
NEVER_PLANNED = -1
"""No row has this revision, so with a context that has it nothing is ever planned."""

GONE = Keyless(Sentence("The store is disconnected."), Sentence("Connect it again."))
MISSING = Keyless(Sentence("There are no keys of this store."), Sentence("Connect it again."))
SEALED = Keyless(
    Sentence(
        "The keys of this store cannot be opened: they were sealed with another encryption key than the one in use."
    ),
    Sentence(
        "Put the key they were sealed with into old_encryption_keys under [security], or connect the store again."
    ),
)
UNFIT = Keyless(
    Sentence("The keys of this store are not of a kind that this version understands."), Sentence("Connect it again.")
)


@dataclass(frozen=True, slots=True)
class Rows:
    """What the database holds of one store, read in one transaction."""

    record: StoreRecord
    sealed: Sealed | None = None
    steered: Mapping[str, Steered] = field(default_factory=dict)

    @classmethod
    def read(cls, uow: UnitOfWork, key: str) -> Rows | None:
        record = uow.stores.get(key)
        if record is None:
            return None
        return cls(record, uow.credentials.get(key), uow.steering.get(key))


@dataclass(frozen=True, slots=True)
class Made:
    """A store as it was made.  ``own_secrets``: those that sign for this store alone; ``app``: whether those of the
    installation's app sign for it too; ``trouble``: by act, what its owner has to do before it can be worked on.
    """

    settings: StoreSettings
    context: StoreContext
    own_secrets: tuple[str, ...]
    shop: str = ""
    app: bool = False
    gone: bool = False
    trouble: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoreMaker:
    """``vault`` is asked for only once there are keys to be opened; ``budget``: who keeps what may still be called at a
    store, where several processes call it.
    """

    whole: Settings
    platforms: Mapping[str, Platform]
    installers: Mapping[str, Installer]
    vault: Callable[[], Vault]
    work: Work
    clock: Clock
    budget: Callable[[str], BucketKeeper] | None = None

    def make(self, rows: Rows, before: Made | None) -> Made:
        """``before``: the same store as it was made last; it keeps its storefront where its keys are the same."""
        of_file = self.from_file(rows.record.key)
        return self._of_app(rows, before) if of_file is None else self._of_file(of_file, rows, before)

    def from_file(self, key: str) -> StoreSettings | None:
        try:
            return self.whole.store(key)
        except KeyError:
            return None

    def app_secrets(self, platform: str) -> tuple[str, ...]:
        installer = self.installers.get(platform)
        return installer.webhook_secrets() if installer is not None else ()

    def context(self, store: StoreSettings, storefront: Storefront, *, revision: int, title: str) -> StoreContext:
        sync = self.whole.sync
        return StoreContext(
            key=store.key,
            platform=self.platforms[store.platform],
            storefront=storefront,
            work=self.work,
            clock=self.clock,
            policies=store.policy_book(),
            wording=TemplateWording(
                store.language,
                {language: texts.model_dump() for language, texts in store.messages.items()},
                store.notice_kinds,
            ),
            push=store.push,
            language=store.language,
            zone=store.zone,
            settle=timedelta(seconds=sync.settle),
            overlap=timedelta(seconds=sync.overlap),
            lease=timedelta(seconds=sync.lease),
            revision=revision,
            title=title,
            rules=_rules(store),
            is_working=working_days(store.dates),
            buyer_of=buyer_digest(self.vault().derive(BUYERS)),
            vault=self.vault(),
            links=self._links(store),
            channels=channels(store, self.whole, storefront, self.vault(), self.clock),
            composer=composer(store, title),
            keep_orders=self.whole.retention.keep_orders,
        )

    def _links(self, store: StoreSettings) -> StoreLinks:
        tokens = Tokens.of(self.vault())
        confirm = store.restock.forget_days
        return StoreLinks(tokens, store.key, self.whole.server.public_url, store.shopper.link_days, confirm)

    def _of_file(self, of_file: StoreSettings, rows: Rows, before: Made | None) -> Made:
        storefront = self._same(of_file, before) or self._connect(of_file)
        made = self._steered(of_file, storefront, rows)
        return replace(made, own_secrets=of_file.secrets(), shop=self.platforms[of_file.platform].shop(_plain(of_file)))

    def _of_app(self, rows: Rows, before: Made | None) -> Made:
        record = rows.record
        keys, keyless = self._keys(rows)
        secrets = keys.signing
        # A store needs one to be settings at all; where there is none, nobody knows this one and nothing passes.
        signing = (*secrets, *self.app_secrets(record.platform)) or (token_urlsafe(),)
        base = StoreSettings(
            key=record.key,
            platform=record.platform,
            webhook_secrets=tuple(SecretStr(one) for one in signing),
            language=self.whole.install.language,
            options={key: hidden(key, value) for key, value in keys.options.items()},
        )
        storefront: Storefront | Keyless = keyless or self._same(base, before) or self._tried(base)
        made = self._steered(base, storefront, rows)
        gone = rows.sealed is None and record.gone_at is not None
        if isinstance(storefront, Keyless):
            # Nothing is written down as to be pushed that cannot be.
            held_back = replace(made.context, push=False)
            trouble = {} if gone else {KEYS: storefront.said, **made.trouble}
            made = replace(made, context=held_back, trouble=trouble)
        return replace(made, own_secrets=secrets, shop=record.shop, app=True, gone=gone)

    def _keys(self, rows: Rows) -> tuple[Keys, Keyless | None]:
        if rows.sealed is None:
            return Keys({}), GONE if rows.record.gone_at is not None else MISSING
        try:
            return open_keys(self.vault(), rows.record.key, rows.sealed), None
        except Unopenable:
            return Keys({}), SEALED
        except (ValueError, TypeError, LookupError, AttributeError):
            return Keys({}), UNFIT

    def _tried(self, store: StoreSettings) -> Storefront | Keyless:
        """One store whose keys an adapter cannot use must not keep all the others from being made."""
        try:
            return self._connect(store)
        except Exception:
            log.exception("store.not_connected", store=store.key)
            return UNFIT

    def _connect(self, store: StoreSettings) -> Storefront:
        allow = self.whole.security.allow_private_addresses
        budget = self.budget(store.key) if self.budget is not None else None
        return self.platforms[store.platform].connect(_plain(store), allow_private=allow, budget=budget)

    def _same(self, store: StoreSettings, before: Made | None) -> Storefront | None:
        """The storefront as it is, with what it knows of the shop's patience, unless it speaks with other keys."""
        if before is None or isinstance(before.context.storefront, Keyless):
            return None
        return before.context.storefront if _plain(before.settings) == _plain(store) else None

    def _steered(self, base: StoreSettings, storefront: Storefront, rows: Rows) -> Made:
        """With the owner's choices above.  Ones that no longer hold leave a store that is read and never planned."""
        title, revision = rows.record.title or rows.record.shop, rows.record.revision
        try:
            settings = steered(base, rows.steered)
        except ValidationError as error:
            wrong = "; ".join(f"{dotted(place)} {said}" for place, said in problems_of(error, StoreSettings))
            context = self.context(base, storefront, revision=NEVER_PLANNED, title=title)
            trouble = {
                SETTINGS: f"Settings that were chosen on a page do not hold any more: {wrong}. Nothing is planned or "
                "written to the shop until they are saved anew."
            }
            return Made(base, replace(context, push=False), (), trouble=trouble)
        return Made(settings, self.context(settings, storefront, revision=revision, title=title), ())


def steered(base: StoreSettings, choices: Mapping[str, Steered]) -> StoreSettings:
    """Settings with what was chosen on pages above them.  Raises pydantic's ``ValidationError``."""
    if not choices:
        return base
    return StoreSettings.model_validate(overlaid(base.model_dump(), choices))


def _plain(store: StoreSettings) -> dict[str, object]:
    return store.plain_options()


def _rules(store: StoreSettings) -> Rules:
    return Rules(
        dates=store.dates,
        suppliers=store.suppliers,
        law=store.law,
        shopper=store.shopper,
        quiet=store.quiet,
        mail=store.mail,
        restock=store.restock,
        origins=store.origins,
        show_units=store.show_units,
    )
