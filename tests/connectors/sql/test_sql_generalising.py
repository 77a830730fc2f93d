from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from retentiond.connectors.sql.catalogue import Catalogue, reflected
from retentiond.connectors.sql.dialects import dialect_named
from retentiond.connectors.sql.generalising import generalised, is_finer
from retentiond.domain.definitions import ColumnPlan
from retentiond.domain.generalising import Band, Before, First, Generalisation, Rounded

Store = Any  # the case store of conftest, which cannot be imported

TABLE = (
    "CREATE TABLE kept (id INTEGER PRIMARY KEY, whole BIGINT, exact NUMERIC(20, 4), rough DOUBLE PRECISION,"
    " day DATE, moment TIMESTAMP, word VARCHAR(40), code CHAR(8))"
)
OUTWARD = "[A-Z]{1,2}[0-9][A-Z0-9]?"


def model(rule: Generalisation, value: Any, column: str) -> Any:  # noqa: C901 - a case a rule
    """Return what a rule leaves of a value, in plain Python."""
    if value is None:
        return None
    if isinstance(value, str) and (column == "code" or not isinstance(rule, First | Before)):
        value = value.rstrip(" ")
    match rule:
        case Band(width) if isinstance(value, int | float | Decimal):
            return Fraction(value) // width * width
        case Rounded(to):
            share = abs(Fraction(value)) / to
            nearest = (share + Fraction(1, 2)).__floor__() * to
            return nearest if value >= 0 else -nearest
        case Band(width):
            return dated(value, lambda year: year - year % width)
        case First(characters):
            return value[:characters]
        case Before(separator):
            return value.partition(separator)[0] if not value.startswith(separator) else None
        case "outward-code":
            return matched(f"({OUTWARD})([0-9][A-Z][A-Z])?", value.upper().replace(" ", ""))
        case "month" if isinstance(value, str):
            return matched(r"([0-9]{4}-[0-9]{2})(-[0-9]{2}.*)?", value)
        case "month":
            return value.replace(day=1) if not isinstance(value, datetime) else start(value.replace(day=1))
        case _:
            return dated(value, lambda year: year)


def matched(pattern: str, text: str) -> str | None:
    """Return the first group of a pattern that the whole text has, or None."""
    found = re.fullmatch(pattern, text, re.DOTALL)
    return found[1] if found else None


def dated(value: Any, of: Callable[[int], int]) -> Any:
    """Return the first day of a year made from a date's, or that year alone where the date is text."""
    if isinstance(value, str):
        found = re.fullmatch(r"([0-9]{4})(-[0-9]{2}-[0-9]{2}.*)?", value, re.DOTALL)
        return f"{of(int(found[1])):04}" if found and (of(int(found[1])) or of(1)) else None
    if not of(value.year):
        return None
    made = value.replace(year=of(value.year), month=1, day=1)
    return start(made) if isinstance(made, datetime) else made


def start(moment: datetime) -> datetime:
    """Return the first moment of its day."""
    return moment.replace(hour=0, minute=0, second=0)


def plain(value: Any) -> Any:
    """Return a value so that both databases agree about it."""
    match value:
        case bool() | None:
            return value
        case int() | float() | Decimal():
            return Fraction(value)
        case datetime() | date():
            return str(value)
        case _:
            return value.rstrip(" ")


