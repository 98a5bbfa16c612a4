"""Every document of a real piece: all facts on paper, nothing outside it, the same bytes again."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal

import pypdfium2
import pypdfium2.raw as pdfium_c
import pytest

from saleor_bespoke.craft.reports import Laboratory
from saleor_bespoke.craft.stones import Origin, Stone, StoneKind, Treatment
from saleor_bespoke.documents.approving import CadSheet
from saleor_bespoke.documents.certifying import Appraisal
from saleor_bespoke.documents.contracts import Contract
from saleor_bespoke.documents.parts import House, Picture, Reader, SetStone
from saleor_bespoke.documents.quoting import Quote
from saleor_bespoke.documents.render import render
from saleor_bespoke.errors import BespokeError, ErrorCode
from tests.documents.reading import POINTS_PER_MM, Read, dense, printed_facts, read, structure
from tests.documents.samples import ENGLISH, GERMAN, HOUSE, MAKERS, drawing, sample
from tests.tooling.facts import ROOT

PAGES = {
    "brief": 2,
    "quote": 4,
    "contract": 3,
    "receipt": 1,
    "approval": 2,
    "cad_sheet": 1,
    "production_card": 2,
    "quality_sheet": 2,
    "certificate": 1,
    "appraisal": 2,
    "care_card": 1,
    "packing_slip": 1,
    "customs_invoice": 1,
}
OTHER_HOUSES = (
    House(name="Orla", paper="us-letter", languages=("de",)),
    House(
        name="The Worshipful Company of Goldsmiths and Jewellers of the Northern Quarter",
        address=tuple(f"Line {number} of a long address" for number in range(6)),
        imprint="Registered here and there. " * 6,
        logo=Picture(drawing("TOP", (300, 300)), ""),
        accent="#2f6f5e",
    ),
)
MARGIN = 12 * POINTS_PER_MM


def everything_on_paper(found: Read) -> None:
    for (width, height), boxes in zip(found.sizes, found.boxes, strict=True):
        for _, (left, bottom, right, top) in boxes:
            assert left >= MARGIN
            assert right <= width - MARGIN
            assert bottom >= MARGIN / 2
            assert top <= height - MARGIN / 2


@pytest.mark.parametrize("reader", [ENGLISH, GERMAN], ids=["en", "de"])
@pytest.mark.parametrize("kind", MAKERS)
def test_a_document_says_everything(kind: str, reader: Reader) -> None:
    document = sample(kind, reader)

    found = read(render(document))

    expected = [*printed_facts(document), document.number, HOUSE.name, *HOUSE.address]
    assert [text for text in expected if dense(text) not in found.dense] == []
    assert len(found.pages) == PAGES[kind]
    everything_on_paper(found)


@pytest.mark.parametrize("kind", MAKERS)
def test_a_document_can_be_kept_and_heard(kind: str) -> None:
    made = render(sample(kind, GERMAN))

    assert re.search(rb"<pdfaid:part>2</pdfaid:part>\s*<pdfaid:conformance>A<", made)
    assert b"<pdfuaid:part>1</pdfuaid:part>" in made
    document = pypdfium2.PdfDocument(made)
    assert document.is_tagged()
    details = document.get_metadata_dict()
    assert details["Title"].endswith(sample(kind).number)
    assert details["Author"] == HOUSE.name
    assert details["CreationDate"].startswith("D:20260309")


def test_a_screen_reader_finds_headings_header_rows_and_what_pictures_show() -> None:
    found = structure(render(sample("certificate")))

    kinds = [kind for kind, _ in found]
    assert kinds.count("H1") == 1
    assert {"H2", "Table", "THead", "TBody", "TR", "TD", "Link"} <= set(kinds)
    assert kinds.count("TH") == 7
    pictures = [alt for kind, alt in found if kind == "Figure"]
    assert pictures == [
        "Hollin & Vale",
        "The finished ring on linen",
        "QR code: https://hollinvale.example/verify/HVC-2026-0147-K7Q4",
    ]


def test_the_same_facts_are_the_same_bytes_in_another_process() -> None:
    kinds = ("certificate", "quote", "production_card")
    here = [hashlib.sha256(render(sample(kind, GERMAN))).hexdigest() for kind in kinds]

    program = (
        "import hashlib, sys\n"
        "from saleor_bespoke.documents.render import render\n"
        "from tests.documents.samples import GERMAN, sample\n"
        f"for kind in {kinds!r}:\n"
        "    print(hashlib.sha256(render(sample(kind, GERMAN))).hexdigest())\n"
        "assert 'django' not in sys.modules\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert told.stdout.split() == here
    assert len(set(here)) == len(kinds)


def test_hashes_can_be_copied_from_the_paper() -> None:
    for kind in ("quote", "contract", "approval", "certificate", "production_card"):
        document = sample(kind)
        wanted = [text for text in printed_facts(document) if re.fullmatch("[0-9a-f]{64}", text)]
        text = read(render(document)).text
        assert wanted
        assert [sha for sha in wanted if sha not in text] == []


def test_another_fact_is_another_document() -> None:
    first = sample("receipt")
    assert render(first) == render(sample("receipt"))
    assert render(first) != render(replace(first, number="HV-2026-0148/R1"))


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("house", OTHER_HOUSES, ids=["bare", "long"])
def test_any_house_fits_on_its_paper(house: House, kind: str) -> None:
    document = sample(kind, GERMAN, house)

    found = read(render(document))

    assert [text for text in printed_facts(document) if dense(text) not in found.dense] == []
    everything_on_paper(found)


def test_sixty_stones_run_over_pages_under_their_header() -> None:
    stones = tuple(
        SetStone(
            stone=Stone(
                StoneKind.SAPPHIRE,
                Origin.NATURAL,
                Decimal(index) / 100,
                treatments=(Treatment.HEATED,),
            ),
            name=f"Sapphire no. {index}",
            laboratory=Laboratory.GIA if index % 2 else None,
            report=f"62{index:08}" if index % 2 else "",
        )
        for index in range(1, 61)
    )
    document = sample("appraisal")
    assert isinstance(document, Appraisal)

    found = read(render(replace(document, stones=stones)))

    for it in stones:
        assert dense(it.name) in found.dense
        assert it.report in found.text
    assert found.text.count("No report") == 30
    with_stones = [page for page in found.pages if "Sapphire no." in page]
    assert len(with_stones) >= 3
    assert all("Treatment" in page for page in with_stones)
    everything_on_paper(found)


def test_a_hidden_breakdown_shows_what_is_in_the_price_but_no_sums() -> None:
    document = sample("quote")
    assert isinstance(document, Quote)

    found = read(render(replace(document, breakdown_visible=False)))

    for line in document.alternatives[0].lines:
        assert line.description in found.text
        assert f"{line.amount.value:,.2f}" not in found.text
    assert "$10,245.00" in found.text


def test_optional_parts_leave_no_empty_headings() -> None:
    document = sample("appraisal")
    assert isinstance(document, Appraisal)
    bare = replace(document, stones=(), photo=None, mark=None, description="", review_on=None)

    found = read(render(bare))

    assert "Hallmark" not in found.text
    assert "Stones" not in found.text


def test_an_unsigned_contract_says_so() -> None:
    document = sample("contract")
    assert isinstance(document, Contract)
    assert "Not signed yet." in read(render(replace(document, signatures=()))).text


def test_the_true_scale_sheet_is_true() -> None:
    document = sample("cad_sheet")
    assert isinstance(document, CadSheet)

    (boxes,) = read(render(document)).boxes

    def sides(kind: int) -> list[tuple[float, float]]:
        return [
            ((right - left) / POINTS_PER_MM, (top - bottom) / POINTS_PER_MM)
            for found, (left, bottom, right, top) in boxes
            if found == kind
        ]

    pictures = sides(pdfium_c.FPDF_PAGEOBJ_IMAGE)
    assert pictures == [
        pytest.approx((float(view.width_mm), float(view.height_mm)), abs=0.02)
        for view in document.views
    ]
    paths = sides(pdfium_c.FPDF_PAGEOBJ_PATH)
    assert any(side == pytest.approx((20, 1.4), abs=0.02) for side in paths)
    stroke = 0.25 / POINTS_PER_MM
    circle = (16.91 + 2 * stroke,) * 2
    assert any(side == pytest.approx(circle, abs=0.02) for side in paths)


def test_a_view_that_no_page_holds_is_refused() -> None:
    document = sample("cad_sheet")
    assert isinstance(document, CadSheet)
    wide = replace(document.views[0], width_mm=Decimal(161))

    with pytest.raises(BespokeError) as refused:
        render(replace(document, views=(wide,)))

    assert (refused.value.code, refused.value.field) == (ErrorCode.INVALID, "views")
