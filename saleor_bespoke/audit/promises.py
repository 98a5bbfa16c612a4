"""Invariant 12: every promise keeps its trace."""

from __future__ import annotations

from saleor_bespoke.audit.rule import P, Rule

FIRST = Rule(
    "a promise stands where its first move found it",
    12,
    f"""
    SELECT m.project_id AS project, m.id AS promise FROM {P}promise m LEFT JOIN (
        SELECT DISTINCT ON (promise_id) promise_id, old_due_at FROM {P}promisemove
        ORDER BY promise_id, moved_at, new_due_at) AS v ON v.promise_id = m.id
    WHERE m.first_due_at <> coalesce(v.old_due_at, m.due_at)
    """,
)

LAST = Rule(
    "a promise stands where its moves put it",
    12,
    f"""
    SELECT m.project_id AS project, m.id AS promise FROM {P}promise m
    WHERE EXISTS (SELECT 1 FROM {P}promisemove v WHERE v.promise_id = m.id) AND (
        NOT EXISTS (SELECT 1 FROM {P}promisemove v
            WHERE v.promise_id = m.id AND v.new_due_at = m.due_at)
        OR EXISTS (SELECT 1 FROM {P}promisemove v WHERE v.promise_id = m.id
            AND v.old_due_at <> m.first_due_at AND NOT EXISTS (SELECT 1 FROM {P}promisemove w
                WHERE w.promise_id = m.id AND w.new_due_at = v.old_due_at)))
    """,
)

TRACED = Rule(
    "a promise keeps how it was computed",
    12,
    f"""
    SELECT m.project_id AS project, m.id AS promise FROM {P}promise m
    WHERE m.trace IS NULL OR m.trace = '{{}}'::jsonb OR NOT m.trace ?& ARRAY['unit', 'base']
        OR EXISTS (SELECT 1 FROM {P}promisemove v WHERE v.promise_id = m.id AND v.cause = '')
    """,
)

TOLD = Rule(
    "a promise is in the timeline as it was given",
    12,
    f"""
    SELECT m.project_id AS project, m.id AS promise FROM {P}promise m
    WHERE 1 <> (SELECT count(*) FROM {P}timelineevent e WHERE e.project_id = m.project_id
        AND e.kind = 'PromiseGiven' AND e.payload ->> 'promise' = m.id::text
        AND (e.payload ->> 'due_at')::timestamptz = m.first_due_at)
    """,
)

OPEN_ONCE = Rule(
    "a step has one open promise",
    12,
    f"""
    SELECT m.project_id AS project, m.step FROM {P}promise m
    WHERE m.ended_at IS NULL GROUP BY m.project_id, m.step HAVING count(*) > 1
    """,
)

RULES = (FIRST, LAST, TRACED, TOLD, OPEN_ONCE)
