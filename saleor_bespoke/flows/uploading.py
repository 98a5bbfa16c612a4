"""Beginning an upload that goes straight into the shop's bucket."""

from __future__ import annotations

from uuid import UUID

from saleor_bespoke.craft.file_kinds import Purpose
from saleor_bespoke.media.direct import Form, form_make, supported_check
from saleor_bespoke.media.quotas import caller_of
from saleor_bespoke.media.refusals import forgotten_check
from saleor_bespoke.project.access import Actor, check_command
from saleor_bespoke.project.services import command_check

#: What a file of each purpose will be attached by: who may do that may begin its upload.
ATTACHED_BY = {
    Purpose.REFERENCE: "reference_file_add",
    Purpose.QUOTE: "quote_draft",
    Purpose.CAD: "cad_view_add",
    Purpose.PROGRESS: "progress_update_post",
    Purpose.CERTIFICATE: "certificate_record",
    Purpose.MESSAGE: "message_send",
    Purpose.UNBOXING: "quality_evidence_add",
    Purpose.EVIDENCE: "claim_open",
}


def upload_begin(
    *,
    actor: Actor,
    project_pk: str | UUID,
    purpose: str,
    name: str,
    size: int,
    content_type: str,
) -> Form:
    """A form for one file, for who may attach it to this commission now."""
    project = command_check(project_pk, actor=actor, command="upload_begin")
    forgotten_check(project)
    supported_check()
    wanted = Purpose(purpose)
    check_command(project, actor, ATTACHED_BY[wanted])
    return form_make(
        project=project,
        caller=caller_of(project, actor),
        purpose=wanted,
        name=name,
        size=size,
        content_type=content_type,
    )
