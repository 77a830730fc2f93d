"""The entries of disposal lists and their documents: reading pages of them, and taking decisions on sets of them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Row, Select, Table, and_, bindparam, delete, exists, or_, select, update

from retentiond.domain.errors import NotFound
from retentiond.domain.lists import OPEN_STATES, REWRITTEN, Document, Entry, Standing
from retentiond.domain.records import RecordRef
from retentiond.ledger.list_rows import document_of, entry_of
from retentiond.ledger.statements import OnConnection, among, batches, beyond, change, grouped, known, ref_of, refused
from retentiond.ledger.tables import DOCUMENTS, ENTRIES, FINDINGS, LISTS


class ListEntries(OnConnection):
    """Reading and marking what is on a list."""

    def entries(
        self,
        number: str,
        standings: Collection[Standing] | None = None,
        *,
        after: RecordRef | None = None,
        limit: int = 1000,
        store: str | None = None,
        kind: str | None = None,
    ) -> list[Entry]:
        """Return entries of a list in the order of their references.

        Args:
            number: the list.
            standings: only these; None for all.
            after: only what follows this reference.
            limit: most entries to return.
            store: only this store.
            kind: only this kind of record.
        """
        wanted = select(ENTRIES).where(ENTRIES.c.list_number == number)
        if store is not None:
            wanted = wanted.where(ENTRIES.c.store == store)
        if kind is not None:
            wanted = wanted.where(ENTRIES.c.kind == kind)
        return [entry_of(row) for row in self._page(ENTRIES, wanted, standings, after, limit)]

    def entry(self, number: str, ref: RecordRef) -> Entry:
        """Return one entry.

        Raises:
            NotFound: the record is not on the list.
        """
        wanted = select(ENTRIES).where(ENTRIES.c.list_number == number, among(ENTRIES, ref.store, ref.kind, [ref.key]))
        row = self.connection.execute(wanted).one_or_none()
        if row is None:
            raise NotFound.about(f"list {number}", "this record is not on the list")
        return entry_of(row)

    def find(self, number: str, text: str) -> list[Entry]:
        """Return the entries whose ``store/kind/key``, or whose reference, is exactly the text."""
        named = ENTRIES.c.reference == text
        try:
            ref = RecordRef.parse(text)
        except ValueError:
            which = named
        else:
            which = or_(named, among(ENTRIES, ref.store, ref.kind, [ref.key]))
        wanted = select(ENTRIES).where(ENTRIES.c.list_number == number, which)
        return [entry_of(row) for row in self.connection.execute(_by_ref(ENTRIES, wanted))]

    def documents(
        self,
        number: str,
        *,
        parents: Collection[RecordRef] | None = None,
        standings: Collection[Standing] | None = None,
        after: RecordRef | None = None,
        limit: int = 1000,
    ) -> list[Document]:
        """Return documents of a list in the order of their references.

        Args:
            number: the list.
            parents: only the documents of these entries; None for all.
            standings: only these; None for all.
            after: only what follows this reference.
            limit: most documents to return.
        """
        wanted = select(DOCUMENTS).where(DOCUMENTS.c.list_number == number)
        if parents is None:
            return [document_of(row) for row in self._page(DOCUMENTS, wanted, standings, after, limit)]
        found: list[Document] = []
        for group in grouped(parents):
            of_these = wanted.where(among(DOCUMENTS, *group, prefix="parent_"))
            found.extend(document_of(row) for row in self._page(DOCUMENTS, of_these, standings, after, limit))
        return sorted(found, key=lambda one: one.ref)[:limit]

    def fates(self, ref: RecordRef) -> list[tuple[str, Entry]]:
        """Return the numbers of the lists a record ever stood on, newest last, and how it stands on each."""
        wanted = select(ENTRIES).where(among(ENTRIES, ref.store, ref.kind, [ref.key])).order_by(ENTRIES.c.list_number)
        return [(row.list_number, entry_of(row)) for row in self.connection.execute(wanted)]

    def standings(self, number: str, refs: Collection[RecordRef]) -> dict[RecordRef, Standing]:
        """Return how the records of a list stand; one that is not on it is left out."""
        found: dict[RecordRef, Standing] = {}
        for group in grouped(refs):
            wanted = select(ENTRIES.c.store, ENTRIES.c.kind, ENTRIES.c.key, ENTRIES.c.standing)
            wanted = wanted.where(ENTRIES.c.list_number == number, among(ENTRIES, *group))
            found.update((ref_of(row), row.standing) for row in self.connection.execute(wanted))
        return found

    def excluded_reviewers(self, number: str) -> set[str]:
        """Return the ids of the people whom some record on a list excludes from its review."""
        on_it = ENTRIES.c.list_number == number, ENTRIES.c.standing == Standing.LISTED
        rows = self.connection.execute(select(ENTRIES.c.excluded_reviewers).where(*on_it).distinct()).scalars()
        return {one for names in rows for one in names}

    def stores(self, number: str) -> set[str]:
        """Return the stores that the entries of a list and their documents live in."""
        found: set[str] = set()
        for table in (ENTRIES, DOCUMENTS):
            wanted = select(table.c.store).where(table.c.list_number == number).distinct()
            found.update(self.connection.execute(wanted).scalars())
        return found

    def on_open_lists(self, refs: Collection[RecordRef]) -> set[RecordRef]:
        """Return which of the records are on a list that is open, whatever became of them on it."""
        on_open = select(LISTS.c.number).where(LISTS.c.state.in_(list(OPEN_STATES)))
        return self._which(refs, ENTRIES.c.list_number.in_(on_open))

    def rewritten(self, refs: Collection[RecordRef]) -> tuple[set[RecordRef], set[RecordRef]]:
        """Return which of the records were anonymised on any list, and which were pseudonymised."""
        found: dict[Standing, set[RecordRef]] = {one: set() for one in REWRITTEN}
        for group in known(self.connection, ENTRIES, refs):
            wanted = select(ENTRIES.c.store, ENTRIES.c.kind, ENTRIES.c.key, ENTRIES.c.standing)
            wanted = wanted.where(among(ENTRIES, *group), ENTRIES.c.standing.in_(list(REWRITTEN)))
            for row in self.connection.execute(wanted):
                found[row.standing].add(ref_of(row))
        return found[Standing.ANONYMISED], found[Standing.PSEUDONYMISED]

    def mark(
        self,
        number: str,
        standing: Standing,
        refs: Collection[RecordRef],
        *,
        expected: Collection[Standing],
        note: str = "",
    ) -> None:
        """Give entries another standing, all of them or none.

        Args:
            number: the list.
            standing: the new standing.
            refs: which entries.
            expected: every one of them must stand so.
            note: why, in words without record values.

        Raises:
            LedgerRefused: an entry is not on the list or stands otherwise; nothing is changed.
        """
        with self.connection.begin_nested():
            for group in grouped(refs):
                which = and_(ENTRIES.c.list_number == number, among(ENTRIES, *group))
                marked = update(ENTRIES).where(which, ENTRIES.c.standing.in_(list(expected)))
                if not change(self.connection, marked.values(standing=standing, note=note), None, len(group[2])):
                    raise refused(
                        f"list {number}", "a record stands otherwise than when the decision was taken", "look again"
                    )

    def redate(self, number: str, entries: Collection[Entry]) -> None:
        """Give entries the due date and the reason they have now: what was computed before is not true for ever.

        Raises:
            LedgerRefused: an entry is not on the list any more; nothing is changed.
        """
        names = {name: ENTRIES.c[name] == bindparam(f"of_{name}") for name in ("store", "kind", "key")}
        listed = and_(ENTRIES.c.list_number == number, ENTRIES.c.standing == Standing.LISTED)
        dated = {"due_on": bindparam("due", type_=ENTRIES.c.due_on.type), "reason": bindparam("why")}
        statement = update(ENTRIES).where(listed, *names.values()).values(**dated)
        with self.connection.begin_nested():
            for batch in batches(entries):
                rows = [_redated(one) for one in batch]
                if not change(self.connection, statement, rows, len(rows)):
                    raise refused(f"list {number}", "a record is not on it any more", "look again")

    def classes(self) -> set[str]:
        """Return the classes of all records that ever stood on a list, those on certificates among them."""
        return set(self.connection.execute(select(ENTRIES.c.record_class).distinct()).scalars())

    def erase_titles(self, number: str) -> None:
        """Erase what was shown to reviewers: references, reasons, recipients, excluded reviewers; findings likewise."""
        erased: dict[str, Any] = {"reference": "", "reason": "", "recipients": (), "excluded_reviewers": ()}
        self.connection.execute(update(ENTRIES).where(ENTRIES.c.list_number == number).values(**erased))
        gone = [Standing.DESTROYED, Standing.ANONYMISED, Standing.PSEUDONYMISED, Standing.ALREADY_ABSENT]
        same = and_(*(ENTRIES.c[name] == FINDINGS.c[name] for name in ("store", "kind", "key")))
        settled = and_(ENTRIES.c.list_number == number, same, ENTRIES.c.standing.in_(gone))
        self.connection.execute(delete(FINDINGS).where(exists().where(settled)))

    def _page(
        self,
        table: Table,
        wanted: Select[Any],
        standings: Collection[Standing] | None,
        after: RecordRef | None,
        limit: int,
    ) -> list[Row[Any]]:
        if standings is not None:
            wanted = wanted.where(table.c.standing.in_(list(standings)))
        if after is not None:
            wanted = wanted.where(beyond(table, after))
        return [*self.connection.execute(_by_ref(table, wanted).limit(limit)).all()]

    def _which(self, refs: Collection[RecordRef], condition: Any) -> set[RecordRef]:  # noqa: ANN401 - a condition
        found: set[RecordRef] = set()
        for group in grouped(refs):
            wanted = select(ENTRIES.c.store, ENTRIES.c.kind, ENTRIES.c.key).where(among(ENTRIES, *group), condition)
            found.update(ref_of(row) for row in self.connection.execute(wanted))
        return found


def _redated(entry: Entry) -> dict[str, Any]:
    ref = entry.ref
    where = {"of_store": ref.store, "of_kind": ref.kind, "of_key": ref.key}
    return where | {"due": entry.due_on, "why": entry.reason}


def _by_ref(table: Table, wanted: Select[Any]) -> Select[Any]:
    return wanted.order_by(table.c.store, table.c.kind, table.c.key)
