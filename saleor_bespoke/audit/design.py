"""Invariant 4: what is made is what was approved, agreed and settled."""

from __future__ import annotations

from saleor_bespoke.audit.rule import MADE, P, Rule, Seal, erased

#: What binds the commission of revision `r`: the newest settled change, else the accepted offer.
AGREED = f"""
    JOIN {P}quote q ON q.project_id = r.project_id AND q.status = 'ACCEPTED'
    JOIN {P}quotealternative a ON a.id = q.accepted_alternative_id
    LEFT JOIN LATERAL (SELECT x.specification FROM {P}changeorder x
        WHERE x.project_id = r.project_id AND x.status = 'SETTLED'
        ORDER BY x.number DESC LIMIT 1) AS changed ON true
"""

APPROVED = Rule(
    "what is made was approved, with no change open",
    4,
    f"""
    SELECT c.id AS project FROM {P}bespokeproject c WHERE c.stage IN {MADE} AND (
        1 <> (SELECT count(*) FROM {P}cadrevision r
              JOIN {P}cadapproval a ON a.revision_id = r.id
              WHERE r.project_id = c.id AND r.status = 'APPROVED' AND a.revoked_at IS NULL)
        OR EXISTS (SELECT 1 FROM {P}changeorder x
                   WHERE x.project_id = c.id AND x.status IN ('PROPOSED', 'ACCEPTED')))
    """,
)

APPROVED_ONCE = Rule(
    "at most one revision is approved",
    4,
    f"""
    SELECT r.project_id AS project, array_agg(r.number) AS revisions FROM {P}cadrevision r
    WHERE r.status = 'APPROVED' GROUP BY r.project_id HAVING count(*) > 1
    """,
)

AS_AGREED = Rule(
    "what is approved is what was agreed",
    4,
    f"""
    SELECT r.project_id AS project, r.id AS revision FROM {P}cadrevision r {AGREED}
    WHERE r.status = 'APPROVED'
      AND (r.specification -> 'alloy', r.specification -> 'ringSize',
          r.specification -> 'stones') IS DISTINCT FROM (
          coalesce(changed.specification, a.specification) -> 'alloy',
          coalesce(changed.specification, a.specification) -> 'ringSize',
          coalesce(changed.specification, a.specification) -> 'stones')
    """,
)

TWEAKS = Rule(
    "free tweaks stay within the allowance",
    4,
    f"""
    SELECT t.project_id AS project FROM {P}tweakround t JOIN {P}quote q
        ON q.project_id = t.project_id AND q.status = 'ACCEPTED'
    WHERE t.free GROUP BY t.project_id, q.tweak_allowance HAVING count(*) > q.tweak_allowance
    """,
)

TWEAKS_PAID = Rule(
    "a used round was free or paid",
    4,
    f"""
    SELECT t.project_id AS project, t.id AS round FROM {P}tweakround t
    LEFT JOIN {P}payable p ON p.id = t.payable_pk
    WHERE t.revision_id IS NOT NULL AND NOT t.free AND p.status IS DISTINCT FROM 'PAID'
    """,
)

DEARER = Rule(
    "a dearer change is settled by its own payment",
    4,
    f"""
    SELECT x.project_id AS project, x.id AS change_order FROM {P}changeorder x
    LEFT JOIN {P}payable p ON p.id = x.payable_pk
    WHERE x.status = 'SETTLED' AND x.price_difference > 0 AND (
        p.status IS DISTINCT FROM 'PAID' OR p.amount <> x.price_difference
        OR p.subject_pk <> x.id OR p.kind <> 'CHANGE_ORDER')
    """,
)

CHEAPER = Rule(
    "a cheaper change of a paid piece gives its difference back, once",
    4,
    f"""
    SELECT p.project_id AS project, p.id AS payable FROM {P}payable p
    JOIN (SELECT project_id, count(*) AS times, sum(-price_difference) AS saved,
            sum(refund) AS returned FROM {P}changeorder
        WHERE status = 'SETTLED' AND price_difference < 0 GROUP BY project_id) AS x
        ON x.project_id = p.project_id
    WHERE p.kind = 'QUOTE' AND p.status = 'PAID' AND (
        x.times <> (SELECT count(*) FROM {P}refund f
            WHERE f.payable_id = p.id AND f.cause = 'CHANGE_ORDER')
        OR x.saved <> (SELECT coalesce(sum(l.amount), 0) FROM {P}ledgerentry l
            WHERE l.payable_id = p.id AND l.kind = 'REDUCED')
        OR x.returned <> (SELECT coalesce(sum(f.amount), 0) FROM {P}refund f
            WHERE f.payable_id = p.id AND f.cause = 'CHANGE_ORDER'))
    """,
)

