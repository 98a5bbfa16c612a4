"""How this room says no."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saleor_bespoke.errors import BespokeError, ErrorCode

if TYPE_CHECKING:  # decoders say no as well, in processes that know no database
    from saleor_bespoke.project.models import BespokeProject


def forgotten_check(project: BespokeProject) -> None:
    """Refuse a file for a commission whose customer was forgotten."""
    if project.erased_at is not None:
        raise BespokeError(
            ErrorCode.PERSONAL_DATA_ERASED,
            "The customer of this commission was erased: no file of theirs is kept any more.",
            field="file",
        )


def unreadable(message: str) -> BespokeError:
    """The refusal of a file that is damaged, locked or not what it claims to be."""
    return BespokeError(ErrorCode.FILE_UNREADABLE, message, field="file")


def not_allowed(message: str) -> BespokeError:
    """The refusal of a kind of file that this purpose does not take, or nobody does."""
    return BespokeError(ErrorCode.FILE_KIND_NOT_ALLOWED, message, field="file")
