"""Invariant 10: a file is its commission's, has its facts, and hangs where it may be seen."""

from __future__ import annotations

from saleor_bespoke.audit.rule import P, Rule

FACTS = Rule(
    "a file has its size, its digest and its place",
    10,
    f"""
    SELECT f.project_id AS project, f.id AS file FROM {P}bespokefile f
    WHERE f.erased_at IS NULL AND (f.size = 0 OR f.sha256 !~ '^[0-9a-f]{{64}}$'
        OR f.storage_name = '' OR f.uploaded_by = '')
    """,
)


def _hung(what: str, table: str, owner: str, join: str = "") -> str:
    return f"""SELECT f.project_id AS project, f.id AS file, '{what}' AS hung_on
        FROM {P}{table} t {join} JOIN {P}bespokefile f ON f.id = {owner}"""


_PLACES = (
    ("reference", "referencefile", "t.file_id", "", "t.project_id"),
    ("evidence", "qualityevidence", "t.file_id", "", "t.project_id"),
    ("certificate", "certificate", "t.file_id", "", "t.project_id"),
    ("paper", "issueddocument", "t.file_id", "", "t.project_id"),
    ("view", "cadview", "t.file_id", "JOIN {P}cadrevision r ON r.id = t.revision_id",
     "r.project_id"),
    ("message", "message_files", "t.bespokefile_id", "JOIN {P}message r ON r.id = t.message_id",
     "r.project_id"),
    ("update", "progressupdate_files", "t.bespokefile_id",
     "JOIN {P}progressupdate r ON r.id = t.progressupdate_id", "r.project_id"),
    ("claim", "claim_files", "t.bespokefile_id", "JOIN {P}claim r ON r.id = t.claim_id",
     "r.project_id"),
    ("picture", "quotealternative_pictures", "t.bespokefile_id",
     "JOIN {P}quotealternative v ON v.id = t.quotealternative_id "
     "JOIN {P}quote r ON r.id = v.quote_id", "r.project_id"),
)  # fmt: skip

OWNED = Rule(
    "a file hangs on its own commission alone",
    10,
    " UNION ALL ".join(
        f"{_hung(what, table, owner, join.replace('{P}', P))} WHERE f.project_id <> {whose}"
        for what, table, owner, join, whose in _PLACES
    ),
)

APART = Rule(
    "two files have two places in the store",
    10,
    f"""
    SELECT (array_agg(f.project_id))[1] AS project, array_agg(f.id) AS files
    FROM {P}bespokefile f WHERE f.storage_name <> ''
    GROUP BY f.storage_name HAVING count(*) > 1
    """,
)

FORGOTTEN = Rule(
    "the timeline tells of a customer who was erased, once",
    10,
    f"""
    SELECT c.id AS project, c.erased_at FROM {P}bespokeproject c
    WHERE (c.erased_at IS NOT NULL)::int <> (SELECT count(*) FROM {P}timelineevent e
        WHERE e.project_id = c.id AND e.kind = 'PersonalDataErased')
    """,
)

NOTHING_LEFT = Rule(
    "of a customer who was erased no name, address or log-in is left",
    10,
    f"""
    SELECT c.id AS project FROM {P}bespokeproject c
    WHERE c.erased_at IS NOT NULL AND (
        c.contact_name <> '' OR c.contact_email <> '' OR c.contact_phone <> '' OR c.title <> ''
        OR c.owner_id IS NOT NULL OR c.token_digest IS NOT NULL)
    """,
)

NO_FILE = Rule(
    "of a customer who was erased no file is kept, and nothing derived from one",
    10,
    f"""
    SELECT c.id AS project, f.id AS file, f.purpose FROM {P}bespokefile f
    JOIN {P}bespokeproject c ON c.id = f.project_id
    WHERE c.erased_at IS NOT NULL AND (f.erased_at IS NULL OR f.name <> ''
        OR EXISTS (SELECT 1 FROM {P}derivative d WHERE d.file_id = f.id))
    """,
)

REPORTS_FORGOTTEN = Rule(
    "of a customer who was erased the provider's reports say what was paid, and nothing else",
    10,
    f"""
    SELECT DISTINCT paid.project, told.event_id, told.kind FROM (
        SELECT v.event_id, v.kind, unnest(ARRAY[o.reported ->> 'payment_intent',
            o.reported ->> 'id', o.reported #>> '{{metadata,payment}}']) AS name
        FROM {P}providerevent v
        CROSS JOIN LATERAL (SELECT v.payload #> '{{data,object}}' AS reported) AS o
        WHERE v.processed_at IS NOT NULL AND (
            v.error <> '' OR NOT v.payload ? 'erased' OR EXISTS (
                SELECT 1 FROM jsonb_object_keys(o.reported) AS key WHERE key NOT IN (
                    'id', 'object', 'amount', 'amount_received', 'currency', 'status',
                    'payment_intent', 'charge', 'created', 'metadata')))
    ) AS told JOIN (
        SELECT c.id AS project, unnest(ARRAY[y.id::text, y.provider_reference]) AS name
        FROM {P}bespokeproject c JOIN {P}payable p ON p.project_id = c.id
        JOIN {P}attempt a ON a.payable_id = p.id JOIN {P}payment y ON y.attempt_id = a.id
        WHERE c.erased_at IS NOT NULL
    ) AS paid ON paid.name = told.name
    """,
)

RULES = (FACTS, OWNED, APART, FORGOTTEN, NOTHING_LEFT, NO_FILE, REPORTS_FORGOTTEN)
