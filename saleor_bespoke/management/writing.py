"""Files that a command writes about customers: for its own user alone, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.core.management.base import CommandError


@contextmanager
def private_file(path: Path) -> Iterator[BinaryIO]:
    """A new file that only its owner may read; whatever ends the block early removes it.

    A CommandError where something has this name already, or nothing can be written.
    """
    try:
        number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise CommandError(f"{path} exists already.") from None
    except OSError as trouble:
        raise CommandError(f"{path} cannot be written: {trouble.strerror}.") from None
    try:
        with os.fdopen(number, "w+b") as target:
            yield target
    except BaseException:
        path.unlink(missing_ok=True)
        raise
