"""Intake: the form, the brief, its files, the customer's own stone and gold, the conversation."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any
from uuid import uuid4

from PIL import Image

from tests.journey import samples, wishes
from tests.journey.chapters import brought
from tests.journey.client import Api, Upload
from tests.journey.commission import Commission
from tests.journey.world import World, day, equal, moment, one, true

REFERENCES = (
    ("A ring I saw in Paris", "paris.jpg", samples.phone_jpeg),
    ("The same, from my new phone", "paris-2.heic", samples.phone_heic),
    ("Our ideas on one page", "ideas.pdf", samples.reference_pdf),
)


def play(world: World) -> Commission:
    """From the empty form to a confirmed brief."""
    world.chapter("Intake")
    form = _form(world)
    ring = _submit(world, form)
    _strangers(ring)
    _references(ring)
    _stylist_and_messages(ring)
    brought.play(ring)
    _feasibility(ring)
    _question_and_confirmation(ring)
    return ring


def _form(world: World) -> Any:
    with world.report.step("intake form", "The shop describes its form, its limits and its texts"):
        form = world.api.run("bespokeIntakeForm", None, channel="us")
        equal(form["currency"], "USD", "the form's currency")
        equal(form["referenceFiles"]["most"], 10, "the cap of reference files")
        true({"version", "body"} <= set(form["returnsNotice"]), "the form shows the notice")
        true(form["metals"] and form["sizeSystems"], "the form offers metals and sizes")
    return form


def _submit(world: World, form: Any) -> Commission:
    shopper = world.people["shopper"]
    with world.report.step("brief refused", "A careless form is refused, field by field"):
        for changes, code in (
            ({"returnsNoticeVersion": "returns-1999"}, "CONSENT_OUTDATED"),
            ({"contactConsentVersion": ""}, "CONSENT_REQUIRED"),
            ({"destinationCountry": "KP"}, "DESTINATION_NOT_SERVED"),
            ({"budget": {"min": "50", "stretch": "60"}}, "BUDGET_BELOW_MINIMUM"),
            (_with({"engraving": {"text": "♥" * 60, "place": "INSIDE_BAND"}}), _ENGRAVING),
            (_with({"alloy": "TITANIUM"}), "METAL_NOT_OFFERED"),
            (_with({"oldJewellery": [_GRAIN]}), "OLD_METAL_NOT_ACCEPTED"),
            (_with({"ringSize": {**_SIZE, "label": "99"}}), "INVALID"),
        ):
            wish = wishes.form(form, wishes.solitaire()) | changes
            refused = world.api.refused("bespokeProjectCreate", shopper, input=wish)
            equal(refused, code, f"the refusal of {sorted(changes)}")
    with world.report.step("brief submitted", "Ada sends the form of her ring"):
        key = str(uuid4())
        wish = wishes.form(form, wishes.solitaire())
        created = world.api.run("bespokeProjectCreate", shopper, input=wish, idempotencyKey=key)
        again = world.api.run("bespokeProjectCreate", shopper, input=wish, idempotencyKey=key)
        equal(again["project"]["id"], created["project"]["id"], "the form sent twice")
        facts = created["project"]
        ring = Commission(world, facts["id"], facts["number"], shopper)
        found = ring.read("projectBrief")
        brief = found["brief"]
        equal(brief["specification"]["ringSize"]["label"], "6.5", "the ring size")
        equal(brief["specification"]["ringSize"]["measuredBy"], "MEASURED_BY_STUDIO", "its source")
        equal(float(brief["budgetStretch"]["amount"]), 9000.0, "the stretch budget")
        noted = {(text["kind"], text["shownAt"]): text["version"] for text in found["consents"]}
        equal(noted["CONTACT", "INTAKE"], form["contactConsent"]["version"], "the consent")
        equal(noted["RETURNS_NOTICE", "INTAKE"], form["returnsNotice"]["version"], "the notice")
        promised = ring.promised("QUOTE")["dueAt"]
        equal(moment(created["quotePromise"]), moment(promised), "the promised time of the quote")
        true(len(created["guestToken"]) >= 40, "the secret token cannot be guessed")
    world.report.note(f"{ring.number}, quote promised by {day(promised)}, {promised[11:16]} UTC")
    world.notes["token"] = created["guestToken"]
    return ring


_ENGRAVING = "ENGRAVING_NOT_POSSIBLE"
_SIZE = wishes.solitaire()["ringSize"]
_GRAIN = {"description": "Casting grain", "form": "GRAIN", "alloy": "GOLD_18K_YELLOW"}


def _with(changes: Any) -> Any:
    return {"specification": wishes.solitaire(**changes)}


def _strangers(ring: Commission) -> None:
    api, people = ring.world.api, ring.world.people
    with ring.world.report.step(
        "strangers kept out", "Ben, a clerk and a forged link see nothing, a guest's link opens it"
    ):
        for caller in (None, people["stranger"], people["clerk"]):
            equal(api.run("bespokeProject", caller, id=ring.id), None, "what a stranger reads")
            refused = api.refused("bespokeMessageSend", caller, id=ring.id, text="Hello")
            equal(refused, "NOT_FOUND", "the refusal of a stranger")
        forged = ring.world.notes["token"][:-2] + "xx"
        equal(api.run("bespokeProject", None, token=forged), None, "what a forged link opens")
        linked = api.run("bespokeProject", None, token=ring.world.notes["token"])
        equal(linked["number"], ring.number, "what the secret link opens")
        renewed = ring.ask("bespokeGuestTokenRotate", id=ring.id)["guestToken"]
        old = api.run("bespokeProject", None, token=ring.world.notes["token"])
        equal(old, None, "what the link of yesterday opens")
        equal(api.run("bespokeProject", None, token=renewed)["id"], ring.id, "what the new opens")


def _references(ring: Commission) -> None:
    with ring.world.report.step(
        "reference files",
        "Ada adds a JPEG and a HEIC from her phone, and a PDF; where they were taken is erased",
    ):
        for caption, name, content in REFERENCES:
            file = Upload(name, content())
            ring.ask("bespokeReferenceFileAdd", id=ring.id, file=file, caption=caption)
        kept = ring.read("projectBrief")["referenceFiles"]
        equal([row["file"]["kind"] for row in kept][2], "PDF", "the kind of the third file")
        upright = kept[0]["file"]
        true(upright["height"] > upright["width"], "the photograph stands upright")
        seen = fetch(ring, upright["url"])
        true(b"GPS" not in seen and b"Phone 12" not in seen, "the phone's place is gone")
    with ring.world.report.step(
        "ten files at most", "Nine more at once: seven find a place, two are refused"
    ):
        ring.ask_in_vain(
            "bespokeReferenceFileAdd",
            "FILE_KIND_NOT_ALLOWED",
            id=ring.id,
            file=Upload("ring.jpg", b"MZ this is a program"),
        )
        ring.ask_in_vain(
            "bespokeUploadBegin",
            "UPLOAD_UNSUPPORTED",
            project=ring.id,
            purpose="REFERENCE",
            name="ring.jpg",
            size=1000,
            contentType="image/jpeg",
        )
        with ThreadPoolExecutor(9) as pool:
            codes = list(pool.map(lambda place: _one_more(ring, place), range(9)))
        refused = sorted(code for code in codes if code)
        equal(refused, ["FILE_LIMIT_REACHED"] * 2, "the refusals")
        kept = ring.read("projectBrief")["referenceFiles"]
        equal([row["position"] for row in kept], list(range(1, 11)), "the taken places")
        ring.ask("bespokeReferenceFileRemove", id=kept[-1]["id"])
        equal(len(ring.read("projectBrief")["referenceFiles"]), 9, "the files after one left")


def _one_more(ring: Commission, place: int) -> str | None:
    """Upload over a connection of its own, as another tab would; the refusal's code, if any."""
    picture = Upload(f"idea-{place}.jpg", _thumbnail(place))
    answer = Api(ring.world.api.url).send(
        "bespokeReferenceFileAdd", ring.customer, id=ring.id, file=picture, caption=f"Idea {place}"
    )
    errors = answer["data"]["bespokeReferenceFileAdd"]["errors"]
    return errors[0]["code"] if errors else None


