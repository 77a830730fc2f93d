from __future__ import annotations

import csv
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from retentiond.connectors.sql.catalogue import reflected
from retentiond.connectors.sql.dialects.mariadb_values import conversions
from retentiond.connectors.sql.grouping import Grouping
from retentiond.connectors.sql.mapping import mapped
from retentiond.connectors.sql.values import as_read
from retentiond.domain.anonymity import K_ANONYMITY, LINKED, Groups, groups_told, suppressed
from retentiond.domain.definitions import (
    ClassCondition,
    ColumnPlan,
    Definition,
    KindOfRecord,
    Reach,
    TablePart,
    Trigger,
)
from retentiond.domain.generalising import First
from retentiond.domain.orders import Outcome, Sight
from retentiond.domain.schedule import Action
from tests.connectors.sql.crm import Crm

Store = Any  # the case store of conftest, which cannot be imported
Row = tuple[str | None, str | None, str | None]
"""Year of birth, outward code, ethnicity (its column is called as one of a statement of ours might be): the
quasi-identifiers in the order written."""

TABLE = (
    "CREATE TABLE subject (id INTEGER PRIMARY KEY, name VARCHAR(40), born DATE, postcode VARCHAR(8),"
    " size VARCHAR(10), closed_on DATE)"
)
QUASI = ("born", "postcode", "size")
PLAN = ColumnPlan(
    keep=("id", "closed_on"),
    blank=("name",),
    generalise={"born": "year", "postcode": "outward-code", "size": First(1)},
    quasi_identifiers=QUASI,
)


@pytest.fixture
def subjects(case_store: Store) -> Store:
    """A store of one table of people, whose quasi-identifiers are year of birth, outward code and ethnicity."""
    case_store.run(TABLE)
    kind = KindOfRecord(
        name="episode",
        table="subject",
        key=("id",),
        reference="id",
        classify=(ClassCondition("EH-01"),),
        triggers=(Trigger("case-closed", "closed_on"),),
        anonymise={"subject": PLAN},
    )
    return replace(case_store, definition=replace(case_store.definition, records=(kind,), recipients_from=None))


def fill(store: Store, rows: Mapping[int, tuple[int, str, str]]) -> None:
    """Put people into the store: year of birth, outward code, first letter of an ethnicity."""
    store.run("DELETE FROM subject")
    for key, (year, code, ethnicity) in rows.items():
        store.run(
            f"INSERT INTO subject VALUES ({key}, 'Ann {key}', '{year}-05-{key % 28 + 1:02}', '{code} 1AA',"  # noqa: S608 - made up here
            f" '{ethnicity}{key}', '2001-02-03')"
        )


def anonymised(store: Store, keys: list[int], k: int = K_ANONYMITY) -> list[Any]:
    """Return the receipts for anonymising records in one batch."""
    return list(store.disposed(*(replace(store.order(str(key), action=Action.ANONYMISE), k=k) for key in keys)))


def left(store: Store) -> dict[int, Row]:
    """Return what is left of the quasi-identifiers of everybody whose name is gone."""
    return {
        row[0]: (str(row[2])[:4] if row[2] else None, row[3], row[4])
        for row in store.rows()["subject"]
        if row[1] is None
    }


def sizes(rows: Mapping[int, Row]) -> Counter[Row]:
    """Return the groups, those of which everything is blank apart."""
    return Counter(row for row in rows.values() if any(row))


def test_a_small_group_is_blanked_from_the_last_quasi_identifier_on(subjects: Store) -> None:
    """Six who agree keep all; two who agree but for the ethnicity lose it; who agrees with nobody loses everything."""
    people = dict.fromkeys(range(6), (1990, "M1", "W"))
    people |= {10: (1991, "M1", "A"), 11: (1991, "M1", "B"), 20: (1950, "SW1A", "Z")}
    fill(subjects, people)
    receipts = anonymised(subjects, list(people), k=2)
    assert {one.outcome for one in receipts} == {Outcome.ANONYMISED}
    assert left(subjects) == {
        **dict.fromkeys(range(6), ("1990", "M1", "W")),
        10: ("1991", "M1", None),
        11: ("1991", "M1", None),
        20: (None, None, None),
    }
    assert groups_told(receipts[0].evidence) == (Groups("subject", 2, 2, 2, 1),)
    assert [one.evidence[suppressed("subject")] for one in receipts] == [0] * 6 + [1] * 3


