"""Reads of quality control: what is known of a piece, and what still forbids its way out."""

from __future__ import annotations

from saleor_bespoke import conf
from saleor_bespoke.craft.reports import Laboratory
from saleor_bespoke.craft.specification import Specification
from saleor_bespoke.craft.stone_codec import stone_from_json
from saleor_bespoke.errors import ErrorCode
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.selectors import specification_agreed
from saleor_bespoke.steps.quality import rules
from saleor_bespoke.steps.quality.models import Certificate, Hallmark, QualityCheck
from saleor_bespoke.steps.quality.rules import Demands, Obstacle, Report, Round, StoneFacts
from saleor_bespoke.workshop.models import Material

IN_THE_PIECE = ("LOCKED", "CONSUMED")


def stone_facts(material: Material) -> StoneFacts:
    """A stone of the workshop as the rules see it."""
    return StoneFacts(
        key=str(material.pk),
        name=f"{material.name} ({material.code})",
        stone=stone_from_json(material.stone),
        laboratory=rules.laboratory_of(material.laboratory),
        number=material.certificate_number,
        own=material.owner_project_id is not None,
    )


def report_facts(row: Certificate) -> Report:
    """A recorded report as the rules see it."""
    return Report(
        key=str(row.material_id),
        laboratory=Laboratory(row.laboratory.lower()),
        number=row.canonical_number,
        stone=stone_from_json(row.stone),
        verified=row.status == "VERIFIED",
    )


def stones_of(project: BespokeProject) -> list[Material]:
    """The stones that payment locked for this piece, set or still to be set."""
    held = project.holdings.filter(state__in=IN_THE_PIECE).values_list("material_id", flat=True)
    return list(Material.objects.filter(pk__in=held).exclude(stone=None).order_by("code"))


def demands_of(project: BespokeProject) -> Demands:
    """What the channel and the law of the places of sale demand of this piece."""
    policy = conf.policy(project.channel)
    quote = project.quotes.get(status="ACCEPTED")
    return Demands(
        size_tolerance_mm=policy.size_tolerance_mm,
        photos_min=policy.quality_photos_min,
        video_required=policy.unboxing_video_required,
        report_above_ct=policy.certificate_threshold_ct,
        report_laboratory=rules.laboratory_of(policy.certificate_laboratory) or Laboratory.OTHER,
        countries=tuple(dict.fromkeys((quote.destination_country, policy.country))),
    )


def round_facts(check: QualityCheck) -> Round:
    """A round as the rules see it; only pictures that the customer can see count."""
    seen = check.evidence.filter(file__shared=True, file__erased_at=None)
    kinds = list(seen.values_list("kind", flat=True))
    return Round(
        items=dict(check.items.values_list("code", "passed")),
        ordered_size_mm=check.ordered_size_mm,
        measured_size_mm=check.measured_size_mm,
        metal_grams=check.metal_grams,
        photos=kinds.count("PHOTO"),
        videos=kinds.count("UNBOXING"),
    )


def check_obstacles(project: BespokeProject, check: QualityCheck) -> list[Obstacle]:
    """Everything that keeps this round from being passed; empty when nothing does."""
    demands, found = demands_of(project), round_facts(check)
    live = Certificate.objects.filter(project=project).exclude(status="REJECTED")
    spec = Specification.from_json(specification_agreed(project))
    marked = Hallmark.objects.filter(project=project).exists()
    return [
        *rules.round_obstacles(found, demands),
        *rules.certificate_obstacles(
            [stone_facts(row) for row in stones_of(project)],
            [report_facts(row) for row in live],
            demands,
        ),
        *rules.hallmark_obstacles(spec, found.metal_grams, demands, marked=marked),
        *rules.evidence_obstacles(found, demands),
    ]


def shipping_obstacles(project: BespokeProject) -> list[Obstacle]:
    """What forbids this piece to leave the workshop now; empty when nothing does.

    Asked again at the door: a report may have been rejected, or a picture erased, since the check.
    """
    check = QualityCheck.objects.filter(project=project).order_by("number").last()
    if check is None or check.status != "PASSED":
        sentence = "The piece has not passed quality control."
        return [Obstacle(ErrorCode.QUALITY_INCOMPLETE, sentence)]
    return check_obstacles(project, check)
