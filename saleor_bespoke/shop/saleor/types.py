"""Saleor's own scalars and money type: its schema cannot hold a second class of one name."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from saleor.graphql.core.scalars import JSON, UUID, Date, DateTime, Decimal
from saleor.graphql.core.types.money import Money
from saleor.graphql.core.types.upload import Upload

from saleor_bespoke.errors import BespokeError, ErrorCode

__all__ = [
    "JSON",
    "UUID",
    "Date",
    "DateTime",
    "Decimal",
    "Money",
    "Upload",
    "resolve_upload",
]


def resolve_upload(info: Any, value: Any) -> UploadedFile:
    """The uploaded file an `Upload` argument names: Saleor passes the name of its part."""
    file = info.context.FILES.get(value) if isinstance(value, str) else value
    if not isinstance(file, UploadedFile):
        raise BespokeError(ErrorCode.INVALID, "No file was uploaded under this name.", field="file")
    return file
