"""CAD: revisions with views and a mesh, remarks and tweaks, and the approval line by line."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from PIL import Image

from tests.journey import samples, wishes
from tests.journey.chapters import change, mesh
from tests.journey.client import Upload
from tests.journey.commission import Commission
from tests.journey.samples.pictures import caption
from tests.journey.world import day, equal, one, true

#: View, turn and tilt of the camera, in radians.
VIEWS = (("TOP", 0.0, 1.45), ("SIDE", 1.2, 0.1), ("FRONT", 0.0, 0.1))

VIEW_SIZE = (700, 560)


def play(ring: Commission) -> None:
    """From the locked order to an approved design."""
    ring.world.chapter("CAD")
    _first(ring)
    mesh.told_plainly(ring)
    _pin_and_tweaks(ring)
    change.play(ring)
    _approval(ring)


def draft(ring: Commission, note: str, **changes: Any) -> Any:
    """Staff begin a revision."""
    drafted = ring.tell("bespokeCadRevisionDraft", project=ring.id, note=note, **changes)
    return drafted["revision"]


def draw(ring: Commission, revision: Any) -> None:
    """Staff put the required views on a draft, each stamped with the revision's number."""
    for name, turn, tilt in VIEWS:
        drawn = samples.cad_view(name.title(), turn=turn, tilt=tilt)
        file = Upload(
            f"{name.lower()}.png", _stamped(drawn, f"{name.title()} {revision['number']}")
        )
        ring.tell("bespokeCadViewAdd", revision=revision["id"], view=name, file=file)


def _stamped(drawn: bytes, text: str) -> bytes:
    target = BytesIO()
    with Image.open(BytesIO(drawn)) as picture:
        caption(picture.resize(VIEW_SIZE), text).save(target, "PNG")
    return target.getvalue()


def publish(ring: Commission, note: str, *, inner: float | None = None) -> Any:
    """Staff draw a whole revision and show it; as the customer sees it.

    With a mesh whose inner diameter is given in mm, if it is.
    """
    revision = draft(ring, note)
    draw(ring, revision)
    if inner is not None:
        view = mesh.put(ring, revision, inner)
        mesh.confirm(ring, view)
        mesh.answered(ring, revision, view["report"])
    mesh.show(ring, revision)
    return latest(ring, "PUBLISHED")


def latest(ring: Commission, status: str) -> Any:
    """The last revision the customer sees, which must stand like this."""
    found = ring.read("projectDesign")["cadRevisions"][-1]
    equal(found["status"], status, "the revision's state")
    return found


def _first(ring: Commission) -> None:
    promised = ring.promised("CAD")["dueAt"]
    with ring.world.report.step(
        "CAD drafted", "The designer draws revision 1; it stays inside until nothing is missing"
    ):
        larger = wishes.solitaire(bandWidthMm="1.9", stones=[wishes.LARGER_DIAMOND])
        ring.tell_in_vain(
            "bespokeCadRevisionDraft", "CHANGE_NEEDS_ORDER", project=ring.id, specification=larger
        )
        revision = draft(ring, "The sapphire sits in the band, under the stone.")
        ring.tell_in_vain("bespokeCadRevisionPublish", "VIEWS_MISSING", id=revision["id"])
        draw(ring, revision)
        fake = Upload("solitaire.stl", b"solid nothing at all")
        ring.tell_in_vain(
            "bespokeCadViewAdd",
            "FILE_KIND_NOT_ALLOWED",
            revision=revision["id"],
            view="MESH",
            file=fake,
        )
        drawn = ring.desk("projectDesign")["cadRevisions"][0]["views"]
        views = {row["view"]: row["id"] for row in drawn}
        for remark in _remarks(views):
            ring.tell("bespokeCadAnnotationAdd", revision=revision["id"], input=remark)
        equal(ring.read("projectDesign")["cadRevisions"], [], "the drafts a customer sees")
    mesh.measured(ring, revision)
    with ring.world.report.step(
        "CAD shown", "A day later it is published: views, a 3D mesh, dimensions; in time"
    ):
        ring.world.clock_move(26)
        ring.tell("bespokeCadRevisionPublish", id=revision["id"])
        shown = latest(ring, "PUBLISHED")
        equal(len(shown["views"]), 4, "the views")
        equal({row["kind"] for row in shown["annotations"]}, {"DIMENSION", "STONE", "CALLOUT"},
              "the designer's remarks")  # fmt: skip
        kept = one([row for row in ring.read()["promises"] if row["step"] == "CAD"], "promise")
        equal(kept["outcome"], "MET", "the promise of the first CAD")
        ring.tell_in_vain("bespokeProductionStart", "APPROVAL_MISSING", project=ring.id)
    ring.world.report.note(f"promised by {day(promised)}; work cannot start before her approval")


