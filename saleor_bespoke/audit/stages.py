"""Invariant 5: a stage moves by the table with its timeline row, and the timeline is a chain."""

from __future__ import annotations

from saleor_bespoke.audit.rule import WAY, P, Rule, Seal, moment

MOVES = """(
    ('INTAKE', 'QUOTED'), ('INTAKE', 'DESIGN'), ('INTAKE', 'CANCELLED'),
    ('QUOTED', 'INTAKE'), ('QUOTED', 'CHECKOUT'), ('QUOTED', 'CANCELLED'),
    ('CHECKOUT', 'QUOTED'), ('CHECKOUT', 'INTAKE'), ('CHECKOUT', 'DESIGN'),
    ('CHECKOUT', 'CANCELLED'),
    ('DESIGN', 'PRODUCTION'), ('DESIGN', 'CANCELLED'),
    ('PRODUCTION', 'QUALITY'), ('PRODUCTION', 'CANCELLED'),
    ('QUALITY', 'PRODUCTION'), ('QUALITY', 'SHIPPING'), ('QUALITY', 'CANCELLED'),
    ('SHIPPING', 'QUALITY'), ('SHIPPING', 'AFTERCARE'), ('SHIPPING', 'CANCELLED'),
    ('AFTERCARE', 'CLOSED'))"""

LAST_MOVE = Rule(
    "a stage is where its last move led",
    5,
    f"""
    SELECT c.id AS project, c.stage FROM {P}bespokeproject c LEFT JOIN (
        SELECT DISTINCT ON (project_id) project_id, payload ->> 'target' AS target
        FROM {P}timelineevent WHERE kind = 'StageMoved' ORDER BY project_id, sequence DESC
    ) AS e ON e.project_id = c.id
    WHERE c.stage <> coalesce(e.target, 'INTAKE')
    """,
)

FURTHEST = Rule(
    "a commission knows the furthest stage that it reached",
    5,
    f"""
    SELECT c.id AS project, c.furthest_stage FROM {P}bespokeproject c
    WHERE array_position({WAY}, c.furthest_stage::text) IS DISTINCT FROM coalesce((
        SELECT max(array_position({WAY}, e.payload ->> 'target')) FROM {P}timelineevent e
        WHERE e.project_id = c.id AND e.kind = 'StageMoved'), 1)
    """,
)

STEPS = Rule(
    "a move begins where the last one ended",
    5,
    f"""
    SELECT project, sequence FROM (
        SELECT e.project_id AS project, e.sequence, e.payload ->> 'source' AS source, lag(
            e.payload ->> 'target', 1, 'INTAKE') OVER (
                PARTITION BY e.project_id ORDER BY e.sequence) AS before
        FROM {P}timelineevent e WHERE e.kind = 'StageMoved') AS moves
    WHERE source <> before
    """,
)

TABLE = Rule(
    "a move is one of the table",
    5,
    f"""
    SELECT e.project_id AS project, e.sequence FROM {P}timelineevent e
    WHERE e.kind = 'StageMoved'
      AND (e.payload ->> 'source', e.payload ->> 'target') NOT IN {MOVES}
    """,
)

CHAIN = Rule(
    "the timeline is a chain without a gap",
    5,
    f"""
    SELECT project, sequence FROM (
        SELECT e.project_id AS project, e.sequence, e.previous_hash,
            row_number() OVER chain AS place, lag(e.hash, 1, '') OVER chain AS before
        FROM {P}timelineevent e
        WINDOW chain AS (PARTITION BY e.project_id ORDER BY e.sequence)) AS links
    WHERE sequence <> place OR previous_hash <> before
    """,
)

HEAD = Rule(
    "the project knows its chain's end",
    5,
    f"""
    SELECT c.id AS project FROM {P}bespokeproject c LEFT JOIN (
        SELECT DISTINCT ON (project_id) project_id, sequence, hash
        FROM {P}timelineevent ORDER BY project_id, sequence DESC) AS e ON e.project_id = c.id
    WHERE (c.chain_length, c.chain_head) <> (coalesce(e.sequence, 0), coalesce(e.hash, ''))
    """,
)

LEFT = Rule(
    "who has left holds and owes nothing",
    5,
    f"""
    SELECT c.id AS project FROM {P}bespokeproject c WHERE c.stage = 'CANCELLED' AND (
        EXISTS (SELECT 1 FROM {P}holding h
                WHERE h.project_id = c.id AND h.state IN ('HELD', 'LOCKED'))
        OR EXISTS (SELECT 1 FROM {P}slotbooking s
                   WHERE s.project_id = c.id AND s.state = 'BOOKED')
        OR EXISTS (SELECT 1 FROM {P}promise m WHERE m.project_id = c.id AND m.ended_at IS NULL)
        OR EXISTS (SELECT 1 FROM {P}payable p WHERE p.project_id = c.id AND p.status = 'OPEN')
        OR EXISTS (SELECT 1 FROM {P}changeorder x
                   WHERE x.project_id = c.id AND x.status IN ('PROPOSED', 'ACCEPTED')))
    """,
)

CLOSED = Rule(
    "a closed sum has no open checkout and holds nothing",
    5,
    f"""
    SELECT p.project_id AS project, p.id AS payable FROM {P}payable p
    WHERE p.status IN ('CANCELLED', 'EXPIRED') AND (
        EXISTS (SELECT 1 FROM {P}attempt a WHERE a.payable_id = p.id AND a.state = 'LIVE')
        OR EXISTS (SELECT 1 FROM {P}holding h
                   WHERE h.payable_pk = p.id AND h.state IN ('HELD', 'LOCKED')))
    """,
)

AT_CHECKOUT = Rule(
    "the piece's sum is open at the checkout alone",
    5,
    f"""
    SELECT c.id AS project, c.stage FROM {P}bespokeproject c
    WHERE (c.stage = 'CHECKOUT') <> EXISTS (
        SELECT 1 FROM {P}payable p
        WHERE p.project_id = c.id AND p.kind = 'QUOTE' AND p.status = 'OPEN')
    """,
)

CONTROLLED = Rule(
    "what has left passed quality control",
    5,
    f"""
    SELECT s.project_id AS project, s.id AS shipment FROM {P}shipment s
    WHERE s.purpose = 'ORDER' AND s.status <> 'PACKED' AND NOT EXISTS (
        SELECT 1 FROM {P}qualitycheck q WHERE q.project_id = s.project_id AND q.status = 'PASSED')
    """,
)

EVENTS = Seal(
    "an entry of the timeline is the one of its hash",
    5,
    f"""
    SELECT e.project_id AS project, e.sequence::text AS key, e.hash AS stored,
        jsonb_build_object('project', e.project_id, 'sequence', e.sequence, 'kind', e.kind,
        'actor', jsonb_build_array(e.actor_kind, e.actor_ref), 'shared', e.shared,
        'payload', e.payload, 'at', {moment("e.at")}, 'previous', e.previous_hash) AS content
    FROM {P}timelineevent e
    """,
)

RULES = (
    LAST_MOVE, FURTHEST, STEPS, TABLE, CHAIN, HEAD, LEFT, CLOSED, AT_CHECKOUT, CONTROLLED,
)  # fmt: skip
SEALS = (EVENTS,)
