"""Legal texts as the package brings them; a shop puts its own in their place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """A legal text as shown: what was agreed to is found again by its version."""

    version: str
    body: str


CONTACT_CONSENT = Text(
    "contact-2026-1",
    "I agree that the workshop contacts me about this commission by e-mail or telephone.",
)
RETURNS_NOTICE = Text(
    "returns-2026-1",
    "A bespoke piece is made to your specification. Once you approve its CAD you cannot return or "
    "exchange it, except where it is faulty or not as agreed; those rights always stay yours. "
    "One free resize within 30 days is included where the design allows it.",
)
TERMS = Text(
    "terms-2026-1",
    "The whole price is paid at once. Payment locks the materials, the price and a place in the "
    "workshop. Design work starts at payment; before you approve the CAD you may cancel for the "
    "refund shown. The designs remain the workshop's intellectual property.",
)

DESIGN_LICENCE = Text(
    "design-licence-2026-1",
    "This design was made for one commission and stays the workshop's intellectual property. You "
    "may look at it, keep it and show it to others as yours; making the piece from it, or giving "
    "it to others to be made, needs the workshop's written consent. No other client is given it.",
)
ARCHIVE_PERMISSION = Text(
    "archive-2026-1",
    "The workshop may keep one copy of my piece in base metal in its archive. It is never sold or "
    "worn. I can take this permission back at any time; the copy is then destroyed.",
)
PHOTOGRAPHS_PERMISSION = Text(
    "photographs-2026-1",
    "The workshop may show photographs of my piece, without my name, on its pages and in its "
    "showroom. I can take this permission back at any time; the photographs are then taken down.",
)
