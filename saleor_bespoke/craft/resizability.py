"""The one decision about a resize: free, paid or impossible, why, and until when.

It is the same decision that the quote announces and that aftercare applies, so both ask here.
Sizes are inner circumferences in mm; "±2 US sizes" is a distance in mm, never one of labels.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from saleor_bespoke.craft.codec import decimal_text
from saleor_bespoke.craft.metals import Finish
from saleor_bespoke.craft.pieces import SettingType, StyleFeature
from saleor_bespoke.craft.resize_policy import (
    DEFAULT_POLICY,
    ResizeFacts,
    ResizePolicy,
    resize_facts,
)
from saleor_bespoke.craft.ring_sizes import (
    LARGEST_MM,
    ROUNDING_MM,
    SMALLEST_MM,
    us_sizes_mm,
)

__all__ = [
    "DEFAULT_POLICY",
    "ResizeAnswer",
    "ResizeCode",
    "ResizeFacts",
    "ResizeOutcome",
    "ResizePolicy",
    "ResizeProspect",
    "ResizeReason",
    "decide_resize",
    "resize_facts",
    "resize_prospect",
    "window_opens_on",
]


class ResizeOutcome(StrEnum):
    """What the customer may expect."""

    FREE = "free"
    PAID = "paid"
    IMPOSSIBLE = "impossible"


class ResizeCode(StrEnum):
    """Why. A published code never changes its meaning."""

    WITHIN_PROMISE = "within_promise"
    NOT_PROMISED = "not_promised"
    ALREADY_USED = "already_used"
    WINDOW_CLOSED = "window_closed"
    BEYOND_FREE_LIMIT = "beyond_free_limit"
    NOT_A_RING = "not_a_ring"
    NOT_DELIVERED = "not_delivered"
    SAME_SIZE = "same_size"
    NO_SUCH_SIZE = "no_such_size"
    BEYOND_WORKSHOP_LIMIT = "beyond_workshop_limit"
    FULL_ETERNITY = "full_eternity"
    TENSION_SETTING = "tension_setting"
    UNWORKABLE_METAL = "unworkable_metal"
    ALL_OVER_SURFACE = "all_over_surface"


@dataclass(frozen=True, slots=True)
class ResizeReason:
    """A code for programs and its sentence for a person."""

    code: ResizeCode
    sentence: str


@dataclass(frozen=True, slots=True)
class ResizeAnswer:
    """The decision. `until` is the last free day (inclusive, customer's zone), None if unknown;
    `limit_mm` how far the free resize reaches either way, 0 where there is none."""

    outcome: ResizeOutcome
    reasons: tuple[ResizeReason, ...]
    until: date | None
    limit_mm: Decimal


@dataclass(frozen=True, slots=True)
class ResizeProspect:
    """What the quote says to "Will the resize be free?" before anything is made.

    `possible` tells whether the ring can be resized at all, for a fee or free."""

    possible: bool
    free: bool
    reasons: tuple[ResizeReason, ...]
    limit_us_sizes: Decimal
    limit_mm: Decimal
    window_days: int
    sentence: str


_ALL_OVER: Final = frozenset(
    {
        StyleFeature.HAMMERED_ALL_OVER,
        StyleFeature.ENGRAVED_ALL_OVER,
        StyleFeature.PATTERN_ALL_OVER,
    }
)
_SENTENCES: Final = {
    ResizeCode.WITHIN_PROMISE: "This is the free resize that came with the ring.",
    ResizeCode.NOT_PROMISED: "This ring comes without a free resize.",
    ResizeCode.ALREADY_USED: "The free resize of this ring was already used.",
    ResizeCode.WINDOW_CLOSED: "The free resize had to be asked for earlier.",
    ResizeCode.BEYOND_FREE_LIMIT: "The new size is further away than the free resize reaches.",
    ResizeCode.NOT_A_RING: "Only rings have a resize.",
    ResizeCode.NOT_DELIVERED: "The resize begins with the delivery of the ring.",
    ResizeCode.SAME_SIZE: "The ring already has this size.",
    ResizeCode.NO_SUCH_SIZE: "Rings of this size are not made.",
    ResizeCode.BEYOND_WORKSHOP_LIMIT: "The ring cannot be changed that far without harm.",
    ResizeCode.FULL_ETERNITY: "A full eternity ring has no plain metal to resize.",
    ResizeCode.TENSION_SETTING: "Resizing would loosen a tension-set stone.",
    ResizeCode.UNWORKABLE_METAL: "This metal cannot be resized.",
    ResizeCode.ALL_OVER_SURFACE: "Resizing would break the surface worked all around the ring.",
}


def _reason(code: ResizeCode) -> ResizeReason:
    return ResizeReason(code, _SENTENCES[code])


def _obstacles(facts: ResizeFacts, policy: ResizePolicy) -> list[ResizeCode]:
    if not facts.piece_type.has_ring_size:
        return [ResizeCode.NOT_A_RING]
    tension = facts.setting is SettingType.TENSION or StyleFeature.TENSION in facts.features
    hammered = facts.finish is Finish.HAMMERED or bool(_ALL_OVER & facts.features)
    standing = {
        ResizeCode.FULL_ETERNITY: StyleFeature.ETERNITY_FULL in facts.features,
        ResizeCode.TENSION_SETTING: tension,
        ResizeCode.UNWORKABLE_METAL: policy.by_family.get(facts.family, 0) <= 0,
        ResizeCode.ALL_OVER_SURFACE: hammered,
    }
    return [code for code, stands in standing.items() if stands]


def _limit_us(facts: ResizeFacts, policy: ResizePolicy) -> Decimal:
    limits = [policy.by_family[facts.family]]
    limits += [policy.by_feature[it] for it in facts.features if it in policy.by_feature]
    if facts.setting is SettingType.CHANNEL:
        limits.append(policy.by_feature.get(StyleFeature.CHANNEL_SET, limits[0]))
    if facts.band_width_mm is not None and facts.band_width_mm >= policy.wide_band_mm:
        limits.append(policy.wide_band_us_sizes)
    return min(limits)


def window_opens_on(
    *, delivered_at: datetime | None, shipped_at: datetime | None, transit_days: int, timezone: str
) -> date | None:
    """The local day the window opens: delivery, else shipment plus transit, else not yet.

    `timezone` is the customer's IANA zone. Raises ValueError for a naive time.
    """
    if delivered_at is not None:
        return _local_day(delivered_at, timezone)
    if shipped_at is not None:
        return _local_day(shipped_at, timezone) + timedelta(days=max(transit_days, 0))
    return None


def _local_day(moment: datetime, timezone: str) -> date:
    if moment.tzinfo is None:
        raise ValueError("A time needs its zone.")
    return moment.astimezone(ZoneInfo(timezone)).date()


def decide_resize(
    facts: ResizeFacts,
    *,
    asked_mm: Decimal,
    ordered_mm: Decimal,
    opened_on: date | None,
    asked_at: datetime,
    timezone: str,
    granted_before: int,
    policy: ResizePolicy = DEFAULT_POLICY,
) -> ResizeAnswer:
    """Decide about a resize from the delivered circumference to the asked one, both in mm.

    `opened_on` comes from `window_opens_on`, `granted_before` counts free resizes granted so far.
    The window includes its last day in the customer's zone. Raises ValueError for a naive time.
    """
    asked_on = _local_day(asked_at, timezone)
    until = None if opened_on is None else opened_on + timedelta(days=policy.window_days)
    hurdles = _obstacles(facts, policy)
    if hurdles:
        return _impossible(hurdles, None, Decimal(0))
    free_us = _limit_us(facts, policy)
    limit_mm = us_sizes_mm(free_us)
    distance = abs(asked_mm - ordered_mm)
    refusals = {
        ResizeCode.NOT_DELIVERED: opened_on is None,
        ResizeCode.SAME_SIZE: distance == 0,
        ResizeCode.NO_SUCH_SIZE: not SMALLEST_MM <= asked_mm <= LARGEST_MM,
        ResizeCode.BEYOND_WORKSHOP_LIMIT: _beyond(distance, max(policy.workshop_us_sizes, free_us)),
    }
    if any(refusals.values()):
        return _impossible([code for code, holds in refusals.items() if holds], until, limit_mm)
    prices = {
        ResizeCode.NOT_PROMISED: policy.free_resizes < 1,
        ResizeCode.ALREADY_USED: 0 < policy.free_resizes <= granted_before,
        ResizeCode.WINDOW_CLOSED: until is not None and asked_on > until,
        ResizeCode.BEYOND_FREE_LIMIT: _beyond(distance, free_us),
    }
    paid = tuple(_reason(code) for code, holds in prices.items() if holds)
    if paid:
        return ResizeAnswer(ResizeOutcome.PAID, paid, until, limit_mm)
    granted = (_reason(ResizeCode.WITHIN_PROMISE),)
    return ResizeAnswer(ResizeOutcome.FREE, granted, until, limit_mm)


def _beyond(distance: Decimal, sizes: Decimal) -> bool:
    """Farther than so many US sizes; both circumferences were rounded, hence the slack."""
    return distance > us_sizes_mm(sizes) + ROUNDING_MM


def _impossible(codes: list[ResizeCode], until: date | None, limit_mm: Decimal) -> ResizeAnswer:
    reasons = tuple(_reason(code) for code in codes)
    return ResizeAnswer(ResizeOutcome.IMPOSSIBLE, reasons, until, limit_mm)


def resize_prospect(facts: ResizeFacts, policy: ResizePolicy = DEFAULT_POLICY) -> ResizeProspect:
    """Answer "Will the resize be free?" for a quote, by the very rules of `decide_resize`."""
    nothing = (Decimal(0), Decimal(0), 0)
    obstacles = tuple(_reason(code) for code in _obstacles(facts, policy))
    if obstacles:
        why = " ".join(reason.sentence for reason in obstacles)
        return ResizeProspect(False, False, obstacles, *nothing, f"No. {why}")
    if policy.free_resizes < 1:
        unfree = (_reason(ResizeCode.NOT_PROMISED),)
        return ResizeProspect(True, False, unfree, *nothing, f"No. {unfree[0].sentence}")
    sizes = _limit_us(facts, policy)
    around = us_sizes_mm(sizes)
    plural = "size" if sizes == 1 else "sizes"
    sentence = (
        f"Yes, once: by up to {decimal_text(sizes)} US {plural} ({around} mm around) "
        f"either way, asked for within {policy.window_days} days of delivery."
    )
    promise = (_reason(ResizeCode.WITHIN_PROMISE),)
    return ResizeProspect(True, True, promise, sizes, around, policy.window_days, sentence)