IN_FORCE = Rule(
    "a receipt names the files, price, terms and person of its approval",
    4,
    f"""
    SELECT r.project_id AS project, a.id AS approval FROM {P}cadapproval a
    JOIN {P}cadrevision r ON r.id = a.revision_id JOIN {P}bespokeproject c ON c.id = r.project_id
    LEFT JOIN {P}timelineevent e ON e.project_id = c.id AND e.kind = 'CadRevisionApproved'
        AND e.payload ->> 'receipt' = a.receipt_hash
    LEFT JOIN {P}quote q ON q.project_id = c.id AND q.status = 'ACCEPTED'
    WHERE e.id IS NULL OR q.id IS NULL
      OR a.receipt ->> 'project' <> c.number
      OR a.receipt ->> 'revision' <> r.number::text
      OR a.receipt ->> 'specification' <> r.specification_hash
      OR a.receipt ->> 'quote' <> q.content_hash
      OR a.receipt -> 'terms' ->> 'version' <> q.terms_version
      OR a.receipt -> 'terms' ->> 'sha256' <> q.terms_hash
      OR a.receipt -> 'actor' ->> 'kind' <> e.actor_kind
      OR a.receipt -> 'actor' ->> 'ref' <> e.actor_ref
      OR a.receipt -> 'files' <> coalesce((
          SELECT jsonb_agg(jsonb_build_object('view', v.view, 'sha256', f.sha256)
              ORDER BY v.view COLLATE "C", f.sha256 COLLATE "C")
          FROM {P}cadview v JOIN {P}bespokefile f ON f.id = v.file_id
          WHERE v.revision_id = r.id), '[]')
      OR (SELECT coalesce(sum((paid ->> 'amount')::numeric), 0)
          FROM jsonb_array_elements(a.receipt -> 'paid') AS paid) <> (
          SELECT coalesce(sum(p.charged), 0) FROM {P}payable p
          WHERE p.project_id = c.id AND p.status = 'PAID' AND p.paid_at <= a.approved_at)
    """,
)

TOLD = Rule(
    "an approval that the timeline tells of has its receipt",
    4,
    f"""
    SELECT e.project_id AS project, e.sequence AS entry FROM {P}timelineevent e
    WHERE e.kind = 'CadRevisionApproved' AND NOT EXISTS (
        SELECT 1 FROM {P}cadapproval a JOIN {P}cadrevision r ON r.id = a.revision_id
        WHERE r.project_id = e.project_id AND r.id::text = e.payload ->> 'revision'
          AND a.receipt_hash = e.payload ->> 'receipt')
    """,
)


def _digest(text: str) -> str:
    return f"encode(sha256(convert_to({text}, 'UTF8')), 'hex')"


SEEN = Rule(
    "a receipt names the remarks, measures and licences that its customer saw",
    4,
    f"""
    SELECT r.project_id AS project, a.id AS approval FROM {P}cadapproval a
    JOIN {P}cadrevision r ON r.id = a.revision_id
    WHERE (NOT {erased("r.project_id")} AND a.receipt -> 'remarks' IS DISTINCT FROM coalesce((
            SELECT jsonb_agg(jsonb_build_object('remark', {_digest("p.remark")},
                'answer', {_digest("p.answer")}) ORDER BY p.placed_at, p.id)
            FROM {P}cadpin p WHERE p.revision_id = r.id), '[]'))
      OR a.receipt -> 'measures' IS DISTINCT FROM coalesce((
            SELECT jsonb_agg(jsonb_build_object('sha256', f.sha256, 'unit', m.unit,
                'volume', m.volume_mm3::text, 'inner_diameter', m.inner_diameter_mm::text,
                'wall', m.wall_mm::text) ORDER BY f.sha256 COLLATE "C")
            FROM {P}cadreport m JOIN {P}cadview v ON v.id = m.view_id
            JOIN {P}bespokefile f ON f.id = v.file_id
            WHERE v.revision_id = r.id AND m.kind = 'SHAPE' AND m.state = 'DONE'), '[]')
      OR a.receipt -> 'licence' IS DISTINCT FROM coalesce((
            SELECT jsonb_agg(jsonb_build_object('version', shown.licence_version,
                'sha256', {_digest("shown.licence_body")})
                ORDER BY shown.licence_version COLLATE "C", shown.licence_body COLLATE "C")
            FROM (SELECT DISTINCT v.licence_version, v.licence_body FROM {P}cadview v
                WHERE v.revision_id = r.id) AS shown), '[]')
    """,
)

ANSWERED = Rule(
    "what is approved was measured, fits, and has every remark answered",
    4,
    f"""
    SELECT r.project_id AS project, r.id AS revision FROM {P}cadrevision r
    WHERE r.status = 'APPROVED' AND (
        EXISTS (SELECT 1 FROM {P}cadpin p WHERE p.revision_id = r.id AND p.answered_at IS NULL)
        OR EXISTS (SELECT 1 FROM {P}cadview v JOIN {P}cadreport m ON m.view_id = v.id
            WHERE v.revision_id = r.id AND m.kind = 'SHAPE' AND (
                m.state = 'WAITING' OR m.state = 'DONE' AND (
                    NOT m.watertight OR m.confirmed_unit IS DISTINCT FROM m.unit))))
    """,
)

RECEIPTS = Seal(
    "a receipt is the one of its hash",
    4,
    f"""
    SELECT r.project_id AS project, a.id::text AS key, a.receipt_hash AS stored,
        a.receipt AS content
    FROM {P}cadapproval a JOIN {P}cadrevision r ON r.id = a.revision_id
    """,
)

RULES = (
    APPROVED, APPROVED_ONCE, AS_AGREED, TWEAKS, TWEAKS_PAID, DEARER, CHEAPER,
    IN_FORCE, TOLD, SEEN, ANSWERED,
)  # fmt: skip
SEALS = (RECEIPTS,)
