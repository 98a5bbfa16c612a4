"""Aftercare: one free resize, a second one paid, a claim, a return answered, care for ever."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.journey import samples, storefront
from tests.journey.client import Upload
from tests.journey.commission import Commission
from tests.journey.world import equal, one, price, true, wait_for


def play(ring: Commission) -> None:
    """From the delivered ring to a closed commission that is still cared for."""
    ring.world.chapter("Aftercare")
    _free_resize(ring)
    _second_resize(ring)
    _claim(ring)
    _repair(ring)
    _return(ring)
    _extra(ring)
    _care_and_close(ring)


def care(ring: Commission, **size: str) -> Any:
    """What a customer reads after delivery; `system` and `label` name a wished size."""
    return ring.world.api.run("projectCare", ring.customer, id=ring.id, **size)


def _work(ring: Commission, resize: str, measured: str, tracking: str) -> Any:
    """Staff take the ring in, resize it and send it back; the resize as its customer sees it."""
    ring.tell("bespokeResizeStart", id=resize)
    ring.promised("RESIZE")
    ring.tell("bespokeResizeFinish", id=resize, measuredSizeMm=measured)
    ring.tell("bespokeResizeReturn", id=resize, carrier="Malca-Amit", trackingNumber=tracking)
    (found,) = [row for row in care(ring)["resizes"] if row["id"] == resize]
    equal(found["status"], "RETURNED", "the resize")
    parcels = ring.read("projectParcels")["shipments"]
    one([row for row in parcels if row["trackingNumber"] == tracking], "return parcel")
    return found


def _free_resize(ring: Commission) -> None:
    with ring.world.report.step(
        "free resize", "Nine days later it is a little tight: the one free resize is judged at once"
    ):
        ring.world.clock_move(9 * 24)
        far = care(ring, system="US", label="10")["resizeProspect"]
        true(far["outcome"] != "FREE", f"3½ sizes are not free but {far['outcome']}")
        near = care(ring, system="US", label="7")["resizeProspect"]
        equal(near["outcome"], "FREE", "half a size")
        wish = {"project": ring.id, "system": "US", "label": "7", "note": "Tight in the evening."}
        ring.ask("bespokeResizeRequest", **wish)
        ring.ask_in_vain("bespokeResizeRequest", "RESIZE_OPEN", **wish | {"label": "7 1/4"})
        asked = one(care(ring)["resizes"], "resize")
        equal((asked["status"], asked["outcome"]), ("REQUESTED", "FREE"), "the resize")
        ring.tell_in_vain("bespokeResizePrice", "RESIZE_IS_FREE", id=asked["id"])
        ring.tell("bespokeResizeGrant", id=asked["id"])
        equal(one(care(ring)["resizes"], "resize")["status"], "GRANTED", "the granted resize")
    with ring.world.report.step("resized", "The ring comes in, grows to a US 7 and travels back"):
        wrong = {"id": asked["id"], "measuredSizeMm": "53.20"}
        ring.tell_in_vain("bespokeResizeFinish", "RESIZE_NOT_OPEN", **wrong)
        done = _work(ring, asked["id"], "54.40", f"RS-{ring.world.run}-1")
        equal((done["free"], done["measuredLabel"]), (True, "US 7"), "the done resize")


def _second_resize(ring: Commission) -> None:
    with ring.world.report.step(
        "second resize", "A second one is not free any more: it is priced, paid, then done"
    ):
        judged = care(ring, system="US", label="6.5")["resizeProspect"]
        equal(judged["outcome"], "PAID", "a second resize")
        ring.ask("bespokeResizeRequest", project=ring.id, system="US", label="6.5")
        asked = care(ring)["resizes"][-1]
        ring.tell_in_vain("bespokeResizeGrant", "RESIZE_ALREADY_USED", id=asked["id"])
        ring.tell("bespokeResizePrice", id=asked["id"], amount="120.00")
        ring.tell_in_vain("bespokeResizeStart", "UNPAID", id=asked["id"])
        priced = care(ring)["resizes"][-1]
        equal(priced["status"], "PRICED", "the priced resize")
        opened = ring.ask("bespokePayableCheckoutOpen", id=priced["payable"]["id"])
        storefront.pay(ring, opened["checkoutId"], country="US")
        equal(care(ring)["resizes"][-1]["status"], "PAID", "the paid resize")
        _work(ring, asked["id"], "53.10", f"RS-{ring.world.run}-2")
        equal([row["free"] for row in care(ring)["resizes"]], [True, False], "the resizes")


def _claim(ring: Commission) -> None:
    with ring.world.report.step(
        "quality claim",
        "A prong snags: with a photo she claims it, and part of the price goes back",
    ):
        claim = {"project": ring.id, "kind": "QUALITY", "text": "A prong catches on wool."}
        ring.ask_in_vain("bespokeClaimOpen", "REQUIRED", **claim)
        photo = Upload("prong.jpg", samples.progress_photo("The prong"))
        ring.ask("bespokeClaimOpen", **claim, files=[photo])
        opened = one(care(ring)["claims"], "claim")
        equal((opened["status"], len(opened["evidence"])), ("OPEN", 1), "the claim")
        ring.ask_in_vain("bespokeClaimOpen", "CLAIM_OPEN", **claim, files=[photo])
        verdict = {
            "accepted": True,
            "remedy": "REFUND",
            "explanation": "You had it smoothed by a jeweller near you; we pay that.",
            "refundAmount": "85.00",
        }
        greedy = verdict | {"refundAmount": "99999.00"}
        ring.tell_in_vain("bespokeClaimDecide", "NOT_REFUNDABLE", id=opened["id"], input=greedy)
        ring.tell("bespokeClaimDecide", id=opened["id"], input=verdict)
        decided = one(care(ring)["claims"], "claim")
        equal((decided["status"], decided["remedy"]), ("ACCEPTED", "REFUND"), "the decision")
        refund = wait_for(lambda: settled_refund(ring), "the refund")
        equal(float(refund["amount"]["amount"]), 85.0, "what went back")
    ring.world.report.note(f"{price(refund['amount'])} back on her card")


def _repair(ring: Commission) -> None:
    with ring.world.report.step(
        "repaired", "A stone is loose: the ring comes in, is repaired and travels back"
    ):
        photo = Upload("loose.jpg", samples.progress_photo("The loose stone"))
        fault = {"project": ring.id, "kind": "QUALITY", "text": "The stone moves."}
        ring.ask("bespokeClaimOpen", **fault, files=[photo])
        claim = care(ring)["claims"][-1]
        parcel = {"id": claim["id"], "carrier": "Malca-Amit"}
        parcel["trackingNumber"] = f"CL-{ring.world.run}"
        ring.tell_in_vain("bespokeClaimReturn", "CLAIM_NOT_OPEN", **parcel)
        verdict = {"accepted": True, "remedy": "REPAIR", "explanation": "We tighten it."}
        ring.tell("bespokeClaimDecide", id=claim["id"], input=verdict)
        ring.tell("bespokeClaimReturn", **parcel)
        ring.tell_in_vain("bespokeClaimReturn", "ALREADY_DONE", **parcel)
        parcels = ring.read("projectParcels")["shipments"]
        one([row for row in parcels if row["purpose"] == "CLAIM"], "parcel of the claim")


def settled_refund(ring: Commission) -> Any:
    """The commission's one refund, once it is paid out."""
    refunds = [row for due in ring.read("projectMoney")["payables"] for row in due["refunds"]]
    done = [row for row in refunds if row["status"] == "SUCCEEDED"]
    return one(done, "refund") if done else None


