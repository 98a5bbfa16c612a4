"""What must hold after every step, asked of the tables in SQL that shares nothing with the code.

Each query answers the rows that break it; a sound shop answers none.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.db import connection

P = "saleor_bespoke_"
PAID_STAGES = "('DESIGN', 'PRODUCTION', 'QUALITY', 'SHIPPING', 'AFTERCARE', 'CLOSED')"
MADE_STAGES = "('PRODUCTION', 'QUALITY', 'SHIPPING', 'AFTERCARE', 'CLOSED')"

#: The commission `c` makes a piece anew that an accepted claim owes.
OWED = f"""EXISTS (SELECT 1 FROM {P}claim k
    WHERE k.redo_project_id = c.id AND k.status = 'ACCEPTED' AND k.remedy = 'REDO')"""

#: All that the host really took for an order: still there, given back, and on its way back.
TAKEN = """
    coalesce((SELECT sum(t.charged + t.refunded + t.refund_pending)
    FROM bespoke_embedded_transactionitem t WHERE t.order_id = o.id), 0)
"""

#: What was charged beyond a settled sum and is sent back.
SURPLUS = f"""
    coalesce((SELECT sum(f.amount) FROM {P}refund f
    WHERE f.payable_id = p.id AND f.cause = 'OVERPAID'), 0)
"""

#: What was charged on checkouts that made no order, and is sent back.
RELEASED = f"""
    coalesce((SELECT sum(f.amount) FROM {P}refund f
    WHERE f.payable_id = p.id AND f.attempt_id IS NOT NULL), 0)
