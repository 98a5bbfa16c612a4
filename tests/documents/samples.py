"""One document of every kind with realistic facts, for readers of two languages."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from PIL import Image, ImageDraw

from saleor_bespoke.craft.engraving import Engraving, EngravingPlace
from saleor_bespoke.craft.metals import AlloyCode, Finish
from saleor_bespoke.craft.money import Amount
from saleor_bespoke.craft.reports import Laboratory
from saleor_bespoke.craft.ring_sizes import RingSize, RingSizeSystem, SizeSource
from saleor_bespoke.craft.specification import OldJewellery, OwnStone, Specification
from saleor_bespoke.craft.stones import (
    Origin,
    Stone,
    StoneKind,
    StoneRole,
    StoneShape,
    Treatment,
)
from saleor_bespoke.craft.styles import PieceType, SettingType, StyleFeature
from saleor_bespoke.documents.approving import ApprovalReceipt, ApprovedFile, CadSheet, ScaledView
from saleor_bespoke.documents.briefing import BriefBrochure
from saleor_bespoke.documents.caring import CareCard, Service
from saleor_bespoke.documents.certifying import Appraisal, Certificate
from saleor_bespoke.documents.contracts import Contract
from saleor_bespoke.documents.making import Check, Lot, ProductionCard, QualitySheet, WorkStep
from saleor_bespoke.documents.parts import (
    Due,
    House,
    Mark,
    Person,
    Picture,
    Piece,
    Reader,
    Seal,
    SetStone,
    Signature,
    Weights,
)
from saleor_bespoke.documents.payments import Movement, Receipt
from saleor_bespoke.documents.press import Document
from saleor_bespoke.documents.quoting import Alternative, Line, Quote, Resize
from saleor_bespoke.documents.shipping import CustomsInvoice, Declared, Packed, PackingSlip

AT = datetime(2026, 3, 9, 14, 30, tzinfo=UTC)
HASHES = tuple(f"{start:x}" * 4 + "0f1e2d3c4b5a6978" * 3 + "c0ffee123456" for start in range(8))
LOGO = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 60">'
    b'<path d="M30 6 L52 24 L30 54 L8 24 Z M8 24 H52 M20 24 L30 54 L40 24 L30 6 Z" fill="none"'
    b' stroke="#8b6a3e" stroke-width="2.4"/>'
    b'<path d="M72 16 v28 M72 30 h18 M90 16 v28 M104 16 v28 h16 M134 16 l10 28 l10 -28"'
    b' fill="none" stroke="#1d242b" stroke-width="3"/></svg>'
)


def drawing(view: str, size: tuple[int, int] = (600, 450)) -> bytes:
    """A line drawing of a solitaire ring, edge to edge, as a PNG."""
    width, height = size
    image = Image.new("RGB", size, "#f7f5f1")
    pen = ImageDraw.Draw(image)
    middle = width // 2
    if view == "TOP":
        box = (0.1 * width, 0.42 * height, 0.9 * width, 0.58 * height)
        pen.rounded_rectangle(box, 30, outline="#444", width=4)
        pen.ellipse(
            (middle - 70, height / 2 - 70, middle + 70, height / 2 + 70), outline="#444", width=4
        )
    else:
        radius = 0.36 * height
        centre = (middle, 0.6 * height)
        for grown in (0, 16):
            pen.ellipse(
                (
                    centre[0] - radius - grown,
                    centre[1] - radius - grown,
                    centre[0] + radius + grown,
                    centre[1] + radius + grown,
                ),
                outline="#444",
                width=4,
            )
        top = centre[1] - radius - 16
        pen.polygon(
            [(middle - 60, top - 40), (middle + 60, top - 40), (middle, top + 10)],
            outline="#444",
            width=4,
        )
    made = io.BytesIO()
    image.save(made, "PNG")
    return made.getvalue()


def photograph(size: tuple[int, int] = (900, 675)) -> bytes:
    """A soft gradient with a bright ring, as a JPEG."""
    image = Image.radial_gradient("L").resize(size).convert("RGB")
    pen = ImageDraw.Draw(image)
    width, height = size
    for step in range(12):
        inset = 0.28 * height + step
        pen.ellipse(
            (width / 2 - inset, height / 2 - inset, width / 2 + inset, height / 2 + inset),
            outline=(200 - step * 6, 170 - step * 6, 110 - step * 5),
        )
    made = io.BytesIO()
    image.save(made, "JPEG", quality=88)
    return made.getvalue()


def usd(value: str) -> Amount:
    return Amount.parse(value, "USD")


HOUSE = House(
    name="Hollin & Vale",
    address=("14 Orchard Row", "New York, NY 10012", "United States"),
    email="atelier@hollinvale.example",
    telephone="+1 212 555 0148",
    website="hollinvale.example",
    imprint="Registered in New York no. 4471 · EIN 00-0000000",
    logo=Picture(LOGO, "Hollin & Vale"),
    languages=("en", "de"),
)
ENGLISH = Reader("en_US", "America/New_York")
GERMAN = Reader("de_DE", "Europe/Berlin")
CUSTOMER = Person(
    "Marlene Özdemir-Šimková",
    ("Lindenallee 7", "10785 Berlin", "Germany"),
    "marlene@example.com",
    "+49 30 5550 1234",
)
CENTRE = Stone(
    StoneKind.DIAMOND,
    Origin.NATURAL,
    Decimal("1.012"),
    "E",
    "VS1",
    StoneShape.ROUND,
    (Decimal("6.43"), Decimal("6.47"), Decimal("3.98")),
)
MELEE = Stone(
    StoneKind.DIAMOND,
    Origin.LABORATORY_GROWN,
    Decimal("0.0125"),
    "F",
    "VS",
    StoneShape.ROUND,
    role=StoneRole.MELEE,
    quantity=24,
)
EMERALD = Stone(
    StoneKind.EMERALD,
    Origin.NATURAL,
    Decimal("0.31"),
    shape=StoneShape.PEAR,
    treatments=(Treatment.OILED,),
    role=StoneRole.SIDE,
    quantity=2,
)
SPECIFICATION = Specification(
    piece_type=PieceType.RING,
    alloy=AlloyCode.GOLD_18K_YELLOW,
    finish=Finish.POLISHED,
    setting=SettingType.PRONG_6,
    stones=(CENTRE, MELEE),
    ring_size=RingSize(RingSizeSystem.US, "6.5"),
    size_source=SizeSource.MEASURED_BY_STUDIO,
    band_width_mm=Decimal("2.2"),
    engraving=Engraving("M ♥ J · 9.3.2026", EngravingPlace.INSIDE_BAND),
    features=(StyleFeature.CATHEDRAL, StyleFeature.PAVE),
    own_stones=(OwnStone("Two pear emeralds from my grandmother’s brooch", EMERALD),),
    old_jewellery=(OldJewellery("Worn wedding band", alloy=AlloyCode.GOLD_14K_YELLOW),),
    notes="Keep the head low: I wear gloves at work.\nThe emeralds sit beside the centre.",
)
PIECE = Piece("HV-2026-0147", "Meadow ring with heirloom emeralds", SPECIFICATION)
STONES = (
    SetStone(
        stone=CENTRE,
        name="Round brilliant",
        laboratory=Laboratory.GIA,
        report="2141438171",
        verified=True,
        provenance="Botswana, Kimberley Process",
        value=usd("8900.00"),
    ),
    SetStone(stone=MELEE, name="Pavé parcel F-VS", value=usd("410.00")),
    SetStone(stone=EMERALD, name="Heirloom pair", own=True, value=usd("1250.00")),
)
WEIGHTS = Weights(
    model=Decimal("4.812"),
    finished=Decimal("3.994"),
    casting=Decimal("6.496"),
    metal=Decimal("3.97"),
    total=Decimal("4.36"),
)
MARK = Mark("london", "HV", 750, "AO-2026-88123", date(2026, 4, 2))
STEPS = (
    Due("CAD", date(2026, 3, 12), date(2026, 3, 11)),
    Due("PRODUCTION", date(2026, 4, 1), date(2026, 3, 26)),
    Due("QUALITY", date(2026, 4, 6)),
    Due("SHIPPING", date(2026, 4, 13), date(2026, 4, 9)),
)
SIGNED = Signature(CUSTOMER.name, "CUSTOMER", AT, HASHES[3], "HV-2026-0147/A2")
VIEWS = tuple(Picture(drawing(view), f"{view.title()} view") for view in ("TOP", "SIDE", "FRONT"))
PHOTO = Picture(photograph(), "The finished ring on linen")
TERMS = (
    "1. The whole price is paid at once. Payment locks the materials, the price and a place in "
    "the workshop.\n\n2. Design work starts at payment. Before you approve the CAD you may cancel "
    "for the refund shown in this contract.\n\n3. The designs remain the workshop’s intellectual "
    "property. One copy in base metal, not for resale, may be kept in the archive.\n\n4. Rights in "
    "case of a fault always stay yours."
)


def brief(**common: Any) -> BriefBrochure:
    open_size = replace(SPECIFICATION, ring_size=None, size_source=None)
    return BriefBrochure(
        **common,
        piece=replace(PIECE, specification=open_size),
        customer=CUSTOMER,
        version=2,
        story="My grandmother wore two emeralds all her life.\nI would like to wear them too, in "
        "something that looks like the meadow behind her house.",
        budget=usd("9000.00"),
        stretch=usd("11500.00"),
        destination="DE",
        needed_on=date(2026, 6, 20),
        stylist="Ines Corrie",
        questions=("May the emeralds be re-polished if they carry scratches?",),
        references=(Picture(photograph(), "Moss and gold, from the mood board"), VIEWS[1]),
        steps=STEPS,
    )


def quote(**common: Any) -> Quote:
    lines = (
        Line(kind="MATERIAL", description="Round brilliant 1.01 ct", amount=usd("6900.00")),
        Line(kind="MATERIAL", description="18K yellow gold, 6.5 g", amount=usd("560.00")),
        Line(
            kind="MATERIAL",
            description="Pavé parcel",
            amount=usd("310.00"),
            note="Awaited from the supplier by March 20",
        ),
        Line(kind="LABOUR", description="CAD, casting, hand-setting", amount=usd("2400.00")),
        Line(kind="EXTRA", description="Hand engraving", amount=usd("180.00")),
        Line(kind="CREDIT", description="Old gold, 4.1 g of 14K", amount=usd("-190.00")),
    )
    first = Alternative(
        piece=PIECE,
        design="A low cathedral ring. The heirloom emeralds lean on the centre stone like two "
        "leaves; fine pavé runs down to the shoulders.",
        stones=STONES,
        lines=lines,
        price=usd("10160.00"),
        shipping=usd("85.00"),
        tax=usd("0.00"),
        total=usd("10245.00"),
        resize=Resize(outcome="FREE", us_sizes=Decimal(1), limit_mm=Decimal("2.55"), days=30),
        extra_days=2,
        extra_days_reason="pavé set by hand",
        pictures=VIEWS,
        accepted=True,
    )
    grown = replace(CENTRE, origin=Origin.LABORATORY_GROWN, colour=None, clarity=None)
    second = replace(
        first,
        piece=replace(PIECE, title="Meadow ring, laboratory-grown centre"),
        design="The same design around a laboratory-grown diamond.",
        stones=(
            SetStone(stone=grown, laboratory=Laboratory.IGI, report="LG612345678"),
            *STONES[1:],
        ),
        lines=lines[1:],
        price=usd("5020.00"),
        tax=usd("412.50"),
        total=usd("5517.50"),
        pictures=(),
        accepted=False,
        resize=Resize(outcome="IMPOSSIBLE", reasons=("full_eternity",)),
        extra_days=0,
    )
    return Quote(
        **common,
        customer=CUSTOMER,
        version=3,
        alternatives=(first, second),
        breakdown_visible=True,
        tax_included=False,
        duties="INCLUDED",
        destination="DE",
        valid_until=datetime(2026, 3, 17, 3, 59, tzinfo=UTC),
        tweak_allowance=2,
        terms_version="terms-2026-1",
        terms_sha256=HASHES[1],
        content_sha256=HASHES[2],
        note="Both alternatives keep the emeralds where you drew them.",
        stylist="Ines Corrie",
        steps=STEPS,
    )


def contract(**common: Any) -> Contract:
    return Contract(
        **common,
        piece=PIECE,
        customer=CUSTOMER,
        stones=STONES,
        design="A low cathedral ring with two heirloom emeralds.",
        price=usd("10160.00"),
        shipping=usd("85.00"),
        tax=usd("0.00"),
        total=usd("10245.00"),
        tax_included=False,
        duties="INCLUDED",
        destination="DE",
        steps=STEPS,
        refunds=(
            ("CHECKOUT", Decimal(1)),
            ("DESIGN", Decimal("0.90")),
            ("PRODUCTION", Decimal(0)),
        ),
        withdrawal="Directive 2011/83/EU, Article 16(c): goods made to the consumer’s "
        "specifications are excepted from the right of withdrawal.",
        terms_version="terms-2026-1",
        terms=TERMS,
        terms_sha256=HASHES[1],
        quote_number="HV-2026-0147/Q3",
        content_sha256=HASHES[2],
        signatures=(SIGNED, Signature("Ines Corrie", "SHOP", AT, HASHES[4])),
    )


def receipt(**common: Any) -> Receipt:
    return Receipt(
        **common,
        customer=CUSTOMER,
        project=PIECE.project,
        piece_title=PIECE.title,
        title="Quote HV-2026-0147/Q3, paid in full",
        order="10482",
        received=(
            Movement(AT, "CARD", "pi_3QkT7e2eZvKYlo2C", usd("8245.00")),
            Movement(AT, "BANK_TRANSFER", "HV0147 OZDEMIR", usd("2000.00")),
        ),
        returned=(Movement(AT, "SAME_WAY", "re_3QkT7e", usd("190.00")),),
        total=usd("10245.00"),
        tax=usd("640.31"),
        note="The refund is the saving of change order 1.",
    )


def approval(**common: Any) -> ApprovalReceipt:
    files = tuple(
        ApprovedFile(view, f"meadow-r2-{view.lower()}.png", HASHES[index])
        for index, view in enumerate(("TOP", "SIDE", "FRONT", "MESH"))
    )
    return ApprovalReceipt(
        **common,
        piece=PIECE,
        customer=CUSTOMER,
        revision=2,
        stones=STONES,
        specification_sha256=HASHES[5],
        files=files,
        pictures=VIEWS,
        confirmed=("pieceType", "alloy", "finish", "setting", "stones", "ringSize", "engraving"),
        paid=(usd("10245.00"), usd("150.00")),
        quote_sha256=HASHES[2],
        terms=Seal("terms-2026-1", HASHES[1]),
        notice=Seal("returns-2026-1", HASHES[6]),
        notice_body="A bespoke piece is made to your specification. Once you approve its CAD you "
        "cannot return or exchange it, except where it is faulty or not as agreed.",
        signature=SIGNED,
    )


def cad_sheet(**common: Any) -> CadSheet:
    sides = {"TOP": ("26.4", "19.8"), "SIDE": ("28", "21"), "FRONT": ("28", "21")}
    return CadSheet(
        **common,
        piece=PIECE,
        revision=2,
        views=tuple(
            ScaledView(view, picture, Decimal(width), Decimal(height))
            for (view, (width, height)), picture in zip(sides.items(), VIEWS, strict=True)
        ),
        dimensions=(("Height of the head", Decimal("5.8")), ("Band at the base", Decimal("1.9"))),
        note="The pavé ends 9 mm before the base so that the ring can be resized.",
    )


def production_card(**common: Any) -> ProductionCard:
    kinds = ("CASTING", "FORMING", "SETTING", "POLISHING", "REINFORCEMENT")
    work = tuple(WorkStep(kind) for kind in kinds)
    return ProductionCard(
        **common,
        piece=PIECE,
        revision=2,
        stones=STONES,
        lots=(
            Lot("DIA-RB-0101-E", "Round brilliant 1.01 ct", Decimal(1), "PIECE"),
            Lot("AU750Y", "18K yellow gold, recycled", Decimal("6.496"), "GRAM"),
        ),
        weights=WEIGHTS,
        tweaks=("Head 0.4 mm lower.", "Milgrain left out on the gallery."),
        deadlines=STEPS[1:],
        work=(WorkStep("CASTING", 2, "T. Aldous", date(2026, 3, 17)), *work[1:]),
        pictures=VIEWS,
        files=(Seal("meadow-r2.stl", HASHES[4]),),
        note="Emeralds: no ultrasound, no torch near them.",
        link="https://hollinvale.example/bench/HV-2026-0147",
    )


def quality_sheet(**common: Any) -> QualitySheet:
    return QualitySheet(
        **common,
        piece=PIECE,
        round=1,
        checks=(
            Check(
                code="size",
                passed=True,
                target=Decimal("53.15"),
                measured=Decimal("53.21"),
                tolerance=Decimal("0.30"),
            ),
            Check(
                code="weight",
                passed=True,
                target=Decimal("3.994"),
                measured=Decimal("3.970"),
                tolerance=Decimal("0.200"),
                unit="g",
            ),
            Check(code="final_polish", passed=True),
            Check(code="stones_tight", passed=False, note="Third mêlée on the left moves."),
            Check(code="engraving", passed=None),
        ),
        weights=WEIGHTS,
        passed=False,
        reason="One stone moves; back to setting.",
        note="Photographed under daylight lamp.",
        inspector="R. Menzel",
        closed_at=AT,
        pictures=(PHOTO,),
    )


def certificate(**common: Any) -> Certificate:
    return Certificate(
        **common,
        piece=PIECE,
        owner=CUSTOMER.name,
        finished_on=date(2026, 4, 4),
        photo=PHOTO,
        stones=STONES,
        weights=Weights(metal=Decimal("3.97"), total=Decimal("4.36")),
        mark=MARK,
        approval=Seal("A2", HASHES[3]),
        verification="https://hollinvale.example/verify/HVC-2026-0147-K7Q4",
        signed_by="Ines Corrie",
    )


def appraisal(**common: Any) -> Appraisal:
    return Appraisal(
        **common,
        piece=PIECE,
        owner=CUSTOMER,
        description="Lady’s ring, made by hand as a single commission.",
        photo=PHOTO,
        stones=STONES,
        weights=Weights(metal=Decimal("3.97"), total=Decimal("4.36")),
        mark=MARK,
        value=usd("13800.00"),
        valued_on=date(2026, 4, 5),
        review_on=date(2029, 4, 5),
        appraiser="Ines Corrie",
        qualification="FGA, DGA",
    )


def care_card(**common: Any) -> CareCard:
    return CareCard(
        **common,
        piece=PIECE,
        services=(
            Service("CLEANING", date(2026, 10, 9)),
            Service("PRONG_CHECK", date(2027, 4, 9)),
            Service("POLISH", date(2028, 4, 9), free=False),
        ),
        resize_until=date(2026, 5, 13),
        booking="https://hollinvale.example/care/HV-2026-0147",
    )


def packing_slip(**common: Any) -> PackingSlip:
    return PackingSlip(
        **common,
        receiver=CUSTOMER,
        project=PIECE.project,
        order="10482",
        contents=(
            Packed("Meadow ring with heirloom emeralds", 1, "In the jewellery box"),
            Packed("Certificate of authenticity"),
            Packed("Appraisal for insurance", 1, "Sealed envelope"),
            Packed("GIA report 2141438171"),
            Packed("Care card", 1),
        ),
        packing=("box", "ribbon", "bag"),
        carrier="FedEx",
        tracking="7946 0012 3345",
        packed_by="R. Menzel",
        note="A present: no prices in the parcel, please.",
    )


def customs_invoice(**common: Any) -> CustomsInvoice:
    return CustomsInvoice(
        **common,
        exporter=Person(HOUSE.name, HOUSE.address, HOUSE.email, HOUSE.telephone),
        exporter_ids=(("EIN", "00-0000000"),),
        consignee=CUSTOMER,
        consignee_ids=(("EORI", "DE123456789012345"),),
        lines=(
            Declared(
                description="Finger ring of 18K yellow gold set with diamonds and emeralds",
                hs_code="711319",
                origin="US",
                quantity=1,
                net_grams=Decimal("4.36"),
                unit_value=usd("10160.00"),
            ),
            Declared(
                description="Jewellery box",
                hs_code="420292",
                origin="IT",
                quantity=1,
                net_grams=Decimal(180),
                unit_value=usd("12.00"),
            ),
        ),
        freight=usd("85.00"),
        insurance=usd("41.00"),
        gross_grams=Decimal(620),
        incoterm="DDP",
        place="Berlin",
        reason="SALE",
        order="10482",
        carrier="FedEx",
        tracking="7946 0012 3345",
        declared_on=date(2026, 4, 9),
        declared_by="R. Menzel",
    )


MAKERS: dict[str, Callable[..., Document]] = {
    maker.__name__: maker
    for maker in (
        brief,
        quote,
        contract,
        receipt,
        approval,
        cad_sheet,
        production_card,
        quality_sheet,
        certificate,
        appraisal,
        care_card,
        packing_slip,
        customs_invoice,
    )
}


def sample(kind: str, reader: Reader = ENGLISH, house: House = HOUSE) -> Document:
    """The realistic document of this kind for a reader."""
    code = "".join(part[0] for part in kind.split("_")).upper()
    return MAKERS[kind](house=house, reader=reader, number=f"HV-2026-0147/{code}1", issued_at=AT)
