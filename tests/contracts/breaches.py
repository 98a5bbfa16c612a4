"""How to break every guard of the database by raw SQL: what no service does, but a mistake might.

`:name` stands for a row of the rich commission; `copy` repeats a row with some columns different.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import connection

T = "saleor_bespoke_"


@dataclass(frozen=True)
class Breach:
    """Statements of which the last one must be refused by the guard, and by nothing else.

    `given` is written with the triggers off. `also` names guards that would refuse it too, later:
    the control, which shows that it happens without the guard, is without them as well.
    """

    guard: str
    statements: tuple[str, ...]
    says: str = ""
    given: str = ""
    also: tuple[str, ...] = ()
    deferred: bool = field(default=False)

    def __str__(self) -> str:
        return f"{self.guard}-{self.statements[-1].partition(' ')[0].lower()}"


def copy(table: str, where: str, **columns: str) -> str:
    """Insert a row like the first that is found, with these columns as SQL says."""
    pairs = ", ".join(f"'{name}', {value}" for name, value in columns.items())
    return (
        f"INSERT INTO {T}{table} SELECT (jsonb_populate_record(row, "
        f"jsonb_build_object('id', gen_random_uuid(), {pairs}))).* "
        f"FROM {T}{table} AS row WHERE {where} LIMIT 1"
    )


def update(table: str, change: str, where: str) -> str:
    """Change rows behind everybody's back."""
    return f"UPDATE {T}{table} SET {change} WHERE {where}"


def delete(table: str, where: str) -> str:
    """Delete rows behind everybody's back."""
    return f"DELETE FROM {T}{table} WHERE {where}"


MINE = "project_id = :project"
ACCEPTED = f"{MINE} AND status = 'ACCEPTED'"
PAID = f"{MINE} AND status = 'PAID'"
WEEK = "id = (SELECT week_id FROM saleor_bespoke_slotbooking WHERE project_id = :project)"


def tweak(number: int, *, free: bool, payable: str = "NULL") -> str:
    """A further round of tweaks of an allowance of two."""
    return (
        f"INSERT INTO {T}tweakround (id, project_id, number, allowance, free, payable_pk, request) "
        f"VALUES (gen_random_uuid(), :project, {number}, 2, {free}, {payable}, '')"
    )


def holding(material: str, *, payable: str, quantity: str = "1", project: str = ":project") -> str:
    """Somebody's hold on a material for an hour."""
    return (
        f"INSERT INTO {T}holding (id, material_id, project_id, payable_pk, quantity, consumed, "
        f"exclusive, state, expires_at, created_at, changed_at) VALUES (gen_random_uuid(), "
        f"{material}, {project}, {payable}, {quantity}, 0, false, 'HELD', "
        f"now() + interval '1 hour', now(), now())"
    )


def used(quantity: str, *, project: str = ":project") -> tuple[str, ...]:
    """Hold one gram of free metal, lock it, and use so much of it."""
    where = f"material_id = :free_material AND project_id = {project}"
    return (
        holding(":free_material", payable=":payable", project=project),
        update("holding", "state = 'LOCKED'", where),
        update("holding", f"state = 'CONSUMED', consumed = {quantity}", where),
    )


def begun(state: str, *, consumed: str = "0") -> str:
    """Another holding, of free metal, that begins in this state."""
    return copy(
        "holding",
        "id = :holding",
        material_id=":free_material",
        state=f"'{state}'",
        payable_pk="gen_random_uuid()",
        expires_at="now()",
        consumed=consumed,
    )


def scarce(capacity: int) -> str:
    """A scarce skill in the week of the commission's place."""
    return (
        f"INSERT INTO {T}weekskill (id, week_id, skill, capacity, taken) SELECT gen_random_uuid(), "
        f"week_id, 'engraving', {capacity}, 0 FROM {T}slotbooking WHERE {MINE} LIMIT 1"
    )


