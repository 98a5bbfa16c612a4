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
from django.contrib.auth import get_user_model
from django.db import transaction

from saleor_bespoke import conf
from saleor_bespoke.project.access import ANONYMOUS, MANAGE_ORDERS, Actor, ActorKind
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import project_open

PASSWORD = "a long password of a test"  # noqa: S105 - guards nothing


def make_customer(email: str = "customer@example.com", **values: Any) -> Actor:
    """A shopper with an account, as the API would see them."""
    user = get_user_model().objects.create_user(
        email, PASSWORD, first_name="Customer", last_name=email.split("@")[0], **values
    )
    return Actor(
        ActorKind.CUSTOMER, f"user:{user.pk}", user.pk, user.get_full_name(), user.email
    )


def make_staff(
    email: str = "staff@example.com",
    *,
    permissions: tuple[str, ...] = (MANAGE_ORDERS,),
    channels: tuple[str, ...] | None = None,
) -> Actor:
    """A member of staff; without `channels` they serve all of them."""
    user = get_user_model().objects.create_user(
        email,
        PASSWORD,
        first_name="Staff",
        is_staff=True,
        permissions=list(permissions),
        channels=list(channels) if channels is not None else None,
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
