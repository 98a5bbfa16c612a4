"""Drafts with meshes of known measures, examined as a worker examines them."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO
from typing import Any

import numpy as np
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from saleor_bespoke.craft.ring_sizes import diameter_mm
from saleor_bespoke.craft.specification import Specification
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.media.services import PreparedFile, file_prepare
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shapes.shape import Shape
from saleor_bespoke.steps.cad import services
from saleor_bespoke.steps.cad.models import CadRevision, CadView
from tests.shapes.generators import Known, band, box, joined, stl_bytes


def upload(content: bytes, name: str = "ring.stl") -> PreparedFile:
    """A CAD file, recognised and cleaned."""
    return file_prepare(uploaded=SimpleUploadedFile(name, content), purpose=Purpose.CAD)


def ordered_mm(project: BespokeProject) -> float:
    """The inner diameter that the commission's size asks for."""
    specification = project.quotes.get(status="ACCEPTED").accepted_alternative.specification
    size = Specification.from_json(specification).ring_size
    assert size is not None
    return float(diameter_mm(size.circumference))


def signet(inner: float, *, plate: float = 6.0, thickness: float = 1.2) -> Known:
    """A band with a plate on it: sides that differ, and little to measure."""
    base = band(inner, thickness, 2.5, fine=90)
    top = box(plate, 1.6, 5.0).shape.moved(
        np.eye(3), np.array([-plate / 2, inner / 2 + thickness - 0.6, -2.5])
    )
    return Known(joined(base.shape, top), inner=inner)


def draft(project: BespokeProject, staff: Actor, **values: Any) -> CadRevision:
    """A draft without views."""
    return services.cad_revision_draft(actor=staff, project_pk=project.pk, **values)


def add_mesh(revision: CadRevision, staff: Actor, shape: Shape | bytes) -> CadView:
    """Put a mesh on a draft."""
    content = shape if isinstance(shape, bytes) else stl_bytes(shape)
    with upload(content) as prepared:
        return services.cad_view_add(
            actor=staff, revision_pk=revision.pk, view="MESH", prepared=prepared
        )


def drawing(seed: int, *, size: int = 200, moved: int = 0) -> bytes:
    """A drawing unlike those of other seeds."""
    draw = np.random.default_rng(seed)
    image = Image.new("RGB", (size, size), "white")
    pen = ImageDraw.Draw(image)
    for _ in range(9):
        x, y, wide = (int(it) for it in draw.integers(10, size - 60, size=3))
        grey = int(draw.integers(0, 200))
        pen.ellipse((x + moved, y, x + 20 + wide // 3, y + 40), fill=(grey, grey, grey))
    target = BytesIO()
    image.save(target, "PNG")
    return target.getvalue()


def add_drawings(revision: CadRevision, staff: Actor, seed: int) -> list[CadView]:
    """Put the three required drawings on a draft."""
    views = []
    for number, view in enumerate(("TOP", "SIDE", "FRONT")):
        with upload(drawing(seed * 10 + number), "view.png") as prepared:
            views.append(
                services.cad_view_add(
                    actor=staff, revision_pk=revision.pk, view=view, prepared=prepared
                )
            )
    return views


def examined(view: CadView, staff: Actor, *, unit: str = "mm") -> CadView:
    """Let the worker run, and confirm the unit."""
    services.reports_make()
    services.cad_unit_confirm(actor=staff, view_pk=view.pk, unit=unit)
    services.reports_make()
    return CadView.objects.get(pk=view.pk)


def publish(revision: CadRevision, staff: Actor) -> CadRevision:
    """Show it."""
    return services.cad_revision_publish(actor=staff, revision_pk=revision.pk)


def mesh_shown(project: BespokeProject, staff: Actor, shape: Shape) -> CadRevision:
    """The next revision, of a mesh, under review."""
    revision = draft(project, staff)
    examined(add_mesh(revision, staff, shape), staff)
    return publish(revision, staff)


def near(value: Decimal | None, wanted: float, share: float = 0.005) -> bool:
    """Whether a measure is within a share of what it should be."""
    return value is not None and abs(float(value) - wanted) <= share * wanted
