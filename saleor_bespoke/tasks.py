"""Celery's entry points: triggers only, each a sweep that may run twice and anywhere."""

from __future__ import annotations

import logging
from collections.abc import Callable

from celery import shared_task

from saleor_bespoke.flows import (
    expiry,
    following,
    provider,
    provider_reconciling,
    reconciling,
    releasing,
    sending,
    stranded,
    watching,
)
from saleor_bespoke.flows.personal_reports import reports_forget
from saleor_bespoke.media.deriving import services as deriving
from saleor_bespoke.media.direct import uploads_expire
from saleor_bespoke.media.quotas import counts_forget
from saleor_bespoke.media.scratch import scratch_sweep
from saleor_bespoke.media.services import stored_orphans_remove
from saleor_bespoke.project import deliveries
from saleor_bespoke.shop.port import shop
from saleor_bespoke.steps.cad import services as cad
from saleor_bespoke.steps.production.updates import progress_due_mark
from saleor_bespoke.steps.quoting import services as quoting
from saleor_bespoke.workshop import materials, promises

logger = logging.getLogger(__name__)


@shared_task(name="saleor_bespoke.deliveries")
def deliveries_drain() -> int:
    """Do what events owe: letters, refunds, the host's parcels."""
    with shop().writer():
        return deliveries.drain()


@shared_task(name="saleor_bespoke.webhooks")
def webhooks_send() -> int:
    """Send apps what they subscribed to."""
    with shop().writer():
        return sending.webhooks_send()


@shared_task(name="saleor_bespoke.provider_events")
def provider_events_process() -> int:
    """Process what the payment provider reported, and ask what it did not."""
    with shop().writer():
        return _all(provider.provider_events_process, following.payments_follow)


@shared_task(name="saleor_bespoke.expiries")
def expiries() -> int:
    """End holds, quotes, offers and unfinished payments whose time is over."""
    with shop().writer():
        return _all(
            expiry.payments_stop,
            stranded.stranded_money_judge,
            releasing.charges_lost_release,
            expiry.payables_expire,
            expiry.changes_expire,
            quoting.quotes_expire,
            materials.holdings_expire,
        )


@shared_task(name="saleor_bespoke.clocks")
def clocks() -> int:
    """Mark what is late, what the customer hears nothing of, and what came to a stand."""
    with shop().writer():
        return _all(promises.promises_late_mark, progress_due_mark, watching.stuck_mark)


@shared_task(name="saleor_bespoke.reconciling")
def reconcile() -> int:
    """Find out what the host did and nobody told us."""
    with shop().writer():
        return reconciling.reconcile()


@shared_task(name="saleor_bespoke.provider_reconciling")
def provider_reconcile() -> int:
    """Compare our books and the host's with the payment provider's."""
    with shop().writer():
        return provider_reconciling.provider_reconcile_daily()


def _all(*sweeps: Callable[[], int]) -> int:
    """Run every sweep, also after one that failed; then the task fails with the first failure."""
    done, failures = 0, []
    for sweep in sweeps:
        try:
            done += sweep()
        except Exception as failure:  # one commission's trouble keeps no other's stone
            logger.exception("The sweep %s failed", sweep.__name__)
            failures.append(failure)
    if failures:
        raise failures[0]
    return done


@shared_task(name="saleor_bespoke.derivatives")
def derivatives_make() -> int:
    """Make previews, posters and turntables of new files."""
    with shop().writer():
        return deriving.derivatives_make()


@shared_task(name="saleor_bespoke.cad_reports")
def cad_reports_make() -> int:
    """Examine the files of drafted revisions."""
    with shop().writer():
        return cad.reports_make()


@shared_task(name="saleor_bespoke.orphans")
def orphans_remove() -> int:
    """Remove what was left: stored bytes without a row, this machine's own copies, old names."""
    scratch_sweep()
    with shop().writer():
        return _all(stored_orphans_remove, reports_forget)


@shared_task(name="saleor_bespoke.uploads")
def uploads_end() -> int:
    """End direct uploads that nobody finished, and forget the counts of hours that are over."""
    with shop().writer():
        return _all(uploads_expire, counts_forget)


#: Task name → seconds between two runs.
SCHEDULE = {
    "saleor_bespoke.deliveries": 2.0,
    "saleor_bespoke.webhooks": 5.0,
    "saleor_bespoke.provider_events": 5.0,
    "saleor_bespoke.expiries": 30.0,
    "saleor_bespoke.clocks": 60.0,
    "saleor_bespoke.reconciling": float(reconciling.INTERVAL),
    "saleor_bespoke.provider_reconciling": 86_400.0,
    "saleor_bespoke.derivatives": 5.0,
    "saleor_bespoke.cad_reports": 5.0,
    "saleor_bespoke.orphans": 86_400.0,
    "saleor_bespoke.uploads": 600.0,
}
