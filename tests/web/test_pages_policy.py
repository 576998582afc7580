from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from bs4 import Tag
from house import CONFIG
from site_house import Browser, Seen, Site, site

from connector.web.pages import policy

POLICY = "/settings/policy"
ALWAYS = {"mode": "always", "units": "", "lead_days": "14"}


def rules(*rows: tuple[str, str, str]) -> dict[str, str]:
    """Kind, match and mode of each."""
    return {
        f"rule-{at}-{name}": text
        for at, row in enumerate(rows, start=1)
        for name, text in zip(("kind", "match", "mode", "units", "lead_days"), (*row, "", ""), strict=True)
    }


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path) as opened:
        for shop in opened.house.shops.values():
            shop.add_product("CHAIR", 0, title="Chair of oak")
            shop.add_product("TABLE", 0, title="Table")
            shop.add_product("LAMP", 3, title="Lamp")
        opened.house.connect()
        yield opened


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """For what saves nothing."""
    with site(tmp_path_factory.mktemp("still")) as opened:
        opened.house.woo.add_product("CHAIR", 0, title="Chair of oak")
        opened.house.connect()
        yield opened


@pytest.fixture(scope="module")
def owner(still: Site) -> Browser:
    """One for all: signing in many times a minute is refused."""
    return still.owner()


def saved(there: Site, store: str = "chairs") -> Any:
    with there.house.service.work(read_only=True) as uow:
        steered = uow.steering.get(store).get("policy")
    return None if steered is None else steered.value


def revision(seen: Seen) -> str:
    found = seen.soup.find("input", {"name": "revision"})
    assert isinstance(found, Tag)
    return str(found["value"])


def send(browser: Browser, do: str, form: Mapping[str, str]) -> Seen:
    return browser.post(POLICY, {"revision": revision(browser.get(POLICY)), **form, "do": do})


def offered(seen: Seen) -> dict[str, str]:
    """What the button of the preview would send."""
    section = seen.soup.find("section")
    assert isinstance(section, Tag)
    button = section.find("button")
    assert isinstance(button, Tag)
    fields = {str(one["name"]): str(one["value"]) for one in section.find_all("input")}
    return fields | {"do": str(button["value"])}


def form_shown(seen: Seen) -> list[tuple[str, str]]:
    """Kind and match of the rules in the form."""
    shown = []
    for row in seen.soup.select("fieldset:has(legend.fs-6)"):
        match = row.select_one("input[name$=-match]")
        kind = row.select_one("select[name$=-kind] option[selected]")
        assert match is not None
        assert kind is not None
        shown.append((str(kind["value"]), str(match["value"])))
    return shown


def wrong(seen: Seen) -> dict[str, str]:
    return {str(one["id"]).removesuffix("-wrong"): one.get_text().strip() for one in seen.soup.select("[id$=-wrong]")}


@pytest.mark.parametrize(
    ("store", "flag", "opened"), [("chairs", "backorders", "notify"), ("tents", "inventoryPolicy", "CONTINUE")]
)
def test_a_policy_that_is_saved_is_what_the_shop_shows(there: Site, store: str, flag: str, opened: str) -> None:
    shop = there.house.woo if store == "chairs" else there.house.shopify
    owner = there.owner(store)
    seen = send(owner, "save", {**ALWAYS, **rules(("sku", "TAB*", "never"))})
    assert (seen.status, seen.location) == (303, POLICY)
    there.house.settle()
    assert (shop.shelf("CHAIR").fields[flag], shop.shelf("CHAIR").buyable) == (opened, True)
    assert (shop.shelf("TABLE").fields[flag] == opened, shop.shelf("TABLE").buyable) == (False, False)
    assert "2026-12-07" in shop.shelf("CHAIR").fields.values()
    with there.house.service.work(read_only=True) as uow:
        steered = uow.steering.get(store)["policy"]
    assert steered.by == "owner"


