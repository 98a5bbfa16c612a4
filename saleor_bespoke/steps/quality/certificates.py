"""Laboratory reports: recorded for a stone of the piece, verified with the laboratory, rejected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from uuid import UUID

import psycopg
from django.db import IntegrityError, transaction

from saleor_bespoke import clock
from saleor_bespoke.craft.codec import InvalidSpecification
from saleor_bespoke.craft.reports import (
    Laboratory,
    MalformedReportNumber,
    canonical_number,
    grades_refused,
    is_well_formed,
    matches,
)
from saleor_bespoke.craft.stone_codec import stone_from_json, stone_json
from saleor_bespoke.craft.stones import InvalidStone, Origin, Stone
from saleor_bespoke.errors import BespokeError, ErrorCode, NotFound
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.media.services import PreparedFile, file_attach
from saleor_bespoke.project import journal
from saleor_bespoke.project.access import SYSTEM, Actor, parse_pk
from saleor_bespoke.project.children import lock_child
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import lock_project
from saleor_bespoke.steps.quality import rules
from saleor_bespoke.steps.quality.events import (
    CertificateRecorded,
    CertificateRejected,
    CertificateVerified,
)
from saleor_bespoke.steps.quality.models import Certificate
from saleor_bespoke.steps.quality.rules import Report
from saleor_bespoke.steps.quality.selectors import report_facts, stone_facts, stones_of
from saleor_bespoke.workshop.calendars import calendar_of
from saleor_bespoke.workshop.models import Material

ONCE = "bespoke_certificate_once"
LONGEST_HOW = 256
LONGEST_REASON = 4000


@transaction.atomic
def certificate_record(
    *,
    actor: Actor,
    project_pk: UUID,
    material_pk: UUID,
    laboratory: str,
    number: str,
    stone: Mapping[str, object],
    issued_on: date | None = None,
    prepared: PreparedFile | None = None,
) -> Certificate:
    """Write down a laboratory's report on a stone of this piece, with what it says of the stone.

    `stone` is JSON as `craft.stone_codec` reads it. A report that contradicts the workshop's stone
    is kept with its contradictions and can never be verified. Refusals: NOT_FOUND (`material`),
    INVALID (`laboratory`, `number`, `stone…`, `issuedOn`), CERTIFICATE_ALREADY_USED.
    """
    project, actor = lock_project(project_pk, actor=actor, command="certificate_record")
    material = _stone_of(project, material_pk)
    lab, said = _laboratory(laboratory), _stone(stone)
    if issued_on is not None and issued_on > calendar_of(project.channel).local_day(clock.now()):
        raise BespokeError(
            ErrorCode.INVALID, "The report's day lies in the future.", field="issuedOn"
        )
    refused = grades_refused(lab, said, issued_on)
    if refused:
        raise BespokeError(
            ErrorCode.INVALID,
            f"A report of {lab.value.upper()} of that day holds no {' and no '.join(refused)}.",
            field=f"stone.{refused[0]}",
        )
    canonical = _canonical(lab, said, stone_facts(material).stone, number)
    _unused_check(lab, canonical)
    report = Report(str(material.pk), lab, canonical, said, verified=False)
    against = rules.contradictions_of(report, stone_facts(material))
    file = None
    if prepared is not None:
        _purpose_check(prepared)
        file = file_attach(project=project, prepared=prepared, actor_ref=actor.ref, shared=True)
    row = Certificate(
        project=project,
        material=material,
        laboratory=lab.value.upper(),
        number=number.strip(),
        canonical_number=canonical,
        stone=stone_json(said),
        issued_on=issued_on,
        contradictions=[asdict(item) for item in against],
        status="RECORDED",
        file=file,
        recorded_at=clock.now(),
        recorded_by=actor.ref,
    )
    _save_once(row)
    event = CertificateRecorded(
        certificate=row.pk,
        material=material.pk,
        laboratory=row.laboratory,
        number=canonical,
        contradictions=tuple(item.field for item in against),
    )
    journal.record(project, event, actor=actor)
    return row


@transaction.atomic
def certificate_verify(*, actor: Actor, certificate_pk: UUID, how: str) -> Certificate:
    """Somebody asked the laboratory and found the report as recorded; `how` says where.

    Refusals: ALREADY_DONE, CERTIFICATE_NOT_LIVE, CERTIFICATE_CONTRADICTS, REQUIRED (`how`).
    """
    row: Certificate
    row, project, actor = lock_child(
        Certificate, certificate_pk, "certificate", actor=actor, command="certificate_verify"
    )
    _live_only(row)
    if row.status == "VERIFIED":
        raise BespokeError(ErrorCode.ALREADY_DONE, "This report was verified before.")
    how = _text(how, "how", LONGEST_HOW, "Say how the laboratory confirmed it.")
    facts = stone_facts(row.material)
    against = rules.contradictions_of(report_facts(row), facts)
    if against:
        fields = ", ".join(item.field for item in against)
        raise BespokeError(
            ErrorCode.CERTIFICATE_CONTRADICTS,
            f"The report contradicts {facts.name} in: {fields}.",
        )
    row.status, row.contradictions = "VERIFIED", []
    row.verified_at, row.verified_by, row.verified_how = clock.now(), actor.ref, how
    row.save(
        update_fields=["status", "contradictions", "verified_at", "verified_by", "verified_how"]
    )
    event = CertificateVerified(
        certificate=row.pk, laboratory=row.laboratory, number=row.canonical_number
    )
    journal.record(project, event, actor=actor)
    return row


@transaction.atomic
def certificate_reject(*, actor: Actor, certificate_pk: UUID, reason: str) -> Certificate:
    """This report does not count; its number may be recorded again.

    Refusals: CERTIFICATE_NOT_LIVE, REQUIRED (`reason`).
    """
    row: Certificate
    row, project, actor = lock_child(
        Certificate, certificate_pk, "certificate", actor=actor, command="certificate_reject"
    )
    _live_only(row)
    reason = _text(reason, "reason", LONGEST_REASON, "Say why the report does not count.")
    _reject(project, row, reason, actor)
    return row


def certificates_drop(*, project: BespokeProject) -> int:
    """The locked project was left and its stones are free: their reports may serve anew."""
    rows = list(Certificate.objects.filter(project=project).exclude(status="REJECTED"))
    for row in rows:
        _reject(project, row, "The commission was cancelled.", SYSTEM)
    return len(rows)


def _reject(project: BespokeProject, row: Certificate, reason: str, actor: Actor) -> None:
    row.status, row.reject_reason = "REJECTED", reason
    row.rejected_at, row.rejected_by = clock.now(), actor.ref
    row.save(update_fields=["status", "reject_reason", "rejected_at", "rejected_by"])
    journal.record(project, CertificateRejected(certificate=row.pk), actor=actor)


def _live_only(row: Certificate) -> None:
    if row.status == "REJECTED":
        raise BespokeError(ErrorCode.CERTIFICATE_NOT_LIVE, "This report was rejected.")


def _stone_of(project: BespokeProject, pk: UUID) -> Material:
    wanted = parse_pk(pk, "material")
    found = [row for row in stones_of(project) if row.pk == wanted]
    if not found:
        raise NotFound("stone of this commission", field="material")
    return found[0]


def _laboratory(name: str) -> Laboratory:
    try:
        return Laboratory(name.lower())
    except ValueError:
        raise BespokeError(
            ErrorCode.INVALID, "This laboratory is not known.", field="laboratory"
        ) from None


def _stone(data: Mapping[str, object]) -> Stone:
    try:
        return stone_from_json(dict(data))
    except InvalidSpecification as refusal:
        raise BespokeError(ErrorCode.INVALID, refusal.message, field=refusal.field) from refusal
    except InvalidStone as refusal:
        raise BespokeError(ErrorCode.INVALID, str(refusal), field="stone") from refusal


def _canonical(lab: Laboratory, said: Stone, known: Stone, number: str) -> str:
    origin = known.origin if said.origin is Origin.UNKNOWN else said.origin
    try:
        canonical = canonical_number(lab, origin, number)
    except MalformedReportNumber as refusal:
        raise BespokeError(ErrorCode.INVALID, str(refusal), field="number") from refusal
    if not is_well_formed(lab, canonical):
        raise BespokeError(
            ErrorCode.INVALID,
            f"This is not a report number of {lab.value.upper()}.",
            field="number",
        )
    return canonical


def _unused_check(lab: Laboratory, canonical: str) -> None:
    """The same number with or without LG is the same report."""
    ending = canonical.removeprefix("LG")
    live = Certificate.objects.filter(
        laboratory=lab.value.upper(), canonical_number__endswith=ending
    ).exclude(status="REJECTED")
    if any(matches(row.canonical_number, canonical) for row in live):
        raise _used()


def _used() -> BespokeError:
    return BespokeError(
        ErrorCode.CERTIFICATE_ALREADY_USED,
        "This report is recorded for a stone already.",
        field="number",
    )


def _save_once(row: Certificate) -> None:
    """Save, or tell that another commission was faster."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        cause = error.__cause__
        if isinstance(cause, psycopg.Error) and cause.diag.constraint_name == ONCE:
            raise _used() from error
        raise


def _purpose_check(prepared: PreparedFile) -> None:
    if prepared.purpose is not Purpose.CERTIFICATE:
        raise BespokeError(ErrorCode.FILE_KIND_NOT_ALLOWED, "This is no report.", field="file")


def _text(value: str, field: str, longest: int, missing: str) -> str:
    text = value.strip()
    if not text:
        raise BespokeError(ErrorCode.REQUIRED, missing, field=field)
    if len(text) > longest:
        raise BespokeError(ErrorCode.INVALID, f"At most {longest} letters fit.", field=field)
    return text
