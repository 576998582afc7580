"""What is wrong with a config file, said for the person who wrote it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from connector.settings.references import Loc
from connector.settings.wording import did_you_mean, nearest


class ConfigError(Exception):
    """The config file cannot be used.  ``problems`` holds all that is wrong with it, one sentence each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = list(problems)


def dotted(loc: Loc) -> str:
    """``stores[1].policy.mode``, counted from 0."""
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def problems_of(error: ValidationError, model: type[BaseModel]) -> Iterator[tuple[Loc, str]]:
    """Each error of a validation with its place in the model.  No message repeats a value that was given."""
    details = error.errors(include_url=False)
    for detail in details:
        loc = tuple(part for part in detail["loc"] if part != "[key]")
        # A list of one wrong entry is not also too short.
        if detail["type"] == "too_short" and any(one["loc"][:-1] == detail["loc"] for one in details):
            continue
        yield loc, _said(detail, model, loc)


def _said(detail: ErrorDetails, model: type[BaseModel], loc: Loc) -> str:
    context = detail.get("ctx", {})
    kind = detail["type"]
    if kind == "value_error":
        return str(context["error"])
    if kind == "extra_forbidden":
        return f"is no setting: {did_you_mean(str(loc[-1]), _keys_beside(model, loc))}"
    if kind in {"enum", "literal_error"}:
        choices = _choices(_annotation(model, loc))
        given = detail["input"] if isinstance(detail["input"], str) else ""
        near = nearest(given, choices)
        return f"must be one of {', '.join(choices)}" + (f": did you mean {near}?" if near else "")
    return _PLAIN[kind].format(**context) if kind in _PLAIN else detail["msg"]


_NUMBER, _WHOLE, _FLAG, _TEXT = "must be a number", "must be a whole number", "must be true or false", "must be text"
_TABLE, _LIST = "must be a table of its own", 'must be a list, such as ["one", "two"]'
_PLAIN: Mapping[str, str] = {
    "missing": "is missing",
    "int_parsing": _WHOLE,
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing_size": _WHOLE,
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
    "finite_number": _NUMBER,
    "bool_parsing": _FLAG,
    "bool_type": _FLAG,
    "string_type": _TEXT,
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "tuple_type": _LIST,
    "mapping_type": _TABLE,
    "model_type": _TABLE,
    "model_attributes_type": _TABLE,
    "dict_type": _TABLE,
}


def _keys_beside(model: type[BaseModel], loc: Loc) -> list[str]:
    around = _annotation(model, loc[:-1])
    fields = around.model_fields if isinstance(around, type) and issubclass(around, BaseModel) else {}
    return [key for key, field in fields.items() if field.validation_alias is None]


def _annotation(model: type[BaseModel], loc: Loc) -> Any:  # noqa: ANN401 -- a type, which typing cannot name
    """The annotation of the value at ``loc``."""
    around: Any = model
    for part in loc:
        if isinstance(around, type) and issubclass(around, BaseModel):
            field = around.model_fields.get(str(part))
            around = field.annotation if field else None
        else:  # of a tuple the type of its entries, of a mapping that of its values
            arguments = [one for one in get_args(around) if one is not ...]
            around = arguments[-1] if arguments else None
    return around


def _choices(annotation: Any) -> list[str]:  # noqa: ANN401 -- a type, which typing cannot name
    if get_origin(annotation) is Literal:
        return [str(one) for one in get_args(annotation)]
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return [str(one.value) for one in annotation]
    return []
