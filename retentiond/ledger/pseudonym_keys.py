"""Pseudonym keys as the ledger knows them: never the key, always its name and fingerprint, and for ever.

Rows are only ever added: a name that was given once is never given again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, insert, select

from retentiond.domain.errors import NotFound
from retentiond.domain.lists import OFF_THE_LIST, OPEN_STATES
from retentiond.domain.schedule import Action
from retentiond.ledger.key_tables import KEY_CERTIFICATES, KEY_DESTRUCTIONS, PSEUDONYM_KEYS
from retentiond.ledger.statements import OnConnection, refused
from retentiond.ledger.tables import ENTRIES, LISTS
from retentiond.ledger.values import KeyCertificate, PseudonymKey


class PseudonymKeys(OnConnection):
    """The keys of pseudonyms, the decisions to destroy one, and the certificates that one was destroyed."""

    def add(self, key: PseudonymKey) -> None:
        """Write that a key was made.

        Raises:
            LedgerRefused: a key had this name before.
        """
        if self.find(key.name) is not None:
            raise refused(f"pseudonym key {key.name}", "a key had this name before", "choose another name")
        names = ("name", "fingerprint", "at", "made_by", "event_seq", "log_index")
        self.connection.execute(insert(PSEUDONYM_KEYS), {name: getattr(key, name) for name in names})

    def begin_destruction(  # noqa: PLR0917 - a decision is one sentence
        self,
        name: str,
        at: datetime,
        decided_by: Sequence[str],
        reason: str,
        copies_gone_by: date | None,
        event_seq: int,
    ) -> None:
        """Write that people decided to destroy a key. From here on nothing becomes a pseudonym under it.

        Args:
            name: the key's.
            at: when.
            decided_by: ids of the people.
            reason: why, in their words.
            copies_gone_by: when the last backup with a copy of it is gone; None: nobody has said.
            event_seq: the event that says so.
        """
        row = {"name": name, "at": at, "decided_by": tuple(decided_by), "reason": reason}
        row |= {"copies_gone_by": copies_gone_by, "event_seq": event_seq}
        self.connection.execute(insert(KEY_DESTRUCTIONS), row)

    def certify(self, certificate: KeyCertificate) -> None:
        """Write the certificate that a key was destroyed.

        Raises:
            LedgerRefused: it is not the next in sequence.
        """
        if certificate.sequence != self.next_sequence():
            raise refused(f"pseudonym key {certificate.name}", "its certificate is not the next in sequence")
        names = ("number", "sequence", "name", "at", "payload", "event_seq", "log_index")
        self.connection.execute(insert(KEY_CERTIFICATES), {name: getattr(certificate, name) for name in names})

    def next_sequence(self) -> int:
        """Return the sequence number the next certificate gets, from 1."""
        newest: int = self.connection.execute(
            select(func.coalesce(func.max(KEY_CERTIFICATES.c.sequence), 0))
        ).scalar_one()
        return newest + 1

    def find(self, name: str) -> PseudonymKey | None:
        """Return what is known of a key of this name, destroyed or not; None: there never was one."""
        return next(iter(self._keys(PSEUDONYM_KEYS.c.name == name)), None)

    def all(self) -> list[PseudonymKey]:
        """Return every key there ever was, in the order in which they were made."""
        return self._keys()

    def certificate(self, number: str) -> KeyCertificate:
        """Return a certificate that a key was destroyed.

        Raises:
            NotFound: none has this number.
        """
        for one in self.certificates():
            if one.number == number:
                return one
        remedy = "'retentiond certificate show' names them all"
        raise NotFound.about(f"certificate {number}", "there is no such certificate", remedy)

    def certificates(self) -> list[KeyCertificate]:
        """Return every certificate that a key was destroyed, in sequence."""
        rows = self.connection.execute(select(KEY_CERTIFICATES).order_by(KEY_CERTIFICATES.c.sequence))
        return [KeyCertificate(**row._mapping) for row in rows]  # noqa: SLF001 - a row as a mapping

    def waiting(self) -> list[tuple[str, str, str]]:
        """Return list, store and kind of the records that open lists have still to pseudonymise, each once."""
        wanted = select(ENTRIES.c.list_number, ENTRIES.c.store, ENTRIES.c.kind).distinct()
        wanted = wanted.join(LISTS, LISTS.c.number == ENTRIES.c.list_number).where(
            LISTS.c.state.in_(list(OPEN_STATES)),
            ENTRIES.c.action == Action.PSEUDONYMISE,
            ENTRIES.c.standing.not_in(list(OFF_THE_LIST)),
        )
        return sorted((number, store, kind) for number, store, kind in self.connection.execute(wanted))

    def _keys(self, *which: ColumnElement[bool]) -> list[PseudonymKey]:
        begun, done = KEY_DESTRUCTIONS.c, KEY_CERTIFICATES.c
        more = (
            begun.at.label("begun_at"),
            begun.event_seq.label("decision_seq"),
            begun.decided_by,
            begun.reason,
            begun.copies_gone_by,
            done.number.label("certificate"),
            done.at.label("destroyed_at"),
        )
        wanted = (
            select(PSEUDONYM_KEYS, *more)
            .outerjoin(KEY_DESTRUCTIONS, begun.name == PSEUDONYM_KEYS.c.name)
            .outerjoin(KEY_CERTIFICATES, done.name == PSEUDONYM_KEYS.c.name)
        )
        rows = self.connection.execute(wanted.where(*which).order_by(PSEUDONYM_KEYS.c.event_seq))
        return [_key(row) for row in rows]


def _key(row: Row[Any]) -> PseudonymKey:
    said = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping
    return PseudonymKey(**{**said, "decided_by": said["decided_by"] or (), "reason": said["reason"] or ""})
