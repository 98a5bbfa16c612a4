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


def two_meshes(project: BespokeProject, staff: Actor, *shapes: Shape) -> CadRevision:
    """A revision that shows two meshes: a ring and the band beside it."""
    revision = draft(project, staff)
    views = [add_mesh(revision, staff, shape) for shape in shapes]
    services.reports_make()
    for view in views:
        services.cad_unit_confirm(actor=staff, view_pk=view.pk, unit="mm")
    return publish(revision, staff)


def test_remarks_of_each_of_two_meshes_are_carried_to_its_own(
    paid_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    """Both files stay as they were, in another order: no remark is lost, none changes its mesh."""
    inner = ordered_mm(paid_project)
    shapes = [signet(inner).shape, signet(inner, plate=8.0).shape]
    revision = two_meshes(paid_project, staff, *shapes)
    for view in revision.views.all():
        for number in range(2):
            services.cad_pin_add(
                actor=customer,
                revision_pk=revision.pk,
                view_pk=view.pk,
                remark="Here",
                position=[Decimal(0), Decimal(str(-(inner / 2 + 1.2))), Decimal(number) / 3],
            )
    services.cad_tweak_request(actor=customer, revision_pk=revision.pk, request="")
    answer_all(paid_project, staff)

    following = two_meshes(paid_project, staff, *reversed(shapes))

    pins = list(following.pins.select_related("view__file", "carried_from__view__file"))
    assert len(pins) == 4
    for pin in pins:
        assert pin.view.file.sha256 == pin.carried_from.view.file.sha256


def test_remarks_on_the_second_mesh_follow_it_when_it_changes(
    paid_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    """The first file stays; the second was moved, so it is none of the old files."""
    inner = ordered_mm(paid_project)
    first, second = signet(inner).shape, box(9.0, 3.0, 7.0).shape
    revision = draft(paid_project, staff)
    ring, block = add_mesh(revision, staff, first), add_mesh(revision, staff, second)
    services.reports_make()
    services.cad_unit_confirm(actor=staff, view_pk=ring.pk, unit="mm")
    services.cad_unit_confirm(actor=staff, view_pk=block.pk, unit="mm")
    services.reports_make()
    services.cad_decision_record(
        actor=staff, revision_pk=revision.pk, codes=["NO_FINGER_HOLE"], reason="A stand."
    )
    publish(revision, staff)
    for view, y in ((ring, -(inner / 2 + 1.2)), (block, 3.0)):
        services.cad_pin_add(
            actor=customer,
            revision_pk=revision.pk,
            view_pk=view.pk,
            remark="Here",
            position=[Decimal(str(it)) for it in (0.5, y, 0.5)],
        )
    services.cad_tweak_request(actor=customer, revision_pk=revision.pk, request="")
    answer_all(paid_project, staff)

    following = draft(paid_project, staff)
    moved = Shape(second.vertices + np.array([1.0, 2.0, 3.0]), second.faces)
    views = [add_mesh(following, staff, it) for it in (moved, first)]
    services.reports_make()
    for view in views:
        services.cad_unit_confirm(actor=staff, view_pk=view.pk, unit="mm")
    services.reports_make()
    services.cad_decision_record(
        actor=staff, revision_pk=following.pk, codes=["NO_FINGER_HOLE"], reason="A stand."
    )
    publish(following, staff)

    carried = {pin.carried_from.view_id: pin for pin in following.pins.all()}
    assert {key: pin.view_id for key, pin in carried.items()} == {
        block.pk: views[0].pk,
        ring.pk: views[1].pk,
    }
    assert abs(float(carried[block.pk].place_y or 0) - 5.0) < 0.05


def test_remarks_on_two_pictures_of_one_side_are_carried(
    paid_project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    revision = _with_two_renders(paid_project, staff, 98, 99)
    for view in revision.views.filter(view="PERSPECTIVE"):
        services.cad_pin_add(
            actor=customer,
            revision_pk=revision.pk,
            view_pk=view.pk,
            remark=view.file.sha256,
            x=Decimal("0.5"),
            y=Decimal("0.5"),
        )
    services.cad_tweak_request(actor=customer, revision_pk=revision.pk, request="")
    answer_all(paid_project, staff)

    following = _with_two_renders(paid_project, staff, 99, 98)

    pins = list(following.pins.select_related("view__file"))
    assert sorted(pin.remark for pin in pins) == sorted(pin.view.file.sha256 for pin in pins)
    assert len(pins) == 2


def _with_two_renders(project: BespokeProject, staff: Actor, *seeds: int) -> CadRevision:
    revision = draft(project, staff)
    add_drawings(revision, staff, 3)
    for seed in seeds:
        with upload(drawing(seed), "render.png") as prepared:
            services.cad_view_add(
                actor=staff, revision_pk=revision.pk, view="PERSPECTIVE", prepared=prepared
            )
    return publish(revision, staff)
