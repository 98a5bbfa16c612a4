"""What pages show of files: previews, a poster, a turntable, a mesh light enough for browsers."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from PIL import Image

from tests.journey.commission import Commission
from tests.journey.world import equal, true, wait_for

PICTURES = {"JPEG", "PNG", "WEBP"}
MESHES = {"STL", "OBJ", "GLB"}
#: Sorts of files whose pictures need an extra that a shop may do without.
OPTIONAL = {"PDF", "MP4", "MOV"}


def shown(ring: Commission) -> None:
    """The worker has made pictures of every file so far, and Ada alone can fetch them."""
    with ring.world.report.step(
        "previews", "Every file has its pictures: Ada's photographs, the mesh, the video"
    ):
        files = wait_for(lambda: _all_settled(ring), "the previews")
        for file in files:
            if file["kind"] in OPTIONAL and file["derivationState"] == "UNAVAILABLE":
                true("saleor-bespoke[" in file["derivationReason"], "the missing extra is named")
                continue
            equal(file["derivationState"], "READY", f"{file['kind']}: {file['derivationReason']}")
            _has_previews(ring, file)
            if file["kind"] in MESHES:
                _turns(ring, file)
        kinds = sorted({file["kind"] for file in files})
    ring.world.report.note(f"{len(files)} files: {', '.join(kinds)}")


def _all_settled(ring: Commission) -> list[Any]:
    """The files, once nothing is derived any more."""
    seen = ring.read("projectPictures")
    views = [view for revision in seen["cadRevisions"] for view in revision["views"]]
    rows = (*seen["referenceFiles"], *views, *seen["qualityEvidence"])
    files = {row["file"]["id"]: row["file"] for row in rows}
    if any(file["derivationState"] == "PENDING" for file in files.values()):
        return []
    return list(files.values())


def _has_previews(ring: Commission, file: Any) -> None:
    true(file["placeholder"].startswith("data:image/webp;base64,"), "the placeholder")
    widths = [preview["width"] for preview in file["previews"]]
    equal(widths, sorted(widths), "the smallest first")
    if file["kind"] in PICTURES:
        true(widths[-1] <= file["width"], "no preview is larger than its picture")
        equal(file["poster"], None, "the poster of a picture")
    smallest = file["previews"][0]
    with Image.open(BytesIO(_fetched(ring, smallest["url"]))) as picture:
        equal(picture.size, (smallest["width"], smallest["height"]), "the size of a preview")


def _turns(ring: Commission, file: Any) -> None:
    table = file["turntable"]
    with Image.open(BytesIO(_fetched(ring, table["url"]))) as sheet:
        rows = table["frames"] // table["columns"]
        whole = (table["columns"] * table["width"], rows * table["height"])
        equal(sheet.size, whole, "the sheet of a turntable")
    true(_fetched(ring, file["compactMesh"]["url"])[:4] == b"glTF", "the mesh for browsers")


def _fetched(ring: Commission, url: str) -> bytes:
    """What lies behind a link: Ada gets it, nobody else does."""
    api = ring.world.api
    true(api.fetch(url, None).status_code in (401, 403, 404), "a link alone shows no picture")
    answer = api.fetch(url, ring.customer)
    equal(answer.status_code, 200, "the answer to Ada's link")
    equal(answer.headers["X-Content-Type-Options"], "nosniff", "what browsers are told")
    return bytes(answer.content)
