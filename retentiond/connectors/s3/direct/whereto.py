"""Where a bucket is asked and for which region, where that is plain; everything else the SDK has to say."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit

_BUCKET = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_SDKS_OWN = re.compile(r"(xn--|sthree-|amzn-s3-demo-).*|.*(-s3alias|--ol-s3|--x-s3|--table-s3|-an)")
"""Names that stand for access points and other things than buckets (Amazon S3 User Guide, bucket naming rules)."""
_HOST = re.compile(r"(?!.*\.amazonaws)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
_NAMED = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_AMAZON = re.compile(r"(?!us-east-1)(?:af|ap|ca|eu|il|me|mx|sa|us)-(?:north|south|east|west|central)+-[0-9]{1,2}")
_PORTS = {"http": 80, "https": 443}


class Whereto(NamedTuple):
    """Where requests to a bucket go."""

    is_encrypted: bool
    host: str
    port: int
    named: str
    """The host as requests name it."""
    path: str


def whereto(endpoint: str | None, region: str, bucket: str) -> Whereto | None:
    """Return where a bucket is asked.

    Args:
        endpoint: of a server of one's own; None: Amazon's.
        region: the requests are signed for.
        bucket: its name.

    Returns:
        None where that takes more than these rules know: partitions of AWS beside the commercial one, access points,
        names with dots, endpoints with a path.
    """
    if not _BUCKET.fullmatch(bucket) or _SDKS_OWN.fullmatch(bucket):
        return None
    if endpoint is None:
        host = f"{bucket}.s3.{region}.amazonaws.com"
        return Whereto(True, host, 443, host, "/") if _AMAZON.fullmatch(region) else None
    url = urlsplit(endpoint)
    if url.path not in ("", "/") or url.scheme not in _PORTS or not _NAMED.fullmatch(region):
        return None
    port = url.port or _PORTS[url.scheme]
    named = url.hostname or ""
    if url.netloc != named and (url.netloc != f"{named}:{port}" or port == _PORTS[url.scheme]):
        return None
    if not _HOST.fullmatch(named) or region == "aws-global":
        return None
    where = named if port == _PORTS[url.scheme] else f"{named}:{port}"
    return Whereto(url.scheme == "https", named, port, where, f"/{bucket}")
