"""The owner's page of privacy requests: it says what waits, gives the answer out as a file, and then forgets it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from site_house import Site, site

from adapters.woocommerce.sandbox.storefront import PLAIN
from connector.ports.operating import RequestKind
from connector.services.privacy import answer_requests
from connector.services.privacy_asked import ask
from connector.services.privacy_subject import Subject

PRIVACY = "/settings/privacy"
HERS, HIS = "aicha@example.test", "bert@example.test"


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(Path(tmp_path_factory.mktemp("privacy"))) as opened:
        opened.house.woo.add_product("CHAIR", 5)
        opened.house.connect()
        opened.house.woo.place_order({"CHAIR": 1})
        opened.house.woo.place_order({"CHAIR": 1}, extras=replace(PLAIN, email=HIS))
        opened.house.settle(1)
        yield opened


def asked(there: Site, kind: RequestKind, reference: str, email: str = HERS) -> int:
    store = there.house.store("chairs")
    number = ask(store, kind, Subject(emails=(email,)), reference)
    answer_requests(store)
    return number


def test_an_answer_is_downloaded_passed_on_and_then_gone(there: Site) -> None:
    owner = there.owner()
    assert "Nobody has asked yet." in there.owner("tents").get(PRIVACY).text
    number = asked(there, RequestKind.ACCESS, "one")
    seen = owner.get(PRIVACY)
    assert seen.rows()[0][0] == "What is held of a person"
    assert "waits for you" in seen.text
    assert HERS not in seen.html
    file = owner.client.get(f"{PRIVACY}/{number}.json")
    assert file.headers["Content-Disposition"] == f'attachment; filename="personal-data-{number}.json"'
    assert file.headers["Cache-Control"] == "no-store"
    assert HERS in json.dumps(file.get_json())
    assert "kept no longer" in owner.follow(owner.post(f"{PRIVACY}/{number}/passed-on")).text
    assert owner.get(f"{PRIVACY}/{number}.json").status == 404
    assert owner.post(f"{PRIVACY}/{number}/passed-on").status == 404


def test_another_stores_answer_is_none_of_an_owners_business(there: Site) -> None:
    number = asked(there, RequestKind.ACCESS, "two")
    for path in (f"{PRIVACY}/{number}.json", f"{PRIVACY}/{2**70}.json"):
        assert there.owner("tents").get(path).status == 404
    assert there.owner("tents").post(f"{PRIVACY}/{number}/passed-on").status == 404
    assert "waits for you" not in there.owner("tents").get(PRIVACY).text
    assert there.stranger().get(f"{PRIVACY}/{number}.json").status != 200


def test_an_erasure_is_listed_as_done_and_a_delivery_without_its_body_says_so(there: Site) -> None:
    asked(there, RequestKind.ERASE, "three", HIS)
    assert "Forget a person" in there.owner().get(PRIVACY).text
    with there.house.service.work(read_only=True) as uow:
        gone = next(one.id for one in uow.deliveries.find(store="chairs") if one.reason.startswith("erased"))
    assert "It is kept no longer" in there.owner().get(f"/settings/deliveries/{gone}").text
