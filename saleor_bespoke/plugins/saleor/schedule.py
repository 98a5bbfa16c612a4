"""When the product's sweeps run: entries of the shop's own Celery beat."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings as django_settings

from saleor_bespoke.tasks import SCHEDULE

#: Saleor's settings are not those that the type checker reads.
settings: Any = django_settings

#: A sweep that waited as long as this is dropped: the next one does its work.
EXPIRY_RUNS = 5


def entries() -> dict[str, dict[str, Any]]:
    """Our part of `CELERY_BEAT_SCHEDULE`, by the tasks' names."""
    return {
        name: {
            "task": name,
            "schedule": timedelta(seconds=seconds),
            "options": {"expires": seconds * EXPIRY_RUNS},
        }
        for name, seconds in SCHEDULE.items()
    }


def connect() -> None:
    """Add our entries to the shop's schedule; an entry the shop wrote itself stays."""
    for name, entry in entries().items():
        settings.CELERY_BEAT_SCHEDULE.setdefault(name, entry)


def kept_in_database() -> bool:
    """Whether this shop's beat keeps its schedule in the database: then its own rows are there."""
    from saleor.schedulers.models import CustomPeriodicTask

    return bool(CustomPeriodicTask.objects.exclude(task__in=SCHEDULE).exists())


def rows_missing() -> list[str]:
    """Names of our sweeps that the schedule in the database lacks or has switched off."""
    from saleor.schedulers.models import CustomPeriodicTask

    rows = CustomPeriodicTask.objects.filter(task__in=SCHEDULE, enabled=True)
    return sorted(set(SCHEDULE) - set(rows.values_list("task", flat=True)))


def rows_write() -> int:
    """Write what is missing there, as beat itself would at its start; answers how many."""
    from saleor.schedulers.schedulers import CustomModelEntry

    missing = rows_missing()
    for name in missing:
        CustomModelEntry.from_entry(
            name, **{"enabled": True, **settings.CELERY_BEAT_SCHEDULE[name]}
        )
    return len(missing)


def rows_delete() -> int:
    """Take our sweeps out of the schedule in the database; a running beat notices by itself."""
    from saleor.schedulers.models import CustomPeriodicTask

    rows = CustomPeriodicTask.objects.filter(task__in=SCHEDULE)
    count = rows.count()
    for row in rows:
        row.delete()
    return count
