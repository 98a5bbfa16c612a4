"""Invariant 11: money is never unaccounted for, and nothing paid is silently stuck."""

from __future__ import annotations

from saleor_bespoke.audit.rule import NOW, PATIENCE, SWEEP_PATIENCE, P, Rule, flagged

#: Why staff look at money that is out of its place.
OUT_OF_PLACE = (
    "MONEY_ON_CHECKOUT",
    "PAID_WITHOUT_ORDER",
    "SECOND_ORDER",
    "MARKED_AS_PAID",
    "RELEASE_FAILED",
    "REFUND_FAILED",
    "REFUND_WAITING",
    "DELIVERY_FAILED",
    "PROVIDER_EVENT_FAILED",
    "PROVIDER_DISAGREES",
)

#: Money on attempt `a` of sum `p` that was seen and may still become the sum: it has the minutes
#: of its channel, and a charge that no gateway has decided a day; five more for the sweep.
WAITED_FOR = f"""(a.state = 'LIVE' AND p.status = 'OPEN' AND a.money_seen_at IS NOT NULL
    AND a.money_seen_at > {NOW} - interval '5 minutes' - CASE WHEN m.pending > 0
        THEN interval '24 hours' ELSE make_interval(mins => (
            SELECT (coalesce(k.policies -> c.channel, k.policies -> '')
                ->> 'release_minutes')::integer FROM asked k)) END)"""

#: What stands on attempt `a` is on its way back, or failed to go back and is judged by that rule.
GOES_BACK = f"""(EXISTS (SELECT 1 FROM {P}refund f WHERE f.attempt_id = a.id
        AND f.status IN ('REQUESTED', 'PENDING', 'FAILED'))
    OR EXISTS (SELECT 1 FROM {P}timelineevent e JOIN {P}delivery d ON d.event_id = e.id
        WHERE e.project_id = c.id AND e.kind = 'MoneyReleased'
          AND e.payload ->> 'attempt' = a.id::text AND d.done_at IS NULL))"""

ACCOUNTED = Rule(
    "money at the host is locked by a paid sum, goes back, is waited for, or is shown to staff",
    11,
    f"""
    SELECT c.id AS project, m.id AS "transaction", m.charged, m.authorized, m.currency
    FROM host_money m JOIN {P}attempt a ON a.checkout_id = m.checkout_id
    JOIN {P}payable p ON p.id = a.payable_id JOIN {P}bespokeproject c ON c.id = p.project_id
    WHERE m.charged + m.authorized > 0 AND m.since < {NOW} - {PATIENCE}
      AND NOT (m.order_id IS NOT NULL AND m.order_id IS NOT DISTINCT FROM p.order_id
          AND (p.status = 'PAID' OR p.refund_committed = p.charged))
      AND NOT {WAITED_FOR} AND NOT {GOES_BACK} AND NOT {flagged("c.id", *OUT_OF_PLACE)}
    """,
)

SETTLED = Rule(
    "a payment that was charged settled its sum, goes back, is waited for, or is shown to staff",
    11,
    f"""
    SELECT c.id AS project, y.id AS payment FROM {P}payment y
    JOIN {P}attempt a ON a.id = y.attempt_id JOIN {P}payable p ON p.id = a.payable_id
    JOIN {P}bespokeproject c ON c.id = p.project_id
    LEFT JOIN LATERAL (SELECT coalesce(sum(h.pending), 0) AS pending FROM host_money h
        WHERE h.checkout_id = a.checkout_id) AS m ON true
    WHERE y.status = 'SUCCEEDED' AND y.ended_at < {NOW} - {PATIENCE}
      AND NOT (a.outcome = 'PAID' AND p.status = 'PAID')
      AND NOT (p.order_id IS NOT NULL AND p.status <> 'PAID' AND p.refund_committed = p.charged)
      AND NOT EXISTS (SELECT 1 FROM {P}refund f WHERE f.attempt_id = a.id)
      AND NOT {WAITED_FOR} AND NOT {flagged("c.id", *OUT_OF_PLACE)}
    """,
)

RETURNED = Rule(
    "a payment that was returned has its refund",
    11,
    f"""
    SELECT p.project_id AS project, y.id AS payment FROM {P}payment y
    JOIN {P}attempt a ON a.id = y.attempt_id JOIN {P}payable p ON p.id = a.payable_id
    WHERE y.status = 'RETURNED' AND NOT EXISTS (
        SELECT 1 FROM {P}refund f WHERE f.attempt_id = a.id)
    """,
)

