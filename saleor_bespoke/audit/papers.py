"""Invariant 4, of contracts: what was signed is the offer that was accepted."""

from __future__ import annotations

from saleor_bespoke.audit.rule import P, Rule, Seal

SIGNED = Rule(
    "a signature names the contract, the offer and the terms of its commission",
    4,
    f"""
    SELECT s.project_id AS project, s.id AS signature FROM {P}contractsignature s
    JOIN {P}issueddocument d ON d.id = s.document_id JOIN {P}quote q ON q.id = s.quote_id
    JOIN {P}bespokeproject c ON c.id = s.project_id
    LEFT JOIN {P}timelineevent e ON e.project_id = c.id AND e.kind = 'ContractSigned'
        AND e.payload ->> 'receipt' = s.receipt_hash
    WHERE e.id IS NULL OR d.project_id <> c.id OR q.project_id <> c.id OR d.kind <> 'CONTRACT'
      OR s.receipt ->> 'project' <> c.number
      OR s.receipt -> 'document' ->> 'sha256' <> d.sha256
      OR s.receipt ->> 'quote' <> q.content_hash
      OR s.receipt ->> 'alternative' <> q.accepted_alternative_id::text
      OR s.receipt -> 'terms' ->> 'sha256' <> q.terms_hash
      OR s.receipt -> 'actor' ->> 'ref' <> e.actor_ref
    """,
)

TOLD = Rule(
    "a signature that the timeline tells of has its receipt",
    4,
    f"""
    SELECT e.project_id AS project, e.sequence AS entry FROM {P}timelineevent e
    WHERE e.kind = 'ContractSigned' AND NOT EXISTS (
        SELECT 1 FROM {P}contractsignature s WHERE s.project_id = e.project_id
          AND s.quote_id::text = e.payload ->> 'quote'
          AND s.document_id::text = e.payload ->> 'document'
          AND s.receipt_hash = e.payload ->> 'receipt')
    """,
)

RECEIPTS = Seal(
    "a signature's receipt is the one of its hash",
    4,
    f"""
    SELECT s.project_id AS project, s.id::text AS key, s.receipt_hash AS stored,
        s.receipt AS content FROM {P}contractsignature s
    """,
)

ISSUED = Rule(
    "an issued document has the digest of its file",
    10,
    f"""
    SELECT d.project_id AS project, d.id AS document FROM {P}issueddocument d
    JOIN {P}bespokefile f ON f.id = d.file_id
    WHERE f.sha256 <> d.sha256
      OR f.shared = (d.kind IN ('PRODUCTION_CARD', 'QUALITY_SHEET'))
    """,
)

RULES = (SIGNED, TOLD, ISSUED)
SEALS = (RECEIPTS,)
