"""CAD that answers back: meshes measured, remarks in space, revisions compared, permissions."""

from __future__ import annotations

from typing import Any

from tests.journey import samples
from tests.journey.client import Upload
from tests.journey.commission import Commission
from tests.journey.world import equal, one, true, wait_for

#: mm: the inner diameter of the ordered size, and one that is a size too wide.
INNER, TOO_WIDE = 16.92, 17.33


def measured(ring: Commission, revision: Any) -> None:
    """Staff put a mesh on a draft that is too wide, then the right one, and confirm its unit."""
    with ring.world.report.step(
        "mesh measured", "A mesh a size too wide cannot be shown; the right one is measured"
    ):
        wrong = put(ring, revision, TOO_WIDE)
        equal(wrong["report"]["fits"], False, "whether the wide one fits")
        confirm(ring, wrong)
        ring.tell_in_vain("bespokeCadRevisionPublish", "MESH_UNFIT", id=revision["id"])
        ring.tell("bespokeCadViewRemove", id=wrong["id"])
        view = put(ring, revision, INNER)
        ring.tell_in_vain("bespokeCadRevisionPublish", "UNIT_UNCONFIRMED", id=revision["id"])
        confirm(ring, view)
        report = view["report"]
        equal((report["unit"], report["watertight"], report["fits"]), ("MM", True, True),
              "unit, form and size")  # fmt: skip
        true(abs(float(report["innerDiameter"]) - INNER) < 0.02, f"{report['innerDiameter']} mm")
        answered(ring, revision, report)
    grams = report["weights"][0]
    ring.world.report.note(
        f"inner {report['innerDiameter']} mm, wall {report['wall']} mm, finished "
        f"{grams['finished']} g, to cast {grams['casting']} g"
    )


def answered(ring: Commission, revision: Any, report: Any) -> None:
    """Staff answer for what was found besides, if anything was."""
    codes = sorted({row["code"] for row in report["findings"] if not row["stops"]})
    if codes:
        ring.tell(
            "bespokeCadDecisionRecord",
            revision=revision["id"],
            codes=codes,
            reason="Looked at on the bench: it can be made like this.",
        )


def put(ring: Commission, revision: Any, inner: float) -> Any:
    """A mesh put on a draft and measured by the shop's worker; the view as staff see it."""
    file = Upload("solitaire.stl", samples.ring_mesh_stl(inner))
    added = ring.tell("bespokeCadViewAdd", revision=revision["id"], view="MESH", file=file)

    def done() -> Any:
        seen = view_of(ring.desk("projectMeshes"), revision["id"], added["view"]["id"])
        return seen if seen["report"]["state"] != "WAITING" else None

    view = wait_for(done, "the mesh's report")
    equal(view["report"]["state"], "DONE", f"the report ({view['report']['reason']})")
    return view


def confirm(ring: Commission, view: Any) -> None:
    """Staff confirm the unit that was guessed."""
    ring.tell("bespokeCadUnitConfirm", id=view["id"], unit=view["report"]["unit"])


def view_of(seen: Any, revision: str, view: str) -> Any:
    """One view of a revision in what somebody sees."""
    row = one([it for it in seen["cadRevisions"] if it["id"] == revision], "revision")
    return one([it for it in row["views"] if it["id"] == view], "view")


def told_plainly(ring: Commission) -> None:
    """The customer reads the report in plain words, without costs or findings."""
    with ring.world.report.step("report read", "Ada reads what was measured, in plain words"):
        (view,) = [it for it in _latest(ring)["views"] if it["view"] == "MESH"]
        report = view["report"]
        equal((report["metal"], report["findings"]), (None, None), "what is the workshop's own")
        true(any("16.92 mm" in words for words in report["words"]), f"{report['words']}")
        true(view["licence"]["version"].startswith("design-licence"), "the licence")
    ring.world.report.note(" ".join(report["words"]))


