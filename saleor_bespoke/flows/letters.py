"""Letters to the customer: which events are worth one, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from saleor_bespoke import conf
from saleor_bespoke.project.access import ActorKind
from saleor_bespoke.project.deliveries import HANDLERS
from saleor_bespoke.project.journal import SUBSCRIPTIONS
from saleor_bespoke.project.models import BespokeProject, Delivery
from saleor_bespoke.shop.port import Mail, Outcome, shop

Payload = dict[str, Any]
Letter = Callable[[BespokeProject, Payload], tuple[str, str]]


def _sum(payload: Payload, name: str = "amount") -> str:
    return f"{payload[name]} {payload['currency']}"


def _opened(project: BespokeProject, payload: Payload) -> tuple[str, str]:
    return (
        f"We have your brief {project.number}",
        "Thank you for telling us about your piece. A stylist reads your brief now and answers "
        "with a quote, or with a question if something is missing.",
    )


def _asked(project: BespokeProject, payload: Payload) -> tuple[str, str]:
    return (
        f"A question about {project.number}",
        "Your stylist needs one more detail before the quote. The clock waits for your answer.",
    )


def _quoted(project: BespokeProject, payload: Payload) -> tuple[str, str]:
    return (
        f"Your quote for {project.number}",
        "Your quote is ready. It names the price, the stones, the delivery and whether your "
        "resize will be free, and stands until the end of its last day.",
    )


def _paid(project: BespokeProject, payload: Payload) -> tuple[str, str]:
    if payload["kind"] != "QUOTE":
        return (
            f"Paid: {_sum(payload)} for {project.number}",
            f"We received {_sum(payload)} under order {payload['order']}. Thank you.",
        )
    quote = project.quotes.get(pk=payload["subject"])
    chosen = project.quotes.filter(pk=quote.pk).values_list(
        "accepted_alternative__resize", flat=True
    )
    return (
        f"Your commission {project.number} has begun",
        f"We received {_sum(payload)} under order {payload['order']}. Your materials, your price "
        "and your place in the workshop are locked, and the design of your piece starts now.\n\n"
        f"{chosen.get()['sentence']}\n\n"
        f"The quote (hash {quote.content_hash}) stays as it is, and so do the terms you accepted, "
        f"version {quote.terms_version}:\n\n{quote.terms_body}",
    )


def _returned(project: BespokeProject, payload: Payload) -> tuple[str, str]:
    return (
        f"Your payment for {project.number} goes back in full",
        f"We are sorry: {_sum(payload)} could not be kept, because the offer could no longer be "
        "fulfilled as agreed. The whole sum is on its way back to you. Your stylist will come "
        "back to you with the nearest alternatives.",
    )


def _published(project: BespokeProject, payload: Payload) -> tuple[str, str]:
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


def _moved(project: BespokeProject, payload: Payload) -> tuple[str, str]:
    moves = project.promises.get(pk=payload["promise"]).moves
    move = moves.filter(new_due_at=payload["new_due_at"]).latest("moved_at")
    body = (
        f"A date we gave you ({STEPS[payload['step']]}) has moved.\n\n"
        f"Until now: {_local(project, move.old_due_at)}\n"
        f"From now on: {_local(project, move.new_due_at)}\n"
        f"The cause: {CAUSES[move.cause]}."
    )
    told = f"{body}\n\n{move.explanation}" if move.explanation else body
    return (f"A date of {project.number} has moved", told)


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


def _local(project: BespokeProject, at: datetime) -> str:
    """A time as the customer's own clock shows it."""
    return f"{at.astimezone(ZoneInfo(project.time_zone)):%d %B %Y, %H:%M} ({project.time_zone})"


def _plain(subject: str, body: str) -> Letter:
    def letter(project: BespokeProject, payload: Payload) -> tuple[str, str]:
        return subject.format(number=project.number), body

    return letter


def _refunded(project: BespokeProject, payload: Payload) -> tuple[str, str]:
    return (f"Refund for {project.number}", f"{_sum(payload)} are on their way back to you.")


def _cancelled(project: BespokeProject, payload: Payload) -> tuple[str, str]:
    return (
        f"Commission {project.number} is cancelled",
        f"The refund your terms allow is {_sum(payload, 'refund')}.",
    )


