"""What a schema can say between the keys of one mapping: which go together, which do not, of which one is needed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from retentiond.config.anonymise import LessShape, PlanShape
from retentiond.config.classify import PrefixConditionShape, RowConditionShape
from retentiond.config.definitions import KEYS_OF_A_BUCKET, S3Shape
from retentiond.config.objects import FileDateShape, ObjectDateShape
from retentiond.config.reach import AggregateShape
from retentiond.config.retain import ForShape
from retentiond.config.rules import RuleShape
from retentiond.config.schedules import ClassShape
from retentiond.config.shape import Shape
from retentiond.config.tables import RowRecordShape
from retentiond.config.unless import UnlessShape

Rules = Mapping[str, Any]


def _one_of(*keys: str) -> Rules:
    return {"anyOf": [{"required": [key]} for key in keys]}


def _not_beside(key: str, *others: str) -> Rules:
    return {"dependencies": {key: {"properties": dict.fromkeys(others, False)}}}


def _together(one: str, other: str) -> Rules:
    return {"dependencies": {one: [other], other: [one]}}


def _only_with(key: str, other: str) -> Rules:
    return {"dependencies": {key: [other]}}


def _when(key: str, value: str, then: Rules) -> Rules:
    return {"if": {"properties": {key: {"const": value}}, "required": [key]}, "then": {"properties": then}}


BETWEEN: Mapping[type[Shape], tuple[Rules, ...]] = {
    RuleShape: (_one_of("retain", "as"), _not_beside("as", "retain", "unless")),
    ClassShape: (
        _together("retired", "successor"),
        _when("retain", "permanently", {"then": {"const": "retain-permanently"}}),
        _when("then", "retain-permanently", {"retain": {"const": "permanently"}}),
        {"dependencies": {"k-anonymity": {"properties": {"then": {"enum": ["anonymise", "pseudonymise"]}}}}},
    ),
    UnlessShape: (_one_of("retain", "as"), _not_beside("as", "retain")),
    ForShape: (_when("counting", "beginning-with", {"cut-off": False}),),
    AggregateShape: (_one_of("latest", "earliest"), _not_beside("latest", "earliest")),
    RowConditionShape: (_one_of("exists", "where"),),
    PrefixConditionShape: ({"minProperties": 1},),
    ObjectDateShape: ({"minProperties": 1, "maxProperties": 1},),
    FileDateShape: ({"minProperties": 1, "maxProperties": 1},),
    PlanShape: (
        _one_of("keep", "blank", "replace", "generalise", "shift", "pseudonymise"),
        _only_with("below-k", "quasi-identifiers"),
    ),
    RowRecordShape: (_not_beside("anonymise", "pseudonymise"),),
    LessShape: ({"minProperties": 1, "maxProperties": 1},),
    S3Shape: (_one_of("region", "endpoint"), *(_together(*pair) for pair in KEYS_OF_A_BUCKET)),
}
"""Shape to what also holds of it, and of every shape made from it."""


def rules_of(shape: type[Shape]) -> list[Rules]:
    """Return everything that holds between the keys of a shape."""
    return [dict(rule) for one in reversed(shape.__mro__) for rule in BETWEEN.get(one, ())]
