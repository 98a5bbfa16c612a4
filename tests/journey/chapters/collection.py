"""A band collected in person: joined to an account, paid by transfer, its size nobody's fault."""

from __future__ import annotations

from typing import Any

from tests.journey import bench, samples, wishes
from tests.journey.chapters import aftercare, papers, transfer
from tests.journey.client import Upload
from tests.journey.commission import Commission
from tests.journey.world import World, equal, one, true, wait_for

STATED = {"ringSize": {"system": "US", "label": "9", "measuredBy": "STATED_BY_CUSTOMER"}}


def play(world: World) -> None:
    """From a guest's brief that Ben makes his own to a claim that ends in a second band."""
    world.chapter("A band is collected")
    band = _claimed(world)
    transfer.play(band, STATED, "AU585W2")
    _too_early(band)
    _for_the_border(band)
    _collected(band)
    _size_claim(band)
    _redo(band)


def _claimed(world: World) -> Commission:
    with world.report.step(
        "joined", "Ben orders as a guest, then joins the commission to his account"
    ):
        form = world.api.run("bespokeIntakeForm", None, channel="us")
        contact = {"name": "Ben Shopper", "email": "ben@example.com"}
        budget = {"min": "700.00", "stretch": "1500.00"}
        wish = wishes.form(form, wishes.band(**STATED), budget=budget, contact=contact,
                           title="Band for a big hand")  # fmt: skip
        band = bench.submitted(world, None, wish)
        ben, token = world.people["stranger"], world.notes[f"token of {band.number}"]
        equal(world.api.run("bespokeProject", ben, id=band.id), None, "what Ben reads without it")
        world.api.run("bespokeProjectClaim", ben, id=band.id, token=token)
        band.customer = ben
        equal(band.read()["number"], band.number, "what Ben reads now")
        mine = world.api.run(
            "bespokeProjects",
            ben,
            first=50,
            sortBy={"field": "CREATED_AT", "direction": "DESC"},
        )
        true(band.id in [row["node"]["id"] for row in mine["edges"]], "it stands in his list")
        bench.confirmed(band)
    return band


def _too_early(band: Commission) -> None:
    world = band.world
    with world.report.step(
        "fulfilled too early", "Somebody marks the order as sent before quality control: attention"
    ):
        bench.approved(band, "us")
        bench.made(band, "AU585W2", "4.870")
        order = _order(band)
        line = one(order["lines"], "line")
        stock = line["variant"]["stocks"][0]["warehouse"]["id"]
        parcel = {
            "lines": [{"orderLineId": line["id"], "stocks": [{"quantity": 1, "warehouse": stock}]}]
        }
        world.api.run("orderFulfill", world.staff, order=order["id"], input=parcel)
        found = wait_for(lambda: band.desk()["attention"], "the attention")
        raised = one(found, "item of attention")
        equal(raised["reason"], "FULFILLED_BEFORE_QC", "its reason")
        band.stage_is("QUALITY")
        done = "Told the colleague; the band is still here."
        band.tell("bespokeAttentionResolve", id=raised["id"], resolution=done)
        equal(band.desk()["attention"], [], "the attention after it was resolved")


def _order(band: Commission) -> Any:
    paid = band.read("projectMoney")["payables"][0]
    return band.world.api.run("orderAsStaff", band.world.staff, id=paid["orderId"])


def _for_the_border(band: Commission) -> None:
    with band.world.report.step(
        "papers for the border",
        "Made by a partner in Germany, it is packed with customs' papers",
    ):
        bench.passed(band, "4.61")
        equal(papers.papers(band)["CUSTOMS_INVOICE"]["available"], False, "an invoice before")
        parcel = {
            "packing": ["box", "ribbon", "bag"],
            "declaredValue": "890.00",
            "insuredValue": "890.00",
            "currency": "USD",
            "hsCode": "7113.19",
            "originCountry": "DE",
        }
        band.tell_in_vain(
            "bespokeShipmentPack", "CUSTOMS_INCONSISTENT", project=band.id, input=parcel
        )
        band.tell("bespokeShipmentPack", project=band.id, input=parcel | {"incoterm": "DAP"})
        invoice = papers.issue(band, band.customer, "CUSTOMS_INVOICE")
    band.world.report.note(f"{invoice['number']}, issued to Ben and fetched by him")


