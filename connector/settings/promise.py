"""What a store promises and how it keeps people informed: tables of ``[[stores]]``, and the senders of the whole."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

import holidays
from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator

from connector.settings.base import Frozen, WebAddress

_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_CALENDAR = re.compile(r"([A-Z]{2})(?:-([A-Za-z0-9]{1,4}))?", re.ASCII)
_HOUR = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
_ADDRESS = re.compile(r"(?:[^<>\r\n]{0,120}<)?[^<>@\s]{1,64}@[^<>@\s]{1,190}>?", re.ASCII)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _country(value: str) -> str:
    if value and not _COUNTRY.fullmatch(value):
        raise ValueError("is no country: write it as US, DE or GB")
    return value


def _calendar(value: str) -> str:
    if not value:
        return value
    found = _CALENDAR.fullmatch(value)
    known = holidays.list_supported_countries(include_aliases=False)
    if not found or found[1] not in known or (found[2] and found[2] not in known[found[1]]):
        raise ValueError("is no calendar of holidays: write it as US, US-NY, DE-BY or GB-ENG")
    return value


def _hour(value: str) -> str:
    if value and not _HOUR.fullmatch(value):
        raise ValueError("is no time of day: write it as 21:00")
    return value


def _address(value: str) -> str:
    if value and not _ADDRESS.fullmatch(value):
        raise ValueError('is no mail address: write it as orders@example.com or "My shop <orders@example.com>"')
    return value


Country = Annotated[str, AfterValidator(_country)]
Hour = Annotated[str, AfterValidator(_hour)]
MailAddress = Annotated[str, AfterValidator(_address)]


class DatesSettings(Frozen):
    """From the day goods arrive at the shop to the day that is promised.

    ``handling_days``: working days until a parcel leaves; ``transit_days``: calendar days until it is delivered, at
    least and at most, for buyers to whom the law promises delivery.  ``calendar``: whose holidays are no working days.
    """

    calendar: Annotated[str, AfterValidator(_calendar)] = ""
    working_days: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")
    handling_days: int = Field(default=0, ge=0, le=60)
    transit_days: tuple[int, int] = (0, 0)

    @field_validator("working_days")
    @classmethod
    def _some_day(cls, days: tuple[Weekday, ...]) -> tuple[Weekday, ...]:
        if not days:
            raise ValueError("names no day at all: nothing would ever leave the house")
        return days

    @field_validator("transit_days")
    @classmethod
    def _in_order(cls, days: tuple[int, int]) -> tuple[int, int]:
        if not 0 <= days[0] <= days[1] <= 120:  # noqa: PLR2004 -- days; nothing is longer on its way
            raise ValueError("must be two numbers of days, at least and at most, such as [2, 4]")
        return days


class SupplierSettings(Frozen):
    """``lead_days``: when a supply of theirs is due that is entered without a date, from that day on."""

    lead_days: int = Field(ge=0, le=3_650)


class LawSettings(Frozen):
    """Which rules about delays are acted on.  ``seller``: the shop's own country.

    ``cancel``: whether what the law says is to be cancelled is cancelled and refunded by us, or put before the owner.
    ``remind_days``: how long before an open choice ends the shopper is reminded.
    """

    packs: tuple[Literal["us", "eu", "uk"], ...] = ("us", "eu", "uk")
    seller: Country = ""
    cancel: Literal["by_itself", "ask_owner"] = "ask_owner"
    remind_days: int = Field(default=3, ge=0, le=20)


class ShopperSettings(Frozen):
    """The shopper's own page.  ``cancel_until``: until when they may take units back; ``fee``: what that costs, a text
    that is shown; with a fee the owner settles each cancellation.  The law's own rights cost nothing.
    """

    page: bool = True
    cancel: bool = True
    cancel_until: Literal["ready", "shipped"] = "shipped"
    fee: str = Field(default="", max_length=60)
    alternatives: bool = True
    choose_shipping: bool = True  # what is there now, or all together
    together: bool = False  # where the shopper has not chosen
    link_days: int = Field(default=400, ge=1, le=3_650)


class QuietSettings(Frozen):
    """Hours of the store's own clock in which nothing is sent that can wait; both empty: none."""

    start: Hour = ""
    end: Hour = ""

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if bool(self.start) != bool(self.end):
            raise ValueError("needs both start and end, or neither")
        return self


class SenderSettings(Frozen):
    """Who a store's mails are from; empty: as under ``[mail]``.  ``address``: the postal address at their end."""

    sender: MailAddress = ""
    reply_to: MailAddress = ""
    address: str = Field(default="", max_length=300)
    owner: MailAddress = ""  # whom we write to when something waits for the owner


class RestockSettings(Frozen):
    """The list of those who ask to hear when something is back.

    ``factor``: how many are invited for each unit that is free; ``claim_hours``: how long an invitation keeps others
    from being invited for the same unit; ``forget_days``: when an address nobody confirmed is forgotten.
    """

    form: bool = True
    factor: float = Field(default=1.0, ge=1, le=10, allow_inf_nan=False)
    claim_hours: float = Field(default=24, ge=0.25, le=720, allow_inf_nan=False)
    forget_days: int = Field(default=7, ge=1, le=60)
    most_units: int = Field(default=10, ge=1, le=10_000)


class MailSettings(Frozen):
    """How mail is sent for every store.  Without ``host`` none is.

    ``bounces``: where undeliverable mail comes back to, the envelope's sender.
    """

    host: str = ""
    port: int = Field(default=587, ge=1, le=65_535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: SecretStr | None = None
    sender: MailAddress = ""
    bounces: MailAddress = ""
    timeout: float = Field(default=20.0, gt=0, le=120, allow_inf_nan=False)

    @model_validator(mode="after")
    def _has_sender(self) -> Self:
        if self.host and not self.sender:
            raise ValueError("needs sender: whom the mails are from")
        return self


class SmsSettings(Frozen):
    """Text messages.  Without ``account`` none are sent.  ``url``: only to be set for a sandbox or a proxy."""

    provider: Literal["twilio"] = "twilio"
    account: str = ""
    token: SecretStr | None = None
    sender: str = ""
    url: WebAddress = "https://api.twilio.com"

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.account and not (self.token and self.sender):
            raise ValueError("needs token and sender as well as account")
        return self