#: Event kind → the letter it sends.
LETTERS: dict[str, Letter] = {
    "ProjectOpened": _opened,
    "InformationRequested": _asked,
    "MessageSent": _plain("A message about {number}", "Your stylist wrote to you."),
    "OwnMaterialAccepted": _plain(
        "We examined what you sent for {number}",
        "It can be used. If it is old jewellery, its credit stands on your commission's page for "
        "you to accept.",
    ),
    "OwnMaterialRefused": _plain(
        "We examined what you sent for {number}",
        "We are sorry: it cannot be used, and you find the reason on your commission's page. It "
        "stays yours and comes back to you.",
    ),
    "QuoteSent": _quoted,
    "QuoteExpired": _plain(
        "Your quote for {number} has expired",
        "Its last day is over, and nothing was charged. Your stylist will gladly renew it.",
    ),
    "QuoteWithdrawn": _plain(
        "Your quote for {number} was withdrawn",
        "We had to take it back; the reason stands on your commission's page, and a new quote "
        "will follow if you wish.",
    ),
    "HoldsExpired": _plain(
        "The materials of {number} are no longer held",
        "The time for your payment has run out, and others may take the materials now. As long as "
        "the offer stands you can open the payment again; they are held anew if still there.",
    ),
    "PayablePaid": _paid,
    "PaymentReturned": _returned,
    "CadRevisionPublished": _published,
    "CadRevisionApproved": _plain(
        "You approved the design of {number}",
        "Thank you. Your approval is recorded with a receipt, and the bench begins. From here on "
        "the piece is personalised; your rights in case of a fault always stay yours.",
    ),
    "ChangeOrderProposed": _plain(
        "A change to {number} for you to decide",
        "Your stylist has priced the change you asked for. Nothing happens until you accept.",
    ),
    "PromiseMoved": _moved,
    "ProgressUpdatePosted": _plain(
        "News from the bench: {number}", "There is news of your piece, with photographs."
    ),
    "ShipmentDispatched": _plain(
        "{number} is on its way",
        "Your piece has left the workshop, insured and against signature. You will find the "
        "tracking number on your commission's page.",
    ),
    "ShipmentDelivered": _plain(
        "{number} has arrived",
        "We hope you love it. Your free resize, if your piece allows one, can be asked for from "
        "today within the days your quote named.",
    ),
    "ResizeGranted": _plain(
        "Your resize of {number} is granted", "Send the ring back to us as described."
    ),
    "ResizePriced": _plain(
        "Your resize of {number} has a price", "It begins when you have paid it."
    ),
    "ResizeReturned": _plain("{number} is on its way back", "Your resized ring left the workshop."),
    "ResizeRefused": _plain("Your resize of {number}", "We cannot resize this ring; see why."),
    "ClaimReturned": _plain(
        "{number} is on its way back", "The piece you claimed left the workshop, made good."
    ),
    "RedoStarted": _plain(
        "Your piece {number} is made anew",
        "Its materials and its place in the workshop are locked, and its design starts now. There "
        "is nothing to pay.",
    ),
    "ClaimDecided": _plain("Your claim for {number} is decided", "See what we offer."),
    "RefundSettled": _refunded,
    "ProjectCancelled": _cancelled,
}


#: Events worth a letter only when the workshop, not the customer, made them.
OURS_ONLY = frozenset({"MessageSent"})
CUSTOMERS = (ActorKind.CUSTOMER, ActorKind.GUEST)


def letter_send(delivery: Delivery) -> None:
    """Write to the customer about an event; the delivery's id keeps a repetition one letter."""
    event = delivery.event
    if not event.shared or (event.kind in OURS_ONLY and event.actor_kind in CUSTOMERS):
        return
    project = event.project
    subject, body = LETTERS[event.kind](project, event.payload)
    signature = project.stylist_name or "Your workshop"
    effect = shop().mail_send(
        Mail(
            to=project.contact_email,
            subject=subject,
            body=f"Dear {project.contact_name},\n\n{body}\n\n{signature}",
            key=str(delivery.pk),
            language=project.language,
        )
    )
    if effect.outcome is Outcome.FAILED:
        raise RuntimeError(effect.reason)


HANDLERS[letter_send.__name__] = letter_send
for _kind in LETTERS:
    SUBSCRIPTIONS.setdefault(_kind, []).append(letter_send.__name__)
