"""Reads of shipments."""

from __future__ import annotations

from collections.abc import Iterable

from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.shipping.models import Shipment


def piece_shipment(project: BespokeProject) -> Shipment | None:
    """The shipment that brings the piece itself, if it is packed or further."""
    return Shipment.objects.filter(project=project, purpose="ORDER").first()


def piece_of(shipments: Iterable[Shipment]) -> Shipment | None:
    """Among a project's shipments, the one that brings the piece itself."""
    return next((row for row in shipments if row.purpose == "ORDER"), None)