def test_rows_anonymised_before_count_and_are_never_changed_again(subjects: Store) -> None:
    """A later batch may join an earlier group; an earlier row that lost everything does not get any of it back."""
    fill(subjects, dict.fromkeys(range(4), (1990, "M1", "W")))
    anonymised(subjects, [0, 1], k=2)
    before = left(subjects)
    (later,) = anonymised(subjects, [2], k=3)
    assert left(subjects) == before | {2: ("1990", "M1", "W")}
    assert later.evidence[suppressed("subject")] == 0
    anonymised(subjects, [3], k=6)
    assert left(subjects)[0] == before[0]
    assert left(subjects)[3] == (None, None, None)


def test_the_independent_read_counts_the_groups_anew(subjects: Store) -> None:
    """What a receipt says of the groups is seen by another read, and what changed since is told as it is now."""
    fill(subjects, dict.fromkeys(range(3), (1990, "M1", "W")))
    orders = [replace(subjects.order(str(n), action=Action.ANONYMISE), k=3) for n in range(3)]
    subjects.disposed(*orders)
    seen = subjects.sighted(*orders)
    assert {one.sight for one in seen} == {Sight.ANONYMISED}
    assert groups_told(seen[0].measured) == (Groups("subject", 3, 1, 3, 0),)
    subjects.run("UPDATE subject SET size = 'X' WHERE id = 1")
    assert groups_told(subjects.sighted(*orders)[0].measured) == (Groups("subject", 3, 2, 1, 0),)


def test_a_record_in_a_small_group_is_left_to_a_person(subjects: Store) -> None:
    """With 'leave' it stays as it was, to the last letter, and its receipt says how many rows its group would have."""
    plan = replace(PLAN, leaves_small_groups=True)
    store = subjects.having(anonymise={"subject": plan})
    fill(store, {1: (1990, "M1", "W"), 2: (1990, "M1", "W"), 3: (1990, "M1", "A")})
    before = store.rows()["subject"]
    receipts = {int(one.order.ref.key): one for one in anonymised(store, [1, 2, 3], k=2)}
    assert [receipts[n].outcome for n in (1, 2, 3)] == [Outcome.ANONYMISED, Outcome.ANONYMISED, Outcome.FAILED]
    assert receipts[3].reason == "its group in table subject would have 1 of 2 records"
    assert receipts[3].grade is None
    after = store.rows()["subject"]
    assert (after[2], after[0] != before[0]) == (before[2], True)
    order = receipts[3].order
    assert store.disposed(replace(order, attempt=2))[0].outcome is Outcome.FAILED


def test_leaving_one_makes_other_groups_small(subjects: Store) -> None:
    """A record with two rows in two groups takes its row out of both; whoever is alone then is left too."""
    subjects.run(HOME)
    kind = subjects.definition.records[0]
    home = replace(HOMES, leaves_small_groups=True)
    store = subjects.having(
        parts=(TablePart(Reach("home", "id")),),
        anonymise={"subject": replace(kind.anonymise["subject"], leaves_small_groups=True), "home": home},
    )
    fill(store, {1: (1990, "M1", "W"), 2: (1990, "M1", "W"), 3: (1991, "M1", "W")})
    store.run("INSERT INTO home VALUES (1, 1, 'Leeds'), (2, 2, 'York'), (3, 3, 'York')")
    receipts = anonymised(store, [1, 2, 3], k=2)
    assert {one.outcome for one in receipts} == {Outcome.FAILED}
    assert left(store) == {}


HOME = "CREATE TABLE home (home_id INTEGER PRIMARY KEY, id INTEGER REFERENCES subject (id), town VARCHAR(9))"
HOMES = ColumnPlan(keep=("home_id", "id", "town"), quasi_identifiers=("town",))