def pinned(ring: Commission) -> str:
    """Ada pins a remark to the mesh; nothing goes on before it is answered. Answers its id."""
    with ring.world.report.step("pin in space", "Ada pins a remark to the mesh where it is thin"):
        revision = _latest(ring)
        (view,) = [it for it in revision["views"] if it["view"] == "MESH"]
        where = {name: view["report"]["wallPlace"][name] for name in "xyz"}
        place = {"revision": revision["id"], "view": view["id"], "remark": "Is this strong?"}
        beside = {"x": "300", "y": "0", "z": "0"}
        ring.ask_in_vain("bespokeCadPinAdd", "INVALID", **place, position=beside)
        pin = ring.ask("bespokeCadPinAdd", **place, position=where)["pin"]
        true(pin["place"]["part"] is not None, "the part it lies on")
        ring.tell("bespokeCadPinAnswer", id=pin["id"], answer="Yes: four prongs carry it.")
    return str(pin["id"])


def carried(ring: Commission, pin: str, before: Any, after: Any) -> None:
    """The remark stays on the next revision's mesh, and both revisions stand side by side."""
    with ring.world.report.step(
        "remarks carried", "The remark lies on the next mesh again; both revisions side by side"
    ):
        again = [it for it in _latest(ring)["pins"] if it["carriedFromId"] == pin]
        true(one(again, "carried remark")["place"] is not None, "its place")
        both = {"before": before["id"], "after": after["id"]}
        told = ring.world.api.run("projectDifference", ring.customer, **both)
        equal(told["changes"], [], "the changes of the specification")
        equal(told["measuresBefore"], told["measuresAfter"], "size and weight")
        sides = {it["view"]: it["sameFile"] for it in told["sides"]}
        equal(sides["MESH"], True, "the mesh")
        equal(sides["TOP"], False, "the stamped drawing")


def _latest(ring: Commission) -> Any:
    return ring.read("projectMeshes")["cadRevisions"][-1]


def show(ring: Commission, revision: Any) -> None:
    """Staff publish a draft; where it is another client's design they look, and decide."""
    staff = ring.world.staff
    sent = ring.world.api.send("bespokeCadRevisionPublish", staff, id=revision["id"])
    codes = [row["code"] for row in sent["data"]["bespokeCadRevisionPublish"]["errors"]]
    if not codes:
        return
    equal(codes, ["SIMILAR_DESIGN"], "why the revision is not shown")
    ring.tell(
        "bespokeCadDecisionRecord",
        revision=revision["id"],
        codes=["SIMILAR_DESIGN"],
        reason="Both clients chose the same ring from our window and know it.",
    )
    found = ring.world.api.run("projectLikenesses", staff, revision=revision["id"])
    near = [row for row in found if row["near"]]
    true(near and all(row["number"] != ring.number for row in near), "another commission's")
    ring.tell("bespokeCadRevisionPublish", id=revision["id"])


def allowed(ring: Commission) -> None:
    """Ada allows an archive copy and photographs, and takes the latter back."""
    with ring.world.report.step(
        "permissions", "Ada allows a copy in brass and photographs, and takes the latter back"
    ):
        texts = {it["kind"]: it for it in ring.read("projectMeshes")["designPermissions"]}
        record = {"project": ring.id, "metal": "BRASS", "keptAt": "Drawer 12"}
        ring.tell_in_vain("bespokeArchiveCopyRecord", "PERMISSION_MISSING", **record)
        for kind, text in texts.items():
            given = {"project": ring.id, "kind": kind, "version": text["version"]}
            ring.ask_in_vain(
                "bespokeDesignPermissionGrant", "NOTICE_OUTDATED", **given | {"version": "old"}
            )
            ring.ask("bespokeDesignPermissionGrant", **given)
        ring.ask("bespokeDesignPermissionRevoke", project=ring.id, kind="PHOTOGRAPHS")
        ring.tell("bespokeArchiveCopyRecord", **record)
        seen = ring.read("projectMeshes")
        since = {it["kind"]: bool(it["grantedAt"]) for it in seen["designPermissions"]}
        equal(since, {"ARCHIVE_COPY": True, "PHOTOGRAPHS": False}, "what is allowed")
        equal(seen["archiveCopies"], [{"metal": "BRASS", "allowed": True}], "the copies")
