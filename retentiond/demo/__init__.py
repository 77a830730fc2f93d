"""A made-up council, so that the first run is a real run."""
