"""Papers: the contract signed as shown, papers by stage, the certificate's page, the dossier."""

from __future__ import annotations

import hashlib
import subprocess
import zipfile
from io import BytesIO
from tempfile import TemporaryDirectory
from typing import Any

from tests.journey.client import Caller
from tests.journey.commission import Commission
from tests.journey.world import equal, one, true

#: What goes with a piece that crosses no border.
CUSTOMERS = ("APPRAISAL", "APPROVAL", "BRIEF", "CAD_SHEET", "CARE_CARD", "CONTRACT",
             "PACKING_SLIP", "QUOTE", "RECEIPT")  # fmt: skip
INTERNAL = ("PRODUCTION_CARD", "QUALITY_SHEET")


def sign(ring: Commission) -> None:
    """Between acceptance and payment: the contract."""
    ring.world.chapter("Contract")
    with ring.world.report.step(
        "contract signed", "Ada reads the contract, confirms it, and has a receipt of just that"
    ):
        shown = issue(ring, ring.customer, "CONTRACT")
        agreed = {"project": ring.id, "documentSha256": shown["sha256"], "confirmed": True}
        ring.ask_in_vain(
            "bespokeContractSign", "CONFIRMATION_INCOMPLETE", **agreed | {"confirmed": False}
        )
        another = agreed | {"documentSha256": "0" * 64}
        ring.ask_in_vain("bespokeContractSign", "DOCUMENT_OUTDATED", **another)
        ring.tell_in_vain("bespokeContractSign", "CUSTOMER_ONLY", **agreed)
        signed = ring.ask("bespokeContractSign", **agreed)["signature"]
        equal(signed["documentSha256"], shown["sha256"], "the contract that was signed")
        ring.ask_in_vain("bespokeContractSign", "ALREADY_DONE", **agreed)
        equal(issue(ring, ring.customer, "CONTRACT")["version"], 2, "the signed contract")
        found = ring.read("projectPapers")["contractSignature"]
        equal(found["receiptHash"], signed["receiptHash"], "the receipt that Ada reads")
        ring.happened("QuoteAccepted", "ContractSigned")
    ring.world.report.note(f"receipt {signed['receiptHash'][:16]}…")


def play(ring: Commission) -> None:
    """Once the piece is hers: every paper, the certificate's public page, the dossier."""
    ring.world.chapter("Papers")
    _every_paper(ring)
    _certificate(ring)
    _dossier(ring)


def papers(ring: Commission, document: str = "projectPapers") -> dict[str, Any]:
    """The customer's papers by their kinds, the last of each."""
    return {row["kind"]: row for row in ring.read(document)["documents"]}


def issue(ring: Commission, caller: Caller, kind: str) -> Any:
    """A paper in its present state, fetched and compared with what the shop says of it."""
    answer = ring.world.api.run("bespokeDocumentIssue", caller, project=ring.id, kind=kind)
    paper = answer["document"]
    sent = ring.world.api.fetch(paper["url"], caller)
    true(sent.content.startswith(b"%PDF-"), f"the {paper['title']} is a PDF")
    digest = hashlib.sha256(sent.content).hexdigest()
    equal(digest, paper["sha256"], f"the digest of the {paper['title']}")
    return paper


def _every_paper(ring: Commission) -> None:
    with ring.world.report.step(
        "papers", "Every paper is set once, and handed out again byte for byte"
    ):
        for kind in CUSTOMERS:
            first, again = (issue(ring, ring.customer, kind) for _ in range(2))
            equal(again["id"], first["id"], f"the {first['title']} asked for again")
        for kind in INTERNAL:
            asked = {"project": ring.id, "kind": kind}
            ring.ask_in_vain("bespokeDocumentIssue", "NOT_FOUND", **asked)
            issue(ring, ring.world.staff, kind)
        mine = papers(ring)
        true(set(INTERNAL).isdisjoint(mine), "the workshop's papers are not shown to Ada")
        equal(mine["CUSTOMS_INVOICE"]["available"], False, "an invoice for no border")
        true(mine["CUSTOMS_INVOICE"]["reason"], "the shop says why")
    ring.world.report.note(", ".join(mine[kind]["number"] for kind in CUSTOMERS))


def _certificate(ring: Commission) -> None:
    if not papers(ring)["CERTIFICATE"]["available"]:
        return  # a shop that has not said its address issues none
    with ring.world.report.step(
        "certificate verified", "Anybody who scans the code learns that it is genuine, not whose"
    ):
        first = issue(ring, ring.customer, "CERTIFICATE")
        page = ring.world.api.fetch(first["verificationUrl"], None)
        equal(page.status_code, 200, "the public page")
        for fact in (first["number"], first["sha256"], "genuine"):
            true(fact in page.text, f"the page names {fact}")
        for name in ("Ada", "Shopper", "example.com"):
            true(name not in page.text, f"the page does not name {name}")
        true("default-src 'none'" in page.headers["Content-Security-Policy"], "it runs nothing")
        unknown = ring.world.api.fetch(first["verificationUrl"][:-1] + "a1", None)
        equal(unknown.status_code, 404, "a code that nobody was given")
        ring.tell("bespokeDocumentRevoke", id=first["id"], reason="Printed on the wrong paper.")
        page = ring.world.api.fetch(first["verificationUrl"], None)
        true("revoked" in page.text, "the page says that it was revoked")
        second = issue(ring, ring.world.staff, "CERTIFICATE")
        equal(second["version"], 2, "the certificate issued anew")
    ring.world.report.note(second["verificationUrl"])


def _dossier(ring: Commission) -> None:
    with ring.world.report.step(
        "dossier", "One ZIP with all of it, read offline; every file has the digest it should have"
    ):
        mine, whole = (_unpacked(ring, it) for it in (ring.customer, ring.world.staff))
        true("index.html" in mine, "it has a first page")
        hidden = {name for name in whole if "production-card" in name or "quality-sheet" in name}
        true(len(hidden) >= 2, "the workshop's has its own papers")
        equal(hidden & mine, set(), "the workshop's papers in Ada's")
        stranger = ring.world.people["stranger"]
        refused = ring.world.api.refused("bespokeDossierAssemble", stranger, project=ring.id)
        equal(refused, "NOT_FOUND", "a stranger's dossier")
    ring.world.report.note(f"{len(mine)} files for Ada, {len(whole)} for the workshop")


def _unpacked(ring: Commission, caller: Caller) -> set[str]:
    """The names in the caller's dossier, after its sums were checked."""
    url = ring.world.api.run("bespokeDossierAssemble", caller, project=ring.id)["url"]
    first, second = (ring.world.api.fetch(url, caller) for _ in range(2))
    true(first.content == second.content, "the same link gives the same bytes")
    with TemporaryDirectory() as folder, zipfile.ZipFile(BytesIO(first.content)) as archive:
        archive.extractall(folder)
        page = archive.read("index.html").decode()
        true("<script" not in page, "its first page runs nothing")
        command = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
        sums = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        equal((sums.returncode, sums.stdout), (0, ""), "what sha256sum finds")
        named = {line[66:] for line in archive.read("SHA256SUMS").decode().splitlines()}
        names = set(archive.namelist())
        equal(named | {"SHA256SUMS"}, names, "the files that SHA256SUMS names")
    one([name for name in names if name.endswith("index.html")], "first page")
    return names