TOLD_OFF = Rule(
    "who paid for what is gone is told, and refunded in full or shown to staff",
    11,
    f"""
    SELECT e.project_id AS project, p.id AS payable FROM {P}timelineevent e
    LEFT JOIN {P}payable p ON p.id::text = e.payload ->> 'payable'
    WHERE e.kind = 'PaymentReturned' AND (p.id IS NULL OR p.status = 'PAID'
        OR p.charged <> (e.payload ->> 'amount')::numeric OR p.refund_committed <> p.charged)
    UNION ALL
    SELECT p.project_id, p.id FROM {P}payable p
    WHERE p.order_id IS NOT NULL AND p.status <> 'PAID' AND NOT EXISTS (
        SELECT 1 FROM {P}timelineevent e WHERE e.project_id = p.project_id
          AND e.kind = 'PaymentReturned' AND e.payload ->> 'payable' = p.id::text)
    """,
)

EFFECTS = Rule(
    "an effect is done in time, or staff know that it failed",
    11,
    f"""
    SELECT e.project_id AS project, d.id AS delivery, d.handler, d.error FROM {P}delivery d
    JOIN {P}timelineevent e ON e.id = d.event_id
    WHERE d.done_at IS NULL AND ((d.given_up_at IS NULL
            AND greatest(d.due_at, d.leased_until) < {NOW} - {SWEEP_PATIENCE})
        OR (d.given_up_at IS NOT NULL AND NOT {flagged("e.project_id", "DELIVERY_FAILED")}))
    """,
)

#: The sum that the provider's report `v` is about, by its payment.
REPORTED = f"""
    LEFT JOIN {P}payment y ON y.provider_reference = coalesce(
        v.payload -> 'data' -> 'object' ->> 'payment_intent',
        v.payload -> 'data' -> 'object' ->> 'id')
    LEFT JOIN {P}attempt a ON a.id = y.attempt_id LEFT JOIN {P}payable p ON p.id = a.payable_id
"""

REPORTS = Rule(
    "what the provider reports is processed in time, or staff know that it failed",
    11,
    f"""
    SELECT p.project_id AS project, v.event_id, v.kind, v.error FROM {P}providerevent v {REPORTED}
    WHERE v.processed_at IS NULL
      AND coalesce(greatest(v.due_at, v.leased_until), v.received_at) < {NOW} - {SWEEP_PATIENCE}
      AND (p.id IS NULL OR NOT {flagged("p.project_id", "PROVIDER_EVENT_FAILED")})
    """,
)

PARCELS = Rule(
    "a parcel of the host is one of ours, or staff know of it",
    11,
    f"""
    SELECT p.project_id AS project, f.id AS parcel FROM host_parcel f
    JOIN {P}payable p ON p.order_id = f.order_id
    WHERE f.status = 'FULFILLED' AND p.kind = 'QUOTE' AND f.since < {NOW} - {SWEEP_PATIENCE}
      AND NOT EXISTS (SELECT 1 FROM {P}shipment s WHERE s.project_id = p.project_id
          AND s.purpose = 'ORDER' AND s.host_fulfillment_id IS NOT NULL)
      AND NOT EXISTS (SELECT 1 FROM {P}attention t WHERE t.project_id = p.project_id)
    """,
)

OFFERS = Rule(
    "an offer ends with its last day, unless staff know why not",
    11,
    f"""
    SELECT p.project_id AS project, p.id AS payable FROM {P}payable p
    WHERE p.status = 'OPEN' AND p.valid_until < {NOW} - {SWEEP_PATIENCE}
      AND NOT EXISTS (SELECT 1 FROM {P}attempt a JOIN {P}payment y ON y.attempt_id = a.id
          WHERE a.payable_id = p.id AND y.status IN ('OPEN', 'SUCCEEDED'))
      AND NOT EXISTS (SELECT 1 FROM {P}attempt a WHERE a.payable_id = p.id
          AND a.state = 'LIVE' AND a.money_seen_at IS NOT NULL)
      AND NOT EXISTS (SELECT 1 FROM {P}banktransfer b WHERE b.payable_id = p.id)
      AND NOT {
        flagged(
            "p.project_id",
            "MONEY_ON_CHECKOUT",
            "PAID_WITHOUT_ORDER",
            "ORDER_UNPAID",
            "MARKED_AS_PAID",
        )
    }
    """,
)

RULES = (
    ACCOUNTED, SETTLED, RETURNED, TOLD_OFF, EFFECTS, REPORTS, PARCELS, OFFERS,
)  # fmt: skip