SKILL_TAKEN = (
    f"INSERT INTO {T}slotskill (id, booking_id, week_skill_id) SELECT gen_random_uuid(), b.id, "
    f"k.id FROM {T}slotbooking b, {T}weekskill k WHERE b.project_id = :project LIMIT 1"
)
SKILL_ELSEWHERE = (
    f"INSERT INTO {T}weekskill (id, week_id, skill, capacity, taken) SELECT gen_random_uuid(), id, "
    f"'engraving', 1, 0 FROM {T}productionweek WHERE monday = '2031-01-06'"
)
APPROVED_REVISION = f"(SELECT id FROM {T}cadrevision WHERE {MINE} AND status = 'APPROVED')"
APPROVED = f"revision_id = {APPROVED_REVISION}"
PIN_APPROVED = update("cadpin", f"revision_id = {APPROVED_REVISION}", "id = :pin")
#: What a caller uploaded in an hour.
UPLOADS_COUNTED = (
    f"INSERT INTO {T}uploadcount (id, scope, hour, files, bytes, failures) VALUES "
    "(gen_random_uuid(), 'somebody', date '2031-01-06', 1, 1, 0)"
)
#: The stone on the shelf as a customer's own.
OWNED = "owner_project_id = {}, price = NULL, currency = ''"
CREDITED = "status = 'CREDITED', credit = 5, currency = 'USD', credit_accepted_at = now()"


def slot(state: str) -> str:
    """Another place for the same commission in the same week."""
    return copy("slotbooking", MINE, state=f"'{state}'")


def attempt(checkout: str) -> str:
    """A further checkout that is open for the paid sum."""
    where = "payable_id = (SELECT id FROM saleor_bespoke_payable WHERE " + PAID + ")"
    return copy("attempt", where, checkout_id=f"'{checkout}'", state="'LIVE'")


SUM = "payable_id = (SELECT id FROM saleor_bespoke_payable WHERE " + PAID + ")"


def transfer(reference: str, checkout: str, *, amount: str = "1") -> str:
    """A bank transfer for the paid sum, by the attempt of this checkout or any."""
    return (
        f"INSERT INTO {T}banktransfer (id, payable_id, attempt_id, amount, currency, reference, "
        "value_date, note, recorded_by, recorded_at) SELECT gen_random_uuid(), payable_id, id, "
        f"{amount}, 'USD', '{reference}', now(), '', 'staff', now() "
        f"FROM {T}attempt WHERE {SUM} AND checkout_id {checkout} LIMIT 1"
    )


RELEASE = (
    f"INSERT INTO {T}refund (id, payable_id, attempt_id, amount, currency, cause, status, failure, "
    "requested_at) SELECT gen_random_uuid(), payable_id, id, 1, 'USD', 'NO_ORDER', 'REQUESTED', "
    f"'', now() FROM {T}attempt WHERE {SUM} LIMIT 1"
)
PROVIDER_EVENT = (
    f"INSERT INTO {T}providerevent (id, provider, event_id, kind, payload, received_at, attempts, "
    "failures, error) VALUES (gen_random_uuid(), 'stripe', 'evt_1', 'a', '{}', now(), 0, 0, '')"
)

MESSAGE = (
    f"INSERT INTO {T}webhookmessage (id, webhook_id, event_id, owed_at, due_at, attempts, error) "
    f"SELECT gen_random_uuid(), :webhook, id, now(), now(), 0, '' FROM {T}timelineevent "
    f"WHERE project_id = :project AND sequence = 1"
)

