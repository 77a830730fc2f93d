from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from retentiond.config.crosscheck import cross_check
from retentiond.domain.clauses import For, UntilAge
from retentiond.domain.conditions import DiedBeforeAge, Unless
from retentiond.domain.definitions import (
    ClassCondition,
    ColumnPlan,
    Definition,
    KindOfRecord,
    ObjectPart,
    Reach,
    Trigger,
)
from retentiond.domain.people import Person
from retentiond.domain.periods import Period
from retentiond.domain.schedule import Action, RecordClass, Schedule, Step
from retentiond.domain.settings import Settings


def person(name: str, *roles: str) -> Person:
    """Return somebody with these roles."""
    return Person(name, name.title(), frozenset(roles))


PEOPLE = (person("a", "records-manager"), person("b", "records-manager"), person("c", "service-manager"))
SETTINGS = Settings(
    organisation="Example Council",
    unit="Children's Services",
    ledger="sqlite:////srv/ledger.db",
    signing_key="/srv/signing.pem",
    log_key="/srv/log.pem",
    opening_key="/srv/opening.key",
    log_origin="example.gov.uk/retentiond",
    schedules=(),
    connectors=(),
    people=PEOPLE,
    source="retentiond.yaml",
)
CASE = RecordClass("EH-01", "Case", ("An Act",), For(Period.of_years(6), "case-closed"), Action.DESTROY)
KIND = KindOfRecord(
    "episode",
    (ClassCondition("EH-01"),),
    (Trigger("case-closed", "ended_on"),),
    table="eh_episode",
    key=("episode_id",),
    place="cases.yaml:7:5",
)
STORE = Definition("cases", "sql", "GB", (KIND,), "0" * 64, source="cases.yaml")
BUCKET = Definition(
    "documents", "s3", "GB", (), "1" * 64, source="documents.yaml", options={"bucket": "b", "region": "eu-west-2"}
)


def schedule(*classes: RecordClass) -> Schedule:
    """Return a schedule of these classes."""
    day = date(2026, 4, 1)
    return Schedule("S", "1", "England", "Europe/London", day, day, "IG", classes, "2" * 64, source="s.yaml")


def test_two_schedules_are_not_one() -> None:
    """A schedule's name is given once across all files, whatever its capitals: one version of a name is in force."""
    second = replace(schedule(replace(CASE, code="EH-02")), name="s", source="t.yaml")
    (fault,) = cross_check(SETTINGS, [schedule(CASE), second, replace(second, name="T")], [])
    assert str(fault).startswith("t.yaml: the schedule's name 's' is that of s.yaml as well")


def faults(
    *definitions: Definition, classes: tuple[RecordClass, ...] = (CASE,), settings: Settings = SETTINGS
) -> list[str]:
    """Return what the check says, as lines."""
    return [str(one) for one in cross_check(settings, [schedule(*classes)], definitions)]


def test_what_fits_together_has_no_faults() -> None:
    """Settings, schedule, database and bucket that agree pass without a word."""
    assert faults(STORE, BUCKET) == []


def test_a_class_that_no_schedule_has_is_told_with_the_nearest() -> None:
    """A slip in a code would leave its records without a rule, for ever."""
    kind = replace(KIND, classify=(ClassCondition("EH01"), ClassCondition("XYZ")))
    assert faults(replace(STORE, records=(kind,))) == [
        "cases.yaml:7:5: 'episode' names the class 'EH01', which is in no schedule; did you mean 'EH-01'?",
        "cases.yaml:7:5: 'episode' names the class 'XYZ', which is in no schedule; add it to a schedule",
    ]


def test_every_date_a_class_needs_is_mapped() -> None:
    """A class whose date is not mapped would never be due, and nobody would know why."""
    looked_after = replace(CASE, retain=UntilAge(Period.of_years(75), "birth"))
    assert faults(STORE, classes=(looked_after,)) == [
        (
            "cases.yaml:7:5: the class 'EH-01' needs the date 'birth', and 'episode' does not map it; "
            "add 'birth' to its triggers"
        )
    ]


