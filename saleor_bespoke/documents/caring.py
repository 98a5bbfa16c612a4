"""The care card: how to wear, clean and keep the piece, and when to bring it in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from saleor_bespoke.craft.metals import ALLOYS, Finish, MetalFamily
from saleor_bespoke.craft.specification import Specification
from saleor_bespoke.craft.stones import SettingRisk, Stone, StoneKind, setting_risk
from saleor_bespoke.documents.parts import Piece
from saleor_bespoke.documents.press import Document, Facts, Press

_SOFT = frozenset({StoneKind.PEARL, StoneKind.OPAL, StoneKind.TURQUOISE, StoneKind.MOONSTONE})


@dataclass(frozen=True, slots=True)
class Service:
    """A service (a key of the texts), the day it is due, and whether it costs nothing."""

    kind: str
    on: date
    free: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CareCard(Document):
    """Care by what the piece is made of, the service dates, and until when its resize is free."""

    template: ClassVar[str] = "care_card"
    piece: Piece
    services: tuple[Service, ...] = ()
    resize_until: date | None = None
    booking: str = ""

    def facts(self, press: Press) -> Facts:
        """What the template shows."""
        words = press.words
        advice = care_of(self.piece.specification)
        return {
            "piece": {"title": self.piece.title, "project": self.piece.project},
            "advice": [
                (words.say(f"care.{it}.title"), words.say(f"care.{it}.text")) for it in advice
            ],
            "services": [
                (
                    words.coded("service", it.kind),
                    words.on(it.on),
                    words.say("care.free" if it.free else "care.paid"),
                )
                for it in self.services
            ],
            "resize": words.say("care.resize", day=words.on(self.resize_until))
            if self.resize_until
            else "",
            "booking": press.code(self.booking) if self.booking else None,
        }


def care_of(specification: Specification) -> tuple[str, ...]:
    """Which advice (keys of the texts) concerns this piece, the most important first."""
    stones: list[Stone] = [
        *specification.stones,
        *(own.stone for own in specification.own_stones),
    ]
    gentle = any(setting_risk(stone) is SettingRisk.HIGH for stone in stones)
    soft = any(stone.kind in _SOFT for stone in stones)
    family = ALLOYS[specification.alloy].family
    parts = {
        "wear": True,
        "clean": not gentle,
        "clean_gentle": gentle,
        "soft_stones": soft,
        "prongs": bool(stones),
        "rhodium": specification.finish is Finish.RHODIUM_PLATED,
        "surface": specification.finish in (Finish.MATTE, Finish.BRUSHED, Finish.HAMMERED),
        "silver": family is MetalFamily.SILVER,
        "keep": True,
    }
    return tuple(name for name, applies in parts.items() if applies)
