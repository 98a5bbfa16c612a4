"""Every operation of the schema asked by every kind of caller, and what each is told.

The operations come from the schema, their arguments from its types, and what is expected of a
mutation from the table of commands: a new operation is tested as soon as it exists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from saleor_bespoke.errors import ErrorCode
from saleor_bespoke.project.stages import COMMANDS, Role
from tests.api import run
from tests.contracts.asking import DENIED, Answer, ask
from tests.contracts.conftest import CUSTOMERS, PERMITTED, STRANGERS, World
from tests.contracts.operations import SUBJECTS, Operation, Unreadable, operations
from tests.contracts.rich import absent_of, stage_set
from tests.support import changed, snapshot

pytestmark = pytest.mark.django_db

OPERATIONS = operations()
MUTATIONS = [item for item in OPERATIONS if item.mutation]
COMMANDED = [item for item in MUTATIONS if item.rule is not None]
STAFF_ONLY = [item for item in COMMANDED if item.staff_only]
CUSTOMERS_TOO = [item for item in COMMANDED if not item.staff_only]
CUSTOMERS_ONLY = [item for item in CUSTOMERS_TOO if Role.STAFF not in item.rule.roles]
WITH_IDS = [item for item in COMMANDED if item.ids]

#: Operations outside the table of commands, and who may use them: add a new one here.
OTHERS = {
    "bespokeIntakeForm": "anybody",
    "bespokeProject": "its people",
    "bespokeProjects": "own",
    "bespokeCadDifference": "own",
    "bespokeDesignLikenesses": "permitted",
    "bespokePersonalData": "permitted",
    "bespokeProjectCreate": "anybody",
    "bespokeAttention": "permitted",
    "bespokeMaterial": "permitted",
    "bespokeMaterials": "permitted",
    "bespokeMaterialAlternatives": "permitted",
    "bespokeMaterialCreate": "permitted",
    "bespokeMaterialUpdate": "permitted",
    "bespokeProductionWeeks": "its channel's staff",
    "bespokeClockMove": "permitted",
    "bespokeWebhooks": "permitted",
    "bespokeWebhookCreate": "permitted",
    "bespokeWebhookDelete": "permitted",
}
UNCOMMANDED = [item for item in OPERATIONS if item.rule is None]


def unchanged(world: World, asked: dict[str, Callable[[], Answer]]) -> dict[str, Answer]:
    """Ask all and compare everything stored; on a difference, name who made it."""
    before = snapshot()
    answers = {name: question() for name, question in asked.items()}
    if changed(before, snapshot()):
        for name, question in asked.items():
            again = snapshot()
            question()
            assert changed(again, snapshot()) == [], f"{name} changed something"
        pytest.fail("Something was changed, but only once.")
    return answers


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside has not happened."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_every_kind_of_caller_stands_in_one_list(world: World) -> None:
    """A kind of caller that no list names would never be asked."""
    assert {*STRANGERS, *PERMITTED, *CUSTOMERS} == set(world.callers)


def test_every_operation_outside_the_table_is_listed() -> None:
    assert {item.name for item in UNCOMMANDED} == set(OTHERS)


def test_every_listed_id_belongs_to_an_operation() -> None:
    """An entry that nothing asks for hides a renamed argument."""
    known = {path for item in OPERATIONS for path in item.ids}
    waiting = {path for path in SUBJECTS if path.partition(".")[0].startswith("bespoke")}
    missing = sorted(path for path in waiting if path not in known)
    assert missing == []


@pytest.mark.parametrize("operation", STAFF_ONLY, ids=str)
def test_what_is_for_staff_is_refused_before_anything_is_read(
    world: World, operation: Operation
) -> None:
    for name in world.callers:
        if name in PERMITTED:
            continue
        file = Unreadable()
        with CaptureQueriesContext(connection) as statements:
            answer = ask(operation, world.callers[name], world.rich.find, files={"0": file})
        assert (answer.denied, answer.data) == ((DENIED,), None), name
        assert not statements.captured_queries, name
        assert not file.touched, name


@pytest.mark.parametrize("operation", STAFF_ONLY, ids=str)
def test_staff_of_another_channel_find_nothing(world: World, operation: Operation) -> None:
    name = "staff of another channel"
    file = Unreadable()
    asked = {name: lambda: ask(operation, world.callers[name], world.rich.find, files={"0": file})}
    answer = unchanged(world, asked)[name]
    assert answer.codes == {ErrorCode.NOT_FOUND}
    assert {item["field"] for item in answer.refusals} <= {None, *operation.field.args}
    assert answer.empty
    assert not file.touched


@pytest.mark.parametrize("operation", CUSTOMERS_TOO, ids=str)
def test_strangers_find_nothing(world: World, operation: Operation) -> None:
    files = {name: Unreadable() for name in STRANGERS}

    def question(name: str) -> Callable[[], Answer]:
        find, caller = world.rich.find, world.callers[name]
        return lambda: ask(operation, caller, find, files={"0": files[name]})

    answers = unchanged(world, {name: question(name) for name in STRANGERS})

    for name, answer in answers.items():
        assert answer.denied == (), name
        assert answer.codes == {ErrorCode.NOT_FOUND}, name
        assert {item["field"] for item in answer.refusals} <= {None, *operation.field.args}, name
        assert answer.empty, name
        assert not files[name].touched, name


@pytest.mark.parametrize("operation", CUSTOMERS_ONLY, ids=str)
def test_what_is_the_customers_is_not_for_staff(world: World, operation: Operation) -> None:
    asked = {
        name: (lambda caller: lambda: ask(operation, caller, world.rich.find))(world.callers[name])
        for name in ("staff", "app")
    }
    for name, answer in unchanged(world, asked).items():
        assert answer.refusals == (
            {
                "field": None,
                "message": "Only the customer can do this.",
                "code": ErrorCode.CUSTOMER_ONLY,
            },
        ), name
        assert answer.empty, name


@pytest.mark.parametrize("operation", COMMANDED, ids=str)
def test_who_may_is_not_kept_away(world: World, operation: Operation) -> None:
    """Whoever the table names is judged by stage and rules, never as a stranger."""
    rule = operation.rule
    assert rule is not None
    names = [
        name
        for role, group in ((Role.CUSTOMER, CUSTOMERS), (Role.STAFF, ("staff", "app")))
        if role in rule.roles
        for name in group
    ]
    for name in names:
        before = snapshot()
        with undone():
            answer = ask(operation, world.callers[name], world.rich.find)
            after = snapshot()
        kept_away = {ErrorCode.NOT_FOUND, ErrorCode.CUSTOMER_ONLY, ErrorCode.PERMISSION_DENIED}
        assert answer.denied == (), name
        assert not answer.codes & kept_away, (name, answer.refusals)
        if answer.refusals:
            assert answer.empty, name
            assert changed(before, after) == [], (name, answer.refusals)


@pytest.mark.parametrize("operation", WITH_IDS, ids=str)
def test_absent_and_foreign_answer_alike(world: World, operation: Operation) -> None:
    """Byte for byte: whether a row exists is nobody's business but its people's."""
    strangers = ("staff of another channel",) if operation.staff_only else STRANGERS
    for name in strangers:
        foreign = ask(operation, world.callers[name], world.rich.find)
        absent = ask(operation, world.callers[name], absent_of)
        assert foreign == absent, name


#: Rows that belong to the workshop, so that none is foreign.
SHARED = ("material", "free_material", "stylist")
SECONDARY = [
    (operation, path)
    for operation in COMMANDED
    for path in operation.ids[1:]
    if SUBJECTS.get(path) not in SHARED
]


@pytest.mark.parametrize(("operation", "path"), SECONDARY, ids=lambda value: str(value))
def test_a_foreign_part_answers_like_an_absent_one(
    world: World, operation: Operation, path: str
) -> None:
    """One's own commission, but a view or an alternative of somebody else's."""
    name = "staff" if operation.staff_only else "owner"
    stages = operation.rule.stages if operation.rule else frozenset()

    def find(source: Callable[[str], str]) -> Callable[[str], str]:
        return lambda at: source(at) if at == path else world.rich.find(at)

    stage_set(world.rich.project, sorted(stages)[0])
    foreign = ask(operation, world.callers[name], find(world.other.find))
    absent = ask(operation, world.callers[name], find(absent_of))

    assert foreign == absent
    assert foreign.refusals
    assert foreign.empty


@pytest.mark.parametrize("operation", UNCOMMANDED, ids=str)
def test_what_stands_outside_the_table(world: World, operation: Operation) -> None:
    """Queries and operations on no commission: who is answered, and how the others are refused."""
    who = OTHERS[operation.name]
    for name, caller in world.callers.items():
        file = Unreadable()
        with CaptureQueriesContext(connection) as statements:
            answer = ask(operation, caller, world.rich.find, files={"0": file})
        elsewhere = who == "its channel's staff" and name == "staff of another channel"
        if elsewhere:
            assert answer.denied == (DENIED,), name
        elif who in ("permitted", "its channel's staff") and name not in PERMITTED:
            assert answer.denied == (DENIED,), name
            assert answer.empty, name
            assert not statements.captured_queries, name
        elif who == "its people":
            mine = name in (*CUSTOMERS, "staff", "app")
            assert (answer.data is not None) == mine, name
        elif who == "own":
            assert answer.denied == (), name
        else:
            assert answer.denied == (), name
            assert ErrorCode.PERMISSION_DENIED not in answer.codes, name
    assert set(COMMANDS).isdisjoint({operation.command or ""})


def numbers(world: World, name: str) -> set[str]:
    """The numbers of the commissions this caller's list shows."""
    actor, token = world.callers[name]
    query = "{ bespokeProjects(first: 100) { edges { node { number } } } }"
    result: Any = run(query, actor.with_token(token or ""))
    assert not result.errors, result.errors
    return {edge["node"]["number"] for edge in result.data["bespokeProjects"]["edges"]}


def test_a_list_shows_what_its_caller_may_see(world: World) -> None:
    mine, theirs = world.rich.project.number, world.other.project.number
    expected = {
        "owner": {mine},
        "guest": {mine},
        "other customer": {theirs},
        "owner of another with its token": {theirs},
        "staff": {mine, theirs},
        "app": {mine, theirs},
    }
    for name in world.callers:
        assert numbers(world, name) == expected.get(name, set()), name
