"""minio-py lists a bucket or deletes from it. Runs in an environment of its own, which has it."""

from __future__ import annotations

import json
import sys
from urllib.parse import urlsplit

from minio import Minio  # type: ignore[import-not-found]  # of the other environment
from minio.deleteobjects import DeleteObject  # type: ignore[import-not-found]  # likewise

if __name__ == "__main__":
    what, where = sys.argv[1], json.loads(sys.argv[2])
    client = Minio(
        urlsplit(where["endpoint"]).netloc,
        access_key=where["key"],
        secret_key=where["secret"],
        region="eu-west-2",
        secure=False,
    )
    if what == "list":
        examined = old = 0
        for one in client.list_objects(where["bucket"], recursive=True):
            examined += 1
            old += one.last_modified.year <= 2010
        counts = {"examined": examined, "old": old}
    else:
        named = [DeleteObject(key, version or None) for key, version in json.load(sys.stdin)]
        refused = sum(1 for _ in client.remove_objects(where["bucket"], named))
        counts = {"n": len(named) - refused}
    sys.stdout.write(json.dumps(counts))
