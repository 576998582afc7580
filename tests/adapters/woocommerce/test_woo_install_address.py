"""What an owner types is cleaned, or refused before anything is called."""

from __future__ import annotations

import pytest

from adapters.woocommerce import platform
from adapters.woocommerce.address import identity, read
from connector.ports.installing import Mistyped

PRIVATE = "The address leads into a private network."


def _refused(typed: str, *, allow_private: bool = False) -> Mistyped:
    with pytest.raises(Mistyped) as caught:
        read(typed, allow_private=allow_private)
    return caught.value


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("https://shop.example.com", "https://shop.example.com"),
        ("  shop.example.com/ ", "https://shop.example.com"),
        ("//shop.example.com", "https://shop.example.com"),
        ("https:shop.example.com", "https://shop.example.com"),
        ("HTTPS://Shop.Example.COM.:443/", "https://shop.example.com"),
        ("shop.example.com:8443/de/", "https://shop.example.com:8443/de"),
        ("https://shop.example.com/a/../b/./c//d?x=1#top", "https://shop.example.com/b/c/d"),
        ("https://my_shop.example.com", "https://my_shop.example.com"),
        ("https://müller.example", "https://xn--mller-kva.example"),
        ("https://straße.example", "https://xn--strae-oqa.example"),
        ("https://shop。example。com", "https://shop.example.com"),
        ("https://shop.example.com/für-dich", "https://shop.example.com/f%C3%BCr-dich"),
        ("https://93.184.215.14", "https://93.184.215.14"),
        ("https://[2606:2800:0021::1]/", "https://[2606:2800:21::1]"),
    ],
)
def test_one_shop_has_one_address_however_it_is_typed(typed: str, expected: str) -> None:
    assert read(typed, allow_private=False).url == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("shop.example.com", ["https://shop.example.com"]),
        ("shop.example.com/wp-admin/admin.php?page=wc-settings&tab=advanced", ["https://shop.example.com"]),
        ("shop.example.com/store/wp-admin/", ["https://shop.example.com/store"]),
        ("shop.example.com/wp-login.php?redirect_to=x", ["https://shop.example.com"]),
        ("shop.example.com/a/b/c/WP-JSON/wc/v3", ["https://shop.example.com/a/b/c"]),
        ("shop.example.com/shop/", ["https://shop.example.com/shop", "https://shop.example.com"]),
        (
            "shop.example.com/product/chair/black?utm_source=x",
            ["https://shop.example.com/product/chair", "https://shop.example.com/product", "https://shop.example.com"],
        ),
    ],
)
def test_a_pasted_page_is_cut_down_to_where_wordpress_may_stand(typed: str, expected: list[str]) -> None:
    assert read(typed, allow_private=False).roots() == expected


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "shop",
        "https://",
        "https://:443/",
        "javascript:alert(1)",
        "javascript://shop.example.com/%0aalert(1)",
        "data:text/html,<script>",
        "file:///etc/passwd",
        "ftp://shop.example.com",
        "gopher://shop.example.com:6379/_x",
        "http://shop.example.com",
        "https://owner:secret@shop.example.com",
        "https://shop.example.com@evil.example/",
        "https://evil.example\\@shop.example.com/",
        "https://shop.example.com\r\nHost: evil.example",
        "shop.\nexample.com",
        "https://shop.exam\tple.com",
        "https://shop\x00.example.com",
        "https://shop\u200b.example.com",
        "https://shop\u202e.example.com",
        "https://shop .example.com",
        "https://shop%2eexample.com",
        "https://shop..example.com",
        "https://-shop.example.com",
        "https://shop.example.com:0",
        "https://shop.example.com:22",
        "https://shop.example.com:6379",
        "https://shop.example.com:99999",
        "https://shop.example.com:٤٤٣",
        "https://[::1",
        "https://[fe80::1%25eth0]/",
        "https://" + "a" * 64 + ".example.com",
        "https://" + "a." * 130 + "example.com",
        "https://shop.example.com/" + "a" * 2_000,
    ],
)
def test_what_is_no_address_of_a_shop_is_refused_at_its_question(typed: str) -> None:
    refused = _refused(typed)
    assert (refused.key, bool(refused.fix)) == ("url", True)


@pytest.mark.parametrize(
    "typed",
    [
        "https://localhost",
        "LOCALHOST.",
        "https://shop.localhost/",
        "https://intranet",
        "https://printer.local",
        "https://metadata.google.internal/computeMetadata/v1/",
        "https://router.lan",
        "https://127.0.0.1",
        "https://127.0.0.1:8443/",
        "https://0.0.0.0",
        "https://10.1.2.3",
        "https://172.16.0.1",
        "https://192.168.0.1",
        "https://169.254.169.254/latest/meta-data/",
        "https://100.64.0.1",
        "https://224.0.0.1",
        "https://\uff11\uff12\uff17.\uff10.\uff10.\uff11",
        "https://127\u30020\u30020\u30021",
        "https://[::1]",
        "https://[::]",
        "https://[fe80::1]",
        "https://[fd00::1]",
        "https://[::ffff:127.0.0.1]",
        "https://[::ffff:a00:1]",
        "https://[64:ff9b::10.0.0.1]",
        "https://[2002:7f00:1::]",
    ],
)
def test_an_address_inside_a_network_is_refused_and_all_in_the_same_words(typed: str) -> None:
    assert _refused(typed).problem == PRIVATE


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "127.1", "127.0.0.1.0", "1.2.3.256"]
)
def test_a_number_in_disguise_is_no_host_even_where_private_addresses_are_allowed(host: str) -> None:
    refusals = [_refused(f"https://{host}/", allow_private=allowed).problem for allowed in (False, True)]
    assert refusals == ["The address names no host."] * 2


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("http://127.0.0.1:8088/", "http://127.0.0.1:8088"),
        ("http://localhost:80", "http://localhost"),
        ("http://[::1]:9000/shop", "http://[::1]:9000/shop"),
        ("https://shop:9443", "https://shop:9443"),
    ],
)
def test_a_sandbox_may_be_on_this_machine_and_without_a_certificate(typed: str, expected: str) -> None:
    assert read(typed, allow_private=True).url == expected


@pytest.mark.parametrize(
    "typed", ["javascript:alert(1)", "http://a:b@127.0.0.1/", "http://127.0.0.1/\r\n\r\nGET /", "ftp://127.0.0.1"]
)
def test_what_is_no_address_is_none_in_a_sandbox_either(typed: str) -> None:
    assert _refused(typed, allow_private=True).key == "url"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://Shop.Example.com/", "https://shop.example.com"),
        ("https://shop.example.com:443", "https://shop.example.com"),
        ("HTTP://127.0.0.1:80/", "http://127.0.0.1"),
        ("http://127.0.0.1:8088", "http://127.0.0.1:8088"),
        ("https://example.com/Shop/", "https://example.com/Shop"),
        ("https://müller.example/", "https://xn--mller-kva.example"),
        ("what nobody can read/", "what nobody can read"),
    ],
)
def test_a_shop_is_the_same_however_its_address_is_spelt(url: str, expected: str) -> None:
    assert (identity(url), platform().shop({"url": url, "consumer_key": "ck_1"})) == (expected, expected)


def test_two_folders_of_one_host_are_two_shops() -> None:
    shops = {platform().shop({"url": f"https://example.com/{folder}"}) for folder in ("en", "de", "")}
    assert len(shops) == 3
