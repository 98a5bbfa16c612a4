"""What breaks each rule of the audit: SQL, written with the database's triggers off.

`:done` is a piece delivered after a tweak and a change, with its resize and a refund; `:waiting`
waits for its payment; `:left` was left after payment. What a constraint would refuse is written
without the constraint.
"""

from __future__ import annotations

from dataclasses import dataclass

from saleor_bespoke.audit import lost
from tests.contracts.breaches import T, copy, delete, update

DONE, WAITING, LEFT = (f"project_id = :{name}" for name in ("done", "waiting", "left"))
PIECE = f"{DONE} AND kind = 'QUOTE'"
HOST = "bespoke_embedded_"
ORDER_OF = f"(SELECT order_id::uuid FROM {T}payable WHERE {{}} AND kind = 'QUOTE')"
DONE_ORDER, LEFT_ORDER = ORDER_OF.format(DONE), ORDER_OF.format(LEFT)
ATTEMPT_OF = f"(SELECT a.id FROM {T}attempt a JOIN {T}payable p ON p.id = a.payable_id WHERE {{}})"
DONE_ATTEMPT = ATTEMPT_OF.format("p.project_id = :done AND p.kind = 'QUOTE'")
WAITING_ATTEMPT = ATTEMPT_OF.format("p.project_id = :waiting")
SUM_OF = f"(SELECT id FROM {T}payable WHERE {{}} AND kind = 'QUOTE')"
DONE_SUM, WAITING_SUM, LEFT_SUM = map(SUM_OF.format, (DONE, WAITING, LEFT))
CHECKOUT = f"(SELECT checkout_id::uuid FROM {T}attempt WHERE id = {WAITING_ATTEMPT})"


FREED = "state = 'RELEASED', consumed = 0"


@dataclass(frozen=True)
class Break:
    """Statements that break a rule; `whose` commission it then names, none for the stock's rules.

    `without` are constraints that would refuse it.
    """

    statements: tuple[str, ...]
    whose: str | None = "done"
    without: tuple[str, ...] = ()


def by(*statements: str, whose: str | None = "done", without: str = "") -> Break:
    """A break by these statements, without the constraints named in one text."""
    return Break(statements, whose, tuple(without.split()))


LONG_AGO = "now() - interval '1 hour'"


def money(column: str, owner: str, charged: int) -> str:
    """A transaction at the host that was charged an hour ago by another gateway."""
    return f"""WITH made AS (INSERT INTO {HOST}transactionitem (token, {column}, name, gateway,
        psp_reference, idempotency_key, actions, currency, authorized, charged, refunded,
        charge_pending, refund_pending, created_at) VALUES (gen_random_uuid(), {owner}, '',
        'another', 'stray', 'stray', '{{}}', 'USD', 0, {charged}, 0, 0, 0, {LONG_AGO})
        RETURNING id)
    INSERT INTO {HOST}transactionevent (transaction_id, type, psp_reference, message, currency,
        amount, counted, created_at)
    SELECT id, 'CHARGE_SUCCESS', 'stray', '', 'USD', {charged}, true, {LONG_AGO} FROM made"""


def old_money(order: str, change: str) -> str:
    """What stands on an order changes, an hour ago."""
    return f"""WITH item AS (UPDATE {HOST}transactionitem SET {change} WHERE order_id = {order}
        RETURNING id), made AS (UPDATE {HOST}order SET created_at = now() - interval '1 hour'
        WHERE id = {order})
    UPDATE {HOST}transactionevent SET created_at = now() - interval '1 hour'
    WHERE transaction_id IN (SELECT id FROM item)"""


def event(kind: str, project: str, payload: str) -> str:
    """A further entry of a timeline, told in no chain."""
    return f"""INSERT INTO {T}timelineevent (id, project_id, sequence, kind, actor_kind, actor_ref,
        shared, payload, at, previous_hash, hash) SELECT gen_random_uuid(), id, chain_length + 1,
        '{kind}', 'SYSTEM', 'system', false, {payload}, now(), '', '' FROM {T}bespokeproject
        WHERE id = {project}"""


