"""Quality: a failed check and its rework, a report that must not contradict, proof in pictures."""

from __future__ import annotations

from typing import Any

from tests.journey import samples, wishes
from tests.journey.chapters import pictures, production
from tests.journey.client import Upload
from tests.journey.commission import Commission
from tests.journey.world import equal, one, true


def play(ring: Commission) -> None:
    """From the finished piece to one that may leave."""
    ring.world.chapter("Quality")
    _first_check_fails(ring)
    _certificate(ring)
    _evidence(ring)
    _passes(ring)


def check_now(ring: Commission) -> Any:
    """The last round of the checklist, as staff see it."""
    return ring.desk("projectWork")["qualityChecks"][-1]


def record(ring: Commission, *, size: str, failing: tuple[str, ...] = ()) -> Any:
    """Staff write down verdicts, the measured size in mm and the weight; the round as it is."""
    check = check_now(ring)
    items = [{"code": row["code"], "passed": row["code"] not in failing} for row in check["items"]]
    measures = {"measuredSizeMm": size, "metalGrams": "5.87"}
    ring.tell("bespokeQualityCheckRecord", id=check["id"], items=items, **measures)
    found = check_now(ring)
    equal(float(found["measuredSizeMm"]), float(size), "the measured size")
    return found


def _first_check_fails(ring: Commission) -> None:
    with ring.world.report.step(
        "check failed", "The first check finds a scratch and a wrong size: back to the bench"
    ):
        check = check_now(ring)
        true("final_polish" in [row["code"] for row in check["items"]], "final polish is checked")
        ring.tell_in_vain("bespokeQualityPass", "QUALITY_INCOMPLETE", id=check["id"])
        ring.tell_in_vain("bespokeShipmentPack", "STAGE_FORBIDS", **_parcel(ring))
        record(ring, size=f"{float(check['orderedSizeMm']) + 0.8:.2f}")
        ring.tell_in_vain("bespokeQualityPass", "SIZE_OUT_OF_TOLERANCE", id=check["id"])
        failed = record(ring, size="53.90", failing=("final_polish",))
        ring.tell_in_vain("bespokeQualityPass", "QUALITY_INCOMPLETE", id=check["id"])
        reason = "A scratch at six o'clock, and too large."
        ring.tell("bespokeQualityFail", id=failed["id"], reason=reason, redoFrom="POLISHING")
        ring.stage_is("PRODUCTION")
        equal(check_now(ring)["status"], "FAILED", "the first check")
        hidden = ring.read("projectWork")["qualityChecks"][0]
        equal((hidden["items"], hidden["failReason"]), ([], None), "what Ada reads of it")
    with ring.world.report.step(
        "rework", "Polished, set and reinforced again; a second check opens"
    ):
        for kind in ("POLISHING", "SETTING", "REINFORCEMENT"):
            production.do(ring, kind)
        ring.tell("bespokeProductionFinish", project=ring.id)
        ring.stage_is("QUALITY")
        equal(
            [row["number"] for row in ring.desk("projectWork")["qualityChecks"]], [1, 2], "checks"
        )


def _parcel(ring: Commission) -> Any:
    return {
        "project": ring.id,
        "input": {
            "packing": ["box", "ribbon", "bag"],
            "declaredValue": "7590.00",
            "insuredValue": "7590.00",
            "currency": "USD",
        },
    }


