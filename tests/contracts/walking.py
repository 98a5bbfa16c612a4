"""A commission walked by its people: each step one request, the next one chosen by where it stands.

Steps answer nothing; what is refused raises, as the services and the host do.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from saleor_bespoke import clock, conf, tasks
from saleor_bespoke.flows import acceptance, changes, making, parcels
from saleor_bespoke.flows import provider as provider_flow
from saleor_bespoke.flows.cancelling import terms_of
from saleor_bespoke.flows.leaving import project_leave
from saleor_bespoke.flows.transfers import Found, bank_transfer_record
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.money import gateway
from saleor_bespoke.money.models import Attempt
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project.access import HANDLE_PAYMENTS, Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import project_close
from saleor_bespoke.project.stages import Stage
from saleor_bespoke.shop.port import shop, tell
from saleor_bespoke.steps.aftercare import services as aftercare
from saleor_bespoke.steps.cad import services as cad
from saleor_bespoke.steps.cad.models import CadPin
from saleor_bespoke.steps.cad.rules import lines_to_confirm
from saleor_bespoke.steps.intake.services import brief_confirm, information_answer
from saleor_bespoke.steps.production import services as production
from saleor_bespoke.steps.quality import services as quality
from saleor_bespoke.steps.quality.certificates import certificate_record, certificate_verify
from saleor_bespoke.steps.quoting.services import quote_send
from saleor_bespoke.steps.shipping.rules import Packing
from saleor_bespoke.steps.shipping.services import shipment_deliver
from tests.contracts.rich import picture
from tests.fixtures import make_draft
from tests.making import REPORTED, prepared, record_all
from tests.paying import begin, complete, confirm, fill_in, go_on, stray_charge

REPORTS = count(2_100_000_001)
NEW_YORK = ZoneInfo("America/New_York")


@dataclass
class Walk:
    """One commission, its customer, and the materials it is quoted with."""

    pk: Any
    owner: Actor
    staff: Actor
    provider: FakeStripe
    materials: dict[str, Any]
    stage: str = Stage.INTAKE
    told: list[Callable[[], Any]] = field(default_factory=list)

    @property
    def project(self) -> BespokeProject:
        """The commission as it is now."""
        return BespokeProject.objects.get(pk=self.pk)

    # forward ------------------------------------------------------------------------------------

    def forward(self) -> None:
        """Whatever comes next where everything goes well."""
        project = self.project
        {
            Stage.INTAKE: self._intake,
            Stage.QUOTED: self._accept,
            Stage.CHECKOUT: self._pay_open,
            Stage.DESIGN: self._design,
            Stage.PRODUCTION: self._bench,
            Stage.QUALITY: self._check,
            Stage.SHIPPING: self._ship,
            Stage.AFTERCARE: self._resize,
            Stage.CLOSED: self._resize,
            Stage.CANCELLED: lambda _: None,
        }[Stage(project.stage)](project)

    def until(self, stage: Stage) -> None:
        """Forward until a stage is reached."""
        for _ in range(60):
            if self.project.stage == stage:
                return
            self.forward()
        raise AssertionError(f"{stage} is not reached, but {self.project.stage}.")

    def _intake(self, project: BespokeProject) -> None:
        question = project.questions.filter(answered_at=None).first()
        brief = project.briefs.latest("version")
        draft = project.quotes.filter(status="DRAFT").first()
        if question:
            information_answer(actor=self.owner, question_pk=question.pk, answer="The left one.")
        elif brief.status != "CONFIRMED":
            brief_confirm(actor=self.staff, brief_pk=brief.pk)
        elif draft and draft.brief_id == brief.pk:
            quote_send(actor=self.staff, quote_pk=draft.pk)
        else:
            make_draft(project, self.staff, **self.materials)

    def _accept(self, project: BespokeProject) -> None:
        quote = project.quotes.get(status="SENT")
        acceptance.quote_accept(
            actor=self.owner,
            quote_pk=quote.pk,
            alternative_pk=quote.alternatives.earliest("position").pk,
            terms_version=quote.terms_version,
        )

    def _pay_open(self, project: BespokeProject) -> None:
        self.pay(project.payables.filter(status="OPEN").first(), "whole")

    def _design(self, project: BespokeProject) -> None:
        change = project.change_orders.filter(status__in=("PROPOSED", "ACCEPTED")).first()
        revision = project.revisions.filter(status__in=("DRAFT", "PUBLISHED", "APPROVED")).first()
        if change and change.payable_pk:
            self.pay(project.payables.get(pk=change.payable_pk), "whole")
        elif change:
            changes.change_order_accept(actor=self.owner, change_order_pk=change.pk)
        elif revision is None:
            cad.cad_revision_draft(actor=self.staff, project_pk=project.pk)
        elif revision.status == "DRAFT":
            self._publish(revision)
        elif revision.status == "PUBLISHED":
            self._answer(project)
            cad.cad_revision_approve(
                actor=self.owner,
                revision_pk=revision.pk,
                confirmed=lines_to_confirm(revision.specification),
                returns_notice_version=conf.policy(project.channel).returns_notice.version,
            )
        else:
            production.production_start(actor=self.staff, project_pk=project.pk)

    def shown(self) -> None:
        """On to the next revision that the customer may speak of."""
        for _ in range(3):
            project = self.project
            if project.stage != Stage.DESIGN or project.revisions.filter(status="PUBLISHED"):
                return
            self._design(project)

    def _publish(self, revision: Any) -> None:
        present = set(revision.views.values_list("view", flat=True))
        for view in conf.policy(revision.project.channel).required_views:
            if view not in present:
                file = prepared(picture(), Purpose.CAD)
                cad.cad_view_add(
                    actor=self.staff, revision_pk=revision.pk, view=view, prepared=file
                )
        self._answer(revision.project)
        cad.cad_revision_publish(actor=self.staff, revision_pk=revision.pk)

    def _answer(self, project: BespokeProject) -> None:
        for pin in CadPin.objects.filter(revision__project=project, answered_at=None):
            cad.cad_pin_answer(actor=self.staff, pin_pk=pin.pk, answer="We will.")

    def _bench(self, project: BespokeProject) -> None:
        step = project.work_steps.filter(status__in=("PENDING", "STARTED")).first()
        used = project.holdings.filter(state="LOCKED").first()
        if step and step.status == "PENDING":
            production.production_step_start(actor=self.staff, step_pk=step.pk)
        elif step:
            production.production_step_finish(actor=self.staff, step_pk=step.pk)
        elif used:
            production.material_consume(
                actor=self.staff, holding_pk=used.pk, quantity=used.quantity
            )
        else:
            making.production_finish(actor=self.staff, project_pk=project.pk)

    def _check(self, project: BespokeProject) -> None:
        check = project.checks.get(status="OPEN")
        record_all(check, self.staff)
        if not check.evidence.exists():
            file = prepared(picture(), Purpose.PROGRESS)
            quality.quality_evidence_add(
                actor=self.staff, project_pk=project.pk, kind="PHOTO", prepared=file
            )
        for holding in project.holdings.filter(state="CONSUMED", exclusive=True):
            self._report(project, holding.material)
        making.quality_pass(actor=self.staff, check_pk=check.pk)

    def _report(self, project: BespokeProject, stone: Any) -> None:
        if project.certificates.filter(material=stone).exclude(status="REJECTED").exists():
            return
        report = certificate_record(
            actor=self.staff,
            project_pk=project.pk,
            material_pk=stone.pk,
            laboratory="GIA",
            number=str(next(REPORTS)),
            stone=REPORTED,
        )
        certificate_verify(actor=self.staff, certificate_pk=report.pk, how="Seen on its page")

    def _ship(self, project: BespokeProject) -> None:
        shipment = project.shipments.filter(purpose="ORDER").first()
        if shipment is None or shipment.declared_value is None:
            value = Decimal(7440)
            packing = Packing(
                ticked=("box", "ribbon", "bag"),
                declared_value=value,
                insured_value=value,
                currency=project.currency,
            )
            parcels.shipment_pack(actor=self.staff, project_pk=project.pk, packing=packing)
        elif shipment.status == "PACKED":
            parcels.shipment_dispatch(
                actor=self.staff, shipment_pk=shipment.pk, carrier="Courier", tracking_number="1Z"
            )
        else:
            shipment_deliver(actor=self.staff, shipment_pk=shipment.pk)

    def _resize(self, project: BespokeProject) -> None:
        case = project.resizes.exclude(status__in=("REFUSED", "RETURNED")).first()
        if case is None:
            label = "6.5" if project.resizes.count() % 2 == 0 else "6"
            aftercare.resize_request(
                actor=self.owner, project_pk=project.pk, system="us", label=label
            )
        else:
            self._resize_on(project, case)

    def _resize_on(self, project: BespokeProject, case: Any) -> None:
        from saleor_bespoke.flows.aftercare import resize_return

        size, who = case.asked_size_mm, {"actor": self.staff, "resize_pk": case.pk}
        price_or_grant = (
            aftercare.resize_grant if case.outcome == "FREE" else aftercare.resize_price
        )
        {
            "REQUESTED": lambda: price_or_grant(**who),
            "PRICED": lambda: self.pay(project.payables.get(pk=case.payable_pk), "whole"),
            "GRANTED": lambda: aftercare.resize_start(**who),
            "PAID": lambda: aftercare.resize_start(**who),
            "IN_WORK": lambda: aftercare.resize_finish(**who, measured_size_mm=size),
            "FINISHED": lambda: resize_return(**who, carrier="Courier", tracking_number="1Z-R"),
        }[case.status]()

    def close(self) -> None:
        """Active aftercare ends."""
        project_close(actor=self.staff, project_pk=self.pk)

    # money --------------------------------------------------------------------------------------

    def pay(self, payable: Any, way: str) -> None:
        """Pay an open sum in one of the ways of `WAYS`."""
        opened = acceptance.payable_checkout_open(actor=self.owner, payable_pk=payable.pk)
        checkout_id = opened.attempt.checkout_id
        fill_in(checkout_id)
        WAYS[way](self, checkout_id)

    def _begun(self, checkout_id: str, method: str | None = None) -> Any:
        transaction, event, _ = begin(checkout_id)
        if method and event.type != "CHARGE_FAILURE":
            confirm(self.provider, transaction.psp_reference, method)
        return transaction

    def pay_wholly(self, checkout_id: str) -> None:
        """As a storefront does where all goes well."""
        go_on(self._begun(checkout_id, "pm_card_visa"))
        order = complete(checkout_id)
        self.told.append(lambda: tell("order_paid", order_id=str(order.pk)))
        self.told.append(lambda: tell("order_refunded", order_id=str(order.pk)))
        self.told.append(lambda: tell("order_fulfilled", order_id=str(order.pk)))
        self.told.append(lambda: tell("checkout_gone", checkout_id=checkout_id))

    def pay_declined(self, checkout_id: str) -> None:
        """The card is declined."""
        go_on(self._begun(checkout_id, "pm_card_chargeDeclined"))

    def pay_begun(self, checkout_id: str) -> None:
        """The customer looks at the form and goes away."""
        self._begun(checkout_id)

    def pay_partly(self, checkout_id: str) -> None:
        """A storefront tries a deposit."""
        begin(checkout_id, amount=Decimal("100.00"))

    def pay_nothing(self, checkout_id: str) -> None:
        """A storefront completes without paying."""
        complete(checkout_id)

    def pay_and_vanish(self, checkout_id: str) -> None:
        """The browser dies after the charge; the provider's word finishes the order, told twice."""
        transaction = self._begun(checkout_id, "pm_card_visa")
        if not transaction.psp_reference:
            return
        intent = gateway.payment_read(transaction.psp_reference)
        payload, signature = signed(self.provider, intent)
        for _ in range(2):
            assert tell("provider_event", payload=payload, signature=signature)
            provider_flow.provider_events_process()
        again = lambda: tell("provider_event", payload=payload, signature=signature)  # noqa: E731
        self.told.append(again)

    def pay_without_order(self, checkout_id: str) -> None:
        """Charged, and the order is left for later."""
        go_on(self._begun(checkout_id, "pm_card_visa"))

    def pay_wrongly(self, checkout_id: str) -> None:
        """Our gateway is charged another sum behind its back, and the order is asked for."""
        stray_charge(self.provider, checkout_id, Decimal(100))
        complete(checkout_id)

    def pay_too_much(self, checkout_id: str) -> None:
        """The same beside the whole sum."""
        go_on(self._begun(checkout_id, "pm_card_visa"))
        stray_charge(self.provider, checkout_id, Decimal(100))
        complete(checkout_id)

    def pay_by_transfer(self, checkout_id: str) -> None:
        """Staff find the whole sum on the shop's account."""
        attempt = Attempt.objects.get(checkout_id=checkout_id)
        seen = shop().checkout(checkout_id)
        assert seen is not None
        treasurer = replace(self.staff, permissions=self.staff.permissions | {HANDLE_PAYMENTS})
        found = Found(
            amount=seen.total,
            currency=seen.currency,
            reference=f"Transfer {attempt.pk}",
            value_date=clock.now().astimezone(NEW_YORK).date(),
        )
        bank_transfer_record(actor=treasurer, payable_pk=attempt.payable_id, found=found)