def test_an_exception_needs_its_dates_only_where_a_death_is_mapped() -> None:
    """Without a death the class's own clause holds; with one, a missing birth would silently switch the clock off."""
    exception = Unless(DiedBeforeAge(Period.of_years(18)), For(Period.of_years(15), "funeral"))
    excepted = replace(CASE, unless=(exception,))
    assert faults(STORE, classes=(excepted,)) == []
    kind = replace(KIND, triggers=(*KIND.triggers, Trigger("death", "died_on")))
    said = faults(replace(STORE, records=(kind,)), classes=(excepted,))
    assert [line.split("'")[3] for line in said] == ["birth", "funeral"]


def test_to_anonymise_needs_a_plan() -> None:
    """What becomes of each column is said before, or nothing is anonymised."""
    anonymised = replace(CASE, then=Action.ANONYMISE)
    assert faults(STORE, classes=(anonymised,)) == [
        (
            "cases.yaml:7:5: the class 'EH-01' is to be anonymised, and 'episode' has no plan for that; "
            "add 'anonymise', or write 'then: destroy' in the schedule"
        )
    ]
    kind = replace(KIND, anonymise={"eh_episode": ColumnPlan(keep=("episode_id",))})
    assert faults(replace(STORE, records=(kind,)), classes=(anonymised,)) == []


def test_a_pseudonym_is_never_called_anonymous() -> None:
    """A class and a plan say the same of what they do: to anonymise, or to pseudonymise."""
    blanks = replace(KIND, anonymise={"eh_episode": ColumnPlan(keep=("episode_id",))})
    codes = replace(KIND, anonymise={"eh_episode": ColumnPlan(pseudonymise={"case_ref": "research"})})
    anonymised, pseudonymised = (replace(CASE, then=one) for one in (Action.ANONYMISE, Action.PSEUDONYMISE))
    assert faults(replace(STORE, records=(codes,)), classes=(pseudonymised,)) == []
    assert faults(replace(STORE, records=(codes,)), classes=(anonymised,)) == [
        (
            "cases.yaml:7:5: the class 'EH-01' is to be anonymised, and the plan of 'episode' is to pseudonymise; "
            "write 'then: pseudonymise' in the schedule, or plan to anonymise"
        )
    ]
    assert faults(replace(STORE, records=(blanks,)), classes=(pseudonymised,)) == [
        (
            "cases.yaml:7:5: the class 'EH-01' is to be pseudonymised, and the plan of 'episode' is to anonymise; "
            "write 'then: anonymise' in the schedule, or plan to pseudonymise"
        )
    ]
    assert faults(STORE, classes=(pseudonymised,)) == [
        (
            "cases.yaml:7:5: the class 'EH-01' is to be pseudonymised, and 'episode' has no plan for that; "
            "add 'pseudonymise', or write 'then: destroy' in the schedule"
        )
    ]


def test_objects_lie_in_a_store_that_is_defined() -> None:
    """A case whose documents nobody can reach is not disposed of."""
    parts = tuple(ObjectPart(name, "object_key", Reach("attachment")) for name in ("document", "zzz", "cases"))
    store = replace(STORE, records=(replace(KIND, parts=parts),))
    assert faults(store, BUCKET) == [
        (
            "cases.yaml:7:5: 'episode' has objects in the store 'document', which is not defined; "
            "did you mean 'documents'?"
        ),
        "cases.yaml:7:5: 'episode' has objects in the store 'zzz', which is not defined; add its definition",
        "cases.yaml:7:5: 'episode' has objects in 'cases', which is a database; name a bucket or share",
    ]


def test_buckets_with_copies_are_connected() -> None:
    """A bucket that is said to hold copies is a store of its own, or the copies would be forgotten."""
    copied = replace(BUCKET, options={**BUCKET.options, "copies-in": "b2 b3"})
    other = replace(BUCKET, name="copies", options={**BUCKET.options, "bucket": "b2"})
    assert faults(copied, other) == [
        (
            "documents.yaml: the bucket 'b3' in 'copies-in' of 'documents' is no connected store; "
            "add its definition, so that the copies are disposed of as well"
        )
    ]


