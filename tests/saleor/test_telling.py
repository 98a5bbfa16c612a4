"""Apps and customers of a real Saleor hear of commissions by Saleor's own means."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import jwt
import pytest
from django.contrib.sites.models import Site
from django.core import mail as outbox
from django.utils import timezone
from graphql_relay import to_global_id
from saleor.app.models import App, AppToken
from saleor.channel.models import Channel
from saleor.core.http_client import HTTPClient
from saleor.core.jwt_manager import get_jwt_manager
from saleor.core.models import EventDelivery
from saleor.core.utils import get_domain
from saleor.order.models import Order
from saleor.permission.models import Permission
from saleor.plugins.models import PluginConfiguration
from saleor.webhook.models import Webhook, WebhookEvent

from saleor_bespoke import conf, tasks
from saleor_bespoke.flows.telling import PROMISE_KEY, STAGE_KEY
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project import deliveries
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import Webhook as BespokeWebhook
from saleor_bespoke.shop import port
from saleor_bespoke.shop.port import Effect, Mail, Outcome
from saleor_bespoke.shop.saleor import letters, telling
from saleor_bespoke.steps.checkout.services import PROJECT_KEY
from tests.hosts import saleor as host
from tests.listening import Listener, listening
from tests.paying import make_paid
from tests.posting import PostOffice, post_office

pytestmark = pytest.mark.django_db

Committed = Callable[..., Any]


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as found:
        yield found


@pytest.fixture
def app(db: None) -> App:
    """An app that may read orders and users."""
    row = App.objects.create(name="Books", identifier="books", is_active=True)
    codes = ["manage_orders", "manage_users"]
    row.permissions.set(Permission.objects.filter(codename__in=codes))
    return row


def subscribe(app: App, url: str, event: str, query: str = "") -> Webhook:
    """A webhook of Saleor's own."""
    webhook = Webhook.objects.create(
        app=app, name=event, target_url=url, is_active=True, subscription_query=query or None
    )
    WebhookEvent.objects.create(webhook=webhook, event_type=event)
    return webhook


# order metadata -----------------------------------------------------------------------------------


@pytest.fixture
def order(shop: None) -> Order:
    """An order of somebody's, with entries that others wrote."""
    return Order.objects.create(
        channel=Channel.objects.get(slug="us"),
        currency="USD",
        status="unfulfilled",
        metadata={"erp": "4711"},
        private_metadata={"saleor_bespoke": "x"},
        lines_count=0,
    )


#: What an app asks to be told of an order's metadata.
QUERY = """subscription { event { ... on OrderMetadataUpdated {
    order { metadata { key value } } } } }"""


def note(order: Order, key: str, stage: str) -> Effect:
    return port.shop().order_note(order_id=str(order.pk), metadata={STAGE_KEY: stage}, key=key)


def heard(listener: Listener) -> list[str]:
    """The events that reached the app, in Saleor's own form."""
    return [headers["Saleor-Event"] for headers, _ in listener.got]


def test_a_changed_entry_is_told_by_saleors_own_event(
    order: Order, app: App, listener: Listener, django_capture_on_commit_callbacks: Committed
) -> None:
    subscribe(app, listener.url, "order_metadata_updated", QUERY)

    with django_capture_on_commit_callbacks(execute=True):
        assert note(order, "a", "DESIGN").outcome is Outcome.SUCCEEDED

    order.refresh_from_db()
    assert order.metadata == {"erp": "4711", STAGE_KEY: "DESIGN"}
    assert order.private_metadata["saleor_bespoke"] == "x"
    assert heard(listener) == ["order_metadata_updated"]
    assert {"key": STAGE_KEY, "value": "DESIGN"} in json.loads(listener.got[0][1])["order"][
        "metadata"
    ]


def test_the_same_again_is_told_only_to_who_died_in_between(
    order: Order, app: App, listener: Listener, django_capture_on_commit_callbacks: Committed
) -> None:
    subscribe(app, listener.url, "order_metadata_updated")
    for key, stage, told in (
        ("a", "DESIGN", 1),
        ("b", "DESIGN", 1),  # nothing new
        ("a", "DESIGN", 2),  # who wrote it may not have told
        ("c", "PRODUCTION", 3),
        ("a", "PRODUCTION", 3),
    ):
        with django_capture_on_commit_callbacks(execute=True):
            note(order, key, stage)
        assert len(listener.got) == told, (key, stage)