#: A value that a row cannot have.
VALUES = [
    Breach(
        "bespoke_project_stage_known",
        (
            copy(
                "bespokeproject",
                "id = :project",
                stage="'LIMBO'",
                number="'B-1'",
                token_digest="NULL",
            ),
        ),
    ),
    Breach("bespoke_budget_sane", (update("brief", "budget_stretch = 1", MINE),)),
    Breach("bespoke_reference_at_most_ten", (update("referencefile", "position = 11", MINE),)),
    Breach("bespoke_material_held_positive", (update("material", "held = -1", "id = :stone"),)),
    Breach("bespoke_material_enough", (update("material", "held = 2", "id = :stone"),)),
    Breach("bespoke_material_unique_is_one", (update("material", "on_hand = 2", "id = :stone"),)),
    Breach("bespoke_material_pieces_whole", (update("material", "on_hand = 0.5", "id = :stone"),)),
    Breach(
        "bespoke_own_stone_not_for_sale",
        (copy("material", "id = :stone", code="'Again'", owner_project_id=":project"),),
    ),
    Breach("bespoke_consumed_has_quantity", (begun("HELD", consumed="1"),)),
    Breach(
        "bespoke_holding_positive",
        (holding(":free_material", payable=":payable", quantity="0"),),
    ),
    Breach(
        "bespoke_hold_expires",
        (
            copy(
                "holding",
                "id = :holding",
                material_id=":free_material",
                state="'HELD'",
                payable_pk="gen_random_uuid()",
                expires_at="NULL",
                consumed="0",
            ),
        ),
    ),
    Breach(
        "bespoke_week_not_overbooked", (update("productionweek", "taken = capacity + 1", WEEK),)
    ),
    Breach(
        "bespoke_skill_not_overbooked",
        (scarce(1), update("weekskill", "taken = 2", "skill = 'engraving'")),
    ),
    Breach(
        "bespoke_credited_is_not_returned",
        (copy("ownmaterial", "id = :own_material", status="'CREDITED'", credit="NULL"),),
    ),
    Breach(
        "bespoke_returned_once",
        (copy("ownmaterial", "id = :own_material", status="'RETURNED'", returned_at="NULL"),),
    ),
    Breach("bespoke_tweak_allowance", (update("quote", "tweak_allowance = 3", "id = :draft"),)),
    Breach(
        "bespoke_quote_sent_with_hash",
        (copy("quote", ACCEPTED, status="'EXPIRED'", version="99", content_hash="''"),),
    ),
    Breach(
        "bespoke_quote_accepted_names_one",
        (copy("quote", ACCEPTED, project_id=":bare", accepted_alternative_id="NULL"),),
    ),
    Breach(
        "bespoke_alternative_positive",
        (update("quotealternative", "price = 0", "quote_id = :draft"),),
    ),
    Breach("bespoke_line_sign", (update("quoteline", "amount = -1", "id = :line"),)),
    Breach("bespoke_line_material_quantity", (update("quoteline", "quantity = 1", "id = :line"),)),
    Breach("bespoke_payable_positive", (update("payable", "amount = 0", "id = :payable"),)),
    Breach(
        "bespoke_refund_within_capture",
        (update("payable", "refund_committed = charged + 1", PAID),),
    ),
    Breach(
        "bespoke_reduction_goes_back",
        (update("payable", "reduced = refund_committed + 1", PAID),),
    ),
    Breach("bespoke_paid_is_exact", (update("payable", "status = 'PAID'", "id = :payable"),)),
    Breach(
        "bespoke_paid_is_exact",
        (
            update(
                "payable",
                "status = 'PAID', order_id = 'x', locked_total = 40, charged = 39",
                "id = :payable",
            ),
        ),
    ),
    Breach("bespoke_transfer_positive", (transfer("1", "<> ''", amount="0"),)),
    Breach("bespoke_refund_positive", (update("refund", "amount = 0", "amount = 1"),)),
    Breach(
        "bespoke_ledger_signed_by_kind",
        (copy("ledgerentry", "kind = 'CHARGED'", amount="-1", reference="'other'"),),
    ),
    Breach(
        "bespoke_ledger_kind_known",
        (copy("ledgerentry", "kind = 'CHARGED'", kind="'TIP'"),),
    ),
    Breach("bespoke_pin_on_view", (update("cadpin", "x = 2", "id = :pin"),)),
    Breach("bespoke_pin_has_one_place", (update("cadpin", "part = 1", "id = :pin"),)),
    Breach(
        "bespoke_view_licensed",
        (copy("cadview", "id = :view", file_id=":picture", licence_body="''"),),
    ),
    Breach(
        "bespoke_report_measured", (update("cadreport", "watertight = NULL", "view_id = :view"),)
    ),
    Breach(
        "bespoke_report_reasoned",
        (update("cadreport", "state = 'UNREADABLE'", "view_id = :view"),),
    ),
    Breach("bespoke_mark_can_be_found", (update("designprint", "hash = NULL", "view_id = :view"),)),
    Breach(
        "bespoke_decision_reasoned",
        (update("caddecision", "reason = ''", "revision_id = :revision"),),
    ),
    Breach("bespoke_archive_copy_is_no_jewel", (update("archivecopy", "for_sale = true", MINE),)),
    Breach("bespoke_free_tweaks_within_allowance", (tweak(3, free=True),)),
    Breach("bespoke_tweak_paid", (tweak(3, free=False),)),
    Breach(
        "bespoke_shipment_insured",
        (update("shipment", "declared_value = 10, insured_value = 1", MINE),),
    ),
    Breach("bespoke_collection_identified", (update("shipment", "status = 'COLLECTED'", MINE),)),
]

