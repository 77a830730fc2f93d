"""Certificates of destruction as issued: one a list, numbered without a gap, never changed."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Row, func, insert, select

from retentiond.domain.errors import NotFound
from retentiond.ledger.statements import OnConnection, refused
from retentiond.ledger.tables import CERTIFICATES
from retentiond.ledger.values import Certificate


class Certificates(OnConnection):
    """Writing and reading certificates."""

    def next_sequence(self) -> int:
        """Return the sequence number the next certificate gets, from 1."""
        newest: int = self.connection.execute(select(func.coalesce(func.max(CERTIFICATES.c.sequence), 0))).scalar_one()
        return newest + 1

    def add(self, certificate: Certificate) -> None:
        """Write a certificate.

        Raises:
            LedgerRefused: its list has one already, or it is not the next in sequence.
        """
        place = f"list {certificate.list_number}"
        if self.of_list(certificate.list_number) is not None:
            raise refused(place, "this list has a certificate already, and a list has exactly one")
        if certificate.sequence != self.next_sequence():
            raise refused(place, "the certificate is not the next in sequence", "issue it again")
        self.connection.execute(insert(CERTIFICATES), asdict(certificate))

    def get(self, number: str) -> Certificate:
        """Return one certificate.

        Raises:
            NotFound: none has this number.
        """
        found = self._where(CERTIFICATES.c.number == number)
        if found is None:
            raise NotFound.about(
                f"certificate {number}", "there is no such certificate", "'retentiond certificate show' names them all"
            )
        return found

    def all(self) -> list[Certificate]:
        """Return every certificate in sequence."""
        rows = self.connection.execute(select(CERTIFICATES).order_by(CERTIFICATES.c.sequence))
        return [_certificate(row) for row in rows]

    def of_list(self, number: str) -> Certificate | None:
        """Return the certificate of a disposal list, or None."""
        return self._where(CERTIFICATES.c.list_number == number)

    def latest(self) -> Certificate | None:
        """Return the newest certificate, or None."""
        return self._where(CERTIFICATES.c.sequence == self.next_sequence() - 1)

    def _where(self, which: ColumnElement[bool]) -> Certificate | None:
        row = self.connection.execute(select(CERTIFICATES).where(which)).one_or_none()
        return None if row is None else _certificate(row)


def _certificate(row: Row[Any]) -> Certificate:
    return Certificate(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping
