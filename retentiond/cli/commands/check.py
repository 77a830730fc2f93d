"""``retentiond check``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from retentiond.cli.answers import Advice, Line, Styled, answer, fault_body
from retentiond.cli.installed import settings_path
from retentiond.cli.options import Options, Verb
from retentiond.cli.text import counted, day
from retentiond.domain.errors import ConfigurationRefused, Fault, RetentiondError, StoreRefused

if TYPE_CHECKING:
    from retentiond.domain.definitions import Definition
    from retentiond.domain.outlines import Outline
    from retentiond.service.opening import Configuration

SHORT_COOLING_OFF = timedelta(hours=1)
EXAMPLE = "example."
"""How the log is called in the settings that ``init`` writes."""


@dataclass(slots=True)
class Checked:
    """What was looked at and what was found."""

    offline: bool
    """Neither ledger nor stores were reached."""
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    not_in_force: list[Fault] = field(default_factory=list)
    """Schedules that nobody adopted as they stand: sound, but nothing is judged under them."""
    schedules: int = 0
    classes: int = 0
    stores: int = 0
    people: int = 0

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Add the faults of a refusal inside to the others, and go on after the block."""
        try:
            yield
        except RetentiondError as refusal:
            self.faults.extend(refusal.faults)


@click.command("check", cls=Verb)
@click.option("--offline", is_flag=True, help="Read the files only; reach neither ledger nor stores.")
@click.pass_obj
def command(options: Options, offline: bool) -> int:
    """Check every file, the keys, the ledger and the stores.

    Nothing is changed. Every fault is named at once. The exit code is 78 where a file cannot be used as written, and
    1 where the files are sound but a key, the ledger or a store is not.
    """
    from retentiond.service.compose import read_configuration

    path = settings_path(options)
    checked = Checked(offline=offline)
    try:
        configuration = read_configuration(path)
    except ConfigurationRefused as refusal:
        checked.faults.extend(refusal.faults)
        return _said(options, checked, ConfigurationRefused.exit_code)
    _count(checked, configuration)
    _warn(checked, configuration)
    if not offline:
        _reach(checked, configuration)
    return _said(options, checked, 1 if checked.faults else 0)


def _count(checked: Checked, configuration: Configuration) -> None:
    checked.schedules = len(configuration.schedules)
    checked.classes = sum(len(one.classes) for one in configuration.schedules)
    checked.stores = len(configuration.definitions)
    checked.people = len(configuration.settings.people)


def _warn(checked: Checked, configuration: Configuration) -> None:
    from retentiond.service.opening import utc_now

    settings = configuration.settings
    if settings.belts.cooling_off < SHORT_COOLING_OFF:
        said = "the cooling-off period is under an hour, so that a wrong approval can hardly be withdrawn"
        checked.warnings.append(Fault(settings.source, said, "24 hours is usual"))
    if settings.log_origin.startswith(EXAMPLE):
        said = f"the log is still called '{settings.log_origin}', and its name cannot change once it holds anything"
        checked.warnings.append(Fault(settings.source, said, "give 'log-origin' a name under your own domain"))
    for one in configuration.schedules:
        if one.review_by < utc_now().date():
            said = f"this schedule was to be reviewed by {day(one.review_by)}"
            checked.warnings.append(Fault(one.source, said, "have its owner review it"))


def _reach(checked: Checked, configuration: Configuration) -> None:
    from retentiond.config.credentials import resolve
    from retentiond.connectors.interface import Role
    from retentiond.connectors.pseudonym_keys import PseudonymKeys
    from retentiond.domain.outlines import doubts
    from retentiond.evidence.keys import load_log_key, load_opening_key, load_signer
    from retentiond.ledger.ledger import Ledger
    from retentiond.lifecycle.in_force import not_in_force
    from retentiond.lifecycle.key_ring import keys_for_stores, unusable_keys
    from retentiond.service.opening import open_store

    settings = configuration.settings
    accepted: dict[str, Mapping[str, Outline]] = {}
    named = {key for one in configuration.definitions for kind in one.records for key in kind.pseudonyms.values()}
    unusable: dict[str, Fault] = {}

    def ledger() -> Sequence[Fault]:
        opened = Ledger.open(resolve(settings.ledger))
        try:
            unusable.update(unusable_keys(keys_for_stores(opened, Path(settings.pseudonym_keys)), named))
            faults = opened.check()
            if not faults:
                with opened.transaction() as tx:
                    checked.not_in_force.extend(not_in_force(configuration.schedules, tx))
                    accepted.update((one.name, tx.outlines.accepted(one.name)) for one in configuration.definitions)
            return faults
        finally:
            opened.close()

    def store(definition: Definition) -> Sequence[Fault]:
        with open_store(definition, Role.SCAN, PseudonymKeys(unusable.get)) as connector:
            faults = list(connector.check())
            known = accepted.get(definition.name, {})
            try:
                live = connector.outline().items()
            except StoreRefused:  # what does not fit its definition has no outline, and is among the faults already
                return faults
            doubtful = (fault for kind, one in live for fault in doubts(definition.name, known.get(kind), one))
            return list(dict.fromkeys((*faults, *doubtful)))

    with checked.gathering():
        load_signer(Path(settings.signing_key))
    with checked.gathering():
        load_log_key(Path(settings.log_key), settings.log_origin)
    with checked.gathering():
        load_opening_key(Path(settings.opening_key))
    with checked.gathering():
        checked.faults.extend(ledger())
    for definition in configuration.definitions:
        with checked.gathering():
            for fault in store(definition):
                (checked.warnings if fault.is_remark else checked.faults).append(fault)


def _said(options: Options, checked: Checked, code: int) -> int:
    body = {
        "ok": not checked.faults,
        "faults": [fault_body(one) for one in checked.faults],
        "warnings": [fault_body(one) for one in (*checked.warnings, *checked.not_in_force)],
        "schedules": checked.schedules,
        "classes": checked.classes,
        "stores": checked.stores,
        "people": checked.people,
    }
    return answer(options, body, _lines(checked), code=code)


def _lines(checked: Checked) -> Iterator[Line]:
    for fault in checked.faults:
        yield Styled(str(fault), "red")
    for warning in (*checked.warnings, *checked.not_in_force):
        yield Styled(f"warning: {warning}", "yellow")
    if checked.faults:
        yield Styled(f"{counted(len(checked.faults), 'fault')} found.", "red")
        return
    yield Styled(
        f"Sound: {counted(checked.schedules, 'schedule')} with {counted(checked.classes, 'class', 'classes')}, "
        f"{counted(checked.stores, 'store')}, {counted(checked.people, 'person', 'people')}.",
        "green",
    )
    if checked.offline:
        yield Advice("Next: 'retentiond check' without --offline reaches the ledger and the stores.")
    elif checked.not_in_force:
        yield Advice("Next: 'retentiond schedule adopt'. Nothing is judged under a schedule that nobody adopted.")
    else:
        yield Advice("Next: 'retentiond scan' finds what is due. It changes nothing.")
