"""How much a caller may upload, and how much a commission may hold.

Two kinds of limit. *Hourly*: every attempt is counted before a byte is decoded, in one statement
that counts and compares, so that parallel uploads cannot pass it together; refused files count as
failures, so that nobody burns our time with rubbish. *In all*: what is stored is added up when a
file is attached, under the lock of the commission and of the caller. Staff and apps have hourly
limits of their own, but none in all: a workshop uploads for years. A commission that its customer
has filled keeps a reserve for them, and what its customer uploads in an hour is not theirs. Papers
that the shop makes itself take nobody's room.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, F, Q, Sum

from saleor_bespoke import clock, conf
from saleor_bespoke.craft.file_quotas import DEFAULTS, FileQuota
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.media.models import BespokeFile, UploadCount
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.project.access import Actor, acting_as, roles_on
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.stages import Role
from saleor_bespoke.project.turns import turn_take

_TABLE = UploadCount._meta.db_table
_SPEND = f"""
    INSERT INTO {_TABLE} AS c (id, scope, hour, files, bytes, failures)
    VALUES (gen_random_uuid(), %(scope)s, %(hour)s, 1, %(size)s, 0)
    ON CONFLICT (scope, hour) DO UPDATE SET files = c.files + 1, bytes = c.bytes + %(size)s
    WHERE c.files < %(files)s AND c.bytes + %(size)s <= %(bytes)s AND c.failures < %(failures)s
    RETURNING c.files
"""  # noqa: S608  # composed of a constant; values are parameters
_FAIL = f"""
    INSERT INTO {_TABLE} AS c (id, scope, hour, files, bytes, failures)
    VALUES (gen_random_uuid(), %(scope)s, %(hour)s, 0, 0, 1)
    ON CONFLICT (scope, hour) DO UPDATE SET failures = c.failures + 1