def payment(attempt: str, status: str, reference: str) -> str:
    """A payment at our provider, ended an hour ago."""
    return f"""INSERT INTO {T}payment (id, attempt_id, host_transaction, provider_reference, amount,
        currency, status, created_at, ended_at) VALUES (gen_random_uuid(), {attempt}, '{reference}',
        '{reference}', 100, 'USD', '{status}', {LONG_AGO}, {LONG_AGO})"""


def refund(sum_of: str, cause: str, *, status: str = "SUCCEEDED", attempt: str = "NULL") -> str:
    """A refund asked for an hour ago."""
    return f"""INSERT INTO {T}refund (id, payable_id, attempt_id, amount, currency, cause, status,
        failure, requested_at) VALUES (gen_random_uuid(), {sum_of}, {attempt}, 1, 'USD', '{cause}',
        '{status}', '', now() - interval '1 hour')"""


OTHER_FILE = f"(SELECT id FROM {T}bespokefile WHERE {DONE} LIMIT 1)"

#: Every rule by its name, with what breaks it.
BREAKS: dict[str, Break] = {
    # 1 and 8: money
    "a paid sum is charged exactly, in its currency, on its one order": by(
        f"UPDATE {HOST}transactionitem SET charged = charged - 1 WHERE order_id = {DONE_ORDER}"
    ),
    "what was charged beyond a paid sum goes back or is shown": by(
        old_money(DONE_ORDER, "charged = charged + 1")
    ),
    "work has begun only on a paid offer, or on a redo that is owed": by(
        update("payable", "status = 'CANCELLED'", PIECE)
    ),
    "work that has begun, began exactly once": by(
        event("StageMoved", ":done", """'{"source": "CHECKOUT", "target": "DESIGN"}'""")
    ),
    "a sum is paid exactly once, and the timeline tells so": by(
        delete("timelineevent", f"{DONE} AND kind = 'PayablePaid'")
    ),
    "a sum ends in at most one order": by(
        update("attempt", f"state = 'ENDED', payable_id = {DONE_SUM}", "true"),
        f"UPDATE {HOST}order SET created_at = now() - interval '1 hour'",
        f"UPDATE {HOST}transactionevent SET created_at = now() - interval '1 hour'",
    ),
    "a paid sum was paid by one checkout, that of its order": by(
        update("attempt", "outcome = 'RETURNED'", f"id = {DONE_ATTEMPT}")
    ),
    "a sum is charged once at our provider": by(
        payment(DONE_ATTEMPT, "SUCCEEDED", "pi_2"),
        update("payment", "ended_at = now() - interval '1 hour'", "ended_at IS NOT NULL"),
        without="bespoke_payment_live_once",
    ),
    "a payment was begun while the offer stood": by(
        update("payable", "valid_until = created_at - interval '1 day'", PIECE)
    ),
    "before payment nothing counts as charged": by(
        update("payable", "charged = 1", WAITING), whose="waiting"
    ),
    "a recorded bank transfer is exactly the sum, and counts for one sum": by(
        f"INSERT INTO {T}banktransfer (id, payable_id, attempt_id, amount, currency, reference, "
        "value_date, note, recorded_by, recorded_at) VALUES (gen_random_uuid(), "
        f"{DONE_SUM}, {DONE_ATTEMPT}, 1, 'USD', 'R', now(), '', 'staff', now())"
    ),
    "an effect is owed once for its event": by(
        copy("delivery", f"event_id IN (SELECT id FROM {T}timelineevent WHERE {DONE})", error="''"),
        without="bespoke_delivery_once",
    ),
    "a letter is sent once": by(
        f'INSERT INTO {HOST}mail (key, "to", subject, body, language, created_at) '
        f'SELECT key, "to", subject, body, language, created_at FROM {HOST}mail '
        f"WHERE \"to\" = 'done@example.com' LIMIT 1",
        without="bespoke_embedded_mail_key_key",
    ),
    # 2: quantities
    "held is what is held": by(
        update("material", "held = held + 1", "code = 'THE-STONE'"),
        whose=None,
        without="bespoke_material_enough",
    ),
    "a unique stone is claimed once": by(
        copy(
            "holding",
            f"{DONE} AND state = 'CONSUMED' AND exclusive",
            payable_pk="gen_random_uuid()",
            state="'LOCKED'",
            consumed="0",
        )
    ),
    "a claim on a unique stone is exclusive, and a customer's own stone is its commission's": by(
        update("holding", "exclusive = false", f"{DONE} AND exclusive")
    ),
    "a week has as many as it has places": by(
        update("productionweek", "taken = taken + 1, capacity = capacity + 1", "true"), whose=None
    ),
    "a week's scarce skill is taken as often as it is there": by(
        f"INSERT INTO {T}weekskill (id, week_id, skill, capacity, taken) "
        f"SELECT gen_random_uuid(), id, 'ENGRAVING', 1, 1 FROM {T}productionweek LIMIT 1",
        whose=None,
    ),
    "a paid piece has its place in the workshop": by(
        update("slotbooking", "state = 'RELEASED'", DONE)
    ),
    "what was paid for is locked or used": by(update("holding", FREED, DONE)),
    "a piece made anew has its materials": by(
        update("claim", "redo_project_id = :done, status = 'ACCEPTED', remedy = 'REDO'", DONE),
        update("holding", FREED, DONE),
    ),
    "a settled change has its materials": by(update("holding", FREED, f"{DONE} AND exclusive")),
    "what is held is held for a sum that can be paid": by(
        update("holding", "payable_pk = gen_random_uuid()", f"{WAITING} AND state = 'HELD'"),
        whose="waiting",
    ),
    "a hold ends with its time, unless its payment is under way": by(
        update(
            "holding", "expires_at = now() - interval '1 hour'", f"{WAITING} AND state = 'HELD'"
        ),
        whose="waiting",
    ),
    # 3: quotes
    "at most one offer is live": by(
        copy("quote", DONE, version="9"), without="bespoke_quote_live_once"
    ),
    "an offer is live in its stage alone": by(
        update("quote", "status = 'EXPIRED'", WAITING), whose="waiting"
    ),
    "nothing is above the stretch budget": by(
        update("brief", "budget_stretch = 5001", WAITING), whose="waiting"
    ),
    "what was accepted was still on offer, of the newest brief": by(
        copy("brief", WAITING, version="9", submission_key="NULL"), whose="waiting"
    ),
    "an acceptance names an alternative of its own offer, by the offer's hash": by(
        update(
            "timelineevent",
            'payload = payload || \'{"content_hash": "0"}\'',
            f"{WAITING} AND kind = 'QuoteAccepted'",
        ),
        whose="waiting",
    ),
    "an accepted offer is owed at the price that was accepted": by(
        update("payable", "amount = amount - 1", WAITING), whose="waiting"
    ),
    "an alternative costs what its lines say": by(
        update("quoteline", "amount = amount + 1", "true")
    ),
    "a sent offer's terms are the text of their hash": by(
        update("quote", "terms_body = terms_body || '!'", DONE)
    ),
    # 4: design
    "what is made was approved, with no change open": by(
        update("cadapproval", "revoked_at = now()", "true")
    ),
    "at most one revision is approved": by(
        copy("cadrevision", f"{DONE} AND status = 'APPROVED'", number="99"),
        without="bespoke_revision_approved_once",
    ),
    "what is approved is what was agreed": by(
        update(
            "cadrevision",
            "specification = jsonb_set(specification, '{alloy}', '\"silver_925\"')",
            f"{DONE} AND status = 'APPROVED'",
        )
    ),
    "free tweaks stay within the allowance": by(
        update("quote", "tweak_allowance = 0", DONE), without="bespoke_tweak_allowance"
    ),
    "a used round was free or paid": by(
        update("tweakround", "free = false, payable_pk = id", DONE)
    ),
    "a dearer change is settled by its own payment": by(
        update("changeorder", "payable_pk = id", DONE)
    ),
    "a cheaper change of a paid piece gives its difference back, once": by(
        update("changeorder", "price_difference = -450, refund = 450", DONE)
    ),
    "a receipt names the files, price, terms and person of its approval": by(
        f"UPDATE {T}bespokefile SET sha256 = repeat('a', 64) WHERE id IN (SELECT v.file_id "
        f"FROM {T}cadview v JOIN {T}cadapproval a ON a.revision_id = v.revision_id)"
    ),
    "an approval that the timeline tells of has its receipt": by(delete("cadapproval", "true")),
    "a signature that the timeline tells of has its receipt": by(delete("contractsignature", DONE)),
    "a receipt names the remarks, measures and licences that its customer saw": by(
        f"INSERT INTO {T}cadpin (id, revision_id, view_id, x, y, remark, answer, answered_by, "
        f"placed_at, answered_at) SELECT gen_random_uuid(), v.revision_id, v.id, 0.5, 0.5, 'Thin?',"
        f" 'Yes.', 'staff', now(), now() FROM {T}cadview v JOIN {T}cadapproval a "
        "ON a.revision_id = v.revision_id LIMIT 1"
    ),
    "what is approved was measured, fits, and has every remark answered": by(
        f"INSERT INTO {T}cadpin (id, revision_id, view_id, x, y, remark, answer, answered_by, "
        f"placed_at) SELECT gen_random_uuid(), v.revision_id, v.id, 0.5, 0.5, 'Why?', '', '', "
        f"now() FROM {T}cadview v JOIN {T}cadapproval a ON a.revision_id = v.revision_id LIMIT 1"
    ),
    # 5: stages and the timeline
    "a stage is where its last move led": by(
        update("bespokeproject", "stage = 'CLOSED'", "id = :done")
    ),
    "a commission knows the furthest stage that it reached": by(
        update("bespokeproject", "furthest_stage = 'CLOSED'", "id = :done")
    ),
    "a move begins where the last one ended": by(
        update(
            "timelineevent",
            "payload = jsonb_set(payload, '{source}', '\"CLOSED\"')",
            f"{DONE} AND kind = 'StageMoved'",
        )
    ),
    "a move is one of the table": by(
        event("StageMoved", ":done", """'{"source": "AFTERCARE", "target": "INTAKE"}'""")
    ),
    "the timeline is a chain without a gap": by(
        delete("timelineevent", f"{DONE} AND sequence = 3")
    ),
    "the project knows its chain's end": by(
        update("bespokeproject", "chain_head = ''", "id = :done")
    ),
    "who has left holds and owes nothing": by(
        update("slotbooking", "state = 'BOOKED'", LEFT), whose="left"
    ),
    "a closed sum has no open checkout and holds nothing": by(
        update("payable", "status = 'CANCELLED'", WAITING), whose="waiting"
    ),
    "the piece's sum is open at the checkout alone": by(
        update("payable", "status = 'CANCELLED'", WAITING), whose="waiting"
    ),
    "what has left passed quality control": by(update("qualitycheck", "status = 'FAILED'", DONE)),
    # 6: the free resize
    "a piece has one free resize": by(
        copy("resizecase", DONE, free="true"),
        without="bespoke_free_resize_once bespoke_resize_open_once",
    ),
    "a free resize was asked for inside its window, as one that is free": by(
        update("resizecase", "free_until = free_until - 40", DONE)
    ),
    "a free resize under way is one that the offer had promised, within its limit and window": by(
        update("shipment", "delivered_at = delivered_at - interval '40 days'", DONE)
    ),
    "a resize that is worked on is free or paid": by(update("resizecase", "free = false", DONE)),
    # 7: refunds
    "refunds stay within the capture": by(update("refund", "amount = amount + 1", "true")),
    "what is committed to go back is refunds, and what the host sent back by itself": by(
        update("payable", "refund_committed = refund_committed + 1", PIECE)
    ),
    "what was paid for nothing goes back whole": by(update("payable", "status = 'EXPIRED'", PIECE)),
    "the ledger tells of every charge": by(
        delete("ledgerentry", f"kind = 'CHARGED' AND payable_id = {DONE_SUM}")
    ),
    "the ledger tells of every refund": by(
        delete("ledgerentry", f"kind = 'REFUNDED' AND payable_id = {LEFT_SUM}"), whose="left"
    ),
    "the host gave back what the ledger says": by(
        old_money(LEFT_ORDER, "refunded = refunded + 1, charged = charged - 1"),
        update("ledgerentry", "at = now() - interval '1 hour'", "true"),
        whose="left",
    ),
    "a cancellation has the share of the furthest stage reached, and all if the shop failed": by(
        update(
            "timelineevent",
            "payload = jsonb_set(payload, '{share}', '\"0.80\"')",
            f"{LEFT} AND kind = 'ProjectCancelled'",
        ),
        update("refund", "status = 'PENDING'", f"payable_id = {LEFT_SUM}"),
        whose="left",
    ),
    "who left gets the named share of the price in the end, less what went back before": by(
        update(
            "timelineevent",
            "payload = jsonb_set(payload, '{refund}', '\"1.00\"')",
            f"{LEFT} AND kind = 'ProjectCancelled'",
        ),
        whose="left",
    ),
    "a cancellation owes the refund that it named": by(
        delete("refund", f"payable_id = {LEFT_SUM}"), whose="left"
    ),
    "one cause gives back once": by(refund(LEFT_SUM, "CUSTOMER_WISH"), whose="left"),
    "the ledger tells what is owed: every sum once, and its end": by(
        delete("ledgerentry", f"kind = 'QUOTED' AND payable_id = {DONE_SUM}")
    ),
    "the ledger holds what is frozen for an open checkout, and nothing else": by(
        delete("ledgerentry", f"kind = 'HOLD_ENDED' AND payable_id = {DONE_SUM}")
    ),
    "no balance of the ledger is below nothing, and none gives back more than came": by(
        update("ledgerentry", "amount = 99999", f"kind = 'REFUNDED' AND payable_id = {DONE_SUM}")
    ),
    "a movement of money counts once": by(
        copy("ledgerentry", f"kind = 'CHARGED' AND payable_id = {DONE_SUM}", amount="amount"),
        without="bespoke_ledger_once",
    ),
    "a refund that is owed is sent, or staff know why not": by(
        refund(DONE_SUM, "OTHER", status="REQUESTED")
    ),
    # 11: nothing is lost
    lost.ACCOUNTED.name: by(money("checkout_id", CHECKOUT, 100), whose="waiting"),
    lost.SETTLED.name: by(payment(WAITING_ATTEMPT, "SUCCEEDED", "pi_lost"), whose="waiting"),
    "a payment that was returned has its refund": by(
        payment(WAITING_ATTEMPT, "RETURNED", "pi_back"), whose="waiting"
    ),
    "who paid for what is gone is told, and refunded in full or shown to staff": by(
        event(
            "PaymentReturned",
            ":done",
            f"jsonb_build_object('payable', {DONE_SUM}, 'amount', '1.00')",
        )
    ),
    "an effect is done in time, or staff know that it failed": by(
        update(
            "delivery",
            "done_at = NULL, due_at = now() - interval '1 hour'",
            f"event_id IN (SELECT id FROM {T}timelineevent WHERE {DONE})",
        )
    ),
    "what the provider reports is processed in time, or staff know that it failed": by(
        f"INSERT INTO {T}providerevent (id, provider, event_id, kind, payload, received_at, "
        "attempts, failures, error) "
        "SELECT gen_random_uuid(), 'stripe', 'evt_1', 'payment_intent.succeeded', "
        "jsonb_build_object('data', jsonb_build_object('object', jsonb_build_object('id', "
        "y.provider_reference))), now() - interval '1 day', 0, 0, '' FROM "
        f"{T}payment y WHERE y.attempt_id = {DONE_ATTEMPT}"
    ),
    "a parcel of the host is one of ours, or staff know of it": by(
        update("shipment", "host_fulfillment_id = NULL", DONE),
        f"UPDATE {HOST}fulfillment SET created_at = now() - interval '1 hour'",
    ),
    "an offer ends with its last day, unless staff know why not": by(
        update("payable", "valid_until = now() - interval '1 hour'", WAITING), whose="waiting"
    ),
    # 10: files
    "a file has its size, its digest and its place": by(
        update("bespokefile", "sha256 = 'none'", DONE)
    ),
    "a file hangs on its own commission alone": by(
        update("bespokefile", "project_id = :waiting", f"id = {OTHER_FILE}"), whose="waiting"
    ),
    "two files have two places in the store": by(
        copy("bespokefile", DONE, erased_at="NULL"),
        without="saleor_bespoke_bespokefile_storage_name_key",
    ),
    # 12: promises
    "a promise stands where its first move found it": by(
        update("promise", "first_due_at = first_due_at - interval '1 day'", DONE)
    ),
    "a promise stands where its moves put it": by(
        f"INSERT INTO {T}promisemove (id, promise_id, old_due_at, new_due_at, cause, explanation, "
        "moved_at, moved_by) SELECT gen_random_uuid(), id, first_due_at, "
        f"due_at + interval '1 day', 'X', '', now(), '' FROM {T}promise WHERE {DONE} LIMIT 1"
    ),
    "a promise keeps how it was computed": by(update("promise", "trace = '{}'", DONE)),
    "a promise is in the timeline as it was given": by(
        delete("timelineevent", f"{DONE} AND kind = 'PromiseGiven'")
    ),
    "a step has one open promise": by(
        update("promise", "ended_at = NULL, step = 'CAD'", DONE),
        without="bespoke_promise_open_once",
    ),
    "the timeline tells of a customer who was erased, once": by(
        update("bespokeproject", "erased_at = now()", "id = :done")
    ),
    "of a customer who was erased no name, address or log-in is left": by(
        update("bespokeproject", "erased_at = now()", "id = :done")
    ),
    "of a customer who was erased no file is kept, and nothing derived from one": by(
        update("bespokeproject", "erased_at = now()", "id = :done"),
        update("bespokefile", "erased_at = now(), name = ''", DONE),
        update("bespokefile", "erased_at = NULL", f"id = {OTHER_FILE}"),
    ),
    "of a customer who was erased the provider's reports say what was paid, and nothing else": by(
        update("bespokeproject", "erased_at = now()", "id = :done"),
        f"INSERT INTO {T}providerevent (id, provider, event_id, kind, payload, received_at, "
        "processed_at, attempts, failures, error) "
        "SELECT gen_random_uuid(), 'stripe', 'evt_2', 'charge.dispute.created', "
        "jsonb_build_object('data', jsonb_build_object('object', jsonb_build_object("
        "'payment_intent', y.provider_reference, 'evidence', 'a name'))), now(), now(), 1, 0, '' "
        f"FROM {T}payment y WHERE y.attempt_id = {DONE_ATTEMPT}",
    ),
    # digests
    "a sent offer says what its hash says": by(
        update("quoteline", "description = 'Another'", "true")
    ),
    "a specification is the one of its hash": by(
        update("brief", "specification = specification || '{\"note\": 1}'", DONE)
    ),
    "a receipt is the one of its hash": by(
        update("cadapproval", 'receipt = receipt || \'{"at": "2020-01-01"}\'', "true")
    ),
    "a signature's receipt is the one of its hash": by(
        update("contractsignature", 'receipt = receipt || \'{"at": "2020-01-01"}\'', "true")
    ),
    "a signature names the contract, the offer and the terms of its commission": by(
        update("issueddocument", "sha256 = repeat('0', 64)", f"{DONE} AND kind = 'CONTRACT'")
    ),
    "an issued document has the digest of its file": by(
        update("issueddocument", "sha256 = repeat('0', 64)", f"{DONE} AND kind = 'CONTRACT'")
    ),
    "an entry of the timeline is the one of its hash": by(
        update("timelineevent", "actor_ref = 'nobody'", f"{DONE} AND sequence = 5")
    ),
}

#: Rules that only a Saleor shop can break; tried in tests/saleor/test_audit.py.
ON_SALEOR = {"a material that the catalogue sells too has no stock there"}
