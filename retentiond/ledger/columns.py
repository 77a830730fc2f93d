"""How values lie in the ledger's columns: moments as RFC 3339 UTC text, days as ISO 8601 text, the rest as JSON text.

Text compares by code point on both databases, so that the order of references is the order of Python's strings.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Generic, TypeAlias, TypeVar

from sqlalchemy import CheckConstraint, Column, Dialect, MetaData, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from retentiond.domain.records import RecordRef

JsonValue: TypeAlias = "str | int | float | bool | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
"""What JSON can say (RFC 8259)."""

EXACT: TypeEngine[str] = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that compares by code point."""

T = TypeVar("T")


def moment_text(at: datetime) -> str:
    """Write a moment as RFC 3339 UTC with six decimals, so that text order is time order.

    Raises:
        ValueError: the moment has no time zone.
    """
    if at.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


_COMPACT = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def json_text(value: object) -> str:
    """Write a value as compact JSON with sorted keys."""
    return _COMPACT.encode(value)


def _refs(text: str) -> tuple[RecordRef, ...]:
    return () if text == "[]" else tuple(RecordRef(*parts) for parts in json.loads(text))


def refs_text(refs: Sequence[RecordRef]) -> str:
    """Write references as JSON: ``[["store","kind","key"]]``."""
    return json_text([[ref.store, ref.kind, ref.key] for ref in refs]) if refs else "[]"


def _names(text: str) -> tuple[str, ...]:
    return () if text == "[]" else tuple(json.loads(text))


def names_text(names: Sequence[str]) -> str:
    """Write names as JSON."""
    return json_text(list(names)) if names else "[]"


class AsText(TypeDecorator[T], Generic[T]):
    """A value that lies in a text column.

    Args:
        write: the value as text.
        read: the value back from that text.
    """

    impl = EXACT
    cache_ok = True

    def __init__(self, write: Callable[[Any], str], read: Callable[[str], T]) -> None:
        super().__init__()
        self.write = write
        self.read = read

    def bind_processor(self, dialect: Dialect) -> Callable[[T | None], str | None]:  # noqa: ARG002 - as above
        """Return what writes a value, without a step between for each."""
        write = self.write
        return lambda value: None if value is None else write(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], T | None]:  # noqa: ARG002 - as above
        """Return what reads a value, without a step between for each."""
        read = self.read
        return lambda value: None if value is None else read(value)

    def process_bind_param(self, value: T | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Return the text to be stored."""
        return None if value is None else self.write(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> T | None:  # noqa: ANN401, ARG002 - as above
        """Return the stored value."""
        return None if value is None else self.read(value)


MOMENT: AsText[datetime] = AsText(moment_text, datetime.fromisoformat)
DAY: AsText[date] = AsText(date.isoformat, date.fromisoformat)
JSON: AsText[Any] = AsText(json_text, json.loads)
REFS: AsText[tuple[RecordRef, ...]] = AsText(refs_text, _refs)
NAMES: AsText[tuple[str, ...]] = AsText(names_text, _names)

E = TypeVar("E", bound=StrEnum)


def choice(words: type[E]) -> AsText[E]:
    """Return the column type of one of an enumeration's words."""
    return AsText(str, {one.value: one for one in words}.__getitem__)


METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)


def one_of(column: str, words: Iterable[StrEnum]) -> CheckConstraint:
    """Return the check that a column holds one of some words.

    In comparisons: for an IN of several words SQLite fills a table for each row it writes.
    """
    return CheckConstraint(" OR ".join(f"{column} = '{word.value}'" for word in words), name=column)


def column(name: str, type_: object = EXACT, *more: object, nullable: bool = False) -> Column[object]:
    """Return a column that may not be empty unless it is said."""
    return Column(name, type_, *more, nullable=nullable)  # type: ignore[arg-type]  # stub asks for its own unions
