"""What the people of the journey want: forms, designs and materials as the API takes them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.journey.world import moment

Json = dict[str, Any]

#: The stone first chosen, and the larger one it is changed for after the first drawings.
DIAMOND: Json = {
    "kind": "DIAMOND",
    "origin": "NATURAL",
    "carat": "0.90",
    "shape": "ROUND",
    "colour": "F",
    "clarity": "VS1",
}
LARGER_DIAMOND: Json = {**DIAMOND, "carat": "1.02"}
CEYLON_SAPPHIRE: Json = {
    "kind": "SAPPHIRE",
    "origin": "NATURAL",
    "carat": "1.40",
    "shape": "OVAL",
    "colour": "cornflower blue",
}
#: A sapphire from a grandmother's brooch, as its owner guesses it and as it measures.
OWN_SAPPHIRE: Json = {
    "kind": "SAPPHIRE",
    "carat": "0.25",
    "shape": "ROUND",
    "colour": "blue",
    "role": "ACCENT",
}
EXAMINED_SAPPHIRE: Json = {
    **OWN_SAPPHIRE,
    "origin": "NATURAL",
    "carat": "0.22",
    "treatments": ["HEATED"],
}

ADDRESSES: dict[str, Json] = {
    "US": {
        "firstName": "Ada",
        "lastName": "Shopper",
        "streetAddress1": "1 Fifth Avenue",
        "city": "New York",
        "countryArea": "NY",
        "postalCode": "10003",
        "country": "US",
    },
    "DE": {
        "firstName": "Guest",
        "lastName": "Shopper",
        "streetAddress1": "Torstraße 1",
        "city": "Berlin",
        "postalCode": "10119",
        "country": "DE",
    },
}


def solitaire(**changes: Any) -> Json:
    """A ring in 18K yellow gold, US size 6½, with one round diamond and a hidden sapphire."""
    return {
        "pieceType": "RING",
        "alloy": "GOLD_18K_YELLOW",
        "finish": "POLISHED",
        "setting": "PRONG_4",
        "features": ["SOLITAIRE"],
        "stones": [DIAMOND],
        "ringSize": {"system": "US", "label": "6 1/2", "measuredBy": "MEASURED_BY_STUDIO"},
        "bandWidthMm": "1.3",
        "engraving": {"text": "A & B 12.06.2027", "place": "INSIDE_BAND"},
        "ownStones": [{"description": "From grandmother's brooch", "stone": OWN_SAPPHIRE}],
        "oldJewellery": [
            {
                "description": "A bracelet that is never worn",
                "alloy": "GOLD_14K_YELLOW",
                "claimedGrams": "9",
            }
        ],
        "notes": "I work with gloves: nothing sharp, please.",
    } | changes


def band(**changes: Any) -> Json:
    """A plain wedding band in 14K white gold, EU size 54."""
    return {
        "pieceType": "WEDDING_BAND",
        "alloy": "GOLD_14K_WHITE",
        "ringSize": {"system": "EU", "label": "54", "measuredBy": "MEASURED_BY_STUDIO"},
        "bandWidthMm": "4",
        "features": ["COMFORT_FIT"],
    } | changes


def form(shape: Json, specification: Json, **changes: Any) -> Json:
    """A filled-in form for the channel that this intake form describes."""
    return {
        "channel": shape["channel"],
        "title": "Solitaire with a secret",
        "story": "For our tenth anniversary; the little sapphire belonged to my grandmother.",
        "specification": specification,
        "budget": {"min": "6000.00", "stretch": "9000.00"},
        "destinationCountry": "US",
        # The form's promise tells what day it is in the shop, whose clock may be ahead of ours.
        "dateNeeded": str(moment(shape["quotePromise"]).date() + timedelta(days=180)),
        "contactConsentVersion": shape["contactConsent"]["version"],
        "returnsNoticeVersion": shape["returnsNotice"]["version"],
    } | changes


def line(kind: str, description: str, amount: str, **material: str) -> Json:
    """A line of a price; a material line names `material` and `quantity`."""
    return {"kind": kind, "description": description, "amount": amount, **material}
