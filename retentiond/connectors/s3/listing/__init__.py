"""Listings beneath the SDK: signed requests, a scanner of their pages, and many streams of one listing at once."""

from retentiond.connectors.s3.listing.page import Entry, Garbled, Page, Position, written_moment_after
from retentiond.connectors.s3.listing.parsed import OBJECTS, VERSIONS
from retentiond.connectors.s3.listing.streams import AT_ONCE, in_threads, listed
from retentiond.connectors.s3.listing.wire import Wire

__all__ = [
    "AT_ONCE",
    "OBJECTS",
    "VERSIONS",
    "Entry",
    "Garbled",
    "Page",
    "Position",
    "Wire",
    "in_threads",
    "listed",
    "written_moment_after",
]