def test_nothing_is_told_of_what_is_rolled_back(order: Order, app: App, listener: Listener) -> None:
    """Saleor's own rule: inside a transaction, webhooks wait for its commit (here: never)."""
    subscribe(app, listener.url, "order_metadata_updated")
    note(order, "a", "DESIGN")
    assert listener.got == []
    assert not EventDelivery.objects.exists()


def test_an_order_that_is_gone(shop: None) -> None:
    for order_id in (str(uuid4()), "garbage", ""):
        effect = port.shop().order_note(order_id=order_id, metadata={}, key="a")
        assert effect.outcome is Outcome.FAILED
        assert effect.reason


# webhooks -----------------------------------------------------------------------------------------

BODY = b'{"event":"bespoke_stage_moved"}'


def send(url: str, secret: str = "") -> Effect:
    return port.shop().webhook_send(
        url=url, event="bespoke_stage_moved", body=BODY, secret=secret, key="k-1"
    )


def test_a_message_carries_saleors_headers_and_signature(listener: Listener, db: None) -> None:
    assert send(listener.url) == Effect(Outcome.SUCCEEDED, "k-1")
    ((headers, body),) = listener.got
    assert body == BODY
    assert headers["Saleor-Event"] == "bespoke_stage_moved"
    assert headers["Saleor-Domain"] == "testserver"
    assert headers["Saleor-Api-Url"] == "http://testserver/graphql/"
    assert headers["Saleor-Bespoke-Delivery"] == "k-1"

    # As an app verifies it: with the key that the shop publishes at /.well-known/jwks.json.
    signature = headers["Saleor-Signature"]
    assert signature.split(".")[1] == ""
    (published,) = get_jwt_manager().get_jwks()["keys"]
    assert jwt.get_unverified_header(signature)["kid"] == published["kid"]
    key = jwt.PyJWK.from_dict(published).key
    jwt.api_jws.decode(signature, key, ["RS256"], detached_payload=BODY)
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.api_jws.decode(signature, key, ["RS256"], detached_payload=BODY + b" ")


def test_a_secret_signs_by_hmac(listener: Listener, db: None) -> None:
    send(listener.url, secret="hush")
    signature = listener.got[0][0]["Saleor-Signature"]
    assert signature == hmac.new(b"hush", BODY, hashlib.sha256).hexdigest()


@pytest.mark.parametrize("status", [302, 404, 500])
def test_only_success_is_success_and_redirects_are_not_followed(
    listener: Listener, status: int, db: None
) -> None:
    listener.status = status
    assert send(listener.url) == Effect(Outcome.FAILED, reason=f"HTTP {status}")
    assert len(listener.got) == 1


def test_who_is_not_there_and_who_says_nothing(
    monkeypatch: pytest.MonkeyPatch, listener: Listener, db: None
) -> None:
    with listening() as closed:
        pass
    assert send(closed.url).outcome is Outcome.FAILED
    monkeypatch.setattr(telling, "TIMEOUT", (1, 0.3))
    listener.silent = True
    silent = send(listener.url)
    assert silent.outcome is Outcome.FAILED
    assert "timed out" in silent.reason


def test_saleors_address_filter_holds(
    monkeypatch: pytest.MonkeyPatch, settings: Any, listener: Listener, db: None
) -> None:
    monkeypatch.setattr(HTTPClient.config, "ip_filter_enable", True)
    monkeypatch.setattr(HTTPClient.config, "ip_filter_allow_loopback_ips", False)
    assert send(listener.url) == Effect(Outcome.FAILED, reason="Invalid IP address")
    assert send("http://localhost:9/x") == Effect(Outcome.FAILED, reason="Invalid IP address")
    assert listener.got == []

    settings.HTTP_IP_FILTER_ENABLED = True
    settings.HTTP_IP_FILTER_ALLOW_LOOPBACK_IPS = False
    refusal = port.shop().webhook_refusal
    inside = ("10.0.0.1", "127.0.0.1", "169.254.169.254", "[::1]", "[::ffff:10.0.0.1]")
    for address in inside:
        assert refusal(f"http://{address}/x"), address
    for address in ("93.184.216.34", "[2606:2800:220:1::1]", "app.example.com"):
        assert not refusal(f"https://{address}/x"), address
    settings.HTTP_IP_FILTER_ALLOW_LOOPBACK_IPS = True
    assert not refusal("http://127.0.0.1/x")