"""

RULES = {
    # 1: work starts by an exact charge
    "a paid sum is charged exactly, in its currency, on its one order": f"""
        SELECT p.id FROM {P}payable p LEFT JOIN bespoke_embedded_order o ON o.id::text = p.order_id
        WHERE p.status = 'PAID' AND (o.id IS NULL OR o.currency <> p.currency
            OR p.charged <> p.locked_total OR o.total_gross <> p.locked_total
            OR {TAKEN} <> p.locked_total + {SURPLUS})
    """,
    "work has begun only on a paid offer, or on a redo that is owed": f"""
        SELECT c.number FROM {P}bespokeproject c WHERE c.stage IN {PAID_STAGES}
          AND NOT {OWED} AND 1 <> (
            SELECT count(*) FROM {P}payable p JOIN {P}quote q ON q.id = p.subject_pk
            WHERE p.project_id = c.id AND p.kind = 'QUOTE' AND p.status = 'PAID'
              AND q.status = 'ACCEPTED')
    """,
    "a sum ends in at most one order": f"""
        SELECT a.payable_id FROM {P}attempt a
        JOIN bespoke_embedded_order o ON o.checkout_token::text = a.checkout_id
        GROUP BY a.payable_id HAVING count(DISTINCT o.id) > 1
    """,
    "a paid order belongs to its sum": f"""
        SELECT o.number FROM bespoke_embedded_order o WHERE {TAKEN} > 0
            AND NOT EXISTS (SELECT 1 FROM {P}payable p WHERE p.order_id = o.id::text)
    """,
    "what was paid for nothing goes back whole": f"""
        SELECT id FROM {P}payable WHERE order_id IS NOT NULL AND status <> 'PAID'
            AND refund_committed <> charged
    """,
    "before payment nothing counts as charged": f"""
        SELECT id FROM {P}payable WHERE order_id IS NULL AND (charged <> 0 OR refund_committed <> 0)
    """,
    "a payment was begun while the offer stood": f"""
        SELECT p.id FROM {P}payable p JOIN {P}attempt a ON a.payable_id = p.id
        WHERE p.status = 'PAID' AND a.outcome = 'PAID' AND a.initialised_at > p.valid_until
    """,
    # 2: quantities
    "held is what is held": f"""
        SELECT m.code FROM {P}material m WHERE m.held <> coalesce((
            SELECT sum(h.quantity) FROM {P}holding h
            WHERE h.material_id = m.id AND h.state IN ('HELD', 'LOCKED')), 0)
            OR m.held > m.on_hand OR m.held < 0
    """,
    "a unique stone is claimed once": f"""
        SELECT m.code FROM {P}material m JOIN {P}holding h ON h.material_id = m.id
        WHERE m."unique" AND h.state IN ('HELD', 'LOCKED', 'CONSUMED')
        GROUP BY m.code HAVING count(*) > 1
    """,
    "a week has as many as it has places": f"""
        SELECT w.monday FROM {P}productionweek w WHERE w.taken > w.capacity OR w.taken <> (
            SELECT count(*) FROM {P}slotbooking s
            WHERE s.week_id = w.id AND s.state <> 'RELEASED')
    """,
    "what was paid for is locked or used": f"""
        SELECT c.number, l.material_id FROM {P}bespokeproject c
        JOIN {P}quote q ON q.project_id = c.id AND q.status = 'ACCEPTED'
        JOIN {P}quoteline l ON l.alternative_id = q.accepted_alternative_id
        WHERE c.stage IN {PAID_STAGES} AND l.material_id IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM {P}holding h WHERE h.project_id = c.id
              AND h.material_id = l.material_id AND h.state IN ('LOCKED', 'CONSUMED'))
          AND NOT EXISTS (SELECT 1 FROM {P}changeorder x WHERE x.project_id = c.id
              AND x.status = 'SETTLED' AND x.releases ? l.material_id::text)
    """,
    "a settled change has its materials": f"""
        SELECT x.id FROM {P}changeorder x JOIN {P}bespokeproject c ON c.id = x.project_id,
            jsonb_array_elements(x.materials) AS wanted
        WHERE x.status = 'SETTLED' AND c.stage IN {PAID_STAGES}
          AND NOT EXISTS (SELECT 1 FROM {P}holding h WHERE h.project_id = c.id
              AND h.material_id::text = wanted ->> 'material' AND h.state IN ('LOCKED', 'CONSUMED'))
          AND NOT EXISTS (SELECT 1 FROM {P}changeorder y WHERE y.project_id = c.id
              AND y.status = 'SETTLED' AND y.number > x.number
              AND y.releases ? (wanted ->> 'material'))
    """,
    "a paid piece has its place in the workshop": f"""
        SELECT c.number FROM {P}bespokeproject c WHERE c.stage IN {PAID_STAGES} AND NOT EXISTS (
            SELECT 1 FROM {P}slotbooking s WHERE s.project_id = c.id AND s.state <> 'RELEASED')
    """,
    # 3: quotes
    "at most one offer is live": f"""
        SELECT project_id FROM {P}quote WHERE status IN ('SENT', 'ACCEPTED')
        GROUP BY project_id HAVING count(*) > 1
    """,
    "an offer is live in its stage alone": f"""
        SELECT c.number, c.stage, q.status FROM {P}bespokeproject c
        LEFT JOIN {P}quote q ON q.project_id = c.id AND q.status IN ('SENT', 'ACCEPTED')
        WHERE c.stage <> 'CANCELLED' AND coalesce(q.status, '') <> CASE
            WHEN c.stage = 'INTAKE' AND NOT {OWED} THEN ''
            WHEN c.stage = 'QUOTED' THEN 'SENT' ELSE 'ACCEPTED' END
    """,
    "nothing is above the stretch budget": f"""
        SELECT q.id FROM {P}quote q JOIN {P}quotealternative a ON a.quote_id = q.id
        JOIN {P}brief b ON b.id = q.brief_id
        WHERE q.status <> 'DRAFT' AND a.price + q.shipping_amount > b.budget_stretch
    """,
    "what was accepted was still on offer, of the newest brief": f"""
        SELECT q.id FROM {P}quote q WHERE q.status = 'ACCEPTED' AND (
            q.accepted_at > q.valid_until OR q.brief_id <> (SELECT b.id FROM {P}brief b
                WHERE b.project_id = q.project_id ORDER BY b.version DESC LIMIT 1))
    """,
    "an alternative costs what its lines say": f"""
        SELECT a.id FROM {P}quotealternative a WHERE a.price <> (
            SELECT sum(l.amount) FROM {P}quoteline l WHERE l.alternative_id = a.id)
    """,
    # 4: design
    "what is made was approved, with no change open": f"""
        SELECT c.number FROM {P}bespokeproject c WHERE c.stage IN {MADE_STAGES} AND (
            1 <> (SELECT count(*) FROM {P}cadrevision r
                  JOIN {P}cadapproval a ON a.revision_id = r.id
                  WHERE r.project_id = c.id AND r.status = 'APPROVED' AND a.revoked_at IS NULL)
            OR EXISTS (SELECT 1 FROM {P}changeorder x
                       WHERE x.project_id = c.id AND x.status IN ('PROPOSED', 'ACCEPTED')))
    """,
    "what is approved is what was agreed": f"""
        SELECT r.id FROM {P}cadrevision r JOIN {P}quote q
            ON q.project_id = r.project_id AND q.status = 'ACCEPTED'
        JOIN {P}quotealternative a ON a.id = q.accepted_alternative_id
        LEFT JOIN LATERAL (SELECT x.specification FROM {P}changeorder x
            WHERE x.project_id = r.project_id AND x.status = 'SETTLED'
            ORDER BY x.number DESC LIMIT 1) AS changed ON true
        WHERE r.status = 'APPROVED'
          AND (r.specification -> 'alloy', r.specification -> 'ringSize',
              r.specification -> 'stones') IS DISTINCT FROM (
              coalesce(changed.specification, a.specification) -> 'alloy',
              coalesce(changed.specification, a.specification) -> 'ringSize',
              coalesce(changed.specification, a.specification) -> 'stones')
    """,
    "free tweaks stay within the allowance": f"""
        SELECT t.project_id FROM {P}tweakround t JOIN {P}quote q
            ON q.project_id = t.project_id AND q.status = 'ACCEPTED'
        WHERE t.free GROUP BY t.project_id, q.tweak_allowance HAVING count(*) > q.tweak_allowance
    """,
    "a used round was free or paid": f"""
        SELECT t.id FROM {P}tweakround t LEFT JOIN {P}payable p ON p.id = t.payable_pk
        WHERE t.revision_id IS NOT NULL AND NOT t.free AND p.status IS DISTINCT FROM 'PAID'
    """,
    "a dearer change is settled by its own payment": f"""
        SELECT x.id FROM {P}changeorder x LEFT JOIN {P}payable p ON p.id = x.payable_pk
        WHERE x.status = 'SETTLED' AND x.price_difference > 0 AND p.status IS DISTINCT FROM 'PAID'
    """,
    # 5: stages and the timeline
    "a stage is where its last move led": f"""
        SELECT c.number FROM {P}bespokeproject c WHERE c.stage <> coalesce((
            SELECT e.payload ->> 'target' FROM {P}timelineevent e
            WHERE e.project_id = c.id AND e.kind = 'StageMoved'
            ORDER BY e.sequence DESC LIMIT 1), 'INTAKE')
    """,
    "a move begins where the last one ended": f"""
        SELECT project_id, sequence FROM (
            SELECT e.project_id, e.sequence, e.payload ->> 'source' AS source, lag(
                e.payload ->> 'target', 1, 'INTAKE') OVER (
                    PARTITION BY e.project_id ORDER BY e.sequence) AS before
            FROM {P}timelineevent e WHERE e.kind = 'StageMoved') AS moves
        WHERE source <> before
    """,
    "the timeline is a chain without a gap": f"""
        SELECT project_id, sequence FROM (
            SELECT e.project_id, e.sequence, e.previous_hash,
                row_number() OVER chain AS place, lag(e.hash, 1, '') OVER chain AS before
            FROM {P}timelineevent e
            WINDOW chain AS (PARTITION BY e.project_id ORDER BY e.sequence)) AS links
        WHERE sequence <> place OR previous_hash <> before
    """,
    "the project knows its chain's end": f"""
        SELECT c.number FROM {P}bespokeproject c WHERE (c.chain_length, c.chain_head) <> (
            SELECT e.sequence, e.hash FROM {P}timelineevent e
            WHERE e.project_id = c.id ORDER BY e.sequence DESC LIMIT 1)
    """,
    # 6: the free resize
    "one free resize, inside its window and limit": f"""
        SELECT r.project_id FROM {P}resizecase r
        JOIN {P}shipment s ON s.project_id = r.project_id AND s.purpose = 'ORDER'
        WHERE r.free AND r.status <> 'REFUSED'
        GROUP BY r.project_id HAVING count(*) > 1
            OR bool_or(r.requested_at > s.delivered_at + interval '31 days')
            OR bool_or(r.outcome <> 'FREE')
    """,
    "a resize that is worked on is free or paid": f"""
        SELECT r.id FROM {P}resizecase r LEFT JOIN {P}payable p ON p.id = r.payable_pk
        WHERE r.status IN ('IN_WORK', 'FINISHED', 'RETURNED') AND NOT r.free
          AND p.status IS DISTINCT FROM 'PAID'
    """,
    # 7: refunds
    "refunds stay within the capture": f"""
        SELECT p.id FROM {P}payable p
        WHERE p.refund_committed > p.charged OR p.refund_committed <> (
            SELECT coalesce(sum(f.amount), 0) FROM {P}refund f WHERE f.payable_id = p.id
                AND f.attempt_id IS NULL AND f.cause <> 'OVERPAID')
    """,
    "the ledger tells of every charge": f"""
        SELECT p.id FROM {P}payable p
        WHERE p.order_id IS NOT NULL AND p.charged + {SURPLUS} + {RELEASED} <> (
            SELECT coalesce(sum(l.amount), 0) FROM {P}ledgerentry l
            WHERE l.payable_id = p.id AND l.kind = 'CHARGED')
    """,
    "the ledger tells of every refund": f"""
        SELECT p.id FROM {P}payable p WHERE (
            SELECT coalesce(sum(l.amount), 0) FROM {P}ledgerentry l
            WHERE l.payable_id = p.id AND l.kind = 'REFUNDED') <> (
            SELECT coalesce(sum(f.amount), 0) FROM {P}refund f
            WHERE f.payable_id = p.id AND f.status = 'SUCCEEDED')
    """,
    "the host gave back what the ledger says": f"""
        SELECT o.number FROM bespoke_embedded_order o JOIN {P}payable p ON p.order_id = o.id::text
        WHERE (SELECT coalesce(sum(t.refunded), 0) FROM bespoke_embedded_transactionitem t
               WHERE t.order_id = o.id) + (
            SELECT coalesce(sum(f.amount), 0) FROM {P}refund f WHERE f.payable_id = p.id
                AND f.attempt_id IS NOT NULL AND f.status = 'SUCCEEDED') <> (
            SELECT coalesce(sum(l.amount), 0) FROM {P}ledgerentry l
            WHERE l.payable_id = p.id AND l.kind = 'REFUNDED')
    """,
    # leaving
    "who has left holds and owes nothing": f"""
        SELECT c.number FROM {P}bespokeproject c WHERE c.stage = 'CANCELLED' AND (
            EXISTS (SELECT 1 FROM {P}holding h
                    WHERE h.project_id = c.id AND h.state IN ('HELD', 'LOCKED'))
            OR EXISTS (SELECT 1 FROM {P}slotbooking s
                       WHERE s.project_id = c.id AND s.state = 'BOOKED')
            OR EXISTS (SELECT 1 FROM {P}promise m WHERE m.project_id = c.id AND m.ended_at IS NULL)
            OR EXISTS (SELECT 1 FROM {P}payable p WHERE p.project_id = c.id AND p.status = 'OPEN')
            OR EXISTS (SELECT 1 FROM {P}changeorder x
                       WHERE x.project_id = c.id AND x.status IN ('PROPOSED', 'ACCEPTED')))
    """,
    "a closed sum has no open checkout and holds nothing": f"""
        SELECT p.id FROM {P}payable p WHERE p.status IN ('CANCELLED', 'EXPIRED') AND (
            EXISTS (SELECT 1 FROM {P}attempt a WHERE a.payable_id = p.id AND a.state = 'LIVE')
            OR EXISTS (SELECT 1 FROM {P}holding h
                       WHERE h.payable_pk = p.id AND h.state IN ('HELD', 'LOCKED')))
    """,
    "the piece's sum is open at the checkout alone": f"""
        SELECT c.number, c.stage FROM {P}bespokeproject c WHERE (c.stage = 'CHECKOUT') <> EXISTS (
            SELECT 1 FROM {P}payable p
            WHERE p.project_id = c.id AND p.kind = 'QUOTE' AND p.status = 'OPEN')
    """,
    # shipping
    "what has left passed quality control": f"""
        SELECT s.id FROM {P}shipment s WHERE s.purpose = 'ORDER' AND s.status <> 'PACKED'
            AND NOT EXISTS (SELECT 1 FROM {P}qualitycheck q
                            WHERE q.project_id = s.project_id AND q.status = 'PASSED')
    """,
    "a parcel of the host is one of ours": f"""
        SELECT f.id FROM bespoke_embedded_fulfillment f
        JOIN {P}payable p ON p.order_id = f.order_id::text
        WHERE f.status = 'FULFILLED' AND p.kind = 'QUOTE'
          AND NOT EXISTS (SELECT 1 FROM {P}shipment s WHERE s.project_id = p.project_id
                          AND s.purpose = 'ORDER' AND s.host_fulfillment_id IS NOT NULL)
          AND NOT EXISTS (SELECT 1 FROM {P}attention t WHERE t.project_id = p.project_id)
    """,
    # 12: promises
    "a promise stands where its last move put it": f"""
        SELECT m.id FROM {P}promise m WHERE m.first_due_at <> coalesce((
            SELECT v.old_due_at FROM {P}promisemove v WHERE v.promise_id = m.id
            ORDER BY v.moved_at, v.new_due_at LIMIT 1), m.due_at)
    """,
    "a promise keeps how it was computed": f"""
        SELECT m.id FROM {P}promise m WHERE m.trace IS NULL OR m.trace = '{{}}'::jsonb
            OR EXISTS (SELECT 1 FROM {P}promisemove v WHERE v.promise_id = m.id AND v.cause = '')
    """,
    # effects
    "no effect has failed": f"""
        SELECT handler, error FROM {P}delivery WHERE error <> '' OR given_up_at IS NOT NULL
    """,
}

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

EVENTS = f"""
    SELECT project_id::text, sequence, kind, actor_kind, actor_ref, shared, payload, at,
        previous_hash, hash FROM {P}timelineevent ORDER BY project_id, sequence
