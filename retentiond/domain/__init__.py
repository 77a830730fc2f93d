"""What retentiond decides: values and pure functions. No clock, no disk, no network, no third party."""
