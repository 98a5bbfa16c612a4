"""Operations on reference files, messages and what the customer brings."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import graphene

from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.graphql.base import (
    BespokeMutation,
    decode_id,
    project_field,
    token_argument,
)
from saleor_bespoke.graphql.intake_operations import project_id
from saleor_bespoke.graphql.intake_types import (
    BespokeMessage,
    BespokeOwnMaterial,
    BespokeReferenceFile,
)
from saleor_bespoke.graphql.specification import BespokeAlloyCode
from saleor_bespoke.graphql.specification_inputs import BespokeStoneInput, stone_of
from saleor_bespoke.graphql.uploads import Uploads
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.services import command_check
from saleor_bespoke.shop.types import Decimal, Upload
from saleor_bespoke.steps.intake import services
from saleor_bespoke.steps.intake.models import OwnMaterial
from saleor_bespoke.steps.intake.rules import MOST_ATTACHMENTS


class ReferenceFileAdd(BespokeMutation):
    """Add a reference file."""

    class Meta:
        command = "reference_file_add"
        description = "Add a picture, document or model that shows what is meant; at most ten."

    class Arguments:
        project = project_id()
        token = token_argument()
        file = Upload(required=True, description="The file, as a part of a multipart request.")
        caption = graphene.String(description="What it shows.")

    project = project_field()
    reference_file = graphene.Field(BespokeReferenceFile, description="The file in its place.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        project_pk = decode_id(data["project"], "BespokeProject", field="project")
        project = command_check(project_pk, actor=actor, command="reference_file_add")
        uploads = Uploads(info, actor, project)
        with uploads.prepare(data["file"], Purpose.REFERENCE) as prepared:
            row = services.reference_file_add(
                actor=actor,
                project_pk=project_pk,
                prepared=prepared,
                caption=data.get("caption") or "",
            )
        return {"project": row.project, "reference_file": row}


class ReferenceFileRemove(BespokeMutation):
    """Take a reference file back."""

    class Meta:
        command = "reference_file_remove"
        description = "Take a reference file back; its bytes are erased."

    class Arguments:
        id = graphene.ID(required=True, description="The reference file's id.")
        token = token_argument()

    project = project_field()

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        reference_pk = decode_id(data["id"], "BespokeReferenceFile")
        project = services.reference_file_remove(actor=actor, reference_pk=reference_pk)
        return {"project": project}


class MessageSend(BespokeMutation):
    """Send a message."""

    class Meta:
        command = "message_send"
        description = "Write to the other side, with up to five files, or a note among staff."

    class Arguments:
        project = project_id()
        token = token_argument()
        text = graphene.String(description="What to say; may be left out beside files.")
        attachments = graphene.List(
            graphene.NonNull(Upload), description="Files, as parts of a multipart request."
        )
        internal = graphene.Boolean(description="A note that only staff see.")

    project = project_field()
    message = graphene.Field(BespokeMessage, description="The message.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        project_pk = decode_id(data["project"], "BespokeProject", field="project")
        project = command_check(project_pk, actor=actor, command="message_send")
        uploads = Uploads(info, actor, project)
        files = data.get("attachments") or []
        if len(files) > MOST_ATTACHMENTS:
            raise BespokeError(
                ErrorCode.FILE_LIMIT_REACHED,
                f"A message carries at most {MOST_ATTACHMENTS} files.",
                field="attachments",
            )
        with ExitStack() as stack:
            prepared = [
                stack.enter_context(uploads.prepare(each, Purpose.MESSAGE)) for each in files
            ]
            row = services.message_send(
                actor=actor,
                project_pk=project_pk,
                text=data.get("text") or "",
                prepared=prepared,
                internal=bool(data.get("internal")),
            )
        return {"project": row.project, "message": row}


def _material_id() -> graphene.ID:
    return graphene.ID(required=True, description="The own material's id.")


def _material_field() -> graphene.Field:
    return graphene.Field(BespokeOwnMaterial, description="What was brought, as it is now.")


def _material_pk(data: dict[str, Any]) -> Any:
    return decode_id(data["id"], "BespokeOwnMaterial")


def _material_answer(row: OwnMaterial) -> dict[str, Any]:
    return {"project": row.project, "own_material": row}


class OwnMaterialReceive(BespokeMutation):
    """Something brought is here."""

    class Meta:
        command = "own_material_receive"
        description = "Record that a customer's stone or old jewellery has arrived."

    class Arguments:
        id = _material_id()

    project = project_field()
    own_material = _material_field()

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        pk = _material_pk(data)
        return _material_answer(services.own_material_receive(actor=actor, own_material_pk=pk))


class BespokeOwnMaterialAcceptInput(graphene.InputObjectType):
    """The result of an examination."""

    class Meta:
        description = "The result of an examination."

    findings = graphene.String(description="What was found, for the customer to read.")
    stone = BespokeStoneInput(description="A stone's facts as found; as declared if left out.")
    alloy = BespokeAlloyCode(description="Old jewellery's alloy as tested.")
    weight_grams = Decimal(description="Old jewellery's weight in grams.")
    credit = Decimal(description="The credit offered for it, in the commission's currency.")


class OwnMaterialAccept(BespokeMutation):
    """Something brought can be used."""

    class Meta:
        command = "own_material_accept"
        description = (
            "Accept what was examined: a stone enters the workshop's books for this commission "
            "alone; old jewellery is weighed and a credit is offered for it."
        )

    class Arguments:
        id = _material_id()
        input = BespokeOwnMaterialAcceptInput(required=True, description="What was found.")

    project = project_field()
    own_material = _material_field()

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        given = data["input"]
        stone = given.get("stone")
        row = services.own_material_accept(
            actor=actor,
            own_material_pk=_material_pk(data),
            findings=given.get("findings") or "",
            stone=stone_of(stone) if stone else None,
            alloy=given.get("alloy") or "",
            weight_grams=given.get("weight_grams"),
            credit=given.get("credit"),
        )
        return _material_answer(row)


class OwnMaterialRefuse(BespokeMutation):
    """Something brought cannot be used."""

    class Meta:
        command = "own_material_refuse"
        description = "Refuse a customer's stone or old jewellery and say why."

    class Arguments:
        id = _material_id()
        reason = graphene.String(required=True, description="Why, for the customer.")

    project = project_field()
    own_material = _material_field()

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        row = services.own_material_refuse(
            actor=actor, own_material_pk=_material_pk(data), reason=data["reason"]
        )
        return _material_answer(row)


class OwnMaterialReturn(BespokeMutation):
    """Give back what was brought."""

    class Meta:
        command = "own_material_return"
        description = "Record that a customer's stone or old jewellery was given back."

    class Arguments:
        id = _material_id()

    project = project_field()
    own_material = _material_field()

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        pk = _material_pk(data)
        return _material_answer(services.own_material_return(actor=actor, own_material_pk=pk))


class OldGoldCreditAccept(BespokeMutation):
    """Take the credit."""

    class Meta:
        command = "old_gold_credit_accept"
        description = "Accept the credit offered for old jewellery; the quote will subtract it."

    class Arguments:
        id = _material_id()
        token = token_argument()

    project = project_field()
    own_material = _material_field()

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        pk = _material_pk(data)
        return _material_answer(services.old_gold_credit_accept(actor=actor, own_material_pk=pk))