def test_a_preview_says_what_would_change_and_changes_nothing(there: Site) -> None:
    owner = there.owner()
    with there.house.service.work(read_only=True) as uow:
        before = list(uow.journal.walk("chairs")), list(uow.showings.each("chairs")), uow.stores.get("chairs")
    seen = send(owner, "preview", {**ALWAYS, **rules(("sku", "TABLE", "never"))})
    assert seen.status == 200
    assert "2 products would be opened for backorders." in seen.text
    assert seen.rows()[0][:2] == ["CHAIR", "Chair of oak"]
    assert [row[0] for row in seen.rows()] == ["CHAIR", "LAMP"]
    with there.house.service.work(read_only=True) as uow:
        after = list(uow.journal.walk("chairs")), list(uow.showings.each("chairs")), uow.stores.get("chairs")
    assert (after, saved(there)) == (before, None)
    there.house.settle()
    assert there.house.woo.shelf("CHAIR").fields["backorders"] == "no"


def test_what_was_previewed_is_exactly_what_is_saved(there: Site) -> None:
    owner = there.owner()
    shown = rules(("sku", "TABLE", "never"), ("category", 'Sofas & "beds"', "always"))
    seen = send(owner, "preview", {**ALWAYS, **shown})
    assert owner.post(POLICY, offered(seen)).status == 303
    assert saved(there) == {
        "policy": {"mode": "always", "units": 0, "lead_days": 14, "lead_days_from": None},
        "rules": [
            {"mode": "never", "units": 0, "lead_days": None, "lead_days_from": None, "sku": "TABLE"},
            {
                "mode": "always",
                "units": 0,
                "lead_days": None,
                "lead_days_from": None,
                "category": 'Sofas & "beds"',
            },
        ],
    }
    assert form_shown(owner.get(POLICY)) == [("sku", "TABLE"), ("category", 'Sofas & "beds"')]


def test_a_preview_says_which_lines_would_be_expected_at_another_time(there: Site) -> None:
    owner = there.owner()
    send(owner, "save", {**ALWAYS, "lead_days": ""})
    there.house.settle()
    there.house.woo.place_order({"CHAIR": 2})
    there.house.settle()
    seen = send(owner, "preview", ALWAYS)
    assert "1 waiting line (units: 2) would get a date at last." in seen.text


def test_a_preview_that_ran_out_of_time_says_how_far_it_came(there: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr("connector.services.what_if.BATCH", 2)
    seen = send(there.owner(), "preview", ALWAYS)
    assert "Looked at 2 of 3 products before the time was over" in seen.text


def test_rules_are_moved_about_without_being_saved(owner: Browser, still: Site) -> None:
    three = rules(("sku", "A", "never"), ("category", "B", "always"), ("tag", "C", "never"))
    a, b, c = ("sku", "A"), ("category", "B"), ("tag", "C")
    for do, expected in {
        "up-2": [b, a, c],
        "down-2": [a, c, b],
        "up-1": [a, b, c],
        "down-3": [a, b, c],
        "drop-2": [a, c],
        "add": [a, b, c, ("sku", "")],
        "drop-9": [a, b, c],
        "drop-": [a, b, c],
        "up--1": [a, b, c],
        "up-" + "9" * 5000: [a, b, c],
        "eat-1": [a, b, c],
        "": [a, b, c],
    }.items():
        seen = send(owner, do, {**ALWAYS, **three})
        assert (do, seen.status, form_shown(seen)) == (do, 200, expected)
        assert "Not saved yet" in seen.text
    assert saved(still) is None


@pytest.mark.parametrize(
    ("rows", "sku", "said"),
    [
        ((("sku", "CH*", "never"), ("sku", "CHAIR", "always")), "CHAIR", "Chair of oak : rule 1 is the first"),
        ((("sku", "X", "never"), ("sku", "CHAIR", "always")), "CHAIR", "Chair of oak : rule 2 is the first"),
        (
            (("sku", "chair", "never"),),
            "CHAIR",
            "Chair of oak : no rule matches, so the store's policy counts: Always.",
        ),
        (
            (("sku", "NEW-*", "never"),),
            "NEW-1",
            "No product has the SKU NEW-1 yet; by the SKU alone: rule 1 is the first",
        ),
        ((), "<b>", "No product has the SKU <b> yet; by the SKU alone: no rule matches"),
        ((("sku", "*a" * 90 + "b", "never"),), "a" * 400, "by the SKU alone: no rule matches"),
    ],
)
def test_a_sku_is_told_which_rule_counts_before_it_is_saved(
    owner: Browser, rows: tuple[tuple[str, str, str], ...], sku: str, said: str
) -> None:
    seen = send(owner, "which", {**ALWAYS, **rules(*rows), "which": sku})
    assert seen.status == 200
    assert said in seen.text


def test_a_link_asks_by_the_rules_that_are_saved(owner: Browser) -> None:
    seen = owner.get(f"{POLICY}?sku=CHAIR")
    assert "no rule matches, so the store's policy counts: While supply is on its way." in seen.text
    assert owner.get(f"{POLICY}?sku=%00").status == 200


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"mode": ""}, "mode", "Choose one of these."),
        ({"mode": "sometimes"}, "mode", "Choose one of these."),
        ({"mode": "up_to"}, "units", "Say how many units may be owed: 1 or more."),
        ({"mode": "up_to", "units": "9" * 30}, "units", "At most 1,000,000."),
        ({"units": "1e9"}, "units", "Type a whole number."),
        ({"units": "-1"}, "units", "At least 0."),
        ({"units": "1\0"}, "units", "Type a whole number."),
        ({"lead_days": "a week"}, "lead_days", "Type a whole number."),
        ({"lead_days": "4000"}, "lead_days", "At most 3,650."),
        (rules(("sku", "", "never")), "rule-1-match", "Say which products the rule is for, or delete it."),
        (rules(("tag", "a\0b", "never")), "rule-1-match", "It holds characters that cannot be shown."),
        (rules(("tag", "x" * 201, "never")), "rule-1-match", "It is too long: at most 200 characters."),
        (rules(("sku", "A", "always"), ("sku", "B", "")), "rule-2-mode", "Choose one of these."),
        (rules(("sku", "A", "up_to")), "rule-1-units", "Say how many units may be owed: 1 or more."),
        ({**rules(("sku", "A", "never")), "rule-1-units": "x"}, "rule-1-units", "Type a whole number."),
    ],
)
def test_what_cannot_be_meant_is_said_beside_its_field(
    still: Site, owner: Browser, typed: Mapping[str, str], field: str, said: str
) -> None:
    for do in ("save", "preview"):
        seen = send(owner, do, {**ALWAYS, **typed})
        assert (seen.status, saved(still)) == (422, None)
        assert wrong(seen).get(field, "").startswith(said)


