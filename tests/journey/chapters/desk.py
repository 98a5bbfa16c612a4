"""The staff's desk: what colleagues did in the shop itself, lists, and the attention list."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from tests.journey.commission import Commission
from tests.journey.world import equal, one, true, wait_for
from tests.listening import Listener, listening

#: What the app wants to hear of, and the secret it shares with the shop.
RESOLVED = "bespoke_attention_resolved"
SECRET = "known to the shop and the app"


def play(ring: Commission) -> None:
    """Money that went back behind our back, and all that waits for staff."""
    ring.world.chapter("The desk")
    _behind_our_back(ring)
    _lists(ring)
    with listening() as listener:
        hook = _subscribed(ring, listener)
        _attention(ring)
        _told(ring, listener, hook)
    _history(ring)


def _behind_our_back(ring: Commission) -> None:
    world = ring.world
    with world.report.step(
        "refunded in the shop",
        "A colleague refunds the appraisal in the shop itself and cancels it",
    ):
        dues = ring.read("projectMoney")["payables"]
        extra = one([row for row in dues if row["kind"] == "EXTRA"], "extra service")
        order = world.api.run("orderAsStaff", world.staff, id=extra["orderId"])
        paying = one([row for row in order["transactions"] if "REFUND" in row["actions"]], "charge")
        money = paying["chargedAmount"]["amount"]
        refused = world.api.refused(
            "transactionRequestAction", world.people["clerk"], id=paying["id"], actionType="REFUND"
        )
        equal(refused, "PermissionDenied", "a clerk's refund")
        world.api.run(
            "transactionRequestAction",
            world.staff,
            id=paying["id"],
            actionType="REFUND",
            amount=str(money),
        )
        world.api.run("orderCancel", world.staff, id=extra["orderId"])
        reasons = {"REFUNDED_IN_HOST", "ORDER_CANCELLED"}
        wait_for(
            lambda: reasons <= {row["reason"] for row in ring.desk()["attention"]},
            "both reasons on the list",
        )
        dues = ring.read("projectMoney")["payables"]
        extra = one([row for row in dues if row["kind"] == "EXTRA"], "extra service")
        equal(float(extra["refunded"]["amount"]), float(money), "what our books say went back")


def _lists(ring: Commission) -> None:
    world = ring.world
    with world.report.step(
        "lists", "Staff page through the channel, the app too; Ada sees her own"
    ):
        newest = {"field": "CREATED_AT", "direction": "DESC"}
        page = world.api.run(
            "bespokeProjects",
            world.people["app"],
            first=2,
            sortBy=newest,
            filter={"channels": ["us"]},
        )
        equal(len(page["edges"]), 2, "the rows of a page of two")
        true(page["pageInfo"]["hasNextPage"], "there are more")
        following = world.api.run(
            "bespokeProjects",
            world.staff,
            first=2,
            after=page["pageInfo"]["endCursor"],
            sortBy=newest,
            filter={"channels": ["us"]},
        )
        first, second = ([row["node"]["id"] for row in it["edges"]] for it in (page, following))
        true(not set(first) & set(second), "no row stands on two pages")
        found = world.api.run(
            "bespokeProjects", world.staff, first=5, filter={"search": ring.number}
        )
        equal([row["node"]["id"] for row in found["edges"]], [ring.id], "who is found by number")
        own = world.api.run("bespokeProjects", ring.customer, first=50, sortBy=newest)
        true(ring.id in [row["node"]["id"] for row in own["edges"]], "her ring is in Ada's list")
        nobody = world.api.run("bespokeProjects", None, first=5)
        equal(nobody["edges"], [], "what a passer-by lists")


def _attention(ring: Commission) -> None:
    world = ring.world
    with world.report.step(
        "attention", "One list of all that is late, stuck or out of place; what is done leaves it"
    ):
        equal(world.api.refused("bespokeAttention", world.people["clerk"], first=5),
              "PermissionDenied", "a clerk's look at it")  # fmt: skip
        rows = _waiting(ring)
        true(rows, "the ring's reasons are on the list")
        for row in rows:
            done = "Agreed with Ada; the books are right."
            ring.tell("bespokeAttentionResolve", id=row["attention"]["id"], resolution=done)
        equal(_waiting(ring), [], "what waits after that")
        ring.tell_in_vain(
            "bespokeAttentionResolve",
            "ALREADY_DONE",
            id=rows[0]["attention"]["id"],
            resolution="Again.",
        )
        left = world.api.run("bespokeAttention", world.staff, first=100)
    count = left["totalCount"]
    world.report.note(f"{count} more for other commissions" if count else "nothing else waits")
    for edge in left["edges"][-3:]:
        row = edge["node"]
        world.report.note(f"{row['project']['number']}  {row['attention']['detail']}")


def _subscribed(ring: Commission, listener: Listener) -> str:
    """The shop's app asks to be told; the subscription's id."""
    world = ring.world
    wish = {"targetUrl": listener.url, "events": [RESOLVED], "secretKey": SECRET}
    equal(world.api.refused("bespokeWebhookCreate", world.staff, input=wish), "APP_ONLY",
          "a subscription of staff")  # fmt: skip
    made = world.api.run("bespokeWebhookCreate", world.people["app"], input=wish)["webhook"]
    return str(made["id"])


def _told(ring: Commission, listener: Listener, hook: str) -> None:
    app = ring.world.people["app"]
    with ring.world.report.step(
        "app told", "An app that subscribed hears of each, signed with its secret; then no more"
    ):
        wait_for(lambda: listener.got, "the message to the app")
        headers, body = listener.got[0]
        told = {name.lower(): value for name, value in headers.items()}
        equal(told["saleor-event"], RESOLVED, "the event it hears of")
        signed = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        equal(told["saleor-signature"], signed, "the message's signature")
        true(ring.number in body.decode(), "the message names the commission")
        mine = one(ring.world.api.run("bespokeWebhooks", app), "subscription of the app")
        equal((mine["id"], mine["targetUrl"]), (hook, listener.url), "the app's subscription")
        ring.world.api.run("bespokeWebhookDelete", app, id=hook)
        equal(ring.world.api.run("bespokeWebhooks", app), [], "the subscriptions after it ended")


def _waiting(ring: Commission) -> list[Any]:
    reasons = ["REFUNDED_IN_HOST", "ORDER_CANCELLED"]
    found = ring.world.api.run("bespokeAttention", ring.world.staff, first=100, reasons=reasons)
    rows = [edge["node"] for edge in found["edges"]]
    return [row for row in rows if row["project"]["id"] == ring.id]


def _history(ring: Commission) -> None:
    with ring.world.report.step(
        "timeline", "Everything that happened stands in the timeline, in order, chained by hashes"
    ):
        told = ring.desk("bespokeProject")["timeline"]
        equal([row["sequence"] for row in told], list(range(1, len(told) + 1)), "the sequence")
        equal(len({row["hash"] for row in told}), len(told), "the number of different hashes")
        seen = ring.read()["timeline"]
        true(all(row["shared"] for row in seen), "Ada sees only what is shared")
        true(len(seen) < len(told), "staff see more")
        ring.happened(
            "BriefSubmitted",
            "QuoteAccepted",
            "PayablePaid",
            "ChangeOrderSettled",
            "CadRevisionApproved",
            "ProductionStarted",
            "QualityFailed",
            "QualityPassed",
            "ShipmentDispatched",
            "ShipmentDelivered",
            "ResizeReturned",
            "ClaimDecided",
            "ProjectClosed",
        )
