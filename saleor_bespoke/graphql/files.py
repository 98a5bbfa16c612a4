"""A private file as API clients see it: its facts, and a link that only this caller can use."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin
from uuid import UUID

import graphene
from django.conf import settings
from promise import Promise

from saleor_bespoke import conf
from saleor_bespoke.graphql.base import actor_of, staff_view
from saleor_bespoke.graphql.loaders import row_of, rows_of
from saleor_bespoke.media.deriving.models import Derivation, Derivative
from saleor_bespoke.media.deriving.results import Role
from saleor_bespoke.media.links import link_make
from saleor_bespoke.media.models import BespokeFile as FileRow
from saleor_bespoke.media.recognise import IMAGES, FileKind
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.types import DateTime

#: Where both hosts serve private files.
FILES_PATH = "/plugins/saleor.bespoke/files/"


def address_of(context: Any, path: str) -> str:
    """The whole address of a path of this site, as the shop is reached from outside."""
    public = getattr(settings, "PUBLIC_URL", None)
    return urljoin(public, path) if public else str(context.build_absolute_uri(path))


def link_address(context: Any, path: str) -> str:
    """The whole address of a signed link, on the domain that `FILES_DOMAIN` names for files."""
    domain = conf.option("FILES_DOMAIN")
    return urljoin(domain, path) if domain else address_of(context, path)


def file_link(
    info: Any, project: BespokeProject, file_pk: UUID, derivative_pk: UUID | None = None
) -> str:
    """Where the caller can fetch a file of this project, or what was derived of it."""
    link = link_make(
        file_pk=file_pk,
        token_version=project.token_version,
        viewer=viewer_of(info, project),
        staff=staff_view(info, project),
        derivative_pk=derivative_pk,
    )
    return link_address(info.context, f"{conf.option('FILES_URL', FILES_PATH)}{link}")


def viewer_of(info: Any, project: BespokeProject) -> str:
    """For whom links to this project's files are made: the account, or the project's guest."""
    actor = actor_of(info)
    owns = actor.user_pk is not None and actor.user_pk == project.owner_id
    return actor.ref if owns or actor.manages_orders else f"guest:{project.pk}"


class BespokeFile(graphene.ObjectType):
    """A private file of a commission."""

    class Meta:
        description = (
            "A private file of a commission. Its address works for the caller alone, for a while; "
            "fetch it with the same authorization, or with the project's token in the header "
            "`Bespoke-Token`, or as `Authorization: Bespoke <token>`, which browsers may send to "
            "another origin."
        )
        interfaces = (graphene.relay.Node,)

    name = graphene.String(required=True, description="What it is called.")
    kind = graphene.String(required=True, description="Its format, e.g. JPEG or PDF.")
    size = graphene.Int(required=True, description="Bytes.")
    width = graphene.Int(description="Width in pixels, of pictures and videos.")
    height = graphene.Int(description="Height in pixels, of pictures and videos.")
    sha256 = graphene.String(required=True, description="SHA-256 of its bytes, in hex.")
    created_at = DateTime(required=True, description="When it was uploaded.")
    url = graphene.String(description="Where the caller can fetch it; none once it was erased.")

    duration = graphene.Float(description="Length in seconds, of videos.")
    page_count = graphene.Int(description="How many pages it has, of documents, once derived.")
    placeholder = graphene.String(
        description="A blur of it as a `data:` address, to show until a preview is there."
    )
    previews = graphene.List(
        graphene.NonNull("saleor_bespoke.graphql.derived.BespokePreview"),
        required=True,
        description=(
            "Pictures of it, the smallest first, as WebP and AVIF; of a document its first page, "
            "of a video a frame, of a mesh the piece."
        ),
    )
    poster = graphene.Field(
        "saleor_bespoke.graphql.derived.BespokePreview",
        description="The largest preview of what is no picture itself.",
    )
    turntable = graphene.Field(
        "saleor_bespoke.graphql.derived.BespokeTurntable", description="A mesh from all sides."
    )
    compact_mesh = graphene.Field(
        "saleor_bespoke.graphql.derived.BespokeCompactMesh",
        description="A mesh for the browser.",
    )
    derivation_state = graphene.Field(
        "saleor_bespoke.graphql.derived.BespokeDerivationState",
        description="How far all of these are; none once the file was erased.",
    )
    derivation_reason = graphene.String(
        description="Why there is nothing, or not yet, in a sentence."
    )

    @staticmethod
    def resolve_url(root: FileRow, info: Any) -> Any:
        return None if root.erased_at is not None else file_address(info, root)

    @staticmethod
    def resolve_duration(root: FileRow, info: Any) -> Any:
        if root.duration is not None:
            return root.duration
        return _derivation(root, info).then(lambda row: row and row.duration)

    @staticmethod
    def resolve_page_count(root: FileRow, info: Any) -> Any:
        return _derivation(root, info).then(lambda row: row and row.pages)

    @staticmethod
    def resolve_placeholder(root: FileRow, info: Any) -> Any:
        return _derivation(root, info).then(lambda row: (row and row.placeholder) or None)

    @staticmethod
    def resolve_derivation_state(root: FileRow, info: Any) -> Any:
        return _derivation(root, info).then(lambda row: row and row.state)

    @staticmethod
    def resolve_derivation_reason(root: FileRow, info: Any) -> Any:
        return _derivation(root, info).then(lambda row: (row and row.reason) or None)

    @staticmethod
    def resolve_previews(root: FileRow, info: Any) -> Any:
        return _derived(root, info, Role.PREVIEW)

    @staticmethod
    def resolve_poster(root: FileRow, info: Any) -> Any:
        if root.kind in IMAGES:
            return None
        return _derived(root, info, Role.PREVIEW).then(_last_webp)

    @staticmethod
    def resolve_turntable(root: FileRow, info: Any) -> Any:
        return _derived(root, info, Role.TURNTABLE).then(_last)

    @staticmethod
    def resolve_compact_mesh(root: FileRow, info: Any) -> Any:
        return _derived(root, info, Role.MESH).then(_last)


def file_address(info: Any, file: FileRow, *, derivative_pk: UUID | None = None) -> Any:
    """The same, where the file's project is not at hand yet."""
    found = row_of(info, BespokeProject, file.project_id)
    return found.then(lambda project: file_link(info, project, file.pk, derivative_pk))


def _derivation(file: FileRow, info: Any) -> Any:
    """The state of what is derived from it; one statement for a whole page."""
    return rows_of(info, "derivation", Derivation.objects.all, "file_id", file.pk).then(_last)


def _derived(file: FileRow, info: Any, role: Role) -> Any:
    """Its pieces for a role, the smallest first; one statement for all roles of a whole page."""

    def chosen(rows: list[Derivative]) -> list[Derivative]:
        found = [row for row in rows if row.role == role]
        for row in found:
            row.file = file
        return found

    if file.erased_at is not None:
        return Promise.resolve([])
    return rows_of(info, "derivatives", Derivative.objects.all, "file_id", file.pk).then(chosen)


def _last(rows: list[Any]) -> Any:
    return rows[-1] if rows else None


def _last_webp(rows: list[Derivative]) -> Derivative | None:
    return _last([row for row in rows if row.kind == FileKind.WEBP])
