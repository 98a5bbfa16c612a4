"""Reads after delivery: the one judgement about a resize, from the rows it depends on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from saleor_bespoke import clock, conf
from saleor_bespoke.craft.resizability import (
    ResizeAnswer,
    decide_resize,
    resize_facts,
    window_opens_on,
)
from saleor_bespoke.craft.ring_sizes import LARGEST_MM, us_sizes_mm
from saleor_bespoke.craft.specification import Specification
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.aftercare.models import ResizeCase
from saleor_bespoke.workshop.resizing import resize_policy_kept

#: The change a prospect speaks of when nobody has named a size yet: a quarter US size.
_SMALLEST_CHANGE_MM = us_sizes_mm(Decimal("0.25"))


def window_opened_on(project: BespokeProject, shipments: Iterable[Any]) -> date | None:
    """The customer's local day on which the days of the free resize began, if they did."""
    piece = next((row for row in shipments if row.purpose == "ORDER"), None)
    if piece is None:
        return None
    policy = conf.policy(project.channel)
    delivered = piece.delivered_at if policy.resize_window_from == "DELIVERY" else None
    return window_opens_on(
        delivered_at=delivered,
        shipped_at=piece.dispatched_at,
        transit_days=policy.transit_days,
        timezone=project.time_zone,
    )


def size_now(spec: Specification, resizes: Iterable[ResizeCase]) -> Decimal | None:
    """The size the ring has by agreement, in mm around: the last resize's, else the ordered one."""
    done = [row for row in resizes if row.finished_at is not None]
    if done:
        return max(done, key=lambda row: row.requested_at).asked_size_mm
    return spec.ring_size.circumference if spec.ring_size else None


def granted_before(resizes: Iterable[ResizeCase]) -> int:
    """How many free resizes were granted and not taken back."""
    return sum(row.free and row.status != "REFUSED" for row in resizes)


def resize_judge(
    project: BespokeProject,
    specification: Mapping[str, object],
    promised: Mapping[str, Any],
    shipments: Iterable[Any],
    resizes: Iterable[ResizeCase],
    asked_mm: Decimal | None = None,
) -> ResizeAnswer:
    """Free, paid or impossible if it was asked for now; without a size, for a slight change.

    Judged by what the accepted quote `promised`.
    """
    spec = Specification.from_json(dict(specification))
    resizes = list(resizes)
    present = size_now(spec, resizes) or Decimal(0)
    if asked_mm is None:
        up = present + _SMALLEST_CHANGE_MM <= LARGEST_MM
        asked_mm = present + (_SMALLEST_CHANGE_MM if up else -_SMALLEST_CHANGE_MM)
    return decide_resize(
        resize_facts(spec),
        asked_mm=asked_mm,
        ordered_mm=present,
        opened_on=window_opened_on(project, shipments),
        asked_at=clock.now(),
        timezone=project.time_zone,
        granted_before=granted_before(resizes),
        policy=resize_policy_kept(promised["terms"]),
    )
