"""The definition of a connected store: what is in it, by which columns, and what goes with what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from retentiond.domain.generalising import Generalisation
from retentiond.domain.periods import Period
from retentiond.domain.schedule import Action

_CHARACTER = r'[^\x00-\x20\x7f-\xa0.,:;=<>*\[\]{}|"`\\\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]'
SAYABLE = rf"{_CHARACTER}([ ]*{_CHARACTER})*"
"""The names of tables and columns that a definition can say, as a regular expression: any letters of any alphabet, with
blanks between them, and none of the marks that definitions, or databases, put between names or around them."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One table passed through on the way from a record to another table.

    ``on`` names the column shared with the table before it, or what of this table equals what of the one before;
    None: the one foreign key, or the one column name, that the two tables share.
    """

    table: str
    on: str | Mapping[str, str] | None = None
    where: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reach:
    """Rows of another table that belong to a record, and the way there."""

    table: str
    on: str | Mapping[str, str] | None = None
    through: tuple[Hop, ...] = ()
    where: Mapping[str, str | None] = field(default_factory=dict)
    """Columns that must equal a value; None means NULL. Values are text and are compared in the column's type.

    Wherever the name of a column stands, a way into the JSON it holds may: ``data.child.dob``, and with ``[*]`` for
    every element of a list ``data.services[*].ended_on``. What stands there is compared as text; JSON's null, and a
    name that is not there, are NULL.
    """


@dataclass(frozen=True, slots=True)
class ClassCondition:
    """One line of classification; the first whose condition holds gives the class. No condition always holds."""

    record_class: str
    exists: Reach | None = None
    where: Mapping[str, str | None] = field(default_factory=dict)
    """Columns of the record's own row (``sql``); of an object or file ``prefix``, ``name:`` (a pattern), ``tag:NAME``,
    ``metadata:NAME`` or ``column:NAME`` of its row in the store's key table."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """Where a trigger's date stands: a column of the record's row, or an aggregate over rows that belong to it.

    For objects and files ``column`` is ``tag:NAME``, ``metadata:NAME``, ``name:PATTERN``, ``column:NAME`` (of the row
    in the store's key table) or ``last-modified``.
    """

    name: str
    column: str
    aggregate: str | None = None
    """``latest`` or ``earliest``; None for a plain column."""
    reach: Reach | None = None


@dataclass(frozen=True, slots=True)
class Blocker:
    """A named reason why not now: rows exist."""

    name: str
    exists: Reach


@dataclass(frozen=True, slots=True)
class Status:
    """A status that was ever true of a record: rows exist, or its own row or name says so."""

    name: str
    exists: Reach | None = None
    where: Mapping[str, str | None] = field(default_factory=dict)
    """Columns of the record's own row (``sql``); of an object or file ``prefix``, ``name:`` (a pattern), ``tag:NAME``,
    ``metadata:NAME`` or ``column:NAME`` of its row in the store's key table."""


@dataclass(frozen=True, slots=True)
class TablePart:
    """Rows that go with the record, and with each of them its own parts."""

    reach: Reach
    recursive: str | None = None
    """Column by which a row names the row of the same table it hangs below: all rows below go along, however deep."""
    parts: tuple[TablePart | ObjectPart, ...] = ()
    """Reached from this table's rows, those below included."""


@dataclass(frozen=True, slots=True)
class ObjectPart:
    """Objects of another store that go with the record; their keys stand in a mapped column."""

    store: str
    column: str
    """Column of ``reach.table`` that holds the object key."""
    reach: Reach


@dataclass(frozen=True, slots=True)
class SharedTable:
    """Rows that go with the record only when nothing else, in any table, refers to them; their own parts go along."""

    reach: Reach
    parts: tuple[TablePart, ...] = ()


@dataclass(frozen=True, slots=True)
class HistoryTable:
    """Rows that the database itself writes about a record: they go last, with those that our own deed made it write."""

    reach: Reach
    written_by: tuple[str, ...]
    """The triggers that write them. These alone are allowed on the record's tables."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference between two tables that the database does not declare as a foreign key."""

    table: str
    column: str
    to_table: str
    to_column: str
    where: Mapping[str, str | None] = field(default_factory=dict)
    """Only rows with these values refer (a polymorphic link names there the table it leads to)."""
    leave: bool = False
    """The rows are known to stay behind and name what is gone (a log that keeps a number): they hold nothing back."""


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """What a rewriting does to the columns of one table. Every column is named once, or the definition is refused."""

    keep: tuple[str, ...] = ()
    blank: tuple[str, ...] = ()
    replace: Mapping[str, str | None] = field(default_factory=dict)
    generalise: Mapping[str, Generalisation] = field(default_factory=dict)
    shift: Mapping[str, int] = field(default_factory=dict)
    """Column of dates to the most days it is moved either way; the same for all of them, and drawn for each record."""
    pseudonymise: Mapping[str, str] = field(default_factory=dict)
    """Column of text to the key its values become pseudonyms under (:mod:`retentiond.domain.pseudonyms`)."""
    quasi_identifiers: tuple[str, ...] = ()
    """Columns that together may single a row out, the one blanked first last (:mod:`retentiond.domain.anonymity`)."""
    leaves_small_groups: bool = False
    """A record that would stand in a group below k is left as it is, for a person; else its columns are blanked."""
    delete_rows: bool = False
    """The table's rows are deleted instead: free text cannot be anonymised by rules for columns."""


@dataclass(frozen=True, slots=True)
class KindOfRecord:
    """One kind of record in a store."""

    name: str
    classify: tuple[ClassCondition, ...]
    triggers: tuple[Trigger, ...]
    table: str = ""
    key: tuple[str, ...] = ()
    """The columns that together tell one from all others; in a record's key their texts stand in this order."""
    reference: str = ""
    blockers: tuple[Blocker, ...] = ()
    statuses: tuple[Status, ...] = ()
    parts: tuple[TablePart | ObjectPart, ...] = ()
    shared: tuple[SharedTable, ...] = ()
    history: tuple[HistoryTable, ...] = ()
    anonymise: Mapping[str, ColumnPlan] = field(default_factory=dict)
    """Table to plan; empty: this kind can only be destroyed. Where a column becomes a pseudonym it is the plan to
    pseudonymise, and by it nothing is ever anonymised."""
    conflict_of_interest: tuple[Trigger, ...] = ()
    """Columns that name people who may not review it (``aggregate`` unused)."""
    subjects: tuple[Trigger, ...] = ()
    """Columns that hold opaque references of the people it is about (``aggregate`` unused)."""
    recipients: tuple[Reach, str] | None = None
    """Rows that say to whom one was disclosed, and the column that names them, beside those of the definition."""
    prefix: str = ""
    """``s3`` and ``filesystem``: only keys that start so."""
    folders: int = 0
    """``filesystem``: how many steps below the prefix the folders lie that are the records; 0: files are."""
    place: str = ""
    """``file:line:column`` of the kind, for complaints."""

    @property
    def read_back_only(self) -> tuple[str, ...]:
        """Columns, behind their tables, whose anonymised form only the transaction of the deed itself can see."""
        return tuple(f"{table}.{column}" for table, plan in self.anonymise.items() for column in plan.shift)

    @property
    def pseudonyms(self) -> Mapping[str, str]:
        """Columns, behind their tables, that become pseudonyms, to the name of the key."""
        return {
            f"{table}.{column}": key
            for table, plan in self.anonymise.items()
            for column, key in plan.pseudonymise.items()
        }

    @property
    def rewriting(self) -> Action | None:
        """What its plan does to a record: anonymise it, or pseudonymise it; None where it has no plan."""
        if not self.anonymise:
            return None
        coded = any(plan.pseudonymise for plan in self.anonymise.values())
        return Action.PSEUDONYMISE if coded else Action.ANONYMISE


@dataclass(frozen=True, slots=True)
class KeyTable:
    """A database table with a row for each object of a bucket, found by the object's key; only ever read."""

    url: str
    """A database URL; ``${credential:NAME}`` stands where a secret goes."""
    table: str
    key: str
    """The column that holds the object key."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One connected store."""

    name: str
    kind: str
    """``sql``, ``s3``, ``azure-blob``, ``filesystem``, ``memory``, or one that an installed package brings."""
    location: str
    """ISO 3166-1 alpha-2 country the data lies in."""
    records: tuple[KindOfRecord, ...]
    digest: str
    """Lower-case hex SHA-256 of the file's bytes."""
    source: str = field(default="", compare=False)
    url: str = ""
    """``sql``: a database URL; ``${credential:NAME}`` stands where a secret goes and is filled in on opening."""
    dispose_url: str = ""
    """The URL with the credential that deletes; empty: ``url``."""
    verify_url: str = ""
    """The URL for the independent read; empty: ``url`` on a connection of its own."""
    receipts: bool = True
    """``sql``: the owner allows our receipt table in the store (evidence grade A; without it B)."""
    recipients_from: tuple[Reach, str] | None = None
    """Rows that say to whom a record was disclosed, and the column that names them (UK GDPR Art 19)."""
    references: tuple[Reference, ...] = ()
    """``sql``: references that the database does not declare."""
    backups_expire_after: Period | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    """The kind's own settings: ``bucket``, ``endpoint``, ``region``, ``owner``, ``access-key``, ``secret-key`` (s3);
    ``container``, ``account-url``, ``credential``, ``dispose-credential``, ``verify-credential`` (azure-blob);
    ``root`` (filesystem)."""
    key_table: KeyTable | None = None
    """``s3`` and ``azure-blob``: where else facts about its objects stand."""

    def kind_named(self, name: str) -> KindOfRecord:
        """Return the kind of record with this name.

        Raises:
            KeyError: the store holds no such kind.
        """
        return {one.name: one for one in self.records}[name]


def objects_of(kind: KindOfRecord) -> Iterator[ObjectPart]:
    """Yield the parts of a kind of record that are objects of other stores, those of its parts' rows included."""
    yield from _objects((*kind.parts, *(part for shared in kind.shared for part in shared.parts)))


def _objects(parts: Iterable[TablePart | ObjectPart]) -> Iterator[ObjectPart]:
    for part in parts:
        if isinstance(part, ObjectPart):
            yield part
        else:
            yield from _objects(part.parts)
