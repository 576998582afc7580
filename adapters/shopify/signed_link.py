"""The authorisation code grant: an owner comes with a signed link, says yes in the shop, and comes back with a code."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe
from urllib.parse import urlencode

from adapters.shopify.installation import Installation
from adapters.shopify.oauth import NOT_OUR_APP, GrantRefused, by_code, not_accepted
from adapters.shopify.signed_query import Query, signed_query
from connector.ports.installing import Begun, Forged, Granted

AUTHORIZE = "admin/oauth/authorize"
ATTEMPT_BYTES = 32


def begin(setup: Installation, query: Query, return_url: str, now: datetime) -> Begun:
    """Believe the link, and only then build an address of the shop that it names."""
    shop = signed_query(query, setup.secrets, now)["shop"]
    attempt = token_urlsafe(ATTEMPT_BYTES)
    asked = urlencode(
        {
            "client_id": setup.app.client_id,
            "scope": ",".join(setup.scopes),
            "redirect_uri": return_url,
            "state": attempt,
        }
    )
    go_to = f"{setup.address(shop)}/{AUTHORIZE}?{asked}"
    # The digest, not the attempt itself: what is remembered lies in a database.
    return Begun(go_to, attempt, remember={"shop": shop, "attempt": _digest(attempt)})


def finish(setup: Installation, query: Query, remember: Mapping[str, str], now: datetime) -> Granted:
    given = signed_query(query, setup.secrets, now)
    shop = given["shop"]
    if shop != remember.get("shop"):
        raise Forged("the answer is of another shop than the question")
    if not hmac.compare_digest(_digest(given.get("state", "")), remember.get("attempt", "")):
        raise Forged("the answer is to another attempt")
    code = given.get("code", "")
    if not code:
        raise Forged("the answer holds no code")
    with closing(setup.channel(shop)) as channel:
        try:
            bought = by_code(channel, setup.app, code, now)
        except GrantRefused as refused:
            if refused.code in NOT_OUR_APP:
                raise not_accepted() from None
            raise Forged(f"the shop does not take the code: {refused}") from None
    return setup.granted(shop, bought)


def _digest(attempt: str) -> str:
    return sha256(attempt.encode("utf-8", "surrogatepass")).hexdigest()
