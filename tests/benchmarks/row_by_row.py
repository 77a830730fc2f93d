"""Cases deleted and changed as an object-relational mapper does it, one object after another."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from tests.benchmarks.engines import settled, sqlalchemy_url
from tests.benchmarks.measuring import Measured, timed
from tests.benchmarks.parted_store import CHILDREN, approved, own_copy

SAMPLE = 200
"""Cases that are taken: all of them would take too long."""


class Tables(DeclarativeBase):
    """The tables of the store."""


class Case(Tables):
    """A case file."""

    __tablename__ = "case_file"
    case_id: Mapped[int] = mapped_column(primary_key=True)
    case_ref: Mapped[str | None]
    closed_on: Mapped[date | None]
    forename: Mapped[str | None]
    surname: Mapped[str | None]
    nhs_no: Mapped[str | None]
    postcode: Mapped[str | None]
    born_on: Mapped[date | None]


def _child(table: str) -> type[Tables]:
    columns = {
        "__tablename__": table,
        f"{table}_id": sa.Column(sa.Integer, primary_key=True),
        "case_id": sa.Column(sa.ForeignKey("case_file.case_id")),
        "made_on": sa.Column(sa.Date),
        "body": sa.Column(sa.String(400)),
    }
    return type(table.title(), (Tables,), columns)


for name in CHILDREN:
    setattr(Case, f"all_{name}", relationship(_child(name), cascade="all, delete-orphan"))


def deleted(url: str, cases: int, server: int = 0) -> Measured:
    """Fetch and delete one case after another with its children."""
    return _each(url, cases, server, lambda session, case: session.delete(case))


def changed(url: str, cases: int, server: int = 0) -> Measured:
    """Fetch and change one case after another."""
    return _each(url, cases, server, lambda _session, case: _change(case))


def _each(url: str, cases: int, server: int, act: Callable[[Session, Case], None]) -> Measured:
    keys = approved(cases)[:SAMPLE]
    with tempfile.TemporaryDirectory() as folder:
        url = own_copy(url, Path(folder))
        engine = sa.create_engine(sqlalchemy_url(url), poolclass=sa.NullPool)
        with timed(server, settled(url)) as found, Session(engine) as session:
            for key in keys:
                case = session.get(Case, key)
                if case is None:
                    raise AssertionError(key)
                act(session, case)
                session.flush()
            session.commit()
        engine.dispose()
    found.counts.update(n=len(keys))
    return found


def _change(case: Case) -> None:
    case.forename = case.surname = case.nhs_no = None
    case.postcode = str(case.postcode).partition(" ")[0]
    case.born_on = date(case.born_on.year, 1, 1) if case.born_on else None
