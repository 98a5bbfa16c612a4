"""Invariant 2: what is held is there, once, and what was paid for is locked."""

from __future__ import annotations

from saleor_bespoke.audit.rule import NOW, OWED, STARTED, SWEEP_PATIENCE, P, Rule

HELD = Rule(
    "held is what is held",
    2,
    f"""
    SELECT NULL::uuid AS project, m.code AS material FROM {P}material m
    LEFT JOIN (SELECT material_id, sum(quantity) AS held FROM {P}holding
        WHERE state IN ('HELD', 'LOCKED') GROUP BY material_id) AS h ON h.material_id = m.id
    WHERE m.held <> coalesce(h.held, 0) OR m.held > m.on_hand OR m.held < 0
    """,
)

UNIQUE = Rule(
    "a unique stone is claimed once",
    2,
    f"""
    SELECT (array_agg(h.project_id ORDER BY h.created_at DESC))[1] AS project, m.code AS material,
        array_agg(h.id ORDER BY h.created_at) AS holdings
    FROM {P}material m JOIN {P}holding h ON h.material_id = m.id
    WHERE m."unique" AND h.state IN ('HELD', 'LOCKED', 'CONSUMED')
    GROUP BY m.code HAVING count(*) > 1
    """,
)

EXCLUSIVE = Rule(
    "a claim on a unique stone is exclusive, and a customer's own stone is its commission's",
    2,
    f"""
    SELECT h.project_id AS project, h.id AS holding FROM {P}holding h
    JOIN {P}material m ON m.id = h.material_id
    WHERE h.state IN ('HELD', 'LOCKED', 'CONSUMED')
      AND (h.exclusive <> m."unique" OR m.owner_project_id <> h.project_id)
    """,
)

WEEKS = Rule(
    "a week has as many as it has places",
    2,
    f"""
    SELECT NULL::uuid AS project, w.workshop, w.monday FROM {P}productionweek w
    LEFT JOIN (SELECT week_id, count(*) AS taken FROM {P}slotbooking
        WHERE state <> 'RELEASED' GROUP BY week_id) AS s ON s.week_id = w.id
    WHERE w.taken > w.capacity OR w.taken <> coalesce(s.taken, 0)
    """,
)

SKILLS = Rule(
    "a week's scarce skill is taken as often as it is there",
    2,
    f"""
    SELECT NULL::uuid AS project, w.workshop, w.monday, k.skill FROM {P}weekskill k
    JOIN {P}productionweek w ON w.id = k.week_id
    LEFT JOIN (SELECT t.week_skill_id, count(*) AS taken FROM {P}slotskill t
        JOIN {P}slotbooking s ON s.id = t.booking_id WHERE s.state <> 'RELEASED'
        GROUP BY t.week_skill_id) AS s ON s.week_skill_id = k.id
    WHERE k.taken > k.capacity OR k.taken <> coalesce(s.taken, 0)
    UNION ALL
    SELECT s.project_id, NULL, NULL, k.skill FROM {P}slotskill t
    JOIN {P}weekskill k ON k.id = t.week_skill_id JOIN {P}slotbooking s ON s.id = t.booking_id
    WHERE k.week_id <> s.week_id
    """,
)

PLACE = Rule(
    "a paid piece has its place in the workshop",
    2,
    f"""
    SELECT c.id AS project FROM {P}bespokeproject c
    WHERE c.stage IN {STARTED} AND NOT EXISTS (
        SELECT 1 FROM {P}slotbooking s WHERE s.project_id = c.id AND s.state <> 'RELEASED')
    """,
)

LOCKED = Rule(
    "what was paid for is locked or used",
    2,
    f"""
    SELECT c.id AS project, l.material_id AS material FROM {P}bespokeproject c
    JOIN {P}quote q ON q.project_id = c.id AND q.status = 'ACCEPTED'
    JOIN {P}quoteline l ON l.alternative_id = q.accepted_alternative_id
    WHERE c.stage IN {STARTED} AND l.material_id IS NOT NULL AND NOT {OWED}
      AND l.quantity > coalesce((SELECT sum(h.quantity) FROM {P}holding h
          WHERE h.project_id = c.id AND h.material_id = l.material_id
            AND h.state IN ('LOCKED', 'CONSUMED')), 0)
      AND NOT EXISTS (SELECT 1 FROM {P}changeorder x WHERE x.project_id = c.id
          AND x.status = 'SETTLED' AND x.releases ? l.material_id::text)
    """,
)

REDO_LOCKED = Rule(
    "a piece made anew has its materials",
    2,
    f"""
    SELECT c.id AS project FROM {P}bespokeproject c
    WHERE c.stage IN {STARTED} AND {OWED} AND NOT EXISTS (SELECT 1 FROM {P}holding h
        WHERE h.project_id = c.id AND h.state IN ('LOCKED', 'CONSUMED'))
    """,
)

CHANGED = Rule(
    "a settled change has its materials",
    2,
    f"""
    SELECT c.id AS project, x.id AS change_order, wanted ->> 'material' AS material
    FROM {P}changeorder x JOIN {P}bespokeproject c ON c.id = x.project_id,
        jsonb_array_elements(x.materials) AS wanted
    WHERE x.status = 'SETTLED' AND c.stage IN {STARTED}
      AND (wanted ->> 'quantity')::numeric > coalesce((SELECT sum(h.quantity) FROM {P}holding h
          WHERE h.project_id = c.id AND h.material_id::text = wanted ->> 'material'
            AND h.state IN ('LOCKED', 'CONSUMED')), 0)
      AND NOT EXISTS (SELECT 1 FROM {P}changeorder y WHERE y.project_id = c.id
          AND y.status = 'SETTLED' AND y.number > x.number
          AND y.releases ? (wanted ->> 'material'))
    """,
)

ORPHAN = Rule(
    "what is held is held for a sum that can be paid",
    2,
    f"""
    SELECT h.project_id AS project, h.id AS holding FROM {P}holding h
    LEFT JOIN {P}payable p ON p.id = h.payable_pk
    WHERE h.state = 'HELD' AND (p.status IS DISTINCT FROM 'OPEN' OR p.project_id <> h.project_id)
    """,
)

LAPSED = Rule(
    "a hold ends with its time, unless its payment is under way",
    2,
    f"""
    SELECT h.project_id AS project, h.id AS holding FROM {P}holding h
    WHERE h.state = 'HELD' AND h.expires_at < {NOW} - {SWEEP_PATIENCE} AND NOT EXISTS (
        SELECT 1 FROM {P}attempt a JOIN {P}payment y ON y.attempt_id = a.id
        WHERE a.payable_id = h.payable_pk AND y.status IN ('OPEN', 'SUCCEEDED'))
    """,
)

CATALOGUE = Rule(
    "a material that the catalogue sells too has no stock there",
    2,
    f"""
    SELECT NULL::uuid AS project, m.code AS material, s.quantity FROM {P}material m
    JOIN host_stock s ON s.code = m.code WHERE s.quantity > 0
    """,
)

RULES = (
    HELD, UNIQUE, EXCLUSIVE, WEEKS, SKILLS, PLACE, LOCKED, REDO_LOCKED, CHANGED, ORPHAN, LAPSED,
    CATALOGUE,
)  # fmt: skip
