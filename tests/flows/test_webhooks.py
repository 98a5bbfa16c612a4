"""Webhooks: every event once to every app that asked, signed, apart from everything else."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests
from django.db import connection
from django.utils.crypto import salted_hmac
from graphql_relay import to_global_id

from saleor_bespoke import clock, tasks
from saleor_bespoke.flows import sending, webhooks
from saleor_bespoke.flows.webhooks import event_name, event_names, webhook_create, webhook_delete
from saleor_bespoke.project import attention, deliveries, journal
from saleor_bespoke.project.access import MANAGE_ORDERS, Actor, ActorKind
from saleor_bespoke.project.journal import Event
from saleor_bespoke.project.models import BespokeProject, Delivery, Webhook, WebhookMessage
from saleor_bespoke.project.services import ProjectClosed
from saleor_bespoke.shop.embedded.models import App, Mail
from tests.api import run
from tests.fixtures import make_app, make_project
from tests.listening import Listener, listening
from tests.support import nothing_changes, refuses
from tests.tasks.test_deliveries import session_end

pytestmark = pytest.mark.django_db


@pytest.fixture
def app() -> Actor:
    """An app of the shop that may read orders."""
    row = App.objects.create(
        name="Books", identifier="books", permissions=[MANAGE_ORDERS], token_digest="0"
    )
    permissions = frozenset({MANAGE_ORDERS})
    return Actor(ActorKind.APP, f"app:{row.pk}", name=row.name, permissions=permissions)


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as found:
        yield found


@pytest.fixture
def ahead() -> Iterator[list[timedelta]]:
    """How far the shop's clock is ahead: set its one item."""
    by = [timedelta()]
    clock.use_offset(lambda: by[0])
    yield by
    clock.use_offset(timedelta)


def happen(project: BespokeProject | None = None) -> BespokeProject:
    """Something happens on a commission, and its effects are done."""
    project = project or make_project()[0]
    journal.record(project, ProjectClosed(), actor=Actor(ActorKind.STAFF, "user:1"))
    deliveries.drain()
    return project


# subscribing --------------------------------------------------------------------------------------


def test_an_app_subscribes_and_the_same_address_again_changes_it(app: Actor) -> None:
    first = webhook_create(actor=app, target_url="https://a.example/x", secret_key="old")
    again = webhook_create(
        actor=app, target_url="https://a.example/x", events=["bespoke_stage_moved"]
    )
    assert first.pk == again.pk
    assert Webhook.objects.get().secret_key == ""
    assert Webhook.objects.get().events == ["bespoke_stage_moved"]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.example/x",
        "//a.example/x",
        "https:///x",
        "https://",
        "awssqs://key:word@sqs.example/q",
        "https://a.example/" + "x" * 255,
        "https://a.example/a b",
        "https://a.example/\r\nX: y",
        "https://a.example:99999/",
        "https://[::1/",
        "http://10.0.0.1/x",
        "http://192.168.1.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00::1]/",
        "http://0.0.0.0/",
    ],
)
def test_what_is_no_address_of_an_app_is_refused(app: Actor, url: str) -> None:
    with refuses("INVALID", field="targetUrl"):
        webhook_create(actor=app, target_url=url)


def test_unknown_events_and_secrets_that_are_none_are_refused(app: Actor) -> None:
    url = "https://a.example/x"
    with refuses("INVALID", field="events"):
        webhook_create(actor=app, target_url=url, events=["order_created"])
    for secret in ("x" * 256, "a\r\nb"):
        with refuses("INVALID", field="secretKey"):
            webhook_create(actor=app, target_url=url, secret_key=secret)


def test_an_app_has_ten_at_most(app: Actor) -> None:
    for number in range(webhooks.WEBHOOKS_MAX):
        webhook_create(actor=app, target_url=f"https://a.example/{number}")
    with refuses("WEBHOOK_LIMIT_REACHED"):
        webhook_create(actor=app, target_url="https://a.example/more")
    webhook_create(actor=app, target_url="https://a.example/0", secret_key="new")
    webhook_create(actor=make_app(), target_url="https://a.example/more")


def test_staff_see_and_end_all_but_subscribe_for_nobody(app: Actor, staff: Actor) -> None:
    with refuses("APP_ONLY"):
        webhook_create(actor=staff, target_url="https://a.example/x")
    theirs = webhook_create(actor=make_app(), target_url="https://b.example/x")
    mine = webhook_create(actor=app, target_url="https://a.example/x")

    assert set(webhooks.webhooks_of(staff)) == {mine, theirs}
    assert list(webhooks.webhooks_of(app)) == [mine]
    with refuses("NOT_FOUND"):
        webhook_delete(actor=app, webhook_pk=theirs.pk)
    webhook_delete(actor=staff, webhook_pk=theirs.pk)
    webhook_delete(actor=app, webhook_pk=mine.pk)
    assert not Webhook.objects.exists()


