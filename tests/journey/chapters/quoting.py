"""Quoting: two designs, one offer superseded, what may not be offered, and the acceptance."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.journey import samples, wishes
from tests.journey.client import Upload
from tests.journey.commission import Commission
from tests.journey.wishes import line
from tests.journey.world import day, equal, one, price, true

PRICES = {"stone": "4480.00", "gold": "585.00", "labour": "1890.00", "own": "240.00"}


def play(ring: Commission) -> None:
    """From the confirmed brief to an accepted quote with its checkout."""
    ring.world.chapter("Quote")
    materials = _materials(ring)
    _refused_drafts(ring, materials)
    _first_quote(ring, materials)
    _second_quote(ring, materials)
    _acceptance(ring)


def _materials(ring: Commission) -> dict[str, str]:
    world = ring.world
    world.notes["gia"] = f"6{int(world.run, 16) % 10**9:09d}"
    with world.report.step(
        "materials", "The workshop enters a diamond, gold, and a sapphire that a dealer will send"
    ):
        diamond = world.material(
            "D090",
            kind="UNIQUE_STONE",
            name="Round brilliant, 0.90 ct",
            onHand="1",
            stone=wishes.DIAMOND,
            provenance="Botswana, as the dealer states",
            price="4100.00",
            currency="USD",
        )
        gold = world.material(
            "AU750Y",
            kind="METAL",
            name="18K yellow gold, casting grain",
            onHand="60",
            alloy="GOLD_18K_YELLOW",
            price="88.00",
            currency="USD",
        )
        sapphire = _to_be_sourced(ring)
        own = _own_sapphire(ring)
        nearest = world.api.run("bespokeMaterialAlternatives", world.staff, id=diamond, limit=3)
        true(all(row["id"] != diamond for row in nearest), "alternatives are other stones")
    return {"diamond": diamond, "gold": gold, "sapphire": sapphire, "own": own}


def _to_be_sourced(ring: Commission) -> str:
    """A stone ordered from a dealer, who then names a later day."""
    world = ring.world
    today = world.today()
    sapphire = world.material(
        "S140",
        kind="UNIQUE_STONE",
        name="Ceylon sapphire, 1.40 ct",
        onHand="1",
        stone=wishes.CEYLON_SAPPHIRE,
        provenance="Sri Lanka",
        price="2600.00",
        currency="USD",
        toBeSourced=True,
        supplier="A gem dealer in Antwerp",
        expectedOn=str(today + timedelta(days=30)),
    )
    later = str(today + timedelta(days=45))
    ring.tell("bespokeMaterialUpdate", id=sapphire, input={"expectedOn": later})
    found = world.api.run("bespokeMaterial", world.staff, id=sapphire)
    equal((found["toBeSourced"], found["expectedOn"]), (True, later), "the sapphire's arrival")
    return sapphire


def _own_sapphire(ring: Commission) -> str:
    """The customer's stone in the workshop's books, for this commission alone."""
    owned = ring.world.api.run(
        "bespokeMaterials",
        ring.world.staff,
        first=5,
        filter={"customerOwned": True, "search": ring.number},
    )
    own = one(owned["edges"], "own stone")["node"]
    equal(own["owner"], ring.id, "whose stone the sapphire is")
    return str(own["id"])


def _solitaire_lines(materials: dict[str, str], labour: str) -> list[Any]:
    return [
        line("MATERIAL", "Diamond 0.90 ct, F, VS1", PRICES["stone"],
             material=materials["diamond"], quantity="1"),
        line("MATERIAL", "18K yellow gold", PRICES["gold"],
             material=materials["gold"], quantity="6.5"),
        line("MATERIAL", "Your own sapphire, set inside", PRICES["own"],
             material=materials["own"], quantity="1"),
        line("LABOUR", "Design, casting, setting", labour),
        line("CREDIT", "Your bracelet, 8.412 g", "-320.00"),
    ]  # fmt: skip


def _offer(materials: dict[str, str], *, labour: str = PRICES["labour"], **changes: Any) -> Any:
    """Two designs: the diamond that is here, or a sapphire that is to come."""
    design = {"bandWidthMm": "1.9"}
    other = {"stones": [wishes.CEYLON_SAPPHIRE]}
    return {
        "shippingAmount": "25.00",
        "duties": "NONE",
        "tweakAllowance": 2,
        "validDays": 7,
        "note": "Both can be ready long before your anniversary.",
        "alternatives": [
            {
                "title": "Solitaire with a diamond",
                "design": "Four prongs on a 1.9 mm band, the sapphire hidden inside.",
                "specification": wishes.solitaire(**design),
                "lines": _solitaire_lines(materials, labour),
                "uploads": [Upload("solitaire.png", samples.cad_view("Solitaire", turn=0.5))],
                "complexityDays": 2,
                "complexityReason": "The sapphire is set from inside the band.",
            },
            {
                "title": "Solitaire with a Ceylon sapphire",
                "design": "The same, with a larger blue stone.",
                "specification": wishes.solitaire(**design, **other),
                "lines": [
                    line("MATERIAL", "Ceylon sapphire 1.40 ct", "3150.00",
                         material=materials["sapphire"], quantity="1"),
                    *_solitaire_lines(materials, labour)[1:],
                ],
            },
        ],
    } | changes  # fmt: skip


def _refused_drafts(ring: Commission, materials: dict[str, str]) -> None:
    with ring.world.report.step(
        "quote refused",
        "Nothing is offered above her stretch budget, to another country, or by herself",
    ):
        equal(
            ring.world.api.refused(
                "bespokeQuoteDraft", ring.customer, id=ring.id, input=_offer(materials)
            ),
            "PermissionDenied",
            "a shopper's own quote",
        )
        wrong = _offer(materials, tweakAllowance=3)
        ring.tell_in_vain("bespokeQuoteDraft", "INVALID", id=ring.id, input=wrong)
        wrong = _offer(materials, destination="FR")
        ring.tell_in_vain("bespokeQuoteDraft", "INVALID", id=ring.id, input=wrong)
        for labour, code in (("9000.00", "ABOVE_BUDGET"), ("1890.01", None)):
            draft = _draft(ring, _offer(materials, labour=labour))
            if code:
                ring.tell_in_vain("bespokeQuoteSend", code, id=draft["id"])
        equal(ring.read("projectQuotes")["quotes"], [], "the drafts a customer sees")
        ring.stage_is("INTAKE")


def _draft(ring: Commission, offer: Any) -> Any:
    return ring.tell("bespokeQuoteDraft", id=ring.id, input=offer)["quote"]


def _first_quote(ring: Commission, materials: dict[str, str]) -> None:
    with ring.world.report.step("quote sent", "Stella sends a quote with two designs"):
        quote = _draft(ring, _offer(materials, labour="1940.00"))
        ring.tell("bespokeQuoteSend", id=quote["id"])
        ring.stage_is("QUOTED")
        seen = ring.read("projectQuotes")["currentQuote"]
        equal((seen["id"], seen["status"]), (quote["id"], "SENT"), "the quote on offer")
        ring.tell_in_vain("bespokeQuoteSend", "ALREADY_DONE", id=quote["id"])
        kept = [row for row in ring.read()["promises"] if row["step"] == "QUOTE"]
        equal(one(kept, "promise of a quote")["outcome"], "MET", "the promise of the quote")
    with ring.world.report.step("quote countered", "Ada asks for a little less; it is negotiated"):
        ring.ask("bespokeQuoteCounter", id=quote["id"], reason="Could the work cost 50 less?")
        gone = one(ring.read("projectQuotes")["quotes"], "quote")
        equal(gone["status"], "COUNTERED", "the first quote's state")
        ring.stage_is("INTAKE")
        ring.ask_in_vain("bespokeQuoteAccept", "STAGE_FORBIDS", **_choice(gone))


def _second_quote(ring: Commission, materials: dict[str, str]) -> None:
    with ring.world.report.step(
        "quote superseded", "A new quote, at once superseded by one that is 50 less"
    ):
        second = _draft(ring, _offer(materials, labour="1920.00"))
        ring.tell("bespokeQuoteSend", id=second["id"])
        third = _draft(ring, _offer(materials))
        ring.tell("bespokeQuoteSend", id=third["id"])
        states = [row["status"] for row in ring.read("projectQuotes")["quotes"]]
        equal(states, ["COUNTERED", "SUPERSEDED", "SENT"], "the quotes' states")
        live = ring.read("projectQuotes")["quotes"][-1]
        first, other = live["alternatives"]
        equal(float(first["price"]["amount"]), 6875.0, "the price of the diamond solitaire")
        equal(float(first["total"]["amount"]), 6900.0, "its total with delivery")
        equal(first["lines"], None, "the breakdown that this channel hides from shoppers")
        staff_lines = ring.desk("projectQuotes")["quotes"][-1]["alternatives"][0]["lines"]
        equal(len(staff_lines), 5, "the lines that staff see")
        true(any(stone["own"] for stone in first["stones"]), "her own sapphire is in the design")
        true(other["materialsExpectedOn"], "the quote names the day the Ceylon sapphire arrives")
        equal(first["resize"]["outcome"], "FREE", "whether the resize will be free")
        equal(len(live["contentHash"]), 64, "the length of the quote's content hash")
    ring.world.report.note(
        f"{price(first['total'])}, valid until {day(live['validUntil'])}; "
        f"{first['resize']['sentence']}"
    )


def _choice(quote: Any, place: int = 0) -> Any:
    return {
        "id": quote["id"],
        "alternative": quote["alternatives"][place]["id"],
        "termsVersion": quote["termsVersion"],
    }


def _acceptance(ring: Commission) -> None:
    live = ring.read("projectQuotes")["quotes"][-1]
    with ring.world.report.step(
        "quote accepted", "Ada accepts the diamond under the terms she saw; all is held for her"
    ):
        choice = _choice(live)
        outdated = choice | {"termsVersion": "terms-1999"}
        ring.ask_in_vain("bespokeQuoteAccept", "TERMS_OUTDATED", **outdated)
        ring.tell_in_vain("bespokeQuoteAccept", "CUSTOMER_ONLY", **choice)
        opened = ring.ask("bespokeQuoteAccept", **choice)
        ring.stage_is("CHECKOUT")
        money = ring.read("projectMoney")
        payable = one(money["payables"], "payable")
        equal((payable["kind"], payable["status"]), ("QUOTE", "OPEN"), "the payable")
        equal(payable["checkoutId"], opened["checkoutId"], "the checkout")
        equal({row["state"] for row in money["holdings"]}, {"HELD"}, "the holdings' states")
        equal(len(money["holdings"]), 3, "how many materials are held")
        agreed = ring.read("projectQuotes")["quotes"][-1]
        equal(agreed["acceptedAlternative"]["title"], "Solitaire with a diamond", "what she chose")
        again = ring.world.api.refused("bespokeQuoteAccept", ring.customer, **choice)
        true(again in ("QUOTE_NOT_LIVE", "STAGE_FORBIDS"), f"a second click is refused: {again}")