#: A second one of what there is once.
TWICE = [
    Breach(
        "bespoke_upload_count_once",
        (UPLOADS_COUNTED, UPLOADS_COUNTED),
    ),
    Breach("bespoke_timeline_sequence", (copy("timelineevent", MINE, kind="'Again'"),)),
    Breach(
        "bespoke_delivery_once",
        (
            copy(
                "delivery",
                f"event_id IN (SELECT id FROM {T}timelineevent WHERE {MINE})",
                error="''",
            ),
        ),
    ),
    Breach("bespoke_webhook_once", (copy("webhook", "id = :webhook", app_name="'Again'"),)),
    Breach("bespoke_webhook_message_once", (MESSAGE, MESSAGE)),
    Breach("bespoke_attention_open_once", (copy("attention", MINE, detail="''"),)),
    Breach("bespoke_brief_version", (copy("brief", MINE, submission_key="NULL"),)),
    Breach("bespoke_reference_place", (copy("referencefile", MINE, file_id=":picture"),)),
    Breach("bespoke_question_open_once", (copy("informationrequest", MINE, question="''"),)),
    Breach("bespoke_warning_once", (copy("feasibilitywarning", "id = :warning", note="''"),)),
    Breach(
        "bespoke_quote_version",
        (copy("quote", "id = :draft", status="'EXPIRED'", content_hash="'x'", sent_at="now()"),),
    ),
    Breach("bespoke_quote_live_once", (copy("quote", ACCEPTED, version="99"),)),
    Breach("bespoke_quote_draft_once", (copy("quote", "id = :draft", version="99"),)),
    Breach(
        "bespoke_alternative_place",
        (copy("quotealternative", "quote_id = :draft", title="'Again'"),),
    ),
    Breach("bespoke_line_place", (copy("quoteline", "id = :line", description="'Again'"),)),
    Breach("bespoke_payable_subject", (copy("payable", "id = :payable", title="'Again'"),)),
    Breach("bespoke_attempt_live_once", (attempt("first"), attempt("second"))),
    Breach(
        "bespoke_payment_live_once",
        (copy("payment", "true", host_transaction="'other'", provider_reference="NULL"),),
    ),
    Breach(
        "bespoke_transfer_counted_once",
        (attempt("other"), transfer("rf 1", "= 'other'"), transfer("RF 1", "<> 'other'")),
    ),
    Breach("bespoke_release_one_at_a_time", (RELEASE, RELEASE)),
    Breach("bespoke_ledger_once", (copy("ledgerentry", "kind = 'CHARGED'", currency="'EUR'"),)),
    Breach("bespoke_provider_event_once", (PROVIDER_EVENT, PROVIDER_EVENT)),
    Breach(
        "bespoke_unique_stone_held_once",
        (
            holding(":stone", payable=":payable"),
            holding(":stone", payable=":project", project=":other"),
        ),
        also=("bespoke_material_enough",),
    ),
    Breach(
        "bespoke_holding_once_a_payable",
        (
            holding(":free_material", payable=":payable"),
            holding(":free_material", payable=":payable"),
        ),
    ),
    Breach("bespoke_week_once", (copy("productionweek", WEEK, taken="0"),)),
    Breach("bespoke_week_skill_once", (scarce(1), scarce(1))),
    Breach("bespoke_slot_skill_once", (scarce(2), SKILL_TAKEN, SKILL_TAKEN)),
    Breach("bespoke_slot_once_a_project", (slot("BOOKED"), slot("BOOKED"))),
    Breach(
        "bespoke_promise_open_once",
        (copy("promise", f"{MINE} AND ended_at IS NULL", outcome="''"),),
    ),
    Breach(
        "bespoke_revision_number",
        (copy("cadrevision", f"{MINE} AND status = 'SUPERSEDED'", note="'Again'"),),
    ),
    Breach(
        "bespoke_revision_approved_once",
        (copy("cadrevision", f"{MINE} AND status = 'APPROVED'", number="99"),),
    ),
    Breach(
        "bespoke_revision_open_once",
        (copy("cadrevision", f"{MINE} AND status = 'PUBLISHED'", number="99"),),
    ),
    Breach(
        "bespoke_decision_once",
        (copy("caddecision", "revision_id = :revision", reason="'Again'"),),
    ),
    Breach("bespoke_permission_once", (copy("designpermission", MINE, version="'again'"),)),
    Breach("bespoke_tweak_number", (tweak(1, free=True), tweak(1, free=True))),
    Breach(
        "bespoke_change_saving_returned",
        (update("changeorder", "refund = 1", "id = :change_order"),),
    ),
    Breach(
        "bespoke_change_saving_returned",
        (update("changeorder", "price_difference = -2, refund = 1", "id = :change_order"),),
    ),
    Breach("bespoke_change_number", (copy("changeorder", MINE, reason="'Again'"),)),
    Breach(
        "bespoke_change_open_once",
        (
            copy("changeorder", MINE, project_id=":bare", number="98", status="'PROPOSED'"),
            copy("changeorder", MINE, project_id=":bare", number="99", status="'ACCEPTED'"),
        ),
    ),
    Breach("bespoke_step_attempt", (copy("productionstep", MINE, note="'Again'"),)),
    Breach(
        "bespoke_step_one_at_a_time",
        (
            copy("productionstep", MINE, attempt="98", status="'STARTED'"),
            copy("productionstep", MINE, attempt="99", status="'STARTED'"),
        ),
    ),
    Breach("bespoke_check_number", (copy("qualitycheck", MINE, status="'FAILED'"),)),
    Breach("bespoke_check_open_once", (copy("qualitycheck", MINE, number="99"),)),
    Breach("bespoke_item_once", (copy("qualityitem", "check_round_id = :check", note="'Again'"),)),
    Breach("bespoke_certificate_once", (copy("certificate", MINE, project_id=":other"),)),
    Breach("bespoke_order_shipped_once", (copy("shipment", MINE, carrier="'Again'"),)),
    Breach(
        "bespoke_case_shipped_once",
        (
            copy("shipment", MINE, purpose="'RESIZE'", case_pk=":resize"),
            copy("shipment", MINE, purpose="'RESIZE'", case_pk=":resize"),
        ),
        also=("bespoke_order_shipped_once",),
    ),
    Breach(
        "bespoke_free_resize_once",
        (
            copy("resizecase", MINE, free="true", status="'RETURNED'"),
            copy("resizecase", f"{MINE} AND NOT free", free="true", status="'RETURNED'"),
        ),
    ),
    Breach("bespoke_resize_open_once", (copy("resizecase", MINE, status="'GRANTED'"),)),
    Breach("bespoke_claim_open_once", (copy("claim", MINE, text="'Again'"),)),
    Breach(
        "bespoke_document_version",
        (copy("issueddocument", "id = :document", file_id=":picture", number="'Again'"),),
    ),
    Breach(
        "bespoke_document_number",
        (copy("issueddocument", "id = :document", file_id=":picture", subject="'other'"),),
    ),
    Breach(
        "bespoke_derivative_once",
        (copy("derivative", "file_id = :picture", storage_name="'another'"),),
        given=f"INSERT INTO {T}derivative (id, file_id, role, kind, size, storage_name) "
        "VALUES (gen_random_uuid(), :picture, 'MESH', 'GLB', 1, 'one')",
    ),
]

