"""What the form asks: its fields with labels and limits, as every channel has them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from saleor_bespoke import clock, conf
from saleor_bespoke.craft.engraving import LONGEST_TEXT
from saleor_bespoke.craft.promises import promise_due
from saleor_bespoke.craft.specification import LONGEST_DESCRIPTION, LONGEST_NOTES
from saleor_bespoke.steps.intake import rules
from saleor_bespoke.workshop.calendars import calendar_of
from saleor_bespoke.workshop.promise_rules import promised


@dataclass(frozen=True)
class FormField:
    """One question of the form; `longest` counts characters of a text."""

    name: str
    label: str
    required: bool = False
    longest: int | None = None


FIELDS: Final = (
    FormField("title", "What shall we call it?", longest=rules.LONGEST_TITLE),
    FormField("story", "Tell us about the piece and the occasion", longest=rules.LONGEST_STORY),
    FormField("specification.pieceType", "What shall we make?", required=True),
    FormField("specification.alloy", "Metal", required=True),
    FormField("specification.finish", "Finish"),
    FormField("specification.setting", "How the stone is held"),
    FormField("specification.features", "Style"),
    FormField("specification.stones", "Stones"),
    FormField("specification.ringSize", "Ring size, for rings"),
    FormField("specification.bandWidthMm", "Band width in mm, for rings"),
    FormField("specification.lengthMm", "Length in mm, for chains and bracelets"),
    FormField("specification.engraving.text", "Engraving", longest=LONGEST_TEXT),
    FormField("specification.ownStones", "Stones of your own", longest=LONGEST_DESCRIPTION),
    FormField("specification.oldJewellery", "Old jewellery", longest=LONGEST_DESCRIPTION),
    FormField("specification.notes", "Anything else", longest=LONGEST_NOTES),
    FormField("budget.min", "Budget from", required=True),
    FormField("budget.stretch", "Budget at most", required=True),
    FormField("destinationCountry", "Where does it go?", required=True),
    FormField("dateNeeded", "When do you need it?"),
    FormField("contact.name", "Your name", required=True, longest=rules.LONGEST_NAME),
    FormField("contact.email", "Your e-mail address", required=True, longest=rules.LONGEST_EMAIL),
    FormField("contact.phone", "Your telephone number", longest=32),
    FormField("contact.language", "Your language"),
    FormField("contact.timeZone", "Your time zone"),
    FormField("contactConsentVersion", "May we contact you about this?", required=True),
    FormField("returnsNoticeVersion", "Returns and resize", required=True),
)


def quote_promise(channel: str) -> datetime:
    """Until when the quote would be there if the form were sent now (UTC)."""
    unit, quantity = promised("QUOTE", conf.policy(channel))
    due = promise_due(clock.now(), unit=unit, quantity=quantity, calendar=calendar_of(channel))
    return due.at
