"""A config that is wrong is answered with where and what; ``store add`` writes none that is wrong."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_desk import Desk

from connector.checked_settings import read_settings
from connector.settings import ConfigError

SERVER = '[server]\npublic_url = "http://127.0.0.1:8000"\n[security]\nallow_private_addresses = true\n'
STORE = """[[stores]]
key = "chairs"
platform = "woocommerce"
url = "http://127.0.0.1:1"
consumer_key = "ck_sandbox"
consumer_secret = "cs_sandbox"
webhook_secrets = ["a"]
"""
ASKS = [("config", "check"), ("status",), ("db", "upgrade")]


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Desk]:
    """A desk with this config and no database yet."""

    def write(text: str) -> Desk:
        (tmp_path / "config.toml").write_text(text, encoding="utf-8")
        return Desk(tmp_path / "config.toml")

    return write


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[server\n", "is not TOML: Expected ']' at the end of a table declaration (at line 1, column 8)"),
        ("", "server.public_url: is missing"),
        (SERVER.replace("url", "ulr", 1), "server.public_ulr: is no setting: did you mean public_url?"),
        (f"{SERVER}[synk]\n", "synk: is no section: did you mean sync?"),
        (
            f"{SERVER}[sync]\nspeed = 3\n",
            (
                "sync.speed: is no setting: known: digest, housekeeping, lease, notify, overlap, push, reconcile, "
                "settle, silence"
            ),
        ),
        (
            SERVER + STORE.replace("ck_sandbox", "env:NOT_SET_ANYWHERE"),
            (
                "stores[0].consumer_key: the environment variable NOT_SET_ANYWHERE is not set: set it, or change "
                "env:NOT_SET_ANYWHERE"
            ),
        ),
        (
            SERVER + STORE.replace("woocommerce", "woocomerce"),
            "stores[0].platform: There is no platform 'woocomerce': did you mean woocommerce?",
        ),
        (
            f'{SERVER}{STORE}[stores.policy]\nmode = "sometimes"\n',
            "stores[0].policy.mode: must be one of never, always, while_incoming, up_to",
        ),
        (
            f'{SERVER}[database]\nurl = "mysql://there"\n',
            "database.url: must begin with sqlite:/// (a file) or postgresql://",
        ),
        (f'{SERVER}"a\\u001b[2J" = 1\n', "security.a\ufffd[2J: is no setting: known: allow_private_addresses, "),
    ],
)
def test_each_mistake_is_one_sentence_with_file_key_and_what_is_allowed(
    written: Callable[[str], Desk], text: str, said: str
) -> None:
    desk = written(text)
    lines = desk.refused("config", "check").splitlines()
    assert [line for line in lines if line.startswith(f"{desk.config}: {said}")] == lines[:1]


def test_every_command_says_the_same_of_a_wrong_config_and_opens_nothing(written: Callable[[str], Desk]) -> None:
    desk = written(SERVER.replace("url", "ulr", 1))
    said = [desk.refused(*typed) for typed in ASKS]
    assert said == said[:1] * len(ASKS)
    assert sorted(one.name for one in desk.config.parent.iterdir()) == ["config.toml"]


def test_every_mistake_is_said_at_once(written: Callable[[str], Desk]) -> None:
    desk = written(SERVER + STORE.replace("key =", "kye =", 1).replace('"a"', "") + "[sync]\nsettle = 0\n")
    assert desk.refused("config", "check").splitlines() == [
        f"{desk.config}: stores[0].key: is missing",
        f"{desk.config}: stores[0].webhook_secrets: must not be empty",
        f"{desk.config}: sync.settle: must be more than 0",
    ]


def test_a_config_that_is_not_there_is_answered_with_what_to_copy(tmp_path: Path) -> None:
    said = f"{tmp_path}/config.toml: there is no such file: copy config.example.toml and change it\n"
    assert [Desk(tmp_path / "config.toml").refused(*typed) for typed in ASKS] == [said] * len(ASKS)


def test_a_folder_is_no_config(tmp_path: Path) -> None:
    result = Desk(tmp_path).run("status")
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"Invalid value for '--config': File '{tmp_path}' is a directory." in result.stderr


def test_a_config_in_another_encoding_is_answered_with_the_line(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "config.toml")
    desk.config.write_bytes(f"{SERVER}# café\n".encode("latin-1"))
    assert desk.refused("config", "check") == f"{desk.config}: line 5 is not UTF-8: save the file as UTF-8\n"


def test_a_good_config_is_called_good_and_nothing_is_opened(written: Callable[[str], Desk]) -> None:
    desk = written(SERVER + STORE)
    assert desk.done("config", "check") == f"{desk.config}: good. 1 store: chairs.\n"
    assert sorted(one.name for one in desk.config.parent.iterdir()) == ["config.toml"]


def test_without_a_store_every_look_says_how_to_add_one(written: Callable[[str], Desk]) -> None:
    desk = written(SERVER)
    assert desk.done("config", "check") == f"{desk.config}: good. No store yet.\n"
    said = "No store yet: connect one at the install page, or `backorder store add --help` says how to add one."
    looks = [("status",), ("plan",), ("store", "list")]
    assert [desk.done(*typed).strip() for typed in looks] == [said] * len(looks)
    assert [desk.json(*typed) for typed in looks] == [[]] * len(looks)
    assert "Known stores: none: connect one at the install page, or add one with" in desk.refused("status", "chairs")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:///:memory:", "[database] url names no file; write for example sqlite:///data/backorder.db."),
        (
            "postgresql://127.0.0.1:1/x",
            (
                'The database said: connection failed: connection to server at "127.0.0.1", port 1 failed: Connection '
                "refused. Look at [database] url in the config."
            ),
        ),
        ("sqlite:///folder", "folder: Is a directory"),
    ],
)
def test_a_database_that_cannot_be_opened_is_a_sentence(written: Callable[[str], Desk], url: str, said: str) -> None:
    desk = written(f'{SERVER}[database]\nurl = "{url}"\n')
    (desk.config.parent / "folder").mkdir()
    assert desk.refused("status").strip().endswith(said)


def test_a_missing_driver_is_answered_with_how_to_install_it(
    written: Callable[[str], Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    desk = written(f'{SERVER}[database]\nurl = "postgresql://127.0.0.1:1/x"\n')
    said = "The driver for PostgreSQL is missing. Install it: pip install 'backorder-connector[postgresql]'.\n"
    assert desk.refused("status") == said


ADD = ("store", "add", "third", "--platform", "woocommerce", "--set", "url=http://127.0.0.1:1")
KEYS = ("--set", "consumer_key=ck_1", "--set", "consumer_secret=cs_1")


def test_a_store_is_added_to_the_config_as_it_stands(desk: Desk) -> None:
    before = "# Our shops; ask Kim before a change.\n" + desk.config.read_text() + "\n# The end.\n\n"
    desk.config.write_text(before)
    desk.config.chmod(0o640)
    said = desk.done(*ADD, *KEYS, "--set", "timeout=9", "--webhook-secret", 'so "secret"')
    assert (
        said == f"{desk.config}: store third added. Next: `backorder doctor third`, then restart `backorder serve`.\n"
    )
    after = desk.config.read_text()
    assert after.startswith(before.rstrip("\n"))
    assert desk.config.stat().st_mode & 0o777 == 0o640
    assert tomllib.loads(after)["stores"][2] == {
        "key": "third",
        "platform": "woocommerce",
        "url": "http://127.0.0.1:1",
        "consumer_key": "ck_1",
        "consumer_secret": "cs_1",
        "timeout": 9,
        "webhook_secrets": ['so "secret"'],
    }
    assert [one["store"] for one in desk.json("store", "list")] == ["chairs", "tents", "third"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (
            (*ADD, "--webhook-secret", "x"),
            [
                (
                    "stores[2].consumer_key: is missing: Consumer key. From WooCommerce > Settings > Advanced > REST "
                    "API; begins with ck_. Permissions: Read/Write."
                ),
                (
                    "stores[2].consumer_secret: is missing: Consumer secret. Shown once, together with the key; begins "
                    "with cs_."
                ),
            ],
        ),
        (
            (*ADD, *KEYS, "--webhook-secret", "x", "--set", "colour=red"),
            [
                (
                    "stores[2].colour: is no setting of WooCommerce: known: consumer_key, consumer_secret, "
                    "order_status, timeout, url"
                )
            ],
        ),
        (
            (*ADD, *KEYS, "--webhook-secret", "env:NOT_SET_ANYWHERE"),
            [
                (
                    "stores[2].webhook_secrets[0]: the environment variable NOT_SET_ANYWHERE is not set: set it, or "
                    "change env:NOT_SET_ANYWHERE"
                )
            ],
        ),
        (
            ("store", "add", "chairs", *ADD[3:], *KEYS, "--webhook-secret", "x"),
            ["stores[2].key: is the same as that of stores[0]"],
        ),
        (
            ("store", "add", "The third", *ADD[3:], *KEYS, "--webhook-secret", "x"),
            [
                "stores[2].key: may hold only a-z, 0-9, - and _ (it is the end of the store's webhook address)",
            ],
        ),
    ],
)
def test_a_store_that_would_be_wrong_is_not_written(desk: Desk, typed: tuple[str, ...], said: list[str]) -> None:
    before, beside = desk.config.read_bytes(), sorted(desk.config.parent.iterdir())
    found = desk.refused(*typed).splitlines()
    assert found == [*(f"{desk.config}, with this store: {one}" for one in said), "Nothing was written."]
    assert (desk.config.read_bytes(), sorted(desk.config.parent.iterdir())) == (before, beside)


def test_a_setting_cannot_smuggle_lines_into_the_config(desk: Desk) -> None:
    before = desk.config.read_bytes()
    said = desk.refused(*ADD, *KEYS, "--webhook-secret", "x", "--set", "push\n[server]\nbind=1")
    assert said == "'push\\n[server]\\nbind' is no name of a setting.\n"
    assert desk.config.read_bytes() == before


def test_a_newer_database_is_not_touched(desk: Desk) -> None:
    """A version that went back would otherwise read tables it does not know."""
    desk.change("UPDATE alembic_version SET version_num = '9999'")
    before = desk.everything()
    said = (
        "A newer program has brought the database to version 9999. "
        "Install the newer program again, or restore the backup made before it.\n"
    )
    assert [desk.refused(*typed) for typed in ASKS[1:]] == [said] * 2
    assert desk.everything() == before


def test_a_misspelt_platform_is_named_beside_every_other_mistake(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        '[server]\npublic_url = "https://b.example.com"\nbnd = "1"\n'
        '[[stores]]\nkey = "a"\nplatform = "woocomerce"\nwebhook_secrets = ["x"]\n'
    )
    with pytest.raises(ConfigError) as refused:
        read_settings(config, {})
    said = "\n".join(refused.value.problems)
    assert "server.bnd" in said
    assert "stores[0].platform" in said
    assert "woocommerce" in said
