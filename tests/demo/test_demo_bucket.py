from __future__ import annotations

from datetime import date
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from retentiond.demo.documents import BUCKET, documents
from retentiond.demo.lay_out import CASE_STORE, Places, lay_out
from retentiond.demo.object_store import ObjectStore
from retentiond.domain.errors import ConfigurationRefused

TODAY = date(2026, 11, 23)


def test_a_demonstration_is_laid_out_whole(tmp_path: Path, seaweed: ObjectStore) -> None:
    """Configuration, case store and bucket are there: versions, the delete marker and the legal hold included."""
    folder = tmp_path / "council"
    facts = lay_out(folder, Places(seaweed.endpoint), seaweed.access_key, seaweed.secret_key, TODAY)
    with pytest.raises(ConfigurationRefused, match="laid out here before"):
        lay_out(folder, Places(seaweed.endpoint), seaweed.access_key, seaweed.secret_key, TODAY)
    client = boto3.client(
        "s3",
        endpoint_url=seaweed.endpoint,
        aws_access_key_id=seaweed.access_key,
        aws_secret_access_key=seaweed.secret_key,
        region_name=seaweed.region,
    )
    listed = client.list_object_versions(Bucket=BUCKET)
    newest = next(one for one in listed["Versions"] if one["Key"] == facts.key_on_legal_hold and one["IsLatest"])
    with pytest.raises(ClientError, match="AccessDenied"):
        client.delete_object(Bucket=BUCKET, Key=facts.key_on_legal_hold, VersionId=newest["VersionId"])
    client.close()
    versions = [one["Key"] for one in listed["Versions"]]
    assert {one.key: versions.count(one.key) for one in documents(facts)} == {
        one.key: one.versions for one in documents(facts)
    }
    assert [one["Key"] for one in listed["DeleteMarkers"]] == [facts.key_deleted]
    assert (folder / CASE_STORE).is_file()
    written = [path for path in folder.rglob("*.yaml") if seaweed.secret_key in path.read_text()]
    assert written == []
