"""What the customer brings: a stone that is examined, old gold that is weighed and credited."""

from __future__ import annotations

from typing import Any

from tests.journey import wishes
from tests.journey.commission import Commission
from tests.journey.world import equal, one


def play(ring: Commission) -> None:
    """From the parcel's arrival to a stone in the books and a credit that was accepted."""

    def brought(kind: str) -> Any:
        rows = ring.read("projectBrief")["ownMaterials"]
        return one([row for row in rows if row["kind"] == kind], kind)

    stone, gold = brought("OWN_STONE"), brought("OLD_JEWELLERY")
    with ring.world.report.step("own stone", "Her sapphire arrives, is examined and found heated"):
        found = {"stone": wishes.EXAMINED_SAPPHIRE, "findings": "0.22 ct, heated, no chips."}
        ring.tell_in_vain(
            "bespokeOwnMaterialAccept", "OWN_MATERIAL_NOT_OPEN", id=stone["id"], input=found
        )
        ring.tell("bespokeOwnMaterialReceive", id=stone["id"])
        ring.tell("bespokeOwnMaterialAccept", id=stone["id"], input=found)
        examined = brought("OWN_STONE")
        equal(examined["status"], "ACCEPTED", "the sapphire's state")
        equal(float(examined["stone"]["carat"]), 0.22, "its weight in carat")
    with ring.world.report.step("old gold", "Her bracelet is weighed; she accepts 320 USD for it"):
        ring.tell("bespokeOwnMaterialReceive", id=gold["id"])
        worth = {"alloy": "GOLD_14K_YELLOW", "weightGrams": "8.412", "credit": "320.00"}
        ring.tell("bespokeOwnMaterialAccept", id=gold["id"], input=worth)
        ring.ask("bespokeOldGoldCreditAccept", id=gold["id"])
        credited = brought("OLD_JEWELLERY")
        equal(credited["status"], "CREDITED", "the bracelet's state")
        equal(float(credited["credit"]["amount"]), 320.0, "the credit")
        equal(float(credited["weightGrams"]), 8.412, "its weight in grams")
