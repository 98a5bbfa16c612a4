"""One commission with a row of every kind: the way to quality control by the services, the rest
written with the database's triggers off, because no real commission has all of it at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from PIL import Image

from saleor_bespoke import clock
from saleor_bespoke.graphql.base import global_id
from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject, Webhook
from saleor_bespoke.project.services import guest_token_rotate
from saleor_bespoke.steps.cad.report_models import CadReport
from saleor_bespoke.workshop.models import Material
from tests import making
from tests.contracts.operations import SUBJECTS
from tests.fixtures import guest_of, make_metal, make_stone
from tests.paying import make_paid

#: The API's type of each row, by the name that `operations.SUBJECTS` gives it.
KINDS = {
    "alternative": "BespokeQuoteAlternative",
    "attention": "BespokeAttention",
    "brief": "BespokeBrief",
    "care": "BespokeCareBooking",
    "certificate": "BespokeCertificate",
    "change_order": "BespokeChangeOrder",
    "check": "BespokeQualityCheck",
    "claim": "BespokeClaim",
    "document": "BespokeDocument",
    "draft": "BespokeQuote",
    "free_material": "BespokeMaterial",
    "holding": "BespokeHolding",
    "material": "BespokeMaterial",
    "own_material": "BespokeOwnMaterial",
    "payable": "BespokePayable",
    "picture": "BespokeFile",
    "pin": "BespokeCadPin",
    "project": "BespokeProject",
    "promise": "BespokePromise",
    "question": "BespokeQuestion",
    "quote": "BespokeQuote",
    "reference": "BespokeReferenceFile",
    "resize": "BespokeResize",
    "revision": "BespokeCadRevision",
    "shipment": "BespokeShipment",
    "step": "BespokeProductionStep",
    "stylist": "User",
    "view": "BespokeCadView",
    "warning": "BespokeFeasibilityWarning",
    "webhook": "BespokeWebhook",
}


@dataclass
class Rich:
    """The commission, who it belongs to, its tokens (the second was renewed away), its rows."""

    project: BespokeProject
    owner: Actor
    token: str
    rotated: str
    rows: dict[str, Any] = field(default_factory=dict)

    def find(self, path: str) -> str:
        """The global id of the row that an argument of this path names."""
        name = SUBJECTS[path]
        return global_id(KINDS[name], self.rows[name])


@contextmanager
def triggers_off() -> Iterator[None]:
    """Write what the database's triggers would refuse; the running transaction only."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield
        cursor.execute("SET LOCAL session_replication_role = origin")


#: What the offer, its sum and the check are in a stage, where they are not as at the end.
OFFER = {"INTAKE": "EXPIRED", "QUOTED": "SENT"}
SUM = {"INTAKE": "EXPIRED", "QUOTED": "CANCELLED", "CHECKOUT": "OPEN"}
CHECK = {"QUALITY": "OPEN", "SHIPPING": "PASSED", "AFTERCARE": "PASSED", "CLOSED": "PASSED"}


def stage_set(project: BespokeProject, stage: str) -> None:
    """Put the commission into a stage, whatever led there, with offer, sum, change and check as
    they are in it; the sum of an offer that was not accepted belongs to another one."""
    with triggers_off():
        BespokeProject.objects.filter(pk=project.pk).update(stage=stage)
        quote = project.quotes.exclude(status="DRAFT").first()
        if quote is None:
            return
        at, which = (None, None) if stage in OFFER else (clock.now(), quote.alternatives.first())
        project.quotes.filter(pk=quote.pk).update(
            status=OFFER.get(stage, "ACCEPTED"), accepted_at=at, accepted_alternative=which
        )
        _sum_set(project, quote.pk, SUM.get(stage, "PAID"), accepted=stage not in OFFER)
        project.change_orders.update(status="PROPOSED" if stage == "DESIGN" else "DECLINED")
        project.checks.update(status=CHECK.get(stage, "FAILED"))


def _sum_set(project: BespokeProject, quote_pk: UUID, status: str, *, accepted: bool) -> None:
    unpaid = {"charged": 0, "refund_committed": 0, "locked_total": None, "order_id": None}
    subject = quote_pk if accepted else uuid4()
    project.payables.filter(kind="QUOTE").update(
        status=status, subject_pk=subject, **({} if status == "PAID" else unpaid)
    )


def picture() -> bytes:
    """A small picture, quickly decoded."""
    stream = BytesIO()
    Image.new("RGB", (8, 8), (200, 160, 90)).save(stream, "PNG")
    return stream.getvalue()


def uploads() -> dict[str, Any]:
    """What a request uploads."""
    return {"0": SimpleUploadedFile("photo.png", picture(), "image/png")}


