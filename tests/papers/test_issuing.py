"""Papers: who may have which when, the same bytes for the same state, and never a half one."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from saleor_bespoke import clock
from saleor_bespoke.audit import broken
from saleor_bespoke.documents import extra
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.flows.documents.available import offers, rows_of_project
from saleor_bespoke.flows.documents.issuing import document_issue
from saleor_bespoke.flows.dossier.assembling import dossier_assemble
from saleor_bespoke.flows.personal_data import personal_data_erase
from saleor_bespoke.graphql.base import global_id
from saleor_bespoke.media.deriving.services import derivatives_make
from saleor_bespoke.media.store import bytes_delete, stored_names
from saleor_bespoke.money.models import Payable
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project import deliveries
from saleor_bespoke.project.access import HANDLE_PAYMENTS, MANAGE_ORDERS, MANAGE_USERS, Actor
from saleor_bespoke.project.models import BespokeProject, TimelineEvent
from saleor_bespoke.steps.intake.services import message_send
from saleor_bespoke.steps.papers.models import IssuedDocument
from saleor_bespoke.steps.papers.rules import Kind
from saleor_bespoke.steps.papers.services import document_revoke
from saleor_bespoke.workshop.models import Material
from tests.callers import OWNERS, SHOP, STRANGERS, callers
from tests.contracts.rich import make_rich, triggers_off
from tests.fixtures import make_commission, make_project, make_staff
from tests.papers.conftest import Watched, bytes_of, text_of
from tests.project.copies import copies_make
from tests.support import nothing_changes, refuses

pytestmark = pytest.mark.django_db

#: What a delivered piece within the country has; the rest says why not.
DELIVERED = set(Kind) - {Kind.CAD_SHEET, Kind.CUSTOMS_INVOICE}
ISSUE = """mutation Op($project: ID!, $kind: BespokeDocumentKind!, $token: String) {
    bespokeDocumentIssue(project: $project, kind: $kind, token: $token) {
        document { id number sha256 url available } errors { field message code } } }"""
LIST = """query Op($id: ID, $token: String) { bespokeProject(id: $id, token: $token) {
    documents { kind subject title available reason number version issuedAt sha256 url
    verificationUrl revokedAt } contractSignature { signedAt } } }"""


def listed(project: BespokeProject, *, staff: bool) -> dict[Kind, str]:
    """Every kind with the reason why it is not there; empty where it is."""
    found = offers(project, rows_of_project(project), staff=staff)
    return {it.kind: it.reason for it in found}


def test_a_delivered_piece_has_its_papers(delivered_project: BespokeProject, staff: Actor) -> None:
    shown = listed(delivered_project, staff=True)
    assert {kind for kind, reason in shown.items() if not reason} == DELIVERED

    for kind in DELIVERED:
        row = document_issue(actor=staff, project_pk=delivered_project.pk, kind=kind)
        assert bytes_of(row).startswith(b"%PDF-")
        assert row.number in text_of(row)
        assert row.file.shared is not kind.internal


def test_before_the_offer_there_is_only_the_brief(customer: Actor) -> None:
    project, _ = make_commission(customer)
    shown = listed(project, staff=False)
    assert [kind for kind, reason in shown.items() if not reason] == [Kind.BRIEF]
    assert {Kind.PRODUCTION_CARD, Kind.QUALITY_SHEET}.isdisjoint(shown)
    for kind, reason in shown.items():
        if reason:
            with refuses(ErrorCode.DOCUMENT_NOT_READY, field="kind"):
                document_issue(actor=customer, project_pk=project.pk, kind=kind)


@pytest.mark.parametrize("kind", sorted(DELIVERED))
def test_the_same_state_is_the_same_paper(
    delivered_project: BespokeProject, staff: Actor, kind: Kind
) -> None:
    issued = document_issue(actor=staff, project_pk=delivered_project.pk, kind=kind)
    with nothing_changes():
        again = document_issue(actor=staff, project_pk=delivered_project.pk, kind=kind)

    assert again.pk == issued.pk
    told = TimelineEvent.objects.filter(payload__document=str(issued.pk))
    assert [event.shared for event in told] == [not kind.internal]


def test_the_same_facts_are_the_same_bytes_whenever_they_are_set(
    delivered_project: BespokeProject, staff: Actor, time_machine: Any
) -> None:
    made: list[dict[str, str]] = []
    for days in (0, 3):
        time_machine.move_to(clock.now() + timedelta(days=days))
        with transaction.atomic():
            rows = [
                document_issue(actor=staff, project_pk=delivered_project.pk, kind=kind)
                for kind in DELIVERED
            ]
            made.append({row.number: row.sha256 for row in rows})
            transaction.set_rollback(True)
    assert made[0] == made[1]
    assert len(made[0]) == len(DELIVERED)


def test_another_state_is_another_version_and_the_old_one_stays(
    delivered_project: BespokeProject, staff: Actor
) -> None:
    first = document_issue(actor=staff, project_pk=delivered_project.pk, kind="CERTIFICATE")
    before = bytes_of(first)
    delivered_project.checks.update(metal_grams=Decimal("5.250"))

    second = document_issue(actor=staff, project_pk=delivered_project.pk, kind="CERTIFICATE")

    assert (second.version, second.number) == (2, f"{first.number}.2")
    assert second.code != first.code
    assert "5.25" in text_of(second)
    assert bytes_of(first) == before
    third = document_issue(actor=staff, project_pk=delivered_project.pk, kind="CERTIFICATE")
    assert third.pk == second.pk


def test_a_new_look_makes_no_new_paper(
    delivered_project: BespokeProject, staff: Actor, policy: Any
) -> None:
    first = document_issue(actor=staff, project_pk=delivered_project.pk, kind="RECEIPT")
    policy(house_name="Orla & Daughters", house_accent="#2f6f5e")
    again = document_issue(actor=staff, project_pk=delivered_project.pk, kind="RECEIPT")
    assert again.pk == first.pk


def test_papers_speak_the_customers_language_and_the_house_its_own(
    delivered_project: BespokeProject, staff: Actor, policy: Any
) -> None:
    policy(house_name="Orla & Töchter", house_address=("Lindenallee 7", "10785 Berlin"))
    BespokeProject.objects.filter(pk=delivered_project.pk).update(language="de")
    receipt = document_issue(actor=staff, project_pk=delivered_project.pk, kind="RECEIPT")
    card = document_issue(actor=staff, project_pk=delivered_project.pk, kind="PRODUCTION_CARD")
    assert (receipt.language, card.language) == ("de", "en")
    assert "Orla & Töchter" in text_of(receipt)
    assert "Lindenallee 7" in text_of(receipt)
    assert "Vereinigte Staaten" in text_of(receipt)


def test_customers_never_get_what_is_the_workshops(
    delivered_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    for kind in (Kind.PRODUCTION_CARD, Kind.QUALITY_SHEET):
        document_issue(actor=staff, project_pk=delivered_project.pk, kind=kind)
        with refuses(ErrorCode.NOT_FOUND, field="kind"):
            document_issue(actor=customer, project_pk=delivered_project.pk, kind=kind)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_for_every_caller(
    delivered_project: BespokeProject, customer: Actor, staff: Actor, kind: Kind
) -> None:
    from tests.api import run

    people = callers(delivered_project, customer, staff)
    project = global_id("BespokeProject", delivered_project.pk)
    for who, actor in people.items():
        answer = run(ISSUE, actor, project=project, kind=kind.value, token=actor.token or None)
        assert not answer.errors, who
        said = answer.data["bespokeDocumentIssue"]
        codes = [error["code"] for error in said["errors"]]
        if who in (*STRANGERS, "staff elsewhere") or (kind.internal and who in OWNERS):
            assert codes == ["NOT_FOUND"], who
        elif kind not in DELIVERED:
            assert codes == ["DOCUMENT_NOT_READY"], who
        else:
            assert who in (*OWNERS, *SHOP)
            assert codes == [], who
            assert said["document"]["url"], who


def test_the_list_tells_what_there_is(
    delivered_project: BespokeProject, customer: Actor, staff: Actor, execute: Any
) -> None:
    document_issue(actor=staff, project_pk=delivered_project.pk, kind="QUALITY_SHEET")
    row = document_issue(actor=customer, project_pk=delivered_project.pk, kind="CERTIFICATE")
    pk = global_id("BespokeProject", delivered_project.pk)
    with CaptureQueriesContext(connection) as queries:
        seen = execute(LIST, customer, id=pk)["bespokeProject"]["documents"]
    assert len(queries) <= 16
    by_kind = {it["kind"]: it for it in seen}
    assert {"PRODUCTION_CARD", "QUALITY_SHEET"}.isdisjoint(by_kind)
    certificate = by_kind["CERTIFICATE"]
    assert (certificate["number"], certificate["sha256"]) == (row.number, row.sha256)
    assert certificate["verificationUrl"].endswith(f"/certificates/{row.code}")
    assert certificate["url"].startswith("http://testserver/plugins/saleor.bespoke/files/")
    assert by_kind["CUSTOMS_INVOICE"]["reason"] == "No parcel crosses a border."
    assert by_kind["QUOTE"]["url"] is None
    desk = execute(LIST, staff, id=pk)["bespokeProject"]["documents"]
    assert {it["kind"] for it in desk} == {kind.value for kind in Kind}


def test_a_paper_is_set_before_anything_is_locked(
    delivered_project: BespokeProject, staff: Actor, watched: Watched
) -> None:
    document_issue(actor=staff, project_pk=delivered_project.pk, kind="QUOTE")
    assert watched.locks_before == [0]


def test_what_changes_while_it_is_set_is_set_again(
    delivered_project: BespokeProject, staff: Actor, watched: Watched
) -> None:
    def meanwhile() -> None:
        delivered_project.checks.update(metal_grams=Decimal("6.125"))
        message_send(actor=staff, project_pk=delivered_project.pk, text="Weighed again.")

    watched.meanwhile = [meanwhile]
    stored = len(list(stored_names(older_than_seconds=-60)))

    row = document_issue(actor=staff, project_pk=delivered_project.pk, kind="CERTIFICATE")

    assert row.version == 1
    assert "6.125" in text_of(row)
    assert len(watched.locks_before) == 2
    assert len(list(stored_names(older_than_seconds=-60))) == stored + 1


def test_a_commission_that_does_not_keep_still_is_refused(
    delivered_project: BespokeProject, staff: Actor, watched: Watched
) -> None:
    def meanwhile(text: str) -> None:
        message_send(actor=staff, project_pk=delivered_project.pk, text=text)

    watched.meanwhile = [partial(meanwhile, f"Thing {number}.") for number in range(5)]
    stored = len(list(stored_names(older_than_seconds=-60)))
    with pytest.raises(BespokeError) as refusal:
        document_issue(actor=staff, project_pk=delivered_project.pk, kind="QUOTE")
    assert refusal.value.code == ErrorCode.DOCUMENT_CHANGED
    assert len(list(stored_names(older_than_seconds=-60))) == stored
    assert not IssuedDocument.objects.exists()


def test_a_lost_picture_is_said(delivered_project: BespokeProject, staff: Actor) -> None:
    derivatives_make()
    photo = delivered_project.evidence.get(kind="PHOTO").file
    for preview in photo.derivatives.all():
        bytes_delete(preview.storage_name)
    with refuses(ErrorCode.FILE_UNREADABLE):
        document_issue(actor=staff, project_pk=delivered_project.pk, kind="CERTIFICATE")


def test_without_the_extra_it_is_said(customer: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    project, _ = make_commission(customer)

    def missing(name: str) -> Any:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(extra, "import_module", missing)
    with refuses(ErrorCode.DOCUMENTS_UNAVAILABLE):
        document_issue(actor=customer, project_pk=project.pk, kind="BRIEF")


def test_a_shop_without_an_address_issues_no_certificate(
    delivered_project: BespokeProject, staff: Actor, settings: Any
) -> None:
    settings.BESPOKE = settings.BESPOKE | {"VERIFY_URL": ""}
    with refuses(ErrorCode.DOCUMENT_NOT_READY, field="kind"):
        document_issue(actor=staff, project_pk=delivered_project.pk, kind="CERTIFICATE")


def test_what_was_revoked_is_issued_anew_by_staff_alone(
    delivered_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    first = document_issue(actor=customer, project_pk=delivered_project.pk, kind="CERTIFICATE")
    document_revoke(actor=staff, document_pk=first.pk, reason="A stone was exchanged.")
    with refuses(ErrorCode.DOCUMENT_NOT_READY):
        document_issue(actor=customer, project_pk=delivered_project.pk, kind="CERTIFICATE")
    with refuses(ErrorCode.ALREADY_DONE, field="id"):
        document_revoke(actor=staff, document_pk=first.pk, reason="Again.")
    second = document_issue(actor=staff, project_pk=delivered_project.pk, kind="CERTIFICATE")
    assert second.version == 2


def test_a_parcel_abroad_has_its_invoice(
    delivered_project: BespokeProject, customer: Actor, policy: Any
) -> None:
    with triggers_off():
        delivered_project.shipments.update(incoterm="DDP", hs_code="711319", origin_country="US")
    policy(packing_grams=None)
    row = document_issue(actor=customer, project_pk=delivered_project.pk, kind="CUSTOMS_INVOICE")
    said = text_of(row)
    # 4.2 g of gold and a diamond of 1.01 ct
    for fact in ("711319", "DDP", "$7,440.00", "1 Fifth Avenue", "4.402 g"):
        assert fact in said
    assert "Gross weight" not in said
    policy(packing_grams="310")
    again = document_issue(actor=customer, project_pk=delivered_project.pk, kind="CUSTOMS_INVOICE")
    assert "314.402 g" in text_of(again)


def test_customs_are_told_no_weight_that_nobody_knows(
    delivered_project: BespokeProject, customer: Actor
) -> None:
    pk = delivered_project.pk
    with triggers_off():
        delivered_project.shipments.update(incoterm="DDP", hs_code="711319", origin_country="US")
        for stone in Material.objects.exclude(stone=None):
            stone.stone = {key: it for key, it in stone.stone.items() if key != "carat"}
            stone.save()
    with refuses(ErrorCode.DOCUMENT_NOT_READY, field="kind"):
        document_issue(actor=customer, project_pk=pk, kind="CUSTOMS_INVOICE")
    delivered_project.checks.update(metal_grams=None)
    reason = "The metal was not weighed in the last round of quality control."
    assert listed(delivered_project, staff=False)[Kind.CUSTOMS_INVOICE] == reason
    with refuses(ErrorCode.DOCUMENT_NOT_READY, field="kind"):
        document_issue(actor=customer, project_pk=pk, kind="CUSTOMS_INVOICE")
    dossier_assemble(actor=customer, project_pk=pk)


def extra_sum(project: BespokeProject, title: str, *, hours_ago: int, paid: bool) -> Payable:
    with triggers_off():
        return Payable.objects.create(
            project=project, kind="EXTRA", subject_pk=uuid4(), title=title, amount=Decimal(50),
            locked_total=Decimal(50), currency="USD", status="PAID" if paid else "OPEN",
            charged=Decimal(50) if paid else 0, paid_at=clock.now() if paid else None,
            created_at=clock.now() - timedelta(hours=hours_ago), order_id=title, order_number=title,
        )  # fmt: skip


def test_no_two_receipts_share_a_number_and_none_ever_moves(
    delivered_project: BespokeProject, staff: Actor
) -> None:
    def receipt(row: Payable) -> IssuedDocument:
        return document_issue(
            actor=staff, project_pk=delivered_project.pk, kind="RECEIPT", subject=str(row.pk)
        )

    slow = extra_sum(delivered_project, "Engraving", hours_ago=2, paid=False)
    fast = extra_sum(delivered_project, "Polish", hours_ago=1, paid=True)
    first = receipt(fast)
    with triggers_off():
        paid_at = clock.now() - timedelta(days=1)  # the host told of it late
        Payable.objects.filter(pk=slow.pk).update(
            status="PAID", charged=Decimal(50), paid_at=paid_at
        )

    second = receipt(slow)

    assert first.number != second.number
    Payable.objects.filter(pk=fast.pk).update(title="Polish and shine")
    again = receipt(fast)
    assert (again.version, again.number) == (2, f"{first.number}.2")


def test_whoever_was_forgotten_gets_no_papers(delivered_project: BespokeProject) -> None:
    keeper = make_staff(
        "keeper@example.com", permissions=(MANAGE_ORDERS, HANDLE_PAYMENTS, MANAGE_USERS)
    )
    pk = delivered_project.pk
    document_issue(actor=keeper, project_pk=pk, kind="RECEIPT")
    deliveries.drain()
    delivered_project.attentions.update(resolved_at=clock.now())
    personal_data_erase(actor=keeper, project_pk=pk)
    delivered_project.refresh_from_db()

    shown = listed(delivered_project, staff=True)
    assert shown[Kind.RECEIPT] == shown[Kind.QUOTE] == "The customer's personal data were erased."
    for kind in Kind:
        with refuses(ErrorCode.PERSONAL_DATA_ERASED):
            document_issue(actor=keeper, project_pk=pk, kind=kind)
    with refuses(ErrorCode.PERSONAL_DATA_ERASED):
        dossier_assemble(actor=keeper, project_pk=pk)
    assert broken() == {}


def test_without_a_brief_there_is_no_brochure_and_still_a_dossier(
    customer: Actor, staff: Actor
) -> None:
    project = make_project(customer)[0]
    assert listed(project, staff=True)[Kind.BRIEF] == "No brief was handed in yet."
    with refuses(ErrorCode.DOCUMENT_NOT_READY, field="kind"):
        document_issue(actor=staff, project_pk=project.pk, kind="BRIEF")
    dossier_assemble(actor=staff, project_pk=project.pk)
    assert not project.papers.exists()


def test_another_commission_has_papers_of_its_own(
    delivered_project: BespokeProject, staff: Actor
) -> None:
    other, _ = make_project()
    row = document_issue(actor=staff, project_pk=delivered_project.pk, kind="BRIEF")
    assert not other.papers.exists()
    assert row.number.startswith(delivered_project.number)


def test_a_page_of_commissions_costs_the_same_however_long(
    provider: FakeStripe, customer: Actor, staff: Actor, execute: Any
) -> None:
    full = make_rich(provider, customer, staff).project
    page = """query Op($first: Int!) { bespokeProjects(first: $first) { edges { node {
        documents { kind available reason number url verificationUrl }
        contractSignature { receiptHash } } } } }"""
    costs = set()
    for wanted in (1, 12):
        copies_make(full, wanted - BespokeProject.objects.count())
        with CaptureQueriesContext(connection) as queries:
            edges = execute(page, staff, first=wanted)["bespokeProjects"]["edges"]
        assert len(edges) == wanted
        for edge in edges:
            papers = edge["node"]["documents"]
            assert {it["kind"] for it in papers} == {kind.value for kind in Kind}
            assert {it["kind"] for it in papers if it["url"]} == {"QUOTE", "CONTRACT"}
            assert edge["node"]["contractSignature"]["receiptHash"]
        costs.add(len(queries))
    assert len(costs) == 1
