"""Requests to one bucket beneath the SDK: where they go, how they are signed, and the connections they travel on."""
