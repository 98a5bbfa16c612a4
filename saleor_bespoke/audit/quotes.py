"""Invariant 3: what was offered stays as it was, and only what was still on offer is bought."""

from __future__ import annotations

from saleor_bespoke.audit.rule import OWED, P, Rule, Seal, erased, minor, moment

LIVE_ONCE = Rule(
    "at most one offer is live",
    3,
    f"""
    SELECT q.project_id AS project, array_agg(q.id) AS quotes FROM {P}quote q
    WHERE q.status IN ('SENT', 'ACCEPTED') GROUP BY q.project_id HAVING count(*) > 1
    """,
)

LIVE_IN_STAGE = Rule(
    "an offer is live in its stage alone",
    3,
    f"""
    SELECT c.id AS project, c.stage, q.id AS quote FROM {P}bespokeproject c
    LEFT JOIN {P}quote q ON q.project_id = c.id AND q.status IN ('SENT', 'ACCEPTED')
    WHERE c.stage <> 'CANCELLED' AND coalesce(q.status, '') <> CASE
        WHEN c.stage = 'INTAKE' AND NOT {OWED} THEN ''
        WHEN c.stage = 'QUOTED' THEN 'SENT' ELSE 'ACCEPTED' END
    """,
)

WITHIN_BUDGET = Rule(
    "nothing is above the stretch budget",
    3,
    f"""
    SELECT q.project_id AS project, q.id AS quote, a.id AS alternative
    FROM {P}quote q JOIN {P}quotealternative a ON a.quote_id = q.id
    JOIN {P}brief b ON b.id = q.brief_id
    WHERE q.status <> 'DRAFT' AND a.price + q.shipping_amount
        + CASE WHEN q.tax_included THEN 0 ELSE a.tax_amount END > b.budget_stretch
    """,
)

ON_OFFER = Rule(
    "what was accepted was still on offer, of the newest brief",
    3,
    f"""
    SELECT q.project_id AS project, q.id AS quote FROM {P}quote q
    WHERE q.status = 'ACCEPTED' AND (
        q.accepted_at > q.valid_until OR q.brief_id <> (SELECT b.id FROM {P}brief b
            WHERE b.project_id = q.project_id ORDER BY b.version DESC LIMIT 1))
    """,
)

NAMED = Rule(
    "an acceptance names an alternative of its own offer, by the offer's hash",
    3,
    f"""
    SELECT q.project_id AS project, q.id AS quote FROM {P}quote q
    LEFT JOIN {P}quotealternative a ON a.id = q.accepted_alternative_id AND a.quote_id = q.id
    WHERE q.status = 'ACCEPTED' AND (a.id IS NULL OR NOT EXISTS (
        SELECT 1 FROM {P}timelineevent e WHERE e.project_id = q.project_id
          AND e.kind IN ('QuoteAccepted', 'QuoteTakenOver')
          AND e.payload ->> 'quote' = q.id::text
          AND e.payload ->> 'content_hash' = q.content_hash
          AND coalesce(e.payload ->> 'alternative', a.id::text) = a.id::text))
    """,
)

OWED_AS_OFFERED = Rule(
    "an accepted offer is owed at the price that was accepted",
    3,
    f"""
    SELECT q.project_id AS project, q.id AS quote, p.id AS payable FROM {P}quote q
    JOIN {P}quotealternative a ON a.id = q.accepted_alternative_id
    JOIN {P}payable p ON p.kind = 'QUOTE' AND p.subject_pk = q.id
    WHERE q.status = 'ACCEPTED' AND p.status IN ('OPEN', 'PAID')
      AND (p.amount <> a.price OR p.currency <> q.currency OR p.project_id <> q.project_id)
    """,
)

ADDS_UP = Rule(
    "an alternative costs what its lines say",
    3,
    f"""
    SELECT q.project_id AS project, a.id AS alternative FROM {P}quotealternative a
    JOIN {P}quote q ON q.id = a.quote_id
    LEFT JOIN (SELECT alternative_id, sum(amount) AS amount FROM {P}quoteline
        GROUP BY alternative_id) AS l ON l.alternative_id = a.id
    WHERE a.price IS DISTINCT FROM l.amount
    """,
)

