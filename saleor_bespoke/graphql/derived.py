"""What was derived of a file as API clients see it: previews, a turntable, a mesh for browsers."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_bespoke.graphql.files import file_address
from saleor_bespoke.media.deriving.models import DerivationState, Derivative
from saleor_bespoke.media.recognise import FileKind

_STATES = {
    "PENDING": "Not yet, or not all of it: ask again.",
    "READY": "All that can be derived is there.",
    "FAILED": "Nothing can be derived; `derivationReason` says why.",
    "UNAVAILABLE": "This shop lacks what it takes; `derivationReason` says what.",
}

BespokeDerivationState = graphene.Enum(
    "BespokeDerivationState",
    [(state.value, state.value) for state in DerivationState],
    description=lambda value: (
        _STATES[value.name] if value else "How far previews and the like of a file are."
    ),
)


class _Piece(graphene.ObjectType):
    """Something with bytes of its own; the row knows its file."""

    class Meta:
        abstract = True

    url = graphene.String(
        required=True, description="Where the caller can fetch it, like the file itself."
    )
    mime_type = graphene.String(required=True, description="Its type, e.g. image/webp.")
    size = graphene.Int(required=True, description="Bytes.")

    @staticmethod
    def resolve_url(root: Derivative, info: Any) -> Any:
        return file_address(info, root.file, derivative_pk=root.pk)

    @staticmethod
    def resolve_mime_type(root: Derivative, info: Any) -> str:
        return FileKind(root.kind).mime_type


class BespokePreview(_Piece):
    """A smaller picture of a file."""

    class Meta:
        description = "A picture of a file in one size, never larger than the file's own."

    width = graphene.Int(required=True, description="Width in pixels.")
    height = graphene.Int(required=True, description="Height in pixels.")


class BespokeTurntable(_Piece):
    """A mesh from all sides."""

    class Meta:
        description = (
            "A mesh from all sides: one picture that holds the frames of a full turn, row by row "
            "from the left."
        )

    frames = graphene.Int(required=True, description="How many frames there are.")
    columns = graphene.Int(required=True, description="How many of them stand in a row.")
    width = graphene.Int(required=True, description="Width of one frame in pixels.")
    height = graphene.Int(required=True, description="Height of one frame in pixels.")


class BespokeCompactMesh(_Piece):
    """A mesh for the browser."""

    class Meta:
        description = (
            "A light copy of a mesh as GLB. Its coordinates are those of the file in thousandths, "
            "so that a place on it is a place on the original."
        )
