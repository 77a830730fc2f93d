"""Carries out pieces of a scan: where the work is done, which may be another process or machine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache

from retentiond import __version__
from retentiond.connectors.interface import Role
from retentiond.connectors.s3.bucket import Bucket
from retentiond.connectors.s3.client import Place, open_client
from retentiond.connectors.s3.elsewhere import tell_page
from retentiond.connectors.s3.inventory.source import Inventory
from retentiond.connectors.s3.inventory.telling import asked_in, tell_answer
from retentiond.connectors.workers import Spec, Told
from retentiond.domain.errors import StoreRefused


def carry_out(spec: Spec, resolve: Callable[[str], str]) -> Told:
    """Carry out one piece, with the credential that may only read.

    Args:
        spec: as :class:`retentiond.connectors.s3.elsewhere.Elsewhere` describes it.
        resolve: looks up the keys that it names.

    Raises:
        ConfigurationRefused: a key is not to be found here.
        StoreRefused, StoreUnavailable: as the store does; or this is another version of retentiond.
    """
    place = Place(**spec["place"])
    if spec["version"] != __version__:
        said = f"version {spec['version']} handed out work and version {__version__} was to do it"
        raise StoreRefused.about(place.store, said, "install the same version of retentiond everywhere")
    access_key, secret_key = map(resolve, spec["keys"])
    bucket = _bucket(place, access_key, secret_key)
    if spec["task"] == "page":
        young = spec["young"].encode() if spec["young"] is not None else None
        return tell_page(bucket.page(spec["operation"], spec["prefix"], young, spec["most"], spec["where"]))
    where, file, manifest, question = asked_in(spec)
    inventory = Inventory(bucket, where, "", timedelta())
    with inventory.told(), inventory.answer(file, manifest, question) as answer:
        return tell_answer(answer)


@lru_cache(maxsize=8)
def _bucket(place: Place, access_key: str, secret_key: str) -> Bucket:
    """Open a bucket, and keep it for the next piece: a worker does many of one scan."""
    return Bucket(open_client(place, Role.SCAN, access_key, secret_key), place)
