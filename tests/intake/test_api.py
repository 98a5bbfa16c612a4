"""The intake over HTTP: the form, the brief and all that belongs to it, seen by each caller."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_bespoke import conf
from saleor_bespoke.graphql.base import global_id
from saleor_bespoke.project.access import ANONYMOUS, Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.steps.intake.services import (
    message_send,
    own_material_accept,
    own_material_receive,
    reference_file_add,
)
from tests.fixtures import guest_of, make_commission, ring_specification
from tests.intake.conftest import OLD_RING, OWN_STONE, Api, png, upload
from tests.support import nothing_changes

pytestmark = pytest.mark.usefixtures("shop")

ERRORS = "errors { field code message }"
CREATE = f"""
mutation($input: BespokeProjectInput!, $key: UUID, $token: String) {{
  bespokeProjectCreate(input: $input, idempotencyKey: $key, token: $token) {{
    project {{
      id number stage title channel currency contactEmail
      brief {{
        version status story destinationCountry dateNeeded
        budgetMin {{ amount currency }} budgetStretch {{ amount currency }}
        specification {{
          pieceType alloy alloyName finish hash
          ringSize {{ system label measuredBy circumferenceMm }}
          stones {{ kind origin carat shape description }}
          engraving {{ text place }}
          ownStones {{ description stone {{ kind }} }}
          oldJewellery {{ description form claimedGrams }}
        }}
      }}
      consents {{ kind shownAt version textHash at }}
      ownMaterials {{ id kind status description }}
      feasibilityWarnings {{ code }}
    }}
    guestToken quotePromise {ERRORS}
  }}
}}"""
SPECIFICATION = {
    "pieceType": "RING",
    "alloy": "GOLD_18K_YELLOW",
    "setting": "PRONG_6",
    "ringSize": {"system": "UK", "label": "L 1/2", "measuredBy": "MEASURED_BY_SIZER"},
    "bandWidthMm": "2.20",
    "stones": [{"kind": "DIAMOND", "origin": "NATURAL", "carat": "1.01", "shape": "ROUND"}],
    "engraving": {"text": "Für immer", "place": "INSIDE_BAND"},
    "features": ["SOLITAIRE"],
    "ownStones": [{"description": "From a brooch", "stone": {"kind": "RUBY"}}],
    "oldJewellery": [{"description": "A worn band", "claimedGrams": "4.2"}],
}


def filled(**changes: Any) -> dict[str, Any]:
    policy = conf.policy("us")
    return {
        "channel": "us",
        "title": "Ada's ring",
        "specification": SPECIFICATION,
        "story": "For Ada.",
        "budget": {"min": "5000", "stretch": "9000.50"},
        "destinationCountry": "us",
        "contact": {"name": "Grace", "email": "grace@example.com", "timeZone": "Europe/Vienna"},
        "contactConsentVersion": policy.contact_consent.version,
        "returnsNoticeVersion": policy.returns_notice.version,
    } | changes


def id_of(project: BespokeProject) -> str:
    return global_id("BespokeProject", project.pk)


# the form -----------------------------------------------------------------------------------------

FORM = """
query($channel: String!) {
  bespokeIntakeForm(channel: $channel) {
    channel currency quoteBusinessHours quotePromise destinations mostStones mostOwn
    fields { name label required longest }
    pieceTypes { value label hasRingSize }
    metals { code name fineness colour finishes }
    finishes { value label } settings { value } features { value } stoneKinds { value label }
    stoneShapes { value } stoneOrigins { value } stoneRoles { value } treatments { value }
    sizeSystems { system labels approximate } sizeSources { value }
    engraving { place longest label } engravingSymbols oldJewelleryForms { value }
    referenceFiles { most kinds mimeTypes largestBytes } messageFiles { most }
    leastBudget { amount currency }
    contactConsent { version body } returnsNotice { version body } terms { version body }
  }
}"""


def test_the_form_describes_itself(api: Api) -> None:
    form = api.ask(FORM, channel="us")
    policy = conf.policy("us")
    assert (form["currency"], form["quoteBusinessHours"]) == ("USD", 2)
    assert form["leastBudget"] == {"amount": 500.0, "currency": "USD"}
    assert [metal["code"].lower() for metal in form["metals"]] == list(policy.metals)
    white = next(each for each in form["metals"] if each["code"] == "GOLD_18K_WHITE")
    assert white["name"] == "18K white gold"
    assert "RHODIUM_PLATED" in white["finishes"]
    yellow = next(each for each in form["metals"] if each["code"] == "GOLD_18K_YELLOW")
    assert "RHODIUM_PLATED" not in yellow["finishes"]
    assert form["contactConsent"]["version"] == policy.contact_consent.version
    assert form["returnsNotice"]["body"] == policy.returns_notice.body
    sizes = {each["system"]: each["labels"] for each in form["sizeSystems"]}
    assert "L½" in sizes["UK"]
    assert form["referenceFiles"]["most"] == 10
    assert {"JPEG", "HEIC", "PDF", "STL"} <= set(form["referenceFiles"]["kinds"])
    assert form["messageFiles"]["most"] == 5
    assert [each["value"] for each in form["oldJewelleryForms"]] == ["JEWELLERY", "COIN"]
    required = {each["name"] for each in form["fields"] if each["required"]}
    assert {"budget.stretch", "contactConsentVersion", "specification.alloy"} <= required


def test_each_channel_has_its_own_form(api: Api) -> None:
    assert api.ask(FORM, channel="eu")["leastBudget"] == {"amount": 450.0, "currency": "EUR"}


@pytest.mark.parametrize("channel", ["mars", "", "us\x00", "x" * 300])
def test_an_unknown_channel_has_no_form(api: Api, channel: str) -> None:
    assert api.ask(FORM, channel=channel) is None


# creating -----------------------------------------------------------------------------------------


def test_a_guest_sends_the_form(api: Api) -> None:
    answer = api.ask(CREATE, input=filled())
    assert answer["errors"] == []
    project = answer["project"]
    assert (project["stage"], project["title"]) == ("INTAKE", "Ada's ring")
    brief = project["brief"]
    assert brief["budgetStretch"] == {"amount": 9000.5, "currency": "USD"}
    assert (brief["version"], brief["destinationCountry"]) == (1, "US")
    spec = brief["specification"]
    assert spec["ringSize"] == {
        "system": "UK",
        "label": "L½",
        "measuredBy": "MEASURED_BY_SIZER",
        "circumferenceMm": 52.18,
    }
    assert spec["stones"][0]["description"] == "1.01 ct round natural diamond"
    assert spec["engraving"] == {"text": "Für immer", "place": "INSIDE_BAND"}
    assert spec["oldJewellery"] == [
        {"description": "A worn band", "form": "JEWELLERY", "claimedGrams": 4.2}
    ]
    assert [each["kind"] for each in project["ownMaterials"]] == ["OLD_JEWELLERY", "OWN_STONE"]
    assert {(each["kind"], each["shownAt"]) for each in project["consents"]} == {
        ("CONTACT", "INTAKE"),
        ("RETURNS_NOTICE", "INTAKE"),
    }
    # the token opens it, and nothing else of a guest's does
    read = "query($id: ID, $token: String) { bespokeProject(id: $id, token: $token) { number } }"
    found = api.ask(read, token=answer["guestToken"])
    assert found == {"number": project["number"]}
    assert api.ask(read, id=project["id"]) is None
    assert api.ask(read, id=project["id"], token="x" * 43) is None


def test_a_customer_finds_it_in_their_account(api: Api, customer: Actor) -> None:
    answer = api.ask(CREATE, customer, input=filled(contact={}))
    assert answer["project"]["contactEmail"] == customer.email
    read = "query($id: ID) { bespokeProject(id: $id) { number } }"
    assert api.ask(read, customer, id=answer["project"]["id"])


def test_sent_twice_with_one_key_it_is_one(api: Api) -> None:
    key = "6d1f8a0e-1d7c-4b3e-9a57-0e7f3c2b1a90"
    first = api.ask(CREATE, input=filled(), key=key)
    with nothing_changes():
        again = api.ask(CREATE, input=filled(), key=key)
    assert again == first
    other = api.ask(CREATE, input=filled(story="Other"), key=key)
    assert [(each["field"], each["code"]) for each in other["errors"]] == [
        ("idempotencyKey", "INVALID")
    ]


def spec(**changes: Any) -> dict[str, Any]:
    return {"specification": SPECIFICATION | changes}


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"channel": "mars"}, "channel", "NOT_FOUND"),
        (spec(alloy="TITANIUM"), "alloy", "METAL_NOT_OFFERED"),
        (spec(ringSize=None), "ringSize", "REQUIRED"),
        (spec(pieceType="PENDANT"), "ringSize", "INVALID"),
        (
            spec(ringSize={"system": "US", "label": "45", "measuredBy": "STATED_BY_CUSTOMER"}),
            "ringSize",
            "INVALID",
        ),
        (spec(bandWidthMm="99"), "bandWidthMm", "INVALID"),
        (spec(bandWidthMm="1E+4000"), "bandWidthMm", "INVALID"),
        (spec(stones=[{"kind": "DIAMOND"}] * 31), "stones", "INVALID"),
        (spec(stones=[{"kind": "DIAMOND", "quantity": 1001}]), "stones.0", "INVALID"),
        (spec(stones=[{"kind": "DIAMOND", "carat": "-1"}]), "stones.0", "INVALID"),
        (
            spec(engraving={"text": "\u200bsecret", "place": "BACK"}),
            "engraving.text",
            "ENGRAVING_NOT_POSSIBLE",
        ),
        (
            spec(engraving={"text": "x" * 201, "place": "BACK"}),
            "engraving.text",
            "INVALID",
        ),
        (
            spec(oldJewellery=[{"description": "dust", "form": "GRAIN"}]),
            "oldJewellery",
            "OLD_METAL_NOT_ACCEPTED",
        ),
        (spec(notes="bell \x07"), "notes", "INVALID"),
        ({"budget": {"min": "2", "stretch": "1"}}, "budget.stretch", "INVALID"),
        ({"budget": {"min": "1", "stretch": "2"}}, "budget.stretch", "BUDGET_BELOW_MINIMUM"),
        ({"budget": {"min": "-1", "stretch": "9000"}}, "budget.min", "INVALID"),
        ({"budget": {"min": "1.001", "stretch": "9000"}}, "budget.min", "INVALID"),
        ({"destinationCountry": "XX"}, "destinationCountry", "DESTINATION_NOT_SERVED"),
        ({"dateNeeded": "2020-02-02"}, "dateNeeded", "INVALID"),
        ({"contact": {}}, "contact.email", "REQUIRED"),
        ({"contact": {"name": "x", "email": "x@"}}, "contact.email", "INVALID"),
        ({"contactConsentVersion": None}, "contactConsentVersion", "CONSENT_REQUIRED"),
        ({"returnsNoticeVersion": "old"}, "returnsNoticeVersion", "CONSENT_OUTDATED"),
        ({"title": "a\x00b"}, "title", "INVALID"),
        ({"linkedTo": "nonsense"}, "linkedTo", "NOT_FOUND"),
    ],
)
def test_a_bad_form_names_its_field(
    api: Api, changes: dict[str, Any], field: str, code: str
) -> None:
    with nothing_changes():
        answer = api.ask(CREATE, input=filled(**changes))
    assert [(each["field"], each["code"]) for each in answer["errors"]] == [(field, code)]
    assert answer["project"] is None
    assert answer["guestToken"] is None


# files and messages -------------------------------------------------------------------------------

ADD = f"""
mutation($id: ID!, $token: String, $file: Upload!) {{
  bespokeReferenceFileAdd(project: $id, token: $token, file: $file, caption: "Style") {{
    referenceFile {{ id position caption file {{ name kind size width url }} }} {ERRORS}
  }}
}}"""
REMOVE = f"""
mutation($id: ID!, $token: String) {{
  bespokeReferenceFileRemove(id: $id, token: $token) {{
    project {{ referenceFiles {{ id }} }} {ERRORS}
  }}
}}"""
SAY = f"""
mutation($id: ID!, $token: String, $text: String, $files: [Upload!], $internal: Boolean) {{
  bespokeMessageSend(
    project: $id, token: $token, text: $text, attachments: $files, internal: $internal
  ) {{
    message {{ text shared authorKind authorName attachments {{ kind url }} }} {ERRORS}
  }}
}}"""


def test_a_guest_uploads_and_only_they_can_fetch_it(
    api: Api, guest_project: tuple[BespokeProject, Actor], customer: Actor
) -> None:
    project, guest = guest_project
    answer = api.send(ADD, {"file": upload(7)}, id=id_of(project), token=guest.token)
    assert answer["errors"] == []
    row = answer["referenceFile"]
    assert (row["position"], row["caption"], row["file"]["kind"]) == (1, "Style", "PNG")
    url = row["file"]["url"]
    fetched = api.client.get(url, headers={"Bespoke-Token": guest.token})
    assert fetched.status_code == 200
    assert b"".join(fetched.streaming_content).startswith(b"\x89PNG")  # type: ignore[attr-defined]
    for headers in ({}, {"Bespoke-Token": "x" * 43}, api.headers(customer)):
        assert api.client.get(url, headers=headers).status_code == 404
    removed = api.ask(REMOVE, id=row["id"], token=guest.token)
    assert removed == {"project": {"referenceFiles": []}, "errors": []}
    assert api.client.get(url, headers={"Bespoke-Token": guest.token}).status_code == 404


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "FILE_UNREADABLE"),
        (b"just words", "FILE_KIND_NOT_ALLOWED"),
        (b"<svg onload='x'/>", "FILE_KIND_NOT_ALLOWED"),
        (png(1)[:40], "FILE_UNREADABLE"),
    ],
)
def test_bad_files_are_refused(
    api: Api, project: BespokeProject, customer: Actor, content: bytes, code: str
) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    file = SimpleUploadedFile("ring.png", content, "image/png")
    with nothing_changes():
        answer = api.send(ADD, {"file": file}, customer, id=id_of(project))
    assert [(each["field"], each["code"]) for each in answer["errors"]] == [("file", code)]


def test_a_file_that_is_none_is_refused(api: Api, project: BespokeProject, customer: Actor) -> None:
    with nothing_changes():
        answer = api.ask(ADD, customer, id=id_of(project), file="nothing")
    assert [each["code"] for each in answer["errors"]] == ["INVALID"]


def test_strangers_uploads_are_refused_before_they_are_read(
    api: Api, project: BespokeProject, other_customer: Actor
) -> None:
    with nothing_changes():
        for actor in (None, other_customer):
            answer = api.send(ADD, {"file": upload()}, actor, id=id_of(project))
            assert [each["code"] for each in answer["errors"]] == ["NOT_FOUND"]


def test_messages_both_ways_with_files(
    api: Api, project: BespokeProject, customer: Actor, staff: Actor, token: str
) -> None:
    said = api.send(SAY, {"files": [upload(1), upload(2)]}, customer, id=id_of(project), text="So?")
    assert [each["kind"] for each in said["message"]["attachments"]] == ["PNG", "PNG"]
    api.ask(SAY, staff, id=id_of(project), text="Lovely.")
    note = api.ask(SAY, staff, id=id_of(project), text="Tricky prongs.", internal=True)
    assert note["message"]["shared"] is False
    refused = api.ask(SAY, id=id_of(project), token=token, text="Psst", internal=True)
    assert [each["field"] for each in refused["errors"]] == ["internal"]

    read = """query($id: ID, $token: String) {
      bespokeProject(id: $id, token: $token) { messages { text } timeline { kind } }
    }"""
    seen = {
        "staff": api.ask(read, staff, id=id_of(project)),
        "customer": api.ask(read, customer, id=id_of(project)),
        "guest": api.ask(read, token=token),
    }
    texts = {who: [each["text"] for each in found["messages"]] for who, found in seen.items()}
    assert texts["staff"] == ["So?", "Lovely.", "Tricky prongs."]
    assert texts["customer"] == texts["guest"] == ["So?", "Lovely."]
    kinds = {who: {each["kind"] for each in found["timeline"]} for who, found in seen.items()}
    assert "InternalNoteWritten" in kinds["staff"]
    assert "InternalNoteWritten" not in kinds["customer"] | kinds["guest"]


def test_six_attachments_are_refused_before_they_are_read(
    api: Api, project: BespokeProject, customer: Actor
) -> None:
    files = [upload(shade) for shade in range(6)]
    with nothing_changes():
        answer = api.send(SAY, {"files": files}, customer, id=id_of(project), text="All")
    assert [each["code"] for each in answer["errors"]] == ["FILE_LIMIT_REACHED"]


# confirming, questions, warnings, materials -------------------------------------------------------


def test_from_question_to_confirmation(
    api: Api, project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    revise = f"""mutation($id: ID!, $input: BespokeBriefInput!) {{
      bespokeBriefRevise(project: $id, input: $input) {{ brief {{ id version status }} {ERRORS} }}
    }}"""
    keys = ("story", "budget", "destinationCountry")
    thin = {key: filled()[key] for key in keys} | spec(bandWidthMm="0.8")
    brief = api.ask(revise, customer, id=id_of(project), input=thin)["brief"]
    assert (brief["version"], brief["status"]) == (2, "SUBMITTED")

    ask = f"""mutation($id: ID!, $text: String!) {{
      bespokeInformationRequest(project: $id, question: $text) {{ question {{ id }} {ERRORS} }}
    }}"""
    question = api.ask(ask, staff, id=id_of(project), text="Wider?")["question"]
    answer = f"""mutation($id: ID!) {{
      bespokeInformationAnswer(id: $id, answer: "No.") {{
        question {{ answer answeredAt }} project {{ brief {{ status }} }} {ERRORS}
      }}
    }}"""
    answered = api.ask(answer, customer, id=question["id"])
    assert answered["question"]["answer"] == "No."
    assert answered["project"]["brief"]["status"] == "SUBMITTED"

    confirm = f"""mutation($id: ID!) {{
      bespokeBriefConfirm(id: $id) {{ brief {{ status confirmedAt }} {ERRORS} }}
    }}"""
    blocked = api.ask(confirm, staff, id=brief["id"])
    assert [each["code"] for each in blocked["errors"]] == ["FEASIBILITY_OPEN"]

    read = """query($id: ID) {
      bespokeProject(id: $id) { feasibilityWarnings { id code severity field answer } }
    }"""
    assert api.ask(read, customer, id=id_of(project)) == {"feasibilityWarnings": []}
    warnings = api.ask(read, staff, id=id_of(project))["feasibilityWarnings"]
    (warning,) = [each for each in warnings if each["severity"] == "IMPOSSIBLE"]
    assert (warning["code"], warning["field"], warning["answer"]) == (
        "BAND_TOO_THIN",
        "bandWidthMm",
        None,
    )
    vouch = f"""mutation($id: ID!) {{
      bespokeFeasibilityAnswer(id: $id, answer: ACCEPTED, note: "Forged, not cast.") {{
        warning {{ answer note }} {ERRORS}
      }}
    }}"""
    assert api.ask(vouch, staff, id=warning["id"])["warning"]["answer"] == "ACCEPTED"
    assert api.ask(confirm, staff, id=brief["id"])["brief"]["status"] == "CONFIRMED"


def test_from_parcel_to_credit(
    api: Api, project: BespokeProject, customer: Actor, staff: Actor
) -> None:
    read = "query($id: ID) { bespokeProject(id: $id) { ownMaterials { id kind status } } }"
    band, ruby = api.ask(read, customer, id=id_of(project))["ownMaterials"]
    row = "ownMaterial { status findings credit { amount currency } stone { carat } }"
    receive = (
        f"""mutation($id: ID!) {{ bespokeOwnMaterialReceive(id: $id) {{ {row} {ERRORS} }} }}"""
    )
    accept = f"""mutation($id: ID!, $input: BespokeOwnMaterialAcceptInput!) {{
      bespokeOwnMaterialAccept(id: $id, input: $input) {{ {row} {ERRORS} }}
    }}"""
    for each in (band, ruby):
        assert api.ask(receive, staff, id=each["id"])["ownMaterial"]["status"] == "RECEIVED"
    valued = {"alloy": "GOLD_14K_YELLOW", "weightGrams": "4.105", "credit": "180"}
    offered = api.ask(accept, staff, id=band["id"], input=valued)
    assert offered["ownMaterial"]["credit"] == {"amount": 180.0, "currency": "USD"}
    examined = {"stone": {"kind": "RUBY", "carat": "0.79"}, "findings": "Sound."}
    stone = api.ask(accept, staff, id=ruby["id"], input=examined)["ownMaterial"]
    assert (stone["status"], stone["stone"]) == ("ACCEPTED", {"carat": 0.79})
    take = f"""mutation($id: ID!) {{ bespokeOldGoldCreditAccept(id: $id) {{ {row} {ERRORS} }} }}"""
    assert api.ask(take, customer, id=band["id"])["ownMaterial"]["status"] == "CREDITED"
    give = f"""mutation($id: ID!) {{ bespokeOwnMaterialReturn(id: $id) {{ {row} {ERRORS} }} }}"""
    assert api.ask(give, staff, id=ruby["id"])["ownMaterial"]["status"] == "RETURNED"


def test_the_stylist_has_a_name(api: Api, project: BespokeProject, staff: Actor) -> None:
    assign = f"""mutation($id: ID!, $staff: ID!) {{
      bespokeStylistAssign(project: $id, staff: $staff) {{ project {{ stylistName }} {ERRORS} }}
    }}"""
    answer = api.ask(assign, staff, id=id_of(project), staff=global_id("User", staff.user_pk))
    assert answer["project"]["stylistName"] == staff.name


STAFF_ONLY = {
    "bespokeBriefConfirm": "",
    "bespokeInformationRequest": ', question: "?"',
    "bespokeFeasibilityAnswer": ", answer: ACCEPTED",
    "bespokeStylistAssign": ', staff: "x"',
    "bespokeOwnMaterialReceive": "",
    "bespokeOwnMaterialAccept": ", input: {}",
    "bespokeOwnMaterialRefuse": ', reason: "x"',
    "bespokeOwnMaterialReturn": "",
}


@pytest.mark.parametrize("name", STAFF_ONLY)
def test_staff_s_operations_are_closed_to_all_others(
    api: Api,
    project: BespokeProject,
    customer: Actor,
    staff_without_permission: Actor,
    name: str,
) -> None:
    subject = "project" if name in ("bespokeInformationRequest", "bespokeStylistAssign") else "id"
    given = f'{subject}: "{id_of(project)}"{STAFF_ONLY[name]}'
    query = f"mutation {{ {name}({given}) {{ {ERRORS} }} }}"
    with nothing_changes():
        for actor in (None, customer, staff_without_permission):
            answer = api.body(query, actor)
            code = answer["errors"][0]["extensions"]["exception"]["code"]
            assert code == "PermissionDenied"


# one page's cost ----------------------------------------------------------------------------------

LIST = """{ bespokeProjects(first: 100) { edges { node {
  brief { version specification { hash ringSize { labels { label } } } } briefs { version }
  referenceFiles { position file { name url } }
  messages { text attachments { name url } }
  consents { kind } questions { question } feasibilityWarnings { code }
  ownMaterials { status stone { description } }
} } } }"""


def filled_project(customer: Actor, staff: Actor, prepared: Any, shade: int) -> None:
    facts = ring_specification(bandWidthMm="0.8", ownStones=[OWN_STONE], oldJewellery=[OLD_RING])
    project, _ = make_commission(customer, specification=facts)
    reference_file_add(actor=customer, project_pk=project.pk, prepared=prepared(shade))
    message_send(actor=customer, project_pk=project.pk, text="Hi", prepared=[prepared(shade)])
    stone = project.brought_materials.get(kind="OWN_STONE")
    own_material_receive(actor=staff, own_material_pk=stone.pk)
    own_material_accept(actor=staff, own_material_pk=stone.pk)


def test_a_page_costs_the_same_however_long(
    api: Api, customer: Actor, staff: Actor, prepared: Any
) -> None:
    counts = {}
    for length in (1, 20):
        for shade in range(BespokeProject.objects.count(), length):
            filled_project(customer, staff, prepared, shade)
        for actor in (customer, staff):
            with CaptureQueriesContext(
                connection,
            ) as queries:
                answer = api.ask(LIST, actor)
            assert len(answer["edges"]) == length
            assert answer["edges"][0]["node"]["messages"][0]["attachments"][0]["url"]
            counts[length, actor.kind] = len(queries)
    assert counts[1, customer.kind] == counts[20, customer.kind]
    assert counts[1, staff.kind] == counts[20, staff.kind]


def test_the_guest_of_one_is_a_stranger_to_another(
    api: Api, guest_project: tuple[BespokeProject, Actor]
) -> None:
    project, _ = guest_project
    _, token = make_commission(ANONYMOUS)
    with nothing_changes():
        answer = api.ask(SAY, id=id_of(project), token=guest_of(token).token, text="Hi")
    assert [each["code"] for each in answer["errors"]] == ["NOT_FOUND"]
