"""``backorder operator``, ``install link`` and ``store link``: who may come in, and for how long."""

from __future__ import annotations

import re
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
from app_stores import enter, service_of
from cli_desk import Desk
from werkzeug.security import check_password_hash

from connector.bootstrap.service import Service
from connector.checked_settings import read_settings
from connector.cli.run import say_how_to_begin
from connector.ports.accounts import PassKind, PassRecord
from connector.services.passes import digest

PASSWORD = "correct horse battery staple"
LINK = re.compile(r"http://127\.0\.0\.1:8000/in/([A-Za-z0-9_-]{43})\n")
INVITATION = re.compile(r"http://127\.0\.0\.1:8000/install\?invitation=([A-Za-z0-9_-]{43})\n")


def token_in(said: str, shape: re.Pattern[str]) -> str:
    match = shape.fullmatch(said)
    assert match, said
    return match[1]


def used(desk: Desk, token: str, kind: PassKind, after: timedelta) -> PassRecord | None:
    service = Service(read_settings(desk.config, {}))
    with service.work() as uow:
        found = uow.passes.use(digest(token), kind, service.clock() + after)
        uow.commit()
    service.close()
    return found


def test_the_line_for_the_config_lets_the_password_in_and_no_other(desk: Desk) -> None:
    result = desk.run("operator", "password", says=f"{PASSWORD}\n{PASSWORD}\n")
    assert result.exit_code == 0
    desk.config.write_text(desk.config.read_text().replace("[sync]", f"[web]\n{result.stdout}[sync]"))
    hashed = read_settings(desk.config, {}).web.operator_password_hash
    assert hashed is not None
    assert check_password_hash(hashed.get_secret_value(), PASSWORD)
    assert not check_password_hash(hashed.get_secret_value(), PASSWORD + "!")
    assert PASSWORD not in result.output
    assert f"Put this line under [web] in {desk.config}" in result.stderr


def test_a_script_hands_the_password_over_and_gets_the_line_alone(desk: Desk) -> None:
    (line,) = desk.done("operator", "password", "--stdin", says=f"{PASSWORD}\n").splitlines()
    assert check_password_hash(tomllib.loads(line)["operator_password_hash"], PASSWORD)


@pytest.mark.parametrize("typed", ["short\n", "\n", "", "x" * 2000])
def test_a_password_that_is_too_short_or_endless_is_refused(desk: Desk, typed: str) -> None:
    result = desk.run("operator", "password", "--stdin", says=typed)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "A password must have 12 to 1000 characters.\n"


def test_a_password_that_was_typed_twice_differently_is_asked_for_again(desk: Desk) -> None:
    result = desk.run("operator", "password", says=f"{PASSWORD}\nanother one\n{PASSWORD}\n{PASSWORD}\n")
    assert result.exit_code == 0
    assert "do not match" in result.stderr


def test_a_link_signs_in_to_one_store_once(desk: Desk) -> None:
    token = token_in(desk.done("store", "link", "tents"), LINK)
    assert used(desk, token, PassKind.INVITATION, timedelta()) is None
    first = used(desk, token, PassKind.LINK, timedelta(minutes=14))
    assert (first.store if first else None) == "tents"
    assert used(desk, token, PassKind.LINK, timedelta(minutes=14)) is None


def test_a_link_lasts_a_quarter_of_an_hour(desk: Desk) -> None:
    token = token_in(desk.done("store", "link", "tents"), LINK)
    assert used(desk, token, PassKind.LINK, timedelta(minutes=16)) is None


def test_an_invitation_lasts_a_week_and_works_once(desk: Desk) -> None:
    first, second = (token_in(desk.done("install", "link"), INVITATION) for _ in range(2))
    assert used(desk, first, PassKind.INVITATION, timedelta(days=6)) is not None
    assert used(desk, first, PassKind.INVITATION, timedelta(days=6)) is None
    assert used(desk, second, PassKind.INVITATION, timedelta(days=8)) is None


def test_the_database_holds_no_link(desk: Desk) -> None:
    tokens = [token_in(desk.done("store", "link", "tents"), LINK), token_in(desk.done("install", "link"), INVITATION)]
    held = "".join(map(str, desk.rows("SELECT * FROM passes")))
    assert [token in held for token in tokens] == [False, False]
    assert [digest(token) in held for token in tokens] == [True, True]


def test_the_config_check_shows_no_secret(desk: Desk) -> None:
    line = desk.done("operator", "password", "--stdin", says=f"{PASSWORD}\n")
    token = "operator-token-of-at-least-32-characters"
    web = f'[web]\n{line}operator_token = "{token}"\n'
    desk.config.write_text(desk.config.read_text().replace("[sync]", f"{web}[sync]"))
    assert desk.done("config", "check") == f"{desk.config}: good. 2 stores: chairs, tents.\n"
    desk.config.write_text(desk.config.read_text().replace(f"{web}", f"{web}session_hours = 0\n"))
    said = desk.refused("config", "check")
    assert "web.session_hours" in said
    assert not any(secret in said for secret in (token, line.strip(), "scrypt"))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("", "  with a link from `backorder install link`, or as operator: `backorder operator password` says how."),
        (
            '[web]\noperator_token = "operator-token-of-at-least-32-characters"\n',
            "  as operator (http://127.0.0.1:8000/admin), or with a link from `backorder install link`.",
        ),
        ("[install]\nopen = true\n", "  (open to anybody: `open = true` under [install])."),
    ],
    ids=["nobody is operator", "an operator", "anybody"],
)
def test_a_service_without_stores_says_how_to_begin(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: str, said: str
) -> None:
    with service_of(tmp_path, more, stores=False) as service:
        say_how_to_begin(service)
    assert capsys.readouterr().out.splitlines() == [
        "  There is no store yet. Connect one at http://127.0.0.1:8000/install",
        said,
        "  `backorder store add --help` says how to add one to the config file instead.",
    ]


def test_a_store_that_its_owner_connected_is_listed_shown_and_forgotten_like_any_other(tmp_path: Path) -> None:
    with service_of(tmp_path) as service:
        enter(service)
    desk = Desk(tmp_path / "config.toml")
    assert [(one["store"], one["origin"], one["configured"]) for one in desk.json("store", "list")] == [
        ("chairs", "config", True),
        ("lamps", "app", True),
        ("tents", "config", True),
    ]
    shown = desk.json("store", "show", "lamps")
    assert (shown["origin"], shown["webhook_address"]) == ("app", "http://127.0.0.1:8000/webhooks/woocommerce/lamps")
    assert desk.done("store", "remove", "lamps", "--yes", "--keep-webhooks") == (
        "lamps is forgotten, and its keys with it. Delete them at the shop too.\n"
    )
    assert [one["store"] for one in desk.json("store", "list")] == ["chairs", "tents"]


def test_a_store_that_was_disconnected_is_listed_until_it_is_forgotten(tmp_path: Path) -> None:
    with service_of(tmp_path) as service:
        enter(service, options=None, gone_at=service.clock())
    desk = Desk(tmp_path / "config.toml")
    assert "disconnected: `store remove` forgets it" in desk.done("store", "list")
    assert "Known stores: chairs, tents." in desk.refused("store", "pause", "lamps")
    desk.done("store", "remove", "lamps", "--yes")
    assert [one["store"] for one in desk.json("store", "list")] == ["chairs", "tents"]
