"""Quotes over the API: who may do what, what customers see, and how much it costs to read."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from saleor_bespoke.graphql.base import global_id
from saleor_bespoke.project.access import ANONYMOUS, Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.embedded import accounts
from saleor_bespoke.shop.embedded.models import User
from saleor_bespoke.steps.quoting.inputs import AlternativeInput, LineInput, QuoteInput
from saleor_bespoke.steps.quoting.models import Quote
from saleor_bespoke.steps.quoting.services import quote_draft, quote_send
from saleor_bespoke.workshop.models import Material
from tests.api import run
from tests.fixtures import (
    confirm_brief,
    make_app,
    make_commission,
    make_customer,
    make_draft,
    make_metal,
    make_quoted,
    make_sourced_stone,
    make_staff,
    make_stone,
    ring_specification,
)
from tests.support import nothing_changes

DRAFT = """
mutation($id: ID!, $input: BespokeQuoteInput!) { bespokeQuoteDraft(project: $id, input: $input) {
  quote { id status version alternatives { price { amount } } } project { stage }
  errors { field code message }
} }
"""
SEND = """
mutation($id: ID!) { bespokeQuoteSend(id: $id) {
  quote { status contentHash } project { stage currentQuote { id } }
  errors { field code message }
} }
"""
WITHDRAW = """
mutation($id: ID!) { bespokeQuoteWithdraw(id: $id, reason: "Sold.") {
  quote { status closeReason } project { stage }
  errors { field code message }
} }
"""
DECLINE = """
mutation($id: ID!, $token: String) { bespokeQuoteDecline(id: $id, token: $token) {
  quote { status } project { stage }
  errors { field code message }
} }
"""
COUNTER = """
mutation($id: ID!, $token: String) {
  bespokeQuoteCounter(id: $id, token: $token, reason: "Smaller.") {
    quote { status closeReason } project { stage }
    errors { field code message }
  }
}
"""
ACCEPT = """
mutation($id: ID!, $token: String, $alternative: ID!, $terms: String!) {
  bespokeQuoteAccept(id: $id, token: $token, alternative: $alternative, termsVersion: $terms) {
    project { stage } payable { id status amount { amount currency } } checkoutId checkoutUrl
    errors { field code message }
  }
}
"""
READ = """
query($id: ID, $token: String) {
  bespokeProject(id: $id, token: $token) {
    currentQuote { id }
    quotes {
      id version status currency destinationCountry taxIncluded duties termsVersion termsText
      tweakAllowance validUntil note contentHash sentAt acceptedAt closeReason
      shipping { amount currency }
      acceptedAlternative { id }
      alternatives {
        id position title design specificationHash complexityDays complexityReason
        materialsExpectedOn
        price { amount currency } tax { amount } total { amount currency }
        lines { kind description amount { amount currency } material materialName quantity }
        stones {
          name quantity provenance laboratory certificateNumber own expectedOn
          stone { kind description } photo { id name sha256 }
        }
        pictures { id name }
        resize { outcome sentence untilDays limit limitMm reasons { code sentence } }
        specification { pieceType alloy hash }
      }
    }
  }
}
"""


def key(row: Any) -> str:
    return global_id(f"Bespoke{type(row).__name__.removeprefix('Bespoke')}", row.pk)


def draft_input(**changes: Any) -> dict[str, Any]:
    return {
        "shippingAmount": "40.00",
        "alternatives": [
            {
                "title": "A ring",
                "design": "Plain.",
                "specification": {
                    "pieceType": "WEDDING_BAND",
                    "alloy": "GOLD_18K_YELLOW",
                    "bandWidthMm": "4",
                    "ringSize": {
                        "system": "US",
                        "label": "6",
                        "measuredBy": "MEASURED_BY_STUDIO",
                    },
                },
                "lines": [{"kind": "LABOUR", "description": "Making", "amount": "900.50"}],
            }
            | changes
        ],
    }


class Callers:
    """One quoted commission of a customer who also has its token, and everybody who may ask."""

    def __init__(self) -> None:
        self.customer, self.staff = make_customer(), make_staff()
        self.project, self.token = make_commission(self.customer)
        confirm_brief(self.project, self.staff)
        self.draft = make_draft(self.project, self.staff)
        self.actors: dict[str, tuple[Actor, str | None]] = {
            "anonymous": (ANONYMOUS, None),
            "other customer": (make_customer("other@example.com"), None),
            "owner": (self.customer, None),
            "guest": (ANONYMOUS, self.token),
            "staff without permission": (make_staff("clerk@example.com", permissions=()), None),
            "staff elsewhere": (make_staff("eu@example.com", channels=("eu",)), None),
            "staff": (self.staff, None),
            "app": (make_app(), None),
        }

    def sent(self) -> Quote:
        return quote_send(actor=self.staff, quote_pk=self.draft.pk)


@pytest.fixture
def callers(db: None) -> Callers:
    return Callers()


def answer(
    document: str, actor: Actor, token: str | None, **variables: Any
) -> tuple[str, dict[str, Any]]:
    """What the operation answered: `ok`, a refusal's code or `denied`, with the payload."""
    if token and "$token" in document:
        variables["token"] = token
    result = run(document, actor, **variables)
    if result.errors:
        assert "permissions" in str(result.errors[0]), result.errors
        return "denied", {}
    (payload,) = result.data.values()
    codes = [error["code"] for error in payload["errors"]]
    return (codes[0] if codes else "ok"), payload