"""  # noqa: S608  # likewise
_NO_LIMIT = 2**31 - 1
_PLACES = "places:"


def quota(channel: str, name: FileQuota) -> int:
    """A limit as this channel sets it, or ours."""
    return conf.policy(channel).file_quotas.get(name.value, DEFAULTS[name])


def caller_of(project: BespokeProject, actor: Actor) -> str:
    """The caller as files and counts name them: staff and owners by account, guests by project."""
    held = roles_on(project, actor)
    if held == {Role.CUSTOMER}:
        return acting_as(project, actor, Role.CUSTOMER).ref
    return actor.ref


def attempt_count(*, project: BespokeProject, caller: str, size: int) -> None:
    """Count one upload of `size` bytes against this hour, before anything is decoded.

    Refusals: QUOTA_FAILURES_REACHED, QUOTA_HOUR_REACHED.
    """
    channel = project.channel
    customer = _is_customer(project, caller)
    whose = "caller" if customer else "staff"
    _spend(
        f"caller:{caller}",
        size,
        files=quota(channel, FileQuota(f"{whose}_hour_files")),
        most_bytes=quota(channel, FileQuota(f"{whose}_hour_bytes")),
        failures=quota(channel, FileQuota(f"{whose}_hour_failures")),
    )
    if customer:
        _spend(
            f"project:{project.pk}",
            size,
            files=quota(channel, FileQuota.PROJECT_HOUR_FILES),
            most_bytes=quota(channel, FileQuota.PROJECT_HOUR_BYTES),
            failures=_NO_LIMIT,
        )


def place_count(*, project: BespokeProject, caller: str) -> None:
    """Count one place looked for on a mesh against this hour, before a process looks for it.

    Refusal: QUOTA_HOUR_REACHED.
    """
    most = quota(project.channel, FileQuota.CALLER_HOUR_PLACES)
    _spend(f"{_PLACES}{caller}", 0, files=most, most_bytes=0, failures=_NO_LIMIT)


def failures_check(*, project: BespokeProject, caller: str) -> None:
    """Refuse a caller of whom too many uploads were refused in this hour."""
    whose = "caller" if _is_customer(project, caller) else "staff"
    _failures_check(f"caller:{caller}", quota(project.channel, FileQuota(f"{whose}_hour_failures")))


def failure_count(*, caller: str) -> None:
    """Count a refused upload; its attempt was counted before."""
    with connection.cursor() as cursor:
        cursor.execute(_FAIL, {"scope": f"caller:{caller}", "hour": _hour()})


def room_check(*, project: BespokeProject, caller: str, size: int, locked: bool = False) -> None:
    """Refuse what would take the commission or its customer above what may be stored in all.

    Where its customer is refused, staff and apps still have their reserve. With `locked`, the
    caller holds the lock of the project's row, and is locked here as well.
    Refusals: QUOTA_FILES_REACHED, QUOTA_BYTES_REACHED.
    """
    channel = project.channel
    customer = _is_customer(project, caller)
    files = quota(channel, FileQuota.PROJECT_FILES)
    most_bytes = quota(channel, FileQuota.PROJECT_BYTES)
    if not customer:
        files += quota(channel, FileQuota.STAFF_RESERVE_FILES)
        most_bytes += quota(channel, FileQuota.STAFF_RESERVE_BYTES)
    _room(Q(project=project), size, files=files, most_bytes=most_bytes, whose="This commission has")
    if customer:
        if locked:
            _caller_lock(caller)
        _room(
            Q(uploaded_by=caller),
            size,
            files=quota(channel, FileQuota.CALLER_FILES),
            most_bytes=quota(channel, FileQuota.CALLER_BYTES),
            whose="You have",
        )


def _is_customer(project: BespokeProject, caller: str) -> bool:
    return caller.startswith("guest:") or caller == f"user:{project.owner_id}"


def counts_forget() -> int:
    """Remove the counts of hours that are over; answers how many."""
    return UploadCount.objects.filter(hour__lt=_hour() - timedelta(hours=1)).delete()[0]


def _hour() -> datetime:
    return clock.now().replace(minute=0, second=0, microsecond=0)


def _spend(scope: str, size: int, *, files: int, most_bytes: int, failures: int) -> None:
    if files < 1 or failures < 1 or size > most_bytes:
        raise _over_hour(scope)
    values: dict[str, str | int | datetime] = {"scope": scope, "hour": _hour(), "size": size}
    values |= {"files": files, "bytes": most_bytes, "failures": failures}
    with connection.cursor() as cursor:
        cursor.execute(_SPEND, values)
        counted = cursor.fetchone()
    if counted is None:
        _failures_check(scope, failures)
        raise _over_hour(scope)


def _failures_check(scope: str, most: int) -> None:
    if UploadCount.objects.filter(scope=scope, hour=_hour(), failures__gte=most).exists():
        raise BespokeError(
            ErrorCode.QUOTA_FAILURES_REACHED,
            "Too many of your uploads were refused; try again in the next hour.",
            field="file",
        )


def _over_hour(scope: str) -> BespokeError:
    if scope.startswith(_PLACES):
        return BespokeError(
            ErrorCode.QUOTA_HOUR_REACHED,
            "For this hour you pinned as much to meshes as possible; try again in the next one.",
            field="position",
        )
    whose = "you have" if scope.startswith("caller:") else "this commission has"
    return BespokeError(
        ErrorCode.QUOTA_HOUR_REACHED,
        f"For this hour {whose} uploaded as much as possible; try again in the next one.",
        field="file",
    )


def _room(of: Q, size: int, *, files: int, most_bytes: int, whose: str) -> None:
    uploaded = BespokeFile.objects.filter(of, erased_at=None, purpose__in=list(Purpose))
    held = uploaded.aggregate(
        files=Count("pk"), bytes=Sum(F("size") + F("original_size"), default=0)
    )
    if held["files"] >= files:
        raise BespokeError(
            ErrorCode.QUOTA_FILES_REACHED, f"{whose} {files} files, and more cannot be kept.",
            field="file",
        )  # fmt: skip
    if held["bytes"] + size > most_bytes:
        raise BespokeError(
            ErrorCode.QUOTA_BYTES_REACHED,
            f"{whose} no room left for a file of this size.",
            field="file",
        )


def _caller_lock(caller: str) -> None:
    """Let one transaction at a time add to what this caller has."""
    turn_take(f"files:{caller}")
