"""Opening a shopper's page: from the token in the address to the order it is about, and the forms on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from flask import Response, render_template, request, url_for

from connector.services.context import StoreContext
from connector.services.page_links import Tokens
from connector.services.shopper import LineView, OrderView, view
from connector.services.shopper_act import Page
from connector.web.backstage import Backstage
from connector.web.languages import SHOPPER_LANGUAGES, shopper_language, speak_as

# Images: Bootstrap's own style sheet draws its ticks and arrows so.
CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
MOST_DIGITS = 7
CARRIED = frozenset({"units"})
"""What of an address belongs to its page, whatever language it is shown in."""


class Closed(Exception):  # noqa: N818 -- it says what happened
    """The address opens nothing: it was altered, has expired, was made void, or is of no store of ours."""


class Unfit(Exception):  # noqa: N818 -- as above
    """The form is none of this page's, or was open for too long."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The page of one order.  ``tokens`` sign its forms."""

    token: str
    tokens: Tokens
    store: StoreContext
    generation: int
    seen: OrderView

    def line(self, line_id: str) -> LineView:
        found = self.seen.line(line_id)
        if found is None:
            raise Closed
        return found

    def form(self, *said: str) -> str:
        """What a form of this page bears."""
        return self.tokens.form(self.token, self.store.clock(), said)

    def sent(self) -> Page:
        """The form that was sent, as the services take it.  Raises ``Unfit``."""
        self.said()
        return Page(self.seen.order.id, self.generation, request.form["form"])

    def said(self) -> tuple[str, ...]:
        """What the form was given to say."""
        said = self.tokens.read_form(self.token, request.form.get("form", ""), self.store.clock())
        if said is None:
            raise Unfit
        return said

    def address(self, endpoint: str = "order", **more: str) -> str:
        """Another page of this order, in the same language."""
        lang = request.args.get("lang", "")
        chosen = {"lang": lang} if lang in SHOPPER_LANGUAGES else {}
        values: dict[str, Any] = {**chosen, **more}
        return url_for(f"shopper.{endpoint}", token=self.token, **values)


def open_page(back: Backstage, token: str) -> Opened:
    """Raises ``Closed``, whatever it is that does not fit: who guesses learns nothing."""
    tokens, now = Tokens.of(back.vault), back.clock()
    page = tokens.read_page(token, now)
    store = back.known.all().get(page.store) if page is not None else None
    if page is None or store is None:
        raise Closed
    with back.work(read_only=True) as uow:
        record = uow.stores.get(store.key)
        seen = view(store, uow, page.order_id, page.generation, now)
    if seen is None or record is None or record.gone_at is not None:
        raise Closed
    speak_as(shopper_language(seen.order.language, last=store.language), store.zone)
    return Opened(token, tokens, store, page.generation, seen)


def page(opened: Opened, template: str, /, *, status: int = 200, **values: object) -> Response:
    """A page of this order.  ``in_languages``: where it stands in each language there is."""
    kept = {key: value for key, value in request.args.items() if key in CARRIED}
    there = {code: url_for(str(request.endpoint), **_whole(kept), lang=code) for code in SHOPPER_LANGUAGES}
    html = render_template(
        f"shopper_{template}.html",
        opened=opened,
        seen=opened.seen,
        shop=opened.store.title or opened.store.key,
        in_languages=there if request.method == "GET" else {},
        languages=SHOPPER_LANGUAGES,
        today=opened.store.today(),
        **values,
    )
    return Response(html, status, mimetype="text/html")


def _whole(kept: dict[str, str]) -> dict[str, Any]:
    return {**kept, **(request.view_args or {})}


def said_page(status: int, title: str, meaning: str, back: str = "") -> Response:
    """A page of one sentence; ``back``: the way on, where there is one."""
    html = render_template("shopper_said.html", title=title, meaning=meaning, back=back, shop="", in_languages={})
    return Response(html, status, mimetype="text/html")


def private(answer: Response) -> Response:
    """Nobody keeps, frames, indexes or passes on what stands here."""
    answer.headers["Content-Security-Policy"] = CSP
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def whose() -> str:
    """What visits are counted by, beside the address they come from."""
    token = str((request.view_args or {}).get("token", ""))
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def number_asked(text: str) -> int:
    """A number of units as somebody wrote it; 0 for anything that is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else 0


def day_asked(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