def _remarks(views: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "kind": "DIMENSION",
            "text": "Band width",
            "millimetres": "1.9",
            "view": views["TOP"],
            "x": "0.31",
            "y": "0.62",
        },
        {"kind": "STONE", "text": "0.90 ct, four prongs", "view": views["TOP"], "x": "0.5",
         "y": "0.4"},
        {"kind": "CALLOUT", "text": "Your sapphire, from inside"},
    ]  # fmt: skip


def _pin_and_tweaks(ring: Commission) -> None:
    with ring.world.report.step("pin", "Ada pins a remark on the side view; the designer answers"):
        revision = latest(ring, "PUBLISHED")
        side = one([row for row in revision["views"] if row["view"] == "SIDE"], "side view")
        where = {"revision": revision["id"], "view": side["id"], "x": "0.42", "y": "0.30"}
        ring.ask_in_vain("bespokeCadPinAdd", "INVALID", **where | {"x": "1.2"}, remark="Here")
        ring.ask("bespokeCadPinAdd", **where, remark="Could this corner be rounder?")
        pin = one(latest(ring, "PUBLISHED")["pins"], "pin")
        ring.tell("bespokeCadPinAnswer", id=pin["id"], answer="Yes, by half a millimetre.")
        answered = one(latest(ring, "PUBLISHED")["pins"], "pin")
        equal(answered["answer"], "Yes, by half a millimetre.", "the answer")
    remark, before = mesh.pinned(ring), latest(ring, "PUBLISHED")
    for number, wish in ((1, "Please as pinned."), (2, "A little lower, please.")):
        with ring.world.report.step(
            f"tweak {number}", f"Free tweak {number} of 2: asked for, promised, drawn and shown"
        ):
            revision = latest(ring, "PUBLISHED")
            ring.ask("bespokeCadTweakRequest", revision=revision["id"], request=wish)
            equal(latest(ring, "TWEAK_REQUESTED")["id"], revision["id"], "the tweaked revision")
            ring.promised("TWEAK")
            inner = mesh.INNER if number == 1 else None
            shown = publish(ring, f"As you wished: {wish.lower()}", inner=inner)
            rounds = ring.read("projectDesign")["tweakRounds"]
            equal([row["free"] for row in rounds], [True] * number, "the rounds")
        if number == 1:
            mesh.carried(ring, remark, before, shown)
    with ring.world.report.step(
        "third tweak refused", "A third one would cost; Ada is told how much"
    ):
        revision = latest(ring, "PUBLISHED")
        wish = {"revision": revision["id"], "request": "And rounder still."}
        ring.ask_in_vain("bespokeCadTweakRequest", "TWEAKS_USED_UP", **wish)
        equal(len(ring.read("projectDesign")["tweakRounds"]), 2, "the rounds after the refusal")
        latest(ring, "PUBLISHED")


def _approval(ring: Commission) -> None:
    world = ring.world
    notice = world.api.run("bespokeIntakeForm", None, channel="us")["returnsNotice"]["version"]
    with world.report.step(
        "approval refused", "An approval that skips a line, or an outdated notice, is refused"
    ):
        revision = publish(ring, "With the larger stone.")
        lines = revision["confirm"]
        true("stones" in lines and "ringSize" in lines, f"the lines name stone and size: {lines}")
        whole = {"id": revision["id"], "confirmed": lines, "returnsNoticeVersion": notice}
        skipped = whole | {"confirmed": [line for line in lines if line != "ringSize"]}
        ring.ask_in_vain("bespokeCadRevisionApprove", "CONFIRMATION_INCOMPLETE", **skipped)
        outdated = whole | {"returnsNoticeVersion": "returns-1999"}
        ring.ask_in_vain("bespokeCadRevisionApprove", "NOTICE_OUTDATED", **outdated)
        ring.tell_in_vain("bespokeCadRevisionApprove", "CUSTOMER_ONLY", **whole)
        latest(ring, "PUBLISHED")
    with world.report.step(
        "design approved", f"Ada confirms all {len(lines)} lines; here is her receipt"
    ):
        ring.ask("bespokeCadRevisionApprove", **whole)
        approved = latest(ring, "APPROVED")
        receipt = approved["approval"]["receipt"]
        equal(receipt["revision"], approved["number"], "the receipt's revision")
        equal(receipt["specification"], approved["specificationHash"], "its specification")
        shown = sorted(row["file"]["sha256"] for row in approved["views"])
        equal(sorted(row["sha256"] for row in receipt["files"]), shown, "its files")
        equal(len(receipt["paid"]), 2, "the sums it names")
        shown_at = [
            text["shownAt"]
            for text in ring.read("projectBrief")["consents"]
            if text["kind"] == "RETURNS_NOTICE"
        ]
        equal(shown_at, ["INTAKE", "APPROVAL"], "when the notice was shown")
    world.report.note(f"receipt {approved['approval']['receiptHash'][:16]}…")
