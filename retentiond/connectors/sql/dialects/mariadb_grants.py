"""What the session's user may do in MariaDB, read from SHOW GRANTS: the catalogue hides what one has no right to."""

from __future__ import annotations

import re
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

_GRANT = re.compile(r"GRANT (?P<rights>.+?) ON (?P<schema>\*|`(?:[^`]|``)*`)\.(?P<table>\*|`(?:[^`]|``)*`) TO ")
_OF_COLUMNS = re.compile(r"\([^)]*\)")


@dataclass(frozen=True, slots=True)
class _Grant:
    rights: frozenset[str]
    schema: str
    table: str


@dataclass(frozen=True, slots=True)
class Grants:
    """The rights of a session: its user's and its role's."""

    schema: str
    given: tuple[_Grant, ...]

    @classmethod
    def of(cls, connection: Connection) -> Grants:
        """Read them from the server."""
        schema = connection.execute(sa.text("SELECT DATABASE()")).scalar_one()
        lines = connection.execute(sa.text("SHOW GRANTS")).scalars()
        return cls(schema, tuple(one for line in lines if (one := _grant(line)) is not None))

    def everywhere(self, right: str) -> bool:
        """Whether a right is given on the whole server."""
        return any(one.schema == "*" and self._names(one, right) for one in self.given)

    def on(self, table: str, right: str) -> bool:
        """Whether a right is given on a table of the schema, or on all of them."""
        return self.of_table(self.schema, table, right)

    def of_table(self, schema: str, table: str, right: str) -> bool:
        """Whether a right is given on a table of another schema, or on all of that."""
        return any(
            self._names(one, right) and _matches(one.schema, schema) and one.table in ("*", table) for one in self.given
        )

    def on_schema(self, right: str) -> bool:
        """Whether a right is given on the whole schema."""
        return self.on("*", right)

    @staticmethod
    def _names(one: _Grant, right: str) -> bool:
        return bool({right, "ALL PRIVILEGES"} & one.rights)


def _grant(line: str) -> _Grant | None:
    found = _GRANT.match(line)
    if found is None:
        return None
    # A right on some columns of a table is not one on the table.
    rights = (one.strip() for one in _OF_COLUMNS.sub("(columns)", found["rights"]).split(","))
    return _Grant(frozenset(one.upper() for one in rights), _unquoted(found["schema"]), _unquoted(found["table"]))


def _unquoted(name: str) -> str:
    return name if name == "*" else name[1:-1].replace("``", "`")


def _matches(pattern: str, schema: str) -> bool:
    """Grants on schemas are LIKE patterns."""
    if pattern == "*":
        return True
    marks = {"%": ".*", "_": "."}
    parts = re.findall(r"\\[%_\\]|.", pattern, re.DOTALL)
    regex = "".join(re.escape(one[1:]) if len(one) == 2 else marks.get(one, re.escape(one)) for one in parts)
    return re.fullmatch(regex, schema, re.DOTALL) is not None
