"""Currencies without decimals and with three, from the quote to the last refund: exact everywhere.

Each example is a whole commission through services, gateway, provider and host.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from saleor_bespoke import conf, flows
from saleor_bespoke.errors import BespokeError
from saleor_bespoke.flows import changes, letter_texts
from saleor_bespoke.flows.cancelling import project_cancel, terms_of
from saleor_bespoke.money.balances import Balance, balances, impossible
from saleor_bespoke.money.minor_units import amount_text, quantum, to_minor
from saleor_bespoke.money.models import LedgerEntry
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project import deliveries
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.embedded.models import Channel, Order, ShippingMethod, ShippingZone
from saleor_bespoke.steps.aftercare.services import extra_service_price
from saleor_bespoke.steps.cad import services as cad
from saleor_bespoke.steps.quoting.inputs import LineInput
from tests.fixtures import (
    accept_quote,
    make_customer,
    make_draft,
    make_metal,
    make_quoted,
    make_staff,
    make_stone,
    ring_specification,
)
from tests.making import propose
from tests.paying import pay
from tests.support import refuses
from tests.torture.provider import KEYS, Books

pytestmark = pytest.mark.django_db

#: Currency, its channel's tax, and the digits in which it is counted here.
CHANNELS = {
    "jp": ("JPY", "0.10", 0),
    "kr": ("KRW", "0.10", 0),
    "is": ("ISK", "0.24", 0),
    "ug": ("UGX", "0.18", 0),
    "kw": ("KWD", "0", 3),
    "us": ("USD", "0.0825", 2),
}
ADDRESS = "US"
SHIPPING = Decimal(40)


@pytest.fixture
def world(settings: Any) -> Iterator[FakeStripe]:
    """A shop with a channel for each of these currencies, and a provider of its own."""
    running = FakeStripe.start(0, keys=KEYS)
    bespoke = deepcopy(settings.BESPOKE)
    bespoke["STRIPE"]["API_BASE"] = running.url
    bespoke["CHANNELS"] = {
        slug: {"tax_rate": Decimal(rate), "slots_per_week": 100}
        for slug, (_, rate, _) in CHANNELS.items()
    }
    settings.BESPOKE = bespoke
    conf.policies_forget()
    flows.connect()
    for slug, (currency, rate, _) in CHANNELS.items():
        channel = Channel.objects.create(
            slug=slug,
            name=slug,
            currency=currency,
            country="US",
            tax_rate=Decimal(rate),
            prices_with_tax=False,
        )
        zone = ShippingZone.objects.create(name=slug, channel=channel, countries=[ADDRESS])
        ShippingMethod.objects.create(zone=zone, name="Insured courier", price=SHIPPING)
    yield running
    running.stop()
    conf.policies_forget()


class Example:
    """One commission in one currency."""

    def __init__(self, slug: str, price: Decimal, provider: FakeStripe) -> None:
        self.staff, self.owner = make_staff(), make_customer()
        self.books, self.currency = Books(provider.url), CHANNELS[slug][0]
        self.project = make_quoted(
            self.owner,
            self.staff,
            channel=slug,
            destination=ADDRESS,
            budget_stretch=Decimal(10) ** 8,
            lines=(LineInput(kind="LABOUR", description="All of it", amount=price),),
        )
        self.total = self.quoted_total()
        opened = accept_quote(self.project, self.owner)
        pay(provider, opened.attempt.checkout_id)
        self.project.refresh_from_db()
        deliveries.drain()

    def quoted_total(self) -> Decimal:
        """What the offer says that it costs altogether."""
        quote = self.project.quotes.get(status="SENT")
        (chosen,) = quote.alternatives.all()
        tax = Decimal(0) if quote.tax_included else chosen.tax_amount
        return Decimal(chosen.price + quote.shipping_amount + tax)

    def cheaper(self, saving: Decimal) -> Decimal:
        """A change that saves this on the line price is accepted; what goes back."""
        change = cad.change_order_propose(
            actor=self.staff,
            project_pk=self.project.pk,
            specification=ring_specification(alloy="platinum_950_ru").to_json(),
            reason="As discussed.",
            price_difference=-saving,
            business_days=0,
            materials={},
        )
        before = self.balance().refunded
        changes.change_order_accept(actor=self.owner, change_order_pk=change.pk)
        deliveries.drain()
        back = self.balance().refunded - before
        assert back == change.refund  # as it was told before the click
        return back

    def leave(self) -> Decimal:
        """The customer cancels; what the terms said goes back."""
        terms = terms_of(self.project, self.project.payables.all())
        project_cancel(
            actor=self.owner,
            project_pk=self.project.pk,
            reason="CUSTOMER_WISH",
            expected_refund=terms.refund,
        )
        deliveries.drain()
        return terms.refund

    def balance(self) -> Balance:
        """Where its money stands."""
        (found,) = balances(LedgerEntry.objects.filter(payable__project=self.project))
        return found

    def agree(self) -> None:
        """Ledger, host and provider say the same, to the last minor unit."""
        balance = self.balance()
        assert impossible(balance) == ()
        order = Order.objects.get(pk=self.project.payables.get(kind="QUOTE").order_id)
        (item,) = order.transactions.all()
        assert (item.charged, item.refunded) == (balance.kept, balance.refunded)
        assert next(iter(self.books.received().values())) == to_minor(balance.kept, self.currency)


@pytest.mark.parametrize("slug", CHANNELS)
def test_a_commission_from_quote_to_refund(world: FakeStripe, slug: str) -> None:
    currency, rate, places = CHANNELS[slug]
    unit = Decimal(1).scaleb(-places)
    step = quantum(currency)

    @settings(
        max_examples=2,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
    )
    @given(
        steps=st.integers(100_000, 900_000),
        saved=st.integers(1, 50_000),
    )
    def whole_way(steps: int, saved: int) -> None:
        with transaction.atomic():
            price, saving = steps * step, saved * step
            example = Example(slug, price, world)
            assert example.project.stage == "DESIGN"
            parts = (part * Decimal(rate) for part in (price, SHIPPING))
            tax = sum(part.quantize(unit, ROUND_HALF_UP) for part in parts)
            assert example.balance().charged == example.total == price + SHIPPING + tax
            example.agree()
            back = example.cheaper(saving)
            assert abs(back - saving * (1 + Decimal(rate))) <= unit
            assert example.balance().quoted == price - saving
            example.agree()
            refund = example.leave()
            assert refund % step == 0
            assert example.balance().refunded == back + refund
            example.agree()
            transaction.set_rollback(True)

    whole_way()


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [("8228.000", "JPY", "8228 JPY"), ("7480.5", "KWD", "7480.500 KWD"), ("7", "USD", "7.00 USD")],
)
def test_a_letter_names_the_sum_with_its_currencys_digits(
    amount: str, currency: str, text: str
) -> None:
    assert letter_texts.sum_of({"amount": amount, "currency": currency}) == text


def test_a_price_whose_tax_cannot_be_paid_is_no_offer(
    world: FakeStripe, settings: Any, customer: Actor, staff: Actor
) -> None:
    """The host counts dinars in thousandths, which no card pays."""
    bespoke = deepcopy(settings.BESPOKE)
    bespoke["CHANNELS"]["kw"]["tax_rate"] = Decimal("0.05")
    settings.BESPOKE = bespoke
    conf.policies_forget()
    made_of = {
        "stone": make_stone(staff, currency="KWD"),
        "gold": make_metal(staff, currency="KWD"),
    }
    changes_made = {"channel": "kw", "destination": ADDRESS, "budget_stretch": Decimal(10) ** 6}
    lines = (LineInput(kind="LABOUR", description="All of it", amount=Decimal("700.10")),)
    with pytest.raises(BespokeError, match=r"comes to 777\.105, but sums are paid in multiples"):
        make_quoted(customer, staff, lines=lines, **made_of, **changes_made)
    project = BespokeProject.objects.get()
    lines = (LineInput(kind="LABOUR", description="All of it", amount=Decimal("700.20")),)
    draft = make_draft(
        project, staff, lines=lines, **made_of
    )  # 35.010 + 2.000 of tax: it can be paid
    assert draft.alternatives.get().tax_amount == Decimal("37.010")
    assert amount_text(Decimal("37.010"), "KWD") == "37.010 KWD"


def test_a_sum_beside_the_quote_whose_tax_cannot_be_paid_is_not_proposed(
    world: FakeStripe, settings: Any
) -> None:
    """Extras, resizes and changes are refused to staff, not to who wants to pay them."""
    example = Example("kw", Decimal(700), world)
    bespoke = deepcopy(settings.BESPOKE)
    bespoke["CHANNELS"]["kw"]["tax_rate"] = Decimal("0.05")
    settings.BESPOKE = bespoke
    conf.policies_forget()
    service = {"actor": example.staff, "project_pk": example.project.pk, "title": "Engraving"}

    with refuses("INVALID", field="amount"):
        extra_service_price(**service, amount=Decimal("0.10"))  # 0.005 of tax
    _, payable = extra_service_price(**service, amount=Decimal("0.20"))
    assert payable.amount == Decimal("0.20")
    with refuses("INVALID", field="priceDifference"):
        propose(example.project, example.staff, "0.30")
    assert propose(example.project, example.staff, "0.40").status == "PROPOSED"
