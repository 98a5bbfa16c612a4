"""The embedded shop's Celery application, for a worker and a beat in processes of their own:

`python -m celery --app saleor_bespoke.plugins.embedded.worker worker --beat`

The demo needs neither (see `background`). Without `CELERY_BROKER_URL` messages wait as files in the
data folder, so that no Redis is needed.
"""

from __future__ import annotations

import os

import django
from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saleor_bespoke.plugins.embedded.settings")
django.setup()

from django.conf import settings  # noqa: E402  # only known after the set-up

from saleor_bespoke import tasks  # noqa: E402

_QUEUE = settings.DATA_DIR / "queue"


def _files() -> dict[str, str]:
    """Where messages lie when files carry them."""
    folders = {"data_folder_in": "waiting", "data_folder_out": "waiting", "control_folder": "bound"}
    for name in set(folders.values()):
        (_QUEUE / name).mkdir(parents=True, exist_ok=True)
    return {option: str(_QUEUE / name) for option, name in folders.items()}


app = Celery("saleor_bespoke")
broker_url = os.environ.get("CELERY_BROKER_URL")
if broker_url:
    app.conf.broker_url = broker_url
else:
    app.conf.update(broker_url="filesystem://", broker_transport_options=_files())
app.conf.update(
    task_ignore_result=True,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    beat_schedule_filename=str(settings.DATA_DIR / "beat"),
    # A sweep that could not run in its interval is replaced by the next one.
    beat_schedule={
        name: {"task": name, "schedule": seconds, "options": {"expires": seconds}}
        for name, seconds in tasks.SCHEDULE.items()
    },
)
