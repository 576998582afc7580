from __future__ import annotations

import pytest

from connector.domain.availability import Mode, Policy
from connector.domain.rules import PolicyBook, Rule

OWN, NEVER, ALWAYS = Policy(), Policy(Mode.NEVER), Policy(Mode.ALWAYS)


@pytest.mark.parametrize(
    ("rule", "matches"),
    [
        pytest.param(Rule(NEVER, sku="CHAIR-*"), True, id="a pattern"),
        pytest.param(Rule(NEVER, sku="chair-*"), False, id="a SKU is compared with its case"),
        pytest.param(Rule(NEVER, sku="CHAIR"), False, id="the whole of it"),
        pytest.param(Rule(NEVER, category="outdoor"), True, id="a category without its case"),
        pytest.param(Rule(NEVER, category="sale"), False, id="a tag is no category"),
        pytest.param(Rule(NEVER, tag="SALE"), True, id="a tag without its case"),
        pytest.param(Rule(NEVER, tag="outdoor"), False, id="a category is no tag"),
        pytest.param(Rule(NEVER), False, id="a rule about nothing"),
    ],
)
def test_a_rule_matches_by_one_thing(rule: Rule, matches: bool) -> None:  # noqa: FBT001 -- a column of the table
    assert rule.matches("CHAIR-1", ["Outdoor"], ["sale"]) == matches


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Rule(NEVER, sku="A*"), "rule sku = A*"),
        (Rule(NEVER, category="Outdoor"), "rule category = Outdoor"),
        (Rule(NEVER, tag="sale"), "rule tag = sale"),
        (Rule(NEVER), "rule sku = "),
    ],
)
def test_a_rule_is_named_as_it_stands_in_the_settings(rule: Rule, expected: str) -> None:
    assert str(rule) == expected


def test_the_first_rule_that_matches_decides() -> None:
    book = PolicyBook(OWN, (Rule(NEVER, sku="B*"), Rule(ALWAYS, tag="sale"), Rule(NEVER, sku="A*")))
    assert book.find("A1", [], ["sale"]) == (ALWAYS, "rule tag = sale")


def test_without_a_rule_the_stores_own_policy_holds() -> None:
    assert PolicyBook(OWN, (Rule(NEVER, sku="B*"),)).find("A1", [], []) == (OWN, "the store's policy")
