"""Writing a brief: checked against its channel, with its warnings and declared materials."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import groupby
from zoneinfo import ZoneInfo

from saleor_bespoke import clock
from saleor_bespoke.conf import ChannelPolicy
from saleor_bespoke.craft.codec import decimal_text
from saleor_bespoke.craft.feasibility import Finding, FindingCode, Severity, assess
from saleor_bespoke.craft.metals import ALLOYS
from saleor_bespoke.craft.money import Amount
from saleor_bespoke.craft.pieces import (
    OldJewellery,
    OwnStone,
    Specification,
    canonical_hash,
)
from saleor_bespoke.craft.stone_codec import stone_json
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.intake import rules
from saleor_bespoke.steps.intake.models import Brief, FeasibilityWarning, OwnMaterial


@dataclass(frozen=True, kw_only=True)
class BriefDraft:
    """What a customer wishes, before it is checked. Budgets in the channel's currency."""

    specification: Specification
    budget_min: Decimal
    budget_stretch: Decimal
    destination_country: str
    story: str = ""
    date_needed: date | None = None


def brief_checked(draft: BriefDraft, *, policy: ChannelPolicy, currency: str) -> BriefDraft:
    """The draft with cleaned texts and sums, or a refusal naming the field."""
    rules.check_specification(draft.specification, metals=policy.metals)
    low = rules.check_money(draft.budget_min, currency, "budget.min")
    stretch = rules.check_money(draft.budget_stretch, currency, "budget.stretch")
    rules.check_budget(low, stretch, least=policy.minimum_price)
    today = clock.now().astimezone(ZoneInfo(policy.time_zone)).date()
    rules.check_date_needed(draft.date_needed, today=today)
    return replace(
        draft,
        budget_min=low,
        budget_stretch=stretch,
        destination_country=rules.check_destination(
            draft.destination_country, served=policy.destinations
        ),
        story=rules.text_block(draft.story, "story", longest=rules.LONGEST_STORY, required=False),
    )


def title_for(spec: Specification) -> str:
    """A title for a commission whose customer gave none, e.g. "Ring in 18K yellow gold"."""
    return f"{spec.piece_type.display_name.capitalize()} in {ALLOYS[spec.alloy].display_name}"


def brief_write(
    project: BespokeProject,
    draft: BriefDraft,
    *,
    version: int,
    status: str = "SUBMITTED",
    key: str | None = None,
    fingerprint: str = "",
) -> Brief:
    """Keep a checked draft as the project's brief of this version, with what follows from it."""
    brief = Brief.objects.create(
        project=project,
        version=version,
        specification=draft.specification.to_json(),
        specification_hash=canonical_hash(draft.specification),
        story=draft.story,
        budget_min=draft.budget_min,
        budget_stretch=draft.budget_stretch,
        currency=project.currency,
        destination_country=draft.destination_country,
        date_needed=draft.date_needed,
        status=status,
        submitted_at=clock.now(),
        submission_key=key,
        submission_fingerprint=fingerprint,
    )
    _warnings_write(brief, draft)
    _own_materials_declare(project, draft.specification)
    return brief


def _warnings_write(brief: Brief, draft: BriefDraft) -> None:
    """One warning a code, the gravest finding first; what staff accepted before stays accepted."""
    findings = assess(
        draft.specification,
        stretch=Amount(draft.budget_stretch, brief.currency),
        country=draft.destination_country,
    )
    accepted = {
        (row.code, row.message): row
        for row in FeasibilityWarning.objects.filter(
            brief__project=brief.project_id, brief__version=brief.version - 1, answer="ACCEPTED"
        )
    }
    by_code = sorted(findings, key=lambda finding: finding.code)  # stable: the gravest stays first
    for code, group in groupby(by_code, key=lambda finding: finding.code):
        row = _warning(brief, code, list(group))
        before = accepted.get((row.code, row.message))
        if before is not None:
            row.answer, row.note = before.answer, before.note
            row.answered_at, row.answered_by = before.answered_at, before.answered_by
        row.save()


def _warning(brief: Brief, code: FindingCode, findings: list[Finding]) -> FeasibilityWarning:
    severity: Severity = findings[0].severity
    return FeasibilityWarning(
        brief=brief,
        code=code.name,
        severity=severity.name,
        field=findings[0].field,
        message=" ".join(finding.sentence for finding in findings),
    )


def _own_materials_declare(project: BespokeProject, spec: Specification) -> None:
    """Rows for what the specification says will be brought; undeclared again if not yet here."""
    known = list(OwnMaterial.objects.filter(project=project))
    stones = [_own_stone(own) for own in spec.own_stones]
    for row in [*stones, *(_old_jewellery(old) for old in spec.old_jewellery)]:
        facts = (row.kind, row.declared)
        same = next((old for old in known if (old.kind, old.declared) == facts), None)
        if same is None:
            row.project, row.status = project, "DECLARED"
            row.save(force_insert=True)
        else:
            known.remove(same)
    absent = [row.pk for row in known if row.status == "DECLARED"]
    OwnMaterial.objects.filter(pk__in=absent).delete()


def _own_stone(own: OwnStone) -> OwnMaterial:
    stone = dict(stone_json(own.stone))
    declared = {"description": own.description, "stone": stone}
    return OwnMaterial(
        kind="OWN_STONE", description=own.description, stone=stone, declared=declared
    )


def _old_jewellery(old: OldJewellery) -> OwnMaterial:
    grams = None if old.claimed_grams is None else decimal_text(old.claimed_grams)
    declared = {
        "description": old.description,
        "form": old.form.value,
        "alloy": old.alloy and old.alloy.value,
        "claimedGrams": grams,
    }
    return OwnMaterial(
        kind="OLD_JEWELLERY",
        description=old.description,
        alloy=old.alloy or "",
        declared=declared,
    )
