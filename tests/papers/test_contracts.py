"""The contract: signed as it was shown, once, and a changed byte is named."""

from __future__ import annotations

import re
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from saleor_bespoke import clock
from saleor_bespoke.conf.texts import RETURNS_NOTICE, Text
from saleor_bespoke.errors import ErrorCode
from saleor_bespoke.flows.acceptance import quote_accept
from saleor_bespoke.flows.documents.contracts import contract_sign
from saleor_bespoke.flows.documents.issuing import document_issue
from saleor_bespoke.flows.transfer_notice import bank_transfer_expect
from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.media.store import bytes_delete, private_storage
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.papers.models import ContractSignature, IssuedDocument
from saleor_bespoke.steps.papers.services import document_revoke
from tests.contracts.rich import triggers_off
from tests.fixtures import make_quoted
from tests.papers.conftest import bytes_of, text_of
from tests.paying import begin, fill_in
from tests.support import refuses

pytestmark = pytest.mark.django_db


@pytest.fixture
def accepted(provider: FakeStripe, customer: Actor, staff: Actor) -> Any:
    """An offer that was accepted and is not paid yet."""
    project = make_quoted(customer, staff)
    quote = project.quotes.get(status="SENT")
    return quote_accept(
        actor=customer,
        quote_pk=quote.pk,
        alternative_pk=quote.alternatives.get().pk,
        terms_version=quote.terms_version,
    )


#: What a shop might write into its policy later.
HARSH = Text("returns-2099-1", "Nothing is ever taken back.")


def contract(project: BespokeProject, actor: Actor) -> IssuedDocument:
    return document_issue(actor=actor, project_pk=project.pk, kind="CONTRACT")


def sign(project: BespokeProject, actor: Actor, sha256: str, *, confirmed: bool = True) -> Any:
    return contract_sign(
        actor=actor, project_pk=project.pk, document_sha256=sha256, confirmed=confirmed
    )


def verified(project: BespokeProject) -> str:
    said = StringIO()
    call_command("bespoke_verify_approval", project.number, stdout=said)
    return said.getvalue()


def test_a_contract_is_signed_as_it_was_shown(accepted: Any, customer: Actor) -> None:
    project = accepted.project
    shown = contract(project, customer)

    signature = sign(project, customer, shown.sha256)

    receipt = signature.receipt
    assert receipt["document"] == {"number": shown.number, "sha256": shown.sha256}
    assert receipt["quote"] == project.quotes.get().content_hash
    assert receipt["actor"] == {"kind": "CUSTOMER", "ref": customer.ref}
    signed = contract(project, customer)
    assert (signed.version, shown.version) == (2, 1)
    assert signature.receipt_hash in "".join(text_of(signed).split())
    assert signature.receipt_hash not in "".join(text_of(shown).split())
    assert verified(project) == f"Contract {shown.number}: {signature.receipt_hash}, signed.\n"


def test_what_is_signed_never_changes_again(accepted: Any, customer: Actor, policy: Any) -> None:
    project = accepted.project
    sign(project, customer, contract(project, customer).sha256)
    signed = contract(project, customer)
    policy(refund_ladder={"DESIGN": "0.50"}, house_name="Another name", returns_notice=HARSH)
    BespokeProject.objects.filter(pk=project.pk).update(contact_name="Another Person")
    assert contract(project, customer).pk == signed.pk


def test_the_signed_paper_says_what_was_agreed(accepted: Any, customer: Actor, policy: Any) -> None:
    project = accepted.project
    shown = contract(project, customer)
    sign(project, customer, shown.sha256)
    policy(refund_ladder={"DESIGN": "0.07"}, returns_notice=HARSH)

    signed = contract(project, customer)  # first set after the shop changed its mind

    agreed, said = (" ".join(text_of(it).split()) for it in (shown, signed))
    assert RETURNS_NOTICE.body[:60] in agreed
    assert RETURNS_NOTICE.body[:60] in said
    assert HARSH.body not in said
    assert re.findall(r"\d+ ?%", said) == re.findall(r"\d+ ?%", agreed)
    assert verified(project).endswith("signed.\n")


def test_nothing_is_signed_by_mistake(
    accepted: Any, customer: Actor, staff: Actor, policy: Any
) -> None:
    project = accepted.project
    with refuses(ErrorCode.DOCUMENT_OUTDATED, field="documentSha256"):
        sign(project, customer, "0" * 64)
    shown = contract(project, customer)
    with refuses(ErrorCode.CONFIRMATION_INCOMPLETE, field="confirmed"):
        sign(project, customer, shown.sha256, confirmed=False)
    with refuses(ErrorCode.DOCUMENT_OUTDATED, field="documentSha256"):
        sign(project, customer, shown.sha256[::-1])
    with refuses(ErrorCode.CUSTOMER_ONLY):
        sign(project, staff, shown.sha256)
    policy(refund_ladder={"DESIGN": "0.50"})
    with refuses(ErrorCode.DOCUMENT_OUTDATED, field="documentSha256"):
        sign(project, customer, shown.sha256)
    fresh = contract(project, customer)
    sign(project, customer, fresh.sha256)
    with refuses(ErrorCode.ALREADY_DONE):
        sign(project, customer, fresh.sha256)
    with refuses(ErrorCode.DOCUMENT_SIGNED, field="id"):
        document_revoke(actor=staff, document_pk=fresh.pk, reason="We thought better of it.")