def make_rich(provider: FakeStripe, owner: Actor, staff: Actor) -> Rich:
    """A commission at stage QUALITY with everything else beside it."""
    project = make_paid(provider, owner, staff)
    making.approve(project, owner, staff)
    making.begin_making(project, staff)
    making.finish_making(project, staff)
    certificate = making.record_report(project, staff, number=f"2{project.number[2:]:0>9}")
    _, old = guest_token_rotate(actor=owner, project_pk=project.pk)
    _, token = guest_token_rotate(actor=guest_of(old), project_pk=project.pk)
    project.refresh_from_db()
    rich = Rich(project, owner, token, old)
    quote = project.quotes.get(status="ACCEPTED")
    rich.rows = {
        "project": project.pk,
        "brief": project.briefs.get().pk,
        "quote": quote.pk,
        "alternative": quote.accepted_alternative_id,
        "step": project.work_steps.latest("position").pk,
        "holding": project.holdings.get(material__unique=True).pk,
        "material": making.stone_of(project).pk,
        "check": project.checks.get().pk,
        "certificate": certificate.pk,
        "promise": project.promises.get(ended_at=None).pk,
        "stylist": staff.user_pk,
        "free_material": make_metal(staff, f"F-{project.number}").pk,
    }
    quote_pk = quote.pk
    with triggers_off():
        Material.objects.filter(pk=rich.rows["material"]).update(supplier="A house nobody names")
        _intake(rich)
        _offer(rich, quote)
        _design(rich)
        _around(rich)
        _aftercare(rich)
        _papers(rich, quote_pk)
    rich.project.refresh_from_db()
    return rich


def _file(rich: Rich, *, shared: bool, purpose: Purpose = Purpose.REFERENCE) -> BespokeFile:
    return BespokeFile.objects.create(
        project=rich.project,
        purpose=purpose.value,
        kind="PNG",
        name="picture.png",
        size=len(picture()),
        sha256="0" * 64,
        storage_name=f"nowhere/{uuid4()}",
        shared=shared,
        uploaded_by="somebody",
        created_at=clock.now(),
    )


def _intake(rich: Rich) -> None:
    project, now = rich.project, clock.now()
    brief = project.briefs.get()
    rich.rows["question"] = project.questions.create(
        question="Which finger?", asked_at=now, asked_by="staff"
    ).pk
    rich.rows["warning"] = brief.warnings.create(
        code="a_test", severity="IMPOSSIBLE", message="A secret of the workshop"
    ).pk
    project.brought_materials.create(
        kind="OWN_STONE", description="A ruby", declared={}, status="DECLARED"
    )
    rich.rows["own_material"] = project.brought_materials.create(
        kind="OLD_JEWELLERY", description="A worn band", declared={}, status="RECEIVED"
    ).pk
    project.messages.create(text="Seen by both", author_kind="CUSTOMER", shared=True, at=now)
    note = project.messages.create(
        text="A note among staff", author_kind="STAFF", shared=False, at=now
    )
    note.files.set([_file(rich, shared=False)])
    rich.rows["picture"] = _file(rich, shared=True).pk
    rich.rows["reference"] = project.references.create(file=_file(rich, shared=True), position=1).pk


def _offer(rich: Rich, quote: Any) -> None:
    alternative = quote.accepted_alternative
    lines = list(alternative.lines.all())
    quote.pk, quote.version, quote.status = uuid4(), quote.version + 1, "DRAFT"
    quote.accepted_at = quote.accepted_alternative = None
    quote.note = "A draft nobody shows"
    quote.save(force_insert=True)
    alternative.pk, alternative.quote = uuid4(), quote
    alternative.save(force_insert=True)
    for line in lines:
        line.pk, line.alternative = uuid4(), alternative
        line.save(force_insert=True)
    rich.rows["draft"] = quote.pk


def _design(rich: Rich) -> None:
    project, now = rich.project, clock.now()
    approved = project.revisions.get(status="APPROVED")
    number, revisions = approved.number, {}
    for status in ("SUPERSEDED", "PUBLISHED"):
        number += 1
        revisions[status] = project.revisions.create(
            number=number,
            status=status,
            specification=approved.specification,
            specification_hash=approved.specification_hash,
            drafted_at=now,
            published_at=now,
        )
    revision = revisions["PUBLISHED"]
    view = revision.views.create(
        view="TOP",
        file=_file(rich, shared=True, purpose=Purpose.CAD),
        licence_version="design-licence-test",
        licence_body="Look at it, and have it made by us alone.",
    )
    pin = revision.pins.create(
        view=view, x=Decimal("0.5"), y=Decimal("0.5"), remark="Thinner here", placed_at=now
    )
    _examined(project, revision, view)
    change = project.change_orders.create(
        number=1,
        status="DECLINED",
        reason="Platinum instead",
        changes=[],
        specification=approved.specification,
        specification_hash=approved.specification_hash,
        price_difference=Decimal(300),
        currency=project.currency,
        valid_until=now + timedelta(days=7),
        proposed_at=now,
    )
    rich.rows |= {
        "revision": revision.pk,
        "view": view.pk,
        "pin": pin.pk,
        "change_order": change.pk,
    }


