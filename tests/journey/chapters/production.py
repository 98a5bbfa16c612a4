"""Production: the work in its order, one step sent back, weights as weighed, weekly news."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.journey import samples
from tests.journey.chapters import mesh
from tests.journey.client import Upload
from tests.journey.commission import Commission
from tests.journey.world import day, equal, moment, one, true, wait_for

WORK = ["CASTING", "FORMING", "POLISHING", "SETTING", "REINFORCEMENT"]
#: By the code of the material: what really went into the ring.
USED = {"AU750Y": "6.214", "D102": "1", "OWN": "1"}


def play(ring: Commission) -> None:
    """From the approved design to a finished piece."""
    ring.world.chapter("Production")
    _start(ring)
    _casting(ring)
    _silence_and_news(ring)
    _polish_and_sent_back(ring)
    _moved_promise(ring)
    _setting_and_finish(ring)


def steps(ring: Commission) -> dict[str, Any]:
    """The pass of each kind of work that counts now."""
    passes = ring.desk("projectWork")["productionSteps"]
    return {row["kind"]: row for row in sorted(passes, key=lambda row: row["attempt"])}


def do(ring: Commission, kind: str) -> None:
    """Staff take the next pass of a step in hand and finish it."""
    step = steps(ring)[kind]
    ring.tell("bespokeProductionStepStart", id=step["id"], worker="Marta")
    equal(steps(ring)[kind]["status"], "STARTED", f"{kind} in hand")
    ring.tell("bespokeProductionStepFinish", id=step["id"], note="As drawn.")
    equal(steps(ring)[kind]["status"], "FINISHED", f"{kind} done")


def consume(ring: Commission, code: str) -> None:
    """Record what was used of a locked material."""
    lock = holding(ring, code)
    ring.tell("bespokeMaterialConsume", holding=lock["id"], quantity=USED[code])
    used = holding(ring, code)
    equal(used["state"], "CONSUMED", f"the lock on {code}")
    equal(float(used["consumed"]), float(USED[code]), f"what was used of {code}")


def holding(ring: Commission, code: str) -> Any:
    """The lock on the material whose code says this, unless it was released."""
    rows = ring.desk("projectWork")["holdings"]
    kept = [row for row in rows if code in row["material"]["code"] and row["state"] != "RELEASED"]
    return one(kept, f"lock on {code}")


def _start(ring: Commission) -> None:
    with ring.world.report.step(
        "production started", "The bench takes the design: the date explains every day it adds"
    ):
        refused = ring.world.api.refused("bespokeProductionStart", ring.customer, project=ring.id)
        equal(refused, "PermissionDenied", "a customer's start of production")
        ring.tell("bespokeProductionStart", project=ring.id)
        ring.stage_is("PRODUCTION")
        promise = ring.promised("PRODUCTION")
        full = one(
            [row for row in ring.read()["promises"] if row["id"] == promise["id"]], "promise"
        )
        true("set from inside" in str(full["trace"]), "the trace names the handwork")
        true("change order" in str(full["trace"]).lower(), "the trace names the change order")
        seen = ring.read("projectWork")["productionSteps"]
        equal([row["kind"] for row in seen], WORK, "the steps")
        true(all(row["worker"] is None for row in seen), "who works stays inside")
    ring.world.report.note(f"ready by {day(promise['dueAt'])}: 10–14 business days and 4 explained")


def _casting(ring: Commission) -> None:
    with ring.world.report.step("casting", "Cast, and the gold weighed: 6.214 of 6.5 g locked"):
        forming = steps(ring)["FORMING"]
        ring.tell_in_vain("bespokeProductionStepStart", "STEP_NOT_NEXT", id=forming["id"])
        ring.tell_in_vain("bespokeProductionStepFinish", "STEP_NOT_STARTED", id=forming["id"])
        do(ring, "CASTING")
        lock = holding(ring, "AU750Y")
        ring.tell_in_vain(
            "bespokeMaterialConsume", "QUANTITY_EXCEEDED", holding=lock["id"], quantity="70.000"
        )
        consume(ring, "AU750Y")
        gold = ring.world.api.run("bespokeMaterial", ring.world.staff, id=lock["material"]["id"])
        equal(float(gold["onHand"]), 53.786, "the gold left in the safe, in grams")
        equal(float(gold["held"]), 0.0, "the gold still held")


def _silence_and_news(ring: Commission) -> None:
    def overdue() -> Any:
        return [row for row in ring.desk()["attention"] if "heard nothing" in row["detail"]]

    with ring.world.report.step(
        "weekly news", "After eight silent days staff are reminded; they post news with a photo"
    ):
        ring.world.clock_move(8 * 24)
        wait_for(overdue, "the reminder of silence")
        equal(ring.read("projectDesk")["attention"], [], "the attention list a customer sees")
        photo = Upload("bench.jpg", samples.progress_photo("Cast, week 2"))
        news = "Your ring is cast and looks fine."
        ring.tell(
            "bespokeProgressUpdatePost", project=ring.id, shared=True, text=news, photos=[photo]
        )
        inside = "Porosity under the head? Look again after polishing."
        ring.tell("bespokeProgressUpdatePost", project=ring.id, shared=False, text=inside)
        seen = one(ring.read("projectWork")["progressUpdates"], "shared update")
        equal((seen["text"], len(seen["photos"])), (news, 1), "the news")
        equal(len(ring.desk("projectWork")["progressUpdates"]), 2, "the updates staff read")
        equal(overdue(), [], "the reminders after the news")


def _polish_and_sent_back(ring: Commission) -> None:
    with ring.world.report.step("sent back", "Polished, found too thin on one side, done again"):
        do(ring, "FORMING")
        do(ring, "POLISHING")
        thin = steps(ring)["FORMING"]
        ring.tell_in_vain("bespokeProductionStepSendBack", "REQUIRED", id=thin["id"], reason=" ")
        reason = "1.7 mm on the left shoulder."
        ring.tell("bespokeProductionStepSendBack", id=thin["id"], reason=reason)
        again = steps(ring)
        equal((again["FORMING"]["attempt"], again["FORMING"]["status"]), (2, "PENDING"), "forming")
        equal((again["POLISHING"]["attempt"], again["POLISHING"]["status"]), (2, "PENDING"),
              "polishing")  # fmt: skip
        seen = ring.read("projectWork")["productionSteps"]
        equal([row["kind"] for row in seen], WORK, "the steps the customer sees")
        true(all(row["sentBackReason"] is None for row in seen), "reasons stay inside")
        do(ring, "FORMING")
        do(ring, "POLISHING")


def _moved_promise(ring: Commission) -> None:
    with ring.world.report.step(
        "promise moved", "That costs two days: the promise moves, with its cause, and Ada is told"
    ):
        before = ring.promised("PRODUCTION")
        later = moment(before["dueAt"]) + timedelta(days=2)
        told = "One shoulder was too thin and was formed again."
        move = {"dueAt": later.isoformat(), "cause": "REWORK", "explanation": told}
        ring.tell_in_vain(
            "bespokePromiseMove", "REQUIRED", id=before["id"], input=move | {"explanation": " "}
        )
        ring.tell("bespokePromiseMove", id=before["id"], input=move)
        promises = ring.read()["promises"]
        moved = one([row for row in promises if row["id"] == before["id"]], "promise")
        last = moved["moves"][-1]
        equal((last["cause"], last["explanation"]), ("REWORK", told), "the move")
        equal(moment(moved["dueAt"]), later, "the new date")
        equal(moment(moved["firstDueAt"]), moment(before["dueAt"]), "the date promised at first")


def _setting_and_finish(ring: Commission) -> None:
    with ring.world.report.step(
        "piece made", "Set and reinforced, every stone accounted for: quality control begins"
    ):
        ring.tell_in_vain("bespokeProductionFinish", "STEPS_UNFINISHED", project=ring.id)
        do(ring, "SETTING")
        do(ring, "REINFORCEMENT")
        ring.tell_in_vain("bespokeProductionFinish", "MATERIAL_NOT_CONSUMED", project=ring.id)
        consume(ring, "D102")
        consume(ring, "OWN")
        ring.tell("bespokeProductionFinish", project=ring.id)
        ring.stage_is("QUALITY")
        ring.promised("QUALITY")
    mesh.allowed(ring)
