"""One GraphQL request: read, check, price, carry out, and put the answer as the platform puts it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    execute_sync,
    parse,
    validate,
)

from adapters.shopify.sandbox.call import Call
from adapters.shopify.sandbox.cost import MOST, MUTATION, Bucket, Estimate, actual
from adapters.shopify.sandbox.schema import shop_schema
from adapters.shopify.sandbox.store import BadGlobalId

Answer = dict[str, Any]
LIMITS = "https://shopify.dev/api/usage/rate-limits"
RULE_CODES = (
    ("Cannot query field", "undefinedField"),
    ("Unknown argument", "argumentNotAccepted"),
    ("Unknown type", "undefinedType"),
    ("Unknown directive", "undefinedDirective"),
    ("Unknown fragment", "useAndDefineFragment"),
    ("is not defined by type", "argumentLiteralsIncompatible"),
    ("is required, but it was not provided", "missingRequiredArguments"),
    ("must have a selection of subfields", "selectionMismatch"),
    ("must not have a selection", "selectionMismatch"),
)
"""How the platform codes what graphql-core words like this."""


@dataclass
class Request:
    query: str
    variables: dict[str, Any] = field(default_factory=dict)
    operation_name: str | None = None


@lru_cache(maxsize=256)
def read(query: str) -> tuple[DocumentNode | None, tuple[GraphQLError, ...]]:
    """The document, or what is wrong with it; the same texts come again and again."""
    try:
        document = parse(query)
    except GraphQLSyntaxError as error:
        return None, (error,)
    return document, tuple(validate(shop_schema(), document))


def operation_of(document: DocumentNode, name: str | None) -> OperationDefinitionNode | None:
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    if name is None:
        return operations[0] if len(operations) == 1 else None
    return next((one for one in operations if one.name is not None and one.name.value == name), None)


def title(request: Request) -> str:
    """What the request is called: its operation's name, else its first field's."""
    document, _ = read(request.query)
    if document is None:
        return "?"
    operation = operation_of(document, request.operation_name)
    if operation is None:
        return request.operation_name or "?"
    if operation.name is not None:
        return operation.name.value
    first = operation.selection_set.selections[0]
    return first.name.value if isinstance(first, FieldNode) else "?"


def answer(call: Call, bucket: Bucket, request: Request) -> Answer:
    """Whatever is wrong with it, GraphQL answers with HTTP 200."""
    document, problems = read(request.query)
    if document is None or problems:
        return {"errors": [_worded(one, _rule_code(one)) for one in problems]}
    operation = operation_of(document, request.operation_name)
    if operation is None:
        message = (
            f"No operation named {request.operation_name!r}"
            if request.operation_name
            else "An operation name is required"
        )
        return {"errors": [{"message": message}]}
    requested = Estimate(shop_schema(), document, request.variables).of(operation)
    if requested > MOST:
        return {"errors": [_too_dear(requested)]}
    if requested > bucket.available():
        return throttled(bucket, requested)
    said = execute(call, document, request.variables, request.operation_name)
    spent = (
        requested
        if requested % MUTATION == 0 and operation.operation.value == "mutation"
        else actual(said.get("data"), requested)
    )
    bucket.pay(max(0, spent))
    said["extensions"] = {"cost": bucket.report(requested, max(0, spent))}
    if call.searches:
        said["extensions"]["search"] = call.searches
    return said


def throttled(bucket: Bucket, requested: int) -> Answer:
    error = {"message": "Throttled", "extensions": {"code": "THROTTLED", "documentation": LIMITS}}
    return {"errors": [error], "extensions": {"cost": bucket.report(requested, None)}}


def execute(call: Call, document: DocumentNode, variables: Mapping[str, Any], name: str | None) -> Answer:
    """Data, and errors beside it where some were; a bug of the sandbox itself is raised, not answered."""
    result = execute_sync(
        shop_schema(), document, context_value=call, variable_values=dict(variables), operation_name=name
    )
    said: Answer = {}
    if result.errors:
        for error in result.errors:
            if error.original_error is not None and not isinstance(error.original_error, GraphQLError | BadGlobalId):
                raise error.original_error
        said["errors"] = [_worded(error, None if error.path else "INVALID_VARIABLE") for error in result.errors]
        if not any(error.path for error in result.errors):
            return said
    said["data"] = result.data
    return said


def _too_dear(requested: int) -> Answer:
    message = (
        f"Query cost is {requested}, which exceeds the single query max cost limit ({MOST}).\n\nSee {LIMITS} for more "
        "information on how the cost of a query is calculated."
    )
    extensions = {"code": "MAX_COST_EXCEEDED", "cost": requested, "maxCost": MOST, "documentation": LIMITS}
    return {"message": message, "extensions": extensions}


def _rule_code(error: GraphQLError) -> str | None:
    if isinstance(error, GraphQLSyntaxError):
        return None
    return next((code for words, code in RULE_CODES if words in error.message), "invalidDocument")


def _worded(error: GraphQLError, code: str | None) -> Answer:
    said: Answer = {"message": error.message}
    if error.locations:
        said["locations"] = [{"line": one.line, "column": one.column} for one in error.locations]
    if error.path:
        said["path"] = list(error.path)
    extensions = dict(error.extensions or {})
    if code is not None:
        extensions.setdefault("code", code)
    if isinstance(error.original_error, BadGlobalId):
        extensions["code"] = "argumentLiteralsIncompatible"
    if extensions:
        said["extensions"] = extensions
    return said
