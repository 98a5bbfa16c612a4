"""Two rich commissions for a whole module, in a transaction that is never committed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import transaction
from django.test import override_settings

from saleor_bespoke import clock, conf, flows
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project.access import (
    ANONYMOUS,
    HANDLE_PAYMENTS,
    MANAGE_ORDERS,
    MANAGE_USERS,
    Actor,
)
from tests.contracts.rich import Rich, make_rich
from tests.fixtures import make_app, make_customer, make_staff


@dataclass
class World:
    """A commission, another one that belongs to somebody else, and every kind of caller."""

    rich: Rich
    other: Rich
    callers: dict[str, tuple[Actor, str | None]]


#: Who has no part in the commission, whatever they show.
STRANGERS = (
    "anonymous",
    "other customer",
    "guest with a wrong token",
    "guest with a renewed-away token",
    "owner of another with its token",
    "staff without permission",
    "app without permission",
    "staff of another channel",
)
#: Who holds the permission, also where it does not reach this commission.
PERMITTED = ("staff", "app", "staff of another channel")
CUSTOMERS = ("owner", "guest")


@pytest.fixture(scope="module")
def world(module_shop: FakeStripe) -> World:
    """Two rich commissions and every kind of caller."""
    return _build(module_shop)


#: What staff who also handle money and customers' data may do.
BOTH = (MANAGE_ORDERS, HANDLE_PAYMENTS, MANAGE_USERS)
#: What makes walks short: one place a week, one required view, no video.
QUICK = {"slots_per_week": 1, "required_views": ("TOP",), "unboxing_video_required": False}


@pytest.fixture(scope="module")
def sound_shop(module_shop: FakeStripe) -> Iterator[FakeStripe]:
    """A shop for a module in which commissions are walked quickly."""
    channels = django_settings.BESPOKE["CHANNELS"] | {"us": QUICK}
    with override_settings(BESPOKE=django_settings.BESPOKE | {"CHANNELS": channels}):
        conf.policies_forget()
        yield module_shop
    conf.policies_forget()


@pytest.fixture(scope="module")
def module_shop(
    _stripe: FakeStripe, django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any
) -> Iterator[FakeStripe]:
    """What the module builds is built once, and rolled back when its tests are done.

    The tests carry `django_db`, so that each undoes its own changes by a savepoint.
    """
    flows.connect()
    clock.use_offset(timedelta)
    bespoke = django_settings.BESPOKE | {
        "STRIPE": django_settings.BESPOKE["STRIPE"] | {"API_BASE": _stripe.url},
        "FILES_DIR": str(tmp_path_factory.mktemp("private")),
    }
    with django_db_blocker.unblock(), override_settings(BESPOKE=bespoke), transaction.atomic():
        yield _stripe
        transaction.set_rollback(True)


def _build(provider: FakeStripe) -> World:
    staff, other = make_staff(permissions=BOTH), make_customer("other@example.com")
    rich = make_rich(provider, make_customer(), staff)
    foreign = make_rich(provider, other, staff)
    clerk = make_staff("clerk@example.com", permissions=())
    elsewhere = make_staff("elsewhere@example.com", permissions=BOTH, channels=("eu",))
    callers = {
        "anonymous": (ANONYMOUS, None),
        "other customer": (other, None),
        "owner": (rich.owner, None),
        "guest": (ANONYMOUS, rich.token),
        "guest with a wrong token": (ANONYMOUS, rich.token[::-1]),
        "guest with a renewed-away token": (ANONYMOUS, rich.rotated),
        "owner of another with its token": (other, foreign.token),
        "staff without permission": (clerk, None),
        "staff": (staff, None),
        "staff of another channel": (elsewhere, None),
        "app": (make_app(BOTH), None),
        "app without permission": (make_app(()), None),
    }
    return World(rich, foreign, callers)