def test_what_an_app_may_do_now(app: App) -> None:
    ask = port.shop().app_permissions
    assert ask(str(app.pk)) == {"MANAGE_ORDERS", "MANAGE_USERS"}
    App.objects.filter(pk=app.pk).update(is_active=False)
    assert ask(str(app.pk)) == set()
    App.objects.filter(pk=app.pk).update(is_active=True, removed_at=timezone.now())
    assert ask(str(app.pk)) is None
    app.delete()
    for gone in (str(app.pk), "0", "", "garbage"):
        assert ask(gone) is None


CREATE = """mutation ($input: BespokeWebhookInput!) { bespokeWebhookCreate(input: $input) {
    webhook { id appName } errors { field message code } } }"""
LIST = "{ bespokeWebhooks { id targetUrl messagesWaiting error } }"


def test_an_app_subscribes_and_hears_of_a_payment(
    shop: None,
    app: App,
    listener: Listener,
    provider: FakeStripe,
    customer: Actor,
    staff: Actor,
    django_capture_on_commit_callbacks: Committed,
) -> None:
    """From the app's own token to the message at its door, and the order's public metadata."""
    token = AppToken.objects.create(app=app)[1]
    given = {"targetUrl": listener.url, "events": ["bespoke_payable_paid"]}
    answer = host.ask(CREATE, {"input": given}, bearer=token)
    assert answer["data"]["bespokeWebhookCreate"]["errors"] == []
    assert answer["data"]["bespokeWebhookCreate"]["webhook"]["appName"] == "Books"
    other = App.objects.create(name="Other", is_active=True)
    other.permissions.set(Permission.objects.filter(codename="manage_orders"))
    theirs = AppToken.objects.create(app=other)[1]
    assert host.ask(LIST, {}, bearer=theirs)["data"]["bespokeWebhooks"] == []
    assert len(host.ask(LIST, {}, bearer=token)["data"]["bespokeWebhooks"]) == 1

    project = make_paid(provider, customer, staff)
    with django_capture_on_commit_callbacks(execute=True):
        deliveries.drain()
    assert tasks.webhooks_send.run() == 1

    ((headers, body),) = listener.got
    order = Order.objects.get()
    said = json.loads(body)
    assert headers["Saleor-Event"] == said["event"] == "bespoke_payable_paid"
    assert said["project"]["orderId"] == to_global_id("Order", order.pk)
    assert said["project"]["number"] == project.number
    assert order.metadata[PROJECT_KEY] == project.number
    assert order.metadata[STAGE_KEY] == "DESIGN"
    assert order.metadata[PROMISE_KEY]

    App.objects.filter(pk=app.pk).update(removed_at=timezone.now())
    BespokeWebhook.objects.update(paused_until=None, events=[])
    from saleor_bespoke.project.attention import raise_for

    raise_for(project, "STUCK", "Somebody should look")
    deliveries.drain()
    assert tasks.webhooks_send.run() == 0
    assert not BespokeWebhook.objects.exists()


# letters ------------------------------------------------------------------------------------------


def letter(**changes: Any) -> Mail:
    values = {
        "to": "ada@example.com",
        "subject": "Your quote for B-1",
        "body": "Dear Ada,\n\nIt is ready.",
        "key": "delivery-1",
        "channel": "us",
        "event": "bespoke_quote_sent",
    }
    return Mail(**values | changes)  # type: ignore[arg-type]


def test_a_letter_goes_out_once_from_the_sites_sender(shop: None, app: App) -> None:
    """An app that listens to NOTIFY_USER gets none of it: the customer has one letter."""
    subscribe(app, "http://127.0.0.1:9/", "notify_user")
    settings = Site.objects.get_current().settings
    settings.default_mail_sender_name = "The workshop"
    settings.default_mail_sender_address = "workshop@example.com"
    settings.save()

    first, second = (port.shop().mail_send(letter()) for _ in range(2))

    assert first == second
    assert first.outcome is Outcome.SUCCEEDED
    one, again = outbox.outbox
    assert one.from_email == "The workshop <workshop@example.com>"
    assert one.to == ["ada@example.com"]
    headers = [message.message() for message in (one, again)]
    assert headers[0]["Message-ID"] == headers[1]["Message-ID"] == first.reference
    assert headers[0]["Auto-Submitted"] == "auto-generated"
    assert headers[0]["Content-Language"] == "en"
    assert not EventDelivery.objects.exists()
    assert port.shop().mail_send(letter(key="delivery-2")).reference != first.reference


