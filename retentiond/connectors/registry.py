"""From a definition to the connector of its kind. The one place that knows connectors by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.metadata import EntryPoint, entry_points

from retentiond.connectors.interface import Connector, Role
from retentiond.connectors.keyed_rows import KeyedRows
from retentiond.connectors.pseudonym_keys import NO_KEYS, PseudonymKeys
from retentiond.connectors.retrying import RetryingConnector
from retentiond.connectors.workers import Spec, Told, Workers
from retentiond.domain.definitions import Definition
from retentiond.domain.drafts import Draft
from retentiond.domain.errors import ConfigurationRefused, Fault, StoreRefused

ENTRY_POINTS = "retentiond.connectors"
"""Entry point group by which an installed package brings a kind of store: the point's name is the kind, its value
a callable ``(definition, role, resolve) -> Connector``."""

Resolve = Callable[[str], str]
"""Fills ``${credential:NAME}`` in a text with the secret."""

Opening = Callable[[Definition, Role, Resolve], Connector]


def open_connector(
    definition: Definition,
    *,
    role: Role,
    resolve: Resolve,
    pseudonym_keys: PseudonymKeys = NO_KEYS,
    workers: Workers | None = None,
) -> Connector:
    """Open the store a definition describes, so that questions left unanswered are asked again.

    Args:
        definition: the store.
        role: which powers are needed.
        resolve: fills in credentials.
        pseudonym_keys: where a database's pseudonyms get their keys.
        workers: who carries out pieces of its scans, where its connector can hand them out; None: the connector.

    Raises:
        ConfigurationRefused: no connector is of this kind, or the definition does not suit the one that is.
        StoreUnavailable: the store has to be reached to open it, and was not.
    """
    opening = _OPENINGS.get(definition.kind)
    if opening is _open_sql:
        opening = partial(_open_sql, keys=pseudonym_keys)
    if opening is _open_s3:
        opening = partial(_open_s3, workers=workers)
    if opening is None:
        opening = _brought(definition)
    return RetryingConnector(opening(definition, role, resolve))


def carry_out(spec: Spec, *, resolve: Resolve) -> Told:
    """Carry out a piece of a scan that a connector handed out; called wherever the work is done.

    Args:
        spec: what is to be done, in plain JSON and without a secret.
        resolve: fills in credentials, where it is done.

    Raises:
        StoreRefused, StoreUnavailable: as the store does.
        ConfigurationRefused: a credential is missing there.
    """
    if spec.get("store-kind") == "s3":
        from retentiond.connectors.s3.pieces import carry_out as of_s3  # noqa: PLC0415 - see below

        return of_s3(spec, resolve)
    raise StoreRefused.about(
        "a piece of work", "no connector here hands out such", "install the same version everywhere"
    )


def draft(name: str, url: str, *, tables: Sequence[str] = (), counts: bool = True) -> Draft:
    """Draft a first definition of a database; see :func:`retentiond.connectors.sql.drafting.drafted`."""
    from retentiond.connectors.sql.drafting import drafted  # noqa: PLC0415 - see below

    return drafted(name, url, tables=tables, counts=counts)


def known_kinds() -> tuple[str, ...]:
    """Return the kinds of store there is a connector for, ours and those of installed packages."""
    return tuple(sorted({*_OPENINGS, *(point.name for point in _points())}))


def _points() -> tuple[EntryPoint, ...]:
    return tuple(entry_points(group=ENTRY_POINTS))


def _brought(definition: Definition) -> Opening:
    for point in _points():
        if point.name == definition.kind:
            opening: Opening = point.load()
            return opening
    raise ConfigurationRefused(
        Fault(
            definition.source or definition.name,
            f"there is no connector of kind '{definition.kind}'",
            f"use one of {', '.join(known_kinds())}, or install the package that brings it",
        )
    )


# Each kind is imported when a store of that kind is opened: nobody pays for a client library that is not used.


def _open_sql(definition: Definition, role: Role, resolve: Resolve, keys: PseudonymKeys = NO_KEYS) -> Connector:
    from retentiond.connectors.sql import SqlConnector  # noqa: PLC0415 - see above

    by_role = {Role.SCAN: "", Role.DISPOSE: definition.dispose_url, Role.VERIFY: definition.verify_url}
    return SqlConnector(definition, role=role, url=resolve(by_role[role] or definition.url), keys=keys)


def _open_s3(definition: Definition, role: Role, resolve: Resolve, workers: Workers | None = None) -> Connector:
    from retentiond.connectors.s3 import S3Connector  # noqa: PLC0415 - see above

    own = {Role.DISPOSE: "dispose-", Role.VERIFY: "verify-"}.get(role, "")
    power = own if f"{own}access-key" in definition.options else ""
    access_key, secret_key = (definition.options.get(f"{power}{name}") for name in ("access-key", "secret-key"))
    return S3Connector(
        definition,
        role=role,
        access_key=resolve(access_key) if access_key else None,
        secret_key=resolve(secret_key) if secret_key else None,
        keyed_rows=_key_table(definition, resolve),
        workers=workers,
    )


def _open_azure(definition: Definition, role: Role, resolve: Resolve) -> Connector:
    try:
        from retentiond.connectors.azure import AzureConnector  # noqa: PLC0415 - see above
    except ModuleNotFoundError as missing:
        if not (missing.name or "").startswith("azure"):
            raise
        where = definition.source or definition.name
        remedy = "install it: pip install 'retentiond[azure]'"
        raise ConfigurationRefused(Fault(where, "the library that speaks to Azure is not installed", remedy)) from None
    of_role = {Role.DISPOSE: "dispose-credential", Role.VERIFY: "verify-credential"}.get(role, "credential")
    credential = definition.options.get(of_role) or definition.options.get("credential")
    return AzureConnector(
        definition,
        role=role,
        credential=resolve(credential) if credential else None,
        keyed_rows=_key_table(definition, resolve),
    )


def _key_table(definition: Definition, resolve: Resolve) -> KeyedRows | None:
    if definition.key_table is None:
        return None
    from retentiond.connectors.sql import KeyTableReader  # noqa: PLC0415 - see above

    return KeyTableReader(definition.name, definition.key_table, resolve(definition.key_table.url)).rows


def _open_filesystem(definition: Definition, role: Role, _resolve: Resolve) -> Connector:
    from retentiond.connectors.filesystem import FilesystemConnector  # noqa: PLC0415 - see above

    return FilesystemConnector(definition, role=role)


def _open_memory(definition: Definition, role: Role, _resolve: Resolve) -> Connector:
    from retentiond.connectors.memory import MemoryConnector  # noqa: PLC0415 - see above

    return MemoryConnector(definition, role=role)


_OPENINGS: Mapping[str, Opening] = {
    "sql": _open_sql,
    "s3": _open_s3,
    "azure-blob": _open_azure,
    "filesystem": _open_filesystem,
    "memory": _open_memory,
}
