"""One bucket with one credential, and the SDK's client for it once it is needed."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from retentiond.connectors.interface import Role
    from retentiond.connectors.s3.client import Place


class Access:
    """What it takes to speak to a bucket. Nothing is looked for in the surroundings.

    Args:
        place: the bucket.
        role: with which powers.
        access_key: the credential.
        secret_key: its secret.
    """

    def __init__(self, place: Place, role: Role, access_key: str, secret_key: str) -> None:
        self.place, self.role, self.access_key, self.secret_key = place, role, access_key, secret_key
        self._client: S3Client | None = None
        self._making = Lock()

    @property
    def client(self) -> S3Client:
        """The SDK's client. To load the SDK takes longer than to list half a million objects, so it is made late."""
        with self._making:
            if self._client is None:
                from retentiond.connectors.s3.sdk import open_client  # noqa: PLC0415 - see above

                self._client = open_client(self.place, self.role, self.access_key, self.secret_key)
            return self._client

    def close(self) -> None:
        """Let go of the client's connections."""
        with self._making:
            if self._client is not None:
                self._client.close()
