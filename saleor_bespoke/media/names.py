"""Names that customers give their files: shown to people, never used as a path."""

from __future__ import annotations

import re
import unicodedata

from saleor_bespoke.media.recognise import FileKind

#: Longest name kept, in characters, its suffix included.
NAME_MAX = 120

_SEPARATORS = re.compile(r"[/\\\0]")
_SPACES = re.compile(r"\s+")
_RESERVED = re.compile(r'[<>:"|?*;%]')
_KNOWN_SUFFIXES = frozenset(suffix for kind in FileKind for suffix in kind.suffixes)


def display_name(raw: str | None, kind: FileKind) -> str:
    """A harmless name for a stored file of this kind.

    Only the last part of a path survives, in NFC, without control, direction-changing or
    shell-like characters; the ending is always the one of what is really stored.
    """
    last = _SEPARATORS.split(unicodedata.normalize("NFC", raw or ""))[-1]
    visible = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in last)
    stem = _SPACES.sub(" ", _RESERVED.sub("_", visible)).strip(" .")
    head, dot, ending = stem.rpartition(".")
    if dot and f".{ending.lower()}" in _KNOWN_SUFFIXES:
        stem = head.strip(" .")
    elif f".{stem.lower()}" in _KNOWN_SUFFIXES:
        stem = ""
    suffix = kind.suffixes[0]
    return f"{(stem or 'file')[: NAME_MAX - len(suffix)].rstrip(' .')}{suffix}"