def _examined(project: BespokeProject, revision: Any, view: Any) -> None:
    """What was found of a view, answered for and allowed."""
    now = clock.now()
    CadReport.objects.create(
        view=view,
        kind="SHAPE",
        state="DONE",
        due_at=now,
        done_at=now,
        unit="mm",
        confirmed_unit="mm",
        watertight=True,
        volume_mm3=Decimal("250.5"),
        inner_diameter_mm=Decimal("16.5"),
        wall_mm=Decimal("0.9"),
        facts={
            "guess": {"unit": "mm", "sure": True, "fitting": ["mm"], "reason": "It fits."},
            "measured": {"part_count": 1, "triangles": 12, "size": [20.0, 6.0, 24.0]},
            "box": [[0, 0, 0], [20, 6, 24]],
            "walls": {"place": [1, 2, 3], "normal": [0, 0, 1]},
        },
    )
    project.marks.create(view=view, kind="PICTURE", side="TOP", mark=b"m", hash=1, bands=[1])
    revision.decisions.create(
        code="WALL_TOO_THIN",
        subject=view.pk,
        reason="A wall that we answer for",
        actor_kind="STAFF",
        actor_ref="user:1",
        decided_at=now,
    )
    permission = project.permissions.create(
        kind="ARCHIVE_COPY",
        version="archive-test",
        text_hash="0" * 64,
        granted_at=now,
        actor_kind="CUSTOMER",
    )
    project.archive_copies.create(
        revision=revision,
        permission=permission,
        metal="BRASS",
        kept_at="Drawer 3",
        made_by="user:1",
        made_at=now,
    )


def _around(rich: Rich) -> None:
    project, now = rich.project, clock.now()
    extra = uuid4()
    payable = project.payables.create(
        kind="EXTRA",
        subject_pk=extra,
        title="A box with initials",
        amount=Decimal(40),
        currency=project.currency,
        created_at=now,
    )
    project.extras.create(id=extra, title=payable.title, payable_pk=payable.pk, priced_at=now)
    paid = project.payables.get(status="PAID")
    paid.refunds.create(
        amount=Decimal(1),
        currency=paid.currency,
        cause="OTHER",
        status="REQUESTED",
        requested_at=now,
    )
    attention = project.attentions.create(
        reason="A_TEST", detail="Only staff may read this", raised_at=now
    )
    for shared, text in ((True, "News for you"), (False, "A crack, among ourselves")):
        update = project.updates.create(text=text, shared=shared, author_ref="staff", at=now)
        update.files.set([_file(rich, shared=shared, purpose=Purpose.PROGRESS)])
    shipment = project.shipments.create(
        purpose="ORDER", method="CARRIER", status="PACKED", packed_at=now
    )
    webhook = Webhook.objects.create(
        app_pk="0", target_url=f"https://app.example.com/{project.number}", created_at=now
    )
    rich.rows |= {
        "payable": payable.pk,
        "attention": attention.pk,
        "shipment": shipment.pk,
        "webhook": webhook.pk,
    }


def _aftercare(rich: Rich) -> None:
    project, now = rich.project, clock.now()
    resize = project.resizes.create(
        asked_size_mm=Decimal("52.500"),
        asked_label="US 6.25",
        status="REQUESTED",
        outcome="FREE",
        reasons=[],
        requested_at=now,
    )
    claim = project.claims.create(kind="QUALITY", text="A scratch", status="OPEN", opened_at=now)
    care = project.care.create(
        kind="CLEANING", wished_for=now.date(), status="BOOKED", booked_at=now
    )
    project.return_requests.create(
        text="I want another",
        stage="AFTERCARE",
        possible=False,
        reason="PERSONALISED",
        explanation="It was made for you.",
        at=now,
    )
    rich.rows |= {"resize": resize.pk, "claim": claim.pk, "care": care.pk}


def _papers(rich: Rich, quote_pk: UUID) -> None:
    """An issued quote, and a contract with its signature."""
    project, now = rich.project, clock.now()
    for kind, letter in (("QUOTE", "Q"), ("CONTRACT", "K")):
        row = project.papers.create(
            kind=kind,
            subject="1",
            version=1,
            number=f"{project.number}-{letter}1",
            language="en",
            facts_hash="0" * 64,
            sha256="0" * 64,
            file=_file(rich, shared=True),
            issued_at=now,
            made_at=now,
        )
    receipt = {
        "document": {"number": row.number, "sha256": row.sha256},
        "conditions": {"refunds": [], "notice": {"version": "", "body": "", "sha256": ""}},
        "actor": {"kind": "CUSTOMER", "ref": rich.owner.ref},
    }
    project.contracts.create(
        quote_id=quote_pk, document=row, receipt=receipt, receipt_hash="0" * 64, signed_at=now
    )
    rich.rows["document"] = project.papers.get(kind="QUOTE").pk


def absent_of(path: str) -> str:
    """A well-formed id of the right type that names nothing."""
    kind = KINDS[SUBJECTS[path]]
    return global_id(kind, 999_999_999 if kind == "User" else UUID(int=uuid4().int))


__all__ = ["KINDS", "Rich", "absent_of", "make_rich", "make_stone", "stage_set", "triggers_off"]
