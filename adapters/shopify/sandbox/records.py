"""What the shop holds: products, stock, places.  Attribute names are the schema's field names in snake case.

``ref`` is the number in a global id (``legacyResourceId``); ``gid`` the id itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

APP_ID = 215_487_362_049
NAMES = ("available", "committed", "incoming", "reserved", "damaged", "safety_stock", "quality_control")
ON_HAND = ("available", "committed", "reserved", "damaged", "safety_stock", "quality_control")
"""The numbers that ``on_hand`` comprises; ``incoming`` is not there yet."""


@dataclass(eq=False, kw_only=True)
class Record:
    """Anything with a global id."""

    TYPE: ClassVar[str] = ""
    ref: int

    @property
    def gid(self) -> str:
        return f"gid://shopify/{self.TYPE}/{self.ref}"


@dataclass(eq=False, kw_only=True)
class Metafield(Record):
    TYPE = "Metafield"
    owner: Bearer
    namespace: str
    key: str
    type: str
    value: str
    compare_digest: str
    created_at: datetime
    updated_at: datetime

    @property
    def owner_type(self) -> str:
        return self.owner.TYPE.upper()

    @property
    def size_in_bytes(self) -> int:
        return len(self.value.encode())


@dataclass(eq=False, kw_only=True)
class Bearer(Record):
    """A record that bears metafields, by namespace and key."""

    metafields: dict[tuple[str, str], Metafield] = field(default_factory=dict)


@dataclass(eq=False, kw_only=True)
class MetafieldDefinition(Record):
    TYPE = "MetafieldDefinition"
    name: str
    namespace: str
    key: str
    owner_type: str
    type_name: str
    description: str | None = None
    access: dict[str, str] = field(default_factory=dict)
    pinned_position: int | None = None


@dataclass(eq=False, kw_only=True)
class Location(Bearer):
    TYPE = "Location"
    name: str
    fulfills_online_orders: bool
    created_at: datetime
    updated_at: datetime
    is_active: bool = True


@dataclass(eq=False, kw_only=True)
class Level(Record):
    """The numbers of one item at one location."""

    TYPE = "InventoryLevel"
    item: Item
    location: Location
    created_at: datetime
    updated_at: datetime
    numbers: dict[str, int] = field(default_factory=lambda: dict.fromkeys(NAMES, 0))
    is_active: bool = True

    @property
    def gid(self) -> str:
        """The number in this id is the level's own: neither the location's nor the item's."""
        return f"gid://shopify/InventoryLevel/{self.ref}?inventory_item_id={self.item.ref}"

    def number(self, name: str) -> int:
        return sum(self.numbers[part] for part in ON_HAND) if name == "on_hand" else self.numbers[name]


@dataclass(eq=False, kw_only=True)
class Item(Record):
    TYPE = "InventoryItem"
    variant: Variant
    sku: str
    tracked: bool
    created_at: datetime
    updated_at: datetime
    requires_shipping: bool = True
    levels: dict[int, Level] = field(default_factory=dict)  # by the location's ref

    def online(self) -> int:
        """Units that online orders may draw from; below zero: units owed."""
        places = (level for level in self.levels.values() if level.location.fulfills_online_orders)
        return sum(level.numbers["available"] for level in places)

    def everywhere(self) -> int:
        return sum(level.numbers["available"] for level in self.levels.values())


@dataclass(eq=False, kw_only=True)
class Variant(Bearer):
    TYPE = "ProductVariant"
    product: Product
    title: str
    position: int
    price: Decimal
    created_at: datetime
    updated_at: datetime
    inventory_policy: str = "DENY"
    barcode: str | None = None
    compare_at_price: Decimal | None = None
    taxable: bool = True
    requires_components: bool = False
    old_quantity: int = 0  # what the webhook body calls old_inventory_quantity
    inventory_item: Item = field(init=False)

    @property
    def sku(self) -> str:
        return self.inventory_item.sku

    @property
    def inventory_quantity(self) -> int:
        """Over every active location, the ones that never serve online orders included."""
        return self.inventory_item.everywhere()

    @property
    def sellable_online_quantity(self) -> int:
        return self.inventory_item.online()

    @property
    def available_for_sale(self) -> bool:
        item = self.inventory_item
        return not item.tracked or self.inventory_policy == "CONTINUE" or item.online() > 0

    @property
    def display_name(self) -> str:
        return f"{self.product.title} - {self.title}"


@dataclass(eq=False, kw_only=True)
class Product(Bearer):
    TYPE = "Product"
    title: str
    created_at: datetime
    updated_at: datetime
    product_type: str = ""
    vendor: str = "Sandbox"
    status: str = "ACTIVE"
    option: str = "Title"
    tags: list[str] = field(default_factory=list)
    variants: list[Variant] = field(default_factory=list)
    is_gift_card: bool = False
    template_suffix: str | None = None
    description_html: str = ""

    @property
    def handle(self) -> str:
        return "-".join(self.title.lower().split())

    @property
    def published_at(self) -> datetime:
        return self.created_at

    @property
    def has_only_default_variant(self) -> bool:
        return [one.title for one in self.variants] == ["Default Title"]

    @property
    def has_out_of_stock_variants(self) -> bool:
        return any(one.inventory_item.tracked and one.inventory_quantity <= 0 for one in self.variants)

    @property
    def total_inventory(self) -> int:
        return sum(one.inventory_quantity for one in self.variants if one.inventory_item.tracked)

    @property
    def tracks_inventory(self) -> bool:
        return any(one.inventory_item.tracked for one in self.variants)


@dataclass(eq=False, kw_only=True)
class Shop(Bearer):
    TYPE = "Shop"
    name: str
    myshopify_domain: str
    created_at: datetime
    updated_at: datetime
    email: str = "owner@example.com"
    contact_email: str = "owner@example.com"
    description: str | None = None
    currency_code: str = "EUR"
    iana_timezone: str = "America/Panama"
    timezone_offset: str = "-0500"
    taxes_included: bool = True
    weight_unit: str = "KILOGRAMS"

    @property
    def url(self) -> str:
        return f"https://{self.myshopify_domain}"


@dataclass(eq=False, kw_only=True)
class Installation(Bearer):
    TYPE = "AppInstallation"
