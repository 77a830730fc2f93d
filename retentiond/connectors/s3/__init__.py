"""Records that are objects in a bucket, each with all its versions and delete markers."""
