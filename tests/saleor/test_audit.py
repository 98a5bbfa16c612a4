"""The audit inside a real Saleor: a used shop is sound, and every rule that asks the host's own
tables speaks when they are broken by hand."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from saleor_bespoke import clock
from saleor_bespoke.audit import RULES, SEALS, audit
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project import deliveries
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from tests.audit.breaks import ON_SALEOR
from tests.contracts.rich import triggers_off
from tests.fixtures import accept_quote, make_quoted, make_stone
from tests.paying import fill_in, make_paid

pytestmark = pytest.mark.django_db

P = "saleor_bespoke_"
DONE = f"(SELECT p.order_id::uuid FROM {P}payable p WHERE p.project_id = :done)"
LEFT = DONE.replace(":done", ":left")
WAITING = f"""(SELECT a.checkout_id::uuid FROM {P}attempt a
    JOIN {P}payable p ON p.id = a.payable_id WHERE p.project_id = :waiting)"""
AGO = "now() - interval '1 hour'"
OLD = f"UPDATE order_order SET created_at = {AGO}"


def money(change: str, order: str) -> str:
    """What stands on an order changes, an hour ago."""
    return f"""UPDATE payment_transactionitem SET {change}, modified_at = {AGO}
        WHERE order_id = {order}"""


def copy(table: str, where: str, **columns: str) -> str:
    """Insert a row like the first that is found, with these columns as SQL says."""
    pairs = ", ".join(f"'{name}', {value}" for name, value in columns.items())
    return f"""INSERT INTO {table} SELECT (jsonb_populate_record(row, jsonb_build_object(
        {pairs}))).* FROM {table} AS row WHERE {where} LIMIT 1"""


STRAY = f"""INSERT INTO payment_transactionitem (token, use_old_id, created_at, modified_at, name,
    currency, charged_value, authorized_value, refunded_value, canceled_value, refund_pending_value,
    charge_pending_value, authorize_pending_value, cancel_pending_value, checkout_id,
    available_actions, last_refund_success, metadata, private_metadata, psp_reference)
    VALUES (gen_random_uuid(), false, {AGO}, {AGO}, '', 'USD', 100, 0, 0, 0, 0, 0, 0, 0, {WAITING},
    '{{}}', true, '{{}}', '{{}}', 'stray')"""

#: What breaks each rule that reads the host, and which commission it then names.
BREAKS: dict[str, tuple[str | None, tuple[str, ...]]] = {
    "a paid sum is charged exactly, in its currency, on its one order": (
        "done",
        (money("charged_value = charged_value - 1", DONE),),
    ),
    "what was charged beyond a paid sum goes back or is shown": (
        "done",
        (money("charged_value = charged_value + 1", DONE), OLD),
    ),
    "a sum ends in at most one order": (
        "done",
        (
            copy(
                "order_order",
                f"id = {DONE}",
                id="gen_random_uuid()",
                number="number + 1000",
                created_at=AGO,
            ),
            OLD,
            f"UPDATE payment_transactionitem SET modified_at = {AGO}",
        ),
    ),
    "a paid sum was paid by one checkout, that of its order": (
        "done",
        (f"UPDATE order_order SET checkout_token = '' WHERE id = {DONE}",),
    ),
    "the host gave back what the ledger says": (
        "left",
        (
            money("refunded_value = refunded_value + 1, charged_value = charged_value - 1", LEFT),
            OLD,
            f"UPDATE {P}ledgerentry SET at = {AGO}",
        ),
    ),
    "money at the host is locked by a paid sum, goes back, is waited for, or is shown to staff": (
        "waiting",
        (STRAY,),
    ),
    "a parcel of the host is one of ours, or staff know of it": (
        "done",
        (
            "INSERT INTO order_fulfillment (order_id, fulfillment_order, status, tracking_number, "
            f"created_at, metadata, private_metadata) SELECT id, 1, 'fulfilled', '', {AGO}, "
            f"'{{}}', '{{}}' FROM order_order WHERE id = {DONE}",
        ),
    ),
    "a material that the catalogue sells too has no stock there": (
        None,
        (
            f"UPDATE product_productvariant SET track_inventory = true, sku = (SELECT code FROM "
            f"{P}material LIMIT 1) WHERE id = (SELECT min(id) FROM product_productvariant)",
            "INSERT INTO warehouse_stock (warehouse_id, product_variant_id, quantity, "
            "quantity_allocated) SELECT (SELECT min(id::text)::uuid FROM warehouse_warehouse), "
            "(SELECT min(id) FROM product_productvariant), 1, 0 "
            "ON CONFLICT (warehouse_id, product_variant_id) DO UPDATE SET quantity = 1",
        ),
    ),
}

#: Rules that speak of the host's rows.
READING = {
    name
    for name, rule in RULES.items()
    if any(
        f"{word} " in rule.sql for word in ("host_order", "host_money", "host_parcel", "host_stock")
    )
}
#: They read the host only to add to a rule about rows of ours, tried on the embedded shop.
BESIDES = {
    "a payment that was charged settled its sum, goes back, is waited for, or is shown to staff",
}


@pytest.fixture
def commissions(
    shop: None,
    provider: FakeStripe,
    customer: Actor,
    other_customer: Actor,
    staff: Actor,
    django_capture_on_commit_callbacks: Any,
) -> dict[str, BespokeProject]:
    """One that was paid, one that was left after payment, and one at the checkout."""
    from tests.contracts.walking import leave

    with django_capture_on_commit_callbacks(execute=True):
        done = make_paid(provider, customer, staff)
        left = make_paid(provider, other_customer, staff, stone=make_stone(staff, "L-1"))
        waiting = make_quoted(customer, staff, stone=make_stone(staff, "W-1"))
        opened = accept_quote(waiting, customer)
        fill_in(opened.attempt.checkout_id)
    with django_capture_on_commit_callbacks(execute=True):
        leave(left, other_customer)
    deliveries.drain()
    return {"done": done, "left": left, "waiting": waiting}


def run(statement: str, commissions: dict[str, BespokeProject]) -> None:
    """Execute it with the commissions' keys in their places; it must touch a row."""
    for name, project in commissions.items():
        statement = statement.replace(f":{name}", f"'{project.pk}'")
    with connection.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.rowcount, statement


