"""Records that are files below one folder."""

from retentiond.connectors.filesystem.connector import FilesystemConnector

__all__ = ["FilesystemConnector"]
