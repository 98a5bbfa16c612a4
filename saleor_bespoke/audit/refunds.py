"""Invariant 7: refunds within what was captured, by the ladder, and told the same everywhere."""

from __future__ import annotations

from saleor_bespoke.audit.money import SURPLUS
from saleor_bespoke.audit.rule import NOW, PATIENCE, P, Rule, flagged, places

#: What was charged on checkouts that made no order, and is sent back.
RELEASED = f"""coalesce((SELECT sum(f.amount) FROM {P}refund f
    WHERE f.payable_id = p.id AND f.attempt_id IS NOT NULL AND f.currency = p.currency), 0)"""

#: A cancellation for these reasons is the workshop's own: all goes back.
SHOP_REASONS = "('UNABLE_TO_DELIVER', 'DELAY_REFUSED')"
CANCELLATIONS = "('UNABLE_TO_DELIVER', 'DELAY_REFUSED', 'CUSTOMER_WISH', 'NO_ANSWER', 'OTHER')"


def ledger(kind: str, more: str = "") -> str:
    """What the ledger says of the sum `p`, in its currency."""
    return f"""coalesce((SELECT sum(l.amount) FROM {P}ledgerentry l
        WHERE l.payable_id = p.id AND l.kind = '{kind}' AND l.currency = p.currency {more}), 0)"""


WITHIN = Rule(
    "refunds stay within the capture",
    7,
    f"""
    SELECT p.project_id AS project, p.id AS payable FROM {P}payable p
    WHERE p.refund_committed > p.charged OR p.refund_committed < (
        SELECT coalesce(sum(f.amount), 0) FROM {P}refund f WHERE f.payable_id = p.id
            AND f.attempt_id IS NULL AND f.cause <> 'OVERPAID')
    """,
)

COMMITTED = Rule(
    "what is committed to go back is refunds, and what the host sent back by itself",
    7,
    f"""
    SELECT p.project_id AS project, p.id AS payable FROM {P}payable p
    WHERE p.order_id IS NOT NULL AND p.refund_committed > (
        SELECT coalesce(sum(f.amount), 0) FROM {P}refund f WHERE f.payable_id = p.id
            AND f.cause <> 'OVERPAID') + {ledger("REFUNDED", "AND l.reference LIKE 'host:%'")}
    """,
)

WHOLE = Rule(
    "what was paid for nothing goes back whole",
    7,
    f"""
    SELECT p.project_id AS project, p.id AS payable FROM {P}payable p
    WHERE p.order_id IS NOT NULL AND p.status <> 'PAID' AND p.refund_committed <> p.charged
    """,
)

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

HOST_AGREES = Rule(
    "the host gave back what the ledger says",
    7,
    f"""
    SELECT p.project_id AS project, p.id AS payable, o.id AS "order"
    FROM host_order o JOIN {P}payable p ON p.order_id = o.id
    WHERE o.since < {NOW} - {PATIENCE}
      AND NOT EXISTS (SELECT 1 FROM {P}ledgerentry l
          WHERE l.payable_id = p.id AND l.at > {NOW} - {PATIENCE})
      AND o.refunded + coalesce((SELECT sum(f.amount) FROM {P}refund f
            JOIN {P}attempt a ON a.id = f.attempt_id WHERE f.payable_id = p.id
            AND f.status = 'SUCCEEDED' AND a.checkout_id <> o.checkout_id), 0)
        <> {ledger("REFUNDED")} - {ledger("REFUND_FAILED")}
      AND NOT {flagged("p.project_id", "REFUND_FAILED", "HOST_REFUND_FAILED", "REFUND_WAITING")}
    """,
)

#: The piece's commission was left: by what reason, in which furthest stage, with what refund.
LEAVING = f"""
    SELECT e.project_id, e.at, e.payload ->> 'reason' AS reason,
        (e.payload ->> 'refund')::numeric AS refund, c.channel, (
            SELECT m.payload ->> 'source' FROM {P}timelineevent m
            WHERE m.project_id = e.project_id AND m.kind = 'StageMoved'
              AND m.sequence < e.sequence
            ORDER BY array_position(ARRAY['INTAKE', 'QUOTED', 'CHECKOUT', 'DESIGN', 'PRODUCTION',
                'QUALITY', 'SHIPPING', 'AFTERCARE', 'CLOSED'], m.payload ->> 'source')
                DESC NULLS LAST LIMIT 1) AS stage
    FROM {P}timelineevent e JOIN {P}bespokeproject c ON c.id = e.project_id
    WHERE e.kind = 'ProjectCancelled'
"""

