"""Invariant 6: one free resize, inside its window, its limit and its design."""

from __future__ import annotations

from saleor_bespoke.audit.rule import P, Rule

FREE_ONCE = Rule(
    "a piece has one free resize",
    6,
    f"""
    SELECT r.project_id AS project FROM {P}resizecase r
    WHERE r.free AND r.status <> 'REFUSED' GROUP BY r.project_id HAVING count(*) > 1
    """,
)

IN_WINDOW = Rule(
    "a free resize was asked for inside its window, as one that is free",
    6,
    f"""
    SELECT r.project_id AS project, r.id AS resize FROM {P}resizecase r
    JOIN {P}bespokeproject c ON c.id = r.project_id
    LEFT JOIN {P}shipment s ON s.project_id = r.project_id AND s.purpose = 'ORDER'
    WHERE r.free AND r.status <> 'REFUSED' AND (
        r.outcome <> 'FREE' OR s.delivered_at IS NULL OR r.free_until IS NULL
        OR (r.requested_at AT TIME ZONE c.time_zone)::date > r.free_until
        OR r.requested_at < s.delivered_at)
    """,
)

AS_OFFERED = Rule(
    "a free resize under way is one that the offer had promised, within its limit and window",
    6,
    f"""
    SELECT r.project_id AS project, r.id AS resize FROM {P}resizecase r
    JOIN {P}bespokeproject c ON c.id = r.project_id
    LEFT JOIN {P}shipment s ON s.project_id = r.project_id AND s.purpose = 'ORDER'
    JOIN {P}quote q ON q.project_id = r.project_id AND q.status = 'ACCEPTED'
    JOIN {P}quotealternative a ON a.id = q.accepted_alternative_id
    LEFT JOIN LATERAL (SELECT k.ordered_size_mm FROM {P}qualitycheck k
        WHERE k.project_id = r.project_id AND k.status = 'PASSED'
        ORDER BY k.number DESC LIMIT 1) AS made ON true
    WHERE r.free AND r.status IN ('GRANTED', 'IN_WORK', 'FINISHED') AND (
        r.free_until > (a.resize ->> 'untilDays')::integer + (
            SELECT CASE coalesce(k.policies -> c.channel, k.policies -> '') ->> 'resize_from'
                WHEN 'SHIPMENT' THEN (s.dispatched_at AT TIME ZONE c.time_zone)::date
                    + (coalesce(k.policies -> c.channel, k.policies -> '')
                        ->> 'transit_days')::integer
                ELSE (s.delivered_at AT TIME ZONE c.time_zone)::date END FROM asked k)
        OR made.ordered_size_mm IS NULL
        OR (a.resize ->> 'outcome' <> 'FREE' AND NOT EXISTS (SELECT 1 FROM {P}changeorder x
            WHERE x.project_id = r.project_id AND x.status = 'SETTLED'))
        OR (abs(r.asked_size_mm - made.ordered_size_mm)
                > (a.resize ->> 'limitMm')::numeric + 0.05
            AND NOT EXISTS (SELECT 1 FROM {P}resizecase b WHERE b.project_id = r.project_id
                AND b.finished_at < r.requested_at)
            AND NOT EXISTS (SELECT 1 FROM {P}changeorder x
                WHERE x.project_id = r.project_id AND x.status = 'SETTLED')))
    """,
)

PAID = Rule(
    "a resize that is worked on is free or paid",
    6,
    f"""
    SELECT r.project_id AS project, r.id AS resize FROM {P}resizecase r
    LEFT JOIN {P}payable p ON p.id = r.payable_pk
    WHERE r.status IN ('PAID', 'IN_WORK', 'FINISHED', 'RETURNED') AND NOT r.free
      AND p.status IS DISTINCT FROM 'PAID'
    """,
)

RULES = (FREE_ONCE, IN_WINDOW, AS_OFFERED, PAID)
