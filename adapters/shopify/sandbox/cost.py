"""What a query costs, and the bucket it is paid from.

Shopify's published manner: a scalar costs nothing, an object one, a connection two and its nodes ``first`` times over,
a mutation ten.  The real calculation has since grown milder for nested connections, so what passes here passes there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
    is_composite_type,
    is_leaf_type,
    value_from_ast_untyped,
)

from connector.ports.clock import Clock

MOST: Final = 1000  # points of a single query
BUCKET: Final = 2000.0
RESTORE: Final = 100.0  # points a second
MUTATION: Final = 10
CONNECTION: Final = 2
DEFAULT_SIZE: Final = 10  # a list whose length the query does not say
FREE: Final = {"pageInfo", "userErrors", "orderCancelUserErrors"}


@dataclass
class Bucket:
    """Leaky: it fills again by the clock."""

    clock: Clock
    level: float = BUCKET
    filled: datetime | None = None

    def available(self) -> int:
        now = self.clock()
        if self.filled is not None:
            self.level = min(BUCKET, self.level + max(0.0, (now - self.filled).total_seconds()) * RESTORE)
        self.filled = now
        return int(self.level)

    def pay(self, points: int) -> None:
        self.available()
        self.level -= points

    def report(self, requested: int, actual: int | None) -> dict[str, object]:
        status = {"maximumAvailable": BUCKET, "currentlyAvailable": self.available(), "restoreRate": RESTORE}
        return {"requestedQueryCost": requested, "actualQueryCost": actual, "throttleStatus": status}


class Estimate:
    """Walks one operation before it is carried out."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]) -> None:
        self.schema = schema
        self.fragments = {
            one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)
        }
        self.variables = dict(variables)

    def of(self, operation: OperationDefinitionNode) -> int:
        for one in operation.variable_definitions or ():
            if one.default_value is not None:
                self.variables.setdefault(one.variable.name.value, value_from_ast_untyped(one.default_value))
        root = self.schema.get_root_type(operation.operation)
        if root is None:
            return 0
        if operation.operation is OperationType.MUTATION:
            fields = self._fields(operation.selection_set)
            return sum(MUTATION + self._lists(node, root) for node in fields)
        return self._selection(operation.selection_set, root)

    def _lists(self, node: FieldNode, parent: GraphQLNamedType) -> int:
        """A mutation is paid whole; only connections asked for in its payload come on top."""
        kind = self._type_of(node, parent)
        if node.selection_set is None:
            return 0
        if _is_connection(kind):
            return self._field(node, parent)
        return sum(self._lists(each, kind) for each in self._fields(node.selection_set))

    def _selection(self, selections: SelectionSetNode, parent: GraphQLNamedType) -> int:
        """Of fragments on different types only the dearest can apply."""
        own, dearest = 0, 0
        for node in selections.selections:
            if isinstance(node, FieldNode):
                own += self._field(node, parent)
                continue
            inner, condition = self._fragment(node)
            typed = self.schema.get_type(condition) if condition else parent
            cost = self._selection(inner, typed or parent)
            if condition and condition != parent.name:
                dearest = max(dearest, cost)
            else:
                own += cost
        return own + dearest

    def _field(self, node: FieldNode, parent: GraphQLNamedType) -> int:
        kind = self._type_of(node, parent)
        if node.selection_set is None or is_leaf_type(kind) or node.name.value in FREE:
            return 0
        inner = self._selection(node.selection_set, kind)
        arguments = {one.name.value: value_from_ast_untyped(one.value, self.variables) for one in node.arguments or ()}
        if _is_connection(kind):
            return CONNECTION + inner * _size(arguments)
        if kind.name.endswith("Edge") or (node.name.value == "nodes" and _is_connection(parent)):
            return inner if kind.name.endswith("Edge") else 1 + inner
        times = len(arguments["ids"]) if isinstance(arguments.get("ids"), list) else 1
        return (1 + inner) * times

    def _type_of(self, node: FieldNode, parent: GraphQLNamedType) -> GraphQLNamedType:
        fields = getattr(parent, "fields", {})
        definition = fields.get(node.name.value)
        return parent if definition is None else get_named_type(definition.type)

    def _fragment(self, node: object) -> tuple[SelectionSetNode, str | None]:
        if isinstance(node, InlineFragmentNode):
            return node.selection_set, node.type_condition.name.value if node.type_condition else None
        if isinstance(node, FragmentSpreadNode):
            named = self.fragments[node.name.value]
            return named.selection_set, named.type_condition.name.value
        raise TypeError(f"not a selection: {node!r}")

    def _fields(self, selections: SelectionSetNode) -> Iterator[FieldNode]:
        for node in selections.selections:
            if isinstance(node, FieldNode):
                yield node
            else:
                yield from self._fields(self._fragment(node)[0])


def _is_connection(kind: GraphQLNamedType) -> bool:
    return is_composite_type(kind) and kind.name.endswith("Connection")


def _size(arguments: Mapping[str, Any]) -> int:
    size = arguments.get("first", arguments.get("last"))
    return size if isinstance(size, int) and size > 0 else DEFAULT_SIZE


def actual(data: object, requested: int) -> int:
    """Points really used: the objects that came back, never more than was asked for."""
    return min(requested, _objects(data) - 1)


def _objects(data: object) -> int:
    if isinstance(data, dict):
        return 1 + sum(_objects(value) for key, value in data.items() if key not in FREE)
    return sum(map(_objects, data)) if isinstance(data, list) else 0
