"""A real S3 server on this machine, and the shop's storage in one of its buckets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.storage import storages
from moto.server import ThreadedMotoServer
from pytest_django import Settings

KEYS = {"access_key": "test", "secret_key": "test", "region_name": "us-east-1"}


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The server's address; everything is asked of it by HTTP."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3_server: str, settings: Settings) -> Any:
    """An empty bucket that holds the shop's private files, as boto3 sees it."""
    name = f"private-{uuid4().hex}"
    options = KEYS | {
        "bucket_name": name,
        "endpoint_url": s3_server,
        "addressing_style": "path",
        "location": "commissions",
    }
    settings.STORAGES = settings.STORAGES | {
        "private": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    }
    settings.BESPOKE = settings.BESPOKE | {"FILES_STORAGE": "private"}
    found = storages["private"].connection.Bucket(name)
    found.create()
    return found


def keys(bucket: Any) -> list[str]:
    """The names of all objects in the bucket."""
    return sorted(item.key for item in bucket.objects.all())
