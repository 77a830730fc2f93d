"""The named points of the path at which the tests stop a disposal."""

from __future__ import annotations

POINTS = (
    "claimed",
    "intent-written",
    "asked-again",
    "store-acted",
    "receipts-written",
    "document-intent-written",
    "document-store-acted",
    "document-receipts-written",
    "sightings-written",
    "certified",
)