TERMS = Rule(
    "a sent offer's terms are the text of their hash",
    3,
    f"""
    SELECT q.project_id AS project, q.id AS quote FROM {P}quote q
    WHERE q.status <> 'DRAFT'
      AND encode(sha256(convert_to(q.terms_body, 'UTF8')), 'hex') <> q.terms_hash
    """,
)

_LINES = f"""coalesce((SELECT jsonb_agg(jsonb_build_object(
    'position', l.position, 'kind', l.kind, 'description', l.description,
    'amount', {minor("l.amount", "q.currency")}, 'material', l.material_id,
    'quantity', trim_scale(l.quantity)::text, 'facts', l.facts) ORDER BY l.position)
    FROM {P}quoteline l WHERE l.alternative_id = a.id), '[]')"""

_PICTURES = f"""coalesce((SELECT jsonb_agg(f.sha256 ORDER BY f.sha256 COLLATE "C")
    FROM {P}quotealternative_pictures k JOIN {P}bespokefile f ON f.id = k.bespokefile_id
    WHERE k.quotealternative_id = a.id), '[]')"""

_ALTERNATIVES = f"""coalesce((SELECT jsonb_agg(jsonb_build_object(
    'pk', a.id, 'position', a.position, 'title', a.title, 'design', a.design,
    'specification', a.specification, 'specificationHash', a.specification_hash,
    'price', {minor("a.price", "q.currency")}, 'tax', {minor("a.tax_amount", "q.currency")},
    'resize', a.resize,
    'complexity', jsonb_build_array(a.complexity_days, a.complexity_reason),
    'pictures', {_PICTURES}, 'lines', {_LINES}) ORDER BY a.position)
    FROM {P}quotealternative a WHERE a.quote_id = q.id), '[]')"""

CONTENT = Seal(
    "a sent offer says what its hash says",
    3,
    f"""
    SELECT q.project_id AS project, q.id::text AS key, q.content_hash AS stored,
        jsonb_build_object(
        'quote', q.id, 'project', q.project_id, 'brief', q.brief_id, 'version', q.version,
        'currency', q.currency, 'destination', q.destination_country,
        'shipping', {minor("q.shipping_amount", "q.currency")}, 'taxIncluded', q.tax_included,
        'duties', q.duties, 'terms', jsonb_build_array(q.terms_version, q.terms_hash),
        'tweakAllowance', q.tweak_allowance, 'validUntil', {moment("q.valid_until")},
        'note', q.note, 'alternatives', {_ALTERNATIVES}) AS content
    FROM {P}quote q WHERE q.status <> 'DRAFT' AND NOT {erased("q.project_id")}
    """,
)

DESIGNS = Seal(
    "a specification is the one of its hash",
    3,
    f"""
    SELECT b.project_id AS project, 'brief ' || b.id AS key, b.specification_hash AS stored,
        b.specification AS content FROM {P}brief b WHERE NOT {erased("b.project_id")}
    UNION ALL
    SELECT q.project_id, 'alternative ' || a.id, a.specification_hash, a.specification
    FROM {P}quotealternative a JOIN {P}quote q ON q.id = a.quote_id
    WHERE NOT {erased("q.project_id")}
    UNION ALL
    SELECT r.project_id, 'revision ' || r.id, r.specification_hash, r.specification
    FROM {P}cadrevision r WHERE NOT {erased("r.project_id")}
    UNION ALL
    SELECT x.project_id, 'change order ' || x.id, x.specification_hash, x.specification
    FROM {P}changeorder x WHERE NOT {erased("x.project_id")}
    """,
)

RULES = (
    LIVE_ONCE, LIVE_IN_STAGE, WITHIN_BUDGET, ON_OFFER, NAMED, OWED_AS_OFFERED, ADDS_UP, TERMS,
)  # fmt: skip
SEALS = (CONTENT, DESIGNS)