def _return(ring: Commission) -> None:
    with ring.world.report.step(
        "return answered", "Could she send it back? The answer comes at once, with its reason"
    ):
        ring.ask("bespokeReturnRequest", project=ring.id, text="I like another one better.")
        answer = one(care(ring)["returnRequests"], "return request")
        equal((answer["possible"], answer["reason"]), (False, "PERSONALISED"), "the answer")
        ring.ask("bespokeReturnRequest", project=ring.id, text="It scratches.", faulty=True)
        equal(care(ring)["returnRequests"][-1]["reason"], "CLAIM_INSTEAD", "the answer to a fault")
        ring.ask_in_vain("bespokeProjectCancel", "STAGE_FORBIDS", id=ring.id,
                         reason="CUSTOMER_WISH", expectedRefund="0.00")  # fmt: skip
    ring.world.report.note(answer["explanation"])


def _extra(ring: Commission) -> None:
    with ring.world.report.step("extra service", "An appraisal for her insurance, priced and paid"):
        offer = {"project": ring.id, "title": "Appraisal for insurance", "amount": "95.00"}
        ring.tell("bespokeExtraServicePrice", **offer)
        extra = one(care(ring)["extras"], "extra service")
        opened = ring.ask("bespokePayableCheckoutOpen", id=extra["payable"]["id"])
        storefront.pay(ring, opened["checkoutId"], country="US")
        paid = one(care(ring)["extras"], "extra service")
        equal(paid["payable"]["status"], "PAID", "the appraisal")
        true(paid["paidAt"], "when it was paid is known")


def _care_and_close(ring: Commission) -> None:
    with ring.world.report.step("care", "A cleaning is booked, once, and done"):
        wished = ring.world.today() + timedelta(days=30)
        booking = {"project": ring.id, "kind": "CLEANING", "wishedFor": str(wished)}
        ring.ask("bespokeCareBook", **booking)
        again = booking | {"wishedFor": str(wished + timedelta(days=1))}
        ring.ask_in_vain("bespokeCareBook", "CARE_BOOKED", **again)
        booked = one(care(ring)["care"], "booking")
        ring.tell("bespokeCareFinish", id=booked["id"], report="Cleaned; all prongs tight.")
        equal(one(care(ring)["care"], "booking")["status"], "DONE", "the cleaning")
    with ring.world.report.step(
        "closed", "The commission is closed; ten months later its ring is still looked after"
    ):
        ring.tell("bespokeProjectClose", id=ring.id)
        ring.stage_is("CLOSED")
        ring.tell_in_vain("bespokeProjectClose", "STAGE_FORBIDS", id=ring.id)
        late = ring.world.clock_move(300 * 24).date() + timedelta(days=14)
        check = {"project": ring.id, "kind": "PRONG_CHECK", "wishedFor": str(late)}
        ring.ask("bespokeCareBook", **check)
        equal(care(ring)["care"][-1]["status"], "BOOKED", "the prong check")
        expired = care(ring, system="US", label="7")["resizeProspect"]
        equal(expired["outcome"], "PAID", "a resize after ten months")
        ring.stage_is("CLOSED")
