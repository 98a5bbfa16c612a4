"""A piece and its stones in the reader's words: what is to be made, of what, in which size."""

from __future__ import annotations

from collections.abc import Iterable

from saleor_bespoke.craft.engraving import Engraving
from saleor_bespoke.craft.metals import ALLOYS
from saleor_bespoke.craft.reports import verification_url
from saleor_bespoke.craft.ring_sizes import RingSize, diameter_mm, labels
from saleor_bespoke.craft.specification import OldJewellery, Specification
from saleor_bespoke.craft.stones import Stone, StoneShape, stated_carat
from saleor_bespoke.craft.styles import SettingType
from saleor_bespoke.documents.parts import Piece, SetStone
from saleor_bespoke.documents.press import Facts, Press, Prose, Row
from saleor_bespoke.documents.wording import Wording


def piece_facts(press: Press, piece: Piece, *, finished: bool = False) -> Facts:
    """The piece's title and its specification as labelled lines.

    Of a `finished` piece only what it is stays, not what was wished, brought and noted on the way.
    """
    specification = piece.specification
    return {
        "title": piece.title,
        "project": piece.project,
        "kind": press.words.term(specification.piece_type, "piece"),
        "rows": specification_rows(press, specification, finished=finished),
        "notes": Prose("" if finished else specification.notes),
    }


def specification_rows(
    press: Press, specification: Specification, *, finished: bool = False
) -> list[Row]:
    """Every fact of a specification but its stones, which have a table, and its notes."""
    words, asked = press.words, specification
    setting = "" if asked.setting is SettingType.NONE else words.term(asked.setting, "setting")
    rows = press.rows(
        ("spec.piece", words.term(asked.piece_type, "piece")),
        ("spec.alloy", alloy_words(words, asked)),
        ("spec.finish", words.term(asked.finish, "finish")),
        ("spec.setting", setting),
        ("spec.features", " · ".join(words.term(it, "feature") for it in asked.features)),
        ("spec.size", asked.ring_size and size_words(words, asked.ring_size)),
        ("spec.band_width", asked.band_width_mm and words.measure(asked.band_width_mm, "mm")),
        ("spec.length", asked.length_mm and words.measure(asked.length_mm, "mm")),
        ("spec.engraving", asked.engraving and engraving_words(words, asked.engraving)),
    )
    return rows if finished else rows + _wished_rows(press, asked)


def _wished_rows(press: Press, asked: Specification) -> list[Row]:
    words = press.words
    source = asked.size_source
    return press.rows(
        ("spec.size_source", source and words.term(source, "size_source")),
        *(
            ("spec.own_stone", f"{it.description} · {stone_name(words, it.stone)}")
            for it in asked.own_stones
        ),
        *(("spec.old", old_words(words, it)) for it in asked.old_jewellery),
    )


def engraving_words(words: Wording, engraving: Engraving) -> str:
    """The text exactly as it is cut, and where."""
    return f"{words.quoted(engraving.text)} · {words.term(engraving.place, 'place')}"


def alloy_words(words: Wording, specification: Specification) -> str:
    """The alloy with its fineness, where the metal has one."""
    alloy = ALLOYS[specification.alloy]
    name = words.term(alloy.code, "alloy")
    return f"{name} ({alloy.fineness} ‰)" if alloy.fineness else name


def size_words(words: Wording, size: RingSize) -> str:
    """The size as it was named, what it measures, and what other countries call it."""
    around = size.circumference
    others = [
        f"{system.value.upper()} {label}"
        for system, label in labels(around).items()
        if system is not size.system
    ]
    measured = words.say(
        "spec.size_measures",
        around=words.measure(around, "mm"),
        across=words.measure(diameter_mm(around), "mm"),
    )
    return f"{size} · {measured}" + (f" ({', '.join(others)})" if others else "")


def old_words(words: Wording, old: OldJewellery) -> str:
    """Old metal as the customer described it."""
    facts = [
        words.term(old.form, "old_form"),
        words.term(old.alloy, "alloy") if old.alloy else "",
        words.measure(old.claimed_grams, "g") if old.claimed_grams else "",
    ]
    return " · ".join(it for it in (old.description, *facts) if it)


def stone_name(words: Wording, stone: Stone) -> str:
    """The stone's name with its origin beside it, equally visible, as the FTC guides ask."""
    name = words.say(f"stone_name.{stone.origin.value}", kind=words.term(stone.kind, "stone"))
    return name[:1].upper() + name[1:]


def weight_words(words: Wording, stone: Stone) -> str:
    """The weight as it may be stated; of several, each one's and all together."""
    if stone.carat is None or stone.total_carat is None:
        return ""
    each = words.carat(stated_carat(stone.carat))
    if stone.quantity == 1:
        return each
    return words.say("stone.each", each=each, total=words.carat(stated_carat(stone.total_carat)))


def cut_words(words: Wording, stone: Stone) -> str:
    """Shape and dimensions."""
    shape = words.term(stone.shape, "shape") if stone.shape not in (None, StoneShape.OTHER) else ""
    sides = stone.dimensions_mm
    size = " × ".join(words.number(side) for side in sides) + "\u00a0mm" if sides else ""
    return ", ".join(it for it in (shape, size) if it)


def grade_words(words: Wording, stone: Stone) -> str:
    """Colour, clarity and a laboratory's assessment, as far as they were given."""
    assessed = words.term(stone.assessment, "assessment") if stone.assessment else ""
    return " · ".join(it for it in (stone.colour, stone.clarity, assessed) if it)


def treatment_words(words: Wording, stone: Stone) -> str:
    """Every treatment, or that none is known."""
    if not stone.treatments:
        return words.say("stone.untreated")
    return " · ".join(words.term(it, "treatment") for it in stone.treatments)


def stones_facts(press: Press, stones: Iterable[SetStone], *, valued: bool = False) -> list[Facts]:
    """The rows of a table of stones; one without a report says so. Only if `valued` with values."""
    return [_stone(press, it, valued) for it in stones]


def _stone(press: Press, it: SetStone, valued: bool) -> Facts:
    words, stone = press.words, it.stone
    laboratory = it.laboratory
    page = verification_url(laboratory, it.report) if laboratory and it.report else None
    named = laboratory and (
        laboratory.value.upper() if laboratory.value != "other" else words.say("lab.other")
    )
    state = "report.verified" if it.verified else "report.unverified"
    return {
        "name": stone_name(words, stone),
        "called": it.name,
        "quantity": stone.quantity,
        "role": words.term(stone.role, "role_in_design"),
        "cut": cut_words(words, stone),
        "weight": weight_words(words, stone),
        "grades": grade_words(words, stone),
        "treatment": treatment_words(words, stone),
        "report": " ".join(part for part in (named, it.report) if part),
        "state": words.say(state) if it.report else words.say("report.none"),
        "page": page or "",
        "provenance": it.provenance,
        "own": words.say("stone.own") if it.own else "",
        "value": words.money(it.value) if valued and it.value else "",
    }


def stones_of(specification: Specification) -> tuple[SetStone, ...]:
    """The stones a specification names, the customer's own among them, before any is chosen."""
    bought = tuple(SetStone(stone=stone) for stone in specification.stones)
    own = tuple(
        SetStone(stone=it.stone, name=it.description, own=True) for it in specification.own_stones
    )
    return bought + own
