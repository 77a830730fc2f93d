"""Records that are objects in a bucket, each with all its versions and delete markers."""

from retentiond.connectors.s3.connector import S3Connector

__all__ = ["S3Connector"]