def test_everything_that_is_wrong_is_said_at_once(owner: Browser) -> None:
    seen = send(owner, "save", {"mode": "", "units": "x", "lead_days": "y", **rules(("sku", "", ""), ("tag", "", ""))})
    assert set(wrong(seen)) == {
        "mode", "units", "lead_days", "rule-1-match", "rule-1-mode", "rule-2-match", "rule-2-mode",
    }  # fmt: skip


def test_a_form_without_any_field_is_refused(owner: Browser) -> None:
    assert send(owner, "save", {}).status == 422


def test_a_script_in_a_rule_is_only_shown(owner: Browser) -> None:
    script = '"><script>alert(1)</script>'
    seen = send(owner, "which", {**ALWAYS, **rules(("category", script, "never")), "which": script})
    assert script not in seen.html
    assert form_shown(seen) == [("category", script)]


def test_as_many_rules_as_can_be_kept_are_kept(there: Site) -> None:
    owner = there.owner()
    many = rules(*[("sku", f"S{number}", "never") for number in range(200)])
    assert send(owner, "save", {**ALWAYS, **many}).status == 303
    seen = owner.get(POLICY)
    assert len(form_shown(seen)) == 200
    assert "These are as many as can be kept." in seen.text
    assert len(form_shown(send(owner, "add", {**ALWAYS, **many}))) == 200


def test_ten_thousand_rules_are_refused_whole(still: Site, owner: Browser) -> None:
    many = {f"rule-{number}-match": "X" for number in range(1, 10_001)}
    seen = send(owner, "save", {**ALWAYS, **many})
    assert (seen.status, saved(still)) == (422, None)
    assert "10,000 rules are too many: at most 200 can be kept. Nothing was changed" in seen.text
    assert form_shown(seen) == []


def test_who_saves_over_what_others_saved_meanwhile_is_told(there: Site) -> None:
    first, second = there.owner(), there.owner()
    stale = revision(first.get(POLICY))
    send(second, "save", {"mode": "never", "units": "", "lead_days": ""})
    seen = first.post(POLICY, {**ALWAYS, **rules(("sku", "A", "never")), "revision": stale, "do": "save"})
    assert (seen.status, saved(there)["policy"]["mode"]) == (409, "never")
    assert "Somebody else changed the settings of this store" in seen.text
    assert form_shown(seen) == [("sku", "A")]
    again = first.post(POLICY, {**ALWAYS, "revision": revision(seen), "do": "save"})
    assert (again.status, saved(there)["policy"]["mode"]) == (303, "always")