"""


def rows(query: str) -> list[Any]:
    """What the database answers."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def broken() -> dict[str, Any]:
    """The rules that do not hold now, each with the rows that break it; asked in one statement."""
    parts = [
        f"SELECT {at} AS rule, to_jsonb(found) FROM ({query}) AS found"
        for at, query in enumerate(RULES.values())
    ]
    names = list(RULES)
    found: dict[str, Any] = {}
    for at, row in rows(" UNION ALL ".join(parts)):
        found.setdefault(names[at], []).append(row)
    return found


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


def forged_events() -> list[tuple[str, int]]:
    """Events whose hash is not the digest of their content, computed here anew."""
    names = ("kind", "actor_kind", "actor_ref", "shared", "payload", "at", "previous_hash")
    faults = []
    for project, sequence, *values, stored in rows(EVENTS):
        facts = dict(zip(names, values, strict=True))
        payload = facts["payload"]
        content = {
            "project": project,
            "sequence": sequence,
            "kind": facts["kind"],
            "actor": [facts["actor_kind"], facts["actor_ref"]],
            "shared": facts["shared"],
            "payload": json.loads(payload) if isinstance(payload, str) else payload,
            "at": facts["at"].isoformat(),
            "previous": facts["previous_hash"],
        }
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        if hashlib.sha256(text.encode()).hexdigest() != stored:
            faults.append((project, sequence))
    return faults