#: What only a trigger can refuse.
CHANGES = [
    Breach(
        "bespoke_timeline_is_final",
        (update("timelineevent", "payload = '{}'", f"{MINE} AND sequence = 1"),),
        says="the timeline is append-only",
    ),
    Breach(
        "bespoke_timeline_is_final",
        (delete("timelineevent", f"{MINE} AND sequence = 2"),),
        says="the timeline is append-only",
    ),
    Breach(
        "bespoke_stage_guard",
        (update("bespokeproject", "stage = 'CLOSED'", "id = :project"),),
        says="no stage move from QUALITY to CLOSED",
    ),
    Breach(
        "bespoke_stage_guard",
        (update("bespokeproject", "stage = 'DESIGN'", "id = :bare"),),
        says="design work before full payment",
        given=update("bespokeproject", "stage = 'CHECKOUT'", "id = :bare"),
    ),
    Breach(
        "bespoke_stage_guard",
        (update("bespokeproject", "stage = 'PRODUCTION'", "id = :bare"),),
        says="production without an approved revision",
        given=update("bespokeproject", "stage = 'DESIGN'", "id = :bare"),
    ),
    Breach(
        "bespoke_stage_guard",
        (update("bespokeproject", "stage = 'PRODUCTION'", "id = :project"),),
        says="production with an open change order",
        given=update("changeorder", "status = 'ACCEPTED'", "id = :change_order"),
    ),
    Breach(
        "bespoke_stage_told",
        (update("bespokeproject", "stage = 'SHIPPING'", "id = :project"),),
        says="a stage moved without its timeline row",
        deferred=True,
    ),
    Breach(
        "bespoke_work_guard",
        (copy("productionstep", MINE, project_id=":bare", status="'STARTED'"),),
        says="production without an approved revision",
    ),
    Breach(
        "bespoke_work_guard",
        (update("productionstep", "status = 'STARTED'", "id = :step"),),
        says="production with an open change order",
        given=update("changeorder", "status = 'PROPOSED'", "id = :change_order"),
    ),
    Breach(
        "bespoke_holding_facts",
        (holding(":stone", payable=":payable"),),
        says="a customer's own stone is held by its commission only",
        given=update("material", OWNED.format(":other"), "id = :stone"),
    ),
    Breach(
        "bespoke_holding_facts",
        (holding(":stone", payable=":payable", quantity="0.5"),),
        says="pieces are counted whole",
        also=("bespoke_material_pieces_whole",),
    ),
    Breach(
        "bespoke_material_identity",
        (update("material", "kind = 'FINDING'", "id = :stone"),),
        says="a material stays of its kind and owner",
    ),
    Breach(
        "bespoke_material_identity",
        (update("material", OWNED.format(":project"), "id = :stone"),),
        says="a material stays of its kind and owner",
    ),
    Breach(
        "bespoke_material_identity",
        (update("material", "on_hand = 1", "id = :stone"),),
        says="a customer's own stone enters the books once",
        given=update("material", OWNED.format(":other") + ", on_hand = 0", "id = :stone"),
    ),
    Breach(
        "bespoke_line_sells_ours",
        (update("quoteline", "material_id = :stone, quantity = 1, amount = 0", "id = :line"),),
        says="a customer's own stone is offered to nobody else",
        given=update("material", OWNED.format(":other"), "id = :stone"),
    ),
    Breach(
        "bespoke_holding_count",
        (holding(":free_material", payable=":payable", quantity="101"),),
        says="bespoke_material_enough",
    ),
    Breach(
        "bespoke_holding_moves",
        (update("holding", "state = 'LOCKED'", "id = :holding"),),
        says="a holding does not move from CONSUMED to LOCKED",
        also=("bespoke_material_enough", "bespoke_consumed_has_quantity"),
    ),
    Breach(
        "bespoke_holding_moves",
        (begun("RELEASED"),),
        says="a holding begins held or locked, not RELEASED",
    ),
    Breach(
        "bespoke_holding_moves", (delete("holding", "id = :holding"),), says="a holding is kept"
    ),
    Breach(
        "bespoke_holding_moves",
        (update("holding", "payable_pk = :payable", "id = :holding"),),
        says="a holding stays with its material, commission and sum",
    ),
    Breach(
        "bespoke_holding_moves",
        (update("holding", "quantity = 2", "id = :holding"),),
        says="the quantity of a CONSUMED holding is final",
    ),
    Breach(
        "bespoke_holding_moves",
        (update("holding", "consumed = 2", "id = :holding"),),
        says="what was used was used once",
        also=("bespoke_material_enough",),
    ),
    Breach(
        "bespoke_holding_moves",
        (
            holding(":free_material", payable=":payable"),
            update("holding", "state = 'CONSUMED', consumed = 1", "material_id = :free_material"),
        ),
        says="a holding does not move from HELD to CONSUMED",
    ),
    Breach(
        "bespoke_holding_used",
        used("1", project=":bare"),
        says="production without an approved revision",
    ),
    Breach(
        "bespoke_holding_used",
        used("1"),
        says="production with an open change order",
        given=update("changeorder", "status = 'ACCEPTED'", "id = :change_order"),
    ),
    Breach(
        "bespoke_holding_used",
        used("1"),
        says="a material is used after it has arrived",
        given=update("material", "to_be_sourced = true", "id = :free_material"),
    ),
    Breach(
        "bespoke_holding_used",
        used("1.501"),
        says="more used than was locked and the casting allowance gives",
    ),
    Breach(
        "bespoke_stage_never_forgotten",
        (update("bespokeproject", "furthest_stage = 'DESIGN'", "id = :project"),),
        says="a stage that was reached is never forgotten",
    ),
    Breach(
        "bespoke_change_before_production",
        (update("changeorder", "status = 'PROPOSED'", "id = :change_order"),),
        says="a change order opens before production",
    ),
    Breach(
        "bespoke_change_before_production",
        (copy("changeorder", MINE, number="99", status="'ACCEPTED'"),),
        says="a change order opens before production",
    ),
    Breach(
        "bespoke_approval_stays",
        (update("cadrevision", "status = 'SUPERSEDED'", f"{MINE} AND status = 'APPROVED'"),),
        says="what is being made keeps its approved revision",
    ),
    *(
        Breach("bespoke_approval_is_final", (statement,), says="an approval is only revoked, once")
        for statement in (
            update("cadapproval", "receipt = '{}'", APPROVED),
            delete("cadapproval", APPROVED),
        )
    ),
    Breach(
        "bespoke_approval_is_final",
        (update("cadapproval", "revoked_at = NULL", APPROVED),),
        given=update("cadapproval", "revoked_at = now()", APPROVED),
        says="an approval is only revoked, once",
    ),
    *(
        Breach(
            "bespoke_approved_pins",
            (statement,),
            given=given,
            says="what was approved stays as it was seen",
        )
        for statement, given in (
            (copy("cadpin", "id = :pin", revision_id=APPROVED_REVISION, answered_at="now()"), ""),
            (update("cadpin", f"revision_id = {APPROVED_REVISION}", "id = :pin"), ""),
            (update("cadpin", "remark = ''", "id = :pin"), PIN_APPROVED),
            (delete("cadpin", "id = :pin"), PIN_APPROVED),
        )
    ),
    *(
        Breach(
            "bespoke_approved_reports",
            (statement,),
            given=update("cadview", f"revision_id = {APPROVED_REVISION}", "id = :view"),
            says="what was approved stays as it was seen",
        )
        for statement in (
            update("cadreport", "wall_mm = 9", "view_id = :view"),
            delete("cadreport", "view_id = :view"),
        )
    ),
    Breach(
        "bespoke_licence_is_frozen",
        (update("cadview", "licence_body = 'Do what you like.'", "id = :view"),),
        says="the licence of a design file never changes",
    ),
    Breach(
        "bespoke_revision_fits",
        (update("cadrevision", "status = 'PUBLISHED'", "id = :revision"),),
        given=update("cadrevision", "status = 'DRAFT'", "id = :revision"),
        says="a remark on the design is not answered",
    ),
    Breach(
        "bespoke_revision_fits",
        (
            update("cadpin", "answered_at = now()", "id = :pin"),
            update("cadreport", "unit = 'cm'", "view_id = :view"),
            update("cadrevision", "status = 'PUBLISHED'", "id = :revision"),
        ),
        given=update("cadrevision", "status = 'DRAFT'", "id = :revision"),
        says="a mesh is not measured, not closed, or of no confirmed unit",
    ),
    Breach("bespoke_skill_count", (scarce(0), SKILL_TAKEN), says="bespoke_skill_not_overbooked"),
    Breach(
        "bespoke_slot_skill_facts",
        (
            copy("productionweek", WEEK, monday="'2031-01-06'", taken="0"),
            SKILL_ELSEWHERE,
            SKILL_TAKEN,
        ),
        says="a place takes the skills of its own week",
    ),
    Breach(
        "bespoke_slot_moves",
        (update("slotbooking", "state = 'BOOKED'", MINE),),
        says="a place does not move from DONE to BOOKED",
    ),
    Breach(
        "bespoke_own_material_moves",
        (update("ownmaterial", "status = 'DECLARED'", "id = :own_material"),),
        says="what a customer brought does not go from RECEIVED to DECLARED",
    ),
    Breach(
        "bespoke_own_material_moves",
        (update("ownmaterial", "status = 'RETURNED', returned_at = now()", "id = :own_material"),),
        says="what is melted into the price does not go back",
        given=update("ownmaterial", CREDITED, "id = :own_material"),
    ),
    Breach(
        "bespoke_own_material_moves",
        (update("ownmaterial", "credit = 6", "id = :own_material"),),
        says="a credit that was accepted never changes",
        given=update("ownmaterial", CREDITED, "id = :own_material"),
    ),
    Breach(
        "bespoke_credit_counts_once",
        (
            copy("quoteline", "id = :line", kind="'CREDIT'", amount="-5", position="99"),
            update("quote", "status = 'SENT', content_hash = 'x', sent_at = now()", "id = :draft"),
        ),
        says="a credit counts once, as it was accepted",
        also=("bespoke_quote_live_once",),
    ),
    Breach(
        "bespoke_slot_count",
        tuple(slot("DONE") for _ in range(4)),
        says="bespoke_week_not_overbooked",
        given=update("productionweek", "capacity = 4, taken = 1", WEEK),
    ),
    Breach(
        "bespoke_document_is_final",
        (update("issueddocument", "sha256 = 'other'", "id = :document"),),
        says="an issued document is only revoked, once",
    ),
    Breach(
        "bespoke_document_is_final",
        (update("issueddocument", "revoked_at = NULL", "id = :document"),),
        says="an issued document is only revoked, once",
        given=update("issueddocument", "revoked_at = now()", "id = :document"),
    ),
    Breach(
        "bespoke_document_is_final",
        (update("issueddocument", "revoke_reason = ''", "id = :document"),),
        says="an issued document is only revoked, once",
        given=update(
            "issueddocument", "revoked_at = now(), revoke_reason = 'Lost'", "id = :document"
        ),
    ),
    Breach(
        "bespoke_document_is_final",
        (delete("issueddocument", "id = :document"),),
        says="an issued document is only revoked, once",
    ),
    *(
        Breach(
            "bespoke_erased_keeps_no_file",
            (statement,),
            given=f"WITH one AS (UPDATE {T}bespokeproject SET erased_at = now() "
            f"WHERE id = :project RETURNING id) UPDATE {T}bespokefile SET erased_at = now() "
            "WHERE id = :picture",
            says="of an erased customer no file is kept",
        )
        for statement in (
            copy("bespokefile", "id = :picture", storage_name="'another'", erased_at="NULL"),
            update("bespokefile", "erased_at = NULL", "id = :picture"),
        )
    ),
    Breach(
        "bespoke_contract_is_final",
        (update("contractsignature", "receipt = '{}'", MINE),),
        says="a signature never changes",
    ),
    Breach(
        "bespoke_contract_is_final",
        (delete("contractsignature", MINE),),
        says="a signature never changes",
    ),
    Breach(
        "bespoke_quote_is_sealed",
        (update("quote", "shipping_amount = 0", ACCEPTED),),
        says="a sent quote never changes",
    ),
    Breach(
        "bespoke_quote_is_sealed", (delete("quote", ACCEPTED),), says="a sent quote never changes"
    ),
    Breach(
        "bespoke_alternative_sealed",
        (update("quotealternative", "price = 1", "id = :alternative"),),
        says="a sent quote never changes",
    ),
    Breach(
        "bespoke_line_sealed",
        (copy("quoteline", "alternative_id = :alternative", position="99"),),
        says="a sent quote never changes",
    ),
    Breach(
        "bespoke_line_sealed",
        (delete("quoteline", "alternative_id = :alternative"),),
        says="a sent quote never changes",
    ),
    Breach(
        "bespoke_pictures_sealed",
        (
            f"INSERT INTO {T}quotealternative_pictures (quotealternative_id, bespokefile_id) "
            "VALUES (:alternative, :picture)",
        ),
        says="a sent quote never changes",
    ),
    Breach(
        "bespoke_paid_is_final",
        (update("payable", "amount = 1", PAID),),
        says="a paid payable never changes",
    ),
    Breach(
        "bespoke_paid_is_final", (delete("payable", PAID),), says="a paid payable never changes"
    ),
    Breach(
        "bespoke_ledger_is_final",
        (update("ledgerentry", "amount = 1", "kind = 'CHARGED'"),),
        says="the ledger is append-only",
    ),
    Breach(
        "bespoke_ledger_is_final",
        (delete("ledgerentry", "kind = 'CHARGED'"),),
        says="the ledger is append-only",
    ),
    Breach(
        "bespoke_ledger_currency",
        (copy("ledgerentry", "kind = 'HELD'", currency="'EUR'", reference="'other'"),),
        says="what is owed is counted in its sum's currency",
    ),
    Breach(
        "bespoke_payable_one_currency",
        (update("payable", "currency = 'EUR'", "id = :payable"),),
        says="a commission owes in its own currency alone",
    ),
    Breach(
        "bespoke_currency_is_final",
        (update("bespokeproject", "currency = 'EUR'", "id = :project"),),
        says="a commission keeps its currency",
    ),
    Breach(
        "bespoke_quote_moves",
        (update("quote", "status = 'DECLINED'", ACCEPTED),),
        says="a quote does not go from ACCEPTED to DECLINED",
    ),
    Breach(
        "bespoke_quote_moves",
        (update("quote", "status = 'WITHDRAWN'", ACCEPTED),),
        says="a paid quote stays accepted",
    ),
    Breach(
        "bespoke_acceptance_is_final",
        (update("quote", "accepted_at = now()", ACCEPTED),),
        says="an acceptance never changes",
    ),
]

BREACHES = [*VALUES, *TWICE, *CHANGES]

#: The statement that takes a guard away, whatever it is.
DROP = """
    SELECT format('ALTER TABLE %%I DROP CONSTRAINT %%I', conrelid::regclass, conname)
    FROM pg_constraint WHERE conname = %(name)s AND contype IN ('c', 'u')
    UNION ALL
    SELECT format('DROP TRIGGER %%I ON %%I', tgname, tgrelid::regclass)
    FROM pg_trigger WHERE tgname = %(name)s
    UNION ALL
    SELECT format('DROP INDEX %%I', relname) FROM pg_class WHERE relname = %(name)s
"""


def settle() -> None:
    """Let the deferred triggers speak now."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def drop(name: str) -> None:
    """Take a guard away, in this transaction."""
    with connection.cursor() as cursor:
        cursor.execute(DROP, {"name": name})
        statement = cursor.fetchone()
        assert statement, f"No guard is named {name}."
        cursor.execute(statement[0])
