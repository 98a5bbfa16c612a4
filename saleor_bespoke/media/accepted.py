"""Which kinds of file, and how large ones, each purpose takes: in one channel, or anywhere."""

from __future__ import annotations

from saleor_bespoke import conf
from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.media import scanning
from saleor_bespoke.media.recognise import MEGABYTE, FileKind, Purpose
from saleor_bespoke.media.refusals import not_allowed


def kinds(purpose: Purpose, channel: str | None = None) -> frozenset[FileKind]:
    """The kinds this channel takes for this purpose; without a channel, those that any takes.

    A channel's `file_kinds` stand in place of the usual ones.
    """
    if channel is None:
        return purpose.kinds.union(*(kinds(purpose, each) for each in _channels()))
    own = conf.policy(channel).file_kinds.get(purpose.value)
    return purpose.kinds if own is None else frozenset(FileKind(kind) for kind in own)


def max_bytes(purpose: Purpose, channel: str | None = None) -> int:
    """The largest upload in bytes: the channel's `file_max_bytes`, else `BESPOKE`'s, else ours.

    Without a channel it is the most that any takes. It is never more than a virus scanner reads.
    """
    read = scanning.largest()
    most = _wanted_bytes(purpose, channel)
    return most if read is None else min(most, read)


def _wanted_bytes(purpose: Purpose, channel: str | None) -> int:
    usual = int(conf.option("FILE_MAX_BYTES", {}).get(purpose.value, purpose.max_bytes_default))
    if channel is None:
        return max([usual, *(_wanted_bytes(purpose, each) for each in _channels())])
    return conf.policy(channel).file_max_bytes.get(purpose.value, usual)


def check(kind: FileKind, size: int, *, purpose: Purpose, channel: str | None) -> None:
    """Refuse a file of this kind and size where it is not taken."""
    if kind not in kinds(purpose, channel):
        raise not_allowed(f"A file of kind {kind} is not accepted here.")
    if size > (most := max_bytes(purpose, channel)):
        raise too_large(most)


def too_large(most: int) -> BespokeError:
    """The refusal of a file of more than `most` bytes."""
    said = f"{most / MEGABYTE:.0f} MB" if most >= MEGABYTE else f"{most} bytes"
    return BespokeError(ErrorCode.FILE_TOO_LARGE, f"This file is larger than {said}.", field="file")


def _channels() -> list[str]:
    return list(conf.option("CHANNELS", {}))