def test_objects_are_of_a_kind_that_goes_with_others() -> None:
    """A bucket whose every kind has classes of its own holds no parts of cases: one without is to be added."""
    parts = (ObjectPart("documents", "object_key", Reach("attachment")),)
    store = replace(STORE, records=(replace(KIND, parts=parts),))
    letter = KindOfRecord("letter", (ClassCondition("EH-01"),), (Trigger("case-closed", "tag:closed"),))
    said = (
        "cases.yaml:7:5: 'episode' has objects in 'documents', where every kind of record is classified by itself; "
        "add a kind without 'classify' to 'documents'"
    )
    assert faults(store, replace(BUCKET, records=(letter,))) == [said]
    part = KindOfRecord("case-document", (), (), prefix="cases/")
    letter = replace(letter, prefix="letters/")
    for one in (part, replace(letter, name="object", prefix="post/")):
        assert faults(store, replace(BUCKET, records=(letter, one))) == []


def test_folders_that_go_whole_hold_nothing_a_case_names() -> None:
    """A case may name a file in a folder that is a record, and nobody is asked about files: the two are kept apart."""
    parts = (ObjectPart("documents", "object_key", Reach("attachment")),)
    store = replace(STORE, records=(replace(KIND, parts=parts),))
    whole, part = kind("case-folder", "cases/", "EH-01", folders=1), kind("part", "attachments/")
    share = replace(BUCKET, kind="filesystem", options={"root": "/srv"}, records=(whole, part))
    said = "cases.yaml:7:5: 'episode' has objects in 'documents', where folders of 'case-folder' go whole"
    assert [one.rpartition(": one that")[0] for one in faults(store, share)] == [said]
    assert faults(store, replace(share, records=(part,))) == []


def kind(name: str, prefix: str, *codes: str, folders: int = 0) -> KindOfRecord:
    """Return a kind of object; with classes its objects are records of their own."""
    triggers = (Trigger("case-closed", "tag:closed"),) if codes else ()
    lines = tuple(ClassCondition(code) for code in codes)
    return KindOfRecord(name, lines, triggers, prefix=prefix, folders=folders, place=f"{name}.yaml:3:5")


LETTER = kind("letter", "letters/", "EH-01")


@pytest.mark.parametrize(
    ("other", "complaint"),
    [
        (kind("part", ""), None),
        (kind("part", "cases/"), None),
        (kind("part", "letters/"), "part.yaml:3:5: what is of 'part' is a record of the kind 'letter' as well"),
        (kind("part", "letters/cases/"), "part.yaml:3:5: what is of 'part' is a record of the kind 'letter' as well"),
        (kind("part", "", folders=1), "part.yaml:3:5: folders of 'part' may hold records of the kind 'letter'"),
        (kind("memo", "letters/m", "EH-01"), "memo.yaml:3:5: 'memo' and 'letter' lie in one place"),
        (kind("memo", "", "EH-01"), "memo.yaml:3:5: 'memo' and 'letter' lie in one place"),
        (kind("memo", "letter-memos/", "EH-01"), None),
    ],
)
def test_an_object_is_of_one_kind(other: KindOfRecord, complaint: str | None) -> None:
    """Where it cannot be told by which rule an object goes the definition is refused, whichever kind comes first."""
    found = faults(replace(BUCKET, records=(LETTER, other)))
    assert [one.partition(",")[0].partition(";")[0] for one in found] == ([complaint] if complaint else [])
    assert len(faults(replace(BUCKET, records=(other, LETTER)))) == len(found)


@pytest.mark.parametrize(
    ("bucket", "prefix", "count"), [("b", "", 1), ("b", "letters/2001/", 1), ("b", "cases/", 0), ("c", "", 0)]
)
def test_a_place_is_connected_once(bucket: str, prefix: str, count: int) -> None:
    """Two stores that hold the same objects would each dispose of them without the other's knowing."""
    options = {"bucket": bucket, "region": "eu-west-2"}
    other = replace(BUCKET, name="more", options=options, records=(kind("part", prefix),))
    found = faults(replace(BUCKET, records=(LETTER,)), other)
    said = "part.yaml:3:5: 'part' lies where 'letter' of 'documents' does, and so the same things are in two stores; "
    assert found == [f"{said}connect a place only once"] * count


def test_one_folder_inside_another_is_one_place() -> None:
    """Roots of shares are compared as paths: a folder beside another whose name begins alike is another place."""
    above = replace(BUCKET, kind="filesystem", options={"root": "/srv/cases"}, records=(kind("file", "", "EH-01"),))
    for root, count in (("/srv/cases/old", 1), ("/srv/", 1), ("/srv/cases-old", 0)):
        assert len(faults(above, replace(above, name="more", options={"root": root}))) == count


