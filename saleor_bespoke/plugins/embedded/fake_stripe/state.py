"""Everything the fake provider remembers, under one lock, in one JSON file if asked."""

from __future__ import annotations

import json
import os
import secrets
import string
import tempfile
import threading
import time
from pathlib import Path

from .errors import Json, missing

ALPHABET = string.ascii_letters + string.digits
FORMAT = 1


def token(length: int = 24) -> str:
    """An unguessable word of letters and digits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def _fresh() -> Json:
    return {
        "format": FORMAT,
        "account": f"acct_1{token(15)}",
        "api_key": f"sk_test_{token()}",
        "publishable_key": f"pk_test_{token()}",
        "webhook_secrets": [f"whsec_{token(32)}"],
        "clock_offset": 0.0,
        "objects": {},
        "private": {},
        "idempotency": {},
        "faults": [],
        "refund_status": None,
        "webhook": {
            "url": None,
            "mode": "normal",
            "delay": 0.0,
            "signature": "valid",
            "retry_delays": [1.0, 5.0, 30.0, 300.0],
        },
        "queue": [],
        "log": [],
    }


class State:
    """The provider's memory. Whoever reads or writes it holds `lock`; `changed` wakes waiters."""

    def __init__(self, file: Path | None = None) -> None:
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.file = file
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
        self.data: Json = _load(file) if file is not None and file.exists() else _fresh()
        self.url = ""
        self.request: Json = {"id": None, "idempotency_key": None}

    def now(self) -> float:
        """Seconds since the epoch, moved by the test clock."""
        return time.time() + float(self.data["clock_offset"])

    def table(self, kind: str) -> dict[str, Json]:
        """All objects of one kind by id, oldest first."""
        table: dict[str, Json] = self.data["objects"].setdefault(kind, {})
        return table

    def find(self, kind: str, pk: str, *, param: str = "id", status: int = 404) -> Json:
        """One object, or the API's `resource_missing`."""
        try:
            return self.table(kind)[pk]
        except KeyError:
            raise missing(kind, pk, param=param, status=status) from None

    def add(self, kind: str, prefix: str, fields: Json) -> Json:
        """Store a new object under an id of its own."""
        obj: Json = {
            "id": f"{prefix}_{token()}",
            "object": kind,
            "created": int(self.now()),
            "livemode": False,
            **fields,
        }
        self.table(kind)[obj["id"]] = obj
        return obj

    def private(self, pk: str) -> Json:
        """What the provider knows about an object and never shows."""
        known: Json = self.data["private"].setdefault(pk, {})
        return known

    def commit(self) -> None:
        """Write the file, if there is one, and wake whoever waits for a change."""
        if self.file is not None:
            _save(self.file, self.data)
        self.changed.notify_all()


def _load(file: Path) -> Json:
    try:
        data = json.loads(file.read_text())
    except ValueError:
        data = None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ValueError(f"{file} is not a state file of this fake Stripe.")
    return data


def _save(file: Path, data: Json) -> None:
    """Replace the file in one step, so that a killed process leaves the old or the new one."""
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(descriptor, "w") as out:
            json.dump(data, out)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink()
        raise
