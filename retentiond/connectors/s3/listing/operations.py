"""Names of the operations of S3 that are asked beneath the SDK."""

OBJECTS, VERSIONS = "ListObjectsV2", "ListObjectVersions"
