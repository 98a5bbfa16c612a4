"""The frame all operations share: who asks, how a refusal is answered."""

from __future__ import annotations

from uuid import uuid4

import pytest

from saleor_bespoke.graphql.base import global_id
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from tests.api import run

pytestmark = pytest.mark.django_db

ASK = "mutation($id: ID!) { bespokeGuestTokenRotate(id: $id) { errors { field code message } } }"
SAY = """mutation($id: ID!) {
  bespokeMessageSend(project: $id, text: "Hello") { errors { field code message } } }"""


@pytest.mark.parametrize(("query", "field"), [(ASK, "id"), (SAY, "project")])
def test_absent_foreign_and_senseless_ids_are_answered_alike(
    project: BespokeProject, other_customer: Actor, query: str, field: str
) -> None:
    ids = [
        global_id("BespokeProject", project.pk),
        global_id("BespokeProject", uuid4()),
        global_id("BespokeQuote", project.pk),
        "senseless",
        "",
    ]

    answers = [run(query, other_customer, id=value).data for value in ids]

    assert all(answer == answers[0] for answer in answers)
    ((error,),) = (payload["errors"] for payload in answers[0].values())
    assert error == {"field": field, "code": "NOT_FOUND", "message": "No such project."}


def test_a_missing_permission_is_a_top_level_error(
    project: BespokeProject, customer: Actor
) -> None:
    close = "mutation($id: ID!) { bespokeProjectClose(id: $id) { errors { code } } }"

    result = run(close, customer, id=global_id("BespokeProject", project.pk))

    (error,) = result.errors
    assert "MANAGE_ORDERS" in str(error)
    assert result.data == {"bespokeProjectClose": None}
