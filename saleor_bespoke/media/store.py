"""Where the bytes lie: a private storage under names that nobody can guess.

`BESPOKE["FILES_STORAGE"]` names an entry of Django's `STORAGES` or a storage class; without it the
files lie below the folder `BESPOKE["FILES_DIR"]`, which no web server may serve, and without that
in a folder beside the shop's media.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.utils.module_loading import import_string

from saleor_bespoke import conf
from saleor_bespoke.media.s3 import ObjectMissing, bucket_of

#: Raw objects of direct uploads lie apart from what is kept.
INCOMING = "incoming"
_SHELVES = (INCOMING, *(f"{number:02x}" for number in range(256)))
#: Our names, and what Django adds to one that is taken. A shop may keep other things beside them.
_OURS = re.compile(rf"({INCOMING}/|([0-9a-f]{{2}})/(?=\2))[0-9a-f]{{48}}(_[0-9A-Za-z]{{7}})?")


class PrivateFolder(FileSystemStorage):
    """A folder whose files have no public address, not even below MEDIA_URL."""

    def url(self, name: str | None) -> str:
        raise ValueError("This file is not accessible via a URL.")


def private_storage() -> Storage:
    """The storage of customers' files; one that a web server would publish is refused."""
    alias = conf.option("FILES_STORAGE")
    if alias:
        storage = _of_class(alias) if "." in alias else storages[alias]
        if str(getattr(storage, "default_acl", None)).startswith("public"):
            raise ImproperlyConfigured(f"The storage {alias} publishes what it keeps.")
        return storage
    return PrivateFolder(
        location=private_folder(), file_permissions_mode=0o600, directory_permissions_mode=0o700
    )


@cache
def _of_class(path: str) -> Storage:
    """One instance for the process's life, as of an alias: a cloud's takes seconds to be made."""
    storage: Storage = import_string(path)()
    return storage


def private_folder() -> Path:
    """Where the files lie when no storage is named; a published folder is refused."""
    folder = conf.option("FILES_DIR")
    if not folder and settings.MEDIA_ROOT:
        folder = Path(settings.MEDIA_ROOT).resolve().with_name("bespoke-files")
    if not folder:
        raise ImproperlyConfigured("Set BESPOKE['FILES_DIR'] or BESPOKE['FILES_STORAGE'].")
    location = Path(folder).resolve()
    for public in (settings.MEDIA_ROOT, settings.STATIC_ROOT):
        if public and location.is_relative_to(Path(public).resolve()):
            raise ImproperlyConfigured("BESPOKE['FILES_DIR'] lies in a folder that is published.")
    return location


def bytes_store(path: Path) -> str:
    """Keep a copy of the file at `path`; answers its storage name."""
    name = secrets.token_hex(24)
    with path.open("rb") as file:
        return private_storage().save(f"{name[:2]}/{name}", File(file))


def bytes_digest(storage_name: str) -> str:
    """SHA-256 of the stored bytes, in hex; empty where there are none."""
    storage = private_storage()
    if not storage.exists(storage_name):
        return ""
    with storage.open(storage_name) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Readable(Protocol):
    """What gives bytes until there are none, and is closed."""

    def read(self, size: int = -1, /) -> bytes: ...

    def close(self) -> None: ...


def bytes_open(storage_name: str, start: int = 0, end: int | None = None) -> Readable:
    """The stored bytes from `start` on; FileNotFoundError where there are none.

    A bucket sends those up to `end` alone, elsewhere the reader stops by itself.
    """
    storage = private_storage()
    bucket = bucket_of(storage)
    if bucket is not None and end is not None and end > start:
        try:
            found: Readable = bucket.part(storage_name, start, end)
        except ObjectMissing:
            raise FileNotFoundError(storage_name) from None
        return found
    file = storage.open(storage_name)
    file.seek(start)
    return file


def bytes_delete(storage_name: str) -> None:
    """Remove the stored bytes; removing them twice is no error."""
    private_storage().delete(storage_name)


def stored_names(*, older_than_seconds: float) -> Iterator[str]:
    """What bears a name of ours and was stored longer ago than this, by the machine's clock.

    What else lies in the storage is somebody else's and never named. A demo that moves the shop's
    clock does not age files on a disk, hence not `clock.now`.
    """
    newest = time.time() - older_than_seconds
    for name, at in _shelved(private_storage()):
        if at.timestamp() < newest and _OURS.fullmatch(name):
            yield name


def _shelved(storage: Storage) -> Iterator[tuple[str, datetime]]:
    """All that lies on shelves named like ours, and since when."""
    bucket = bucket_of(storage)
    if bucket is not None:
        for shelf in _SHELVES:
            yield from bucket.names(f"{shelf}/")
        return
    try:
        shelves, _ = storage.listdir("")
    except FileNotFoundError:  # nothing was ever stored
        return
    for shelf in set(shelves).intersection(_SHELVES):
        for name in storage.listdir(shelf)[1]:
            yield f"{shelf}/{name}", storage.get_modified_time(f"{shelf}/{name}")