def test_many_rows_of_few_records_are_a_small_group(subjects: Store) -> None:
    """Six rows of two families hide neither among six: a group is as large as the records it has rows of."""
    subjects.run(HOME)
    plans = {**subjects.definition.records[0].anonymise, "home": HOMES}
    store = subjects.having(parts=(TablePart(Reach("home", "id")),), anonymise=plans)
    fill(store, dict.fromkeys(range(1, 6), (1990, "M1", "W")))
    homes = [(1, "Leeds")] * 3 + [(2, "Leeds")] * 3 + [(n, "York") for n in (1, 2, 3, 4)]
    store.run(*(f"INSERT INTO home VALUES ({n}, {of}, '{town}')" for n, (of, town) in enumerate(homes)))  # noqa: S608 - made up here
    orders = [replace(store.order(str(n), action=Action.ANONYMISE), k=3) for n in (1, 2, 3, 4)]
    receipts = store.disposed(*orders)
    assert [town for _, _, town in store.rows()["home"]] == [None] * 6 + ["York"] * 4
    assert [one.evidence[suppressed("home")] for one in receipts] == [3, 3, 0, 0]
    told = Groups("home", 3, 1, 4, 6)
    assert groups_told(receipts[0].evidence)[1] == groups_told(store.sighted(*orders)[0].measured)[1] == told


def test_many_rows_of_one_whom_no_key_names_are_one(subjects: Store) -> None:
    """Somebody whose key is empty is no record and yet one person: three rows of theirs hide nobody among three."""
    subjects.run(HOME, "ALTER TABLE subject ADD code VARCHAR(9)", "CREATE UNIQUE INDEX codes ON subject (code)")
    plans = {"subject": replace(PLAN, keep=(*PLAN.keep, "code")), "home": HOMES}
    store = subjects.having(key=("code",), parts=(TablePart(Reach("home", "id")),), anonymise=plans)
    subjects.run(
        "INSERT INTO subject (id, code) VALUES (1, 'a'), (2, NULL)",
        *(f"INSERT INTO home VALUES ({n}, {of}, 'Leeds')" for n, of in enumerate((1, 2, 2, 2))),  # noqa: S608 - made up here
    )
    (receipt,) = store.disposed(replace(store.order("a", action=Action.ANONYMISE), k=3))
    assert (receipt.outcome, receipt.evidence[suppressed("home")]) == (Outcome.ANONYMISED, 1)


def test_a_shared_row_is_one_person_and_many_people_of_one_case_are_one_record(case_store: Store) -> None:
    """Of people who stand in several cases the smaller number counts: theirs, or that of the cases."""
    (kind,) = case_store.definition.records
    person = replace(kind.anonymise["person"], quasi_identifiers=("dob", "postcode"))
    store = case_store.having(anonymise={**kind.anonymise, "person": person})
    store.run(
        "UPDATE person SET dob = '1990-01-02', postcode = 'M1 1AE'",
        "INSERT INTO person VALUES (102, 'Ada', '1990-03-04', 'M1 2AE')",
        "INSERT INTO family_member VALUES (1, 102, 'child')",
    )
    orders = [replace(store.order(key, action=Action.ANONYMISE), k=3) for key in ("10", "20")]
    receipts = store.disposed(*orders)
    assert {row[2:] for row in store.rows()["person"]} == {(None, None)}
    assert groups_told(receipts[0].evidence) == (Groups("person", 3, 0, 0, 4),)


def test_three_cases_of_one_person_do_not_hide_it(case_store: Store) -> None:
    """A row that several records share counts once, however many they are."""
    (kind,) = case_store.definition.records
    person = replace(kind.anonymise["person"], quasi_identifiers=("dob",))
    store = case_store.having(anonymise={**kind.anonymise, "person": person})
    store.run("UPDATE person SET dob = '1950-01-02' WHERE person_id <> 100")
    orders = [replace(store.order(key, action=Action.ANONYMISE), k=2) for key in ("10", "20")]
    receipts = store.disposed(*orders)
    assert [row[0] for row in store.rows()["person"] if row[2] is None] == [100]
    assert groups_told(receipts[0].evidence) == (Groups("person", 2, 1, 2, 1),)