CREATE = """mutation ($input: BespokeWebhookInput!) { bespokeWebhookCreate(input: $input) {
    webhook { id appName targetUrl events signedBySecret messagesWaiting }
    errors { field code } } }"""
LIST = "{ bespokeWebhooks { id targetUrl error messagesWaiting messagesGivenUp pausedUntil } }"
DELETE = """mutation ($id: ID!) { bespokeWebhookDelete(id: $id) {
    webhook { id targetUrl messagesWaiting } errors { field code } } }"""


def test_the_api_never_shows_the_secret(app: Actor, execute: Any) -> None:
    given = {"targetUrl": "https://a.example/x", "secretKey": "hush"}
    made = execute(CREATE, app, input=given)["bespokeWebhookCreate"]
    row = Webhook.objects.get()
    pk = to_global_id("BespokeWebhook", str(row.pk))
    assert made == {
        "webhook": {
            "id": pk,
            "appName": "Books",
            "targetUrl": "https://a.example/x",
            "events": [],
            "signedBySecret": True,
            "messagesWaiting": 0,
        },
        "errors": [],
    }
    happen()
    (listed,) = execute(LIST, app)["bespokeWebhooks"]
    assert (listed["messagesWaiting"], listed["messagesGivenUp"]) == (2, 0)
    ended = execute(DELETE, app, id=pk)["bespokeWebhookDelete"]
    assert ended["webhook"] == {"id": pk, "targetUrl": given["targetUrl"], "messagesWaiting": 0}
    assert not WebhookMessage.objects.exists()
    gone = execute(DELETE, app, id=pk)["bespokeWebhookDelete"]
    assert gone == {"webhook": None, "errors": [{"field": "id", "code": "NOT_FOUND"}]}


def test_a_list_costs_the_same_whatever_its_length(
    app: Actor, django_assert_num_queries: Any
) -> None:
    for number in range(5):
        webhook_create(actor=app, target_url=f"https://a.example/{number}")
    happen()
    with django_assert_num_queries(1):
        assert len(run(LIST, app).data["bespokeWebhooks"]) == 5


# telling ------------------------------------------------------------------------------------------


def test_without_a_webhook_nothing_is_owed() -> None:
    happen()
    assert not Delivery.objects.filter(handler=journal.WEBHOOKS).exists()


def test_an_event_arrives_once_signed_with_the_secret(app: Actor, listener: Listener) -> None:
    webhook_create(
        actor=app,
        target_url=listener.url,
        events=["bespoke_project_closed"],
        secret_key="hush",
    )
    project = happen()

    assert tasks.webhooks_send.run() == 1
    assert tasks.webhooks_send.run() == 0

    ((headers, body),) = listener.got
    message = WebhookMessage.objects.get()
    assert headers["Saleor-Event"] == "bespoke_project_closed"
    assert headers["Saleor-Bespoke-Delivery"] == str(message.pk)
    expected = hmac.new(b"hush", body, hashlib.sha256).hexdigest()
    assert headers["Saleor-Signature"] == expected
    event = project.events.get(kind="ProjectClosed")
    assert json.loads(body) == {
        "event": "bespoke_project_closed",
        "delivery": str(message.pk),
        "at": event.at.isoformat(),
        "actor": "STAFF",
        "shared": True,
        "sequence": event.sequence,
        "project": {
            "id": to_global_id("BespokeProject", str(project.pk)),
            "number": project.number,
            "channel": "us",
            "stage": "INTAKE",
            "orderId": None,
        },
        "data": {},
    }


def test_without_a_secret_the_shop_signs(app: Actor, listener: Listener) -> None:
    webhook_create(actor=app, target_url=listener.url)
    happen()
    tasks.webhooks_send.run()

    headers, body = listener.got[-1]
    head, payload, _ = headers["Saleor-Signature"].split(".")
    assert payload == ""
    own = salted_hmac("embedded-webhooks", "signature", algorithm="sha256").hexdigest()
    jwt.api_jws.decode(headers["Saleor-Signature"], own, ["HS256"], detached_payload=body)
    forged = body.replace(b"STAFF", b"OTHER")
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.api_jws.decode(headers["Saleor-Signature"], own, ["HS256"], detached_payload=forged)
    assert head


def test_the_stage_is_the_one_the_event_left_behind(
    app: Actor, listener: Listener, paid_project: BespokeProject
) -> None:
    """Also when the message is sent long after: a repetition has the same bytes."""
    hook = webhook_create(actor=app, target_url=listener.url)
    before = WebhookMessage(webhook=hook, event=paid_project.events.get(kind="QuoteSent"))
    after = WebhookMessage(webhook=hook, event=paid_project.events.latest("sequence"))

    early, late = (json.loads(webhooks.body_of(message)) for message in (before, after))

    assert early["project"]["stage"] in ("INTAKE", "QUOTED")
    assert late["project"]["stage"] == "DESIGN"
    order = paid_project.payables.get(kind="QUOTE").order_id
    assert late["project"]["orderId"] == to_global_id("Order", order)


