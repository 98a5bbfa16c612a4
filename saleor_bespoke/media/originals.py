"""What a customer really sent, for shops that must keep it: encrypted, and never served.

A channel's `originals_kept` names purposes; it is empty unless the shop says otherwise. The keys
are `BESPOKE["FILES_KEYS"]`, each 32 random bytes in URL-safe base64. The first one encrypts; all
of them decrypt, so that a new key is put first, `bespoke_originals rotate` run, and the old one
removed.

Format: `BSPO2`, 8 bytes of the key's digest, 8 random bytes, then pieces of 64 KiB in AES-256-GCM.
A piece's nonce is the random bytes and its number, whose highest bit marks the last piece, and the
file's primary key is authenticated with it; so nothing can be changed, swapped, repeated, cut off
or put in another file's place unnoticed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured

from saleor_bespoke import conf
from saleor_bespoke.media.store import Readable

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_MAGIC = b"BSPO2"
_PIECE = 64 * 1024
_TAG = 16
_LAST = 1 << 31


class OriginalUnreadable(Exception):
    """A kept original that was changed, or whose key is not among FILES_KEYS."""


def kept(purpose: str, channel: str) -> bool:
    """Whether this channel keeps originals of this purpose; then there must be a key."""
    wanted = purpose in conf.policy(channel).originals_kept
    if wanted and not conf.option("FILES_KEYS"):
        raise ImproperlyConfigured("Originals are only kept encrypted: set BESPOKE['FILES_KEYS'].")
    return wanted


def encrypt(source: Path, target: Path, *, of: UUID) -> None:
    """Write what came as the file `of`, encrypted with the first key, from `source` to `target`."""
    key = _keys()[0]
    cipher, prefix = _cipher(key), os.urandom(8)
    with source.open("rb") as plain, target.open("wb") as sealed:
        sealed.write(_MAGIC + _name(key) + prefix)
        piece, number = plain.read(_PIECE), 0
        while True:
            following = plain.read(_PIECE)
            nonce = _nonce(prefix, number, last=not following)
            sealed.write(cipher.encrypt(nonce, piece, of.bytes))
            if not following:
                return
            piece, number = following, number + 1


def decrypt(sealed: Readable, *, of: UUID) -> Iterator[bytes]:
    """What came as the file `of`, piece by piece.

    OriginalUnreadable where it was changed, is another file's or has no key.
    """
    from cryptography.exceptions import InvalidTag

    head = _exactly(sealed, len(_MAGIC) + 16)
    name, prefix = head[len(_MAGIC) : -8], head[-8:]
    key = next((key for key in _keys() if _name(key) == name), None)
    if not head.startswith(_MAGIC) or key is None:
        raise OriginalUnreadable("It is no kept original, or its key is not among FILES_KEYS.")
    cipher = _cipher(key)
    piece, number = _exactly(sealed, _PIECE + _TAG), 0
    while True:
        following = _exactly(sealed, _PIECE + _TAG)
        try:
            yield cipher.decrypt(_nonce(prefix, number, last=not following), piece, of.bytes)
        except InvalidTag:
            raise OriginalUnreadable("It was changed since it was kept.") from None
        if not following:
            return
        piece, number = following, number + 1


def of_first_key(sealed: Readable) -> bool:
    """Whether the first key encrypted it, so that there is nothing to rotate."""
    return _exactly(sealed, len(_MAGIC) + 8) == _MAGIC + _name(_keys()[0])


def _exactly(file: Readable, size: int) -> bytes:
    """So many bytes, or fewer at the end: storages may read less than they are asked for."""
    found = b""
    while len(found) < size and (part := file.read(size - len(found))):
        found += part
    return found


def _keys() -> list[bytes]:
    found = []
    for place, text in enumerate(conf.option("FILES_KEYS", ())):
        try:
            key = base64.urlsafe_b64decode(text)
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != 32:
            raise ImproperlyConfigured(
                f"BESPOKE['FILES_KEYS'][{place}] must be 32 bytes in URL-safe base64."
            )
        found.append(key)
    if not found:
        raise ImproperlyConfigured("BESPOKE['FILES_KEYS'] names no key.")
    return found


def key_new() -> str:
    """A fresh key as `FILES_KEYS` takes it."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def keys_check() -> None:
    """ImproperlyConfigured where a key is none, or the extra is missing."""
    for key in _keys():
        _cipher(key)


def _name(key: bytes) -> bytes:
    return hashlib.sha256(b"saleor_bespoke.media.originals" + key).digest()[:8]


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + (number | (_LAST if last else 0)).to_bytes(4, "big")


def _cipher(key: bytes) -> AESGCM:
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ImportError as missing:
        raise ImproperlyConfigured(
            "Keeping originals needs the extra `originals`: pip install saleor-bespoke[originals]."
        ) from missing
    return AESGCM(key)
