"""A signature is right or wrong for exactly these bytes, and nothing in a header can break the check."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.signing import hmac_sha256_base64, hmac_sha256_hex, signed_by_any, signed_by_any_hex

BODY = b"what do ya want for nothing?"
# RFC 4231, test case 2.
HEX = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
BASE64 = "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM="


def test_signatures_are_those_of_the_rfc() -> None:
    assert hmac_sha256_hex("Jefe", BODY) == HEX
    assert hmac_sha256_base64("Jefe", BODY) == BASE64


def test_any_live_secret_signs() -> None:
    assert signed_by_any(["old", "Jefe"], BODY, BASE64)
    assert signed_by_any(["Jefe", "new"], BODY, BASE64)
    assert signed_by_any_hex(["old", "Jefe"], BODY, HEX)


def test_a_changed_body_or_another_secret_is_forged() -> None:
    assert not signed_by_any(["Jefe"], BODY + b" ", BASE64)
    assert not signed_by_any(["jefe"], BODY, BASE64)
    assert not signed_by_any([], BODY, BASE64)


def test_an_empty_secret_signs_nothing() -> None:
    assert not signed_by_any([""], BODY, hmac_sha256_base64("", BODY))
    assert not signed_by_any_hex(["", "Jefe"], BODY, hmac_sha256_hex("", BODY))


@pytest.mark.parametrize(
    "signature", ["", "é" * 50, "\ud800", "=" * 100_000, BASE64[:-1], BASE64 + "\n", BASE64.lower()]
)
def test_a_signature_that_is_none_is_forged(signature: str) -> None:
    assert not signed_by_any(["Jefe"], BODY, signature)


@given(st.binary(), st.text(min_size=1, alphabet=st.characters(codec="utf-8")))
def test_what_a_secret_signs_it_verifies(body: bytes, secret: str) -> None:
    assert signed_by_any([secret], body, hmac_sha256_base64(secret, body))
    assert signed_by_any_hex([secret], body, hmac_sha256_hex(secret, body))


@given(st.text(), st.text(alphabet=st.characters(codec="utf-8")))
def test_no_header_breaks_the_check(signature: str, secret: str) -> None:
    assert not signed_by_any([secret], BODY, signature)
    assert not signed_by_any_hex([secret], BODY, signature)


def test_a_secret_that_is_no_utf8_signs_with_its_bytes() -> None:
    undecodable = b"\xff\xfe".decode("utf-8", "surrogateescape")  # as os.environ gives it
    assert signed_by_any([undecodable], BODY, hmac_sha256_base64(undecodable, BODY))
