"""What an S3-compatible bucket can do beyond Django's storage: forms, ranges, listings.

Works with the `S3Storage` of django-storages (extra `s3`); without the package no storage is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.files.storage import Storage

_CHUNK = 64 * 1024


class ObjectMissing(Exception):
    """There is no object under this name."""


class ObjectTooLarge(Exception):
    """The object is larger than was agreed."""


class Bucket:
    """A storage's bucket; names are those of the storage, below its `location`."""

    def __init__(self, storage: Any) -> None:
        self._client: Any = storage.connection.meta.client
        self._bucket: str = storage.bucket_name
        self._root = f"{location}/" if (location := str(storage.location).strip("/")) else ""

    def form(
        self, name: str, *, content_type: str, size: int, seconds: int
    ) -> tuple[str, dict[str, str]]:
        """Where and with which fields a browser posts exactly this one object."""
        answer = self._client.generate_presigned_post(
            self._bucket,
            self._root + name,
            Fields={"Content-Type": content_type},
            Conditions=[{"Content-Type": content_type}, ["content-length-range", size, size]],
            ExpiresIn=seconds,
        )
        return str(answer["url"]), dict(answer["fields"])

    def fetch(self, name: str, path: Path, most: int) -> None:
        """Copy an object to `path`: ObjectMissing, or ObjectTooLarge before reading more."""
        answer = self._read(name)
        with answer["Body"] as body, path.open("wb") as copy:
            if answer["ContentLength"] > most:
                raise ObjectTooLarge(name)
            left = most
            while chunk := body.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise ObjectTooLarge(name)
                copy.write(chunk)

    def part(self, name: str, start: int, end: int) -> Any:
        """A stream of the bytes from `start` to before `end`; no other byte is transferred."""
        return self._read(name, Range=f"bytes={start}-{end - 1}")["Body"]

    def names(self, beginning: str) -> Iterator[tuple[str, datetime]]:
        """Objects whose names begin so, and when they were written, a thousand at a time."""
        pages = self._client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self._bucket, Prefix=self._root + beginning):
            for item in page.get("Contents", ()):
                yield item["Key"].removeprefix(self._root), item["LastModified"]

    def _read(self, name: str, **options: str) -> Any:
        from botocore.exceptions import ClientError

        try:
            return self._client.get_object(Bucket=self._bucket, Key=self._root + name, **options)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                raise ObjectMissing(name) from None
            raise


def bucket_of(storage: Storage) -> Bucket | None:
    """The bucket behind this storage, if it is one of S3."""
    try:
        from storages.backends.s3 import S3Storage
    except ImportError:
        return None
    return Bucket(storage) if isinstance(storage, S3Storage) else None
