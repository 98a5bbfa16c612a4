"""Which function gathers the facts of which paper."""

from __future__ import annotations

from collections.abc import Callable

from saleor_bespoke.flows.documents import bench, design, finished, offering, parcels, paying
from saleor_bespoke.flows.documents.drafts import Draft
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.papers.rules import Kind

#: Each is asked only for what `available.offers` names.
Gather = Callable[[BespokeProject, str], Draft]

GATHER: dict[Kind, Gather] = {
    Kind.BRIEF: offering.brief,
    Kind.QUOTE: offering.quote,
    Kind.CONTRACT: offering.contract,
    Kind.RECEIPT: paying.receipt,
    Kind.APPROVAL: design.approval,
    Kind.CAD_SHEET: design.cad_sheet,
    Kind.PRODUCTION_CARD: bench.production_card,
    Kind.QUALITY_SHEET: bench.quality_sheet,
    Kind.CERTIFICATE: finished.certificate,
    Kind.APPRAISAL: finished.appraisal,
    Kind.CARE_CARD: finished.care_card,
    Kind.PACKING_SLIP: parcels.packing_slip,
    Kind.CUSTOMS_INVOICE: parcels.customs_invoice,
}
