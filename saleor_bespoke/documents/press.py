"""The way from facts to what a template reads: words chosen, pictures and codes filed."""

from __future__ import annotations

import io
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Final

from saleor_bespoke.documents.extra import needed
from saleor_bespoke.documents.limits import raster_of
from saleor_bespoke.documents.parts import (
    House,
    Person,
    Picture,
    Reader,
    Seal,
    Signature,
)
from saleor_bespoke.documents.wording import Wording

LONGEST_NUMBER: Final = 40
Facts = dict[str, Any]
Row = tuple[str, str]


class Prose(str):
    """A text whose lines are kept; all others are printed in one, wherever they break."""

    __slots__ = ()


class Exact(str):
    """A hash: copied from the paper it must be itself, so it gets no places to break."""

    __slots__ = ()


class Press:
    """Collects the files that one document's template names."""

    def __init__(self, words: Wording) -> None:
        self.words = words
        self.files: dict[str, bytes] = {}

    def picture(self, picture: Picture | None, otherwise: str = "") -> Facts | None:
        """A picture's place among the files, and its description (`otherwise` if it has none)."""
        if picture is None:
            return None
        name = f"picture-{len(self.files)}.svg"
        self.files[name] = _framed(picture.data)
        words = picture.alt or otherwise or self.words.say("picture.undescribed")
        return {"file": name, "alt": words}

    def code(self, content: str, *, shown: bool = True) -> Facts:
        """A QR code of an address or a number, and its content to be `shown` beside it."""
        drawn = io.BytesIO()
        needed("segno").make(content, error="m", micro=False).save(
            drawn, kind="svg", border=4, scale=4, xmldecl=False, nl=False, dark="#000000"
        )
        name = f"code-{len(self.files)}.svg"
        self.files[name] = drawn.getvalue()
        return {
            "file": name,
            "alt": self.words.say("code.alt", content=content),
            "text": content if shown else "",
        }

    def house(self, house: House) -> Facts:
        """What the head and the foot of a page show."""
        return {
            "name": house.name,
            "address": list(house.address),
            "reach": [it for it in (house.telephone, house.email, house.website) if it],
            "imprint": house.imprint,
            "logo": self.picture(house.logo, self.words.say("picture.logo", name=house.name)),
            "ink": house.ink,
            "accent": house.accent,
            "paper": house.paper,
        }

    def person(self, person: Person | None) -> Facts | None:
        """A name with its lines."""
        if person is None:
            return None
        reach = [it for it in (person.telephone, person.email) if it]
        return {"name": person.name, "lines": [*person.address, *reach]}

    def signature(self, signature: Signature) -> Facts:
        """An agreement given with a click, as a block under the text it is about."""
        return {
            "name": signature.name,
            "role": self.words.coded("role", signature.role),
            "at": self.words.moment(signature.at),
            "receipt": Exact(signature.receipt),
            "reference": signature.reference,
        }

    def seals(self, seals: tuple[Seal, ...]) -> list[Row]:
        """Labels with their hashes."""
        return [(it.label, Exact(it.sha256)) for it in seals]

    def rows(self, *pairs: tuple[str, object]) -> list[Row]:
        """Labelled values, the label being a key of the texts; empty ones drop out."""
        return [
            (self.words.say(key), value) for key, value in pairs if isinstance(value, str) and value
        ]


def _framed(data: bytes) -> bytes:
    """The picture as an SVG that holds it unchanged: typst takes files of text alone."""
    raster = raster_of(data)
    if raster is None:
        return data
    size = f'width="{raster.width}" height="{raster.height}"'
    encoded = b64encode(data).decode()
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'{size}><image {size} xlink:href="data:{raster.media_type};base64,{encoded}"/></svg>'
    ).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One paper. `number` names it, `issued_at` (aware) is its date and its file's timestamp."""

    house: House
    reader: Reader
    number: str = field(metadata={"longest": LONGEST_NUMBER})
    issued_at: datetime
    template: ClassVar[str]

    def __post_init__(self) -> None:
        if self.issued_at.tzinfo is None:
            raise ValueError("A document's time needs its zone.")

    def facts(self, press: Press) -> Facts:
        """What the template of this document shows."""
        raise NotImplementedError
