"""A config file is either right, or everything that is wrong with it is said at once."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.availability import Mode, Policy
from connector.domain.marks import NoticeKind
from connector.domain.rules import PolicyBook, Rule
from connector.settings import ConfigError, Settings, load

STORE = """
[[stores]]
key = "main"
platform = "woocommerce"
webhook_secrets = ["whsec"]
"""
NO_ADDRESS = "server.public_url: must be a web address such as https://backorders.example.com"
SERVER = '[server]\npublic_url = "https://b.example.com"\n'

SECTION_NAMES = ("server", "database", "security", "sync", "retention", "logging")
PLACES = [*SECTION_NAMES, "stores", "server.bind", "server.public_url", "server.threads", "database.url", "sync.push"]
PLACES += ["security.encryption_key", "security.allow_private_addresses", "logging.level", "retention.journal", "other"]
TEXTS = st.text(max_size=8) | st.sampled_from(
    ["env:", "file:", "file:.", "file:\0", "env:A B", "http://[", "sqlite:///"]
)
VALUES = st.recursive(
    TEXTS | st.integers() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False), st.lists
)


def settings_of(tmp_path: Path, text: str, env: dict[str, str] | None = None) -> Settings:
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    return load(tmp_path / "config.toml", env or {})


def problems_of(tmp_path: Path, text: str, env: dict[str, str] | None = None) -> list[str]:
    """The problems without the name of the file, after seeing that each names it or the environment."""
    with pytest.raises(ConfigError) as caught:
        settings_of(tmp_path, text, env)
    file = f"{tmp_path / 'config.toml'}: "
    assert all(problem.startswith((file, "environment: ")) for problem in caught.value.problems)
    return [problem.removeprefix(file) for problem in caught.value.problems]


def test_little_is_enough(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, SERVER + STORE)
    assert settings.server.bind == "127.0.0.1:8000"
    assert settings.database.url.get_secret_value() == f"sqlite:///{tmp_path}/data/backorder.db"
    assert (settings.sync.settle, settings.sync.reconcile, settings.retention.deliveries) == (20.0, 900.0, 30)
    store = settings.store("main")
    assert (store.push, store.zone, store.language, store.secrets()) == (True, ZoneInfo("UTC"), "en", ("whsec",))
    assert store.notice_kinds == {NoticeKind.WAITING, NoticeKind.READY}
    assert store.policy_book() == PolicyBook(Policy(Mode.WHILE_INCOMING))


def test_an_unknown_store_is_a_key_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        settings_of(tmp_path, SERVER).store("main")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "server.public_url: is missing"),
        (SERVER + "[serve]", "serve: is no section: did you mean server?"),
        (SERVER + "bnid = 1", "server.bnid: is no setting: did you mean bind?"),
        (SERVER + 'bind = "8000"', "server.bind: must be host:port, such as 127.0.0.1:8000 or [::1]:8000"),
        (SERVER + 'bind = "a:70000"', "server.bind: must be host:port, such as 127.0.0.1:8000 or [::1]:8000"),
        (SERVER + "threads = 0", "server.threads: must be at least 1"),
        (SERVER + 'threads = "many"', "server.threads: must be a whole number"),
        (SERVER + "max_body_bytes = 1e12", "server.max_body_bytes: must be at most 100000000"),
        (SERVER + "[sync]\nsettle = 0", "sync.settle: must be more than 0"),
        (SERVER + "[sync]\nsettle = nan", "sync.settle: must be a number"),
        (SERVER + "[retention]\njournal = 0.5", "retention.journal: must be a whole number"),
        (
            SERVER + '[security]\nallow_private_addresses = "perhaps"',
            "security.allow_private_addresses: must be true or false",
        ),
        (SERVER + '[security]\nencryption_key = "short"', "security.encryption_key: must have at least 32 characters"),
        (
            SERVER + '[database]\nurl = "mysql://x"',
            "database.url: must begin with sqlite:/// (a file) or postgresql://",
        ),
        (
            SERVER + '[logging]\nlevel = "warn"',
            "logging.level: must be one of debug, info, warning, error: did you mean warning?",
        ),
        (SERVER + "sync = 1", "server.sync: is no setting: known: bind, max_body_bytes, public_url, threads"),
        ("sync = 1\n" + SERVER, "sync: must be a table: write [sync] on a line of its own"),
        ("stores = 1\n" + SERVER, "stores: must be tables: begin each store with [[stores]] on a line of its own"),
        (
            '[server]\npublic_url = "http://b.example.com"',
            "server.public_url: must begin with https://, unless allow_private_addresses = true under [security]",
        ),
        (
            '[server]\npublic_url = "https://b.example.com/?a=b"',
            f"{NO_ADDRESS}, with nothing behind its path",
        ),
    ],
)
def test_a_problem_of_the_service_names_its_key_and_what_is_allowed(tmp_path: Path, text: str, expected: str) -> None:
    assert problems_of(tmp_path, text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('timezone = "Europe/Berln"', "timezone: is no time zone: did you mean Europe/Berlin?"),
        ('timezone = "Europe"', "timezone: is no time zone: did you mean Europe/"),
        ('timezone = "../x"', "timezone: is no time zone: "),
        ('language = "English"', "language: is no language: write it as en, de or pt-BR"),
        ('notices = ["redy"]', "notices[0]: must be one of waiting, changed, ready: did you mean ready?"),
        ('notices = ["cleared"]', "notices[0]: must be one of waiting, changed, ready"),
        ('notices = "ready"', 'notices: must be a list, such as ["one", "two"]'),
        (
            '[stores.policy]\nmode = "allways"',
            "policy.mode: must be one of never, always, while_incoming, up_to: did you mean always?",
        ),
        ('[stores.policy]\nmode = "up_to"', 'policy: mode "up_to" needs units = 1 or more'),
        ("[stores.policy]\nlead_days = -1", "policy.lead_days: must be at least 0"),
        ("[stores.policy]\nleaddays = 1", "policy.leaddays: is no setting: did you mean lead_days?"),
        ('[[stores.rules]]\nmode = "never"', "rules[0]: needs exactly one of sku"),
        ('[[stores.rules]]\nsku = "a"\ntag = "b"', "rules[0]: needs exactly one of sku"),
        ('[[stores.rules]]\nsku = "a"\nmode = "up_to"', 'rules[0]: mode "up_to" needs units = 1 or more'),
        ('[[stores.rules]]\nsku = "a"\nlead_day = 1', "rules[0].lead_day: is no setting: did you mean lead_days?"),
        ('[stores.messages.en]\nin_stok = "x"', "messages.en.in_stok: is no setting: did you mean in_stock?"),
        ('[stores.messages.English]\nin_stock = "x"', "messages.English: is no language: write it as en, de or pt-BR"),
        (
            '[stores.messages.en]\nin_stock = "{date}"',
            "messages.en.in_stock: holds {date}: allowed here: no place in braces",
        ),
        (
            '[stores.messages.en]\nnote_ready = "{shop}"',
            "messages.en.note_ready: holds {shop}: allowed here: {lines}, {order}",
        ),
        (
            '[stores.messages.en]\nbackorder_dated = "{date.year}"',
            "messages.en.backorder_dated: holds {date.year}: allowed here: {date}",
        ),
        ('[stores.messages.en]\nbackorder_dated = "{date!r}"', "messages.en.backorder_dated: holds {date!r}"),
        ('[stores.messages.en]\nbackorder_dated = "{}"', "messages.en.backorder_dated: holds {}"),
        ('[stores.messages.en]\nbackorder_dated = "{date"', "messages.en.backorder_dated: has a brace too many"),
    ],
)
def test_a_problem_of_a_store_names_its_place(tmp_path: Path, text: str, expected: str) -> None:
    (problem,) = problems_of(tmp_path, SERVER + STORE + text)
    assert problem.startswith(f"stores[0].{expected}")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('key = "Main Shop"', "stores[0].key: may hold only a-z, 0-9, - and _"),
        ('platform = ""', "stores[0].platform: must not be empty"),
        ("webhook_secrets = []", "stores[0].webhook_secrets: must not be empty"),
        ('webhook_secrets = [""]', "stores[0].webhook_secrets[0]: must not be empty"),
        ("", "is missing"),
    ],
)
def test_what_every_store_needs_is_there(tmp_path: Path, line: str, expected: str) -> None:
    setting = line.partition(" ")[0] or "key"
    kept = [one for one in STORE.splitlines() if not one.startswith(f"{setting} =")]
    (problem,) = problems_of(tmp_path, "\n".join([SERVER, *kept, line]))
    assert expected in problem


def test_two_stores_cannot_share_a_key(tmp_path: Path) -> None:
    assert problems_of(tmp_path, SERVER + STORE + STORE) == ["stores[1].key: is the same as that of stores[0]"]


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    text = f"""
[server]
public_url = "http://b.example.com"
[snyc]
[logging]
level = "loud"
{STORE}
token = "env:NOT_THERE"
[stores.policy]
mode = "some"
units = -1
[[stores]]
key = "main"
"""
    assert [problem.partition(": ")[0] for problem in problems_of(tmp_path, text)] == [
        "logging.level",
        "server.public_url",
        "snyc",
        "stores[0].policy.mode",
        "stores[0].policy.units",
        "stores[0].token",
        "stores[1].key",
        "stores[1].platform",
        "stores[1].webhook_secrets",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"[server]\nbind = ", "is not TOML: Invalid value (at line 2, column 8, the end)"),
        (b"[server]\nbind = no\n", "is not TOML: Invalid value (at line 2, column 8)"),
        (b"[server]\n[server]\n", "is not TOML: Cannot declare ('server',) twice (at line 2, column 8)"),
        (b"[server]\n# \xff\n", "line 2 is not UTF-8: save the file as UTF-8"),
    ],
)
def test_a_file_that_is_no_toml_is_refused_by_line(tmp_path: Path, text: bytes, expected: str) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(text)
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    assert caught.value.problems == [f"{path}: {expected}"]


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no such file: copy config\.example\.toml"):
        load(tmp_path / "config.toml", {})
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load(tmp_path, {})


def test_a_rule_says_only_what_is_different(tmp_path: Path) -> None:
    text = """
