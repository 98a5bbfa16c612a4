"""Pictures on papers: from small previews alone, never from what somebody uploaded."""

from __future__ import annotations

import io

import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pypdfium2.raw import FPDF_PAGEOBJ_IMAGE

from saleor_bespoke.flows.documents.issuing import document_issue
from saleor_bespoke.flows.dossier.contents import entries
from saleor_bespoke.media.deriving.services import derivatives_make
from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.media.receiving import file_receive
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.media.store import private_storage
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.intake.services import reference_file_add
from saleor_bespoke.steps.papers.models import IssuedDocument
from tests.making import photo
from tests.papers.conftest import bytes_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def pictured(intake_project: BespokeProject, customer: Actor) -> BespokeProject:
    """A brief with a reference picture, of which nothing is derived yet."""
    with file_receive(
        actor=customer,
        project=intake_project,
        purpose=Purpose.REFERENCE,
        uploaded=SimpleUploadedFile("moss.png", photo()),
    ) as prepared:
        reference_file_add(
            actor=customer, project_pk=intake_project.pk, prepared=prepared, caption="Moss"
        )
    return intake_project


def brochure(project: BespokeProject, actor: Actor) -> IssuedDocument:
    return document_issue(actor=actor, project_pk=project.pk, kind="BRIEF")


def rasters(row: IssuedDocument) -> int:
    document = pypdfium2.PdfDocument(io.BytesIO(bytes_of(row)))
    return sum(1 for page in document for it in page.get_objects() if it.type == FPDF_PAGEOBJ_IMAGE)


def test_a_frame_stands_for_what_is_not_derived_yet(
    pictured: BespokeProject, customer: Actor
) -> None:
    first = brochure(pictured, customer)
    assert "Moss" in text_of(first)
    assert rasters(first) == 0
    assert brochure(pictured, customer).pk == first.pk

    assert derivatives_make(120)

    second = brochure(pictured, customer)
    assert (second.version, rasters(second)) == (2, 1)
    assert brochure(pictured, customer).pk == second.pk


def test_the_upload_itself_is_never_decoded(pictured: BespokeProject, customer: Actor) -> None:
    derivatives_make(120)
    file = BespokeFile.objects.get(project=pictured)
    with private_storage().open(file.storage_name, "wb") as stored:
        stored.write(b"nothing that anybody could decode")

    assert rasters(brochure(pictured, customer)) == 1
    page = entries(pictured, staff=False)[0].data.decode()
    assert page.count("data:image/webp;base64,") == 1