STAFF_ONLY = {
    "anonymous": "denied",
    "other customer": "denied",
    "owner": "denied",
    "guest": "denied",
    "staff without permission": "denied",
    "staff elsewhere": "NOT_FOUND",
    "staff": "ok",
    "app": "ok",
}
CUSTOMER_ONLY = {
    "anonymous": "NOT_FOUND",
    "other customer": "NOT_FOUND",
    "owner": "ok",
    "guest": "ok",
    "staff without permission": "NOT_FOUND",
    "staff elsewhere": "NOT_FOUND",
    "staff": "CUSTOMER_ONLY",
    "app": "CUSTOMER_ONLY",
}


def ask(callers: Callers, operation: str, actor: Actor, token: str | None) -> str:
    """Ask for the operation on the one quote there is, in the state that it needs."""
    quote, variables = callers.draft, {}
    if operation == "draft":
        variables = {"id": key(callers.project), "input": draft_input()}
        return answer(DRAFT, actor, token, **variables)[0]
    documents = {
        "send": SEND,
        "withdraw": WITHDRAW,
        "decline": DECLINE,
        "counter": COUNTER,
        "accept": ACCEPT,
    }
    variables = {"id": key(quote)}
    if operation == "accept":
        variables |= {
            "alternative": key(quote.alternatives.get()),
            "terms": quote.terms_version,
        }
    return answer(documents[operation], actor, token, **variables)[0]


@pytest.mark.parametrize("caller", sorted(STAFF_ONLY))
@pytest.mark.parametrize("operation", ["draft", "send", "withdraw", "decline", "counter", "accept"])
def test_caller_table(callers: Callers, operation: str, caller: str) -> None:
    expected = (STAFF_ONLY if operation in ("draft", "send", "withdraw") else CUSTOMER_ONLY)[caller]
    if operation not in ("draft", "send"):
        callers.sent()
    actor, token = callers.actors[caller]
    if expected == "ok":
        assert ask(callers, operation, actor, token) == "ok"
        return
    with nothing_changes():
        assert ask(callers, operation, actor, token) == expected


def test_absent_quotes_answer_like_foreign_ones(callers: Callers) -> None:
    callers.sent()
    stranger, _ = callers.actors["other customer"]
    real = run(DECLINE, stranger, id=key(callers.draft)).data
    absent = run(DECLINE, stranger, id=global_id("BespokeQuote", callers.project.pk)).data
    nonsense = run(DECLINE, stranger, id="x").data
    assert real == absent == nonsense