def test_rows_below_one_another_form_no_groups(crm: Crm) -> None:
    """Where no statement can tell whose rows a group has, check says so, and the kind is not disposed of."""
    (kind,) = crm.definition.records
    files = ColumnPlan(keep=("id", "folder_id", "object_key"), quasi_identifiers=("object_key",))
    (fault,) = crm.having(anonymise={**kind.anonymise, "file": files}).faults()
    assert fault.startswith("crm: table file: its rows are reached through rows below one another")


def test_rows_still_named_beside_anonymised_ones_are_counted(case_store: Store) -> None:
    """A parent whom another family's file needs stays named, and both receipt and sighting say how many such rows."""
    order = case_store.order("10", action=Action.ANONYMISE)
    (receipt,) = case_store.disposed(order)
    (sighting,) = case_store.sighted(order)
    assert (receipt.evidence[LINKED], sighting.measured[LINKED]) == (1, 1)
    both = [case_store.order(key, action=Action.ANONYMISE) for key in ("10", "20")]
    case_store.run("UPDATE person SET forename = 'Ann' WHERE person_id = 101")
    assert [one.measured[LINKED] for one in case_store.sighted(*both)] == [0, 0]


def model(rows: dict[int, Row], batch: list[int], k: int) -> dict[int, Row]:
    """Return the rows after a batch, in plain Python: blank the last of the batch's small groups until none is left."""
    rows = dict(rows)
    for last in (2, 1, 0):
        counted = sizes(rows)
        for key in batch:
            if any(rows[key]) and counted[rows[key]] < k:
                blanked = list(rows[key])
                blanked[last] = None
                rows[key] = (blanked[0], blanked[1], blanked[2])
    return rows


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "mariadb"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Engine]:
    """A database of each kind with an empty table of people."""
    file: Path = tmp_path_factory.mktemp("groups") / "people.db"
    file.touch()
    url = f"sqlite:///{file}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url_factory")()
    if request.param == "mariadb":
        url = request.getfixturevalue("mariadb").new_database()
    given = {"conv": conversions()} if request.param == "mariadb" else {}  # how our lists of numbers are written
    found = sa.create_engine(url, poolclass=sa.StaticPool, connect_args=given)
    with found.begin() as connection:
        connection.execute(sa.text(TABLE))
        connection.execute(sa.text(HOME))
    yield found
    found.dispose()


@settings(max_examples=12)
@given(
    st.lists(
        st.tuples(st.sampled_from(["1990", "1991"]), st.sampled_from(["M1", "SW1A"]), st.sampled_from("WA")),
        min_size=1,
        max_size=12,
    ),
    st.integers(2, 5),
    st.integers(1, 6),
)
def test_what_is_blanked_is_what_the_model_blanks(
    engine: sa.Engine, people: list[tuple[str, str, str]], k: int, at_once: int
) -> None:
    """Batch after batch, the rows are those of a model in plain Python, and so are the counts that are told."""
    wanted: dict[int, Row] = {}
    with engine.connect() as connection:
        catalogue = reflected(connection)
        table = catalogue.tables["subject"]
        for first in range(0, len(people), at_once):
            batch = list(range(len(people)))[first : first + at_once]
            fresh: dict[int, Row] = {key: people[key] for key in batch}
            for key, (year, code, ethnicity) in fresh.items():
                values = f"({key}, NULL, '{year}-01-01', '{code}', '{ethnicity}', NULL)"
                connection.execute(sa.text(f"INSERT INTO subject VALUES {values}"))  # noqa: S608 - made up here
            before, wanted = wanted, model(wanted | fresh, batch, k)
            named = (key if engine.dialect.name == "sqlite" else str(key) for key in batch)
            Grouping(catalogue, table, PLAN).suppress(connection, {(key,): k for key in named})
            rows = connection.execute(sa.text("SELECT id, born, postcode, size FROM subject"))
            assert {row[0]: (str(row[1])[:4] if row[1] else None, row[2], row[3]) for row in rows} == wanted
            groups = sizes(wanted)
            blank = len(wanted) - groups.total()
            told = Groups("subject", 0, len(groups), min(groups.values(), default=0), blank)
            assert Grouping(catalogue, table, PLAN).measured(connection) == told
            assert {key: wanted[key] for key in before} == before
        connection.rollback()


