"""One ``[[stores]]`` table: what is the same for every platform; the rest is kept for the platform's own manifest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, field_validator, model_validator

from connector.domain.availability import Mode, Policy
from connector.domain.marks import NoticeKind
from connector.domain.rules import PolicyBook, Rule
from connector.settings.base import Frozen, WebAddress
from connector.settings.messages import MessageTexts
from connector.settings.promise import (
    DatesSettings,
    LawSettings,
    QuietSettings,
    RestockSettings,
    SenderSettings,
    ShopperSettings,
    SupplierSettings,
)
from connector.settings.references import Referred
from connector.settings.wording import nearest

SECRET_WORDS = ("secret", "token", "key", "password")
_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*", re.ASCII)


class UnitsMissing(ValueError):  # noqa: N818 -- it says what is wrong
    """A limit was chosen and not said."""


class PolicySettings(Frozen):
    """When a variant may be sold beyond what is there (``connector.domain.availability.Mode``).

    ``lead_days_from``: where the lead time is a range, its beginning.
    """

    mode: Mode = Mode.WHILE_INCOMING
    units: int = Field(default=0, ge=0, le=1_000_000)
    lead_days: int | None = Field(default=None, ge=0, le=3_650)
    lead_days_from: int | None = Field(default=None, ge=0, le=3_650)

    @model_validator(mode="after")
    def _up_to_has_units(self) -> Self:
        if self.mode is Mode.UP_TO and self.units < 1:
            raise UnitsMissing('mode "up_to" needs units = 1 or more')
        if self.lead_days_from is not None and (self.lead_days is None or self.lead_days_from > self.lead_days):
            raise ValueError("lead_days_from needs lead_days, and may not be more")
        return self

    def policy(self) -> Policy:
        return Policy(self.mode, self.units, self.lead_days, self.lead_days_from)


class RuleSettings(PolicySettings):
    """An exception to the store's policy.  What it does not say is as the store's policy has it."""

    sku: str = ""
    category: str = ""
    tag: str = ""

    @model_validator(mode="after")
    def _names_one_thing(self) -> Self:
        if sum(map(bool, (self.sku, self.category, self.tag))) != 1:
            raise ValueError('needs exactly one of sku = "CHAIR-*", category = "..." and tag = "..."')
        return self

    def rule(self) -> Rule:
        return Rule(self.policy(), self.sku, self.category, self.tag)


def _key(value: str) -> str:
    if not _KEY.fullmatch(value):
        raise ValueError("may hold only a-z, 0-9, - and _ (it is the end of the store's webhook address)")
    return value


def _language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise ValueError("is no language: write it as en, de or pt-BR")
    return value


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        near = nearest(value, available_timezones())
        hint = f"did you mean {near}?" if near else "write it as Europe/Berlin, America/New_York or UTC"
        raise ValueError(f"is no time zone: {hint}") from None
    return value


def _not_empty(value: SecretStr) -> SecretStr:
    if not value.get_secret_value():
        raise ValueError("must not be empty")
    return value


Language = Annotated[str, AfterValidator(_language)]
SupplierName = Annotated[str, Field(min_length=1, max_length=80)]


class StoreSettings(Frozen):
    """``options`` are the platform's own settings, unchecked; what may be a secret in them is a ``SecretStr``."""

    key: Annotated[str, AfterValidator(_key)]
    platform: str = Field(min_length=1)
    webhook_secrets: tuple[Annotated[SecretStr, AfterValidator(_not_empty)], ...] = Field(min_length=1)
    push: bool = True
    timezone: Annotated[str, AfterValidator(_time_zone)] = "UTC"
    language: Language = "en"
    notices: tuple[Literal["waiting", "changed", "ready"], ...] = ("waiting", "ready")
    policy: PolicySettings = PolicySettings()
    rules: tuple[RuleSettings, ...] = ()
    messages: Mapping[Language, MessageTexts] = {}
    dates: DatesSettings = DatesSettings()
    suppliers: Mapping[SupplierName, SupplierSettings] = {}
    law: LawSettings = LawSettings()
    shopper: ShopperSettings = ShopperSettings()
    channels: tuple[Literal["email", "sms", "note", "console"], ...] = ("email", "sms", "note")
    quiet: QuietSettings = QuietSettings()
    mail: SenderSettings = SenderSettings()
    restock: RestockSettings = RestockSettings()
    origins: tuple[WebAddress, ...] = ()
    show_units: bool = True  # whether the public answer says how many units can be bought
    options: Mapping[str, object] = {}

    @field_validator("rules", mode="before")
    @classmethod
    def _rules_inherit(cls, rules: Any, info: ValidationInfo) -> Any:  # noqa: ANN401 -- whatever the file holds
        policy = info.data.get("policy")
        if not isinstance(rules, list) or policy is None:
            return rules
        # Inherited before validation, so that a rule is checked as it will act.
        return [policy.model_dump() | rule if isinstance(rule, dict) else rule for rule in rules]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def notice_kinds(self) -> frozenset[NoticeKind]:
        """The kinds of notice that speak to the shopper."""
        return frozenset(NoticeKind(kind) for kind in self.notices)

    def policy_book(self) -> PolicyBook:
        return PolicyBook(self.policy.policy(), tuple(rule.rule() for rule in self.rules))

    def secrets(self) -> tuple[str, ...]:
        """The webhook secrets in the clear, for checking signatures."""
        return tuple(secret.get_secret_value() for secret in self.webhook_secrets)

    def plain_options(self) -> dict[str, object]:
        """The platform's own settings with secrets in the clear, for its adapter."""
        return {key: revealed(value) for key, value in self.options.items()}


OWN_KEYS = frozenset(StoreSettings.model_fields) - {"options"}


def hidden(key: str, value: object) -> object:
    """A platform's own setting, its texts as ``SecretStr`` where they may be secrets.

    They may be where the name says so, and where ``env:`` or ``file:`` stood: a careful owner writes secrets that way.
    """
    if isinstance(value, str):
        secret = isinstance(value, Referred) or any(word in key.lower() for word in SECRET_WORDS)
        return SecretStr(str(value)) if secret else value
    if isinstance(value, list):
        return [hidden(key, one) for one in value]
    if isinstance(value, dict):
        return {inner: hidden(f"{key}.{inner}", one) for inner, one in value.items()}
    return value


def revealed(value: object) -> object:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, list):
        return [revealed(one) for one in value]
    if isinstance(value, dict):
        return {key: revealed(one) for key, one in value.items()}
    return value
