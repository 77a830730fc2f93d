"""Signed requests to a plain bucket, on connections of our own."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from retentiond.connectors.s3.direct.connections import Answer, Connections
from retentiond.connectors.s3.direct.signing import Signer
from retentiond.connectors.s3.direct.whereto import Whereto


class Direct:
    """Sends requests to a bucket whose address is plain.

    Args:
        whereto: its address.
        signer: signs them.
        owner: the account it must belong to; empty: whichever.
        connections: how many are kept open at a time.
    """

    def __init__(self, whereto: Whereto, signer: Signer, owner: str, connections: int) -> None:
        self._whereto, self._signer = whereto, signer
        self._always = {"x-amz-expected-bucket-owner": owner} if owner else {}
        self.connections = Connections(whereto, connections)

    def request(
        self, method: str, asked: Mapping[str, str], headers: Mapping[str, str], body: bytes = b"", *, key: str = ""
    ) -> bytes:
        """Return a request as it is sent, signed with the time of now."""
        path = self._whereto.path
        if key:
            path = f"{path.rstrip('/')}/{quote(key, safe='/-_.~')}"
        return self._signer.signed(
            method, self._whereto.named, path, asked, headers={**self._always, **headers}, body=body
        )

    def exchange(
        self, method: str, asked: Mapping[str, str], headers: Mapping[str, str], body: bytes = b"", *, key: str = ""
    ) -> Answer:
        """Send a request, once, and return its answer.

        Args:
            method: in capitals.
            asked: the query.
            headers: more of them, names in small letters.
            body: of the request.
            key: of the object it is about; empty: the bucket.

        Raises:
            Unanswered: there is none.
        """
        request = self.request(method, asked, headers, body, key=key)
        return self.connections.exchange(request, has_body=method != "HEAD")

    def close(self) -> None:
        """Let go of the connections."""
        self.connections.close()