[stores.policy]
mode = "up_to"
units = 5
lead_days = 7
[[stores.rules]]
sku = "CHAIR-*"
units = 9
[[stores.rules]]
category = "Sale"
mode = "never"
"""
    assert settings_of(tmp_path, SERVER + STORE + text).store("main").policy_book() == PolicyBook(
        Policy(Mode.UP_TO, 5, 7),
        (Rule(Policy(Mode.UP_TO, 9, 7), sku="CHAIR-*"), Rule(Policy(Mode.NEVER, 5, 7), category="Sale")),
    )


def test_a_sandbox_may_be_reached_over_plain_http(tmp_path: Path) -> None:
    text = '[server]\npublic_url = "http://127.0.0.1:8000/"\n[security]\nallow_private_addresses = true'
    assert settings_of(tmp_path, text).server.public_url == "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:///data/b.db", "sqlite:///{folder}/data/b.db"),
        ("sqlite:////var/lib/b.db", "sqlite:////var/lib/b.db"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("postgresql://u:pw@db.example.com/b", "postgresql://u:pw@db.example.com/b"),
        ("postgresql+psycopg:///b?host=/run", "postgresql+psycopg:///b?host=/run"),
    ],
)
def test_a_relative_database_file_begins_at_the_config_file(tmp_path: Path, url: str, expected: str) -> None:
    settings = settings_of(tmp_path, f'{SERVER}[database]\nurl = "{url}"')
    assert settings.database.url.get_secret_value() == expected.format(folder=tmp_path)


def test_no_value_in_any_place_is_worse_than_a_config_error(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("any")

    @given(st.dictionaries(st.sampled_from(PLACES), VALUES, max_size=6))
    def load_anything(values: dict[str, object]) -> None:
        # JSON writes these values as TOML does; "a.b = 1" stands for the key b in the table a.
        text = "".join(f"{place} = {json.dumps(value)}\n" for place, value in values.items())
        with suppress(ConfigError):
            settings_of(folder, text)

    load_anything()
