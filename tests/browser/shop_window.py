"""The page of a sold out product in a shop, with the form as our plugin writes it, its own script and its own style.

``tests/storefront`` holds the plugin's form and the service together; here a browser fills it in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

ASSETS = Path(__file__).resolve().parents[2] / "adapters/woocommerce/storefront/backorder-connector/assets"
KINDS = {".js": "text/javascript", ".css": "text/css"}
CONSENT = "Yes, send me one message when this product is back. I can take this back at any time."
THANKS = "Thank you. Please confirm with the link that we send you."
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><link rel="stylesheet" href="/window/storefront.css"><link rel="icon" href="data:,"></head>
<body><main><h1>{title}</h1>
<p id="backorder-asked" class="backorder-connector-asked" tabindex="-1">{thanks}</p>
<form class="backorder-connector-restock" method="post" action="{service}/storefront/v1/chairs/restock"
  data-thanks="{thanks}">
<p class="backorder-connector-title">Sold out: shall we tell you when it is back?</p>
<input type="hidden" name="variant" value="{variant}">
<p><label for="email">E-mail address</label>
<input id="email" name="email" type="email" autocomplete="email" maxlength="254" required></p>
<p><label for="units">How many?</label>
<input id="units" name="units" type="number" value="1" min="1" max="10000" inputmode="numeric" required></p>
<input type="hidden" name="consent_text" value="{consent}"><input type="hidden" name="lang" value="en">
<input type="hidden" name="page" value="{page}">
<p class="backorder-connector-trap" aria-hidden="true"><label for="website">Website</label>
<input id="website" name="website" type="text" tabindex="-1" autocomplete="off"></p>
<p><label><input type="checkbox" name="consent" value="yes" required> {consent}</label></p>
<p><button type="submit" class="button">Tell me</button></p>
<p class="backorder-connector-said" role="status" hidden></p></form>
</main><script src="/window/restock.js"></script></body></html>"""

Wsgi = Callable[[Any, Any], Iterable[bytes]]


@dataclass
class Window:
    """``service``: the address of ours; ``goods``: id and title by SKU.  Both are known only once the shop stands."""

    service: str = ""
    goods: dict[str, tuple[str, str]] = field(default_factory=dict)

    def before(self, shop: Wsgi) -> Wsgi:
        """The shop with its window: ``/window/<sku>``."""

        def app(environ: Any, start_response: Any) -> Iterable[bytes]:
            _, window, name = f"{environ['PATH_INFO']}//".split("/", 2)
            name = name.rstrip("/")
            if window != "window":
                return shop(environ, start_response)
            asset = ASSETS / name
            if asset.suffix in KINDS:
                return _answer(start_response, asset.read_bytes(), KINDS[asset.suffix])
            page = self._page(name, f"http://{environ['HTTP_HOST']}{environ['PATH_INFO']}")
            return _answer(start_response, page.encode(), "text/html; charset=utf-8")

        return app

    def _page(self, sku: str, address: str) -> str:
        variant, title = self.goods[sku]
        values = {
            "title": title,
            "variant": variant,
            "service": self.service,
            "page": address,
            "consent": CONSENT,
            "thanks": THANKS,
        }
        return PAGE.format(**{name: escape(value) for name, value in values.items()})


def _answer(start_response: Any, body: bytes, kind: str) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]
