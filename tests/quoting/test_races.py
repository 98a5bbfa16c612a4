"""Two people at once: one quote on offer, one acceptance, one payable."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError

from saleor_bespoke.errors import BespokeError
from saleor_bespoke.flows.acceptance import quote_accept
from saleor_bespoke.flows.quote_withdrawal import quote_withdraw
from saleor_bespoke.money.models import Attempt
from saleor_bespoke.project import access
from saleor_bespoke.project.journal import chain_breaks
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.embedded.models import Checkout
from saleor_bespoke.steps.quoting.models import Quote
from saleor_bespoke.steps.quoting.services import quote_counter, quote_decline, quote_send
from saleor_bespoke.workshop.models import Material
from tests.fixtures import (
    confirm_brief,
    make_commission,
    make_customer,
    make_draft,
    make_quoted,
    make_staff,
    make_stone,
)
from tests.support import race

pytestmark = pytest.mark.django_db(transaction=True)


def accepting(project: BespokeProject, actor: access.Actor) -> Any:
    quote = project.quotes.get(status="SENT")
    alternative = quote.alternatives.get()
    return lambda: quote_accept(
        actor=actor,
        quote_pk=quote.pk,
        alternative_pk=alternative.pk,
        terms_version=quote.terms_version,
    )


def codes(results: list[Any]) -> list[str]:
    """`ok` or the refusal's code; anything else a racer raised fails the test."""
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, BespokeError):
            raise result
    return sorted(str(r.code) if isinstance(r, BespokeError) else "ok" for r in results)


def test_ten_acceptances_are_one() -> None:
    customer, staff = make_customer(), make_staff()
    project = make_quoted(customer, staff)
    results = race(*[accepting(project, customer)] * 10)
    assert codes(results) == ["STAGE_FORBIDS"] * 9 + ["ok"]
    assert project.payables.count() == 1
    assert Attempt.objects.count() == Checkout.objects.count() == 1
    assert project.holdings.filter(state="HELD").count() == 2
    assert project.events.filter(kind="QuoteAccepted").count() == 1
    project.refresh_from_db()
    assert chain_breaks(project) == []


def test_sending_the_same_draft_twice_sends_it_once() -> None:
    customer, staff = make_customer(), make_staff()
    project, _ = make_commission(customer)
    confirm_brief(project, staff)
    quote = make_draft(project, staff)
    results = race(*[lambda: quote_send(actor=staff, quote_pk=quote.pk)] * 4)
    assert codes(results) == ["ALREADY_DONE"] * 3 + ["ok"]
    assert project.events.filter(kind="QuoteSent").count() == 1


def test_drafting_while_sending_never_leaves_two_on_offer() -> None:
    customer, staff = make_customer(), make_staff()
    project, _ = make_commission(customer)
    confirm_brief(project, staff)
    quote = make_draft(project, staff)
    stone, gold = (line.material for line in quote.alternatives.get().lines.exclude(material=None))

    def again() -> Quote:
        other = make_draft(project, staff, stone=stone, gold=gold)
        return quote_send(actor=staff, quote_pk=other.pk)

    results = race(lambda: quote_send(actor=staff, quote_pk=quote.pk), again, again)
    assert set(codes(results)) <= {"ok", "ALREADY_DONE"}
    assert project.quotes.filter(status="SENT").count() == 1
    project.refresh_from_db()
    assert chain_breaks(project) == []


@pytest.mark.parametrize("attempt", range(3))
def test_accepting_while_it_is_withdrawn(attempt: int) -> None:
    customer, staff = make_customer(), make_staff()
    project = make_quoted(customer, staff)
    quote = project.quotes.get()
    results = race(
        accepting(project, customer),
        lambda: quote_withdraw(actor=staff, quote_pk=quote.pk, reason="Sold."),
    )
    # Withdrawing wins in the end: after an acceptance it ends what was payable.
    assert codes(results) in (["STAGE_FORBIDS", "ok"], ["ok", "ok"])
    project.refresh_from_db()
    quote.refresh_from_db()
    assert (project.stage, quote.status) == ("INTAKE", "WITHDRAWN")
    assert not project.payables.filter(status="OPEN").exists()
    assert not Material.objects.exclude(held=0).exists()
    assert not Checkout.objects.exists()
    assert chain_breaks(project) == []


def test_accepting_while_declining_and_countering() -> None:
    customer, staff = make_customer(), make_staff()
    project = make_quoted(customer, staff)
    quote = project.quotes.get()
    results = race(
        accepting(project, customer),
        lambda: quote_decline(actor=customer, quote_pk=quote.pk),
        lambda: quote_counter(actor=customer, quote_pk=quote.pk, reason="Other stone."),
    )
    assert codes(results) == ["STAGE_FORBIDS", "STAGE_FORBIDS", "ok"]


def test_two_commissions_race_for_the_last_stone() -> None:
    staff = make_staff()
    stone = make_stone(staff)
    rivals = [make_customer(f"rival{at}@example.com") for at in range(4)]
    projects = [make_quoted(rival, staff, stone=stone) for rival in rivals]
    results = race(*map(accepting, projects, rivals))
    assert codes(results) == ["MATERIAL_UNAVAILABLE"] * 3 + ["ok"]
    assert Material.objects.get(pk=stone.pk).held == 1
    stages = sorted(BespokeProject.objects.values_list("stage", flat=True))
    assert stages == ["CHECKOUT", "QUOTED", "QUOTED", "QUOTED"]


def test_control_without_the_lock_an_acceptance_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the project's lock racers get past the checks; only the database stops them."""
    from saleor_bespoke.flows import acceptance

    def unlocked(pk: Any, *, actor: Any, command: str) -> Any:
        project = BespokeProject.objects.get(pk=pk)
        return project, access.check_command(project, actor, command)

    customer, staff = make_customer(), make_staff()
    project = make_quoted(customer, staff)
    monkeypatch.setattr(acceptance, "lock_project", unlocked)
    results = race(*[accepting(project, customer)] * 10)
    with pytest.raises(DatabaseError):
        codes(results)
    assert project.payables.count() == 1  # the database itself keeps the invariant
