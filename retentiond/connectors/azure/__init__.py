"""Records that are blobs in an Azure container, each with all its versions, snapshots and soft-deleted remains."""

from retentiond.connectors.azure.connector import AzureConnector

__all__ = ["AzureConnector"]