def test_before_acceptance_there_is_no_contract(
    provider: FakeStripe, customer: Actor, staff: Actor
) -> None:
    project = make_quoted(customer, staff)
    with refuses(ErrorCode.DOCUMENT_NOT_READY, field="kind"):
        contract(project, customer)
    with refuses(ErrorCode.STAGE_FORBIDS):
        sign(project, customer, "0" * 64)


def test_a_channel_may_want_it_signed_before_it_is_paid(
    accepted: Any, customer: Actor, policy: Any
) -> None:
    policy(contract_required=True)
    project, checkout = accepted.project, accepted.attempt.checkout_id
    fill_in(checkout)
    _, refused, _ = begin(checkout)
    assert refused.type == "CHARGE_FAILURE"
    assert "Sign the contract" in refused.message
    with refuses(ErrorCode.CONTRACT_UNSIGNED):
        bank_transfer_expect(actor=customer, payable_pk=accepted.payable.pk)

    sign(project, customer, contract(project, customer).sha256)

    assert begin(checkout)[1].type == "CHARGE_ACTION_REQUIRED"


def flipped(data: bytes) -> bytes:
    return data[:-200] + bytes([data[-200] ^ 1]) + data[-199:]


#: What somebody may change behind everybody's back, and what is said of it.
CHANGES = {
    "receipt": ("UPDATE {}contractsignature SET receipt = receipt || '{{\"at\": \"x\"}}'",
                "The receipt was changed."),
    "digest": ("UPDATE {}issueddocument SET sha256 = repeat('0', 64)",
               "The receipt names another contract."),
    "offer": ("UPDATE {}quoteline SET amount = amount + 1", "The offer was changed."),
    "terms": ("UPDATE {}quote SET terms_body = terms_body || '.'", "The terms were changed."),
    "timeline": ("UPDATE {}timelineevent SET payload = '{{}}' WHERE kind = 'ContractSigned'",
                 "The timeline does not know this signature."),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_row_is_named(accepted: Any, customer: Actor, change: str) -> None:
    project = accepted.project
    sign(project, customer, contract(project, customer).sha256)
    statement, said = CHANGES[change]
    with triggers_off(), connection.cursor() as cursor:
        cursor.execute(statement.format("saleor_bespoke_"))
        assert cursor.rowcount
    with pytest.raises(CommandError) as faults:
        verified(project)
    assert said in str(faults.value)


def test_one_changed_byte_of_the_contract_is_named(accepted: Any, customer: Actor) -> None:
    project = accepted.project
    shown = contract(project, customer)
    sign(project, customer, shown.sha256)
    name, changed = shown.file.storage_name, flipped(bytes_of(shown))
    with private_storage().open(name, "wb") as stored:
        stored.write(changed)
    with pytest.raises(CommandError, match=r"The stored contract was changed or is gone\."):
        verified(project)


def test_a_signature_that_vanished_is_named(accepted: Any, customer: Actor) -> None:
    project = accepted.project
    sign(project, customer, contract(project, customer).sha256)
    with triggers_off():
        ContractSignature.objects.all().delete()
    with pytest.raises(CommandError, match="tells of a signature whose receipt is gone"):
        verified(project)


def test_a_contract_is_missed_though_its_row_says_erased(accepted: Any, customer: Actor) -> None:
    """Only a customer who was erased as a whole takes the contract along."""
    project = accepted.project
    shown = contract(project, customer)
    sign(project, customer, shown.sha256)
    BespokeFile.objects.filter(pk=shown.file_id).update(erased_at=clock.now())
    bytes_delete(shown.file.storage_name)
    with pytest.raises(CommandError, match=r"The stored contract was changed or is gone\."):
        verified(project)


def test_a_guest_signs_with_the_token(accepted: Any, customer: Actor) -> None:
    from saleor_bespoke.project.services import guest_token_rotate
    from tests.fixtures import guest_of

    project = accepted.project
    _, token = guest_token_rotate(actor=customer, project_pk=project.pk)
    guest = guest_of(token)
    sign(project, guest, contract(project, guest).sha256)
    signature = ContractSignature.objects.get()
    assert signature.receipt["actor"] == {"kind": "GUEST", "ref": f"guest:{project.pk}"}
