"""Words that only the shop can write: signed claims that expire, good for one viewer each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.core import signing

from saleor_bespoke import clock, conf
from saleor_bespoke.errors import BespokeError, ErrorCode, NotFound


@dataclass(frozen=True)
class Claim:
    """What a genuine word says: what it opens, by one-letter names, and what it was made with.

    `token_version` is the one of the commission then: once that moves on the word is void. `staff`
    tells that it was made with the workshop's eyes, which whoever uses it must still have.
    """

    opens: Mapping[str, str]
    token_version: int
    staff: bool
    until: int

    def pk(self, name: str) -> UUID:
        """A primary key that it names."""
        return UUID(hex=self.opens[name])

    def fresh_check(self) -> None:
        """FILE_LINK_EXPIRED once it is too old."""
        if clock.now().timestamp() >= self.until:
            raise BespokeError(
                ErrorCode.FILE_LINK_EXPIRED, "This link is too old; ask for a new one."
            )


def seal(
    salt: str,
    opens: Mapping[str, str],
    *,
    token_version: int,
    viewer: str,
    staff: bool = False,
    lifetime: timedelta | None = None,
) -> str:
    """A URL-safe word for `viewer`, who is part of the signature and not readable from it.

    It works for as long as links to files live, 15 minutes by default. Words of another `salt` are
    of another kind.
    """
    lifetime = lifetime or timedelta(minutes=conf.option("FILE_LINK_MINUTES", 15))
    until = int((clock.now() + lifetime).timestamp())
    claim = {"u": until, "v": token_version, "o": dict(opens)} | ({"s": 1} if staff else {})
    return _signer(salt, viewer).sign_object(claim)


def unseal(salt: str, word: str, *, viewer: str, what: str) -> Claim:
    """The claim of a genuine word of this viewer, however old; others are NOT_FOUND."""
    try:
        claim = _signer(salt, viewer).unsign_object(word)
    except signing.BadSignature:
        raise NotFound(what, field=None) from None
    return Claim(claim["o"], claim["v"], bool(claim.get("s")), claim["u"])


def _signer(salt: str, viewer: str) -> signing.Signer:
    return signing.Signer(salt=f"{salt}:{viewer}")
