"""From the owner's yes to the keys, against a sandbox shop: asked, refused, doubled, forged, too weak, pasted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from woo_owner import Owner
from woo_web import Web, index

from adapters.woocommerce import platform
from adapters.woocommerce.install import WooInstaller, installer
from adapters.woocommerce.sandbox import WooShop
from adapters.woocommerce.sandbox.auth import Key
from connector.ports.clock import system_clock
from connector.ports.failures import OwnerMustAct
from connector.ports.installing import Begun, Forged, Granted, Mistyped, NotOffered, Way
from connector.sandbox.serve import served

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
RETURN, CALLBACK = "https://backorders.example.com/install/woocommerce/return", "https://backorders.example.com/keys"
WORD = "a-random-word_0123456789-abcdefghijklmnopqr"
REMEMBERED = {"url": "https://shop.example.com"}
GOOD = {
    "key_id": 4,
    "user_id": WORD,
    "consumer_key": "ck_" + "0" * 39 + "1",
    "consumer_secret": "cs_" + "0" * 39 + "2",
    "key_permissions": "read_write",
}


@dataclass
class Scene:
    shop: WooShop
    url: str
    installer: WooInstaller
    posted: list[bytes] = field(default_factory=list)
    answer: int = 200

    def post(self, address: str, headers: Mapping[str, str], body: bytes) -> int:
        assert (address, headers["Content-Type"]) == (CALLBACK, "application/json;charset=UTF-8")
        self.posted.append(body)
        return self.answer

    def begin(self, typed: str = "") -> Begun:
        return self.installer.begin({"url": typed or self.url}, return_url=RETURN, callback_url=CALLBACK, now=NOW)

    def findings(self, options: Mapping[str, object]) -> dict[str, bool]:
        front = platform().connect(options, allow_private=True)
        return {one.what: one.ok for one in front.check(system_clock())}


@pytest.fixture
def scene() -> Iterator[Scene]:
    made: list[Scene] = []

    def post(address: str, headers: Mapping[str, str], body: bytes) -> int:
        return made[0].post(address, headers, body)

    shop = WooShop(system_clock, lambda *_: 200, post_keys=post, allow_http_callbacks=False)
    with served(shop.app) as url:
        made.append(Scene(shop, url, WooInstaller(allow_private=True)))
        yield made[0]


def _body(**changes: object) -> bytes:
    return json.dumps({**GOOD, **changes}).encode()


def _query(address: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(address).query)


def test_the_owner_is_sent_to_the_page_of_consent_with_all_that_it_wants() -> None:
    web = Web().send_on("https://shop.example.com/wp-json/", "https://www.shop.example.com/wp-json/")
    web.put("https://www.shop.example.com/wp-json/", index())
    one = WooInstaller(allow_private=False, look=web)
    begun = one.begin({"url": "shop.example.com/wp-admin"}, return_url=RETURN, callback_url=CALLBACK, now=NOW)
    page, _, query = begun.go_to.partition("?")
    assert page == "https://www.shop.example.com/wc-auth/v1/authorize"
    assert "+" not in query
    assert parse_qs(query) == {
        "app_name": ["Backorder Connector"],
        "scope": ["read_write"],
        "user_id": [begun.attempt],
        "return_url": [RETURN],
        "callback_url": [CALLBACK],
    }
    assert begun.remember == {"url": "https://www.shop.example.com"}


def test_no_two_attempts_and_no_two_secrets_are_alike(scene: Scene) -> None:
    attempts = {scene.begin().attempt for _ in range(20)}
    granted = {scene.installer.posted(_body(), REMEMBERED).webhook_secret for _ in range(20)}
    assert (len(attempts), len(granted)) == (20, 20)
    assert all(len(word) >= 43 and word.replace("-", "").replace("_", "").isalnum() for word in attempts | granted)


def test_the_keys_that_the_owner_approves_open_the_shop(scene: Scene) -> None:
    begun = scene.begin()
    owner = Owner()
    back = owner.log_in(begun.go_to).approve()
    assert scene.installer.attempt_in(_query(back)) == begun.attempt
    assert not scene.installer.was_refused(_query(back))
    assert scene.installer.posted_attempt(scene.posted[0]) == begun.attempt
    granted = scene.installer.posted(scene.posted[0], begun.remember)
    assert (granted.shop, granted.title, granted.missing) == (scene.url, "127.0.0.1", ())
    assert platform().shop(granted.options) == granted.shop
    assert list(platform().problems(granted.options)) == []
    found = scene.findings(granted.options)
    assert (found["read products"], found["write products"], found["version"]) == (True, True, True)


def test_an_owner_who_says_no_comes_back_with_no_and_no_keys_are_made(scene: Scene) -> None:
    begun = scene.begin()
    back = Owner().log_in(begun.go_to).deny()
    assert (scene.installer.attempt_in(_query(back)), scene.installer.was_refused(_query(back))) == (
        begun.attempt,
        True,
    )
    assert (scene.posted, list(scene.shop.keys)) == ([], ["ck_sandbox"])


def test_an_owner_who_says_yes_twice_posts_two_pairs_for_one_attempt_and_both_open_the_shop(scene: Scene) -> None:
    begun = scene.begin()
    owner = Owner().log_in(begun.go_to)
    owner.approve()
    owner.approve()
    assert [scene.installer.posted_attempt(body) for body in scene.posted] == [begun.attempt] * 2
    pairs = [scene.installer.posted(body, begun.remember).options for body in scene.posted]
    assert pairs[0]["consumer_key"] != pairs[1]["consumer_key"]
    assert [scene.findings(pair)["write products"] for pair in pairs] == [True, True]


def test_keys_that_we_do_not_take_are_deleted_by_the_shop(scene: Scene) -> None:
    scene.answer = 410
    page = Owner().log_in(scene.begin().go_to).follow_approve()
    assert (page.status_code, len(scene.posted), list(scene.shop.keys)) == (401, 1, ["ck_sandbox"])


@pytest.mark.parametrize("permissions", ["read", "write", "", "READ_WRITE"])
def test_keys_that_may_do_too_little_are_refused_with_the_way_to_mend_it(permissions: str) -> None:
    body = _body(key_permissions=permissions)
    assert WooInstaller(allow_private=False).posted_attempt(body) == WORD
    with pytest.raises(OwnerMustAct) as caught:
        WooInstaller(allow_private=False).posted(body, REMEMBERED)
    assert (caught.value.act, bool(caught.value.fix)) == ("push", True)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"webhook_id=7",
        b"null",
        b"[]",
        b"{}",
        b'"' + WORD.encode() + b'"',
        b"\xff\xfe{}",
        b"[" * 9_000,
        b'{"user_id":' * 800,
        json.dumps(GOOD).replace("4", "1" * 5_000, 1).encode(),
        json.dumps(GOOD).replace("4", "NaN", 1).encode(),
        _body(key_id=None),
        _body(key_id=[4]),
        _body(key_id="4 OR 1=1"),
        _body(user_id=None),
        _body(user_id=42),
        _body(user_id=True),
        _body(user_id=[WORD]),
        _body(user_id={"$ne": ""}),
        _body(user_id=""),
        _body(user_id="short"),
        _body(user_id=WORD + "\n"),
        _body(user_id=WORD + " "),
        _body(user_id="../" * 12),
        _body(user_id="é" * 30),
        _body(user_id="a" * 129),
        _body(consumer_key=GOOD["consumer_secret"]),
        _body(consumer_secret=GOOD["consumer_key"]),
        _body(consumer_key="ck_"),
        _body(consumer_key="ck_a:b"),
        _body(consumer_key="ck_a\r\nX-Evil: 1"),
        _body(consumer_key="ck_" + "a" * 300),
        _body(consumer_secret=None),
        _body(consumer_secret=7),
        _body(key_permissions=None),
        _body(key_permissions=["read_write"]),
        _body(padding="a" * 10_000),
        *(json.dumps({name: value for name, value in GOOD.items() if name != left_out}).encode() for left_out in GOOD),
    ],
)
def test_a_post_of_another_shape_is_forged_and_its_refusal_tells_no_key(body: bytes) -> None:
    one = WooInstaller(allow_private=False)
    for read in (one.posted_attempt, lambda body: one.posted(body, REMEMBERED)):
        with pytest.raises(Forged) as caught:
            read(body)
        assert not any(part in str(caught.value) for part in ("ck_", "cs_", WORD, "\n"))


def test_the_address_of_the_shop_is_ours_and_never_the_post_s() -> None:
    body = _body(url="https://evil.example", store_url="https://evil.example")
    granted = WooInstaller(allow_private=False).posted(body, REMEMBERED)
    assert (granted.shop, granted.options["url"]) == ("https://shop.example.com", "https://shop.example.com")


@pytest.mark.parametrize(
    ("query", "attempt", "refused"),
    [
        ([("success", "1"), ("user_id", WORD)], WORD, False),
        ([("success", "0"), ("user_id", WORD)], WORD, True),
        ([("user_id", WORD)], WORD, False),
        ([("success", "0"), ("success", "1"), ("user_id", WORD)], WORD, False),
        ([("user_id", WORD), ("user_id", WORD[::-1])], "", False),
        ([("user_id", "<script>")], "", False),
        ([("user_id", WORD + "\x00")], "", False),
        ([("success", "0")], "", True),
        ([], "", False),
    ],
)
def test_who_comes_back_is_read_strictly(query: list[tuple[str, str]], attempt: str, *, refused: bool) -> None:
    one = WooInstaller(allow_private=False)
    assert (one.attempt_in(query), one.was_refused(query)) == (attempt, refused)


@pytest.mark.parametrize("typed", [{}, {"url": ""}, {"url": "http://shop.example.com"}, {"url": "https://10.0.0.1"}])
def test_nothing_begins_with_an_address_that_cannot_be_used(typed: dict[str, str]) -> None:
    web = Web()
    with pytest.raises(Mistyped) as caught:
        WooInstaller(allow_private=False, look=web).begin(typed, return_url=RETURN, callback_url=CALLBACK, now=NOW)
    assert (caught.value.key, web.asked) == ("url", [])


def test_a_service_without_https_cannot_be_posted_keys_to() -> None:
    http = CALLBACK.replace("https", "http")
    with pytest.raises(NotOffered, match="public_url"):
        WooInstaller(allow_private=False).begin({"url": "x"}, return_url=RETURN, callback_url=http, now=NOW)


def test_an_address_of_ours_that_woocommerce_would_decode_once_too_often_is_our_bug() -> None:
    with pytest.raises(ValueError, match="change on its way"):
        WooInstaller(allow_private=False).begin(
            {"url": "x"}, return_url=f"{RETURN}?next=%2Fa", callback_url=CALLBACK, now=NOW
        )


def _pasted(scene: Scene, **changes: str) -> Granted:
    typed = {"url": scene.url, "consumer_key": "ck_sandbox", "consumer_secret": "cs_sandbox", **changes}
    return scene.installer.pasted(typed, now=NOW)


def test_pasted_keys_that_open_the_shop_are_taken_and_nothing_is_written(scene: Scene) -> None:
    granted = _pasted(scene, url=f"{scene.url}/wp-admin/", consumer_key="  ck_sandbox\n")
    assert granted.options == {"url": scene.url, "consumer_key": "ck_sandbox", "consumer_secret": "cs_sandbox"}
    assert scene.shop.calls == ["GET /wp-json/wc/v3/products", "POST /wp-json/wc/v3/products/batch"]


@pytest.mark.parametrize(
    ("changes", "key", "words"),
    [
        ({"url": ""}, "url", "missing"),
        ({"consumer_key": ""}, "consumer_key", "missing"),
        ({"consumer_secret": " "}, "consumer_secret", "missing"),
        ({"consumer_key": "cs_sandbox", "consumer_secret": "ck_sandbox"}, "consumer_key", "each other's place"),
        ({"consumer_secret": "ck_sandbox"}, "consumer_secret", "each other's place"),
        ({"consumer_key": "sandbox"}, "consumer_key", "begins with ck_"),
        ({"consumer_key": "ck_san\r\ndbox"}, "consumer_key", "begins with ck_"),
        ({"consumer_secret": "cs_sandböx"}, "consumer_secret", "begins with cs_"),
        ({"consumer_key": "ck_unknown"}, "consumer_key", "does not know the consumer key"),
        ({"consumer_secret": "cs_wrong"}, "consumer_secret", "The consumer secret is wrong."),
        ({"consumer_key": "ck_reader", "consumer_secret": "cs_reader"}, "consumer_key", "may only read"),
        ({"consumer_key": "ck_writer", "consumer_secret": "cs_writer"}, "consumer_key", "may only write"),
    ],
)
def test_what_is_wrong_with_pasted_keys_is_told_at_its_question(
    scene: Scene, changes: dict[str, str], key: str, words: str
) -> None:
    scene.shop.keys |= {"ck_reader": Key("cs_reader", "read"), "ck_writer": Key("cs_writer", "write")}
    with pytest.raises(Mistyped) as caught:
        _pasted(scene, **changes)
    assert (caught.value.key, words in caught.value.problem, bool(caught.value.fix)) == (key, True, True)
    assert not any(secret in str(caught.value) for secret in ("cs_sandbox", "cs_wrong", "ck_unknown"))


def test_what_woocommerce_does_not_have_is_not_offered() -> None:
    one = installer({}, allow_private=False)
    asked: list[Callable[[], object]] = [
        lambda: one.begin_signed([], return_url=RETURN, now=NOW),
        lambda: one.finish([("success", "1")], REMEMBERED, now=NOW),
        lambda: one.visitor("token", now=NOW),
        lambda: one.exchange("token", now=NOW),
        lambda: one.frame_ancestors("https://shop.example.com"),
        one.client_id,
        lambda: one.renew({}, now=NOW),
    ]
    for call in asked:
        with pytest.raises(NotOffered):
            call()
    assert one.ways == {Way.TYPED, Way.PASTED}
    assert one.lapses({}) is None
    assert one.webhook_secrets() == ()


def test_the_owner_is_told_where_to_delete_the_key_by_the_name_it_has_there() -> None:
    said = installer({"app_name": "Waiting Room"}, allow_private=False).revoke({})
    assert (
        said
        == "Delete the key named Waiting Room in the shop's admin under WooCommerce > Settings > Advanced > REST API."
    )
