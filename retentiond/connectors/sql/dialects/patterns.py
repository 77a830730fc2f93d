"""Texts that stand for a value of another type, as regular expressions."""

WHOLE = "(0|-?[1-9][0-9]{0,17})"
"""A whole number in its one canonical form, of at most 18 digits: it fits 64 bits."""
UUID = "[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"
