"""Letters: to the right person, once, and none about what stays inside."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from saleor_bespoke.flows import letter_texts as letters
from saleor_bespoke.flows.letters import LETTERS, letter_send
from saleor_bespoke.project import deliveries
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.journal import Event
from saleor_bespoke.project.models import BespokeProject, Delivery
from saleor_bespoke.shop.embedded.models import Mail
from saleor_bespoke.steps.intake.services import message_send
from saleor_bespoke.workshop import promise_rules
from saleor_bespoke.workshop.services import promise_move

pytestmark = pytest.mark.django_db


def test_every_letter_is_about_a_known_shared_event() -> None:
    assert {kind for kind in LETTERS if kind not in Event.kinds} == set()
    assert {kind for kind in LETTERS if not Event.kinds[kind].shared} == set()


def test_a_payment_is_confirmed_with_the_frozen_terms(paid_project: BespokeProject) -> None:
    deliveries.drain()

    letter = Mail.objects.get(subject__contains="has begun")
    quote = paid_project.quotes.get(status="ACCEPTED")
    assert letter.to == paid_project.contact_email
    assert quote.content_hash in letter.body
    assert quote.terms_version in letter.body
    assert quote.terms_body in letter.body
    assert quote.accepted_alternative.resize["sentence"] in letter.body


def test_a_moved_date_is_told_with_both_dates_and_its_cause(
    paid_project: BespokeProject, staff: Actor
) -> None:
    promise = paid_project.promises.get(step="CAD", ended_at=None)
    old, new = promise.due_at, promise.due_at + timedelta(days=2)
    explanation = "Our designer fell ill."
    promise_move(
        actor=staff, promise_pk=promise.pk, due_at=new, cause="WORKSHOP", explanation=explanation
    )
    deliveries.drain()

    letter = Mail.objects.get(subject__contains="has moved")
    zone = ZoneInfo(paid_project.time_zone)
    for at in (old, new):
        assert f"{at.astimezone(zone):%d %B %Y, %H:%M}" in letter.body
    assert "the workshop needs more time" in letter.body
    assert explanation in letter.body


def test_every_step_and_cause_has_its_words() -> None:
    assert set(letters.STEPS) == set(promise_rules.STEPS)
    assert set(letters.CAUSES) == set(promise_rules.CAUSES)


def test_a_repeated_delivery_is_one_letter(quoted_project: BespokeProject) -> None:
    deliveries.drain()
    before = Mail.objects.count()
    assert before > 0

    for delivery in Delivery.objects.filter(handler="letter_send"):
        letter_send(delivery)

    assert Mail.objects.count() == before


def test_only_the_workshops_messages_are_written_about(
    quoted_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    def told() -> int:
        deliveries.drain()
        return Mail.objects.filter(subject__contains="A message about").count()

    send: dict[str, Any] = {"project_pk": quoted_project.pk}
    message_send(actor=customer, text="When?", **send)
    assert told() == 0
    message_send(actor=staff, text="Soon.", **send)
    assert told() == 1
