"""A customer is erased while something of theirs is being written: afterwards nothing is left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connections, transaction

from saleor_bespoke import clock
from saleor_bespoke.audit import audit
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.flows.documents.issuing import document_issue
from saleor_bespoke.flows.personal_data import personal_data_erase
from saleor_bespoke.flows.provider import provider_events_process
from saleor_bespoke.media.deriving import services as deriving
from saleor_bespoke.media.deriving.models import Derivation, Derivative
from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.media.services import file_prepare
from saleor_bespoke.money.models import Payment, ProviderEvent
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project import deliveries
from saleor_bespoke.project.access import HANDLE_PAYMENTS, MANAGE_ORDERS, MANAGE_USERS, Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.intake.services import message_send
from tests.delivering import make_delivered, make_ready
from tests.fixtures import make_customer, make_staff
from tests.media.test_services import upload
from tests.paying import make_paid
from tests.support import race, wait_until_blocking

pytestmark = pytest.mark.django_db(transaction=True)

NAME = "Philomena"


@dataclass
class Life:
    """A delivered commission with a photograph of its customer, who may be erased."""

    project: BespokeProject
    keeper: Actor
    folder: Path

    def erase(self) -> BespokeProject:
        return personal_data_erase(actor=self.keeper, project_pk=self.project.pk)

    def photo_send(self) -> object:
        prepared = file_prepare(
            uploaded=upload(), purpose=Purpose.MESSAGE, name=f"{NAME}.jpg", channel="us"
        )
        with prepared:
            return message_send(
                actor=self.keeper, project_pk=self.project.pk, text="Seen.", prepared=[prepared]
            )

    def forgotten(self) -> None:
        """Nothing of the customer is in a row or in the storage, and the audit agrees."""
        self.project.refresh_from_db()
        assert self.project.erased_at is not None
        assert not BespokeFile.objects.filter(erased_at=None).exists()
        assert not BespokeFile.objects.exclude(name="").exists()
        assert not Derivative.objects.exists()
        assert not ProviderEvent.objects.filter(payload__icontains=NAME).exists()
        assert [path for path in self.folder.rglob("*") if path.is_file()] == []
        assert audit(project=self.project.number) == []


@pytest.fixture
def life(provider: FakeStripe, files_folder: Path) -> Life:
    permissions = (MANAGE_ORDERS, HANDLE_PAYMENTS, MANAGE_USERS)
    customer, keeper = make_customer(), make_staff(permissions=permissions)
    project = make_ready(make_paid(provider, customer, keeper), customer, keeper)
    make_delivered(project, keeper)
    found = Life(project, keeper, files_folder)
    found.photo_send()
    deliveries.drain()
    return found


@contextmanager
def meanwhile(action: Callable[[], Any]) -> Iterator[Future[Any]]:
    """Begin the action in another connection, and leave when it waits for this transaction."""

    def act() -> Any:
        try:
            return action()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            holder: Future[Any] = Future()
            yield holder
            running = pool.submit(act)
            wait_until_blocking()
        try:
            holder.set_result(running.result())
        except BespokeError as refusal:
            holder.set_result(refusal)


def test_a_paper_that_is_being_set_is_not_kept(life: Life) -> None:
    def issue() -> object:
        return document_issue(actor=life.keeper, project_pk=life.project.pk, kind="CARE_CARD")

    with meanwhile(issue) as issued:
        life.erase()
    assert isinstance(issued.result(), BespokeError)
    assert issued.result().code == ErrorCode.PERSONAL_DATA_ERASED
    assert not life.project.papers.exists()
    life.forgotten()


def test_a_paper_that_is_being_kept_is_forgotten(life: Life) -> None:
    with meanwhile(life.erase):
        document_issue(actor=life.keeper, project_pk=life.project.pk, kind="CARE_CARD")
        deliveries.drain()
    assert life.project.papers.count() == 1
    life.forgotten()


def test_a_photograph_that_comes_is_refused_with_its_bytes(life: Life) -> None:
    with meanwhile(life.photo_send) as sent:
        life.erase()
    assert isinstance(sent.result(), BespokeError)
    assert sent.result().code == ErrorCode.PERSONAL_DATA_ERASED
    life.forgotten()


def test_a_photograph_that_is_being_attached_goes_too(life: Life) -> None:
    with meanwhile(life.erase):
        life.photo_send()
        life.project.refresh_from_db()
        deliveries.drain()
    life.forgotten()


def test_what_is_being_derived_is_not_kept(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    derive, erased = deriving.derive_apart, []

    def derived(*arguments: Any) -> Any:
        made = derive(*arguments)
        if not erased:
            erased.append(life.erase())
        return made

    monkeypatch.setattr(deriving, "derive_apart", derived)
    assert deriving.derivatives_make() == 0
    assert erased
    assert not Derivation.objects.exists()
    life.forgotten()


def test_a_report_that_is_being_processed_names_nobody(life: Life) -> None:
    payment = Payment.objects.get(status="SUCCEEDED")

    def reported() -> int:
        facts = {"payment_intent": payment.provider_reference, "customer_name": NAME}
        ProviderEvent.objects.create(
            event_id="evt_late",
            kind="charge.updated",
            payload={"id": "evt_late", "type": "charge.updated", "data": {"object": facts}},
            received_at=clock.now(),
        )
        return provider_events_process()

    with meanwhile(reported) as processed:
        life.erase()
    assert processed.result() == 1
    life.forgotten()


@pytest.mark.parametrize("_round", range(3))
def test_whoever_comes_first_nothing_is_left(life: Life, _round: int) -> None:
    def issue() -> object:
        return document_issue(actor=life.keeper, project_pk=life.project.pk, kind="CARE_CARD")

    results = race(life.photo_send, issue, deriving.derivatives_make, life.erase)
    unexpected = [it for it in results if isinstance(it, Exception)]
    assert all(isinstance(it, BespokeError) for it in unexpected), unexpected
    deliveries.drain()
    life.erase()  # the letter of a message that came first may have been an obligation
    life.forgotten()
