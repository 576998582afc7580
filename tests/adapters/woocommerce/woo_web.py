"""A made-up web: addresses and what answers there.  Nothing is called."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from requests.structures import CaseInsensitiveDict

from adapters.answers import Answer
from adapters.woocommerce.address import Address
from connector.ports.failures import Failure

WOO = ["oembed/1.0", "wc/v2", "wc/v3", "wp/v2"]
HTML = b"<!DOCTYPE html><title>A page</title>"


def index(*namespaces: str) -> bytes:
    return json.dumps({"name": "Shop", "namespaces": list(namespaces or WOO)}).encode()


@dataclass
class Web:
    """What is asked for is looked up without ``_fields``; every other address is a page that is not found."""

    pages: dict[str, Answer | Failure] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def put(self, url: str, body: bytes = HTML, status: int = 200, **headers: str) -> Web:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[url] = Answer(status, CaseInsensitiveDict(named), body, "GET it")
        return self

    def send_on(self, url: str, target: str, status: int = 301) -> Web:
        return self.put(url, b"", status, Location=target)

    def fail(self, url: str, failure: Failure) -> Web:
        self.pages[url] = failure
        return self

    def __call__(self, at: Address) -> Answer:
        bare = f"{at.origin}{at.behind_origin}".replace("?_fields=namespaces", "").replace("&_fields=namespaces", "")
        self.asked.append(bare)
        found = self.pages.get(bare, Answer(404, CaseInsensitiveDict(), HTML, "GET it"))
        if isinstance(found, Failure):
            raise found
        return found
