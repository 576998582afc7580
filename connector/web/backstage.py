"""What the pages are handed: the services' doors, and nothing that a page could reach around them with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from flask_limiter import Limiter

from connector.ports.clock import Clock
from connector.ports.installing import Installer
from connector.ports.storefront import Platform
from connector.ports.unit_of_work import Work
from connector.ports.vault import Vault
from connector.services.context import StoreContext
from connector.settings.promise import MailSettings
from connector.settings.sections import InstallSettings, WebSettings
from connector.settings.stores import StoreSettings
from connector.web.limits import new_limiter


class Known(Protocol):
    """Every store that can be worked on, whether the config file or its owner brought it."""

    def all(self) -> Mapping[str, StoreContext]: ...

    def settings(self, key: str) -> StoreSettings:
        """As they act now: the file's or the connection's, with the owner's choices above them.  KeyError."""
        ...

    def secrets(self, platform: str, key: str) -> Sequence[str] | None:
        """What may sign for a store; None where there is no such store on the platform."""
        ...

    def from_file(self, key: str) -> StoreSettings | None:
        """As the config file has them; None for a store that is not in it."""
        ...

    def context(self, key: str, settings: StoreSettings) -> StoreContext:
        """The store as it would be with other settings, for a preview."""
        ...

    def refresh(self) -> None:
        """Look at once: something was changed just now."""
        ...


@dataclass(frozen=True, slots=True)
class Backstage:
    """``titles``: a platform's name as people write it; ``address_of``: platform and store key -> where its webhooks
    come to; ``secure``: whether cookies are for https alone (they are, unless this is a sandbox on loopback);
    ``limiter``: how often one address may knock; ``mail``: how mail is sent, for saying so.
    """

    work: Work
    clock: Clock
    known: Known
    platforms: Mapping[str, Platform]
    titles: Mapping[str, str]
    installers: Mapping[str, Installer]
    vault: Vault
    web: WebSettings
    install: InstallSettings
    public_url: str
    address_of: Callable[[str, str], str]
    version: str
    secure: bool = True
    mail: MailSettings = field(default_factory=MailSettings)
    limiter: Limiter = field(default_factory=new_limiter)
