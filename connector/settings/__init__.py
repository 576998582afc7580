"""The config file and the environment, as frozen settings."""

from connector.settings.load import load
from connector.settings.messages import MessageTexts
from connector.settings.problems import ConfigError
from connector.settings.sections import (
    DatabaseSettings,
    InstallSettings,
    JobsSettings,
    LoggingSettings,
    RetentionSettings,
    SecuritySettings,
    ServerSettings,
    Settings,
    SyncSettings,
    WebSettings,
)
from connector.settings.stores import PolicySettings, RuleSettings, StoreSettings

__all__ = [
    "ConfigError",
    "DatabaseSettings",
    "InstallSettings",
    "JobsSettings",
    "LoggingSettings",
    "MessageTexts",
    "PolicySettings",
    "RetentionSettings",
    "RuleSettings",
    "SecuritySettings",
    "ServerSettings",
    "Settings",
    "StoreSettings",
    "SyncSettings",
    "WebSettings",
    "load",
]
