"""What must hold after every step: the product's audit, and what must never change once seen."""

from __future__ import annotations

from typing import Any

from django.db import connection

from saleor_bespoke.audit import RULES, broken, seals_broken

P = "saleor_bespoke_"

#: What a sent offer says, in one text for each.
SEALED = f"""
    SELECT q.id::text, md5((to_jsonb(q) - 'status' - 'closed_at' - 'close_reason' - 'accepted_at'
        - 'accepted_alternative_id')::text || (
        SELECT string_agg(to_jsonb(a)::text || (
            SELECT coalesce(string_agg(to_jsonb(l)::text, '|' ORDER BY l.position), '')
            FROM {P}quoteline l WHERE l.alternative_id = a.id), '|' ORDER BY a.position)
        FROM {P}quotealternative a WHERE a.quote_id = q.id))
    FROM {P}quote q WHERE q.status <> 'DRAFT'
"""

#: The timeline, row by row: what once stood there stands there for ever.
TOLD = f"SELECT id::text, hash FROM {P}timelineevent"


def rows(query: str) -> list[Any]:
    """What the database answers."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


class Memory:
    """What must never change once it was seen: sent offers and told events."""

    def __init__(self) -> None:
        self.seen: dict[str, str] = {}

    def changed(self) -> list[str]:
        """The keys of what differs from the time it was first seen, or has vanished."""
        now = dict(rows(SEALED)) | dict(rows(TOLD))
        faults = [key for key, digest in self.seen.items() if now.get(key) != digest]
        self.seen = now | self.seen
        return faults


def forged_events() -> list[tuple[str, Any]]:
    """Digests that are not those of their content: of events, offers, designs and receipts."""
    return list(seals_broken().items())


__all__ = ["RULES", "Memory", "broken", "forged_events"]
