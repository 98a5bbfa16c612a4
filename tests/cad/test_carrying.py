"""Remarks on pictures and meshes: placed, answered before the next round, carried where it fits."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject, TimelineEvent
from saleor_bespoke.shapes.shape import Shape
from saleor_bespoke.steps.cad import services
from saleor_bespoke.steps.cad.models import CadPin, CadRevision
from tests.cad.meshes import (
    add_drawings,
    add_mesh,
    draft,
    drawing,
    examined,
    mesh_shown,
    ordered_mm,
    publish,
    signet,
    upload,
)
from tests.cad.test_design import yes
from tests.shapes.generators import box, joined
from tests.support import refuses

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files_folder")]


def pin_on(
    revision: CadRevision, customer: Actor, x: float, y: float, z: float, remark: str = "Here"
) -> CadPin:
    view = revision.views.get(view="MESH")
    position = [Decimal(str(it)) for it in (x, y, z)]
    return services.cad_pin_add(
        actor=customer,
        revision_pk=revision.pk,
        view_pk=view.pk,
        position=position,
        remark=remark,
    )


def answer_all(project: BespokeProject, staff: Actor) -> None:
    for pin in CadPin.objects.filter(revision__project=project, answered_at=None):
        services.cad_pin_answer(actor=staff, pin_pk=pin.pk, answer="Yes.")


def test_a_place_on_a_mesh_lies_on_its_surface(
    paid_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    inner = ordered_mm(paid_project)
    revision = mesh_shown(paid_project, staff, signet(inner).shape)

    pin = pin_on(revision, customer, 0, -(inner / 2 + 1.5), 0)

    assert abs(float(pin.place_y or 0) + inner / 2 + 1.2) < 0.02
    assert float(pin.normal_y or 0) < -0.99
    assert (pin.x, pin.part) == (None, 0)
    top = pin_on(revision, customer, 0, inner / 2 + 2.25, 0)
    assert top.part == 1


@pytest.mark.parametrize(
    ("where", "code"),
    [((0, 0, 0), "INVALID"), ((500, 0, 0), "INVALID"), (None, "REQUIRED")],
)
def test_a_place_beside_the_mesh_is_refused(
    paid_project: BespokeProject,
    customer: Actor,
    staff: Actor,
    where: tuple[int, int, int] | None,
    code: str,
) -> None:
    revision = mesh_shown(paid_project, staff, signet(ordered_mm(paid_project)).shape)

    with refuses(code, field="position"):
        if where is None:
            services.cad_pin_add(
                actor=customer,
                revision_pk=revision.pk,
                view_pk=revision.views.get().pk,
                x=Decimal("0.5"),
                y=Decimal("0.5"),
                remark="Here",
            )
        else:
            pin_on(revision, customer, *where)


def test_a_round_is_answered_by_answering_every_remark(
    paid_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    inner = ordered_mm(paid_project)
    revision = mesh_shown(paid_project, staff, signet(inner).shape)
    pin = pin_on(revision, customer, 0, -(inner / 2 + 1.2), 0)

    with refuses("PINS_OPEN"):
        yes(revision, customer)
    services.cad_tweak_request(actor=customer, revision_pk=revision.pk, request="As pinned")
    following = draft(paid_project, staff)
    examined(add_mesh(following, staff, signet(inner).shape), staff)
    with refuses("PINS_OPEN"):
        publish(following, staff)
    services.cad_pin_answer(actor=staff, pin_pk=pin.pk, answer="Rounder now.")
    publish(following, staff)
    approval = yes(following, customer)

    assert len(approval.receipt["remarks"]) == 1
    assert approval.receipt["measures"][0]["unit"] == "mm"
    assert approval.receipt["licence"][0]["version"] == "design-licence-2026-1"


def test_remarks_go_where_the_geometry_still_is(
    paid_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    """The plate grows a bump: the remark there is lost and said to be; that on the shank stays."""
    inner = ordered_mm(paid_project)
    shape = signet(inner).shape
    revision = mesh_shown(paid_project, staff, shape)
    below = pin_on(revision, customer, 0, -(inner / 2 + 1.2), 0, "Below")
    above = pin_on(revision, customer, 0, inner / 2 + 2.2, 0, "Above")
    services.cad_tweak_request(actor=customer, revision_pk=revision.pk, request="")
    answer_all(paid_project, staff)
    bump = box(2.0, 0.9, 2.0).shape.moved(np.eye(3), np.array([-1.0, inner / 2 + 2.0, -1.0]))

    following = mesh_shown(paid_project, staff, joined(shape, bump))

    (pin,) = following.pins.all()
    assert pin.carried_from == below
    assert (pin.remark, pin.answer) == ("Below", "Yes.")
    assert abs(float(pin.place_y or 0) - float(below.place_y or 0)) < 0.05
    assert not CadPin.objects.filter(carried_from=above).exists()
    told = TimelineEvent.objects.get(kind="CadPinsCarried").payload
    assert (told["carried"], told["lost"]) == (1, 1)


def test_remarks_on_a_picture_stay_where_it_shows_the_same(
    paid_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    revision = draft(paid_project, staff)
    add_drawings(revision, staff, 5)
    publish(revision, staff)
    for name in ("TOP", "SIDE"):
        services.cad_pin_add(
            actor=customer,
            revision_pk=revision.pk,
            view_pk=revision.views.get(view=name).pk,
            x=Decimal("0.3"),
            y=Decimal("0.4"),
            remark=name,
        )
    services.cad_tweak_request(actor=customer, revision_pk=revision.pk, request="")
    answer_all(paid_project, staff)
    following = draft(paid_project, staff)
    for name, seed in (("TOP", 50), ("SIDE", 99), ("FRONT", 52)):
        with upload(drawing(seed), "view.png") as prepared:
            services.cad_view_add(
                actor=staff, revision_pk=following.pk, view=name, prepared=prepared
            )
    publish(following, staff)

    (pin,) = following.pins.all()
    assert (pin.remark, pin.x, pin.view.view) == ("TOP", Decimal("0.3"), "TOP")


def test_a_shifted_mesh_keeps_its_remarks(
    paid_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    inner = ordered_mm(paid_project)
    shape = signet(inner).shape
    revision = mesh_shown(paid_project, staff, shape)
    pin_on(revision, customer, 0, inner / 2 + 2.2, 0)
    services.cad_tweak_request(actor=customer, revision_pk=revision.pk, request="")
    answer_all(paid_project, staff)
    moved = Shape(shape.vertices + np.array([3.0, -7.0, 2.0]), shape.faces)

    following = mesh_shown(paid_project, staff, moved)

    pin = following.pins.get()
    assert abs(float(pin.place_y or 0) - (inner / 2 + 2.2 - 7)) < 0.1