def _thumbnail(place: int) -> bytes:
    """A small picture, as one saves it from a page of ideas; no two are the same file."""
    target = BytesIO()
    with Image.open(BytesIO(samples.phone_jpeg())) as photo:
        photo.resize((480 + place, 360)).save(target, "JPEG")
    return target.getvalue()


def fetch(ring: Commission, url: str) -> bytes:
    """A private file's bytes by its own link: the customer gets them, nobody else does."""
    api = ring.world.api
    true(api.fetch(url, None).status_code in (401, 403, 404), "a link alone opens no file")
    answer = api.fetch(url, ring.customer)
    equal(answer.status_code, 200, "the answer to the customer's link")
    return bytes(answer.content)


def _stylist_and_messages(ring: Commission) -> None:
    world = ring.world
    with world.report.step("stylist", "Stella becomes Ada's stylist"):
        stella = world.api.run("me", world.staff)
        ring.tell("bespokeStylistAssign", id=ring.id, staff=stella["id"])
        name = ring.read("projectBrief")["stylistName"]
        equal(name, f"{stella['firstName']} {stella['lastName']}".strip(), "the stylist")
    with world.report.step(
        "messages", "They write to each other, with a sketch; notes stay inside"
    ):
        ring.ask("bespokeMessageSend", id=ring.id, text="May the sapphire sit inside the band?")
        sketch = Upload("inside.png", samples.cad_view("Inside of the band", 0.4, 1.2))
        words = "Yes, like this."
        ring.tell("bespokeMessageSend", id=ring.id, text=words, attachments=[sketch])
        ring.tell("bespokeMessageSend", id=ring.id, text="Check the wall there.", internal=True)
        told = ring.read("projectBrief")["messages"]
        equal([row["authorKind"] for row in told], ["CUSTOMER", "STAFF"], "who is heard")
        equal(len(told[1]["attachments"]), 1, "the attachments")
        true(fetch(ring, told[1]["attachments"][0]["url"]), "Ada can open the sketch")
        equal(len(ring.desk("projectBrief")["messages"]), 3, "the messages that staff read")


