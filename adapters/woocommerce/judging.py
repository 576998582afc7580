"""What the answer of a host says of the WordPress that should be there, and what the owner can do about it."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.answers import Answer
from adapters.reader import Reader
from adapters.woocommerce.address import QUESTION, Address
from connector.ports.failures import Unreadable
from connector.ports.installing import Mistyped
from connector.ports.sentence import N_, Sentence

INDEX = "/wp-json"
WANTED, FAMILY = "wc/v3", "wc/"
UNAUTHORIZED, FORBIDDEN, TOO_MANY, UNAVAILABLE, SERVER_ERROR = 401, 403, 429, 503, 500
LOGIN_PAGES = ("wp-login.php", "password-protected=login")
LET_THROUGH = Sentence(
    "Let the addresses below /wp-json/ through the password protection, security plugin or firewall."
)
TRY_AGAIN = Sentence("Wait a few minutes and try again.")


def namespaces(answer: Answer) -> list[object] | None:
    """The parts of a WordPress' API; None for what is no index of one."""
    if not answer.ok:
        return None
    try:
        return [one.raw for one in Reader.of(answer.body)["namespaces"]]
    except Unreadable:
        return None


def shop_at(at: Address, names: list[object]) -> str:
    """The root of the WordPress whose index was found.  Raises ``Mistyped`` where no shop of ours can be in it."""
    if not at.path.endswith(INDEX):
        raise plain_permalinks(at)
    root = at.url.removesuffix(INDEX)
    if WANTED in names:
        return root
    if any(isinstance(name, str) and name.startswith(FAMILY) for name in names):
        raise Mistyped(
            QUESTION,
            Sentence("The WooCommerce at %(root)s is too old.", root=root),
            Sentence("Update WooCommerce and try again."),
        )
    raise Mistyped(
        QUESTION,
        Sentence("There is a WordPress at %(root)s, but no WooCommerce in it.", root=root),
        Sentence(
            "Activate WooCommerce under Plugins; if the shop is in a folder, enter the address of its front page."
        ),
    )


def plain_permalinks(at: Address) -> Mistyped:
    return Mistyped(
        QUESTION,
        Sentence(
            "The WordPress at %(origin)s has plain permalinks, with which its API cannot be called.", origin=at.origin
        ),
        Sentence("Choose any other than Plain under Settings > Permalinks, and try again."),
    )


def refuse(at: Address, answer: Answer) -> None:
    """Raise for an answer that says more than "not here"."""
    if any(page in at.behind_origin for page in LOGIN_PAGES):
        raise Mistyped(QUESTION, Sentence("%(origin)s asks every visitor to log in.", origin=at.origin), LET_THROUGH)
    if answer.headers.get("cf-mitigated", "").lower() == "challenge" or (
        answer.status in {FORBIDDEN, UNAVAILABLE} and "cloudflare" in answer.headers.get("Server", "").lower()
    ):
        raise Mistyped(
            QUESTION,
            Sentence(
                "Cloudflare stops us before %(origin)s: it wants proof that a person is calling.", origin=at.origin
            ),
            Sentence("Let addresses that begin with /wp-json/ skip the challenge (Security > WAF > Custom rules)."),
        )
    if answer.status in {UNAUTHORIZED, FORBIDDEN} and _is_of_wordpress(answer):
        raise Mistyped(
            QUESTION, Sentence("A security plugin of %(origin)s closes its REST API.", origin=at.origin), LET_THROUGH
        )
    if answer.status in _SAID:
        problem, fix = _SAID[answer.status]
        raise Mistyped(QUESTION, Sentence(problem, origin=at.origin), fix)
    if answer.status >= SERVER_ERROR:
        raise Mistyped(
            QUESTION,
            Sentence(
                "%(origin)s answers with an error of its own (%(status)s).", origin=at.origin, status=answer.status
            ),
            TRY_AGAIN,
        )


def _is_of_wordpress(answer: Answer) -> bool:
    """Whether a refusal is in the words of WordPress' REST API, not in those of what stands before it."""
    try:
        return bool(Reader.of(answer.body)["code"].text())
    except Unreadable:
        return False


_SAID: Mapping[int, tuple[str, str]] = {
    UNAUTHORIZED: (N_("%(origin)s is protected by a password."), LET_THROUGH),
    FORBIDDEN: (N_("Something in front of %(origin)s refuses our calls."), LET_THROUGH),
    TOO_MANY: (N_("%(origin)s is asked too often just now."), TRY_AGAIN),
    UNAVAILABLE: (N_("%(origin)s is closed for maintenance."), Sentence("Wait until it is open again, and try again.")),
}


def nothing(at: Address, answer: Answer) -> Mistyped:
    """What to say where no index was found.  Many a page for maintenance answers 200 to everything."""
    if b"maintenance" in answer.body[:20_000].lower():
        problem, fix = _SAID[UNAVAILABLE]
        return Mistyped(QUESTION, Sentence(problem, origin=at.origin), fix)
    return Mistyped(
        QUESTION,
        Sentence("There is no WordPress at %(origin)s.", origin=at.origin),
        Sentence("Enter the address of the shop's front page."),
    )