class Kept:
    """One table of a column each type, and the rules carried out on it."""

    def __init__(self, url: str) -> None:
        self.engine = sa.create_engine(url, poolclass=sa.NullPool)
        with self.engine.begin() as connection:
            # MariaDB's TIMESTAMP knows the years from 1970 to 2038 only.
            connection.execute(sa.text(TABLE.replace("TIMESTAMP", "DATETIME") if "mariadb" in url else TABLE))
            self.catalogue: Catalogue = reflected(connection)
        self.dialect = dialect_named(self.engine.dialect.name)

    def after(self, column: str, rule: Generalisation, values: list[Any]) -> tuple[list[Any], list[bool], list[bool]]:
        """Return what values become, and which of them are seen to be finer than allowed before and after."""
        table = self.catalogue.tables["kept"]
        cell = table.c[column]
        with self.engine.connect() as connection:
            stored = [self.stored(value) for value in values]
            rows = [{"id": index, "value": value} for index, value in enumerate(stored)]
            insert = sa.text(f"INSERT INTO kept (id, {column}) VALUES (:id, :value)")  # noqa: S608 - our own names
            connection.execute(insert, rows)
            finer = sa.select(table.c.id).where(is_finer(cell, rule, self.dialect))
            before = set(connection.scalars(finer))
            connection.execute(sa.update(table).values({column: generalised(cell, rule, self.dialect)}))
            now = set(connection.scalars(finer))
            made = connection.execute(sa.text(f"SELECT {column} FROM kept ORDER BY id")).scalars().all()  # noqa: S608
            connection.rollback()
        ids = range(len(values))
        return [plain(one) for one in made], [one in before for one in ids], [one in now for one in ids]

    def stored(self, value: Any) -> Any:
        """Return a value as an application would keep it in this database."""
        if self.dialect.name != "sqlite":
            return value
        return str(value) if isinstance(value, date) else float(value) if isinstance(value, Decimal) else value


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "mariadb"])
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """An empty table in each kind of database."""
    if request.param == "sqlite":
        file: Path = tmp_path_factory.mktemp("generalising") / "kept.db"
        file.touch()
        url = f"sqlite:///{file}"
    elif request.param == "mariadb":
        url = request.getfixturevalue("mariadb").new_database()
    else:
        url = request.getfixturevalue("postgres_url_factory")()
    found = Kept(url)
    yield found
    found.engine.dispose()


MEASURES = st.integers(1, 2000)
NUMBERS = st.builds(Band, MEASURES) | st.builds(Rounded, MEASURES)
DATES = st.builds(Band, st.integers(1, 30)) | st.sampled_from(["year", "month"])
CODES = st.builds(First, st.integers(1, 7)) | st.builds(Before, st.sampled_from([".", "-", " ", "e.", "é"]))
CASES = {
    "whole": (NUMBERS, st.integers(-(10**12), 10**12) | st.integers(-3000, 3000)),
    "exact": (NUMBERS, st.decimals(-(10**9), 10**9, places=2) | st.decimals(-3000, 3000, places=1)),
    "rough": (NUMBERS, st.integers(-(10**9), 10**9).map(lambda number: number / 2)),
    "day": (DATES, st.dates()),
    "moment": (DATES, st.datetimes().map(lambda moment: moment.replace(microsecond=0))),
    "word": (
        DATES | CODES | st.just("outward-code"),
        st.dates().map(str)
        | st.datetimes().map(str)
        | st.sampled_from(["2013", "0003", "Jane", "1a13", "2013-05", "2013-5-1", "", "2013\n", "2013-02-31 Ann"])
        | st.from_regex(f"({OUTWARD} ?([0-9][A-Z]{{2}})?|[a-z]{{1,5}})", fullmatch=True)
        | st.text(st.sampled_from("aé.9- "), max_size=12),
    ),
    "code": (CODES, st.text(st.sampled_from("WBRI43.-é"), max_size=8)),
}


@pytest.mark.parametrize("column", CASES)
@settings(max_examples=15, deadline=None)
@given(st.data())
def test_a_rule_leaves_what_the_model_leaves_and_nothing_finer(kept: Kept, column: str, data: st.DataObject) -> None:
    """In every database and type of column: the value Python computes, NULL for NULL, and seen as no finer than that.

    What a rule changes to something coarser is seen as finer before, so a row it never reached is found.
    """
    rules, values = CASES[column]
    rule = data.draw(rules)
    given_values = data.draw(st.lists(st.none() | values, min_size=1, max_size=20))
    wanted = [plain(model(rule, value, column)) for value in given_values]
    made, before, after = kept.after(column, rule, given_values)
    assert made == wanted
    assert not any(after)
    # A separator at the very end tells nothing, and is seen all the same.
    ends = [isinstance(rule, Before) and isinstance(one, str) and rule.separator in one for one in given_values]
    assert before == [
        value is not None and (plain(value) != one or end)
        for value, one, end in zip(given_values, wanted, ends, strict=True)
    ]