@pytest.mark.parametrize(
    ("location", "options", "complaint"),
    [
        ("US", {}, "the store 'documents' lies in US, which is not an allowed country"),
        ("GB", {"region": "eu-west-1"}, "region 'eu-west-1' lies in IE, and 'location' says GB"),
        ("CH", {"region": "eu-central-2"}, "the store 'documents' lies in CH, which is not an allowed country"),
        ("GB", {"region": "us-east-1"}, "the country of region 'us-east-1' is not known"),
    ],
)
def test_data_stays_home(location: str, options: dict[str, str], complaint: str) -> None:
    """A store outside the allowed countries, and a region that says otherwise than the definition, are refused."""
    bucket = replace(BUCKET, location=location, options=options)
    said = cross_check(SETTINGS, [schedule(CASE)], [bucket])
    assert [(one.place, one.message) for one in said] == [("documents.yaml", complaint)]


def test_a_server_of_ones_own_may_call_its_region_anything() -> None:
    """Where there is an endpoint the region is a word the server wants, not a place."""
    options = {"endpoint": "https://s3.example.org", "region": "us-east-1"}
    assert faults(replace(BUCKET, options=options)) == []


@pytest.mark.parametrize(
    ("stages", "people", "complaint"),
    [
        (("lawyer",), PEOPLE, "nobody in the settings is a lawyer"),
        (
            ("service-manager", "lawyer"),
            (*PEOPLE[:2], person("d", "service-manager", "lawyer")),
            "the stages service-manager, lawyer need 2 different people",
        ),
        (("service-manager", "service-manager"), PEOPLE, "the stages service-manager, service-manager need 2"),
        (("records-manager",), PEOPLE[1:], "nobody is left to approve as records-manager once a records manager"),
        (
            ("records-manager", "service-manager"),
            (person("a", "records-manager"), person("b", "records-manager", "service-manager")),
            "nobody is left to approve as records-manager, service-manager once",
        ),
    ],
)
def test_the_people_can_fill_the_stages(stages: tuple[str, ...], people: tuple[Person, ...], complaint: str) -> None:
    """A list that nobody could ever approve is told before anybody gathers it; two stages need two people."""
    said = faults(classes=(replace(CASE, review=stages),), settings=replace(SETTINGS, people=people))
    assert len(said) == 1
    assert said[0].startswith(f"s.yaml: class EH-01: {complaint}")


def test_people_are_matched_to_stages_the_way_that_works() -> None:
    """Somebody with both roles leaves the stage to which only they do not matter."""
    people = (
        person("gatherer", "records-manager"),
        person("both", "service-manager", "records-manager"),
        person("one", "service-manager"),
    )
    staged = replace(CASE, review=("service-manager", "records-manager"))
    assert faults(classes=(staged,), settings=replace(SETTINGS, people=people)) == []


def test_the_default_stages_are_told_once() -> None:
    """Twelve classes without stages of their own are one fault of the settings."""
    settings = replace(SETTINGS, default_review=("lawyer",))
    said = faults(classes=(CASE, replace(CASE, code="EH-02")), settings=settings)
    assert said == [
        "retentiond.yaml: review: nobody in the settings is a lawyer; give somebody that role, or name another stage"
    ]


def test_a_class_that_nothing_is_done_to_needs_no_stages() -> None:
    """Review and transfer end in a person's hands."""
    looked_at = replace(CASE, then=Action.REVIEW, review=("lawyer",))
    assert faults(classes=(looked_at,)) == []


def test_somebody_is_a_records_manager() -> None:
    """Without one no list is ever gathered."""
    settings = replace(SETTINGS, people=(person("c", "service-manager"),), default_review=("service-manager",))
    assert faults(settings=settings) == [
        "retentiond.yaml: nobody is a records-manager, and only one gathers a list; name one"
    ]


def test_a_date_that_people_enter_is_asked_of_no_store() -> None:
    """That a step was done may be entered by hand, so a period counted from it needs no column."""
    step = Step("reduced", "All but the name", For(Period.of_years(3), "case-closed"), Action.MINIMISE)
    counted = replace(CASE, retain=For(Period.of_years(2), "reduced"), steps=(step,))
    assert faults(STORE, classes=(counted,)) == []
    (said,) = faults(STORE, classes=(replace(counted, steps=()),))
    assert "needs the date 'reduced', and 'episode' does not map it" in said
