"""Invariants 1 and 8: work starts by one exact charge on one order, and nothing counts twice."""

from __future__ import annotations

from saleor_bespoke.audit.rule import NOW, OWED, PATIENCE, STARTED, P, Rule, flagged

#: What was charged beyond a settled sum and is, or was to be, sent back.
SURPLUS = f"""coalesce((SELECT sum(f.amount) FROM {P}refund f
    WHERE f.payable_id = p.id AND f.cause = 'OVERPAID'), 0)"""

EXACT = Rule(
    "a paid sum is charged exactly, in its currency, on its one order",
    1,
    f"""
    SELECT p.project_id AS project, p.id AS payable, p.order_id AS "order"
    FROM {P}payable p LEFT JOIN host_order o ON o.id = p.order_id
    WHERE p.status = 'PAID' AND (o.id IS NULL OR o.currency <> p.currency
        OR p.charged IS DISTINCT FROM p.locked_total OR o.total <> p.locked_total
        OR o.foreign_money OR o.taken < p.locked_total)
    """,
)

OVERPAID = Rule(
    "what was charged beyond a paid sum goes back or is shown",
    11,
    f"""
    SELECT p.project_id AS project, p.id AS payable, o.id AS "order"
    FROM {P}payable p JOIN host_order o ON o.id = p.order_id
    WHERE p.status = 'PAID' AND o.taken > p.locked_total + {SURPLUS}
        AND o.since < {NOW} - {PATIENCE}
        AND NOT {flagged("p.project_id", "OVERPAID", "REFUND_FAILED", "HOST_REFUND_FAILED")}
    """,
)

BEGUN = Rule(
    "work has begun only on a paid offer, or on a redo that is owed",
    1,
    f"""
    SELECT c.id AS project FROM {P}bespokeproject c WHERE c.stage IN {STARTED}
      AND NOT {OWED} AND 1 <> (
        SELECT count(*) FROM {P}payable p JOIN {P}quote q ON q.id = p.subject_pk
        WHERE p.project_id = c.id AND p.kind = 'QUOTE' AND p.status = 'PAID'
          AND q.status = 'ACCEPTED')
    """,
)

ONCE = Rule(
    "work that has begun, began exactly once",
    1,
    f"""
    SELECT c.id AS project, coalesce(e.times, 0) AS times FROM {P}bespokeproject c
    LEFT JOIN (SELECT project_id, count(*) AS times FROM {P}timelineevent
        WHERE kind = 'StageMoved' AND payload ->> 'target' = 'DESIGN' GROUP BY project_id) AS e
        ON e.project_id = c.id
    WHERE e.times > 1 OR (c.stage IN {STARTED} AND e.times IS NULL)
    """,
)

PAID_ONCE = Rule(
    "a sum is paid exactly once, and the timeline tells so",
    8,
    f"""
    SELECT p.project_id AS project, p.id AS payable FROM {P}payable p
    WHERE CASE WHEN p.status = 'PAID' THEN 1 ELSE 0 END <> (
        SELECT count(*) FROM {P}timelineevent e WHERE e.project_id = p.project_id
          AND e.kind = 'PayablePaid' AND e.payload ->> 'payable' = p.id::text)
    """,
)

ONE_ORDER = Rule(
    "a sum ends in at most one order",
    1,
    f"""
    SELECT p.project_id AS project, p.id AS payable FROM {P}payable p
    JOIN {P}attempt a ON a.payable_id = p.id JOIN host_order o ON o.checkout_id = a.checkout_id
    WHERE o.status <> 'CANCELED' AND o.since < {NOW} - {PATIENCE}
      AND NOT {flagged("p.project_id", "SECOND_ORDER", "ORDER_UNPAID", "MARKED_AS_PAID")}
    GROUP BY p.id HAVING count(DISTINCT o.id) > 1
    """,
)

ONE_ATTEMPT = Rule(
    "a paid sum was paid by one checkout, that of its order",
    1,
    f"""
    SELECT p.project_id AS project, p.id AS payable FROM {P}payable p
    LEFT JOIN {P}attempt a ON a.payable_id = p.id AND a.outcome = 'PAID'
    LEFT JOIN host_order o ON o.id = p.order_id AND o.checkout_id = a.checkout_id
    WHERE p.status = 'PAID'
    GROUP BY p.id HAVING count(a.id) <> 1 OR count(o.id) <> 1
    """,
)

ONE_CHARGE = Rule(
    "a sum is charged once at our provider",
    8,
    f"""
    SELECT p.project_id AS project, p.id AS payable FROM {P}payable p
    JOIN {P}attempt a ON a.payable_id = p.id JOIN {P}payment y ON y.attempt_id = a.id
    WHERE y.status = 'SUCCEEDED' AND y.ended_at < {NOW} - {PATIENCE}
      AND NOT {flagged("p.project_id", "SECOND_ORDER", "OVERPAID", "PAID_WITHOUT_ORDER")}
    GROUP BY p.id HAVING count(*) > 1
    """,
)

IN_TIME = Rule(
    "a payment was begun while the offer stood",
    1,
    f"""
    SELECT p.project_id AS project, p.id AS payable, a.id AS attempt
    FROM {P}payable p JOIN {P}attempt a ON a.payable_id = p.id
    WHERE p.status = 'PAID' AND a.outcome = 'PAID' AND p.valid_until IS NOT NULL
      AND p.valid_until < least(a.initialised_at, a.money_seen_at, (
          SELECT min(y.created_at) FROM {P}payment y
          WHERE y.attempt_id = a.id AND y.status <> 'CANCELLED'))
      AND NOT EXISTS (SELECT 1 FROM {P}banktransfer b WHERE b.payable_id = p.id)
    """,
)

UNPAID = Rule(
    "before payment nothing counts as charged",
    1,
    f"""
    SELECT p.project_id AS project, p.id AS payable FROM {P}payable p
    WHERE p.order_id IS NULL AND (p.charged <> 0 OR p.refund_committed <> 0)
    """,
)

TRANSFER = Rule(
    "a recorded bank transfer is exactly the sum, and counts for one sum",
    1,
    f"""
    SELECT p.project_id AS project, b.id AS transfer FROM {P}banktransfer b
    JOIN {P}payable p ON p.id = b.payable_id JOIN {P}attempt a ON a.id = b.attempt_id
    WHERE a.payable_id <> b.payable_id OR b.currency <> p.currency
        OR b.amount IS DISTINCT FROM a.locked_total
        OR EXISTS (SELECT 1 FROM {P}banktransfer other
                   WHERE upper(other.reference) = upper(b.reference) AND other.id <> b.id)
    """,
)

DELIVERED_ONCE = Rule(
    "an effect is owed once for its event",
    8,
    f"""
    SELECT e.project_id AS project, e.id AS event, d.handler FROM {P}delivery d
    JOIN {P}timelineevent e ON e.id = d.event_id
    GROUP BY e.id, d.handler HAVING count(*) > 1
    """,
)

LETTER_ONCE = Rule(
    "a letter is sent once",
    8,
    f"""
    SELECT e.project_id AS project, l.key AS letter FROM (
        SELECT key FROM host_letter GROUP BY key HAVING count(*) > 1) AS l
    LEFT JOIN {P}delivery d ON d.id::text = l.key
    LEFT JOIN {P}timelineevent e ON e.id = d.event_id
    """,
)

RULES = (
    EXACT, OVERPAID, BEGUN, ONCE, PAID_ONCE, ONE_ORDER, ONE_ATTEMPT, ONE_CHARGE, IN_TIME, UNPAID,
    TRANSFER, DELIVERED_ONCE, LETTER_ONCE,
)  # fmt: skip
