"""``python -m retentiond``: the same verbs as the installed command."""

from retentiond.cli import main

if __name__ == "__main__":
    main()
