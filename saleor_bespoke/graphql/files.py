"""A private file as API clients see it: its facts, and a link that only this caller can use."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

import graphene
from django.conf import settings

from saleor_bespoke import conf
from saleor_bespoke.graphql.base import actor_of
from saleor_bespoke.graphql.loaders import row_of
from saleor_bespoke.media.links import link_make
from saleor_bespoke.media.models import BespokeFile as FileRow
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.types import DateTime

#: Where both hosts serve private files.
FILES_PATH = "/plugins/saleor.bespoke/files/"


def address_of(context: Any, path: str) -> str:
    """The whole address of a path of this site, as the shop is reached from outside."""
    public = getattr(settings, "PUBLIC_URL", None)
    return urljoin(public, path) if public else str(context.build_absolute_uri(path))


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

    @staticmethod
    def resolve_url(root: FileRow, info: Any) -> Any:
        if root.erased_at is not None:
            return None

        def address(project: BespokeProject) -> str:
            link = link_make(
                file_pk=root.pk,
                token_version=project.token_version,
                viewer=viewer_of(info, project),
            )
            return address_of(info.context, f"{conf.option('FILES_URL', FILES_PATH)}{link}")

        return row_of(info, BespokeProject, root.project_id).then(address)
