"""The published schema with this shop behind it, and how its scalars are written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from graphql import (
    GraphQLError,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    build_schema,
    is_abstract_type,
    is_introspection_type,
    is_specified_scalar_type,
)
from graphql.execution import get_directive_values

from adapters.shopify.sandbox import (
    bulk_calls,
    guards,
    writes_app,
    writes_catalogue,
    writes_edits,
    writes_fulfilment,
    writes_hooks,
    writes_inventory,
    writes_orders,
)
from adapters.shopify.sandbox.call import Call, Resolver, Root
from adapters.shopify.sandbox.objects import FIELDS
from adapters.shopify.sandbox.reads import QUERIES

Info: TypeAlias = "GraphQLResolveInfo[Call]"
PATH = Path(__file__).parent.parent / "schema.graphql"
SPECIAL = {"id": "gid", "legacyResourceId": "ref"}
MUTATIONS: dict[str, Root] = {
    **writes_app.MUTATIONS,
    **writes_catalogue.MUTATIONS,
    **writes_inventory.MUTATIONS,
    **writes_orders.MUTATIONS,
    **writes_edits.MUTATIONS,
    **writes_fulfilment.MUTATIONS,
    **writes_hooks.MUTATIONS,
    **bulk_calls.MUTATIONS,
    **guards.NEVER_GRANTED,
}


@cache
def shop_schema() -> GraphQLSchema:
    """One for all sandbox shops: what differs between them comes with the call."""
    schema = build_schema(PATH.read_text(encoding="utf-8"))
    roots = {"QueryRoot": {**QUERIES, **bulk_calls.QUERIES}, "Mutation": MUTATIONS}
    for kind in schema.type_map.values():
        if is_abstract_type(kind):
            kind.resolve_type = _type_name
        elif isinstance(kind, GraphQLScalarType) and not is_specified_scalar_type(kind):
            _teach(kind)
        elif isinstance(kind, GraphQLObjectType) and not is_introspection_type(kind):
            for name, field in kind.fields.items():
                if kind.name in roots:
                    field.resolve = _root(name, roots[kind.name][name], mutates=kind.name == "Mutation")
                else:
                    field.resolve = _field(name, FIELDS.get(kind.name, {}).get(name))
    return schema


def _type_name(value: Any, _info: Info, _kind: object) -> str:  # noqa: ANN401 -- a record or a mapping
    return str(value["__typename"] if isinstance(value, Mapping) else value.TYPE)


def _root(name: str, root: Root, *, mutates: bool) -> Callable[..., object]:
    def resolve(_source: object, info: Info, **args: Any) -> object:  # noqa: ANN401 -- GraphQL arguments
        call: Call = info.context
        guards.demand_scope(call, name)
        guards.demand_short_lists(args, name)
        if not mutates:
            return root(call, args)
        directive = info.schema.get_directive("idempotent")
        given = get_directive_values(directive, info.field_nodes[0], info.variable_values) if directive else None
        return guards.once(call, name, root, args, None if given is None else given["key"])

    return resolve


def _field(name: str, resolver: Resolver | None) -> Callable[..., object]:
    if resolver is not None:
        return lambda source, info, **args: resolver(source, args, info.context)
    attribute = SPECIAL.get(name) or re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()

    def read(source: Any, _info: Info, **_args: Any) -> object:  # noqa: ANN401 -- as above
        return source.get(name) if isinstance(source, Mapping) else getattr(source, attribute)

    return read


def write_moment(value: Any) -> str:  # noqa: ANN401 -- a scalar's value
    return value if isinstance(value, str) else f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def read_moment(value: Any) -> datetime:  # noqa: ANN401 -- a scalar's value
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise GraphQLError(f"'{value}' is not a valid ISO 8601 date time") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def read_decimal(value: Any) -> str:  # noqa: ANN401 -- a scalar's value
    try:
        return str(Decimal(str(value)))
    except InvalidOperation as error:
        raise GraphQLError(f"'{value}' is not a valid decimal") from error


def write_decimal(value: Any) -> str:  # noqa: ANN401 -- a scalar's value
    return value if isinstance(value, str) else f"{value:.2f}"


def read_json(value: Any) -> Any:  # noqa: ANN401 -- any JSON
    return json.loads(value) if isinstance(value, str) else value


def same(value: Any) -> Any:  # noqa: ANN401 -- a scalar's value
    return value


SCALARS: Mapping[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "DateTime": (write_moment, read_moment),
    "Decimal": (write_decimal, read_decimal),
    "Money": (write_decimal, read_decimal),
    "UnsignedInt64": (str, str),  # JSON numbers lose digits beyond 2^53: these travel as text
    "JSON": (same, read_json),
}
WRITES, READS = ("serialize", "coerce_output_value"), ("parse_value", "coerce_input_value")
"""What graphql-core calls the two directions, before version 3.3 and since."""


def _teach(kind: GraphQLScalarType) -> None:
    write, read = SCALARS.get(kind.name, (str, str))
    for names, coerce in ((WRITES, write), (READS, read)):
        for name in names:
            if hasattr(kind, name):
                setattr(kind, name, coerce)
