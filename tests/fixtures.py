"""Callers and states for tests, built through the services that build them in the shop.

Load the pytest fixtures with `pytest_plugins = ["tests.fixtures"]` in the top conftest, or import
the functions of the same names with `make_`.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from saleor_bespoke import conf
from saleor_bespoke.project.access import ANONYMOUS, MANAGE_ORDERS, Actor, ActorKind
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import project_open
from tests.hosts import host

PASSWORD = "a long password of a test"


def make_customer(email: str = "customer@example.com", **values: Any) -> Actor:
    """A shopper with an account, as the API would see them."""
    user = host().user_create(
        email, PASSWORD, first_name="Customer", last_name=email.split("@")[0], **values
    )
    return Actor(ActorKind.CUSTOMER, f"user:{user.pk}", user.pk, user.get_full_name(), user.email)


def make_staff(
    email: str = "staff@example.com",
    *,
    permissions: tuple[str, ...] = (MANAGE_ORDERS,),
    channels: tuple[str, ...] | None = None,
) -> Actor:
    """A member of staff; without `channels` they serve all of them."""
    user = host().user_create(
        email,
        PASSWORD,
        first_name="Staff",
        is_staff=True,
        permissions=permissions,
        channels=channels,
    )
    return Actor(
        ActorKind.STAFF,
        f"user:{user.pk}",
        user.pk,
        user.get_full_name(),
        user.email,
        frozenset(permissions),
        frozenset(channels) if channels is not None else None,
    )


def make_app(permissions: tuple[str, ...] = (MANAGE_ORDERS,)) -> Actor:
    """A program with a token of the shop."""
    return Actor(ActorKind.APP, f"app:{uuid4()}", name="App", permissions=frozenset(permissions))


def make_project(actor: Actor = ANONYMOUS, **values: Any) -> tuple[BespokeProject, str]:
    """A commission just opened (stage INTAKE) in channel `us`, with its guest token."""
    channel = values.pop("channel", "us")
    defaults = {
        "channel": channel,
        "currency": "EUR" if channel == "eu" else "USD",
        "contact_name": "Customer",
        "contact_email": actor.email or "guest@example.com",
        "time_zone": conf.policy(channel).time_zone,
        "title": "Solitaire ring",
    }
    with transaction.atomic():
        return project_open(actor=actor, **defaults | values)


def guest_of(token: str) -> Actor:
    """Somebody without an account who presents this project token."""
    return ANONYMOUS.with_token(token)


@pytest.fixture
def staff(db: None) -> Actor:
    """Staff with MANAGE_ORDERS for all channels."""
    return make_staff()


@pytest.fixture
def staff_without_permission(db: None) -> Actor:
    """Staff who may not manage orders."""
    return make_staff("clerk@example.com", permissions=())


@pytest.fixture
def app(db: None) -> Actor:
    """A program with MANAGE_ORDERS."""
    return make_app()


@pytest.fixture
def customer(db: None) -> Actor:
    """The shopper who owns `project`."""
    return make_customer()


@pytest.fixture
def other_customer(db: None) -> Actor:
    """A shopper with no part in `project`."""
    return make_customer("other@example.com")


@pytest.fixture
def opened(customer: Actor) -> tuple[BespokeProject, str]:
    """The customer's commission at stage INTAKE, with its guest token."""
    return make_project(customer)


@pytest.fixture
def project(opened: tuple[BespokeProject, str]) -> BespokeProject:
    """The customer's commission at stage INTAKE."""
    return opened[0]


@pytest.fixture
def guest(opened: tuple[BespokeProject, str]) -> Actor:
    """Whoever holds the secret token of `project`."""
    return guest_of(opened[1])


# materials --------------------------------------------------------------------------------------


