"""What the customer's letters say where an event's facts belong into them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from saleor_bespoke import conf
from saleor_bespoke.craft.stone_codec import stone_from_json
from saleor_bespoke.craft.stones import describe
from saleor_bespoke.money.minor_units import amount_text
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.workshop.models import Material
from saleor_bespoke.workshop.promise_rules import DELIVERY_STEPS, SHOP_CAUSES

Payload = dict[str, Any]
Letter = Callable[[BespokeProject, Payload], tuple[str, str]]


def sum_of(payload: Payload, name: str = "amount") -> str:
    return amount_text(Decimal(payload[name]), payload["currency"])


def opened(project: BespokeProject, payload: Payload) -> tuple[str, str]:
    return (
        f"We have your brief {project.number}",
        "Thank you for telling us about your piece. A stylist reads your brief now and answers "
        "with a quote, or with a question if something is missing.",
    )


def asked(project: BespokeProject, payload: Payload) -> tuple[str, str]:
    return (
        f"A question about {project.number}",
        "Your stylist needs one more detail before the quote. You find the question on your "
        "commission's page; the time promised for the quote waits for your answer.",
    )


def quoted(project: BespokeProject, payload: Payload) -> tuple[str, str]:
    return (
        f"Your quote for {project.number}",
        "Your quote is ready. It names the price, the stones, the delivery and whether your "
        "resize will be free, and stands until the end of its last day.",
    )


def paid(project: BespokeProject, payload: Payload) -> tuple[str, str]:
    if payload["kind"] != "QUOTE":
        return (
            f"Paid: {sum_of(payload)} for {project.number}",
            f"We received {sum_of(payload)} under order {payload['order']}. Thank you.",
        )
    quote = project.quotes.get(pk=payload["subject"])
    chosen = project.quotes.filter(pk=quote.pk).values_list(
        "accepted_alternative__resize", flat=True
    )
    return (
        f"Your commission {project.number} has begun",
        f"We received {sum_of(payload)} under order {payload['order']}. Your materials, your price "
        "and your place in the workshop are locked, and the design of your piece starts now.\n\n"
        f"{chosen.get()['sentence']}\n\n"
        f"The quote (hash {quote.content_hash}) stays as it is, and so do the terms you accepted, "
        f"version {quote.terms_version}:\n\n{quote.terms_body}",
    )


#: Why money could not be kept, as the customer reads it; of any other cause, `NOT_AGREED`.
RETURNED = {
    "MATERIAL_UNAVAILABLE": "A stone or a metal of your piece was sold to somebody else before "
    "your payment arrived.",
    "SLOT_UNAVAILABLE": "The workshop has no place left for your piece.",
    "OFFER_ENDED": "The offer had ended when your payment arrived.",
    "PAYABLE_NOT_OPEN": "The offer had ended when your payment arrived.",
    "QUOTE_EXPIRED": "The offer had ended when your payment arrived.",
    "ORDER_CANCELLED": "The order was cancelled.",
    "STAGE_FORBIDS": "Your payment arrived too late to be of use.",
    "CHANGE_NOT_OPEN": "The change had been closed when your payment arrived.",
    "SECOND_ORDER": "This sum had been paid already.",
    "CHECKOUT_GONE": "Its checkout no longer existed when your payment arrived.",
    "FOUND": "Your payment made no order in time.",
}
NOT_AGREED = "Your payment did not fit the sum that was agreed."


def cause_of(payload: Payload) -> str:
    """Why this payment went back, in a sentence."""
    return RETURNED.get(payload.get("cause", ""), NOT_AGREED)


def _offered(payload: Payload) -> str:
    """The nearest materials that were in stock when the others turned out to be gone."""
    codes = payload.get("alternatives") or []
    if not payload.get("lost"):
        return ""
    known = Material.objects.in_bulk(codes, field_name="code")
    if not known:
        return "\n\nYour stylist will come back to you with what comes nearest to it."
    lines = "\n".join(f"– {_described(known[code])}" for code in codes if code in known)
    return (
        f"\n\nNearest to it, and in our stock as we write:\n{lines}\n\nTell your stylist which of "
        "them you like, and you receive a new quote. None of them is held for you yet."
    )


def _described(material: Material) -> str:
    stone = material.stone and describe(stone_from_json(material.stone))
    report = " ".join(part for part in (material.laboratory, material.certificate_number) if part)
    facts = "; ".join(part for part in (stone or "", report) if part)
    return f"{material.name} ({facts})" if facts else material.name


def returned(project: BespokeProject, payload: Payload) -> tuple[str, str]:
    return (
        f"Your payment for {project.number} goes back in full",
        f"We are sorry: {sum_of(payload)} could not be kept. {cause_of(payload)} The whole sum is "
        f"on its way back to you, by the way you paid.{_offered(payload)}",
    )


def released(project: BespokeProject, payload: Payload) -> tuple[str, str]:
    if Decimal(payload["charged"]):
        back = f"{sum_of(payload, 'charged')} are on their way back to you, by the way you paid."
    elif Decimal(payload["authorized"]):
        back = "What was reserved on your card or account is given free again."
    else:
        back = "We no longer wait for it; should it be charged after all, it goes back to you."
    again = "As long as the offer stands you can pay it anew on your commission's page."
    return (
        f"Your payment for {project.number} did not become an order",
        f"{cause_of(payload)} So no order was made of it. {back}"
        + (_offered(payload) or f"\n\n{again}"),
    )


def awaited(project: BespokeProject, payload: Payload) -> tuple[str, str]:
    due = datetime.fromisoformat(payload["due_at"])
    return (
        f"Your bank transfer for {project.number}",
        "Thank you. We keep your price and your materials until your transfer arrives, at the "
        f"latest until {local(project, due)}.\n\n"
        f"Please write {payload['reference']} into the transfer, and transfer exactly the total "
        "that your checkout shows.",
    )


def published(project: BespokeProject, payload: Payload) -> tuple[str, str]:
    return (
        f"The CAD of {project.number} is ready for you",
        "Look at it from all sides, pin your remarks on it, ask for a tweak, or approve it. "
        + conf.policy(project.channel).returns_notice.body,
    )


#: Why a promised date moved, as the customer reads it.
CAUSES = {
    "WAITED_FOR_CUSTOMER": "we waited for your answer",
    "CHANGE_ORDER": "the change you accepted",
    "TWEAK": "the small change you asked for",
    "MATERIAL_LATE": "a material arrives later than expected",
    "REWORK": "a step of the work is done again",
    "HANDWORK": "the handwork takes longer",
    "WORKSHOP": "the workshop needs more time",
    "CARRIER": "the carrier is delayed",
    "CUSTOMS": "customs",
    "OTHER": "see below",
}


def moved(project: BespokeProject, payload: Payload) -> tuple[str, str]:
    moves = project.promises.get(pk=payload["promise"]).moves
    move = moves.filter(new_due_at=payload["new_due_at"]).latest("moved_at")
    body = (
        f"A date we gave you ({STEPS[payload['step']]}) has moved.\n\n"
        f"Until now: {local(project, move.old_due_at)}\n"
        f"From now on: {local(project, move.new_due_at)}\n"
        f"The cause: {CAUSES[move.cause]}."
    )
    told = f"{body}\n\n{move.explanation}" if move.explanation else body
    ours = payload["step"] in DELIVERY_STEPS and move.cause in SHOP_CAUSES
    if ours and move.new_due_at > move.old_due_at:
        told = f"{told}\n\n{MAY_REFUSE}"
    return (f"A date of {project.number} has moved", told)


#: What the customer of a late piece may do; the page offers it until the piece has left.
MAY_REFUSE = (
    "If you do not want to wait for it, you can refuse the delay on your commission's page until "
    "the piece has left, and receive everything back."
)

#: The steps that have a promised date, as the customer reads them.
STEPS = {
    "QUOTE": "your quote",
    "CAD": "the design",
    "TWEAK": "the changed design",
    "PRODUCTION": "the work at the bench",
    "QUALITY": "quality control",
    "SHIPPING": "the delivery",
    "RESIZE": "the resize",
}


def local(project: BespokeProject, at: datetime) -> str:
    """A time as the customer's own clock shows it."""
    return f"{at.astimezone(ZoneInfo(project.time_zone)):%d %B %Y, %H:%M} ({project.time_zone})"