WAYS: dict[str, Callable[[Walk, str], None]] = {
    "whole": Walk.pay_wholly,
    "declined": Walk.pay_declined,
    "begun": Walk.pay_begun,
    "partly": Walk.pay_partly,
    "nothing": Walk.pay_nothing,
    "vanish": Walk.pay_and_vanish,
    "charged": Walk.pay_without_order,
    "wrongly": Walk.pay_wrongly,
    "too much": Walk.pay_too_much,
    "transfer": Walk.pay_by_transfer,
}


def signed(provider: FakeStripe, intent: Any) -> tuple[bytes, str]:
    """The provider's signed event of a payment it took."""
    facts = {
        "id": intent.pk,
        "object": "payment_intent",
        "amount_received": intent.amount_received,
        "currency": "usd",
    }
    event = {
        "id": f"evt_{intent.pk}",
        "object": "event",
        "type": "payment_intent.succeeded",
        "data": {"object": facts},
    }
    payload, stamp = json.dumps(event).encode(), int(clock.now().timestamp())
    told = f"{stamp}.".encode() + payload
    mac = hmac.new(provider.webhook_secret.encode(), told, hashlib.sha256)
    return payload, f"t={stamp},v1={mac.hexdigest()}"


class Clock:
    """A clock that only goes on."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        clock.use_offset(lambda: self.ahead)

    def on(self, hours: float) -> None:
        """Hours pass."""
        self.ahead += timedelta(hours=hours)

    @staticmethod
    def stop() -> None:
        """The world's time again."""
        clock.use_offset(timedelta)


def sweeps() -> Iterator[Callable[[], int]]:
    """What Celery's beat starts, but for the deliveries."""
    yield tasks.expiries.run
    yield tasks.clocks.run
    yield tasks.provider_events_process.run


def leave(project: BespokeProject, actor: Actor) -> None:
    """The customer cancels for the refund that is shown."""
    shown = terms_of(project, project.payables.all()).refund
    project_leave(actor=actor, project_pk=project.pk, reason="CUSTOMER_WISH", expected_refund=shown)
    project.refresh_from_db()
