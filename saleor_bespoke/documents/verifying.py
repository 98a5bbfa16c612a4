"""What the public page of a certificate may say: the piece, and nothing about its owner."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from saleor_bespoke.documents.certifying import Certificate, mark_rows
from saleor_bespoke.documents.design import specification_rows, stones_facts
from saleor_bespoke.documents.making import weight_rows
from saleor_bespoke.documents.press import Press
from saleor_bespoke.documents.wording import Wording

#: Of a stone's row: what a stranger may compare with the stone in front of him.
STONE = ("quantity", "cut", "weight", "grades", "treatment", "report")
#: Texts of the page itself, by their keys below `verify.`.
WORDS = (
    "verify.title",
    "verify.valid",
    "verify.valid_text",
    "verify.replaced",
    "verify.replaced_text",
    "verify.revoked",
    "verify.revoked_text",
    "verify.damaged",
    "verify.damaged_text",
    "verify.number",
    "verify.made_by",
    "verify.finished",
    "verify.sha256",
    "verify.sha256_text",
    "verify.privacy",
    "verify.metal",
    "verify.stones",
)


def public_of(document: Certificate) -> dict[str, Any]:
    """The page's facts in the certificate's language.

    The title and the engraving stay away, as people write names into them, and so does the ring's
    owner; what is left is the metal, the stones, the weights and the mark.
    """
    words = Wording.of(document.house, document.reader)
    press = Press(words)
    asked = replace(document.piece.specification, engraving=None)
    rows = [
        *specification_rows(press, asked, finished=True),
        *weight_rows(press, document.weights),
        *mark_rows(press, document.mark),
    ]
    return {
        "language": words.language,
        "house": document.house.name,
        "ink": document.house.ink,
        "accent": document.house.accent,
        "kind": words.term(document.piece.specification.piece_type, "piece"),
        "finished": words.on(document.finished_on),
        "rows": [[label, str(value)] for label, value in rows],
        "stones": [
            {
                "name": row["name"],
                "facts": [
                    str(row[key])
                    for key in STONE
                    if row[key] and (key != "treatment" or it.stone.treatments)
                ],
            }
            for row, it in zip(stones_facts(press, document.stones), document.stones, strict=True)
        ],
        "words": {key.partition(".")[2]: words.say(key) for key in WORDS},
    }
