"""Errors and JSON as WordPress writes them."""

from __future__ import annotations

import json
from collections.abc import Mapping

from adapters.woocommerce.sandbox.records import Body


class RestError(Exception):
    """An error answer; ``data`` is a mapping beside ``status``, or the bare number WooCommerce sometimes writes."""

    def __init__(self, status: int, code: str, message: str, data: object = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self._data = data

    @property
    def body(self) -> Body:
        data = {"status": self.status, **self._data} if isinstance(self._data, dict) else self._data
        return {"code": self.code, "message": self.message, "data": {"status": self.status} if data is None else data}


def invalid_params(wrong: Mapping[str, tuple[str, str]]) -> RestError:
    """``rest_invalid_param`` for parameters, each with its WordPress code and message."""
    details = {
        name: {"code": code, "message": message, "data": {"param": name} if code == "rest_invalid_type" else None}
        for name, (code, message) in wrong.items()
    }
    params = {name: message for name, (_, message) in wrong.items()}
    message = f"Invalid parameter(s): {', '.join(wrong)}"
    return RestError(400, "rest_invalid_param", message, {"params": params, "details": details})


def invalid_id(kind: str, status: int) -> RestError:
    """``kind``: product, product_variation, shop_order or shop_webhook."""
    return RestError(status, f"woocommerce_rest_{kind}_invalid_id", "Invalid ID.")


def no_route() -> RestError:
    return RestError(404, "rest_no_route", "No route was found matching the URL and request method.")


def already_trashed(kind: str) -> RestError:
    return RestError(410, "woocommerce_rest_already_trashed", f"The {kind} has already been deleted.")


def no_trash(kind: str) -> RestError:
    return RestError(501, "woocommerce_rest_trash_not_supported", f"{kind} do not support trashing.")


def php_json(value: object) -> bytes:
    r"""Encode as PHP does: ``\/`` for a slash, ``\uXXXX`` beyond ASCII, and an empty array for an empty object."""
    # A slash can stand only inside a string, so replacing it in the text is safe.
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode("ascii")