def test_a_line_break_begins_no_header(shop: None) -> None:
    sent = port.shop().mail_send(
        letter(subject="Yours\r\nBcc: eve@example.com", language="en\r\nX: y")
    )
    assert sent.outcome is Outcome.SUCCEEDED
    message = outbox.outbox[0].message()
    assert message["Subject"] == "Yours Bcc: eve@example.com"
    assert message["Bcc"] is None
    assert message["X"] is None
    refused = port.shop().mail_send(letter(to="ada@example.com\r\nBcc: eve@example.com"))
    assert refused.outcome is Outcome.FAILED
    assert len(outbox.outbox) == 1


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as found:
        yield found


def test_a_channels_own_mail_server_and_sender_are_used(
    shop: None, office: PostOffice, settings: Any
) -> None:
    """What the shop set for its customer mails (the user e-mail plugin) holds for letters too."""
    settings.PLUGINS = [
        *settings.PLUGINS,
        "saleor.plugins.user_email.plugin.UserEmailPlugin",
    ]
    facts = {
        "host": "127.0.0.1",
        "port": str(office.port),
        "username": "",
        "password": "",
        "sender_name": "Us jewellers",
        "sender_address": "us@example.com",
        "use_tls": False,
        "use_ssl": False,
    }
    PluginConfiguration.objects.create(
        identifier=letters.USER_EMAIL,
        active=True,
        channel=Channel.objects.get(slug="us"),
        configuration=[{"name": name, "value": value} for name, value in facts.items()],
    )

    assert port.shop().mail_send(letter()).outcome is Outcome.SUCCEEDED
    assert port.shop().mail_send(letter(channel="eu")).outcome is Outcome.SUCCEEDED

    ((sender, message),) = office.letters
    assert (sender, message["From"]) == ("us@example.com", "Us jewellers <us@example.com>")
    assert message["Message-ID"] == letter().message_id(get_domain().split(":")[0])
    assert message.get_payload().replace("\r\n", "\n") == letter().body + "\n"
    assert len(outbox.outbox) == 1


def test_a_mail_server_that_is_away_is_said(shop: None, settings: Any) -> None:
    settings.EMAIL_BACKEND = letters.SMTP
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    effect = port.shop().mail_send(letter())
    assert effect.outcome is Outcome.FAILED
    assert "Connection refused" in effect.reason
    settings.EMAIL_BACKEND = ""
    assert "no mail server" in port.shop().mail_send(letter()).reason


@pytest.fixture
def notify(settings: Any) -> Iterator[None]:
    settings.BESPOKE = settings.BESPOKE | {"MAIL": "notify"}
    conf.policies_forget()
    yield
    conf.policies_forget()


def test_notify_hands_the_letter_to_the_apps_and_sends_none(
    shop: None, app: App, listener: Listener, notify: None
) -> None:
    assert port.shop().mail_send(letter()) == Effect(
        Outcome.FAILED, reason="No app listens to NOTIFY_USER."
    )
    subscribe(app, listener.url, "notify_user")

    assert port.shop().mail_send(letter()).outcome is Outcome.SUCCEEDED

    ((headers, body),) = listener.got
    assert headers["Saleor-Event"] == "notify_user"
    said = json.loads(body)
    assert said["notify_event"] == "bespoke_quote_sent"
    assert said["payload"]["recipient_email"] == "ada@example.com"
    assert said["payload"]["subject"] == "Your quote for B-1"
    assert said["payload"]["body"] == letter().body
    assert said["payload"]["key"] == "delivery-1"
    assert said["payload"]["channel_slug"] == "us"
    assert outbox.outbox == []


def test_another_word_for_the_way_is_refused(shop: None, settings: Any) -> None:
    settings.BESPOKE = settings.BESPOKE | {"MAIL": "pigeon"}
    assert "not pigeon" in port.shop().mail_send(letter()).reason
    assert outbox.outbox == []
