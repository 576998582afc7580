from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bs4 import Tag
from house import CONFIG
from site_house import Browser, Seen, Site, site

PAGE = "/settings/promises"


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path) as opened:
        opened.house.woo.add_product("CHAIR", 0, title="Chair of oak")
        opened.house.connect()
        yield opened


def form_of(seen: Seen) -> dict[str, Any]:
    """The fields of the page's form as a browser would send them unchanged."""
    form = seen.soup.find("form", {"action": PAGE})
    assert isinstance(form, Tag)
    sent: dict[str, Any] = {}
    for one in form.find_all("input"):
        if one.get("type") in {"checkbox", "radio"}:
            if one.has_attr("checked"):
                sent.setdefault(str(one["name"]), []).append(str(one["value"]))
        else:
            sent[str(one["name"])] = str(one.get("value", ""))
    for area in form.find_all("textarea"):
        sent[str(area["name"])] = area.get_text()
    return sent


def saved(there: Site) -> Any:
    with there.house.service.work(read_only=True) as uow:
        steered = uow.steering.get("chairs").get("promise")
    return None if steered is None else steered.value


def send(browser: Browser, **changed: Any) -> Seen:
    return browser.post(PAGE, form_of(browser.get(PAGE)) | changed)


def test_what_was_not_touched_is_saved_as_it_stood(there: Site) -> None:
    before = there.house.service.known.settings("chairs")
    assert send(there.owner()).status == 303
    assert there.house.service.known.settings("chairs") == before


def test_each_part_of_the_form_is_kept(there: Site) -> None:
    changed: dict[str, Any] = {
        "dates.calendar": "DE-BY",
        "dates.handling_days": "2",
        "transit_least": "1",
        "transit_most": "3",
        "dates.working_days": ["mon", "tue"],
        "suppliers": "acme = 30\n Holz & Co = 7 \n",
        "law.packs": ["eu"],
        "law.seller": "de",
        "law.cancel": "by_itself",
        "shopper.fee": "5 €",
        "channels": ["email", "note"],
        "quiet.start": "21:00",
        "quiet.end": "08:00",
        "mail.sender": "Shop <orders@example.com>",
        "restock.factor": "1,5",
        "origins": "https://www.example.com\nhttps://app.example.com/",
    }
    assert send(there.owner(), **changed).status == 303
    held = there.house.service.known.settings("chairs")
    assert (held.dates.calendar, held.dates.handling_days, held.dates.transit_days) == ("DE-BY", 2, (1, 3))
    assert held.dates.working_days == ("mon", "tue")
    assert {name: one.lead_days for name, one in held.suppliers.items()} == {"acme": 30, "Holz & Co": 7}
    assert (held.law.packs, held.law.seller, held.law.cancel) == (("eu",), "DE", "by_itself")
    assert (held.shopper.fee, held.channels, held.restock.factor) == ("5 €", ("email", "note"), 1.5)
    assert (held.quiet.start, held.quiet.end, held.mail.sender) == ("21:00", "08:00", "Shop <orders@example.com>")
    assert held.origins == ("https://www.example.com", "https://app.example.com")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("dates.calendar", "Mars"),
        ("dates.handling_days", "-1"),
        ("dates.handling_days", "9" * 60),
        ("transit_most", "x"),
        ("suppliers", "acme"),
        ("suppliers", "acme = soon"),
        ("suppliers", "= 3"),
        ("law.seller", "Germany"),
        ("law.remind_days", "99"),
        ("quiet.start", "25:00"),
        ("mail.sender", "nobody"),
        ("mail.owner", "a@b.example\nBcc: c@d.example"),
        ("restock.factor", "nan"),
        ("restock.factor", "0.1"),
        ("origins", "javascript:alert(1)"),
        ("shopper.link_days", ""),
    ],
)
def test_a_wrong_value_is_named_beside_its_field_and_nothing_is_saved(there: Site, field: str, value: str) -> None:
    seen = send(there.owner(), **{field: value})
    assert seen.status == 422
    assert seen.soup.select(".text-danger")
    assert saved(there) is None


def test_hours_need_both_ends(there: Site) -> None:
    seen = send(there.owner(), **{"quiet.start": "21:00", "quiet.end": ""})
    assert (seen.status, saved(there)) == (422, None)
    assert "both" in " ".join(one.get_text() for one in seen.soup.select(".text-danger"))


def test_saving_over_somebody_else_is_refused_and_keeps_what_was_typed(there: Site) -> None:
    browser = there.owner()
    old = form_of(browser.get(PAGE))
    assert send(there.owner(), **{"law.seller": "FR"}).status == 303
    seen = browser.post(PAGE, old | {"law.seller": "IT"})
    assert seen.status == 409
    assert form_of(seen)["law.seller"] == "IT"
    assert saved(there)["law"]["seller"] == "FR"


def test_the_page_says_that_it_is_no_legal_advice(there: Site) -> None:
    assert "no legal advice" in there.owner().get(PAGE).text


def test_markup_in_what_was_typed_is_shown_as_text(there: Site) -> None:
    hostile = {"shopper.fee": "<script>x</script>", "suppliers": "</textarea><script>y</script> = 3"}
    seen = send(there.owner(), **hostile)
    shown = there.owner().get(PAGE)
    assert seen.status == 303
    assert "<script>" not in shown.html
    assert "</textarea><script>y</script> = 3" in form_of(shown)["suppliers"]


def test_the_file_may_decide_again(tmp_path: Path) -> None:
    config = CONFIG.replace('key = "tents"', 'key = "tents"\nchannels = ["note"]')
    with site(tmp_path, config) as there:
        there.house.connect()
        browser = there.owner("tents")
        assert send(browser, channels=["email"]).status == 303
        assert there.house.service.known.settings("tents").channels == ("email",)
        assert send(browser, do="take-file").status == 303
        assert there.house.service.known.settings("tents").channels == ("note",)
