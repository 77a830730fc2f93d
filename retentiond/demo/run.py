"""The demonstration: the whole path, from schedule to certificate, on a made-up council with real stores."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from retentiond.demo.facts import CaseStoreFacts, DemoCase
from retentiond.demo.lay_out import CREDENTIALS, Places, lay_out
from retentiond.demo.object_store import ObjectStore
from retentiond.domain.errors import DecisionRefused
from retentiond.domain.findings import Finding
from retentiond.domain.holds import HoldScope
from retentiond.domain.lists import DisposalList, Standing
from retentiond.domain.outcomes import Sight
from retentiond.domain.periods import Period, add
from retentiond.evidence.keys import create_keys
from retentiond.evidence.report import Report
from retentiond.evidence.verify import verify_certificate
from retentiond.ledger.ledger import Ledger
from retentiond.ledger.values import Certificate
from retentiond.lifecycle.adopt import adopt
from retentiond.lifecycle.certify import certify
from retentiond.lifecycle.dispose import dispose
from retentiond.lifecycle.explain import explain
from retentiond.lifecycle.export import export_certificate
from retentiond.lifecycle.gather import gather
from retentiond.lifecycle.hold import place_hold
from retentiond.lifecycle.review import approve
from retentiond.lifecycle.scan import scan
from retentiond.lifecycle.tools import Tools
from retentiond.lifecycle.verify import verify
from retentiond.service.compose import installation, read_configuration
from retentiond.service.opening import utc_now

Tell = Callable[[str], None]

GATHERER, FIRST_APPROVER, SECOND_APPROVER = "a.khan", "m.ellis", "p.shah"
CONFLICTED = "j.obrien"


@dataclass(frozen=True, slots=True)
class DemoEnded:
    """What the demonstration leaves to look at."""

    folder: Path
    facts: CaseStoreFacts
    certificate: Certificate
    package: Path
    report: Report


def run_demo(keep: Path | None, tell: Tell) -> DemoEnded:
    """Run the demonstration.

    Args:
        keep: a folder to leave everything in; None: a temporary one that is removed at the end.
        tell: is given each line of the story.

    Raises:
        ConfigurationRefused: the folder holds a demonstration already.
        StoreUnavailable: the object store could not be started.
    """
    with _folder(keep) as folder, ObjectStore.start(folder / "object-store") as objects:
        facts = set_up(folder, objects)
        with installation(folder / "retentiond.yaml") as tools:
            _introduce(tools, tell)
            _adopt(tools, tell)
            _hold(tools, facts, tell)
            _find(tools, facts, tell)
            listed = _review(tools, tell)
            _meddle(tools, facts, tell)
            _wait(listed, tell)
            certificate = _dispose(tools, listed.number, facts, tell)
            ended = _prove(tools, folder, facts, certificate, tell)
        _say_what_next(keep, ended, tell)
        return ended


def set_up(folder: Path, objects: ObjectStore, places: Places | None = None) -> CaseStoreFacts:
    """Lay out the council in a folder: configuration, stores, keys and a new ledger.

    Args:
        folder: where to.
        objects: the S3 server, running.
        places: where stores and ledger are; None: SQLite in the folder.
    """
    for name, value in zip(CREDENTIALS, (objects.access_key, objects.secret_key), strict=True):
        os.environ[f"RETENTIOND_CREDENTIAL_{name.upper().replace('-', '_')}"] = value
    places = places or Places(objects.endpoint)
    facts = lay_out(folder, places, objects.access_key, objects.secret_key, utc_now().date())
    settings = read_configuration(folder / "retentiond.yaml").settings
    signing = Path(settings.signing_key)
    signing.parent.mkdir(mode=0o700, exist_ok=True)
    create_keys(signing, Path(settings.log_key), Path(settings.opening_key))
    Ledger.create(settings.ledger)
    return facts


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="retentiond-demo-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _introduce(tools: Tools, tell: Tell) -> None:
    tell(f"{tools.settings.organisation}: a made-up council, with real stores")
    for definition in tools.definitions:
        tell(f"  store     {definition.name} ({definition.kind}, {definition.location})")
    for schedule in tools.schedules:
        tell(f"  schedule  {schedule.name}, version {schedule.version}, {len(schedule.classes)} classes")


def _adopt(tools: Tools, tell: Tell) -> None:
    people = [tools.person(GATHERER), tools.person(FIRST_APPROVER)]
    adopted = adopt(tools, people[0], together_with=people[1:])
    for one in adopted.adoptions:
        tell(f"  adopted   {one.name}, version {one.version}, by {' and '.join(person.name for person in people)}")


def _hold(tools: Tools, facts: CaseStoreFacts, tell: Tell) -> None:
    tell("")
    tell("1. Holds: orders that stop disposal")
    review_on = add(tools.today(), Period.of_years(1))
    for title, authority, held in (
        ("Inquiry into family services", "Inquiries Act 2005 s.21 notice", (facts.to_hold, facts.to_hold_twice)),
        ("Claim against the council", "Letter before action", (facts.to_hold_twice,)),
    ):
        placed = place_hold(
            tools,
            tools.person(GATHERER),
            title=title,
            authority=authority,
            scope=HoldScope(records=frozenset(str(case.ref) for case in held)),
            review_on=review_on,
        )
        tell(f"  {placed.hold.number}  {title}: {', '.join(case.reference for case in held)}")


def _find(tools: Tools, facts: CaseStoreFacts, tell: Tell) -> None:
    tell("")
    tell("2. Scan: which records are past their period today?")
    found = scan(tools)
    for kind in found.kinds:
        counts = ", ".join(f"{kind.counts[one]} {_said(one)}" for one in Finding if kind.counts.get(one))
        tell(f"  {kind.store}/{kind.kind}: {kind.examined} records: {counts}")
    tell("")
    tell("  due, for example")
    for case in (facts.to_anonymise, facts.to_destroy, facts.contact_to_destroy, facts.leap_day):
        _explain(tools, case, tell)
    tell("  not due, and why")
    for case in (
        facts.to_hold,
        facts.document_on_legal_hold,
        facts.reopened,
        facts.open_request,
        facts.no_closing_date,
        facts.unborn_sibling,
        facts.sibling_looked_after,
        facts.not_yet,
    ):
        _explain(tools, case, tell)


def _explain(tools: Tools, case: DemoCase, tell: Tell) -> None:
    said = explain(tools, str(case.ref))
    tell(f"    {case.reference:<14} {case.record_class:<7} {said.verdict.reason}")


def _review(tools: Tools, tell: Tell) -> DisposalList:
    tell("")
    tell("3. A disposal list, and the people who decide")
    gathered = gather(tools, tools.person(GATHERER))
    number, digest = gathered.listed.number, gathered.listed.digest
    tell(f"  {tools.person(GATHERER).name} gathers {number}: {sum(gathered.listed.counts.values())} records")
    for left in gathered.left:
        tell(f"    left off: {left.reference}, {left.reason.rsplit('; ', 1)[-1]}")
    tell(f"  its digest: {digest}")
    for person in (GATHERER, CONFLICTED, FIRST_APPROVER, SECOND_APPROVER):
        try:
            given = approve(tools, number, tools.person(person), digest)
        except DecisionRefused as refusal:
            tell(f"  refused:  {refusal.faults[0].message}")
        else:
            tell(f"  approved: {tools.person(person).name}, as {given.stage.replace('-', ' ')}")
    with tools.ledger.transaction() as tx:
        return tx.lists.get(number)


def _meddle(tools: Tools, facts: CaseStoreFacts, tell: Tell) -> None:
    tell("")
    tell("4. Between approval and disposal, life goes on")
    change_case(tools, facts.to_change)
    tell(f"  a case worker corrects {facts.to_change.reference}")
    placed = place_hold(
        tools,
        tools.person(SECOND_APPROVER),
        title="Subject access request",
        authority="UK GDPR Art 15",
        scope=HoldScope(records=frozenset({str(facts.leap_day.ref)})),
        review_on=add(tools.today(), Period(months=3)),
    )
    tell(f"  {placed.hold.number} is placed on {facts.leap_day.reference}: a subject access request")


def change_case(tools: Tools, case: DemoCase) -> None:
    """Correct a case in its store, as a case worker might at any time."""
    from sqlalchemy import create_engine, update

    from retentiond.config.credentials import resolve
    from retentiond.demo.tables import EH_EPISODE

    engine = create_engine(resolve(tools.definition(case.ref.store).url), hide_parameters=True)
    with engine.begin() as connection:
        corrected = update(EH_EPISODE).where(EH_EPISODE.c.episode_id == int(case.ref.key))
        connection.execute(corrected.values(start_reason="corrected"))
    engine.dispose()


def _wait(listed: DisposalList, tell: Tell) -> None:
    tell("")
    tell("5. Disposal, once the cooling-off period is over")
    left = (listed.dispose_after - utc_now()).total_seconds() if listed.dispose_after else 0.0
    if left > 0:
        tell(f"  waiting {left:.0f} s; it is 24 hours unless the settings say otherwise")
        time.sleep(left)


def _dispose(tools: Tools, number: str, facts: CaseStoreFacts, tell: Tell) -> Certificate:
    disposed = dispose(tools, number, by=tools.person(GATHERER))
    for standing in Standing:
        if disposed.counts.get(standing):
            tell(f"  {standing.value.replace('-', ' '):<16} {disposed.counts[standing]}")
    with tools.ledger.transaction() as tx:
        for case in (facts.to_change, facts.leap_day):
            entry = tx.lists.entry(number, case.ref)
            tell(f"    left alone: {entry.reference}, {entry.note}")
    seen = verify(tools, number)
    tell("")
    tell("6. An independent read, on other connections, by other queries")
    for store, counts in sorted(seen.seen.items()):
        words = {
            Sight.GONE: "gone",
            Sight.ANONYMISED: "anonymised",
            Sight.PSEUDONYMISED: "pseudonymised",
            Sight.PRESENT: "still there",
        }
        tell(f"  {store}: {', '.join(f'{count} {words.get(sight, sight.value)}' for sight, count in counts.items())}")
    return certify(tools, number)


def _prove(tools: Tools, folder: Path, facts: CaseStoreFacts, certificate: Certificate, tell: Tell) -> DemoEnded:
    tell("")
    tell(f"7. The certificate: {certificate.number}, leaf {certificate.log_index} of the log")
    package = export_certificate(tools, certificate.number, folder / "certificates")
    report = verify_certificate(package, None)
    for step in report.steps:
        mark = "ok     " if step.ok else "FAILED " if step.ok is False else "note   "
        tell(f"  {mark} {step.title}")
    return DemoEnded(folder, facts, certificate, package, report)


def _program() -> str:
    """Return how to call retentiond from here: by name where it is on the path, else by where it lies."""
    if shutil.which("retentiond"):
        return "retentiond"
    beside = Path(sys.executable).with_name("retentiond")
    return os.path.relpath(beside) if beside.exists() else f"{sys.executable} -m retentiond"


def _say_what_next(keep: Path | None, ended: DemoEnded, tell: Tell) -> None:
    program = _program()
    tell("")
    if keep is None:
        tell("Everything was made up, and is removed again. To keep it and look around:")
        tell(f"  {program} demo --keep my-demo")
        tell(f"  {program} verify my-demo/certificates/{ended.certificate.number}")
        tell(f"  {program} --config my-demo/retentiond.yaml list show {ended.certificate.list_number}")
    else:
        tell(f"Everything is in {keep}. Three commands to try next:")
        tell(f"  {program} verify {ended.package}")
        tell(f"  {program} --config {keep}/retentiond.yaml list show {ended.certificate.list_number}")
        tell(f"  {program} --config {keep}/retentiond.yaml explain {ended.facts.not_yet.ref}")
        tell("Its object store has stopped. To carry on from here, start it again:")
        tell(f"  {program} demo --serve {keep}")


def _said(finding: Finding) -> str:
    return finding.value.replace("-", " ")
