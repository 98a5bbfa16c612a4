"""Each channel's promise about resizing: quotes announce it, aftercare keeps it."""

from __future__ import annotations

from decimal import Decimal

from saleor_bespoke import conf
from saleor_bespoke.craft.resizability import DEFAULT_POLICY, ResizePolicy


def resize_policy_of(channel: str) -> ResizePolicy:
    """One free resize within the channel's days and US sizes, and never farther than its metal.

    A channel that allows no size or no day promises no free resize.
    """
    policy = conf.policy(channel)
    most = Decimal(policy.resize_limit_us)
    if most <= 0 or policy.resize_days <= 0:
        return ResizePolicy(free_resizes=0)
    limits = {family: min(limit, most) for family, limit in DEFAULT_POLICY.by_family.items()}
    return ResizePolicy(window_days=policy.resize_days, by_family=limits)
