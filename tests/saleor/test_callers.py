"""Every operation of the schema asked by every kind of caller through Saleor's own log-ins.

The operations, their arguments, the two rich commissions and what is expected are those of
`tests/contracts/test_callers.py`; here everybody comes over HTTP with a token of the shop, and what
must not change are the rows of the product and of Saleor alike.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import Client
from saleor.core.jwt import create_access_token

from saleor_bespoke.errors import ErrorCode
from saleor_bespoke.project.access import ActorKind
from saleor_bespoke.project.stages import Role
from tests.contracts.asking import DENIED, Answer
from tests.contracts.conftest import CUSTOMERS, PERMITTED, STRANGERS, World
from tests.contracts.conftest import module_shop as _module_shop
from tests.contracts.conftest import world as _world
from tests.contracts.operations import Find, Operation, operations
from tests.contracts.rich import absent_of, uploads
from tests.contracts.test_callers import OTHERS
from tests.hosts.saleor import app_token
from tests.saleor.people import digests

pytestmark = pytest.mark.django_db

module_shop, world = _module_shop, _world

OPERATIONS = operations()
COMMANDED = [item for item in OPERATIONS if item.rule is not None]
STAFF_ONLY = [item for item in COMMANDED if item.staff_only]
CUSTOMERS_TOO = [item for item in COMMANDED if not item.staff_only]
CUSTOMERS_ONLY = [item for item in CUSTOMERS_TOO if Role.STAFF not in item.rule.roles]
WITH_IDS = [item for item in COMMANDED if item.ids]
UNCOMMANDED = [item for item in OPERATIONS if item.rule is None]


@pytest.fixture(scope="module")
def machines(world: World) -> dict[str, str]:
    """The apps' tokens, by the callers' names."""
    return {
        name: app_token(*(permission.lower() for permission in actor.permissions))
        for name, (actor, _) in world.callers.items()
        if actor.kind is ActorKind.APP
    }


class Door:
    """The shop's endpoint, where the world's callers show what Saleor knows them by."""

    def __init__(self, world: World, machines: dict[str, str]) -> None:
        self.world = world
        self.machines = machines

    def bearer(self, name: str) -> str:
        """A person's access token (they end soon, so it is made at the door), or an app's."""
        actor, _ = self.world.callers[name]
        if actor.user_pk is not None:
            return str(create_access_token(get_user_model().objects.get(pk=actor.user_pk)))
        return self.machines.get(name, "")

    def ask(self, operation: Operation, name: str, find: Find | None = None) -> Answer:
        """The operation with valid arguments, over HTTP as a multipart request with its files."""
        _, token = self.world.callers[name]
        variables = operation.variables(find or self.world.rich.find, token)
        body = json.dumps({"query": operation.document(variables), "variables": variables})
        shown = self.bearer(name)
        headers = {"HTTP_AUTHORIZATION": f"Bearer {shown}"} if shown else {}
        form = {"operations": body, "map": "{}", **uploads()}
        answer = json.loads(Client().post("/graphql/", form, **headers).content)
        assert "data" in answer, answer
        problems = tuple(
            {"message": error["message"], "code": error["extensions"]["exception"]["code"]}
            for error in answer.get("errors", ())
        )
        data = answer["data"][operation.name] if answer["data"] else None
        refusals = data.get("errors", ()) if isinstance(data, dict) else ()
        return Answer(problems, tuple(refusals), data)

    def unchanged(self, operation: Operation, names: Iterable[str]) -> dict[str, Answer]:
        """Ask as all of them; no row of the product or of the shop may differ afterwards."""
        before = digests()
        answers = {name: self.ask(operation, name) for name in names}
        assert differing(before, digests()) == []
        return answers


def differing(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """The tables whose rows differ."""
    return sorted(table for table in after if after[table] != before[table])


@pytest.fixture
def door(world: World, machines: dict[str, str]) -> Door:
    return Door(world, machines)


@pytest.mark.parametrize("operation", STAFF_ONLY, ids=str)
def test_what_is_for_staff_is_refused_and_changes_nothing(door: Door, operation: Operation) -> None:
    others = [name for name in door.world.callers if name not in PERMITTED]
    for name, answer in door.unchanged(operation, others).items():
        assert (answer.denied, answer.data) == ((DENIED,), None), name


@pytest.mark.parametrize("operation", STAFF_ONLY, ids=str)
def test_staff_of_another_channel_find_nothing(door: Door, operation: Operation) -> None:
    (answer,) = door.unchanged(operation, ["staff of another channel"]).values()
    assert answer.denied == ()
    assert answer.codes == {ErrorCode.NOT_FOUND}
    assert answer.empty


@pytest.mark.parametrize("operation", CUSTOMERS_TOO, ids=str)
def test_strangers_find_nothing(door: Door, operation: Operation) -> None:
    for name, answer in door.unchanged(operation, STRANGERS).items():
        assert answer.denied == (), name
        assert answer.codes == {ErrorCode.NOT_FOUND}, name
        assert answer.empty, name


@pytest.mark.parametrize("operation", CUSTOMERS_ONLY, ids=str)
def test_what_is_the_customers_is_not_for_staff(door: Door, operation: Operation) -> None:
    for name, answer in door.unchanged(operation, ["staff", "app"]).items():
        assert answer.codes == {ErrorCode.CUSTOMER_ONLY}, name
        assert answer.empty, name


@pytest.mark.parametrize("operation", COMMANDED, ids=str)
def test_who_may_is_not_kept_away(door: Door, operation: Operation) -> None:
    """Whoever the table names is judged by stage and rules; a refusal leaves every row alone."""
    rule = operation.rule
    assert rule is not None
    names = [
        name
        for role, group in ((Role.CUSTOMER, CUSTOMERS), (Role.STAFF, ("staff", "app")))
        if role in rule.roles
        for name in group
    ]
    for name in names:
        before = digests()
        with transaction.atomic():
            answer = door.ask(operation, name)
            after = digests()
            transaction.set_rollback(True)
        kept_away = {ErrorCode.NOT_FOUND, ErrorCode.CUSTOMER_ONLY, ErrorCode.PERMISSION_DENIED}
        assert answer.denied == (), name
        assert not answer.codes & kept_away, (name, answer.refusals)
        if answer.refusals:
            assert answer.empty, name
            assert differing(before, after) == [], (name, answer.refusals)


@pytest.mark.parametrize("operation", WITH_IDS, ids=str)
def test_absent_and_foreign_answer_alike(door: Door, operation: Operation) -> None:
    """Byte for byte: whether a row exists is nobody's business but its people's."""
    for name in ("staff of another channel",) if operation.staff_only else STRANGERS:
        assert door.ask(operation, name) == door.ask(operation, name, absent_of), name


@pytest.mark.parametrize("operation", UNCOMMANDED, ids=str)
def test_what_stands_outside_the_table(door: Door, operation: Operation) -> None:
    """Queries and operations on no commission: who is answered, and how the others are refused."""
    who = OTHERS[operation.name]
    for name in door.world.callers:
        answer = door.ask(operation, name)
        elsewhere = who == "its channel's staff" and name == "staff of another channel"
        restricted = who in ("permitted", "its channel's staff")
        if elsewhere or (restricted and name not in PERMITTED):
            assert answer.denied == (DENIED,), name
            assert answer.empty, name
        elif who == "its people":
            assert (answer.data is not None) == (name in (*CUSTOMERS, "staff", "app")), name
        elif who == "own":
            assert answer.denied == (), name
        else:
            assert answer.denied == (), name
            assert ErrorCode.PERMISSION_DENIED not in answer.codes, name
