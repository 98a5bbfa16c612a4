"""Short ways through what the main line shows in full, for commissions that tell something else."""

from __future__ import annotations

from typing import Any

from tests.journey import samples, wishes
from tests.journey.chapters import cad, production, quality
from tests.journey.client import Caller, Upload
from tests.journey.commission import Commission
from tests.journey.world import World, equal, one


def submitted(world: World, caller: Caller | None, wish: Any) -> Commission:
    """A new commission; whoever has no account holds its secret token."""
    made = world.api.run("bespokeProjectCreate", caller, input=wish)
    facts = made["project"]
    customer = caller or Caller(project_token=made["guestToken"])
    commission = Commission(world, facts["id"], facts["number"], customer)
    world.notes[f"token of {commission.number}"] = made["guestToken"]
    commission.stage_is("INTAKE")
    return commission


def confirmed(commission: Commission) -> None:
    """Staff answer what the rules warn of and confirm the brief."""
    for row in commission.desk()["feasibilityWarnings"]:
        note = "Looked at; it can be made."
        if row["answer"] is None:
            commission.tell("bespokeFeasibilityAnswer", id=row["id"], answer="ACCEPTED", note=note)
    brief = commission.read("projectBrief")["brief"]
    commission.tell("bespokeBriefConfirm", id=brief["id"])
    equal(commission.read("projectBrief")["brief"]["status"], "CONFIRMED", "the brief's state")


def gold(world: World, code: str, alloy: str, currency: str) -> str:
    """Twenty grams of an alloy for one commission; its id."""
    return world.material(
        code, kind="METAL", name=f"Grain {code}", onHand="20", alloy=alloy,
        price="60.00", currency=currency,
    )  # fmt: skip


def quoted(commission: Commission, specification: Any, lines: Any, **changes: Any) -> Any:
    """Staff send a quote with one design; as the customer sees it."""
    offer = {
        "shippingAmount": "25.00",
        "alternatives": [
            {
                "title": "As you wished",
                "design": "Exactly as in your brief.",
                "specification": specification,
                "lines": lines,
            }
        ],
    } | changes
    drafted = commission.tell("bespokeQuoteDraft", id=commission.id, input=offer)["quote"]
    commission.tell("bespokeQuoteSend", id=drafted["id"])
    seen = commission.read("projectQuotes")["quotes"][-1]
    equal((seen["id"], seen["status"]), (drafted["id"], "SENT"), "the quote on offer")
    return seen


def choice(quote: Any) -> Any:
    """The variables that accept a quote's only design."""
    design = one(quote["alternatives"], "design")
    return {
        "id": quote["id"],
        "alternative": design["id"],
        "termsVersion": quote["termsVersion"],
    }


def approved(commission: Commission, channel: str) -> None:
    """One revision, published and approved at once."""
    form = commission.world.api.run("bespokeIntakeForm", None, channel=channel)
    revision = cad.publish(commission, "Exactly as you wished.")
    commission.ask(
        "bespokeCadRevisionApprove",
        id=revision["id"],
        confirmed=revision["confirm"],
        returnsNoticeVersion=form["returnsNotice"]["version"],
    )
    cad.latest(commission, "APPROVED")


def made(commission: Commission, code: str, grams: str) -> None:
    """All steps done, the metal weighed."""
    commission.tell("bespokeProductionStart", project=commission.id)
    for kind in production.steps(commission):
        production.do(commission, kind)
    lock = production.holding(commission, code)
    commission.tell("bespokeMaterialConsume", holding=lock["id"], quantity=grams)
    commission.tell("bespokeProductionFinish", project=commission.id)
    commission.stage_is("QUALITY")


def passed(commission: Commission, grams: str) -> None:
    """Quality control finds nothing."""
    check = quality.check_now(commission)
    commission.tell(
        "bespokeQualityCheckRecord",
        id=check["id"],
        items=[{"code": row["code"], "passed": True} for row in check["items"]],
        measuredSizeMm=check["orderedSizeMm"],
        metalGrams=grams,
    )
    for kind, name, content in (
        ("PHOTO", "finished.jpg", samples.progress_photo("Finished")),
        ("UNBOXING", "unboxing.mp4", samples.short_video_mp4()),
    ):
        commission.tell(
            "bespokeQualityEvidenceAdd",
            project=commission.id,
            kind=kind,
            file=Upload(name, content),
        )
    commission.tell("bespokeQualityPass", id=check["id"])
    commission.stage_is("SHIPPING")


def band_lines(material: str, labour: str = "640.00") -> Any:
    """The price of a plain band: 5 g of metal and the work."""
    return [
        wishes.line("MATERIAL", "5 g of gold", "250.00", material=material, quantity="5"),
        wishes.line("LABOUR", "Forging and finishing", labour),
    ]