def test_bespoke_quote_draft_and_send(callers: Callers) -> None:
    code, payload = answer(DRAFT, callers.staff, None, id=key(callers.project), input=draft_input())
    assert code == "ok"
    assert payload["quote"]["alternatives"] == [{"price": {"amount": 900.5}}]
    code, payload = answer(SEND, callers.staff, None, id=payload["quote"]["id"])
    assert code == "ok"
    assert payload["project"]["stage"] == "QUOTED"
    assert len(payload["quote"]["contentHash"]) == 64


def test_refusals_name_the_field(callers: Callers) -> None:
    stone = make_stone(callers.staff, "E-1", currency="EUR")
    cases: list[tuple[dict[str, Any], str, str]] = [
        ({"title": " "}, "REQUIRED", "alternatives.0.title"),
        ({"lines": []}, "INVALID", "alternatives.0.lines"),
        ({"pictures": ["x"]}, "NOT_FOUND", "alternatives.0.pictures"),
        (
            {"lines": [{"kind": "LABOUR", "description": "x", "amount": "1e-999"}]},
            "INVALID",
            "alternatives.0.lines.0.amount",
        ),
        (
            {
                "lines": [
                    {
                        "kind": "MATERIAL",
                        "description": "x",
                        "amount": "900",
                        "material": key(stone),
                        "quantity": "1",
                    }
                ]
            },
            "CURRENCY_MISMATCH",
            "alternatives.0.lines.0.material",
        ),
        (
            {
                "specification": {
                    "pieceType": "PENDANT",
                    "alloy": "GOLD_18K_YELLOW",
                    "bandWidthMm": "3",
                }
            },
            "INVALID",
            "alternatives.0.specification.bandWidthMm",
        ),
    ]
    for changes, code, field in cases:
        with nothing_changes():
            result = run(
                DRAFT, callers.staff, id=key(callers.project), input=draft_input(**changes)
            )
        (error,) = result.data["bespokeQuoteDraft"]["errors"]
        assert (error["code"], error["field"]) == (code, field)


def test_bespoke_quote_accept_opens_the_checkout(callers: Callers, settings: Any) -> None:
    settings.BESPOKE = settings.BESPOKE | {
        "STOREFRONT_URL": "https://shop.example/checkout?checkout={checkout}"
    }
    quote = callers.sent()
    _, payload = answer(
        ACCEPT,
        callers.customer,
        None,
        id=key(quote),
        alternative=key(quote.alternatives.get()),
        terms=quote.terms_version,
    )
    assert payload["project"] == {"stage": "CHECKOUT"}
    assert payload["payable"]["amount"] == {"amount": 7440.0, "currency": "USD"}
    attempt = callers.project.payables.get().attempts.get()
    assert payload["checkoutId"] == global_id("Checkout", attempt.checkout_id)
    opened = parse_qs(urlsplit(payload["checkoutUrl"]).query)
    assert opened == {"checkout": [payload["checkoutId"]]}


def read(actor: Actor, project: BespokeProject, token: str | None = None) -> Any:
    result = run(READ, actor, id=key(project), token=token)
    assert not result.errors, result.errors
    return result.data["bespokeProject"]


def test_what_a_quote_says(callers: Callers) -> None:
    quote = callers.sent()
    seen = read(callers.customer, callers.project)
    assert seen["currentQuote"] == {"id": key(quote)}
    (told,) = seen["quotes"]
    assert (told["status"], told["contentHash"]) == ("SENT", quote.content_hash)
    assert told["termsText"] == quote.terms_body
    (alternative,) = told["alternatives"]
    assert alternative["price"] == {"amount": 7440.0, "currency": "USD"}
    assert alternative["total"] == {"amount": 7480.0, "currency": "USD"}
    assert alternative["resize"]["outcome"] == "FREE"
    assert (alternative["resize"]["untilDays"], alternative["resize"]["limit"]) == (30, 2.0)
    assert alternative["resize"]["limitMm"] > 5
    assert alternative["specification"]["hash"] == alternative["specificationHash"]
    (stone,) = alternative["stones"]
    assert stone["stone"]["description"] == "1.01 ct round natural diamond, E, VS1"
    assert stone["own"] is False


