"""Two ask for the same paper, or sign the same contract, at the same moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.flows.acceptance import quote_accept
from saleor_bespoke.flows.documents.contracts import contract_sign
from saleor_bespoke.flows.documents.issuing import document_issue
from saleor_bespoke.flows.dossier.assembling import dossier_assemble
from saleor_bespoke.media.store import stored_names
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project.journal import chain_breaks
from saleor_bespoke.steps.papers.models import ContractSignature, IssuedDocument
from tests.fixtures import make_customer, make_quoted, make_staff
from tests.support import race

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def turn_taken(project_pk: UUID) -> Iterator[None]:
    """As while another session assembles this commission's dossier."""
    turn = [f"dossier:{project_pk}"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", turn)
        yield
        cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", turn)


def test_the_same_paper_is_kept_once_and_the_same_contract_signed_once(
    provider: FakeStripe,
) -> None:
    owner, staff = make_customer(), make_staff()
    project = make_quoted(owner, staff)
    quote = project.quotes.get(status="SENT")
    quote_accept(
        actor=owner,
        quote_pk=quote.pk,
        alternative_pk=quote.alternatives.get().pk,
        terms_version=quote.terms_version,
    )

    def issue() -> Any:
        return document_issue(actor=owner, project_pk=project.pk, kind="CONTRACT")

    rows = race(issue, issue, issue)

    assert {row.pk for row in rows} == {IssuedDocument.objects.get().pk}
    live = {row.file.storage_name for row in rows}
    assert set(stored_names(older_than_seconds=-60)) == live

    def sign() -> Any:
        return contract_sign(
            actor=owner, project_pk=project.pk, document_sha256=rows[0].sha256, confirmed=True
        )

    done = race(sign, sign)

    assert [type(it) for it in done].count(ContractSignature) == 1
    (refused,) = [it for it in done if isinstance(it, BespokeError)]
    assert refused.code == ErrorCode.ALREADY_DONE
    project.refresh_from_db()
    assert chain_breaks(project) == []


def test_one_dossier_of_a_commission_is_assembled_at_a_time(provider: FakeStripe) -> None:
    owner, staff = make_customer(), make_staff()
    project = make_quoted(owner, staff)

    def assemble() -> Any:
        return dossier_assemble(actor=owner, project_pk=project.pk)

    with turn_taken(project.pk):
        (refused,) = race(assemble)
    assert isinstance(refused, BespokeError)
    assert refused.code == ErrorCode.DOSSIER_BUSY
    assert not IssuedDocument.objects.exists()

    (done,) = race(assemble)
    assert done == project
    assert IssuedDocument.objects.count() == 2