def test_no_message_holds_personal_text(app: Actor, paid_project: BespokeProject) -> None:
    hook = webhook_create(actor=app, target_url="https://a.example/x")
    said = b"".join(
        webhooks.body_of(WebhookMessage(webhook=hook, event=event))
        for event in paid_project.events.select_related("project")
    ).decode()
    owner = paid_project.owner
    assert owner is not None
    for word in (paid_project.contact_name, paid_project.contact_email, owner.email):
        assert word
        assert word not in said


def test_every_event_has_its_own_name() -> None:
    assert event_name("CadRevisionApproved") == "bespoke_cad_revision_approved"
    assert len(set(event_names())) == len(Event.kinds)


def test_events_before_the_subscription_are_not_told(app: Actor, listener: Listener) -> None:
    project = happen()
    webhook_create(actor=app, target_url=listener.url)
    attention.raise_for(project, "STUCK", "Somebody should look")
    deliveries.drain()
    tasks.webhooks_send.run()
    assert [headers["Saleor-Event"] for headers, _ in listener.got] == ["bespoke_attention_raised"]
    assert b"Somebody should look" not in listener.got[0][1]


def test_messages_arrive_in_the_order_of_events(app: Actor, listener: Listener) -> None:
    webhook_create(actor=app, target_url=listener.url)
    project = make_project()[0]
    for _ in range(4):
        journal.record(project, ProjectClosed(), actor=Actor(ActorKind.STAFF, "user:1"))
    deliveries.drain()
    assert tasks.webhooks_send.run() == 5
    sequences = [json.loads(body)["sequence"] for _, body in listener.got]
    assert sequences == [1, 2, 3, 4, 5]


# failing ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_refused_message_is_sent_again_later_and_later(
    app: Actor, listener: Listener, ahead: list[timedelta], status: int
) -> None:
    hook = webhook_create(actor=app, target_url=listener.url, events=["bespoke_project_closed"])
    listener.status = status
    happen()
    waits = []
    for attempt in range(4):
        assert tasks.webhooks_send.run() == 0
        assert tasks.webhooks_send.run() == 0  # paused
        hook.refresh_from_db()
        assert (hook.failures, hook.error) == (attempt + 1, f"HTTP {status}")
        message = hook.messages.get()
        assert message.attempts == attempt + 1
        assert hook.paused_until is not None
        waits.append(round((hook.paused_until - clock.now()).total_seconds(), -1))
        ahead[0] += timedelta(seconds=waits[-1] + 1)
    assert waits == [10, 20, 40, 80]
    assert len(listener.got) == 4
    assert len({headers["Saleor-Bespoke-Delivery"] for headers, _ in listener.got}) == 1
    assert len({body for _, body in listener.got}) == 1

    listener.status = 204
    assert tasks.webhooks_send.run() == 1
    hook.refresh_from_db()
    assert (hook.failures, hook.error, hook.paused_until) == (0, "", None)


def test_what_never_arrives_is_given_up_and_shown(
    app: Actor, staff: Actor, ahead: list[timedelta], execute: Any
) -> None:
    with listening() as closed:
        hook = webhook_create(actor=app, target_url=closed.url, events=["bespoke_project_closed"])
    happen()
    for _ in range(sending.ATTEMPTS_MAX):
        assert tasks.webhooks_send.run() == 0
        ahead[0] += timedelta(hours=1, seconds=1)
    assert hook.messages.get().given_up_at is not None
    tasks.webhooks_send.run()
    (shown,) = execute(LIST, staff)["bespokeWebhooks"]
    assert (shown["messagesWaiting"], shown["messagesGivenUp"]) == (0, 1)
    assert shown["error"] == "ConnectionError"
    assert hook.messages.get().attempts == sending.ATTEMPTS_MAX


def test_what_waited_too_long_behind_a_dead_address_is_given_up(
    app: Actor, ahead: list[timedelta]
) -> None:
    with listening() as closed:
        hook = webhook_create(actor=app, target_url=closed.url, events=["bespoke_project_closed"])
    happen()
    ahead[0] = sending.OLDEST + timedelta(minutes=1)
    tasks.webhooks_send.run()
    assert hook.messages.get().given_up_at is not None


