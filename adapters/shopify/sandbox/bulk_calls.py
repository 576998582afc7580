"""The calls around bulk operations: stage a file, start, poll, cancel."""

from __future__ import annotations

from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    parse,
    validate,
)

from adapters.shopify.sandbox.bulk import CONCURRENT, UNFINISHED, BulkOperation, Execute, StagedFile
from adapters.shopify.sandbox.call import Args, Call, Payload, Root, done, refused, user_error
from adapters.shopify.sandbox.paging import Connection, connect
from adapters.shopify.sandbox.reads import SORTS, find

NOT_IN_BULK = frozenset(("bulkOperationRunMutation", "bulkOperationRunQuery", "bulkOperationCancel"))


def stage(call: Call, args: Args) -> Payload:
    """Where to send the file, and the parameters to send before it; ``key`` names it afterwards."""
    targets, errors = [], []
    for index, given in enumerate(args["input"]):
        if given["resource"] != "BULK_MUTATION_VARIABLES" or given.get("httpMethod") != "POST":
            message = "The sandbox stages BULK_MUTATION_VARIABLES by POST only"
            errors.append(user_error(["input", str(index), "resource"], message))
            continue
        if given["mimeType"] != "text/jsonl":
            message = f"{given['mimeType']} is not a recognized format"
            errors.append(user_error(["input", str(index), "mimeType"], message))
            continue
        uuid = call.store.new_uuid()
        file = StagedFile(
            key=f"tmp/{call.store.shop.ref}/bulk/{uuid}/{given['filename']}", policy=call.store.new_uuid()
        )
        call.bulk.files[file.key] = file
        parameters = {
            "key": file.key,
            "Content-Type": given["mimeType"],
            "success_action_status": "201",
            "acl": "private",
        }
        url = f"{call.base_url}/staged-uploads"
        named = [{"name": name, "value": value} for name, value in {**parameters, "policy": file.policy}.items()]
        targets.append({"url": url, "resourceUrl": None, "parameters": named})
    return {"stagedTargets": None if errors else targets, "userErrors": errors}


def run_mutation(call: Call, args: Args) -> Payload:
    """Each line of the staged file is one call of the mutation."""
    document, problem = _read(args["mutation"])
    file = call.bulk.files.get(args["stagedUploadPath"])
    error = None
    if document is None:
        error = user_error(["mutation"], problem, "INVALID_MUTATION")
    elif file is None or file.content is None:
        message = "The JSONL file could not be found. Try uploading the file again, and check the stagedUploadPath."
        error = user_error(["stagedUploadPath"], message, "NO_SUCH_FILE")
    elif len(call.bulk.unfinished("MUTATION")) >= CONCURRENT:
        message = (
            f"A bulk mutation operation for this app and shop is already in progress: {CONCURRENT} may run at once."
        )
        error = user_error(None, message, "OPERATION_IN_PROGRESS")
    if error is not None or document is None or file is None or file.content is None:
        return refused(error or {}, bulkOperation=None)
    ref, now = call.store.new_id(), call.store.clock()
    operation = BulkOperation(
        ref=ref,
        type="MUTATION",
        query=args["mutation"],
        created_at=now.replace(microsecond=0),
        stepped_at=now,
        execute=_executor(call, document),
        lines=[line for line in file.content.splitlines() if line.strip()],
        result_url=f"{call.base_url}/bulk-results/{call.store.new_uuid()}-{ref}.jsonl",
    )
    return done(bulkOperation=call.bulk.add(operation))


def _executor(call: Call, document: DocumentNode) -> Execute:
    from adapters.shopify.sandbox.engine import execute  # noqa: PLC0415 -- the engine plays this module's calls

    def run(variables: dict[str, Any]) -> dict[str, Any]:
        return execute(call, document, variables, None)

    return run


def _read(text: str) -> tuple[DocumentNode | None, str]:
    """The document where it is one valid mutation of one field; else what is wrong with it."""
    from adapters.shopify.sandbox.schema import shop_schema  # noqa: PLC0415 -- the schema holds this module's calls

    try:
        document = parse(text)
    except GraphQLSyntaxError as error:
        return None, f"Failed to parse the mutation - {error.message}"
    if errors := validate(shop_schema(), document):
        return None, f"Failed to validate the mutation - {errors[0].message}"
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    fields = [one for each in operations for one in each.selection_set.selections if isinstance(one, FieldNode)]
    if len(operations) != 1 or operations[0].operation is not OperationType.MUTATION or len(fields) != 1:
        return None, "You must provide exactly one mutation with one top level field."
    if fields[0].name.value in NOT_IN_BULK:
        return None, f"The mutation {fields[0].name.value} is not supported in bulk."
    return document, ""


def run_query(_call: Call, _args: Args) -> Payload:
    return refused(user_error(["query"], "The sandbox does not play bulk queries.", "INVALID"), bulkOperation=None)


def cancel(call: Call, args: Args) -> Payload:
    operation = find(call, args["id"], BulkOperation)
    if not isinstance(operation, BulkOperation):
        return refused(user_error(["id"], "Bulk operation does not exist"), bulkOperation=None)
    if operation.status not in UNFINISHED:
        message = "A bulk operation cannot be canceled when it is completed"
        return refused(user_error(None, message), bulkOperation=operation)
    operation.status = "CANCELING"
    return done(bulkOperation=operation)


def poll(call: Call, args: Args) -> BulkOperation | None:
    operation = find(call, args["id"], BulkOperation)
    if not isinstance(operation, BulkOperation):
        return None
    if operation.status in UNFINISHED:
        call.bulk.step(operation)
    return operation


def current(call: Call, args: Args) -> BulkOperation | None:
    wanted = args.get("type") or "QUERY"
    latest = [one for one in call.bulk.operations.values() if one.type == wanted]
    return poll(call, {"id": latest[-1].gid}) if latest else None


def listed(call: Call, args: Args) -> Connection:
    return connect(call.bulk.operations.values(), args, SORTS["CREATED_AT"])


QUERIES: dict[str, Root] = {"bulkOperation": poll, "bulkOperations": listed, "currentBulkOperation": current}
MUTATIONS: dict[str, Root] = {
    "stagedUploadsCreate": stage,
    "bulkOperationRunMutation": run_mutation,
    "bulkOperationRunQuery": run_query,
    "bulkOperationCancel": cancel,
}
