"""Case systems as their vendors built them: what a draft says of them, before anybody has read it."""

from __future__ import annotations

from pathlib import Path

from retentiond.config.definitions import read_definition
from retentiond.config.written import definition_text
from retentiond.connectors.interface import Role
from retentiond.connectors.registry import draft, open_connector
from tests.acceptance.test_systems_as_found import System, child_protection, crm

__all__ = ["child_protection", "crm"]


def _drafted(system: System, folder: Path) -> list[str]:
    """Draft a definition that fits, and return its lines without the blanks before them."""
    text = definition_text(draft("cases", system.url), location="GB")
    file = folder / "drafted.yaml"
    file.write_text(text, encoding="utf-8")
    with open_connector(read_definition(file), role=Role.SCAN, resolve=lambda _: system.url) as connector:
        assert connector.check() == []
    return [line.strip() for line in text.splitlines()]


def test_child_protection_is_drafted(child_protection: System, tmp_path: Path) -> None:
    """JSON, a record that names another, and every table that names its owner by a type and an id are pointed out."""
    lines = _drafted(child_protection, tmp_path)
    assert "table: cases" in lines
    for part in ("alerts", "attachments", "record_histories", "stored_attachments", "transitions"):
        assert f"# - {{table: {part}, on: {{record_id: id}}, where: {{record_type: CONFIRM}}}}" in lines
    assert "# The column cases.data holds JSON: dates and names may stand inside it." in lines
    assert "# Its rows refer to one another by duplicate_case_id." in lines
    assert "- {table: violations, through: [incidents]}  # violations.incident_id to incidents.id" in lines


def test_a_crm_is_drafted(crm: System, tmp_path: Path) -> None:
    """Without a foreign key, link tables, second tables, audits and contacts behind a link are found by name."""
    lines = _drafted(crm, tmp_path)
    for said in (
        "# - {table: contacts_cases, on: {case_id: id}}  # by name only: contacts_cases.case_id to cases.id",
        "# - {table: cases_cstm, on: {id_c: id}}  # by name only: cases_cstm.id_c to cases.id",
        "# - {table: notes, on: {parent_id: id}, where: {parent_type: CONFIRM}}",
        "# - {table: contacts, through: [{table: contacts_cases, on: {case_id: id}}], on: {id: contact_id}}",
        "# - {table: cases_audit, on: {parent_id: id}, written-by: [CONFIRM]}  # the history of cases",
        "case-closed: date_closed  # 5 of 6 rows have one, the earliest or latest of which is no ISO date",
    ):
        assert said in lines
