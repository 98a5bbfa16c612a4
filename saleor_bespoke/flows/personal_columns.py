"""Which columns may hold something about a customer, and what erasing leaves in each.

Every text and JSON column of every model stands here, as personal or as kept: a test refuses one
that nobody judged. What is kept are codes, references, digests, sums and the technical facts of the
piece: the skeleton that books, guarantees and the audit need. References to people (`user:7`) are
numbers of the host, which forgets the person behind them itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Left(StrEnum):
    """What stands in a column once it was erased, as SQL."""

    BLANK = "''"
    NOTHING = "NULL"
    NO_ROWS = "'[]'::jsonb"
    NO_FACTS = "'{}'::jsonb"
    #: A specification without engraving, notes and descriptions of what the customer brings.
    TECHNICAL = "saleor_bespoke_impersonal({column})"
    #: Where a constraint wants a word.
    WORD = "CASE WHEN {column} = '' THEN '' ELSE 'erased' END"


@dataclass(frozen=True)
class Table:
    """A model's way to its commission (a lookup), and its columns."""

    way: str
    personal: Mapping[str, Left] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()


def _table(way: str, *kept: str, **personal: Left) -> Table:
    return Table(way, personal, frozenset(kept))


BLANK, NOTHING, NO_ROWS = Left.BLANK, Left.NOTHING, Left.NO_ROWS
NO_FACTS, TECHNICAL, WORD = Left.NO_FACTS, Left.TECHNICAL, Left.WORD