def make_stone(staff: Actor, code: str = "D-1", **values: Any) -> Any:
    """One natural diamond of 1.01 ct on the shelf."""
    from saleor_bespoke.workshop.materials import material_create

    stone = {"kind": "diamond", "origin": "natural", "carat": "1.01", "shape": "round"}
    stone |= {"colour": "E", "clarity": "VS1"} | values.pop("stone", {})
    defaults = {
        "kind": "UNIQUE_STONE",
        "name": f"Diamond {code}",
        "on_hand": Decimal(1),
        "stone": stone,
        "price": Decimal("5200.00"),
        "currency": "USD",
    }
    return material_create(actor=staff, code=code, **defaults | values)


def make_metal(staff: Actor, code: str = "AU-18Y", **values: Any) -> Any:
    """A hundred grams of 18K yellow gold."""
    from saleor_bespoke.workshop.materials import material_create

    defaults = {
        "kind": "METAL",
        "name": f"18K yellow gold {code}",
        "alloy": "gold_18k_yellow",
        "on_hand": Decimal("100.000"),
        "price": Decimal("95.00"),
        "currency": "USD",
    }
    return material_create(actor=staff, code=code, **defaults | values)


def make_parcel(staff: Actor, code: str = "M-1", **values: Any) -> Any:
    """A parcel of two hundred melee diamonds."""
    from saleor_bespoke.workshop.materials import material_create

    stone = {"kind": "diamond", "origin": "laboratory_grown", "carat": "0.01", "role": "melee"}
    defaults = {
        "kind": "STONE_PARCEL",
        "name": f"Melee {code}",
        "on_hand": Decimal(200),
        "stone": stone | values.pop("stone", {}),
        "price": Decimal("3.00"),
        "currency": "USD",
    }
    return material_create(actor=staff, code=code, **defaults | values)


def make_sourced_stone(staff: Actor, code: str = "S-1", **values: Any) -> Any:
    """A sapphire ordered from a supplier, expected on a named day at a committed price."""
    defaults = {
        "stone": {"kind": "sapphire", "origin": "natural", "carat": "2.00", "colour": "blue"},
        "on_hand": Decimal(1),
        "to_be_sourced": True,
        "supplier": "A gem dealer",
        "expected_on": date(2026, 9, 1),
    }
    return make_stone(staff, code, **defaults | values)


def any_payable() -> UUID:
    """A payable's key for tests that need no money."""
    return uuid4()


# the shop and the way to a quote ------------------------------------------------------------------


def make_shop() -> None:
    """The host's two channels: `us` (USD, prices without tax) and `eu` (EUR, 19 % contained)."""
    host().shop_make()


def ring_specification(**changes: Any) -> Any:
    """A solitaire ring in 18K yellow gold, US size 6, with one round diamond of 1.01 ct."""
    from saleor_bespoke.craft.specification import Specification

    stone = {"kind": "diamond", "origin": "natural", "carat": "1.01", "shape": "round"}
    facts = {
        "pieceType": "ring",
        "alloy": "gold_18k_yellow",
        "setting": "prong_6",
        "stones": [stone | {"colour": "E", "clarity": "VS1"}],
        "ringSize": {"system": "us", "label": "6"},
        "sizeSource": "measured_by_studio",
        "bandWidthMm": "2.2",
        "features": ["solitaire"],
    }
    return Specification.from_json(facts | changes)


def make_commission(actor: Actor, **changes: Any) -> tuple[BespokeProject, str]:
    """A commission as its form opens it (stage INTAKE), with its guest token.

    `specification`, `budget_stretch`, `channel` and `destination` may be given.
    """
    from saleor_bespoke.steps.intake.services import (
        BriefDraft,
        Contact,
        Submission,
        project_create,
    )

    make_shop()
    channel = changes.get("channel", "us")
    policy = conf.policy(channel)
    brief = BriefDraft(
        specification=changes.get("specification", ring_specification()),
        budget_min=Decimal(5000),
        budget_stretch=changes.get("budget_stretch", Decimal(9000)),
        destination_country=changes.get("destination", policy.country),
    )
    submission = Submission(
        channel=channel,
        brief=brief,
        contact=Contact(name=actor.name or "Guest", email=actor.email or "guest@example.com"),
        contact_consent_version=policy.contact_consent.version,
        returns_notice_version=policy.returns_notice.version,
    )
    created = project_create(actor=actor, submission=submission)
    assert created.token is not None
    return created.project, created.token