def test_the_breakdown_is_hidden_where_the_channel_says_so(callers: Callers) -> None:
    callers.sent()
    assert read(callers.customer, callers.project)["quotes"][0]["alternatives"][0]["lines"] is None
    lines = read(callers.staff, callers.project)["quotes"][0]["alternatives"][0]["lines"]
    assert [line["amount"]["amount"] for line in lines] == [5200.0, 640.0, 1600.0]
    stone = Material.objects.get(unique=True)
    assert lines[0]["material"] == global_id("BespokeMaterial", stone.pk)
    open_book = make_quoted(make_customer("eu@example.org"), callers.staff, channel="eu")
    owner = Actor(callers.customer.kind, "", open_book.owner_id)
    assert len(read(owner, open_book)["quotes"][0]["alternatives"][0]["lines"]) == 3


def test_drafts_are_the_workshops_alone(callers: Callers) -> None:
    assert read(callers.customer, callers.project)["quotes"] == []
    assert read(callers.customer, callers.project)["currentQuote"] is None
    (told,) = read(callers.staff, callers.project)["quotes"]
    assert told["status"] == "DRAFT"
    assert read(ANONYMOUS, callers.project, callers.token)["quotes"] == []


def test_a_stone_to_be_sourced_shows_its_day(customer: Actor, staff: Actor) -> None:
    project = make_quoted(customer, staff, stone=make_sourced_stone(staff))
    (alternative,) = read(customer, project)["quotes"][0]["alternatives"]
    assert alternative["materialsExpectedOn"] == "2026-09-01"
    assert alternative["stones"][0]["expectedOn"] == "2026-09-01"


def test_a_full_eternity_ring_has_no_free_resize(customer: Actor, staff: Actor) -> None:
    eternity = ring_specification(features=["eternity_full"], setting="channel")
    project, _ = make_commission(customer, specification=eternity)
    confirm_brief(project, staff)
    quote_send(actor=staff, quote_pk=make_draft(project, staff, specification=eternity).pk)
    resize = read(customer, project)["quotes"][0]["alternatives"][0]["resize"]
    assert (resize["outcome"], resize["limit"]) == ("IMPOSSIBLE", 0.0)
    assert resize["reasons"][0]["code"] == "full_eternity"


# over HTTP, with files --------------------------------------------------------------------------


def jpeg(colour: str) -> SimpleUploadedFile:
    stream = BytesIO()
    Image.new("RGB", (40, 30), colour).save(stream, "JPEG")
    return SimpleUploadedFile(f"{colour}.jpg", stream.getvalue(), "image/jpeg")


def login(actor: Actor) -> dict[str, str]:
    user = User.objects.get(pk=actor.user_pk)
    return {"authorization": f"Bearer {accounts.token_create(user, issuer='test')}"}


