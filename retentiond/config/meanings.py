"""What each key means, in the words of the reference pages: ``meanings.md`` read by section."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from retentiond.config.anonymise import LessShape, PlanShape
from retentiond.config.classify import (
    FileLineShape,
    ObjectConditionShape,
    ObjectLineShape,
    PrefixConditionShape,
    RowConditionShape,
    RowLineShape,
)
from retentiond.config.definitions import (
    AzureShape,
    FilesystemShape,
    InventoryShape,
    KeyTableShape,
    OtherShape,
    S3Shape,
    SqlShape,
    StoreShape,
)
from retentiond.config.objects import FileDateShape, FileRecordShape, ObjectDateShape, ObjectRecordShape
from retentiond.config.reach import (
    AggregateShape,
    BlockerShape,
    HopShape,
    RecipientsShape,
    ReferenceShape,
    SubjectFarShape,
    TableShape,
    WayShape,
)
from retentiond.config.retain import (
    CurrentYearPlusShape,
    ForShape,
    LongestOfShape,
    ShortestOfShape,
    UntilAgeShape,
    UntilAnniversaryShape,
    UntilDateShape,
    UntilShape,
)
from retentiond.config.rules import RuleShape
from retentiond.config.schedules import ClassShape, EventShape, ScheduleShape, StepShape, YearStartsShape
from retentiond.config.settings import BeltsShape, DaemonShape, PersonShape, SettingsShape
from retentiond.config.shape import Shape
from retentiond.config.starts import (
    AgeShape,
    EarliestOfShape,
    EarliestRecordedShape,
    LatestOfShape,
    LatestRecordedShape,
)
from retentiond.config.tables import (
    HistoryShape,
    ObjectPartShape,
    OtherRecordShape,
    RowRecordShape,
    SharedShape,
    TablePartShape,
)
from retentiond.config.unless import AllOfShape, AnyOfShape, BeforeShape, DiedBeforeAgeShape, EverShape, UnlessShape

_SECTIONS: Mapping[str, tuple[type[Shape], ...]] = {
    "The schedule": (ScheduleShape,),
    "A class": (ClassShape, RuleShape),
    "How long": (
        ForShape,
        CurrentYearPlusShape,
        UntilAgeShape,
        UntilAnniversaryShape,
        UntilShape,
        UntilDateShape,
        LongestOfShape,
        ShortestOfShape,
        AgeShape,
    ),
    "Counted from": (AgeShape, LatestOfShape, EarliestOfShape, LatestRecordedShape, EarliestRecordedShape),
    "Exceptions": (UnlessShape, EverShape, DiedBeforeAgeShape, BeforeShape, AnyOfShape, AllOfShape),
    "Steps": (StepShape,),
    "Events": (EventShape,),
    "The years": (YearStartsShape,),
    "Any store": (StoreShape, SqlShape, S3Shape, AzureShape, FilesystemShape, OtherShape),
    "A database": (SqlShape,),
    "A kind of record in a database": (RowRecordShape, OtherRecordShape),
    "The way to another table": (WayShape,),
    "A part": (TablePartShape,),
    "A history table": (HistoryShape,),
    "A reference": (ReferenceShape,),
    "Anonymising": (PlanShape,),
    "What a column keeps": (LessShape,),
    "A bucket": (S3Shape,),
    "An Azure container": (AzureShape,),
    "A key table": (KeyTableShape,),
    "An inventory": (InventoryShape,),
    "A kind of record in a bucket": (ObjectRecordShape,),
    "A file share": (FilesystemShape,),
    "A kind of record on a file share": (FileRecordShape,),
    "A store of another kind": (OtherShape,),
    "A table between": (HopShape,),
    "Rows of a table": (TableShape,),
    "Recipients": (RecipientsShape,),
    "Rows that exist": (RowConditionShape, BlockerShape),
    "A date in other rows": (AggregateShape,),
    "A person in another table": (SubjectFarShape,),
    "Documents of a record": (ObjectPartShape,),
    "A shared table": (SharedShape,),
    "A line of classify": (RowLineShape, FileLineShape, ObjectLineShape),
    "A condition on a key": (PrefixConditionShape,),
    "A condition on an object": (ObjectConditionShape,),
    "A date of an object": (ObjectDateShape,),
    "A date of a file": (FileDateShape,),
    "A kind of record of a store of another kind": (OtherRecordShape,),
    "The settings": (SettingsShape,),
    "A person": (PersonShape,),
    "The belts": (BeltsShape,),
    "The daemon": (DaemonShape,),
}
"""Section to the shapes whose keys it explains; where two explain the same key of a shape, the later one counts."""


@cache
def sections() -> Mapping[str, Mapping[str, str]]:
    """Return what each key means, by section and key."""
    text = files("retentiond.config").joinpath("meanings.md").read_text(encoding="utf-8")
    return {
        title: dict(re.findall(r"^\| `([a-z-]+)` \| (.*) \|$", body, re.MULTILINE))
        for title, body in re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    }


def meaning(shape: type[Shape], key: str) -> str:
    """Return what a key of a shape means, as a sentence, or nothing where no section explains it."""
    for one in shape.__mro__:
        said = [
            sections()[title][key] for title, shapes in _SECTIONS.items() if one in shapes and key in sections()[title]
        ]
        if said:
            return f"{said[-1][0].upper()}{said[-1][1:]}."
    return ""
