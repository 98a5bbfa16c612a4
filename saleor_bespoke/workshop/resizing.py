"""Each channel's promise about resizing: quotes announce it, aftercare keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from saleor_bespoke import conf
from saleor_bespoke.craft.resizability import DEFAULT_POLICY, ResizePolicy


def resize_terms(channel: str) -> dict[str, int]:
    """The channel's days and US sizes, for a quote to keep."""
    policy = conf.policy(channel)
    return {"days": policy.resize_days, "limitUs": policy.resize_limit_us}


def resize_policy_kept(terms: Mapping[str, int]) -> ResizePolicy:
    """One free resize within the days and US sizes a quote kept, never farther than its metal.

    Terms that allow no size or no day promise no free resize.
    """
    days, most = terms["days"], Decimal(terms["limitUs"])
    if most <= 0 or days <= 0:
        return ResizePolicy(free_resizes=0)
    limits = {family: min(limit, most) for family, limit in DEFAULT_POLICY.by_family.items()}
    return ResizePolicy(window_days=days, by_family=limits)
