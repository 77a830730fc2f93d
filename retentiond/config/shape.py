"""What a shape is: a pydantic model of a mapping, whose every complaint comes out in plain words at its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import CoreSchema, ErrorDetails, InitErrorDetails, PydanticCustomError, core_schema

from retentiond.config.complaint import Complaint, quoted, refusal
from retentiond.config.document import Loc
from retentiond.config.original import Original

LONGEST = 100_000
"""Most characters of one value: the longest reason ever written is shorter, and a pattern's work may grow faster."""

S = TypeVar("S", bound="Shape")
T = TypeVar("T")
D = TypeVar("D", bound=Original)


def hyphenated(name: str) -> str:
    """Return a field's key in YAML: ``cut_off`` is ``cut-off``, ``for_`` is ``for``."""
    return name.rstrip("_").replace("_", "-")


class Shape(BaseModel):
    """A mapping with these keys and no others."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        alias_generator=hyphenated,
        arbitrary_types_allowed=True,
        hide_input_in_errors=True,
        defer_build=True,  # most shapes are only ever read inside another, and building each by itself takes a while
    )

    @model_validator(mode="before")
    @classmethod
    def _remember(cls, data: Any, info: ValidationInfo) -> Any:  # noqa: ANN401 - whatever the file holds
        # so that a complaint about an unknown key can say which keys this mapping knows
        if isinstance(info.context, dict):
            info.context[id(data)] = cls
        return data


def keys_of(shape: type[Shape]) -> list[str]:
    """Return the keys a shape knows, sorted."""
    return sorted(one.alias or name for name, one in shape.model_fields.items())


def said(message: str, remedy: str = "") -> PydanticCustomError:
    """Make the error that a reader of one value raises: a sentence, and what to do about it."""
    return PydanticCustomError("said", "{message}", {"message": message, "remedy": remedy})


def refused(complaints: list[tuple[Loc, str, str]]) -> ValidationError:
    """Make the error for several places inside one value: each the way from it, a sentence, a remedy."""
    details = [InitErrorDetails(type=said(message, remedy), loc=loc, input=None) for loc, message, remedy in complaints]
    return ValidationError.from_exception_data("shape", details)


def checked(check: Callable[[Any], Iterator[tuple[Loc, str, str]]]) -> AfterValidator:
    """Return a validator that raises everything ``check`` yields about a value whose shape is right."""

    def validate(value: T) -> T:
        if complaints := list(check(value)):
            raise refused(complaints)
        return value

    return AfterValidator(validate)


def described(data: object) -> str:
    """Return what stands in a place, for people; never the text itself, which may be a secret."""
    match data:
        case None:
            return "nothing"
        case str():
            return "a single word or text"
        case list():
            return "a list"
        case _:
            return "a mapping"


@dataclass(frozen=True, eq=False)
class _Scalar:
    """What :func:`scalar` makes: pydantic's own annotations say the same, and take four times as long at each start."""

    validate: Callable[[object], Any]
    schema: dict[str, Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401 - pydantic's signature
        return core_schema.no_info_plain_validator_function(self.validate)

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return dict(self.schema)


def scalar(
    read: Callable[[str], T],
    *,
    pattern: str = "",
    words: Sequence[str] = (),
    types: Sequence[str] = ("string",),
    hint: str = "",
    **limits: float,
) -> Any:  # noqa: ANN401
    """Return the annotations of a value that is read from text, with its JSON Schema.

    Args:
        read: text to value; raises what :func:`said` makes.
        pattern: regular expression for editors, in the dialect JSON Schema and Python share.
        words: the only texts allowed, for editors.
        types: what an editor, which guesses as YAML does, may take such a text for.
        hint: what an editor says where it cannot be right.
        limits: of a number an editor takes it for, by the names JSON Schema has (``minimum``).
    """

    def validate(data: object) -> T:
        if data is None:
            raise said("nothing is written here", "write a value, or leave the key out")
        if not isinstance(data, str):
            raise said(f"a single word or text belongs here, not {described(data)}")
        if len(data) > LONGEST:
            raise said(f"this is longer than {LONGEST:,} characters", "say it in fewer")
        return read(data)

    schema: dict[str, Any] = {"type": types[0] if len(types) == 1 else list(types)}
    schema |= {"pattern": pattern} if pattern else {}
    schema |= {"enum": list(words)} if words else {}
    schema |= {"errorMessage": hint} if hint else {}  # no word of JSON Schema, but editors know it
    schema |= limits
    return (_Scalar(validate, schema),)


def _not_nothing(data: object) -> object:
    if data is None:
        raise said("nothing is written here", "write a value, or leave the key out")
    return data


def _listed(data: object) -> object:
    return [data] if isinstance(data, str) else _not_nothing(data)


def _listed_mapping(data: object) -> object:
    return [data] if isinstance(data, dict) else _listed(data)


@dataclass(frozen=True)
class _OneOrMany(BeforeValidator):
    """One value may stand for a list of it."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        several = handler(core)
        return {"anyOf": [several["items"], several]}


@dataclass(frozen=True)
class _Short(BeforeValidator):
    """Plain text may stand for a mapping with one key."""

    key: str = ""
    value: Any = None

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        whole = handler(core)
        if self.value is not None:
            return {"anyOf": [TypeAdapter(self.value).json_schema(), whole]}
        return {"anyOf": [handler.resolve_ref_schema(whole)["properties"][self.key], whole]}


class _Context(dict[str, str | int | float]):
    """What a refusal says; hashable, so that a type it stands in may be left out (``X | None``)."""

    def __hash__(self) -> int:  # type: ignore[override]  # dict says None
        return hash(tuple(self.items()))


def told_apart(by: Callable[[Any], str | None], message: str, remedy: str) -> Discriminator:
    """Return what tells the shapes of a union apart.

    Args:
        by: from what the file holds to the tag of its shape, or None where it is none of them.
        message: what to say then.
        remedy: what to do about it.
    """
    context = _Context(message=message, remedy=remedy)
    return Discriminator(by, custom_error_type="said", custom_error_message="{message}", custom_error_context=context)


def short_for(key: str, value: Any = None) -> BeforeValidator:  # noqa: ANN401 - the annotations of a field
    """Return a validator that lets plain text stand for a mapping with one key.

    Args:
        key: the key.
        value: what stands behind it; needed only where the mapping may hold itself, and so is not yet known.
    """

    def expand(data: object) -> object:
        return {key: data} if isinstance(data, str) else _not_nothing(data)

    return _Short(expand, key=key, value=value)


Given = Annotated[T | None, BeforeValidator(_not_nothing)]
"""May be left out, but when its key is there something stands behind it."""
Many = Annotated[list[T], Field(min_length=1)]
OneOrMany = Annotated[list[T], Field(min_length=1), _OneOrMany(_listed)]
OneOrManyMappings = Annotated[list[T], _OneOrMany(_listed_mapping)]
"""The same where one may be a mapping; an empty list is none."""


def fit(document: D, shape: type[S], between: Callable[[D], Iterable[Complaint]]) -> S:
    """Read a file as a shape.

    Args:
        document: the file as it was read.
        shape: what it must be.
        between: yields what is wrong with the document beside its shape.

    Raises:
        ConfigurationRefused: anything is wrong; all of it at once.
    """
    complaints = [*document.complaints, *between(document)]
    known: dict[int, type[Shape]] = {}
    try:
        value = shape.model_validate(document.data, context=known)
    except ValidationError as error:
        complaints.extend(_complaint(document, one, known) for one in error.errors(include_url=False))
        raise refusal(complaints) from None
    if complaints:
        raise refusal(complaints)
    return value


def _complaint(document: Original, error: ErrorDetails, known: Mapping[int, type[Shape]]) -> Complaint:
    loc, data = error["loc"], document.data
    context = error.get("ctx", {})
    match error["type"]:
        case "said":
            if loc and loc[-1] == "[key]":
                return document.complain(loc[:-1], context["message"], context["remedy"], at_key=True)
            return document.complain(loc, context["message"], context["remedy"])
        case "extra_forbidden":
            shape = known[id(_inside(data, loc[:-1]))]
            return document.complain(loc, *unknown(str(loc[-1]), keys_of(shape)), at_key=True)
        case "missing":
            shape = known[id(_inside(data, loc[:-1]))]
            field = next(one for one in shape.model_fields.values() if one.alias == loc[-1])
            return document.lack(loc[:-1], str(loc[-1]), str(field.examples[0]) if field.examples else "")
        case "too_short":
            few = context.get("min_length", 1)
            return document.complain(loc, f"this needs at least {'one entry' if few == 1 else f'{few} entries'}")
        case "list_type":
            return document.complain(loc, f"a list belongs here, not {described(error['input'])}")
        case _:
            return document.complain(
                loc, f"a mapping belongs here, not {described(error['input'])}", "write 'key: value'"
            )


def _inside(data: Any, loc: Loc) -> Any:  # noqa: ANN401 - whatever the file holds
    for part in loc:
        if isinstance(data, (dict, list)) and (isinstance(data, list) or part in data):
            data = data[part]  # type: ignore[index] # a list is stepped into by number, a dict by key
    return data


def unknown(key: str, expected: list[str]) -> tuple[str, str]:
    """Return the complaint about an unknown key, with the nearest known one first."""
    near = get_close_matches(key, expected, n=1, cutoff=0.6)
    guess = f"did you mean '{near[0]}'? " if near else ""
    return f"unknown key {quoted(key)}", f"{guess}expected {', '.join(expected)}"


def unknown_word(text: str, what: str, expected: list[str]) -> PydanticCustomError:
    """Make the complaint about a word that is none of those expected, with the nearest first."""
    near = get_close_matches(text, expected, n=1, cutoff=0.6)
    guess = f"did you mean '{near[0]}'? " if near else ""
    words = " or ".join([", ".join(expected[:-1]), expected[-1]] if len(expected) > 1 else expected)
    return said(f"{quoted(text)} is not {what}", f"{guess}write {words}")
