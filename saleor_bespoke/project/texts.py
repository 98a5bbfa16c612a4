"""What people write into a commission: trimmed, in one normal form, and never too long to keep."""

from __future__ import annotations

import unicodedata

from saleor_bespoke.errors import BespokeError, ErrorCode

# Marks that turn the direction of text around can make a line read as something else.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def line(value: str | None, field: str, *, longest: int, required: bool = True) -> str:
    """One line of text in NFC without surrounding space; refusals REQUIRED and INVALID."""
    return _checked(value, field, longest, required, allowed="")


def block(value: str | None, field: str, *, longest: int, required: bool = True) -> str:
    """A text of several lines in NFC; refusals REQUIRED and INVALID."""
    return _checked(value, field, longest, required, allowed="\n\t")


def _checked(value: str | None, field: str, longest: int, required: bool, allowed: str) -> str:
    plain = (value or "").replace("\r\n", "\n").replace("\r", "\n").strip()
    if required and not plain:
        raise BespokeError(ErrorCode.REQUIRED, "This field is required.", field=field)
    plain = unicodedata.normalize("NFC", plain)
    if len(plain) > longest:
        raise BespokeError(ErrorCode.INVALID, f"At most {longest} characters fit.", field=field)
    for sign in plain:
        hidden = unicodedata.category(sign) in ("Cc", "Cs") or sign in _TURNING
        if hidden and sign not in allowed:
            raise BespokeError(
                ErrorCode.INVALID, "Control characters are not allowed.", field=field
            )
    return plain