@pytest.mark.parametrize("do", ["preview", "add", "which"])
def test_a_look_at_a_form_does_not_make_it_newer(there: Site, do: str) -> None:
    first, second = there.owner(), there.owner()
    stale = revision(first.get(POLICY))
    send(second, "save", {"mode": "never", "units": "", "lead_days": ""})
    seen = first.post(POLICY, {**ALWAYS, "which": "CHAIR", "revision": stale, "do": do})
    assert (seen.status, revision(seen)) == (200, stale)
    sent = offered(seen) if do == "preview" else {**ALWAYS, "revision": revision(seen), "do": "save"}
    assert (first.post(POLICY, sent).status, saved(there)["policy"]["mode"]) == (409, "never")


@pytest.mark.parametrize("sent", ["", "-1", "x", "9" * 5000, "٣"])
def test_a_revision_that_nobody_gave_saves_nothing(still: Site, owner: Browser, sent: str) -> None:
    seen = owner.post(POLICY, {**ALWAYS, "revision": sent, "do": "save"})
    assert (seen.status, saved(still)) == (409, None)


def test_the_operator_who_looks_on_is_named_in_the_record(there: Site) -> None:
    operator = there.operator()
    assert operator.post("/admin/look", {"store": "chairs"}).status in {302, 303}
    assert send(operator, "save", ALWAYS).status == 303
    with there.house.service.work(read_only=True) as uow:
        assert uow.steering.get("chairs")["policy"].by == "operator"


WITH_RULES = CONFIG.replace(
    'webhook_secrets = ["new-woo-secret", "old-woo-secret"]',
    """webhook_secrets = ["new-woo-secret", "old-woo-secret"]
[stores.policy]
mode = "never"
[[stores.rules]]
tag = "made to order"
mode = "up_to"
units = 7""",
)


def test_the_config_file_holds_until_something_is_chosen_and_again_after(tmp_path: Path) -> None:
    with site(tmp_path, WITH_RULES) as there:
        there.house.woo.add_product("CHAIR", 0)
        there.house.connect()
        owner = there.owner()
        seen = owner.get(POLICY)
        assert form_shown(seen) == [("tag", "made to order")]
        assert ("is the config file's until" in seen.text, "Back to the config file's" in seen.text) == (True, False)
        send(owner, "save", ALWAYS)
        there.house.settle()
        assert there.house.woo.shelf("CHAIR").buyable
        assert "Back to the config file's" in owner.get(POLICY).text
        seen = send(owner, "file", ALWAYS)
        assert "1 product would be closed for backorders." in seen.text
        assert saved(there)["policy"]["mode"] == "always"
        assert owner.post(POLICY, offered(seen)).status == 303
        assert (saved(there), form_shown(owner.get(POLICY))) == (None, [("tag", "made to order")])
        there.house.settle()
        assert not there.house.woo.shelf("CHAIR").buyable


def test_one_store_never_changes_the_policy_of_another(there: Site) -> None:
    send(there.owner("tents"), "save", ALWAYS)
    assert (saved(there, "chairs"), saved(there, "tents") is None) == (None, False)


@pytest.mark.parametrize(("typed", "first", "last"), [("10-14", 10, 14), ("10 \N{EN DASH} 14", 10, 14), ("7-7", 7, 7)])
def test_the_days_to_get_more_may_be_a_range(there: Site, typed: str, first: int, last: int) -> None:
    owner = there.owner()
    assert send(owner, "save", {**ALWAYS, "lead_days": typed}).status == 303
    assert saved(there)["policy"] == {"mode": "always", "units": 0, "lead_days": last, "lead_days_from": first}
    field = owner.get(POLICY).soup.find("input", {"name": "lead_days"})
    assert isinstance(field, Tag)
    assert field["value"] == f"{first}-{last}"


@pytest.mark.parametrize("typed", ["14-10", "-14", "10-", "10-x", "1-2-3", "10-99999"])
def test_days_that_are_no_range_are_refused(owner: Browser, still: Site, typed: str) -> None:
    assert send(owner, "save", {**ALWAYS, "lead_days": typed}).status == 422
    assert saved(still) is None
