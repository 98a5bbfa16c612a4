"""Everybody who may knock at the API, with what each is answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from saleor_bespoke.project.access import ANONYMOUS, Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.services import guest_token_rotate
from tests.api import run
from tests.fixtures import guest_of, make_app, make_customer, make_staff
from tests.support import nothing_changes

Call = Callable[[Actor], Any]
STRANGERS = ("anonymous", "other customer", "clerk", "app without permission")
SHOP = ("staff", "app")
OWNERS = ("owner", "guest")


def callers(project: BespokeProject, owner: Actor, staff: Actor) -> dict[str, Actor]:
    """One of each kind; `guest` holds the project's own token."""
    _, token = guest_token_rotate(actor=owner, project_pk=project.pk)
    return {
        "anonymous": ANONYMOUS,
        "other customer": make_customer("stranger@example.com"),
        "clerk": make_staff("a-clerk@example.com", permissions=()),
        "app without permission": make_app(()),
        "staff elsewhere": make_staff("elsewhere@example.com", channels=("eu",)),
        "owner": owner,
        "guest": guest_of(token),
        "staff": staff,
        "app": make_app(),
    }


def perform(actor: Actor, name: str, document: str, **variables: Any) -> Any:
    """Run a mutation of one field; its payload."""
    result = run(document, actor, **variables)
    assert not result.errors, result.errors
    return result.data[name]


def refused(actor: Actor, name: str, document: str, **variables: Any) -> str:
    """Run a mutation that must change nothing; the code it is refused with."""
    with nothing_changes():
        result = run(document, actor, **variables)
    if result.errors:
        extensions = result.errors[0].original_error.extensions
        assert result.data is None or result.data[name] is None
        return str(extensions["exception"]["code"])
    (error,) = result.data[name]["errors"]
    return str(error["code"])


def check_staff_only(people: dict[str, Actor], name: str, document: str, **variables: Any) -> None:
    """All but the shop's own are denied before anything is read."""
    for who in (*STRANGERS, *OWNERS):
        code = refused(people[who], name, document, **variables)
        assert code == "PermissionDenied", who
    assert refused(people["staff elsewhere"], name, document, **variables) == "NOT_FOUND"


def check_customer_only(
    people: dict[str, Actor], name: str, document: str, **variables: Any
) -> None:
    """Strangers find nothing, and the shop may not speak for its customer."""
    for who in (*STRANGERS, "staff elsewhere"):
        assert refused(people[who], name, document, **variables) == "NOT_FOUND", who
    for who in SHOP:
        assert refused(people[who], name, document, **variables) == "CUSTOMER_ONLY", who


@pytest.fixture
def people(customer: Actor, staff: Actor) -> Callable[[BespokeProject], dict[str, Actor]]:
    """The callers of a project that belongs to `customer`."""
    return lambda project: callers(project, customer, staff)
