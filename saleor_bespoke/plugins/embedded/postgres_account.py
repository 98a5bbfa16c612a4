"""The circumstances in which the embedded PostgreSQL runs: as whom, in which environment."""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

PR_SET_PDEATHSIG = 1


class DatabaseUnavailable(Exception):
    """No usable PostgreSQL; the message is one sentence for the person at the terminal."""


@dataclass(frozen=True)
class Account:
    """Who runs the server. PostgreSQL refuses to run as root, so root hands over to a lesser user.

    All None means: whoever we are.
    """

    uid: int | None = None
    gid: int | None = None

    @classmethod
    def choose(cls, cluster: Path) -> Self:
        """Ourselves unless we are root; else the cluster's owner or an unprivileged account."""
        if os.geteuid() != 0:
            return cls()
        if cluster.exists():
            owner = cluster.stat()
            return cls(owner.st_uid, owner.st_gid)
        for name in ("postgres", "nobody"):
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                continue
            return cls(entry.pw_uid, entry.pw_gid)
        raise DatabaseUnavailable(
            "PostgreSQL does not run as root and this machine has no user 'postgres' or 'nobody'."
        )

    @property
    def is_lesser(self) -> bool:
        return self.uid is not None

    @property
    def groups(self) -> list[int] | None:
        """The supplementary groups to keep: all of ours, or none of root's."""
        return [] if self.is_lesser else None

    def take(self, folder: Path) -> None:
        """Make the account the owner of `folder`."""
        if self.uid is not None and self.gid is not None:
            os.chown(folder, self.uid, self.gid)


def clean_environment() -> dict[str, str]:
    """A clean environment: no PG* variable of the caller may lead the server elsewhere."""
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def end_with_parent() -> Callable[[], None] | None:
    """Ask the kernel to stop the server when we die, however we die (Linux only)."""
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def in_child() -> None:
        # After the change of user, which clears the setting, and before exec, which keeps it.
        library.prctl(PR_SET_PDEATHSIG, signal.SIGINT)
        if os.getppid() != parent:
            os._exit(1)

    return in_child
