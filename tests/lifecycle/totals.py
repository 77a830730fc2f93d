"""What a certificate says, for tests to compare."""

from __future__ import annotations

import json
from typing import Any

from retentiond.ledger.values import Certificate


def predicate(certificate: Certificate) -> dict[str, Any]:
    """Return everything a certificate says."""
    said: dict[str, Any] = json.loads(certificate.payload)["predicate"]
    return said


def totals(certificate: Certificate) -> dict[str, int]:
    """Return how many records it counts by fate."""
    said: dict[str, int] = predicate(certificate)["totals"]
    return said
