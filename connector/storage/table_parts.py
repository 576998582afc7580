"""What tables are made of, and the one list of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ColumnElement, Index, MetaData, literal_column

from connector.storage.column_types import Word

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
    }
)


def must(name: str, kind: Any, **more: Any) -> Column[Any]:  # noqa: ANN401 -- as Column takes it
    return Column(name, kind, nullable=False, **more)


def may(name: str, kind: Any) -> Column[Any]:  # noqa: ANN401 -- as Column takes it
    return Column(name, kind, nullable=True)


def key(*names: str) -> list[Column[Any]]:
    return [must(name, Word, primary_key=True) for name in names]


def is_word(column: Column[Any], value: str) -> ColumnElement[bool]:
    return column == literal_column(f"'{value}'")


def partial(name: str, where: ColumnElement[bool], *columns: ColumnElement[Any]) -> Index:
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)
