"""Each channel's working calendar, from its settings."""

from __future__ import annotations

from saleor_bespoke import conf
from saleor_bespoke.craft.calendar import BusinessCalendar


def calendar_of(channel: str) -> BusinessCalendar:
    """When the workshop of this channel works."""
    policy = conf.policy(channel)
    return BusinessCalendar(
        country=policy.country,
        subdivision=policy.subdivision,
        closures=frozenset(policy.closures),
        timezone=policy.time_zone,
        opens_hour=policy.opening_hour,
        closes_hour=policy.closing_hour,
        cutoff_hour=policy.cut_off_hour,
    )
