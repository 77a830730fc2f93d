"""Signatures of requests to S3, as AWS Signature Version 4 has them.

AWS General Reference, "Create a signed AWS API request"; Amazon S3 API Reference, "Authenticating Requests". The SDK
signs the same way and is the judge in the tests; it is not used here because to load it takes longer than to list half
a million objects.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Mapping
from hashlib import sha256
from urllib.parse import quote

_NOTHING = sha256(b"").hexdigest()
_SERVICE = "s3"


class Signer:
    """Signs requests with one credential for one region.

    Args:
        access_key: the credential.
        secret_key: its secret.
        region: for which requests are signed.
        now: tells the time, in seconds since 1970.
    """

    def __init__(self, access_key: str, secret_key: str, region: str, now: Callable[[], float] = time.time) -> None:
        self._access_key, self._secret_key, self._region, self._now = access_key, secret_key, region, now
        self._of_day = ("", b"")

    def signed(
        self,
        method: str,
        host: str,
        path: str,
        asked: Mapping[str, str],
        *,
        headers: Mapping[str, str],
        body: bytes = b"",
    ) -> bytes:
        """Return a request as it is sent: signed, its body included.

        Args:
            method: in capitals.
            host: with its port, where that is not the scheme's own.
            path: as it is sent, encoded.
            asked: the query, not encoded.
            headers: more of them, names in small letters.
            body: what follows the headers.
        """
        query = "&".join(f"{name}={quote(asked[name], safe='-_.~')}" for name in sorted(asked))
        digest = sha256(body).hexdigest() if body else _NOTHING
        moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(self._now()))
        named = {"host": host, "x-amz-content-sha256": digest, "x-amz-date": moment, **headers}
        names = sorted(named)
        canonical = "\n".join(f"{name}:{named[name]}" for name in names)
        which = ";".join(names)
        request = f"{method}\n{path}\n{query}\n{canonical}\n\n{which}\n{digest}"
        scope = f"{moment[:8]}/{self._region}/{_SERVICE}/aws4_request"
        to_sign = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{sha256(request.encode()).hexdigest()}"
        signature = hmac.digest(self._key(moment[:8]), to_sign.encode(), "sha256").hex()
        length = f"Content-Length: {len(body)}\n" if body or method in ("POST", "PUT") else ""
        head = (
            f"{method} {path}?{query} HTTP/1.1\n{canonical}\n{length}"
            "Accept-Encoding: identity\nUser-Agent: retentiond\n"
            f"Authorization: AWS4-HMAC-SHA256 Credential={self._access_key}/{scope}, SignedHeaders={which}, "
            f"Signature={signature}\n\n"
        )
        return head.replace("\n", "\r\n").encode() + body

    def _key(self, day: str) -> bytes:
        known, key = self._of_day
        if known != day:
            key = b"AWS4" + self._secret_key.encode()
            for word in (day, self._region, _SERVICE, "aws4_request"):
                key = hmac.digest(key, word.encode(), "sha256")
            self._of_day = (day, key)
        return key
