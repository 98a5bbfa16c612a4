"""API of what the customer lets the house do with the design, and of the archive copy."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_bespoke.graphql.base import BespokeMutation, decode_id, project_field, token_argument
from saleor_bespoke.graphql.loaders import rows_of
from saleor_bespoke.graphql.values import enum
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.types import DateTime
from saleor_bespoke.steps.cad import services
from saleor_bespoke.steps.cad.report_models import ArchiveCopy, DesignPermission
from saleor_bespoke.steps.cad.services.permissions import KINDS, permission_text

BespokeDesignPermissionKind = enum(
    "BespokeDesignPermissionKind", "What a customer can allow the house.", *KINDS
)
BespokeBaseMetal = enum(
    "BespokeBaseMetal",
    "What an archive copy is made of.",
    "BRASS",
    "BRONZE",
    "COPPER",
    "PEWTER",
)


class BespokeDesignPermission(graphene.ObjectType):
    """A permission that can be given."""

    class Meta:
        description = "Something the customer can allow the house, and whether it is allowed."

    kind = BespokeDesignPermissionKind(required=True, description="What it is about.")
    version = graphene.String(required=True, description="The version of the text to agree to.")
    body = graphene.String(required=True, description="The text.")
    granted_at = DateTime(description="Since when it is allowed; nothing while it is not.")
    granted_version = graphene.String(description="The version that was agreed to.")


class BespokeArchiveCopy(graphene.ObjectType):
    """A copy that the house keeps."""

    class Meta:
        description = "A copy of the piece in base metal in the house's archive, never for sale."
        interfaces = (graphene.relay.Node,)

    metal = BespokeBaseMetal(required=True, description="What it is made of.")
    kept_at = graphene.String(required=True, description="Where it is kept.")
    made_at = DateTime(required=True, description="When it was recorded.")
    allowed = graphene.Boolean(
        required=True, description="Whether the customer's permission for it still stands."
    )

    @staticmethod
    def resolve_allowed(root: ArchiveCopy, info: Any) -> Any:
        given = rows_of(
            info, "permission_of_copy", DesignPermission.objects.all, "pk", root.permission_id
        )
        return given.then(lambda rows: rows[0].revoked_at is None)


class PermissionFields:
    """Fields this room adds to the project."""

    design_permissions = graphene.List(
        graphene.NonNull(BespokeDesignPermission),
        required=True,
        description="What the customer can allow the house to do with the design.",
    )
    archive_copies = graphene.List(
        graphene.NonNull(BespokeArchiveCopy),
        required=True,
        description="The copies in base metal that the house keeps.",
    )

    @staticmethod
    def resolve_design_permissions(root: BespokeProject, info: Any) -> Any:
        def told(rows: list[DesignPermission]) -> list[BespokeDesignPermission]:
            given = {row.kind: row for row in rows if row.revoked_at is None}
            return [_told(root.channel, kind, given.get(kind)) for kind in KINDS]

        rows = rows_of(info, "permissions", DesignPermission.objects.all, "project_id", root.pk)
        return rows.then(told)

    @staticmethod
    def resolve_archive_copies(root: BespokeProject, info: Any) -> Any:
        return rows_of(info, "archive_copies", ArchiveCopy.objects.all, "project_id", root.pk)


def _told(channel: str, kind: str, given: DesignPermission | None) -> BespokeDesignPermission:
    text = permission_text(channel, kind)
    return BespokeDesignPermission(
        kind=kind,
        version=text.version,
        body=text.body,
        granted_at=given.granted_at if given else None,
        granted_version=given.version if given else None,
    )


class DesignPermissionGrant(BespokeMutation):
    """Allow something."""

    class Meta:
        command = "design_permission_grant"
        description = "Allow the house to keep an archive copy, or to show photographs."

    class Arguments:
        project = graphene.ID(required=True, description="The commission's id.")
        kind = BespokeDesignPermissionKind(required=True, description="What is allowed.")
        version = graphene.String(
            required=True, description="The version of the text that was shown."
        )
        token = token_argument()

    project = project_field()

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        row = services.design_permission_grant(
            actor=actor,
            project_pk=decode_id(data["project"], "BespokeProject", field="project"),
            kind=data["kind"],
            version=data["version"],
        )
        return {"project": row.project}


class DesignPermissionRevoke(BespokeMutation):
    """Take a permission back."""

    class Meta:
        command = "design_permission_revoke"
        description = "Take back what was allowed; it needs no reason."

    class Arguments:
        project = graphene.ID(required=True, description="The commission's id.")
        kind = BespokeDesignPermissionKind(required=True, description="What is no longer allowed.")
        token = token_argument()

    project = project_field()

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        row = services.design_permission_revoke(
            actor=actor,
            project_pk=decode_id(data["project"], "BespokeProject", field="project"),
            kind=data["kind"],
        )
        return {"project": row.project}


class ArchiveCopyRecord(BespokeMutation):
    """Record an archive copy."""

    class Meta:
        command = "archive_copy_record"
        description = (
            "Record a copy in base metal of the approved design, which the customer allows."
        )

    class Arguments:
        project = graphene.ID(required=True, description="The commission's id.")
        metal = BespokeBaseMetal(required=True, description="What it is made of.")
        kept_at = graphene.String(required=True, description="Where it is kept.")

    project = project_field()
    copy = graphene.Field(BespokeArchiveCopy, description="The copy.")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        copy = services.archive_copy_record(
            actor=actor,
            project_pk=decode_id(data["project"], "BespokeProject", field="project"),
            metal=data["metal"],
            kept_at=data["kept_at"],
        )
        return {"project": copy.project, "copy": copy}


class PermissionMutations:
    """Operations about permissions."""

    bespoke_design_permission_grant = DesignPermissionGrant.Field()
    bespoke_design_permission_revoke = DesignPermissionRevoke.Field()
    bespoke_archive_copy_record = ArchiveCopyRecord.Field()
