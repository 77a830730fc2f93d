"""Definitions of connected stores: ``connectors/*.yaml`` to :class:`~retentiond.domain.definitions.Definition`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from retentiond.config.complaint import Complaint, quoted
from retentiond.config.document import Document, Loc, read_document
from retentiond.config.gathering import gather
from retentiond.config.objects import (
    FileRecordShape,
    ObjectRecordShape,
    columns_asked,
    file_record_agrees,
    folders_shared,
)
from retentiond.config.original import twice
from retentiond.config.reach import RecipientsShape, ReferenceShape, reference_agrees
from retentiond.config.shape import Given, Many, Shape, checked, fit, hyphenated, refused
from retentiond.config.tables import OtherRecordShape, RowRecordShape, row_record_agrees
from retentiond.config.urls import AccountUrl, Endpoint, Secret, Url, anchored, looks_secret, masked
from retentiond.config.words import (
    Account,
    Column,
    Country,
    Duration,
    Exact,
    Flag,
    InFlight,
    Name,
    PeriodText,
    Table,
    Text,
)
from retentiond.domain.definitions import Definition, KeyTable, KindOfRecord


class StoreShape(Shape):
    """What every definition may say."""

    connector: Name = Field(examples=["connector: early-help-cases"])
    kind: Name = Field(examples=["kind: sql"])
    location: Country = Field(examples=["location: GB"])
    backups_expire_after: Given[PeriodText] = None


class SqlShape(StoreShape):
    """A database."""

    url: Url = Field(examples=["url: ${credential:early-help-cases}"])
    dispose_url: Given[Url] = None
    verify_url: Given[Url] = None
    receipts: Flag = True
    recipients_from: Given[RecipientsShape] = None
    references: list[Annotated[ReferenceShape, checked(reference_agrees)]] = Field(default=[])
    records: Many[Annotated[RowRecordShape, checked(row_record_agrees)]] = Field(examples=["records: [...]"])


class KeyTableShape(Shape):
    """``{url: "${credential:index}", table: document_index, key: object_key}``."""

    url: Url = Field(examples=["url: ${credential:document-index}"])
    table: Table = Field(examples=["table: document_index"])
    key: Column = Field(examples=["key: object_key"])


class InventoryShape(Shape):
    """``{bucket: council-inventories, prefix: documents/early-help-documents/daily/}``."""

    bucket: Name = Field(examples=["bucket: council-inventories"])
    prefix: Exact = Field(examples=["prefix: documents/early-help-documents/daily/"])
    at_most: Given[Duration] = None

    def options(self) -> dict[str, str]:
        """Return what the connector is told of it."""
        found = {"inventory-bucket": self.bucket, "inventory-prefix": self.prefix}
        if self.at_most is not None:
            found["inventory-at-most"] = str(int(self.at_most.total_seconds()))
        return found


class ObjectStoreShape(StoreShape):
    """What every store of objects may say."""

    key_table: Given[KeyTableShape] = None
    records: Many[ObjectRecordShape] = Field(examples=["records: [...]"])

    @model_validator(mode="after")
    def _has_its_columns(self) -> Self:
        if self.key_table is None and (places := list(columns_asked(self.records))):
            message, remedy = "this is a column of the key table, and there is none", "add 'key-table'"
            raise refused([(("records", *place), message, remedy) for place in places])
        return self


class S3Shape(ObjectStoreShape):
    """A bucket."""

    bucket: Name = Field(examples=["bucket: early-help-documents"])
    endpoint: Given[Endpoint] = None
    region: Given[Name] = None
    access_key: Secret = Field(examples=["access-key: ${credential:documents-access-key}"])
    secret_key: Secret = Field(examples=["secret-key: ${credential:documents-secret-key}"])
    dispose_access_key: Given[Secret] = None
    dispose_secret_key: Given[Secret] = None
    verify_access_key: Given[Secret] = None
    verify_secret_key: Given[Secret] = None
    owner: Given[Account] = None
    copies_in: list[Name] = Field(default=[])
    requests_in_flight: Given[InFlight] = None
    inventory: Given[InventoryShape] = None


class AzureShape(ObjectStoreShape):
    """A container."""

    container: Name = Field(examples=["container: early-help-documents"])
    account_url: Given[AccountUrl] = None
    credential: Secret = Field(examples=["credential: ${credential:documents}"])
    dispose_credential: Given[Secret] = None
    verify_credential: Given[Secret] = None


class FilesystemShape(StoreShape):
    """A folder tree."""

    root: Text = Field(examples=["root: /srv/case-files"])
    remove_empty_folders: Flag = False
    records: Many[Annotated[FileRecordShape, checked(file_record_agrees)]] = Field(examples=["records: [...]"])

    @model_validator(mode="after")
    def _has_no_file_twice(self) -> Self:
        if places := list(folders_shared(self.records)):
            message = "files of this kind lie in folders that are whole records of the kind '{}'"
            remedy = "give the kinds prefixes of their own"
            raise refused([(("records", index, "prefix"), message.format(name), remedy) for index, name in places])
        return self


def _no_secrets(options: dict[str, str]) -> Iterator[tuple[Loc, str, str]]:
    for name, value in options.items():
        plain = masked(value)
        if (looks_secret(name) and plain == value) or re.search(r"://[^/@]*:(?!CREDENTIAL@)[^/@]+@", plain):
            yield (name,), "a secret stands in this file", "write ${credential:NAME} in its place"


class OtherShape(StoreShape):
    """A store whose connector another package brings, or the one in memory."""

    options: Annotated[dict[Name, Exact], checked(_no_secrets)] = Field(default={})
    records: Many[OtherRecordShape] = Field(examples=["records: [...]"])


AnyStore = SqlShape | S3Shape | AzureShape | FilesystemShape | OtherShape
SHAPES: Mapping[str, type[AnyStore]] = {
    "sql": SqlShape,
    "s3": S3Shape,
    "azure-blob": AzureShape,
    "filesystem": FilesystemShape,
}
_TELLTALES = {"url": "sql", "bucket": "s3", "container": "azure-blob", "root": "filesystem"}


KEYS_OF_A_BUCKET = tuple((f"{power}access-key", f"{power}secret-key") for power in ("dispose-", "verify-"))
"""The two keys of each further credential, which go together."""


def _kind_meant(data: Mapping[str, Any]) -> str:
    """Return the kind a definition is of; where none of ours is named, the one whose own key it uses."""
    kind = data.get("kind")
    if isinstance(kind, str) and kind in SHAPES:
        return kind
    return next((meant for key, meant in _TELLTALES.items() if key in data), "")


def _agrees(document: Document) -> Iterator[Complaint]:
    data = document.data
    yield from twice(document, "records", "name", "the kind of record")
    meant, kind = _kind_meant(data), data.get("kind")
    if meant and isinstance(kind, str) and kind != meant:
        own = next(key for key, one in _TELLTALES.items() if one == meant)
        yield document.complain(("kind",), f"a store of kind {quoted(kind)} has no '{own}'", f"write 'kind: {meant}'")
    if meant == "s3":
        if not data.get("endpoint") and not data.get("region"):
            yield document.complain((), "neither 'endpoint' nor 'region' is given", "write 'region: eu-west-2'")
        for one, other in KEYS_OF_A_BUCKET:
            if (one in data) != (other in data):
                yield document.complain((), f"'{one}' and '{other}' go together", "give both, or neither")


def _read(path: Path) -> tuple[Document, Definition]:
    document = read_document(path)
    store = fit(document, SHAPES.get(_kind_meant(document.data), OtherShape), _agrees)
    definition = partial(
        Definition,
        name=store.connector,
        kind=store.kind,
        location=store.location,
        digest=document.digest,
        source=document.path,
        backups_expire_after=store.backups_expire_after,
    )
    match store:
        case SqlShape():
            recipients = store.recipients_from
            return document, definition(
                records=_kinds(document, store.records),
                url=anchored(store.url, path.parent),
                dispose_url=anchored(store.dispose_url or "", path.parent),
                verify_url=anchored(store.verify_url or "", path.parent),
                receipts=store.receipts,
                recipients_from=recipients.rows_and_name if recipients else None,
                references=tuple(one.value() for one in store.references),
            )
        case S3Shape() | AzureShape():
            own = [name for name in type(store).model_fields if name not in ObjectStoreShape.model_fields]
            given = {hyphenated(name): getattr(store, name) for name in own if name != "inventory"}
            texts = {name: " ".join(one) if isinstance(one, list) else one for name, one in given.items()}
            options = {name: str(value) for name, value in texts.items() if value}
            if isinstance(store, S3Shape) and store.inventory is not None:
                options |= store.inventory.options()
            table = store.key_table
            return document, definition(
                records=_kinds(document, store.records),
                options=options,
                key_table=KeyTable(anchored(table.url, path.parent), table.table, table.key) if table else None,
            )
        case FilesystemShape():
            options = {"root": str(path.parent.absolute() / store.root)}
            if store.remove_empty_folders:
                options["remove-empty-folders"] = "true"
            return document, definition(records=_kinds(document, store.records), options=options)
        case OtherShape():
            return document, definition(records=_kinds(document, store.records), options=store.options)


def _kinds(
    document: Document,
    records: Sequence[RowRecordShape | ObjectRecordShape | FileRecordShape | OtherRecordShape],
) -> tuple[KindOfRecord, ...]:
    return tuple(one.value(document.place(("records", index))) for index, one in enumerate(records))


def read_definition(path: Path) -> Definition:
    """Read the definition of one store. Relative SQLite files and roots count from the definition's own folder.

    Raises:
        ConfigurationRefused: the file cannot be used as written; all its faults at once, in reading order.
    """
    return _read(path)[1]


def read_definitions(paths: Sequence[Path]) -> tuple[Definition, ...]:
    """Read definitions from files and folders of ``*.yaml``, in the order given and then by name.

    Raises:
        ConfigurationRefused: any file cannot be used as written, or two stores have one name; the faults of all files
            at once.
    """
    return gather(paths, _read, _shared_names)


def _shared_names(read: list[tuple[Document, Definition]]) -> Iterator[Complaint]:
    first: dict[str, str] = {}
    for document, definition in read:
        name = definition.name.casefold()
        if name in first:
            message = f"the connector '{definition.name}' is given at {first[name]} as well"
            yield document.complain(("connector",), message, "give each its own name")
        else:
            first[name] = document.place(("connector",))
