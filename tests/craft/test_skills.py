"""Which skills a piece takes: a table, and that nothing but the specification decides."""

from __future__ import annotations

from typing import Any

import pytest

from saleor_bespoke.craft.skills import Skill, skills_of
from tests.fixtures import ring_specification

MELEE = {"kind": "diamond", "origin": "natural", "carat": "0.01", "role": "melee", "quantity": 20}


@pytest.mark.parametrize(
    ("changes", "skills"),
    [
        ({}, {Skill.PRONG_SETTING}),
        ({"setting": "none", "features": [], "stones": []}, set()),
        ({"setting": "half_bezel"}, {Skill.BEZEL_SETTING}),
        ({"setting": "tension"}, {Skill.TENSION_SETTING}),
        ({"features": ["halo"]}, {Skill.PRONG_SETTING, Skill.PAVE_SETTING}),
        ({"stones": [MELEE]}, {Skill.PRONG_SETTING, Skill.PAVE_SETTING}),
        (
            {"stones": [MELEE], "features": ["channel_set"]},
            {Skill.PRONG_SETTING, Skill.CHANNEL_SETTING},
        ),
        ({"alloy": "platinum_950_ru"}, {Skill.PRONG_SETTING, Skill.PLATINUM_WORK}),
        (
            {"engraving": {"text": "Ever", "place": "inside_band"}},
            {Skill.PRONG_SETTING, Skill.ENGRAVING},
        ),
        (
            {"features": ["engraved_all_over", "milgrain", "hammered_all_over"]},
            {Skill.PRONG_SETTING, Skill.HAND_ENGRAVING, Skill.MILGRAIN, Skill.SURFACE_TEXTURE},
        ),
    ],
)
def test_skills_of(changes: dict[str, Any], skills: set[Skill]) -> None:
    assert skills_of(ring_specification(**changes)) == skills


def test_what_is_said_beside_the_design_takes_no_skill() -> None:
    plain = skills_of(ring_specification())

    assert skills_of(ring_specification(notes="pave, please", bandWidthMm="3")) == plain