LADDER = Rule(
    "who left got what the ladder gives at the furthest stage reached",
    7,
    f"""
    SELECT left_.project_id AS project, left_.stage, left_.refund AS given, sum(due.amount) AS due
    FROM ({LEAVING}) AS left_ JOIN LATERAL (
        SELECT greatest(0, trunc(p.charged * CASE WHEN left_.reason IN {SHOP_REASONS} THEN 1 ELSE
            coalesce((SELECT (coalesce(k.policies -> left_.channel, k.policies -> '')
                -> 'ladder' ->> left_.stage)::numeric FROM asked k), 0) END,
            least(2, {places("p.currency")}))
            - coalesce((SELECT sum(f.amount) FROM {P}refund f WHERE f.payable_id = p.id
                AND f.attempt_id IS NULL AND f.cause <> 'OVERPAID' AND f.cause <> left_.reason
                AND f.requested_at < left_.at), 0)
            - {ledger("REFUNDED", "AND l.reference LIKE 'host:%' AND l.at < left_.at")}
        ) AS amount
        FROM {P}payable p WHERE p.project_id = left_.project_id AND p.status = 'PAID'
          AND p.paid_at <= left_.at
    ) AS due ON true
    GROUP BY left_.project_id, left_.stage, left_.refund
    HAVING sum(due.amount) <> left_.refund
    """,
)

LEAVING_REFUNDED = Rule(
    "a cancellation owes the refund that it named",
    7,
    f"""
    SELECT left_.project_id AS project FROM ({LEAVING}) AS left_
    WHERE left_.refund <> coalesce((SELECT sum(f.amount) FROM {P}refund f
        JOIN {P}payable p ON p.id = f.payable_id
        WHERE p.project_id = left_.project_id AND f.cause = left_.reason
          AND f.attempt_id IS NULL), 0)
    """,
)

ONCE = Rule(
    "one cause gives back once",
    8,
    f"""
    SELECT p.project_id AS project, f.payable_id AS payable, f.cause FROM {P}refund f
    JOIN {P}payable p ON p.id = f.payable_id
    WHERE f.attempt_id IS NULL AND f.status <> 'FAILED'
      AND f.cause NOT IN ('OVERPAID', 'CHANGE_ORDER', 'QUALITY_CLAIM', 'OTHER')
    GROUP BY p.project_id, f.payable_id, f.cause HAVING count(*) > 1
    UNION ALL
    SELECT p.project_id, min(p.id::text)::uuid, 'CHANGE_ORDER' FROM {P}refund f
    JOIN {P}payable p ON p.id = f.payable_id WHERE f.cause = 'CHANGE_ORDER'
    GROUP BY p.project_id HAVING count(*) > (SELECT count(*) FROM {P}changeorder x
        WHERE x.project_id = p.project_id AND x.status = 'SETTLED' AND x.price_difference < 0)
    UNION ALL
    SELECT p.project_id, min(p.id::text)::uuid, 'QUALITY_CLAIM' FROM {P}refund f
    JOIN {P}payable p ON p.id = f.payable_id WHERE f.cause = 'QUALITY_CLAIM'
    GROUP BY p.project_id HAVING sum(f.amount) > (SELECT coalesce(sum(k.refund_amount), 0)
        FROM {P}claim k WHERE k.project_id = p.project_id AND k.status = 'ACCEPTED')
    UNION ALL
    SELECT p.project_id, f.payable_id, 'NO_ORDER' FROM {P}refund f
    JOIN {P}payable p ON p.id = f.payable_id
    WHERE f.attempt_id IS NOT NULL AND f.status IN ('REQUESTED', 'PENDING')
    GROUP BY p.project_id, f.payable_id, f.attempt_id HAVING count(*) > 1
    """,
)

SENT = Rule(
    "a refund that is owed is sent, or staff know why not",
    11,
    f"""
    SELECT p.project_id AS project, f.id AS refund, f.status FROM {P}refund f
    JOIN {P}payable p ON p.id = f.payable_id
    WHERE (f.status = 'REQUESTED' AND f.requested_at < {NOW} - {PATIENCE}
        AND NOT {flagged("p.project_id", "REFUND_WAITING", "REFUND_FAILED", "DELIVERY_FAILED")})
      OR (f.status = 'PENDING' AND f.requested_at < {NOW} - interval '31 days'
        AND NOT {flagged("p.project_id", "REFUND_WAITING", "REFUND_FAILED", "DELIVERY_FAILED")})
      OR (f.status = 'FAILED'
        AND NOT {flagged("p.project_id", "REFUND_FAILED")})
    """,
)

RULES = (
    WITHIN, COMMITTED, WHOLE, CHARGES_TOLD, REFUNDS_TOLD, HOST_AGREES, LADDER, LEAVING_REFUNDED,
    ONCE, SENT,
)  # fmt: skip
