"""The public page of a certificate: for whoever holds the code, and about the piece alone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from saleor_bespoke.flows.documents.issuing import document_issue, verification_url
from saleor_bespoke.flows.dossier.contents import entries
from saleor_bespoke.media.services import file_erase
from saleor_bespoke.media.store import private_storage
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.papers.models import IssuedDocument
from saleor_bespoke.steps.papers.services import document_revoke
from saleor_bespoke.web.certificates import CODE
from tests.contracts.rich import triggers_off
from tests.papers.conftest import bytes_of, text_of

pytestmark = pytest.mark.django_db

PAGE = "/plugins/saleor.bespoke/certificates/"


@pytest.fixture
def certificate(delivered_project: BespokeProject, staff: Actor) -> IssuedDocument:
    """A certificate of a piece whose title and engraving name its owner."""
    with triggers_off():
        BespokeProject.objects.update(title="Ada's ring", contact_name="Ada Personal")
        for alternative in delivered_project.quotes.get().alternatives.all():
            engraved = {"text": "Ada and Ben", "place": "inside_band"}
            alternative.specification |= {"engraving": engraved}
            alternative.save()
    return document_issue(actor=staff, project_pk=delivered_project.pk, kind="CERTIFICATE")


def page(code: str, **headers: str) -> Any:
    return Client().get(f"{PAGE}{code}", headers=headers)


def said(answer: HttpResponse) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def test_whoever_holds_the_code_learns_that_it_is_genuine(certificate: IssuedDocument) -> None:
    assert certificate.code is not None
    assert CODE.fullmatch(certificate.code)
    assert verification_url(certificate.code) in "".join(text_of(certificate).split())

    html = said(page(certificate.code))

    for fact in (
        "This certificate is genuine",
        certificate.number,
        certificate.sha256,
        "18K yellow gold",
        "Natural diamond",
        "1.01",
    ):
        assert fact in html


def test_nothing_on_it_tells_of_the_person(
    certificate: IssuedDocument, delivered_project: BespokeProject
) -> None:
    paper = text_of(certificate)
    assert "Ada Personal" in paper
    assert "Ada and Ben" in paper

    html = said(page(str(certificate.code)))

    delivered_project.refresh_from_db()
    for word in ("Ada", "Personal", "customer@example.com", "Fifth Avenue", "$", "Order"):
        assert word not in html
    assert str(delivered_project.pk) not in html


def test_the_page_runs_nothing_and_is_kept_by_nobody(certificate: IssuedDocument) -> None:
    answer = page(str(certificate.code))
    policy = answer["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    for rule in ("base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"):
        assert rule in policy
    assert "unsafe" not in policy
    assert "<script" not in answer.content.decode().lower()
    assert answer["Cache-Control"] == "no-store"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert "noindex" in answer["X-Robots-Tag"]


def test_absent_and_malformed_codes_are_answered_alike(certificate: IssuedDocument) -> None:
    code = str(certificate.code)
    other = ("a" if code[0] != "a" else "b") + code[1:]
    answers = [page(it) for it in (other, code[:-1], code.upper(), "x" * 300, "%00")]
    assert {it.status_code for it in answers} == {404}
    assert len({it.content for it in answers}) == 1
    with CaptureQueriesContext(connection) as queries:
        page("not-a-code")
    assert len(queries) == 0


def test_a_look_costs_two_statements(certificate: IssuedDocument) -> None:
    with CaptureQueriesContext(connection) as queries:
        said(page(str(certificate.code)))
    assert len(queries) <= 2


def test_a_code_cannot_be_computed_without_the_shops_key(
    delivered_project: BespokeProject, certificate: IssuedDocument, staff: Actor, settings: Any
) -> None:
    settings.SECRET_KEY = "another"
    delivered_project.checks.update(metal_grams=Decimal("5.1"))
    second = document_issue(actor=staff, project_pk=delivered_project.pk, kind="CERTIFICATE")
    assert second.code != certificate.code
    said(page(str(second.code)))
    said(page(str(certificate.code)))


def test_a_replaced_one_says_so(
    delivered_project: BespokeProject, certificate: IssuedDocument, staff: Actor
) -> None:
    delivered_project.checks.update(metal_grams=Decimal("5.1"))
    second = document_issue(actor=staff, project_pk=delivered_project.pk, kind="CERTIFICATE")
    assert "This certificate was replaced" in said(page(str(certificate.code)))
    assert "This certificate is genuine" in said(page(str(second.code)))


def test_what_was_replaced_stays_so_when_its_successor_is_revoked(
    delivered_project: BespokeProject, certificate: IssuedDocument, staff: Actor
) -> None:
    delivered_project.checks.update(metal_grams=Decimal("5.1"))
    second = document_issue(actor=staff, project_pk=delivered_project.pk, kind="CERTIFICATE")
    document_revoke(actor=staff, document_pk=second.pk, reason="The stone was exchanged.")

    assert "This certificate was replaced" in said(page(str(certificate.code)))
    names = [entry.path for entry in entries(delivered_project, staff=True)]
    assert not [name for name in names if "certificate" in name]


def test_a_revoked_one_says_so(certificate: IssuedDocument, staff: Actor) -> None:
    document_revoke(actor=staff, document_pk=certificate.pk, reason="Ada asked for another.")
    html = said(page(str(certificate.code)))
    assert "This certificate was revoked" in html
    assert "is genuine" not in html
    assert "Ada" not in html


def test_a_changed_one_is_not_confirmed(certificate: IssuedDocument) -> None:
    data = bytes_of(certificate)
    with private_storage().open(certificate.file.storage_name, "wb") as stored:
        stored.write(data[:-1] + b"!")
    assert "cannot be confirmed" in said(page(str(certificate.code)))


def test_it_stays_genuine_when_its_owner_was_forgotten(certificate: IssuedDocument) -> None:
    file_erase(file=certificate.file)
    assert "This certificate is genuine" in said(page(str(certificate.code)))


def test_other_papers_have_no_page(delivered_project: BespokeProject, staff: Actor) -> None:
    row = document_issue(actor=staff, project_pk=delivered_project.pk, kind="RECEIPT")
    assert row.code is None


def test_nothing_is_posted_to_it(certificate: IssuedDocument) -> None:
    assert Client().post(f"{PAGE}{certificate.code}").status_code == 405
