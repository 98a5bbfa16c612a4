"""Invariants 7 and 11: the ledger tells of every movement, once, and adds up at every moment."""

from __future__ import annotations

from saleor_bespoke.audit.money import SURPLUS
from saleor_bespoke.audit.rule import NOW, PATIENCE, P, Rule, flagged

#: What was charged on checkouts that made no order, and is sent back.
RELEASED = f"""coalesce((SELECT sum(f.amount) FROM {P}refund f
    WHERE f.payable_id = p.id AND f.attempt_id IS NOT NULL AND f.currency = p.currency), 0)"""


def ledger(kind: str, more: str = "") -> str:
    """What the ledger says of the sum `p`, in its currency."""
    return f"""coalesce((SELECT sum(l.amount) FROM {P}ledgerentry l
        WHERE l.payable_id = p.id AND l.kind = '{kind}' AND l.currency = p.currency {more}), 0)"""


CHARGES_TOLD = Rule(
    "the ledger tells of every charge",
    7,
    f"""
    SELECT p.project_id AS project, p.id AS payable FROM {P}payable p
    WHERE p.order_id IS NOT NULL AND (
        {ledger("CHARGED")} < p.charged + {SURPLUS} + {RELEASED}
        OR {ledger("CHARGED", f"AND l.at < {NOW} - {PATIENCE}")}
            > p.charged + {SURPLUS} + {RELEASED})
      AND NOT {flagged("p.project_id", "OVERPAID", "SECOND_ORDER")}
    """,
)

#: A failure that our own refunds tell of.
_OWN = f"""AND EXISTS (SELECT 1 FROM {P}refund f
    WHERE f.payable_id = p.id AND l.reference = 'failed:' || f.id)"""

REFUNDS_TOLD = Rule(
    "the ledger tells of every refund",
    7,
    f"""
    SELECT p.project_id AS project, p.id AS payable FROM {P}payable p
    WHERE {ledger("REFUNDED", "AND l.reference NOT LIKE 'host:%'")}
        - {ledger("REFUND_FAILED", _OWN)}
        <> (SELECT coalesce(sum(f.amount), 0) FROM {P}refund f
            WHERE f.payable_id = p.id AND f.status = 'SUCCEEDED' AND f.currency = p.currency)
    """,
)

QUOTES_TOLD = Rule(
    "the ledger tells what is owed: every sum once, and its end",
    7,
    f"""
    SELECT p.project_id AS project, p.id AS payable FROM {P}payable p
    WHERE {ledger("QUOTED")} <> p.amount OR {ledger("DROPPED")}
        <> CASE WHEN p.status IN ('CANCELLED', 'EXPIRED') THEN p.amount ELSE 0 END
    """,
)

HOLDS_TOLD = Rule(
    "the ledger holds what is frozen for an open checkout, and nothing else",
    7,
    f"""
    SELECT p.project_id AS project, p.id AS payable FROM {P}payable p
    WHERE {ledger("HELD")} - {ledger("HOLD_ENDED")} <> coalesce((
        SELECT sum(a.locked_total) FROM {P}attempt a
        WHERE a.payable_id = p.id AND a.state = 'LIVE'), 0)
    """,
)

SANE = Rule(
    "no balance of the ledger is below nothing, and none gives back more than came",
    7,
    f"""
    SELECT b.project_id AS project, b.currency FROM (
        SELECT p.project_id, l.currency,
            sum(l.amount) FILTER (WHERE l.kind = 'QUOTED') AS quoted,
            sum(l.amount) FILTER (WHERE l.kind IN ('DROPPED', 'REDUCED')) AS dropped,
            sum(l.amount) FILTER (WHERE l.kind = 'CHARGED') AS charged,
            sum(CASE l.kind WHEN 'REFUNDED' THEN l.amount WHEN 'REFUND_FAILED' THEN -l.amount
                ELSE 0 END) AS refunded,
            sum(CASE l.kind WHEN 'DISPUTED' THEN l.amount WHEN 'DISPUTE_WON' THEN -l.amount
                ELSE 0 END) AS disputed,
            sum(CASE l.kind WHEN 'OLD_GOLD_CREDIT' THEN l.amount
                WHEN 'OLD_GOLD_RETURNED' THEN -l.amount ELSE 0 END) AS old_gold
        FROM {P}ledgerentry l JOIN {P}payable p ON p.id = l.payable_id
        GROUP BY p.project_id, l.currency) AS b
    WHERE coalesce(b.quoted, 0) < coalesce(b.dropped, 0) OR b.refunded < 0 OR b.disputed < 0
        OR b.old_gold < 0 OR b.refunded > coalesce(b.charged, 0)
        OR b.disputed > coalesce(b.charged, 0)
    """,
)

COUNTED_ONCE = Rule(
    "a movement of money counts once",
    8,
    f"""
    SELECT (array_agg(p.project_id))[1] AS project, l.kind, l.reference FROM {P}ledgerentry l
    JOIN {P}payable p ON p.id = l.payable_id
    GROUP BY l.kind, l.reference HAVING count(*) > 1
    """,
)

RULES = (CHARGES_TOLD, REFUNDS_TOLD, QUOTES_TOLD, HOLDS_TOLD, SANE, COUNTED_ONCE)
