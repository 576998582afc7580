"""The public answer keeps to its own description, whatever is asked of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.engine import from_schema
from schemathesis.engine.events import FatalError, NonFatalError, ScenarioFinished
from site_house import Site, site

DESCRIBED: dict[str, Any] = json.loads(files("connector.web.public").joinpath("openapi.json").read_text("utf-8"))
ADDRESS = "/storefront/v1/openapi.json"
EXAMPLES = 60  # of each operation and each manner; the whole takes some seconds


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("described")) as there:
        there.house.woo.add_product("OAK", 5, title="Oak chair")
        there.house.woo.add_product("ASH", 0, title="Ash chair")
        there.house.woo.add_product("FIR", 0, title="Fir chair")
        there.house.connect()
        there.house.add_supply("chairs", "ASH", 7, date(2026, 12, 24))
        there.house.settle()
        yield there


def tried(shop: Site, parameters: dict[str, Any]) -> tuple[int, list[str]]:
    """Examples, corners and random questions, right and wrong, with every check there is: how many, and what failed."""
    generation = GenerationConfig(max_examples=EXAMPLES, deterministic=True, database="none")
    project = ProjectConfig(parameters=parameters, generation=generation, continue_on_failure=True)
    config = SchemathesisConfig(seed=1, projects=ProjectsConfig(default=project))
    schema = schemathesis.openapi.from_wsgi(ADDRESS, shop.house.app, config=config)
    asked, failed = 0, list[str]()
    for event in from_schema(schema).execute():
        if isinstance(event, NonFatalError | FatalError):
            failed.append(str(getattr(event, "value", event)))
        if isinstance(event, ScenarioFinished):
            asked += len(event.recorder.interactions)
            for checks in event.recorder.checks.values():
                failed += [f"{event.label}: {one.name}: {one.failure_info}" for one in checks if one.failure_info]
    return asked, failed


@pytest.mark.parametrize("parameters", [{"store_key": "chairs"}, {}], ids=["a store", "whatever is asked"])
def test_every_answer_is_as_it_is_described(shop: Site, parameters: dict[str, Any]) -> None:
    asked, failed = tried(shop, parameters)
    assert failed == []
    assert asked > 2 * EXAMPLES


def test_the_description_is_served_as_it_stands_in_the_source(shop: Site) -> None:
    answer = shop.house.app.test_client().get(ADDRESS)
    assert answer.json == DESCRIBED
    assert answer.headers["ETag"]


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("availability?sku=OAK&sku=ASH&sku=FIR&sku=NONE", "Variants"),
        ("availability?sku=NONE", "Variants"),
        ("availability", "Variants"),
        ("availability?sku=", "Problem"),
        ("availability/0", "Problem"),
    ],
)
def test_real_answers_hold_what_is_described_and_nothing_more(shop: Site, path: str, schema: str) -> None:
    body = shop.house.app.test_client().get(f"/storefront/v1/chairs/{path}").get_json(force=True)
    whole = {**DESCRIBED, "$ref": f"#/components/schemas/{schema}"}
    checker = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
    assert [error.message for error in checker.iter_errors(body)] == []


def test_every_public_address_of_the_answer_is_described(shop: Site) -> None:
    rules = {rule.rule for rule in shop.house.app.url_map.iter_rules() if rule.endpoint.startswith("storefront.avail")}
    assert {rule.replace("<", "{").replace(">", "}") for rule in rules} == set(DESCRIBED["paths"])
