"""The keys that the owner of a shop pastes: of an app of their own, or of a custom app from before 2026."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing

from adapters.http import Channel
from adapters.shopify.admin import Admin
from adapters.shopify.answered import NoShop, TokenRefused
from adapters.shopify.checks import granted_scopes, missing_scopes
from adapters.shopify.domain import exact_domain
from adapters.shopify.installation import Installation
from adapters.shopify.oauth import App, GrantRefused, by_client
from adapters.shopify.vendor import shop_domain
from connector.ports.failures import TryLater, Unreadable
from connector.ports.installing import Granted, Mistyped, Question
from connector.ports.sentence import Sentence

QUESTIONS = (
    Question("shop", "Shop", "The shop's own address, as in example.myshopify.com; not the one that shoppers see."),
    Question(
        "client_id", "Client ID", "From the settings of your app in the Dev Dashboard; with its secret.", required=False
    ),
    Question("client_secret", "Client secret", "From the same page.", required=False, secret=True),
    Question(
        "access_token",
        "Access token",
        "Instead of these two, for a custom app from before 2026; begins with shpat_.",
        required=False,
        secret=True,
    ),
    Question(
        "webhook_secret",
        "API secret key",
        "Together with an access token: from the same app, it signs the webhooks.",
        required=False,
        secret=True,
    ),
)


def pasted(setup: Installation, typed: Mapping[str, str]) -> Granted:
    """Try the keys.  Raises ``Mistyped`` with the one that is wrong."""
    answers = {question.key: typed.get(question.key, "").strip() for question in QUESTIONS}
    shop = shop_domain(answers["shop"])
    if shop is None:
        raise Mistyped(
            "shop", Sentence("This is no shop's own address."), Sentence("Give it as example.myshopify.com.")
        )
    secret = _refuse_halves(answers)
    keys = {key: answers[key] for key in ("client_id", "client_secret", "access_token") if answers[key]}
    with closing(setup.channel(shop)) as channel:
        token = answers["access_token"] or _buy(channel, App(answers["client_id"], answers["client_secret"]))
        title, scopes = _try(setup.admin(channel, token), shop, next(iter(keys)))
    options = {"shop": shop, **setup.carried, **keys}
    return Granted(shop, title, options, webhook_secret=secret, missing=missing_scopes(scopes, setup.scopes))


def _refuse_halves(answers: Mapping[str, str]) -> str:
    """Whether what was given is one whole set of keys; gives the secret that signs the webhooks."""
    if answers["access_token"]:
        return _secret_of_token(answers)
    if not answers["client_id"] and not answers["client_secret"]:
        raise Mistyped(
            "client_id", Sentence("This is missing."), Sentence("Give client ID and client secret, or an access token.")
        )
    for key in ("client_id", "client_secret"):
        if not answers[key]:
            raise Mistyped(
                key, Sentence("This is missing."), Sentence("Client ID and client secret are needed together.")
            )
    return answers["client_secret"]


def _secret_of_token(answers: Mapping[str, str]) -> str:
    if answers["access_token"].startswith("shpss_"):
        raise Mistyped("access_token", Sentence("This is a secret."), Sentence("Access tokens begin with shpat_."))
    if answers["client_id"] or answers["client_secret"]:
        raise Mistyped(
            "access_token",
            Sentence("There is a client ID or secret too, and one of the two ways is enough."),
            Sentence("Leave this empty, or leave client ID and client secret empty."),
        )
    if not answers["webhook_secret"]:
        raise Mistyped(
            "webhook_secret", Sentence("This is missing."), Sentence("Shopify signs the app's webhooks with it.")
        )
    return answers["webhook_secret"]


def _buy(channel: Channel, app: App) -> str:
    try:
        return by_client(channel, app)
    except NoShop:
        raise _no_shop() from None
    except GrantRefused as refused:
        raise _mistyped(refused.code) from None


def _mistyped(code: str) -> Mistyped:
    match code:
        case "application_cannot_be_found":
            return Mistyped(
                "client_id",
                Sentence("Shopify knows no app with this client ID."),
                Sentence("Copy it from the Dev Dashboard."),
            )
        case "invalid_client" | "unauthorized_client":
            return Mistyped(
                "client_secret",
                Sentence("This is not the secret of that app."),
                Sentence("Copy it from the Dev Dashboard."),
            )
        case _:
            return Mistyped(
                "client_id",
                Sentence("Shopify gives this app no access to that shop."),
                Sentence(
                    "Check that the app is installed in the shop, that both belong to the same organisation, "
                    "and that client ID and client secret are those of the app."
                ),
            )


def _try(admin: Admin, shop: str, key: str) -> tuple[str, tuple[str, ...]]:
    """The shop's name, and what the keys may do there.  ``key``: the one that is to blame where they do not work."""
    try:
        info = admin.read("ShopInfo").need("shop")
        domain = info["myshopifyDomain"].text()
        if exact_domain(domain) != shop:
            raise Mistyped(
                "shop",
                Sentence("These keys are of another shop."),
                Sentence("Enter %(domain)s, or the keys of %(shop)s.", domain=domain, shop=shop),
            )
        return info["name"].text() or shop, granted_scopes(admin)
    except NoShop:
        raise _no_shop() from None
    except TokenRefused:
        raise Mistyped(key, Sentence("The shop does not accept what was given."), Sentence("Copy it again.")) from None
    except Unreadable as error:
        raise TryLater(Sentence("the shop answered what cannot be read: %(path)s", path=error.path)) from None


def _no_shop() -> Mistyped:
    return Mistyped(
        "shop", Sentence("There is no shop at this address."), Sentence("Give it as example.myshopify.com.")
    )