def test_a_dead_address_delays_neither_letters_nor_other_apps(
    app: Actor, listener: Listener, quoted_project: BespokeProject, monkeypatch: Any
) -> None:
    """While one address says nothing, another gets all its messages, and letters are sent."""
    from saleor_bespoke.shop.embedded import telling

    deliveries.drain()
    monkeypatch.setattr(telling, "TIMEOUT", (3.0, 8.0))
    with listening() as dead:
        dead.silent = True
        silent = webhook_create(actor=app, target_url=dead.url)
        webhook_create(actor=app, target_url=listener.url, events=["bespoke_project_closed"])
        letters = Mail.objects.count()
        for _ in range(3):
            happen(quoted_project)
        make_project()
        deliveries.drain()
        assert Mail.objects.count() > letters

        found: list[int] = []
        settle = sending._settle

        def watch(post: Any, effect: Any) -> bool:
            found.append(len(listener.got))
            if len(listener.got) == 3:
                dead.wake.set()  # only now does the dead one come back
            return settle(post, effect)

        monkeypatch.setattr(sending, "_settle", watch)
        dead.status = 500
        assert tasks.webhooks_send.run() == 3
    assert len(dead.got) == 1
    silent.refresh_from_db()
    assert silent.error == "HTTP 500"


def test_who_dies_in_the_middle_is_followed_when_the_lease_is_over(
    app: Actor, listener: Listener, ahead: list[timedelta]
) -> None:
    webhook_create(actor=app, target_url=listener.url, events=["bespoke_project_closed"])
    happen()
    (lost,) = sending._claim(8)  # the process that did this is gone
    assert tasks.webhooks_send.run() == 0
    ahead[0] = sending.LEASE + timedelta(seconds=1)
    assert tasks.webhooks_send.run() == 1
    assert listener.got[0][0]["Saleor-Bespoke-Delivery"] == str(lost.message_pk)


@pytest.mark.django_db(transaction=True)
def test_the_lease_of_an_address_ends_with_the_session_that_took_it(
    app: Actor, listener: Listener
) -> None:
    """Nobody waits two minutes for a sender that is dead: its session died with it."""
    hook = webhook_create(actor=app, target_url=listener.url, events=["bespoke_project_closed"])
    happen()
    claimed, over = threading.Event(), threading.Event()

    def die_in_the_middle() -> None:
        sending._claim(8)
        claimed.set()
        over.wait(30)
        session_end()
        connection.close()

    other = threading.Thread(target=die_in_the_middle)
    other.start()
    assert claimed.wait(30)
    assert tasks.webhooks_send.run() == 0, "the one who claimed it lives"
    over.set()
    other.join()

    assert tasks.webhooks_send.run() == 1
    assert len(listener.got) == 1
    hook.refresh_from_db()
    assert (hook.leased_until, hook.leased_by) == (None, None)


# the app's end ------------------------------------------------------------------------------------


def test_a_deactivated_app_hears_nothing_and_its_messages_are_dropped(
    app: Actor, listener: Listener
) -> None:
    hook = webhook_create(actor=app, target_url=listener.url)
    happen()
    for changes in ({"is_active": False}, {"is_active": True, "permissions": []}):
        App.objects.update(**changes)
        assert tasks.webhooks_send.run() == 0
    assert listener.got == []
    assert not hook.messages.filter(given_up_at=None).exists()

    App.objects.update(is_active=True, permissions=[MANAGE_ORDERS])
    happen()
    assert tasks.webhooks_send.run() == 2


def test_a_subscription_ends_with_its_app(app: Actor, listener: Listener) -> None:
    webhook_create(actor=app, target_url=listener.url)
    happen()
    App.objects.all().delete()
    assert tasks.webhooks_send.run() == 0
    assert (listener.got, Webhook.objects.count(), WebhookMessage.objects.count()) == ([], 0, 0)


def test_a_subscription_that_ends_while_a_message_is_under_way(
    app: Actor, listener: Listener
) -> None:
    hook = webhook_create(actor=app, target_url=listener.url, events=["bespoke_project_closed"])
    happen()
    (post,) = sending._claim(8)
    webhook_delete(actor=app, webhook_pk=hook.pk)
    with nothing_changes():
        assert sending._settle(post, sending._send(post))


def test_a_name_that_leads_to_a_private_address_is_not_called(
    app: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    def inside(host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.7", port))]

    def called(*_: Any, **__: Any) -> Any:
        raise AssertionError("a private address was called")

    hook = webhook_create(actor=app, target_url="http://inside.example/x")
    happen()
    monkeypatch.setattr(socket, "getaddrinfo", inside)
    monkeypatch.setattr(requests, "post", called)
    assert tasks.webhooks_send.run() == 0
    hook.refresh_from_db()
    assert hook.error == "The shop sends nothing to private addresses."


def test_the_documents_name_events_that_exist() -> None:
    text = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()
    named = set(re.findall(r"bespoke_[a-z_]+[a-z]", text))
    assert len(named) > 10
    assert named <= set(event_names())
