"""The named points between payment, lock, start, mail and refund at which something is killed."""

from __future__ import annotations

from tests.torture.wire import Point, When

COMMIT = r"\ACOMMIT"
#: Statements by what they do, as PostgreSQL hears them.
INSERT = r'\AINSERT INTO "{}"'
UPDATE = r'\AUPDATE "{}" SET .*{}'


def _around(name: str, pattern: str, *, inside: bool = False) -> list[Point]:
    """Before and after the commit of a transaction with this statement; also right after it."""
    points = [
        Point(f"{name}, before its commit", "database", pattern, "before", COMMIT),
        Point(f"{name}, after its commit", "database", pattern, "after", COMMIT),
    ]
    if inside:
        points.append(Point(f"{name}, inside the transaction", "database", pattern))
    return points


def _both(name: str, socket: str, pattern: str) -> list[Point]:
    whens: tuple[tuple[str, When], ...] = (("not heard", "before"), ("not answered", "after"))
    return [Point(f"{name}, {word}", socket, pattern, when) for word, when in whens]  # type: ignore[arg-type]


#: What starts when an order is paid: one transaction, in whichever process it happens.
SETTLEMENT = [
    *_around("host's order", INSERT.format("bespoke_embedded_order"), inside=True),
    *_around("paid", UPDATE.format("saleor_bespoke_payable", "'PAID'"), inside=True),
    Point("attempt ended", "database", UPDATE.format("saleor_bespoke_attempt", "'PAID'")),
    Point("materials locked", "database", UPDATE.format("saleor_bespoke_holding", "'LOCKED'")),
    Point("place booked", "database", INSERT.format("saleor_bespoke_slotbooking")),
    Point("stage moved", "database", UPDATE.format("saleor_bespoke_bespokeproject", "'DESIGN'")),
    Point(
        "timeline written", "database", INSERT.format("saleor_bespoke_timelineevent") + ".*'StageM"
    ),
    Point("effects owed", "database", INSERT.format("saleor_bespoke_delivery")),
    *_around("refund owed", INSERT.format("saleor_bespoke_refund"), inside=True),
    *_around("charge in the ledger", INSERT.format("saleor_bespoke_ledgerentry") + ".*'CHARGED'"),
    *_around(
        "charge at the host",
        INSERT.format("bespoke_embedded_transactionevent") + ".*'CHARGE_SUCCESS'",
    ),
]

WEB = [
    *_around("payment begun", INSERT.format("saleor_bespoke_payment")),
    *_both("payment opened at the provider", "provider", r"\APOST /v1/payment_intents "),
    Point(
        "payment's reference kept", "database",
        UPDATE.format("saleor_bespoke_payment", '"provider_reference"'), "before",
    ),
    *_both("charged, the host asks", "provider", r"\AGET /v1/payment_intents/"),
    *_both("charged, the shopper says so", "door", "transactionProcess"),
    *_both("shopper completes", "door", "checkoutComplete"),
    *_both("provider reports", "door", r"\APOST /plugins/saleor.bespoke/stripe/webhook"),
    *_both("report stored", "database", INSERT.format("saleor_bespoke_providerevent")),
    *_both("shopper cancels", "door", "bespokeProjectCancel"),
    *SETTLEMENT,
]  # fmt: skip

WORKER = [
    *_around("delivery claimed", UPDATE.format("saleor_bespoke_delivery", '"leased_by" = [(]')),
    *_both("letter to the mail server", "mail", r"\ALETTER"),
    *_both(
        "delivery marked", "database", UPDATE.format("saleor_bespoke_delivery", '"done_at" = \'')
    ),
    *_both("refund asked for", "provider", r"\APOST /v1/refunds "),
    *_both("refunds looked up", "provider", r"\AGET /v1/refunds"),
    *_around(
        "refund at the host",
        INSERT.format("bespoke_embedded_transactionevent") + ".*'REFUND_SUCCESS'",
    ),
    *_around("refund settled", UPDATE.format("saleor_bespoke_refund", "'SUCCEEDED'")),
    *_around("report claimed", UPDATE.format("saleor_bespoke_providerevent", '"attempts" =')),
    *_both(
        "report marked", "database",
        UPDATE.format("saleor_bespoke_providerevent", '"processed_at" = \''),
    ),
    *_around("host's order cancelled", UPDATE.format("bespoke_embedded_order", "'CANCELED'")),
    *SETTLEMENT,
]  # fmt: skip
