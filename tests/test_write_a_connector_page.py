"""The page for authors of connectors, held to its word: its code is run as it stands there."""

from __future__ import annotations

import importlib.util
import re
import sys
import tempfile
import tomllib
from pathlib import Path
from types import ModuleType

from retentiond.config.definitions import read_definition
from retentiond.connectors import conformance
from retentiond.connectors.interface import Connector, Role
from retentiond.connectors.registry import ENTRY_POINTS

TOP = Path(__file__).parents[1]
PAGE = (TOP / "docs/how-to/write-a-connector.md").read_text(encoding="utf-8")
CONNECTOR, TESTS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
(TOML,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
(YAML,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def _module(name: str, text: str) -> ModuleType:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{name}.py"
        file.write_text(text, encoding="utf-8")
        spec = importlib.util.spec_from_file_location(name, file)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return module


_CONNECTOR = _module("case_lines", CONNECTOR)
TestCaseLines = _module("test_case_lines", TESTS).TestCaseLines
"""The suite as the page has an author write it."""


def test_the_entry_point_and_the_definition_open_the_connector(tmp_path: Path) -> None:
    """What the page registers is what opens, under the group we look for, from a definition as it is shown."""
    points = tomllib.loads(TOML)["project"]["entry-points"][ENTRY_POINTS]
    (tmp_path / "cases.jsonl").write_text("", encoding="utf-8")
    (tmp_path / "c.yaml").write_text(YAML.replace("/srv/old-cases/", f"{tmp_path}/"), encoding="utf-8")
    definition = read_definition(tmp_path / "c.yaml")
    module, _, name = points[definition.kind].partition(":")
    connector: Connector = getattr(sys.modules[module], name)(definition, Role.SCAN, str)
    assert (connector.name, list(connector.check())) == ("old-cases", [])


def test_a_line_that_is_no_case_is_told_without_what_stands_in_it(tmp_path: Path) -> None:
    """The example keeps what it preaches: a broken file is a refusal in plain words."""
    (tmp_path / "cases.jsonl").write_text("Jane Example\n", encoding="utf-8")
    (tmp_path / "c.yaml").write_text(YAML.replace("/srv/old-cases/", f"{tmp_path}/"), encoding="utf-8")
    connector = _CONNECTOR.open_case_lines(read_definition(tmp_path / "c.yaml"), Role.SCAN, str)
    assert [fault.message for fault in connector.check()] == ["a line of its file is no case"]


def test_the_page_names_every_verb_of_the_interface() -> None:
    """A verb more, or less, and the page is out of date."""
    verbs = {name for name in vars(Connector) if not name.startswith("_")} - {"name", "capabilities"}
    assert set(re.findall(r"^\| `([a-z]+)` \|", PAGE, re.MULTILINE)) == verbs


def test_every_suite_of_ours_is_listed_where_authors_look() -> None:
    """Which connector keeps the laws on which server can be looked up, and nothing is listed that is not run."""
    listed = set(re.findall(r"\| `(tests/[^`]+\.py)` \|", PAGE))
    running = {
        str(path.relative_to(TOP))
        for path in (TOP / "tests").rglob("*.py")
        if re.search(r"^class Test\w+\(.*Conformance\):", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert listed == running | {"tests/test_write_a_connector_page.py"}


def test_the_suite_says_what_a_fixture_needs() -> None:
    """Every field an author may supply is in the package's own example of a fixture."""
    example = conformance.__doc__ or ""
    fields = conformance.StoreUnderTest.__dataclass_fields__
    assert [name for name in fields if f"{name}=" not in example and name != "awkward_keys"] == []
