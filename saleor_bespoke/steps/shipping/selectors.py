"""Reads of shipments."""

from __future__ import annotations

from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.shipping.models import Shipment


def piece_shipment(project: BespokeProject) -> Shipment | None:
    """The shipment that brings the piece itself, if it is packed or further."""
    return Shipment.objects.filter(project=project, purpose="ORDER").first()
