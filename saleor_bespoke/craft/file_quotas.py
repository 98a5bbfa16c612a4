"""How much may be uploaded: for one commission and by one caller, in an hour and in all."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from saleor_bespoke.craft.file_kinds import MEGABYTE


class FileQuota(StrEnum):
    """A limit by the name under which a channel's `file_quotas` sets it."""

    PROJECT_FILES = "project_files"
    PROJECT_BYTES = "project_bytes"
    STAFF_RESERVE_FILES = "staff_reserve_files"
    STAFF_RESERVE_BYTES = "staff_reserve_bytes"
    PROJECT_HOUR_FILES = "project_hour_files"
    PROJECT_HOUR_BYTES = "project_hour_bytes"
    CALLER_FILES = "caller_files"
    CALLER_BYTES = "caller_bytes"
    CALLER_HOUR_FILES = "caller_hour_files"
    CALLER_HOUR_BYTES = "caller_hour_bytes"
    CALLER_HOUR_FAILURES = "caller_hour_failures"
    CALLER_HOUR_PLACES = "caller_hour_places"
    STAFF_HOUR_FILES = "staff_hour_files"
    STAFF_HOUR_BYTES = "staff_hour_bytes"
    STAFF_HOUR_FAILURES = "staff_hour_failures"


#: What holds where a channel says nothing. Hours are those of the clock.
DEFAULTS: Final[Mapping[FileQuota, int]] = MappingProxyType(
    {
        FileQuota.PROJECT_FILES: 500,
        FileQuota.PROJECT_BYTES: 10_240 * MEGABYTE,
        FileQuota.STAFF_RESERVE_FILES: 250,
        FileQuota.STAFF_RESERVE_BYTES: 5_120 * MEGABYTE,
        FileQuota.PROJECT_HOUR_FILES: 200,
        FileQuota.PROJECT_HOUR_BYTES: 4_096 * MEGABYTE,
        FileQuota.CALLER_FILES: 1_000,
        FileQuota.CALLER_BYTES: 10_240 * MEGABYTE,
        FileQuota.CALLER_HOUR_FILES: 60,
        FileQuota.CALLER_HOUR_BYTES: 2_048 * MEGABYTE,
        FileQuota.CALLER_HOUR_FAILURES: 30,
        FileQuota.CALLER_HOUR_PLACES: 200,
        FileQuota.STAFF_HOUR_FILES: 10_000,
        FileQuota.STAFF_HOUR_BYTES: 204_800 * MEGABYTE,
        FileQuota.STAFF_HOUR_FAILURES: 1_000,
    }
)
