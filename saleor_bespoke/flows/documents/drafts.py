"""A paper before it is set: its facts, the state they stand for, and its pictures still unread."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b32encode
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from django.conf import settings

from saleor_bespoke.documents.certifying import Certificate
from saleor_bespoke.documents.parts import House, Picture
from saleor_bespoke.documents.press import Document
from saleor_bespoke.flows.documents.pictures import Kept, picture_read
from saleor_bespoke.project.journal import digest
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.papers.rules import Kind


@dataclass(frozen=True, kw_only=True)
class Draft:
    """The facts of one paper. `place` is its number within its kind, if no other paper has it.

    `state` stands for the facts where they were frozen elsewhere; without it they are hashed, all
    but how the house looks.
    """

    kind: Kind
    subject: str
    place: int
    document: Document
    state: Any = None

    @property
    def facts_hash(self) -> str:
        """Equal for equal facts: what decides whether a new version is due."""
        said = self.state if self.state is not None else plain(self.document)
        return digest({"kind": self.kind, "subject": self.subject, "said": said})

    def numbered(self, project: BespokeProject, number: str, version: int) -> Document:
        """The document with its number and, if it is a certificate, the address that proves it."""
        document = replace(self.document, number=number)
        if isinstance(document, Certificate):
            code = code_of(project, version, self.facts_hash)
            document = replace(document, verification=document.verification + code)
        return document


def code_of(project: BespokeProject, version: int, facts_hash: str) -> str:
    """160 bits that only the shop can compute, for the address of a certificate's public page."""
    said = f"certificate:{project.pk}:{version}:{facts_hash}".encode()
    mac = hmac.digest(settings.SECRET_KEY.encode(), said, "sha256")
    return b32encode(mac[:20]).decode().lower()


def plain(value: Any) -> Any:
    """A document's facts as JSON; pictures by their digests, the house left out."""
    if isinstance(value, Kept):
        return [value.sha256, value.alt]
    if isinstance(value, Picture):
        return [hashlib.sha256(value.data).hexdigest(), value.alt]
    if isinstance(value, House):
        return None
    if is_dataclass(value) and not isinstance(value, type):
        return {
            entry.name: plain(getattr(value, entry.name))
            for entry in fields(value)
            if entry.name not in ("house", "number")
        }
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value


def with_pictures(value: Any) -> Any:
    """The same facts with every stored picture read and scaled for paper."""
    if isinstance(value, Kept):
        return Picture(picture_read(value.preview), value.alt)
    if isinstance(value, tuple):
        found = tuple(with_pictures(item) for item in value)
        return value if all(a is b for a, b in zip(found, value, strict=True)) else found
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changed = {
        entry.name: inner
        for entry in fields(value)
        if (inner := with_pictures(old := getattr(value, entry.name))) is not old
    }
    return replace(value, **changed) if changed else value
