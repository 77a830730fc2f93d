from __future__ import annotations

import pytest

from retentiond.connectors.s3.client import Place


@pytest.mark.parametrize(
    ("endpoint", "is_amazon"),
    [
        (None, True),
        ("https://s3.eu-west-2.amazonaws.com", True),
        ("https://s3.eusc-de-east-1.amazonaws.eu", True),
        ("https://s3.cn-north-1.amazonaws.com.cn", True),
        ("https://s3.evilamazonaws.com", False),
        ("https://amazonaws.com.example.org", False),
    ],
)
def test_amazon_is_known_by_its_domains(endpoint: str | None, *, is_amazon: bool) -> None:
    """Where Amazon keeps a bucket is asked of Amazon; no other server is taken for it."""
    assert Place("letters", "bucket", "eu-west-2", endpoint).is_amazon is is_amazon