def _feasibility(ring: Commission) -> None:
    with ring.world.report.step(
        "feasibility", "The rules warn staff of a thin band; they answer, then may confirm"
    ):
        warnings = ring.desk()["feasibilityWarnings"]
        codes = {row["code"] for row in warnings}
        true("BAND_TOO_THIN" in codes, f"the thin band is noticed among {sorted(codes)}")
        brief = ring.read("projectBrief")["brief"]["id"]
        hard = [row for row in warnings if row["severity"] == "IMPOSSIBLE"]
        if hard:
            ring.tell_in_vain("bespokeBriefConfirm", "FEASIBILITY_OPEN", id=brief)
        for row in warnings:
            note = "1.9 mm in the drawing, agreed by message."
            ring.tell("bespokeFeasibilityAnswer", id=row["id"], answer="ADJUSTED", note=note)
        answered = ring.desk()["feasibilityWarnings"]
        true(all(row["answer"] == "ADJUSTED" for row in answered), "every warning is answered")
        equal(ring.read("bespokeProject")["stage"], "INTAKE", "the stage")
    ring.world.report.note(" ".join(row["message"] for row in warnings[:2]))


def _question_and_confirmation(ring: Commission) -> None:
    world = ring.world
    brief = ring.read("projectBrief")["brief"]["id"]
    with world.report.step(
        "question", "Stella asks about the wedding band: the clock stands still"
    ):
        before = moment(ring.promised("QUOTE")["dueAt"])
        asked = "Shall a wedding band fit flush beside it?"
        question = ring.tell("bespokeInformationRequest", id=ring.id, question=asked)["question"]
        true(ring.promised("QUOTE")["pausedAt"], "the promise's clock stands still")
        ring.tell_in_vain("bespokeBriefConfirm", "QUESTION_OPEN", id=brief)
        world.clock_move(30)
        ring.ask("bespokeInformationAnswer", id=question["id"], answer="Yes, one day.")
        promise = ring.promised("QUOTE")
        equal(promise["pausedAt"], None, "the pause after the answer")
        true(moment(promise["dueAt"]) >= before, "the date moved by the wait")
        true(promise["lateAt"] is None, "the shop is not late for waiting")
        equal(one(ring.read("projectBrief")["questions"], "question")["answer"], "Yes, one day.",
              "the answer")  # fmt: skip
    with world.report.step("brief confirmed", "Staff confirm the specification"):
        ring.tell("bespokeBriefConfirm", id=brief)
        equal(ring.read("projectBrief")["brief"]["status"], "CONFIRMED", "the brief's state")
        ring.happened("BriefSubmitted", "StylistAssigned", "BriefConfirmed")