ORACLE = Path(os.environ.get("RETENTIOND_PYCANON") or Path(sys.prefix) / "pycanon") / "bin" / "python"
"""Python of the environment that has pycanon; ``make test`` makes it."""


def left_of(engine: sa.Engine, drawn: random.Random) -> tuple[list[Row], int]:
    """Return what is left of random people once small groups were blanked, and the smallest group that is told."""
    with engine.connect() as connection:
        catalogue = reflected(connection)
        table = catalogue.tables["subject"]
        for key in range(drawn.randint(1, 60)):
            quasi = f"'199{drawn.randint(0, 2)}-01-01', 'M{drawn.randint(1, 3)}', '{drawn.choice('AB')}'"
            connection.execute(sa.text(f"INSERT INTO subject VALUES ({key}, NULL, {quasi}, NULL)"))  # noqa: S608 - made up
        keys = connection.execute(sa.select(as_read(table.c.id, catalogue.dialect)))
        Grouping(catalogue, table, PLAN).suppress(connection, {tuple(row): drawn.randint(2, 6) for row in keys})
        rows = [tuple(row) for row in connection.execute(sa.text("SELECT born, postcode, size FROM subject"))]
        smallest = Grouping(catalogue, table, PLAN).measured(connection).smallest
        connection.rollback()
    return rows, smallest


RECORDS = Definition(
    "people",
    "sql",
    "GB",
    (
        KindOfRecord(
            "person",
            (ClassCondition("C"),),
            (),
            table="subject",
            key=("id",),
            parts=(TablePart(Reach("home", "id")),),
            anonymise={"subject": PLAN, "home": HOMES},
        ),
    ),
    "0" * 64,
)


def homes_of(engine: sa.Engine, drawn: random.Random) -> tuple[list[tuple[int, str]], int]:
    """Return once each the towns of people with several homes, small groups blanked, and the smallest that is told."""
    with engine.connect() as connection:
        for key in range(drawn.randint(3, 12)):
            connection.execute(sa.text(f"INSERT INTO subject VALUES ({key}, NULL, NULL, NULL, NULL, NULL)"))  # noqa: S608 - made up
            for number in range(drawn.randint(1, 5)):
                values = f"({100 * key + number}, {key}, 'T{drawn.randint(1, 3)}')"
                connection.execute(sa.text(f"INSERT INTO home VALUES {values}"))  # noqa: S608 - made up
        store = mapped(RECORDS, reflected(connection))
        assert store.faults == ()
        table = store.catalogue.tables["home"]
        grouping = Grouping.of(store, table, HOMES)
        keys = connection.execute(sa.select(as_read(table.c.home_id, store.catalogue.dialect)))
        grouping.suppress(connection, {tuple(row): drawn.randint(2, 5) for row in keys})
        rows = connection.execute(sa.text("SELECT DISTINCT id, town FROM home WHERE town IS NOT NULL")).all()
        smallest = grouping.measured(connection).smallest
        connection.rollback()
    return [(row[0], row[1]) for row in rows], smallest


