"""retentiond keeps the promise a retention schedule makes, and proves that it was kept."""

__version__ = "0.1.0"