def confirm_brief(project: BespokeProject, staff: Actor) -> None:
    """Staff confirm the project's current brief, answering what the rules call impossible."""
    from saleor_bespoke.steps.intake.services import brief_confirm, feasibility_answer

    brief = project.briefs.latest("version")
    for warning in brief.warnings.filter(severity="IMPOSSIBLE", answer=""):
        feasibility_answer(actor=staff, warning_pk=warning.pk, answer="ACCEPTED", note="Tried it.")
    brief_confirm(actor=staff, brief_pk=brief.pk)


def make_draft(project: BespokeProject, staff: Actor, **changes: Any) -> Any:
    """A draft with one alternative of 7,440: a unique stone, 6.5 g of gold and labour.

    `stone` and `gold` may be given; other changes are fields of the alternative.
    """
    from saleor_bespoke.steps.quoting.inputs import AlternativeInput, LineInput, QuoteInput
    from saleor_bespoke.steps.quoting.services import quote_draft

    currency = {"currency": project.currency}
    stone = changes.pop("stone", None) or make_stone(staff, f"D-{project.number}", **currency)
    gold = changes.pop("gold", None) or make_metal(staff, f"AU-{project.number}", **currency)
    lines = (
        LineInput(
            kind="MATERIAL",
            description="The diamond",
            amount=Decimal(5200),
            material_pk=stone.pk,
            quantity=Decimal(1),
        ),
        LineInput(
            kind="MATERIAL",
            description="18K yellow gold",
            amount=Decimal(640),
            material_pk=gold.pk,
            quantity=Decimal("6.5"),
        ),
        LineInput(kind="LABOUR", description="Making and setting", amount=Decimal(1600)),
    )
    values = {
        "title": "Solitaire ring",
        "design": "Six prongs on a slim band.",
        "specification": ring_specification(),
        "lines": lines,
    }
    quote, alternatives = changes.pop("quote", {}), changes.pop("alternatives", ())
    draft = QuoteInput(
        alternatives=alternatives or (AlternativeInput(**values | changes),),
        shipping_amount=Decimal(40),
        **quote,
    )
    return quote_draft(actor=staff, project_pk=project.pk, draft=draft)


def make_quoted(customer: Actor, staff: Actor, **changes: Any) -> BespokeProject:
    """A commission at stage QUOTED: one live quote with a unique stone and gold."""
    from saleor_bespoke.steps.quoting.services import quote_send

    keys = ("channel", "budget_stretch", "destination")
    intake = {key: changes.pop(key) for key in keys if key in changes}
    if "specification" in changes:
        intake["specification"] = changes["specification"]
    project, _ = make_commission(customer, **intake)
    confirm_brief(project, staff)
    quote_send(actor=staff, quote_pk=make_draft(project, staff, **changes).pk)
    project.refresh_from_db()
    return project


def accept_quote(project: BespokeProject, actor: Actor) -> Any:
    """The customer accepts the first alternative of the live quote; the opened payable."""
    from saleor_bespoke.flows.acceptance import quote_accept

    quote = project.quotes.get(status="SENT")
    opened = quote_accept(
        actor=actor,
        quote_pk=quote.pk,
        alternative_pk=quote.alternatives.earliest("position").pk,
        terms_version=quote.terms_version,
    )
    project.refresh_from_db()
    return opened


@pytest.fixture
def intake_project(customer: Actor) -> BespokeProject:
    """The customer's commission at stage INTAKE, with its brief, as the form opened it."""
    return make_commission(customer)[0]


@pytest.fixture
def quoted_project(customer: Actor, staff: Actor) -> BespokeProject:
    """The customer's commission at stage QUOTED."""
    return make_quoted(customer, staff)


@pytest.fixture
def accepted(quoted_project: BespokeProject, customer: Actor) -> Any:
    """The customer's commission at stage CHECKOUT: project, payable and attempt."""
    return accept_quote(quoted_project, customer)