def test_the_smallest_group_is_the_k_that_another_program_computes(engine: sa.Engine, tmp_path: Path) -> None:
    """What is left after small groups were blanked has, by pycanon, the k that is told; wholly blank rows apart.

    Of rows that are parts of records the table has one row a record and group.
    """
    if not ORACLE.exists():
        pytest.skip("pycanon's environment is not there: make test makes it")
    told: dict[Path, int] = {}
    for n in range(8):
        rows, smallest = left_of(engine, random.Random(n))  # noqa: S311 - the same people in every run
        with (tmp_path / f"{n}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([QUASI, *(row for row in rows if any(row))])
        if smallest:
            told[tmp_path / f"{n}.csv"] = smallest
        homes, smallest = homes_of(engine, random.Random(n))  # noqa: S311 - likewise
        with (tmp_path / f"homes-{n}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("town",), *((town,) for _, town in homes)])
        if smallest:
            told[tmp_path / f"homes-{n}.csv"] = smallest
    script = Path(__file__).parents[2] / "oracles" / "k_of.py"
    answer = subprocess.run([ORACLE, script, *told], capture_output=True, text=True, check=True)
    assert len(told) > 9
    assert [int(line) for line in answer.stdout.split()] == list(told.values())


def test_quasi_identifiers_that_cannot_be_grouped_are_refused(subjects: Store) -> None:
    """A column of which nothing stays, that cannot be blanked or compared is told by check."""
    subjects.run("DROP TABLE subject", TABLE.replace("closed_on DATE", "closed_on DATE NOT NULL"))
    photo = "BYTEA" if subjects.url.startswith("postgresql") else "BLOB"
    subjects.run(f"ALTER TABLE subject ADD COLUMN photo {photo}")
    plan = replace(PLAN, keep=("id", "closed_on", "photo"))
    for quasi, fault in (
        ("name", "is a quasi-identifier, and nothing of it stays"),
        ("closed_on", "may not be empty, and is a quasi-identifier that may have to be blanked"),
        ("photo", "is a quasi-identifier, and such values cannot be compared"),
    ):
        plans = {"subject": replace(plan, quasi_identifiers=(quasi,))}
        with subjects.having(anonymise=plans).open() as connector:
            (found,) = connector.check()
        assert (found.place, found.message) == ("cases: table subject", f"its column '{quasi}' {fault}")


def test_groups_of_rows_that_cannot_be_found_again_are_refused(subjects: Store) -> None:
    """Where a row has no primary key, some databases name it otherwise once it is changed: nothing could be counted."""
    subjects.run("CREATE TABLE home (id INTEGER REFERENCES subject (id), town VARCHAR(9))")
    plans = subjects.definition.records[0].anonymise
    home = ColumnPlan(keep=("id", "town"), quasi_identifiers=("town",))
    store = subjects.having(parts=(TablePart(Reach("home", "id")),), anonymise={**plans, "home": home})
    with store.open() as connector:
        found = [one.message for one in connector.check()]
    words = "its rows cannot be found again once they are anonymised, so their groups cannot be counted"
    by_kind = {"sqlite": [], "postgresql+psycopg": [words], "mariadb+pymysql": ["nothing names one of its rows"]}
    assert found == by_kind[subjects.url.partition(":")[0]]


_WITHOUT_CASE = {
    "sqlite": "VARCHAR(10) COLLATE NOCASE",
    "mariadb": "VARCHAR(10) COLLATE utf8mb4_general_ci",
    "postgresql": "VARCHAR(10)",
}


def test_values_that_only_a_collation_holds_for_equal_are_of_different_groups(subjects: Store) -> None:
    """Whoever sees the rows can tell 'baker' from 'Baker': a collation without case makes them no group."""
    name = subjects.owner.dialect.name
    subjects.run("DROP TABLE subject")
    subjects.run(TABLE.replace("size VARCHAR(10)", f"size {_WITHOUT_CASE[name]}"))
    plan = replace(PLAN, keep=(*PLAN.keep, "born", "postcode", "size"), generalise={}, quasi_identifiers=("size",))
    (kind,) = subjects.definition.records
    definition = replace(subjects.definition, records=(replace(kind, anonymise={"subject": plan}),))
    store = replace(subjects, definition=definition)
    for key, job in enumerate(("baker", "Baker", "BAKER", "smith", "smith")):
        store.run(f"INSERT INTO subject VALUES ({key}, 'Ann', '1990-01-01', 'M1', '{job}', '2001-02-03')")  # noqa: S608 - made up here
    receipts = anonymised(store, list(range(5)), k=2)
    assert [row[2] for row in left(store).values()] == [None, None, None, "smith", "smith"]
    assert groups_told(receipts[0].evidence) == (Groups("subject", 2, 1, 2, 3),)
