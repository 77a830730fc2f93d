from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

from retentiond.ledger import Ledger
from retentiond.ledger.migrating import SCRIPTS
from retentiond.ledger.tables import METADATA
from retentiond.ledger.versions import NEWEST, OLDER, VERSION_TABLE


def test_migrations_make_exactly_the_tables_the_code_uses(ledger_url: str) -> None:
    """The migrations and the tables of the code agree in every column, key, index and unique constraint."""
    engine = create_engine(ledger_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


def test_migrations_make_every_check_of_the_code(ledger_url: str) -> None:
    """Every CHECK the code declares stands in the migrated database with the same words."""
    made, fresh = create_engine(ledger_url), create_engine("sqlite://")
    METADATA.create_all(fresh)
    for table in METADATA.tables.values():
        declared = {one["name"]: one["sqltext"] for one in inspect(fresh).get_check_constraints(table.name)}
        standing = {one["name"]: one["sqltext"] for one in inspect(made).get_check_constraints(table.name)}
        assert standing.keys() == declared.keys()
        if made.dialect.name == "sqlite":
            assert standing == declared
    made.dispose()
    fresh.dispose()


def test_upgrading_a_ledger_of_our_version_changes_nothing(ledger_url: str) -> None:
    """Upgrading twice is as upgrading once."""
    Ledger.upgrade(ledger_url)
    Ledger.upgrade(ledger_url)
    opened = Ledger.open(ledger_url)
    assert opened.check() == []
    opened.close()


def test_the_versions_known_at_a_start_are_those_of_the_migrations() -> None:
    """What a start tells versions apart by, without Alembic, is what the migrations are."""
    scripts = ScriptDirectory(SCRIPTS)
    assert scripts.get_current_head() == NEWEST
    assert {one.revision for one in scripts.walk_revisions()} - {NEWEST} == OLDER
