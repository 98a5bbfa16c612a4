"""Sending the form: what it opens, and what it refuses without a trace."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from saleor_bespoke import conf
from saleor_bespoke.craft.pieces import canonical_hash
from saleor_bespoke.project import journal
from saleor_bespoke.project.access import ANONYMOUS, Actor, ActorKind, roles_on, token_digest
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import guest_token_rotate
from saleor_bespoke.project.stages import Role
from saleor_bespoke.steps.intake.models import Brief
from saleor_bespoke.steps.intake.services import project_create
from tests.fixtures import guest_of, make_customer, ring_specification
from tests.intake.conftest import OLD_RING, OWN_STONE, form
from tests.support import nothing_changes, race, refuses

pytestmark = pytest.mark.usefixtures("shop")


def test_project_create() -> None:
    # given
    spec = ring_specification(ownStones=[OWN_STONE], oldJewellery=[OLD_RING])
    # when a guest sends the form
    with time_machine.travel(datetime(2026, 3, 3, 15, 0, tzinfo=UTC), tick=False):
        project, token, promise = project_create(
            actor=ANONYMOUS, submission=form(specification=spec, story="For Ada.\nSoon.")
        )
    # then the commission, its brief and its declared materials stand
    assert (project.stage, project.channel, project.currency) == ("INTAKE", "us", "USD")
    assert project.title == "Ring in 18K yellow gold"
    assert (project.contact_name, project.time_zone) == ("Grace Guest", "Europe/Vienna")
    assert project.token_digest == token_digest(token or "")
    brief = project.briefs.get()
    assert (brief.version, brief.status, brief.currency) == (1, "SUBMITTED", "USD")
    assert brief.specification_hash == canonical_hash(spec)
    assert brief.specification == spec.to_json()
    brought = project.brought_materials.order_by("kind").values_list("kind", "status")
    assert list(brought) == [("OLD_JEWELLERY", "DECLARED"), ("OWN_STONE", "DECLARED")]
    # and the quote is promised within two opening hours (10:00 to 12:00 in New York)
    assert promise.step == "QUOTE"
    assert promise.due_at == datetime(2026, 3, 3, 17, 0, tzinfo=UTC)
    # and the timeline tells it, whole and without personal text
    kinds = list(project.events.order_by("sequence").values_list("kind", flat=True))
    assert kinds[0] == "ProjectOpened"
    assert {"ConsentGiven", "BriefSubmitted", "PromiseGiven"} <= set(kinds)
    assert journal.chain_breaks(project) == []
    assert "Grace" not in str(list(project.events.values_list("payload", flat=True)))


def test_consents_are_kept_apart_with_version_time_and_hash() -> None:
    moment = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
    with time_machine.travel(moment, tick=False):
        project, _, _ = project_create(actor=ANONYMOUS, submission=form())
    policy = conf.policy("us")
    for kind, text in (
        ("CONTACT", policy.contact_consent),
        ("RETURNS_NOTICE", policy.returns_notice),
    ):
        row = project.consents.get(kind=kind)
        assert (row.version, row.at, row.shown_at) == (text.version, moment, "INTAKE")
        assert row.text_hash == hashlib.sha256(text.body.encode()).hexdigest()
        assert (row.actor_kind, row.actor_ref) == ("GUEST", f"guest:{project.pk}")


def test_a_customer_owns_what_they_send(customer: Actor) -> None:
    sent = form(name="", email="")
    project, token, _ = project_create(actor=customer, submission=sent)
    assert project.owner_id == customer.user_pk
    assert project.contact_email == customer.email
    assert project.contact_name == customer.name
    assert Role.CUSTOMER in roles_on(project, guest_of(token or ""))


def test_staff_open_for_a_customer_who_is_not_them(staff: Actor) -> None:
    project, _, _ = project_create(actor=staff, submission=form())
    assert project.owner_id is None
    assert roles_on(project, staff) == {Role.STAFF}
    with refuses("REQUIRED", field="contact.email"):
        project_create(actor=staff, submission=form(email=""))


def test_feasibility_warnings_are_stored() -> None:
    spec = ring_specification(bandWidthMm="0.8")
    project, _, _ = project_create(actor=ANONYMOUS, submission=form(specification=spec))
    warning = project.briefs.get().warnings.get(code="BAND_TOO_THIN")
    assert (warning.severity, warning.field) == ("IMPOSSIBLE", "bandWidthMm")
    assert warning.answer == ""


def test_many_findings_of_one_rule_are_one_warning() -> None:
    stones = [{"kind": kind, "role": "centre"} for kind in ("pearl", "opal", "turquoise")]
    spec = ring_specification(stones=stones, features=[])
    project, _, _ = project_create(actor=ANONYMOUS, submission=form(specification=spec))
    warning = project.briefs.get().warnings.get(code="SOFT_STONE_IN_RING")
    assert all(kind in warning.message.lower() for kind in ("pearl", "opal", "turquoise"))


REFUSALS: list[tuple[dict[str, Any], str, str]] = [
    ({"channel": "mars"}, "NOT_FOUND", "channel"),
    ({"channel": "us\x00"}, "NOT_FOUND", "channel"),
    ({"channel": ""}, "NOT_FOUND", "channel"),
    ({"specification": ring_specification(alloy="titanium")}, "METAL_NOT_OFFERED", "alloy"),
    (
        {"specification": ring_specification(ringSize=None, sizeSource=None)},
        "REQUIRED",
        "ringSize",
    ),
    ({"budget_min": Decimal(9001)}, "INVALID", "budget.stretch"),
    ({"budget_min": Decimal("0")}, "INVALID", "budget.min"),
    ({"budget_stretch": Decimal("9000.005")}, "INVALID", "budget.stretch"),
    (
        {"budget_min": Decimal(100), "budget_stretch": Decimal(499)},
        "BUDGET_BELOW_MINIMUM",
        "budget.stretch",
    ),
    ({"destination_country": "KP"}, "DESTINATION_NOT_SERVED", "destinationCountry"),
    ({"date_needed": date(2020, 1, 1)}, "INVALID", "dateNeeded"),
    ({"story": "x" * 5001}, "INVALID", "story"),
    ({"story": "bell \x07"}, "INVALID", "story"),
    ({"title": "x" * 121}, "INVALID", "title"),
    ({"title": "two\nlines"}, "INVALID", "title"),
    ({"name": ""}, "REQUIRED", "contact.name"),
    ({"name": "nul\x00"}, "INVALID", "contact.name"),
    ({"email": ""}, "REQUIRED", "contact.email"),
    ({"email": "nobody"}, "INVALID", "contact.email"),
    ({"email": "a@example.com\nbcc: b@example.com"}, "INVALID", "contact.email"),
    ({"email": "a" * 250 + "@example.com"}, "INVALID", "contact.email"),
    ({"phone": "<script>"}, "INVALID", "contact.phone"),
    ({"language": "../en"}, "INVALID", "contact.language"),
    ({"time_zone": "Mars/Olympus"}, "INVALID", "contact.timeZone"),
    ({"contact_consent_version": ""}, "CONSENT_REQUIRED", "contactConsentVersion"),
    ({"contact_consent_version": "contact-2019"}, "CONSENT_OUTDATED", "contactConsentVersion"),
    ({"returns_notice_version": ""}, "CONSENT_REQUIRED", "returnsNoticeVersion"),
    ({"returns_notice_version": "x"}, "CONSENT_OUTDATED", "returnsNoticeVersion"),
    ({"linked_to": uuid4()}, "NOT_FOUND", "linkedTo"),
]


@pytest.mark.parametrize(("changes", "code", "field"), REFUSALS)
def test_project_create_refused(changes: dict[str, Any], code: str, field: str) -> None:
    with refuses(code, field=field):
        project_create(actor=ANONYMOUS, submission=form(**changes))


def test_a_closed_channel_takes_no_orders() -> None:
    from saleor_bespoke.shop.embedded.models import Channel

    Channel.objects.filter(slug="us").update(is_active=False)
    with refuses("NOT_FOUND", field="channel"):
        project_create(actor=ANONYMOUS, submission=form())


def test_the_second_ring_is_linked_to_the_first(customer: Actor) -> None:
    first, token, _ = project_create(actor=customer, submission=form())
    linked = form(linked_to=first.pk)
    assert project_create(actor=customer, submission=linked).project.linked_to == first
    by_token = project_create(actor=guest_of(token or ""), submission=linked)
    assert by_token.project.linked_to == first
    for stranger in (ANONYMOUS, make_customer("stranger@example.com")):
        with refuses("NOT_FOUND", field="linkedTo"):
            project_create(actor=stranger, submission=linked)


# once ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["guest", "customer"])
def test_the_same_key_opens_one_commission(who: str, customer: Actor) -> None:
    actor, key = (customer if who == "customer" else ANONYMOUS), uuid4()
    first = project_create(actor=actor, submission=form(), idempotency_key=key)
    with nothing_changes():
        again = project_create(actor=actor, submission=form(), idempotency_key=key)
    assert again == first


@pytest.mark.parametrize(
    "changes",
    [
        {"story": "Other."},
        {"title": "Other"},
        {"email": "other@example.com"},
        {"date_needed": date(2099, 12, 24)},
        {"budget_stretch": Decimal(9001)},
        {"specification": ring_specification(bandWidthMm="2.3")},
    ],
)
def test_a_used_key_does_not_answer_another_form(changes: dict[str, Any]) -> None:
    key = uuid4()
    project_create(actor=ANONYMOUS, submission=form(), idempotency_key=key)
    with refuses("INVALID", field="idempotencyKey"):
        project_create(actor=ANONYMOUS, submission=form(**changes), idempotency_key=key)


def test_keys_of_different_callers_do_not_meet(customer: Actor) -> None:
    key = uuid4()
    mine = project_create(actor=customer, submission=form(), idempotency_key=key)
    other = make_customer("other@example.com")
    theirs = project_create(actor=other, submission=form(), idempotency_key=key)
    assert mine.project != theirs.project
    assert mine.token != theirs.token


def test_a_renewed_token_is_not_answered_again(customer: Actor) -> None:
    key = uuid4()
    first = project_create(actor=customer, submission=form(), idempotency_key=key)
    guest_token_rotate(actor=customer, project_pk=first.project.pk)
    again = project_create(actor=customer, submission=form(), idempotency_key=key)
    assert (again.project, again.token) == (first.project, None)


def test_a_refused_form_does_not_use_its_key_up() -> None:
    key = uuid4()
    with refuses("INVALID", field="contact.email"):
        project_create(actor=ANONYMOUS, submission=form(email="x"), idempotency_key=key)
    assert project_create(actor=ANONYMOUS, submission=form(), idempotency_key=key).token


@pytest.mark.django_db(transaction=True)
def test_a_double_click_opens_one_commission() -> None:
    key = uuid4()

    def click() -> Any:
        return project_create(actor=ANONYMOUS, submission=form(), idempotency_key=key)

    answers = race(*[click] * 8)
    assert len({answer.project.pk for answer in answers}) == 1
    assert len({answer.token for answer in answers}) == 1
    assert (BespokeProject.objects.count(), Brief.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_without_a_key_every_click_is_a_commission() -> None:
    def click() -> Any:
        return project_create(actor=ANONYMOUS, submission=form())

    answers = race(*[click] * 4)
    assert len({answer.project.number for answer in answers}) == 4


def test_the_actor_on_the_timeline_is_the_guest() -> None:
    project, _, _ = project_create(actor=ANONYMOUS, submission=form())
    event = project.events.get(kind="BriefSubmitted")
    assert (event.actor_kind, event.actor_ref) == (ActorKind.GUEST, f"guest:{project.pk}")
