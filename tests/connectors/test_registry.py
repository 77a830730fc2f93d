from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from retentiond.connectors.interface import Role
from retentiond.connectors.registry import known_kinds, open_connector
from retentiond.domain.definitions import ClassCondition, Definition, KindOfRecord, Trigger
from retentiond.domain.errors import ConfigurationRefused


def _definition(kind: str, **options: str) -> Definition:
    letters = KindOfRecord("letter", (ClassCondition("C-01"),), (Trigger("closed", "name:(\\d{4})"),))
    return Definition("letters", kind, "GB", (letters,), "0" * 64, options=options)


def test_a_kind_nobody_knows_is_refused_with_those_that_are_known() -> None:
    """An unknown kind of store is bad configuration, and the refusal names every kind there is."""
    with pytest.raises(ConfigurationRefused) as refusal:
        open_connector(_definition("tape"), role=Role.SCAN, resolve=str)
    assert all(kind in str(refusal.value) for kind in ("sql", "s3", "filesystem", "memory"))


def test_credentials_are_filled_in_and_opening_asks_nobody() -> None:
    """Only what stands where a secret goes is resolved, and opening an S3 store sends nothing yet."""
    asked: list[str] = []

    def resolve(text: str) -> str:
        asked.append(text)
        return "secret"

    options = {"bucket": "b", "region": "eu-west-2", "endpoint": "https://127.0.0.1:9"}
    keys = {"access-key": "${credential:a}", "secret-key": "${credential:s}"}
    with open_connector(_definition("s3", **options, **keys), role=Role.SCAN, resolve=resolve) as connector:
        assert connector.name == "letters"
    assert asked == ["${credential:a}", "${credential:s}"]


@pytest.mark.parametrize(("role", "used"), [(Role.SCAN, "read"), (Role.DISPOSE, "delete"), (Role.VERIFY, "read")])
def test_each_power_has_a_credential_of_its_own(role: Role, used: str) -> None:
    """A bucket is opened with the credential of the role, or the common one where the role has none."""
    asked: list[str] = []

    def resolve(text: str) -> str:
        asked.append(text)
        return "secret"

    keys = {"access-key": "read", "secret-key": "read", "dispose-access-key": "delete", "dispose-secret-key": "delete"}
    definition = _definition("s3", bucket="b", region="eu-west-2", endpoint="https://127.0.0.1:9", **keys)
    open_connector(definition, role=role, resolve=resolve).close()
    assert asked == [used, used]


@pytest.mark.parametrize("kind", ["filesystem", "memory"])
def test_each_kind_opens(tmp_path: Path, kind: str) -> None:
    """A definition opens as the connector of its kind."""
    (tmp_path / "2001").touch()
    with open_connector(_definition(kind, root=str(tmp_path)), role=Role.SCAN, resolve=str) as connector:
        assert connector.check() == ()


def test_an_installed_package_brings_a_kind(tmp_path: Path) -> None:
    """A package that names an entry point is opened like ours, by the kind it brings, and cannot displace ours."""
    (tmp_path / "brought.py").write_text(
        "from retentiond.connectors.memory import MemoryConnector\n"
        "def open_it(definition, role, resolve):\n"
        "    return MemoryConnector(definition.name + '-brought', role=role)\n",
        encoding="utf-8",
    )
    metadata = tmp_path / "brought-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: brought\nVersion: 1\n", encoding="utf-8")
    points = "[retentiond.connectors]\ntape = brought:open_it\nmemory = brought:open_it\n"
    (metadata / "entry_points.txt").write_text(points, encoding="utf-8")
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from retentiond.connectors.interface import Role\n"
        "from retentiond.connectors.registry import known_kinds, open_connector\n"
        "from retentiond.domain.definitions import Definition\n"
        "names = [open_connector(Definition('x', kind, 'GB', (), ''), role=Role.SCAN, resolve=str).name\n"
        "         for kind in ('tape', 'memory')]\n"
        "print(*names, *known_kinds())\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert run.stdout.split() == ["x-brought", "x", "azure-blob", "filesystem", "memory", "s3", "sql", "tape"]


def test_a_library_that_is_not_installed_is_named_with_the_way_to_get_it() -> None:
    """A store whose extra is missing is refused in words, and no traceback."""
    program = (
        "import sys; sys.modules['azure.storage.blob'] = None\n"
        "from retentiond.connectors.interface import Role\n"
        "from retentiond.connectors.registry import open_connector\n"
        "from retentiond.domain.definitions import Definition\n"
        "from retentiond.domain.errors import ConfigurationRefused\n"
        "try: open_connector(Definition('x', 'azure-blob', 'GB', (), ''), role=Role.SCAN, resolve=str)\n"
        "except ConfigurationRefused as refused: print(refused)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    said = "x: the library that speaks to Azure is not installed; install it: pip install 'retentiond[azure]'"
    assert run.stdout.strip() == said


def test_no_client_library_is_loaded_before_it_is_used() -> None:
    """The registry itself loads neither boto3 nor SQLAlchemy nor Azure's client."""
    program = (
        "import sys, retentiond.connectors.registry; "
        "print(*(n for n in ('azure', 'boto3', 'sqlalchemy') if n in sys.modules))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert run.stdout.split() == []
    assert set(known_kinds()) >= {"sql", "s3", "filesystem", "memory"}
