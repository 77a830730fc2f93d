"""Unfinished multipart uploads: parts that lie in a bucket under a key and in no listing of objects."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from retentiond.connectors.circles import Circle
from retentiond.connectors.document_kinds import shared_beginning
from retentiond.connectors.s3.bucket import Bucket
from retentiond.connectors.s3.client import asking, code_of, is_refusal, status_of
from retentiond.domain.errors import Fault, StoreUnavailable

Uploads = Mapping[str, tuple[str, ...]]
"""Key to the ids of its unfinished uploads, sorted."""

_PAGE = 1000
_NOT_KNOWN_THERE = (405, 501)


def uploads_under(bucket: Bucket, prefix: str) -> Uploads:
    """Return the unfinished uploads of every key that begins so.

    Raises:
        StoreUnavailable: the server did not answer, or its answer contradicts itself.
        StoreRefused: the credential may not see them.
    """
    found: dict[str, list[str]] = {}
    for key, upload in _listed(bucket, prefix):
        found.setdefault(key, []).append(upload)
    return {key: tuple(sorted(uploads)) for key, uploads in found.items()}


def uploads_of(bucket: Bucket, keys: Collection[str]) -> Uploads:
    """Return the unfinished uploads of some keys, in one listing of what their names have in common."""
    if not keys:
        return {}
    wanted = frozenset(keys)
    found = uploads_under(bucket, shared_beginning(min(wanted), max(wanted)))
    return {key: uploads for key, uploads in found.items() if key in wanted}


def _listed(bucket: Bucket, prefix: str) -> Iterator[tuple[str, str]]:
    where: dict[str, str] = {}
    circle = Circle(bucket.place.store)
    while True:
        asked: dict[str, Any] = {"Bucket": bucket.place.bucket, "Prefix": prefix, "MaxUploads": _PAGE, **where}
        with asking(bucket.place):
            try:
                page = bucket.client.list_multipart_uploads(**asked)
            except ClientError as error:
                if status_of(error) in _NOT_KNOWN_THERE:
                    return  # a server without such uploads has none
                raise
        if "IsTruncated" not in page:
            raise _garbled(bucket)
        found = [(one.get("Key", ""), one.get("UploadId", "")) for one in page.get("Uploads", [])]
        if not all(key and upload for key, upload in found):
            raise _garbled(bucket)
        yield from found
        if not page["IsTruncated"]:
            return
        told = {"KeyMarker": page.get("NextKeyMarker"), "UploadIdMarker": page.get("NextUploadIdMarker")}
        where = {name: value for name, value in told.items() if value}
        # By its key alone a listing goes on behind it, and what is left of its uploads would be missing.
        if "UploadIdMarker" not in where:
            raise _garbled(bucket)
        circle.step(where)


def _garbled(bucket: Bucket) -> StoreUnavailable:
    said = "a listing of unfinished uploads contradicts itself; nothing is concluded from it"
    return StoreUnavailable(Fault(bucket.place.store, said))


def abort(bucket: Bucket, key: str, upload: str) -> str:
    """Abort one upload, so that its parts go; return why the server refused, or nothing.

    Raises:
        StoreUnavailable: the reply was lost; what became of it is to be found out by looking.
    """
    with asking(bucket.place):
        try:
            bucket.client.abort_multipart_upload(Bucket=bucket.place.bucket, Key=key, UploadId=upload)
        except ClientError as error:
            if not is_refusal(error):
                raise
            return "" if code_of(error) == "NoSuchUpload" else code_of(error)
    return ""
