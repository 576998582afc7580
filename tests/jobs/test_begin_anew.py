"""A store is begun with anew where the config says something else than before, whichever process asks first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from app_stores import enter, service_of
from pydantic import SecretStr

from connector.bootstrap import digest_of


def changed(folder: Path) -> tuple[list[str], list[str]]:
    """Which stores an installation finds changed when it starts: at the first look, and at the next."""
    with service_of(folder) as service:
        keys = sorted(service.stores)
        return sorted(service.begin_anew(keys)), sorted(service.begin_anew(keys))


def test_settings_that_nobody_has_served_yet_are_news_once(tmp_path: Path) -> None:
    first, again = changed(tmp_path)
    assert first
    assert again == []
    assert changed(tmp_path) == ([], []), "the next process has the same config"


@pytest.mark.parametrize(
    "change",
    [
        {"language": "de"},
        {"push": False},
        {"webhook_secrets": (SecretStr("another secret of the webhooks"),)},
        {"options": {"url": "https://elsewhere.example.com"}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_any_other_setting_is_news(tmp_path: Path, change: dict[str, Any]) -> None:
    with service_of(tmp_path) as service:
        settings = service.settings.stores[0]
        other = settings.model_copy(update=change)
        assert digest_of(settings, service.vault) == digest_of(settings.model_copy(), service.vault)
        assert digest_of(settings, service.vault) != digest_of(other, service.vault)


def test_only_those_that_were_asked_about_are_begun_with(tmp_path: Path) -> None:
    with service_of(tmp_path) as service:
        enter(service)
        service.known.refresh()
        service.begin_anew(["chairs"])
        with service.work(read_only=True) as uow:
            assert set(uow.served.all()) == {"chairs"}


def test_what_is_kept_of_the_settings_tells_nobody_what_they_are(tmp_path: Path) -> None:
    with service_of(tmp_path) as service:
        service.begin_anew(["chairs"])
        with service.work(read_only=True) as uow:
            (digest,) = uow.served.all().values()
    assert len(digest) == 64
    assert set(digest) <= set("0123456789abcdef")
