"""How files come in: as parts of a request, or by a form straight into the shop's bucket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import graphene

from saleor_bespoke.errors import NotFound
from saleor_bespoke.flows import uploading
from saleor_bespoke.graphql.base import (
    BespokeMutation,
    decode_id,
    global_id,
    project_field,
    token_argument,
)
from saleor_bespoke.media.direct import Form
from saleor_bespoke.media.models import DirectUpload
from saleor_bespoke.media.receiving import file_receive
from saleor_bespoke.media.recognise import Purpose
from saleor_bespoke.media.services import PreparedFile
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.types import DateTime, resolve_upload

BespokeFilePurpose = graphene.Enum(
    "BespokeFilePurpose",
    [(purpose.value, purpose.value) for purpose in Purpose],
    description=lambda value: (
        f"A file of purpose {value.name}." if value else "Why a file is kept."
    ),
)

#: How the id of a direct upload begins, as a client passes it in place of a part's name.
_TYPE = "BespokeUpload"


@dataclass(frozen=True)
class Uploads:
    """What one caller sends with one operation on one commission.

    An argument of the type `Upload` holds the name of a part of the request, or the id of a direct
    upload.
    """

    info: Any
    actor: Actor
    project: BespokeProject

    def prepare(self, value: Any, purpose: Purpose) -> PreparedFile:
        """The file behind an `Upload` argument: counted, examined, cleaned and stored."""
        upload_pk = _upload_pk(value)
        if upload_pk is not None:
            return file_receive(
                actor=self.actor, project=self.project, purpose=purpose, upload_pk=upload_pk
            )
        uploaded = resolve_upload(self.info, value)
        return file_receive(
            actor=self.actor, project=self.project, purpose=purpose, uploaded=uploaded
        )


def _upload_pk(value: Any) -> UUID | None:
    """The key of the direct upload that stands here in place of a part's name, if one does."""
    try:
        return decode_id(value, _TYPE, field="file") if isinstance(value, str) else None
    except NotFound:
        return None


class BespokeUploadField(graphene.ObjectType):
    """A field of the form."""

    class Meta:
        description = "A field of a direct upload's form."

    name = graphene.String(required=True, description="Its name.")
    value = graphene.String(required=True, description="Its value.")


class BespokeUpload(graphene.ObjectType):
    """A direct upload that was begun."""

    class Meta:
        description = (
            "A permission to post one file straight into the shop's storage. Post a multipart form "
            "with these fields and, last, the file as the field `file`; then pass the id wherever "
            "an operation takes an `Upload`."
        )

    id = graphene.ID(required=True, description="Stands for the file in one operation.")
    url = graphene.String(required=True, description="Where to post the form.")
    fields = graphene.List(
        graphene.NonNull(BespokeUploadField), required=True, description="The form's fields."
    )
    expires_at = DateTime(required=True, description="Until when the form is accepted.")

    @staticmethod
    def resolve_id(root: Form, _info: Any) -> str:
        return upload_id(root.upload)

    @staticmethod
    def resolve_fields(root: Form, _info: Any) -> list[dict[str, str]]:
        return [{"name": name, "value": value} for name, value in root.fields.items()]

    @staticmethod
    def resolve_expires_at(root: Form, _info: Any) -> Any:
        return root.upload.expires_at


def upload_id(upload: DirectUpload) -> str:
    """The id that a client passes in place of a part of the request."""
    return global_id(_TYPE, upload.pk)


class UploadBegin(BespokeMutation):
    """Begin a direct upload."""

    class Meta:
        command = "upload_begin"
        description = (
            "Get a form that takes one file of exactly this size straight into the shop's storage, "
            "where that is S3-compatible. Nothing is kept before an operation attaches it."
        )

    class Arguments:
        project = graphene.ID(required=True, description="The commission's id.")
        purpose = BespokeFilePurpose(required=True, description="What the file is for.")
        name = graphene.String(required=True, description="What it is called.")
        size = graphene.Int(required=True, description="Its exact size in bytes.")
        content_type = graphene.String(required=True, description="Its type, e.g. image/jpeg.")
        token = token_argument()

    project = project_field()
    upload = graphene.Field(BespokeUpload, description="The form.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        form = uploading.upload_begin(
            actor=actor,
            project_pk=decode_id(data["project"], "BespokeProject", field="project"),
            purpose=data["purpose"],
            name=data["name"],
            size=data["size"],
            content_type=data["content_type"],
        )
        return {"project": form.upload.project, "upload": form}


class UploadMutations:
    """Operations of uploads."""

    bespoke_upload_begin = UploadBegin.Field()