def _certificate(ring: Commission) -> None:
    world = ring.world
    number = world.notes["gia"]
    stone = production.holding(ring, "D102")["material"]["id"]
    report = {
        "laboratory": "GIA",
        "number": number,
        "material": stone,
        "stone": wishes.LARGER_DIAMOND,
        "file": Upload("gia.pdf", samples.certificate_pdf(number)),
    }
    with world.report.step(
        "report contradicts", "A GIA report of another stone is kept, but can never be verified"
    ):
        record(ring, size="53.20")
        ring.tell_in_vain("bespokeQualityPass", "CERTIFICATE_MISSING", id=check_now(ring)["id"])
        wrong = report | {"stone": wishes.DIAMOND | {"colour": "H"}}
        ring.tell("bespokeCertificateRecord", project=ring.id, input=wrong)
        kept = one(ring.desk("projectWork")["certificates"], "certificate")
        fields = {row["field"] for row in kept["contradictions"]}
        true({"carat", "colour"} <= fields, f"it contradicts the stone in {sorted(fields)}")
        how = "Seen on the laboratory's page."
        ring.tell_in_vain(
            "bespokeCertificateVerify", "CERTIFICATE_CONTRADICTS", id=kept["id"], how=how
        )
        ring.tell_in_vain("bespokeQualityPass", "CERTIFICATE_CONTRADICTS", id=check_now(ring)["id"])
        equal(ring.read("projectWork")["certificates"], [], "the certificates Ada sees")
        ring.tell("bespokeCertificateReject", id=kept["id"], reason="Typed from another report.")
    with world.report.step(
        "report verified", "The right report is recorded, then verified with GIA"
    ):
        ring.tell_in_vain(
            "bespokeCertificateRecord", "INVALID", project=ring.id, input=report | {"number": "12"}
        )
        ring.tell("bespokeCertificateRecord", project=ring.id, input=report)
        seen = one(ring.read("projectWork")["certificates"], "certificate")
        equal((seen["status"], seen["number"]), ("RECORDED", number), "the certificate")
        ring.tell_in_vain("bespokeQualityPass", "CERTIFICATE_UNVERIFIED", id=check_now(ring)["id"])
        ring.tell("bespokeCertificateVerify", id=seen["id"], how="Seen on the laboratory's page.")
        seen = one(ring.read("projectWork")["certificates"], "certificate")
        equal(seen["status"], "VERIFIED", "the certificate")
        true(number in seen["verificationUrl"], "the laboratory's page is linked")
    world.report.note(seen["verificationUrl"])


def _evidence(ring: Commission) -> None:
    with ring.world.report.step(
        "photos and video", "Photographs and the unboxing video, for Ada to see before it leaves"
    ):
        ring.tell_in_vain("bespokeQualityPass", "EVIDENCE_MISSING", id=check_now(ring)["id"])
        photo = Upload("finished.jpg", samples.progress_photo("Finished"))
        video = Upload("unboxing.mp4", samples.short_video_mp4())
        add = {"project": ring.id}
        ring.tell_in_vain(
            "bespokeQualityEvidenceAdd", "FILE_KIND_NOT_ALLOWED", **add, kind="UNBOXING", file=photo
        )
        ring.tell("bespokeQualityEvidenceAdd", **add, kind="PHOTO", file=photo)
        ring.tell("bespokeQualityEvidenceAdd", **add, kind="UNBOXING", file=video)
        seen = {row["kind"]: row["file"] for row in ring.read("projectWork")["qualityEvidence"]}
        equal(set(seen), {"PHOTO", "UNBOXING"}, "what Ada sees")
        film = ring.world.api.fetch(seen["UNBOXING"]["url"], ring.customer)
        true(film.content[4:8] == b"ftyp", "she can play the video")
    pictures.shown(ring)


def _passes(ring: Commission) -> None:
    with ring.world.report.step("check passed", "Hallmarked, measured at 53.2 mm, passed"):
        mark = {
            "office": "LONDON",
            "sponsorMark": "STL",
            "fineness": 750,
            "reference": f"L-{ring.world.run}",
            "markedOn": str(ring.world.today()),
        }
        ring.tell_in_vain(
            "bespokeHallmarkRecord", "INVALID", project=ring.id, input=mark | {"fineness": 585}
        )
        ring.tell("bespokeHallmarkRecord", project=ring.id, input=mark)
        equal(ring.read("projectWork")["hallmark"]["fineness"], 750, "the hallmark's fineness")
        ring.tell("bespokeQualityPass", id=check_now(ring)["id"])
        ring.stage_is("SHIPPING")
        passed = ring.read("projectWork")["qualityChecks"][-1]
        equal(passed["status"], "PASSED", "the second check")
        equal(float(passed["measuredSizeMm"]), 53.2, "the measured size Ada reads")
        ring.promised("SHIPPING")
