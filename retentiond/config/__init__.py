"""YAML in, domain values out; every complaint says file, line and column."""
