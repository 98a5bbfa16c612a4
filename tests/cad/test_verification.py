"""The command that checks a receipt years later."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.cad.models import CadApproval

pytestmark = pytest.mark.django_db


def verified(number: str) -> str:
    said = StringIO()
    call_command("bespoke_verify_approval", number, stdout=said)
    return said.getvalue()


def test_a_sound_receipt_is_shown(approved_project: BespokeProject) -> None:
    approval = CadApproval.objects.get(revision__project=approved_project)
    assert verified(approved_project.number) == (
        f"Revision 1: {approval.receipt_hash}, in force.\n"
    )


def test_a_changed_receipt_is_named(approved_project: BespokeProject) -> None:
    approval = CadApproval.objects.get(revision__project=approved_project)
    approval.receipt["at"] = "2020-01-01"
    approval.save()
    with pytest.raises(CommandError, match=r"^Revision 1: The receipt was changed\.$"):
        verified(approved_project.number)


def test_before_an_approval(paid_project: BespokeProject) -> None:
    assert verified(paid_project.number) == "Nothing was approved yet.\n"


def test_an_unknown_number() -> None:
    with pytest.raises(CommandError, match=r"There is no commission B-0\."):
        verified("B-0")
