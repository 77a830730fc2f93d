"""Documents whose record is gone: which of them stayed, and how one stood on every list it was ever on."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import and_, select, tuple_, update

from retentiond.domain.lists import REWRITTEN, Document, Standing
from retentiond.domain.records import RecordRef
from retentiond.ledger.list_rows import document_of
from retentiond.ledger.statements import OnConnection, among, change, grouped, refused
from retentiond.ledger.tables import DOCUMENTS, ENTRIES
from retentiond.ledger.values import LeftBehind

_GONE = (Standing.DESTROYED, *REWRITTEN, Standing.ALREADY_ABSENT)
_STAYED = (Standing.SKIPPED_HELD, Standing.SKIPPED_CHANGED, Standing.SKIPPED_NOT_DUE, Standing.FAILED)


class ListDocuments(OnConnection):
    """What became of documents after their records."""

    def left_behind(
        self, *, after: tuple[str, RecordRef] | None = None, limit: int = 1000, certain: bool = False
    ) -> list[LeftBehind]:
        """Return documents that were not destroyed though their record is gone, by list and reference.

        Those of a record that counts as failed are among them: whether it is gone only its store can tell.

        Args:
            after: only what follows this list and reference.
            limit: most documents to return.
            certain: leave out those of records that count as failed.
        """
        gone = _GONE if certain else (*_GONE, Standing.FAILED)
        theirs = (DOCUMENTS.c[f"parent_{name}"] == ENTRIES.c[name] for name in ("store", "kind", "key"))
        of_record = and_(DOCUMENTS.c.list_number == ENTRIES.c.list_number, *theirs)
        wanted = select(DOCUMENTS, ENTRIES.c.standing.label("of_record")).join(ENTRIES, of_record)
        wanted = wanted.where(ENTRIES.c.standing.in_(gone), DOCUMENTS.c.standing.in_(_STAYED))
        columns = (DOCUMENTS.c.list_number, DOCUMENTS.c.store, DOCUMENTS.c.kind, DOCUMENTS.c.key)
        if after is not None:
            number, ref = after
            wanted = wanted.where(tuple_(*columns) > tuple_(number, ref.store, ref.kind, ref.key))
        rows = self.connection.execute(wanted.order_by(*columns).limit(limit))
        return [LeftBehind(row.list_number, document_of(row), row.of_record) for row in rows]

    def document_fates(self, store: str, key: str) -> list[tuple[str, Document]]:
        """Return the numbers of the lists a document ever stood on, newest last, and how it stands on each."""
        wanted = select(DOCUMENTS).where(DOCUMENTS.c.store == store, DOCUMENTS.c.key == key)
        rows = self.connection.execute(wanted.order_by(DOCUMENTS.c.list_number))
        return [(row.list_number, document_of(row)) for row in rows]

    def mark_documents(self, number: str, refs: Collection[RecordRef], *, expected: Standing, note: str) -> None:
        """Count documents as failed that were taken for something else, all of them or none.

        Args:
            number: the list.
            refs: which documents.
            expected: every one of them must stand so.
            note: why, in words without record values.

        Raises:
            LedgerRefused: one is not on the list or stands otherwise; nothing is changed.
        """
        with self.connection.begin_nested():
            for group in grouped(refs):
                which = and_(DOCUMENTS.c.list_number == number, among(DOCUMENTS, *group))
                marked = update(DOCUMENTS).where(which, DOCUMENTS.c.standing == expected)
                if not change(self.connection, marked.values(standing=Standing.FAILED, note=note), None, len(group[2])):
                    raise refused(f"list {number}", "a document stands otherwise than was read", "look again")