def _collected(band: Commission) -> None:
    with band.world.report.step(
        "collected", "Ben comes for it himself: no piece without identity and signature"
    ):
        hand_over = {
            "project": band.id,
            "receivedBy": "Ben Shopper",
            "identityDocument": "PASSPORT",
            "signed": True,
        }
        band.tell_in_vain(
            "bespokePieceCollect", "SIGNATURE_MISSING", **hand_over | {"signed": False}
        )
        band.tell("bespokePieceCollect", **hand_over)
        band.stage_is("AFTERCARE")
        kept = one(band.read("projectParcels")["shipments"], "collection")
        equal((kept["method"], kept["status"]), ("COLLECTION", "COLLECTED"), "the collection")
        equal(len(_order(band)["fulfillments"]), 1, "the host's fulfilments")


def _size_claim(band: Commission) -> None:
    with band.world.report.step(
        "size claim", "It is too small, but he measured himself: no claim, but a resize he may buy"
    ):
        band.ask("bespokeClaimOpen", project=band.id, kind="SIZE", text="It does not fit.")
        claim = one(aftercare.care(band)["claims"], "claim")
        equal(claim["liable"], "CUSTOMER", "who answers for the size")
        verdict = {"accepted": True, "remedy": "REPAIR", "explanation": "Of course."}
        band.tell_in_vain(
            "bespokeClaimDecide", "SIZE_NOT_MEASURED_BY_STUDIO", id=claim["id"], input=verdict
        )
        no = {"accepted": False, "explanation": "It has the size you named; one resize is free."}
        band.tell("bespokeClaimDecide", id=claim["id"], input=no)
        equal(one(aftercare.care(band)["claims"], "claim")["status"], "REFUSED", "the claim")
        band.ask("bespokeResizeRequest", project=band.id, system="US", label="10")
        asked = one(aftercare.care(band)["resizes"], "resize")
        why = "The claim below comes first."
        band.tell("bespokeResizeRefuse", id=asked["id"], reason=why)
        equal(one(aftercare.care(band)["resizes"], "resize")["status"], "REFUSED", "the resize")


def _redo(band: Commission) -> None:
    world = band.world
    with world.report.step(
        "made anew", "A crack is the workshop's fault: a second band, linked, for nothing"
    ):
        photo = Upload("crack.jpg", samples.progress_photo("The crack"))
        text = "There is a crack."
        band.ask("bespokeClaimOpen", project=band.id, kind="QUALITY", text=text, files=[photo])
        claim = aftercare.care(band)["claims"][-1]
        verdict = {"accepted": True, "remedy": "REDO", "explanation": "We make it anew."}
        band.tell("bespokeClaimDecide", id=claim["id"], input=verdict)
        redo = aftercare.care(band)["claims"][-1]["redoProject"]
        second = world.api.run("bespokeProject", band.customer, id=redo)
        equal(second["linkedTo"], band.id, "what the second band is linked to")
        equal(second["stage"], "INTAKE", "its stage")
        owed = world.api.run("projectMoney", band.customer, id=redo)["payables"]
        equal(owed, [], "what it costs")
        metal = bench.gold(world, "AU585W3", "GOLD_14K_WHITE", "USD")
        start = {"project": redo, "materials": [{"material": metal, "quantity": "8"}]}
        world.api.run("bespokeRedoStart", world.staff, **start)
        equal(world.api.refused("bespokeRedoStart", world.staff, **start), "STAGE_FORBIDS",
              "a second start")  # fmt: skip
        begun = world.api.run("bespokeProject", band.customer, id=redo)
        equal((begun["stage"], begun["currentPromise"]["step"]), ("DESIGN", "CAD"), "its work")
    world.report.note(f"{second['number']} continues {band.number}")
