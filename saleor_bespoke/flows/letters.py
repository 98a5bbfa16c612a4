"""Letters to the customer: which events are worth one, what it says, and sending it once."""

from __future__ import annotations

from graphql_relay import to_global_id

from saleor_bespoke import conf
from saleor_bespoke.flows.letter_texts import (
    Letter,
    asked,
    awaited,
    cancelled,
    decided,
    late,
    moved,
    opened,
    paid,
    plain,
    priced,
    published,
    quoted,
    refunded,
    released,
    returned,
)
from saleor_bespoke.flows.webhooks import event_name
from saleor_bespoke.project.access import ActorKind
from saleor_bespoke.project.deliveries import HANDLERS
from saleor_bespoke.project.journal import SUBSCRIPTIONS
from saleor_bespoke.project.models import BespokeProject, Delivery, TimelineEvent
from saleor_bespoke.shop.port import Mail, Outcome, shop

#: Event kind → the letter it sends.
LETTERS: dict[str, Letter] = {
    "ProjectOpened": opened,
    "InformationRequested": asked,
    "MessageSent": plain(
        "A message about {number}",
        "Your stylist wrote to you. You can read and answer it on your commission's page.",
    ),
    "OwnMaterialAccepted": plain(
        "We examined what you sent for {number}",
        "It can be used. If it is old jewellery, its credit stands on your commission's page for "
        "you to accept.",
    ),
    "OwnMaterialRefused": plain(
        "We examined what you sent for {number}",
        "We are sorry: it cannot be used, and you find the reason on your commission's page. It "
        "stays yours and comes back to you.",
    ),
    "QuoteSent": quoted,
    "QuoteExpired": plain(
        "Your quote for {number} has expired",
        "Its last day is over, and nothing was charged. Your stylist will gladly renew it.",
    ),
    "QuoteWithdrawn": plain(
        "Your quote for {number} was withdrawn",
        "We had to take it back; the reason stands on your commission's page, and a new quote "
        "will follow if you wish.",
    ),
    "HoldsExpired": plain(
        "The materials of {number} are no longer held",
        "The time for your payment has run out, and others may take the materials now. As long as "
        "the offer stands you can open the payment again; they are held anew if still there.",
    ),
    "PayablePaid": paid,
    "PaymentReturned": returned,
    "MoneyReleased": released,
    "BankTransferExpected": awaited,
    "CadRevisionPublished": published,
    "CadRevisionApproved": plain(
        "You approved the design of {number}",
        "Thank you. Your approval is recorded with a receipt, and the bench begins. From here on "
        "the piece is personalised; your rights in case of a fault always stay yours.",
    ),
    "ChangeOrderProposed": plain(
        "A change to {number} for you to decide",
        "Your stylist has put the change you asked for into numbers: what it costs or saves, and "
        "what it does to your dates. Nothing happens until you accept it.",
    ),
    "PromiseMoved": moved,
    "ProgressUpdatePosted": plain(
        "News from the bench: {number}",
        "There is news of your piece. You find it on your commission's page.",
    ),
    "ShipmentDispatched": plain(
        "{number} is on its way",
        "Your piece has left the workshop, insured and against signature. You will find the "
        "tracking number on your commission's page.",
    ),
    "ShipmentDelivered": plain(
        "{number} has arrived",
        "We hope you love it. Your free resize, if your piece allows one, can be asked for from "
        "today within the days your quote named.",
    ),
    "OwnMaterialReceived": plain(
        "What you sent for {number} has arrived",
        "It is safe with us. We examine it now and tell you what we find.",
    ),
    "OwnMaterialReturned": plain(
        "What you sent for {number} is back with you", "We have given it back to you as agreed."
    ),
    "ResizeGranted": plain(
        "Your resize of {number} is free",
        "Please send us the ring; your stylist tells you how. It goes to the bench as soon as it "
        "is here.",
    ),
    "ResizePriced": priced("Your resize of {number} has a price", "The resize"),
    "ExtraServicePriced": priced("A price for {number}", "What you asked for"),
    "ResizeReturned": plain(
        "{number} is on its way back",
        "Your resized ring has left the workshop. You find its tracking number on your "
        "commission's page.",
    ),
    "ResizeRefused": plain(
        "Your resize of {number}",
        "We are sorry: this ring cannot be resized as you asked. You find the reason on your "
        "commission's page.",
    ),
    "CareBooked": plain(
        "Your care appointment for {number}", "It is booked. We look forward to your piece."
    ),
    "ClaimReturned": plain(
        "{number} is on its way back",
        "The piece you claimed has left the workshop, made good. You find its tracking number on "
        "your commission's page.",
    ),
    "RedoStarted": plain(
        "Your piece {number} is made anew",
        "Its materials and its place in the workshop are locked, and its design starts now. There "
        "is nothing to pay.",
    ),
    "ClaimDecided": decided,
    "PromiseLate": late,
    "ReturnRequested": plain(
        "Your return request for {number}",
        "We have answered it: you find on your commission's page what is possible, and why.",
    ),
    "RefundSettled": refunded,
    "ProjectCancelled": cancelled,
}


#: Events worth a letter only when the workshop, not the customer, made them.
OURS_ONLY = frozenset({"MessageSent"})
CUSTOMERS = (ActorKind.CUSTOMER, ActorKind.GUEST)


def _worth_a_letter(event: TimelineEvent) -> bool:
    if event.kind in OURS_ONLY and event.actor_kind in CUSTOMERS:
        return False
    if event.kind == "ShipmentDispatched" and event.payload["purpose"] != "ORDER":
        return False  # what goes back after a resize or a claim has a letter of its own
    return event.shared


def page_of(project: BespokeProject) -> str:
    """Where the shop's storefront shows this commission; empty if the shop has not said."""
    pattern = str(conf.option("STOREFRONT_PROJECT_URL", ""))
    return pattern.replace("{project}", to_global_id("BespokeProject", str(project.pk)))


def letter_send(delivery: Delivery) -> None:
    """Write to the customer about an event; the delivery's id keeps a repetition one letter."""
    event = delivery.event
    if not _worth_a_letter(event):
        return
    project = event.project
    if project.erased_at is not None:
        return
    subject, body = LETTERS[event.kind](project, event.payload)
    page = page_of(project)
    parts = (
        f"Dear {project.contact_name},",
        body,
        f"Your commission's page: {page}" if page else "",
        project.stylist_name or "Your workshop",
    )
    effect = shop().mail_send(
        Mail(
            to=project.contact_email,
            subject=subject,
            body="\n\n".join(part for part in parts if part),
            key=str(delivery.pk),
            language=project.language,
            channel=project.channel,
            event=event_name(event.kind),
        )
    )
    if effect.outcome is Outcome.FAILED:
        # It ends in logs and with the delivery, where nobody's address belongs.
        raise RuntimeError(effect.reason.replace(project.contact_email, "the customer"))


HANDLERS[letter_send.__name__] = letter_send
for _kind in LETTERS:
    SUBSCRIPTIONS.setdefault(_kind, []).append(letter_send.__name__)
