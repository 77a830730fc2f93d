"""Write the made-up caseload to a database: SQLite or PostgreSQL, the same rows."""

from __future__ import annotations

from datetime import date

from sqlalchemy import create_engine, insert, inspect

from retentiond.demo.council import caseload
from retentiond.demo.facts import CaseStoreFacts
from retentiond.demo.tables import METADATA
from retentiond.domain.errors import ConfigurationRefused


def build_case_store(url: str, today: date) -> CaseStoreFacts:
    """Create the tables of an Early Help case store and fill them.

    Args:
        url: SQLAlchemy URL of an empty database.
        today: the day the caseload is made up for; every date in it is relative to this one.

    Raises:
        ConfigurationRefused: the database already holds a table of the same name.
    """
    load, facts = caseload(today)
    engine = create_engine(url, hide_parameters=True)
    try:
        taken = sorted(set(inspect(engine).get_table_names()) & set(METADATA.tables))
        if taken:
            raise ConfigurationRefused.about(
                "demo case store", f"there is a table {taken[0]} already", "give it an empty database"
            )
        with engine.begin() as connection:
            METADATA.create_all(connection)
            for table in METADATA.sorted_tables:
                rows = load.rows.get(table)
                if rows:
                    connection.execute(insert(table), rows)
    finally:
        engine.dispose()
    return facts
