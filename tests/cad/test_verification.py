"""The command that checks a receipt years later."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from saleor_bespoke import clock
from saleor_bespoke.audit import audit
from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.cad.models import CadApproval, CadView
from saleor_bespoke.steps.cad.report_models import CadReport
from tests.contracts.rich import triggers_off
from tests.support import nothing_changes

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
    with triggers_off():
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


#: What the customer saw beside the files, changed by hand, and what is said of it.
SEEN = {
    "a remark that was answered later": (
        "INSERT INTO saleor_bespoke_cadpin (id, revision_id, view_id, x, y, remark, answer, "
        "answered_by, placed_at, answered_at) SELECT gen_random_uuid(), revision_id, id, 0.5, 0.5, "
        "'Thin?', 'Yes.', 'staff', now(), now() FROM saleor_bespoke_cadview LIMIT 1",
        "The remarks differ.",
    ),
    "a mesh that was measured later": (
        "UPDATE saleor_bespoke_cadreport SET kind = 'SHAPE', state = 'DONE', unit = 'mm', "
        "watertight = true, volume_mm3 = 200",
        "The measures differ.",
    ),
    "another licence": (
        "UPDATE saleor_bespoke_cadview SET licence_body = licence_body || '!'",
        "The licence of the files differs.",
    ),
}


@pytest.mark.parametrize("what", SEEN)
def test_what_was_seen_besides_is_compared(approved_project: BespokeProject, what: str) -> None:
    statement, said = SEEN[what]
    with triggers_off(), connection.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.rowcount
    with pytest.raises(CommandError, match=rf"^Revision 1: {said}$"):
        verified(approved_project.number)
    rules = {violation.rule for violation in audit(project=approved_project.number)}
    assert "a receipt names the remarks, measures and licences that its customer saw" in rules


def pin_slip_in(view: CadView) -> None:
    now = clock.now()
    said = {"remark": "Thin?", "answer": "Yes.", "answered_by": "staff"}
    view.revision.pins.create(view=view, x=0, y=0, placed_at=now, answered_at=now, **said)


#: Plain writes by which somebody would change what the customer saw.
WRITES: dict[str, Callable[[CadView], object]] = {
    "a pin": pin_slip_in,
    "a report": lambda view: CadReport.objects.filter(view=view).update(reason="Another"),
    "an approval": lambda view: CadApproval.objects.filter(revision=view.revision).delete(),
}


@pytest.mark.parametrize("write", WRITES)
def test_what_was_approved_stays_as_it_was_seen(
    approved_project: BespokeProject, write: str
) -> None:
    view = approved_project.revisions.get(status="APPROVED").views.first()
    assert view is not None
    with nothing_changes(), pytest.raises(IntegrityError), transaction.atomic():
        WRITES[write](view)
    verified(approved_project.number)


def test_an_approval_that_vanished_is_named(approved_project: BespokeProject) -> None:
    with triggers_off():
        CadApproval.objects.all().delete()
    with pytest.raises(CommandError, match="tells of an approval whose receipt is gone"):
        verified(approved_project.number)


def test_a_file_is_missed_though_its_row_says_erased(
    approved_project: BespokeProject, files_folder: Path
) -> None:
    """Only a customer who was erased as a whole takes the files of an approval along."""
    view = CadApproval.objects.get(revision__project=approved_project).revision.views.first()
    assert view is not None
    BespokeFile.objects.filter(pk=view.file_id).update(erased_at=clock.now())
    (files_folder / view.file.storage_name).unlink()
    with pytest.raises(CommandError, match=f"{view.view} was changed or is gone"):
        verified(approved_project.number)


def test_only_an_erasure_that_the_timeline_tells_of_excuses_it(
    approved_project: BespokeProject, files_folder: Path
) -> None:
    for view in approved_project.revisions.get(status="APPROVED").views.select_related("file"):
        (files_folder / view.file.storage_name).unlink()
    BespokeProject.objects.filter(pk=approved_project.pk).update(erased_at=clock.now())
    with pytest.raises(CommandError, match="marked as erased, and the timeline does not"):
        verified(approved_project.number)


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