def plain(subject: str, body: str) -> Letter:
    def letter(project: BespokeProject, payload: Payload) -> tuple[str, str]:
        return subject.format(number=project.number), body

    return letter


def priced(subject: str, what: str) -> Letter:
    def letter(project: BespokeProject, payload: Payload) -> tuple[str, str]:
        body = (
            f"{what} costs {sum_of(payload)}. It begins when you have paid it on your commission's "
            "page; until then you owe nothing."
        )
        return subject.format(number=project.number), body

    return letter


#: What an accepted claim brings, as the customer reads it.
REMEDIES = {
    "REPAIR": "We repair your piece at no cost to you.",
    "REDO": "We make your piece anew at no cost to you.",
    "EXCHANGE": "We exchange your piece at no cost to you.",
    "REFUND": "You receive a refund; a letter follows when it is on its way.",
}


def decided(project: BespokeProject, payload: Payload) -> tuple[str, str]:
    refused = (
        "We examined it and cannot accept it. You find the reason on your commission's page; your "
        "legal rights stay yours."
    )
    said = "We accept it. " + REMEDIES[payload["remedy"]] if payload["accepted"] else refused
    return (f"Your claim for {project.number} is decided", said)


def late(project: BespokeProject, payload: Payload) -> tuple[str, str]:
    due_at = local(project, datetime.fromisoformat(payload["due_at"]))
    return (
        f"{project.number} is late",
        f"We gave you a date ({STEPS[payload['step']]}): {due_at}. It has passed and we are not "
        "ready, and we are sorry. Your stylist looks into it now and will name a new date. "
        + (
            MAY_REFUSE
            if payload["step"] in DELIVERY_STEPS
            else "If you do not want to wait, tell us on your commission's page."
        ),
    )


def refunded(project: BespokeProject, payload: Payload) -> tuple[str, str]:
    return (f"Refund for {project.number}", f"{sum_of(payload)} are on their way back to you.")


def cancelled(project: BespokeProject, payload: Payload) -> tuple[str, str]:
    return (
        f"Commission {project.number} is cancelled",
        f"The refund your terms allow is {sum_of(payload, 'refund')}.",
    )