#: Every model whose rows belong to a commission, by its name.
TABLES: Mapping[str, Table] = {
    # spine
    "BespokeProject": _table(
        "pk", "number", "channel", "currency", "language", "time_zone", "stylist_name",
        "cancel_reason", "chain_head",
        contact_name=BLANK, contact_email=BLANK, contact_phone=BLANK, title=BLANK,
        token_digest=NOTHING,
    ),
    "TimelineEvent": _table(
        "project", "kind", "actor_kind", "actor_ref", "payload", "previous_hash", "hash"
    ),
    "Delivery": _table("event__project", "handler", "leased_by", error=BLANK),
    "WebhookMessage": _table("event__project", error=BLANK),
    "Attention": _table("project", "reason", "resolved_by", detail=BLANK, resolution=BLANK),
    # files
    "BespokeFile": _table(
        "project", "purpose", "kind", "sha256", "storage_name", "original_name", "uploaded_by",
        name=BLANK,
    ),
    "DirectUpload": _table(
        "project", "purpose", "content_type", "raw_name", "begun_by", "outcome", name=BLANK
    ),
    "Derivation": _table("file__project", "state", "needs", "leased_by",
        reason=BLANK, placeholder=BLANK),
    "Derivative": _table("file__project", "role", "kind", "storage_name"),
    # money
    "Payable": _table(
        "project", "currency", "order_id", "order_number", "transfer_reference", title=BLANK
    ),
    "Attempt": _table("payable__project", "checkout_id", "outcome"),
    "Payment": _table(
        "attempt__payable__project", "host_transaction", "provider_reference", "currency"
    ),
    "LedgerEntry": _table("payable__project", "currency", "reference"),
    "BankTransfer": _table(
        "payable__project", "currency", "reference", "recorded_by", note=BLANK
    ),
    "Refund": _table(
        "payable__project", "currency", "cause", "provider_reference", failure=BLANK
    ),
    # intake
    "Brief": _table(
        "project", "specification_hash", "currency", "destination_country", "confirmed_by",
        specification=TECHNICAL, story=BLANK, submission_key=NOTHING, submission_fingerprint=BLANK,
    ),
    "ReferenceFile": _table("project", caption=BLANK),
    "Consent": _table("project", "version", "text_hash", "actor_kind", "actor_ref"),
    "InformationRequest": _table("project", "asked_by", question=BLANK, answer=BLANK),
    "Message": _table("project", "author_kind", "author_ref", text=BLANK, author_name=BLANK),
    "FeasibilityWarning": _table(
        "brief__project", "code", "field", "answered_by", message=BLANK, note=BLANK
    ),
    "OwnMaterial": _table(
        "project", "stone", "alloy", "currency",
        description=BLANK, declared=NO_FACTS, findings=BLANK,
    ),
    "Material": _table(
        "owner_project", "code", "stone", "alloy", "laboratory", "certificate_number", "currency",
        name=BLANK, provenance=BLANK, supplier=BLANK,
    ),
    # quoting
    "Quote": _table(
        "project", "currency", "destination_country", "terms_version", "terms_body", "terms_hash",
        "content_hash", note=BLANK, close_reason=BLANK,
    ),
    "QuoteAlternative": _table(
        "quote__project", "specification_hash", "resize",
        title=BLANK, design=BLANK, specification=TECHNICAL, complexity_reason=BLANK,
    ),
    "QuoteLine": _table("alternative__quote__project", description=BLANK, facts=NOTHING),
    # design
    "CadRevision": _table(
        "project", "specification_hash", specification=TECHNICAL, note=BLANK
    ),
    "CadView": _table("revision__project", "licence_version", "licence_body"),
    "CadAnnotation": _table("revision__project", text=BLANK),
    "CadPin": _table("revision__project", "answered_by", remark=BLANK, answer=BLANK),
    "TweakRound": _table("project", request=BLANK),
    "CadApproval": _table("revision__project", "receipt", "receipt_hash"),
    "ChangeOrder": _table(
        "project", "specification_hash", "materials", "releases", "currency",
        reason=BLANK, changes=NO_ROWS, specification=TECHNICAL,
    ),
    "CadReport": _table(
        "view__revision__project", "reason", "leased_by", "unit", "confirmed_unit",
        "confirmed_by", "facts", "carried",
    ),
    "DesignPrint": _table("project", "side"),
    "CadDecision": _table(
        "revision__project", "code", "facts", "actor_kind", "actor_ref", reason=WORD
    ),
    "DesignPermission": _table("project", "version", "text_hash", "actor_kind", "actor_ref"),
    "ArchiveCopy": _table("project", "made_by", kept_at=BLANK),
    # production and quality
    "ProductionStep": _table("project", "worker", note=BLANK, sent_back_reason=BLANK),
    "ProgressUpdate": _table("project", "author_ref", text=BLANK, author_name=BLANK),
    "QualityCheck": _table("project", "closed_by", note=BLANK, fail_reason=BLANK),
    "QualityItem": _table("check_round__project", "code", note=BLANK),
    "QualityEvidence": _table("project"),
    "Certificate": _table(
        "project", "laboratory", "number", "canonical_number", "stone", "contradictions",
        "recorded_by", "verified_by", "rejected_by", verified_how=BLANK, reject_reason=BLANK,
    ),
    "Hallmark": _table("project", "office", "sponsor_mark", "reference", "recorded_by"),
    # papers
    "IssuedDocument": _table(
        "project", "subject", "number", "language", "facts_hash", "sha256", "code", "public",
        revoke_reason=BLANK,
    ),
    "ContractSignature": _table("project", "receipt", "receipt_hash"),
    # shipping and aftercare
    "Shipment": _table(
        "project", "packing", "hs_code", "origin_country", "currency", "carrier",
        "tracking_number", "host_fulfillment_id", received_by=WORD,
    ),
    "ResizeCase": _table("project", "asked_label", "reasons", note=BLANK),
    "ReturnRequest": _table(
        "project", "stage", "reason", "legal_basis", text=BLANK, explanation=BLANK
    ),
    "Claim": _table("project", "decided_by", text=BLANK, explanation=BLANK),
    "CareBooking": _table("project", note=BLANK, report=BLANK),
    "ExtraService": _table("project", title=BLANK),
    # workshop
    "Holding": _table("project"),
    "SlotBooking": _table("project"),
    "Promise": _table("project", "trace", "outcome"),
    "PromiseMove": _table("promise__project", "cause", "moved_by", explanation=BLANK),
}  # fmt: skip

#: Models whose rows belong to no one commission; those of `ProviderEvent` are found by reference.
OTHERS: Mapping[str, frozenset[str]] = {
    "ProductionWeek": frozenset({"workshop"}),
    "ProviderEvent": frozenset({"provider", "event_id", "kind", "payload", "leased_by", "error"}),
    "SlotSkill": frozenset(),
    "UploadCount": frozenset({"scope"}),  # gone after two hours
    "Webhook": frozenset(
        {"app_pk", "app_name", "target_url", "secret_key", "events", "leased_by", "error"}
    ),
    "WeekSkill": frozenset({"skill"}),
}