def test_pictures_travel_from_upload_to_the_customers_link(
    callers: Callers, other_customer_headers: Callable[[], dict[str, str]], settings: Any
) -> None:
    stone = make_stone(callers.staff, "P-1")
    values = draft_input(
        uploads=[None],
        lines=[
            {
                "kind": "MATERIAL",
                "description": "The diamond",
                "amount": "5200",
                "material": key(stone),
                "quantity": "1",
                "photoUpload": None,
            }
        ],
    )
    operations = {"query": DRAFT, "variables": {"id": key(callers.project), "input": values}}
    places = {
        "0": ["variables.input.alternatives.0.uploads.0"],
        "1": ["variables.input.alternatives.0.lines.0.photoUpload"],
    }
    client = Client()
    response = client.post(
        "/graphql/",
        {
            "operations": json.dumps(operations),
            "map": json.dumps(places),
            "0": jpeg("gold"),
            "1": jpeg("white"),
        },
        headers=login(callers.staff),
    )
    payload = response.json()["data"]["bespokeQuoteDraft"]
    assert payload["errors"] == []
    files = callers.project.files
    assert list(files.values_list("purpose", "shared")) == [("QUOTE", False)] * 2
    answer(SEND, callers.staff, None, id=payload["quote"]["id"])
    assert list(files.values_list("shared", flat=True)) == [True] * 2

    query = (
        "query($id: ID, $token: String) { bespokeProject(id: $id, token: $token) { currentQuote"
        " { alternatives { pictures { url } stones { photo { url } } } } } }"
    )
    for headers, token in ((login(callers.customer), None), ({}, callers.token)):
        body = {"query": query, "variables": {"id": key(callers.project), "token": token}}
        seen = client.post(
            "/graphql/", body, content_type="application/json", headers=headers
        ).json()["data"]["bespokeProject"]["currentQuote"]["alternatives"][0]
        urls = [seen["pictures"][0]["url"], seen["stones"][0]["photo"]["url"]]
        fetching = headers or {"Bespoke-Token": callers.token}
        for url in urls:
            found = client.get(url, headers=fetching)
            assert found.status_code == 200
            assert found["Content-Type"] == "image/jpeg"
            assert b"".join(found.streaming_content)[:2] == b"\xff\xd8"
            assert client.get(url, headers=other_customer_headers()).status_code == 404
            assert client.get(url).status_code == 404


@pytest.fixture
def other_customer_headers(callers: Callers) -> Callable[[], dict[str, str]]:
    return lambda: login(callers.actors["other customer"][0])


def test_strangers_do_not_make_us_decode_files(callers: Callers) -> None:
    """Staff of another channel are refused before an upload is looked at."""
    actor, _ = callers.actors["staff elsewhere"]
    with nothing_changes():
        result = run(
            DRAFT, actor, id=key(callers.project), input=draft_input(uploads=["not there"])
        )
    (error,) = result.data["bespokeQuoteDraft"]["errors"]
    assert error["code"] == "NOT_FOUND"


# statements -------------------------------------------------------------------------------------


def several(project: BespokeProject, staff: Actor, count: int) -> None:
    """A live quote with so many alternatives and three lines in each."""
    stone = make_stone(staff, f"S-{project.number}")
    gold = make_metal(staff, f"G-{project.number}")
    lines = (
        LineInput(
            kind="MATERIAL",
            description="Stone",
            amount=Decimal(1000),
            material_pk=stone.pk,
            quantity=Decimal(1),
        ),
        LineInput(
            kind="MATERIAL",
            description="Gold",
            amount=Decimal(100),
            material_pk=gold.pk,
            quantity=Decimal(5),
        ),
        LineInput(kind="LABOUR", description="Making", amount=Decimal(500)),
    )
    alternatives = tuple(
        AlternativeInput(
            title=f"No. {at}", design="Plain.", specification=ring_specification(), lines=lines
        )
        for at in range(count)
    )
    draft = quote_draft(
        actor=staff,
        project_pk=project.pk,
        draft=QuoteInput(alternatives=alternatives, shipping_amount=Decimal(0)),
    )
    quote_send(actor=staff, quote_pk=draft.pk)


LIST = "query($n: Int) { bespokeProjects(first: $n) { edges { node BODY } } }"


def statements(document: str, actor: Actor, **variables: Any) -> tuple[int, Any]:
    with CaptureQueriesContext(connection) as queries:
        result = run(document, actor, **variables)
    assert not result.errors, result.errors
    return len(queries), result.data


def test_statements_do_not_grow_with_alternatives_or_projects(
    customer: Actor, staff: Actor
) -> None:
    body = READ[READ.index("{\n    currentQuote") : READ.rindex("}")].strip()
    document = LIST.replace("BODY", body)
    counts = []
    for size, alternatives in ((1, 1), (4, 3), (12, 6)):
        while BespokeProject.objects.count() < size:
            project, _ = make_commission(customer)
            confirm_brief(project, staff)
            several(project, staff, alternatives)
        count, data = statements(document, staff, n=100)
        assert len(data["bespokeProjects"]["edges"]) == size
        counts.append(count)
    assert len(set(counts)) == 1, counts
