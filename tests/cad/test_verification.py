"""The command that checks a receipt years later."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.cad.models import CadApproval
from tests.contracts.rich import triggers_off

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


def changed(project: BespokeProject, table: str, change: str, where: str = "true") -> None:
    """Change rows behind everybody's back."""
    with triggers_off(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE saleor_bespoke_{table} SET {change} WHERE {where}")
        assert cursor.rowcount


#: One letter of each part of what was approved, and what is said of it.
PARTS = {
    "specification": (
        ("cadrevision", "specification = jsonb_set(specification, '{alloy}', '\"gold_18k_rose\"')"),
        "The specification was changed.",
    ),
    "files of the revision": (
        ("bespokefile", "sha256 = 'f' || substr(sha256, 2)"),
        "The files differ.",
    ),
    "price of the offer": (
        ("quotealternative", "price = price + 0.01"),
        "The accepted offer was changed.",
    ),
    "line of the offer": (
        ("quoteline", "description = description || '.'"),
        "The accepted offer was changed.",
    ),
    "price that is owed": (
        ("payable", "amount = amount + 0.01"),
        "The price is not the accepted one.",
    ),
    "sum that was paid": (
        ("payable", "charged = charged + 0.01, locked_total = locked_total + 0.01"),
        "A receipt names other files, another price",
    ),
    "terms": (("quote", "terms_body = terms_body || ' '"), "The text of the terms was changed."),
    "hash of the terms": (("quote", "terms_hash = 'f' || substr(terms_hash, 2)"), "other terms"),
    "actor in the timeline": (
        ("timelineevent", "actor_ref = actor_ref || '1'", "kind = 'CadRevisionApproved'"),
        "another person",
    ),
    "actor in the receipt": (
        ("cadapproval", "receipt = jsonb_set(receipt, '{actor,ref}', '\"user:0\"')"),
        "The receipt was changed.",
    ),
    "price in the receipt": (
        ("cadapproval", "receipt = jsonb_set(receipt, '{paid,0,amount}', '\"1.00\"')"),
        "The receipt was changed.",
    ),
    "terms in the receipt": (
        ("cadapproval", "receipt = jsonb_set(receipt, '{terms,version}', '\"other\"')"),
        "The receipt was changed.",
    ),
}


@pytest.mark.parametrize("part", PARTS)
def test_one_changed_letter_is_detected(approved_project: BespokeProject, part: str) -> None:
    # given
    verified(approved_project.number)
    change, said = PARTS[part]
    # when
    changed(approved_project, *change)
    # then
    with pytest.raises(CommandError, match=said):
        verified(approved_project.number)


def test_one_changed_byte_of_each_file_is_detected(
    approved_project: BespokeProject, files_folder: Path
) -> None:
    views = CadApproval.objects.get(revision__project=approved_project).revision.views
    for view in views.select_related("file"):
        stored = files_folder / view.file.storage_name
        whole = stored.read_bytes()
        # when: one bit of the last byte
        stored.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        # then
        said = rf"^Revision 1: The stored file of the view {view.view} was changed or is gone\.$"
        with pytest.raises(CommandError, match=said):
            verified(approved_project.number)
        stored.write_bytes(whole)
    assert views.count() == 3
    verified(approved_project.number)


def test_a_lost_file_is_named(approved_project: BespokeProject, files_folder: Path) -> None:
    view = CadApproval.objects.get(revision__project=approved_project).revision.views.first()
    (files_folder / view.file.storage_name).unlink()
    with pytest.raises(CommandError, match=f"{view.view} was changed or is gone"):
        verified(approved_project.number)
