"""After every step of any walk the ledger's balances are what the rows of host and ours say."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from saleor_bespoke.money.models import LedgerEntry
from tests.contracts.test_machine import Commissions, machine_shop
from tests.money.adding_up import ledger_faults

__all__ = ["machine_shop"]  # the fixture of the walks

EXAMPLES = os.environ.get("BESPOKE_MACHINE_EXAMPLES")


class AddingUp(Commissions):
    """The walks of the machine, asked after each step whether the ledger adds up."""

    @invariant()
    def adds_up(self) -> None:
        """Quoted, held and kept, per commission and currency."""
        assert ledger_faults() == []


@pytest.mark.django_db
def test_the_ledger_adds_up_whatever_happens(machine_shop: None) -> None:
    run_state_machine_as_test(
        AddingUp,
        settings=settings(
            max_examples=int(EXAMPLES or 3),
            stateful_step_count=12,
            deadline=None,
            derandomize=EXAMPLES is None,
            database=None,
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
            phases=(Phase.generate,),
        ),
    )


@pytest.mark.django_db
def test_a_ledger_without_one_of_its_movements_does_not_add_up(accepted: object) -> None:
    """The control: what the walks ask would notice."""
    from tests.contracts.rich import triggers_off

    assert ledger_faults() == []
    with triggers_off():
        LedgerEntry.objects.filter(kind="QUOTED").update(amount=7439)
    assert len(ledger_faults()) == 1