def test_every_rule_that_reads_the_host_is_tried() -> None:
    assert set(BREAKS) | BESIDES == READING
    assert set(BREAKS) >= ON_SALEOR


def test_a_shop_that_was_only_used_is_sound(commissions: dict[str, BespokeProject]) -> None:
    assert audit() == []
    assert audit(now=clock.now() + timedelta(minutes=10)) == []
    out = StringIO()
    call_command("bespoke_audit", stdout=out)
    assert out.getvalue() == f"All {len(RULES) + len(SEALS)} rules hold.\n"


def test_the_rules_speak(commissions: dict[str, BespokeProject]) -> None:
    """One by one, each undone before the next: building the commissions takes its time."""
    silent = []
    for rule, (whose, statements) in BREAKS.items():
        with transaction.atomic():
            with triggers_off():
                for statement in statements:
                    run(statement, commissions)
            found = {violation.rule: violation for violation in audit()}
            if rule not in found or not found[rule].rows:
                silent.append(rule)
            elif whose is not None and commissions[whose].number not in found[rule].projects:
                silent.append(f"{rule}: {found[rule].projects}")
            transaction.set_rollback(True)
    assert silent == []


def test_the_command_names_what_is_wrong(commissions: dict[str, BespokeProject]) -> None:
    with triggers_off():
        run(money("charged_value = charged_value - 1", DONE), commissions)
    out = StringIO()
    with pytest.raises(CommandError, match=r"rules? do(es)? not hold"):
        call_command("bespoke_audit", stdout=out, json=True)
    [violation] = json.loads(out.getvalue())["violations"]
    assert violation["invariant"] == 1
    assert violation["projects"] == [commissions["done"].number]


def test_a_variant_whose_stock_is_not_counted_is_sold_too(
    commissions: dict[str, BespokeProject],
) -> None:
    catalogue = "a material that the catalogue sells too has no stock there"
    variant, stock = BREAKS[catalogue][1]
    with triggers_off():
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM warehouse_stock WHERE product_variant_id = "
                "(SELECT min(id) FROM product_productvariant)"
            )
        run(variant.replace("track_inventory = true", "track_inventory = false"), commissions)
        assert audit() == []
        run(stock.replace(", 1, 0", ", 0, 0"), commissions)
    [violation] = audit()
    assert violation.rule == catalogue


def test_what_a_bank_took_back_was_charged_all_the_same(
    commissions: dict[str, BespokeProject],
) -> None:
    """A chargeback is for staff; it does not make the start of the work unlawful."""
    with triggers_off():
        run(money("charged_value = 0", DONE), commissions)
        run(
            "INSERT INTO payment_transactionevent (transaction_id, type, amount_value, currency, "
            "created_at, include_in_calculations) SELECT id, 'charge_back', (SELECT "
            f"total_gross_amount FROM order_order WHERE id = {DONE}), 'USD', now(), true "
            f"FROM payment_transactionitem WHERE order_id = {DONE}",
            commissions,
        )
    assert audit() == []
