"""A trap is set on each platform unless its test names one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from trap_house import Setting, Trap, trap


@pytest.fixture(params=["woocommerce", "shopify"])
def platform(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def shop_of(tmp_path: Path) -> Iterator[Setting]:
    """Open a shop: ``shop_of("shopify", CHAIR=3)`` stocks it and connects the service."""
    with ExitStack() as stack:

        def set_up(platform: str, more: str = "", **stock: int | None) -> Trap:
            there = stack.enter_context(trap(tmp_path, platform, more))
            for sku, units in stock.items():
                there.shop.add_product(sku, units)
            there.house.connect()
            return there

        yield set_up


@pytest.fixture
def opened(platform: str, shop_of: Setting) -> Setting:
    """The same on the platform of the test."""

    def set_up(more: str = "", **stock: int | None) -> Trap:
        return shop_of(platform, more, **stock)

    return set_up
