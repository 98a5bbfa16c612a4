"""Reads of the brief and what belongs to it."""

from __future__ import annotations

import re

from saleor_bespoke.craft.specification import Specification
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.port import Channel, shop
from saleor_bespoke.steps.intake.models import Brief, FeasibilityWarning

_SLUG = re.compile(r"[-\w]{1,255}")


def channel_served(slug: str) -> Channel | None:
    """The active channel with this slug, if there is one."""
    if not _SLUG.fullmatch(slug):
        return None
    channel = shop().channel(slug)
    return channel if channel is not None and channel.active else None


def brief_current(project: BespokeProject) -> Brief:
    """The brief that counts: the highest version."""
    return Brief.objects.filter(project=project).latest("version")


def specification_of(brief: Brief) -> Specification:
    """The typed specification of a brief."""
    return Specification.from_json(brief.specification)


def warnings_blocking(brief: Brief) -> list[FeasibilityWarning]:
    """The warnings without whose answer nothing can be confirmed or quoted."""
    return list(FeasibilityWarning.objects.filter(brief=brief, severity="IMPOSSIBLE", answer=""))
