"""Invariant 7: refunds within what was captured, by the ladder, and told the same everywhere."""

from __future__ import annotations

from saleor_bespoke.audit.ledger import ledger
from saleor_bespoke.audit.rule import NOW, PATIENCE, WAY, P, Rule, flagged, payable_places

#: A cancellation for these reasons is the workshop's own: all goes back.
SHOP_REASONS = "('UNABLE_TO_DELIVER', 'DELAY_REFUSED')"

#: What the host sent back by itself, but for what thereby paid a refund of ours that had failed.
BY_HOST = "AND l.reference LIKE 'host:%' AND l.reference NOT LIKE 'host:owed:%'"

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
            AND f.cause <> 'OVERPAID') + {ledger("REFUNDED", BY_HOST)}
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
      AND NOT {flagged("p.project_id", "REFUND_WAITING")}
    """,
)

#: A commission was left: for what reason, with which share and refund, at which furthest stage.
LEAVING = f"""
    SELECT e.project_id, e.at, e.payload ->> 'reason' AS reason,
        (e.payload ->> 'refund')::numeric AS refund, (e.payload ->> 'share')::numeric AS share,
        c.channel, coalesce((SELECT m.payload ->> 'source' FROM {P}timelineevent m
            WHERE m.project_id = e.project_id AND m.kind = 'StageMoved'
              AND m.sequence < e.sequence AND array_position({WAY}, m.payload ->> 'source') > 0
            ORDER BY array_position({WAY}, m.payload ->> 'source') DESC LIMIT 1), 'INTAKE') AS stage
    FROM {P}timelineevent e JOIN {P}bespokeproject c ON c.id = e.project_id
    WHERE e.kind = 'ProjectCancelled'
"""

#: The ladder's share as the settings have it now.
PRESENT = """(SELECT (coalesce(k.policies -> gone.channel, k.policies -> '')
    -> 'ladder' ->> gone.stage)::numeric FROM asked k)"""

#: Its refund is not settled yet, so that its ladder is the present one.
UNDER_WAY = f"""EXISTS (SELECT 1 FROM {P}refund f JOIN {P}payable p ON p.id = f.payable_id
    WHERE p.project_id = gone.project_id AND f.cause = gone.reason
      AND f.status IN ('REQUESTED', 'PENDING'))"""

SHARE = Rule(
    "a cancellation has the share of the furthest stage reached, and all if the shop failed",
    7,
    f"""
    SELECT gone.project_id AS project, gone.stage, gone.share FROM ({LEAVING}) AS gone
    WHERE gone.share IS NULL OR gone.share NOT BETWEEN 0 AND 1
      OR CASE WHEN gone.reason IN {SHOP_REASONS} THEN gone.share <> 1
            ELSE gone.share <> {PRESENT} AND {UNDER_WAY} END
    """,
)

#: What cheaper changes saved: it went back whole, and the price is less by it.
SAVED = f"""coalesce((SELECT sum(f.amount) FROM {P}refund f WHERE f.payable_id = p.id
    AND f.cause = 'CHANGE_ORDER' AND f.requested_at < gone.at), 0)"""

LADDER = Rule(
    "who left gets the named share of the price in the end, less what went back before",
    7,
    f"""
    SELECT gone.project_id AS project, gone.refund AS given, sum(coalesce(due.amount, 0)) AS due
    FROM ({LEAVING}) AS gone LEFT JOIN LATERAL (
        SELECT greatest(0, CASE WHEN gone.share = 1 THEN p.charged - {SAVED}
                ELSE trunc((p.charged - {SAVED}) * gone.share, {payable_places("p.currency")}) END
            - coalesce((SELECT sum(f.amount) FROM {P}refund f WHERE f.payable_id = p.id
                AND f.attempt_id IS NULL AND f.requested_at < gone.at
                AND f.cause NOT IN ('OVERPAID', 'CHANGE_ORDER', gone.reason)), 0)
            - {ledger("REFUNDED", f"{BY_HOST} AND l.at < gone.at")}
        ) AS amount
        FROM {P}payable p WHERE p.project_id = gone.project_id AND p.status = 'PAID'
          AND p.paid_at <= gone.at
    ) AS due ON true
    GROUP BY gone.project_id, gone.refund
    HAVING sum(coalesce(due.amount, 0)) <> gone.refund
    """,
)

LEAVING_REFUNDED = Rule(
    "a cancellation owes the refund that it named",
    7,
    f"""
    SELECT gone.project_id AS project FROM ({LEAVING}) AS gone
    WHERE gone.refund <> coalesce((SELECT sum(f.amount) FROM {P}refund f
        JOIN {P}payable p ON p.id = f.payable_id
        WHERE p.project_id = gone.project_id AND f.cause = gone.reason
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
    WITHIN, COMMITTED, WHOLE, HOST_AGREES, SHARE, LADDER, LEAVING_REFUNDED, ONCE, SENT,
)  # fmt: skip
