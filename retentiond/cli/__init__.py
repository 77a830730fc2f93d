"""The command line: the verbs of the lifecycle for people at a terminal. Nothing heavy is imported from here."""

from __future__ import annotations


def main() -> None:
    """Run the command line and end the process with its exit code."""
    from retentiond.cli.root import retentiond

    retentiond(prog_name="retentiond")
