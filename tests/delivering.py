"""A piece that passed quality control on its way to its owner, and what its owner asks then."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from saleor_bespoke.project import deliveries
from saleor_bespoke.project.access import MANAGE_ORDERS, Actor, ActorKind
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.shipping.rules import Packing
from tests.hosts import host
from tests.making import approve, begin_making, finish_making, pass_check

PACKING = Packing(
    ticked=("box", "ribbon", "bag"),
    declared_value=Decimal("7440.00"),
    insured_value=Decimal("8000.00"),
    currency="USD",
)


def make_ready(project: BespokeProject, customer: Actor, staff: Actor) -> BespokeProject:
    """Bring a paid commission (stage DESIGN) to SHIPPING."""
    approve(project, customer, staff)
    begin_making(project, staff)
    project.refresh_from_db()
    finish_making(project, staff)
    pass_check(project, staff)
    return project


def pack(project: BespokeProject, staff: Actor, **changes: Any) -> Any:
    """Pack the piece for a home without duties."""
    from saleor_bespoke.flows.parcels import shipment_pack

    values = {"currency": project.currency} | changes
    return shipment_pack(actor=staff, project_pk=project.pk, packing=replace(PACKING, **values))


def dispatch(shipment: Any, staff: Actor, number: str = "1Z-1") -> Any:
    """Hand the packed parcel to a carrier."""
    from saleor_bespoke.flows.parcels import shipment_dispatch

    return shipment_dispatch(
        actor=staff, shipment_pk=shipment.pk, carrier="Courier", tracking_number=number
    )


def deliver(shipment: Any, staff: Actor, **values: Any) -> Any:
    """The parcel arrived."""
    from saleor_bespoke.steps.shipping.services import shipment_deliver

    return shipment_deliver(actor=staff, shipment_pk=shipment.pk, **values)


def make_delivered(project: BespokeProject, staff: Actor) -> BespokeProject:
    """Bring a commission at stage SHIPPING to its owner (stage AFTERCARE)."""
    shipment = dispatch(pack(project, staff), staff)
    deliveries.drain()
    deliver(shipment, staff)
    project.refresh_from_db()
    return project


def host_order(project: BespokeProject) -> Any:
    """The host's order of the piece, as its own row."""
    return host().order_row(project.payables.get(kind="QUOTE").order_id)


def delivered_on(project: BespokeProject, local: str) -> None:
    """Let the piece have been delivered at this local time of its customer."""
    at = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(project.time_zone))
    project.shipments.filter(purpose="ORDER").update(dispatched_at=at, delivered_at=at)


def ask(project: BespokeProject, actor: Actor, label: str = "6.5", **values: Any) -> Any:
    """The customer asks for another US size."""
    from saleor_bespoke.steps.aftercare.services import resize_request

    return resize_request(actor=actor, project_pk=project.pk, system="us", label=label, **values)


def grant_in_process(email: str, resize_pk: str) -> str:
    """A member of staff grants a resize, for a process of its own."""
    from django.contrib.auth import get_user_model

    from saleor_bespoke.steps.aftercare.services import resize_grant

    user = get_user_model().objects.get(email=email)
    permissions = frozenset({MANAGE_ORDERS})
    actor = Actor(ActorKind.STAFF, f"user:{user.pk}", user.pk, permissions=permissions)
    return str(resize_grant(actor=actor, resize_pk=resize_pk).status)


def resize_fully(case: Any, staff: Actor) -> Any:
    """A granted or paid resize is worked on, measured as wished, and sent back."""
    from saleor_bespoke.flows.aftercare import resize_return
    from saleor_bespoke.steps.aftercare.services import resize_finish, resize_start

    resize_start(actor=staff, resize_pk=case.pk)
    resize_finish(actor=staff, resize_pk=case.pk, measured_size_mm=case.asked_size_mm)
    done, _ = resize_return(
        actor=staff, resize_pk=case.pk, carrier="Courier", tracking_number="1Z-R"
    )
    return done


@pytest.fixture
def ready_project(made_project: BespokeProject, staff: Actor) -> BespokeProject:
    """The customer's commission at stage SHIPPING, nothing packed yet."""
    pass_check(made_project, staff)
    deliveries.drain()
    return made_project


@pytest.fixture
def delivered_project(ready_project: BespokeProject, staff: Actor) -> BespokeProject:
    """The customer's commission at stage AFTERCARE, its ring (US 6) delivered now."""
    return make_delivered(ready_project, staff)