@pytest.mark.parametrize(
    ("column", "rule", "value", "made"),
    [
        ("whole", Band(5), 37, 35),
        ("whole", Band(5), -3, -5),
        ("exact", Rounded(1000), Decimal(1500), 2000),
        ("exact", Rounded(1000), Decimal(-1500), -2000),
        ("exact", Rounded(1000), Decimal("1499.99"), 1000),
        ("day", Band(5), date(2013, 6, 7), "2010-01-01"),
        ("word", First(1), "WBRI", "W"),
        ("word", Before("."), "F43.1", "F43"),
        ("word", "outward-code", "sw1a 1aa", "SW1A"),
        ("word", "outward-code", "Ann", None),
        ("rough", Band(5), float("inf"), None),
        ("rough", Rounded(5), float("nan"), None),
    ],
)
def test_a_rule_does_what_the_reference_says(
    kept: Kept, column: str, rule: Generalisation, value: Any, made: Any
) -> None:
    """The examples of the reference, and what no rule can read."""
    if kept.dialect.name == "mariadb" and isinstance(value, float):
        with pytest.raises(sa.exc.ProgrammingError):  # it keeps no such number
            kept.after(column, rule, [value])
        return
    assert kept.after(column, rule, [value])[0] == [made]


def test_what_sqlite_keeps_in_a_column_of_another_type_does_not_stay(kept: Kept) -> None:
    """SQLite keeps text in columns of numbers and numbers in columns of dates; what a rule cannot read goes."""
    if kept.dialect.name != "sqlite":
        return
    for column, rule in (("whole", Band(5)), ("exact", Rounded(10)), ("day", "year"), ("day", Band(5))):
        values = ["Ann", b"Ann", None, 2**62 + 2, "2013-99"]
        made, before, after = kept.after(column, rule, values)
        assert (made, before, any(after)) == ([None] * 5, [True, True, False, True, True], False)


UNFIT: list[tuple[str, Generalisation, str]] = [
    ("dob", First(1), "'dob' holds no text, and is to be cut short"),
    ("dob", Before("-"), "'dob' holds no text, and is to be cut short"),
    ("dob", Rounded(10), "'dob' holds no numbers, and is to be rounded"),
    ("postcode", Rounded(10), "'postcode' holds no numbers, and is to be rounded"),
    ("postcode", First(8), "'postcode' holds no more than 8 characters, and its first 8 are all of them"),
    ("photo", Band(5), "'photo' holds neither numbers nor dates, and is to be put into bands"),
    ("shoe_size", Band(1), "'shoe_size' holds whole numbers, and steps of 1 leave them as they are"),
    ("shoe_size", Rounded(1), "'shoe_size' holds whole numbers, and steps of 1 leave them as they are"),
    ("shoe_size", "decade", "'shoe_size' is to be generalised by 'decade', which is no rule"),
]


def test_a_rule_for_another_type_of_column_is_refused(case_store: Store) -> None:
    """A rule that could not do anything to a column, or would leave it all, is told by check, by table and column."""
    case_store.run("ALTER TABLE person ADD COLUMN shoe_size INTEGER")
    photo = "BYTEA" if case_store.url.startswith("postgresql") else "BLOB"
    case_store.run(f"ALTER TABLE person ADD COLUMN photo {photo}")
    columns = {"person_id", "forename", "dob", "postcode", "shoe_size", "photo"}
    kind = case_store.definition.records[0]
    for column, rule, fault in UNFIT:
        plan = ColumnPlan(keep=tuple(sorted(columns - {column})), generalise={column: rule})
        with case_store.having(anonymise={**kind.anonymise, "person": plan}).open() as connector:
            (found,) = connector.check()
        assert (found.place, found.message) == ("cases: table person", f"its column {fault}")
