"""The whole line through both halves: the host's endpoint, the real gateway, the commission."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile

from saleor_bespoke import clock
from saleor_bespoke.media import links
from saleor_bespoke.project.access import Actor, token_new
from saleor_bespoke.project.access import token_digest as digest
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.embedded import accounts
from saleor_bespoke.shop.embedded.models import Order, User
from tests.embedded.conftest import ADDRESS, GATEWAY, global_id, walk
from tests.fixtures import accept_quote, make_quoted
from tests.paying import confirm

CHECKOUT = """query ($id: ID!, $token: String) {
  checkout(id: $id) { bespokeProject(token: $token) { number } }
}"""
ORDER = CHECKOUT.replace("checkout(", "order(")


def actor_of(email: str) -> Actor:
    """A seeded person as the product sees them."""
    from saleor_bespoke.project.access import ActorKind

    user = User.objects.get(email=email)
    kind = ActorKind.STAFF if user.is_staff else ActorKind.CUSTOMER
    permissions = accounts.permissions_of(user)
    return Actor(kind, f"user:{user.pk}", user.pk, user.get_full_name(), email, permissions)


@pytest.fixture
def commission(api: Any, provider: Any, settings: Any) -> tuple[BespokeProject, str]:
    """Ada's commission with its accepted quote, and its checkout's global id."""
    ada, stella = actor_of("ada@example.com"), actor_of("stella@example.com")
    project = make_quoted(ada, stella)
    opened = accept_quote(project, ada)
    return project, global_id("Checkout", opened.attempt.checkout_id)


def seen(api: Any, query: str, id: str, caller: str | None, token: str | None = None) -> Any:
    """Whose commission the caller sees there."""
    body = {"query": query, "variables": {"id": id, "token": token}}
    answer = api.post(body, caller).json()
    assert "errors" not in answer
    ((holder),) = answer["data"].values()
    return holder["bespokeProject"]


def who_sees(api: Any, query: str, id: str) -> set[str | None]:
    return {
        who for who in (None, "ada", "ben", "stella", "nora", "app") if seen(api, query, id, who)
    }


def test_a_commission_is_paid_through_the_endpoint(
    api: Any, commission: Any, provider: Any, django_capture_on_commit_callbacks: Any
) -> None:
    project, id = commission
    assert who_sees(api, CHECKOUT, id) == {"ada", "stella", "app"}
    walk(api, id, ADDRESS)

    partial = api.run("transactionInitialize", id=id, gateway=GATEWAY, amount="10.00")
    assert partial["transactionEvent"]["type"] == "CHARGE_FAILURE"
    begun = api.run("transactionInitialize", id=id, gateway=GATEWAY)
    assert begun["transactionEvent"]["type"] == "CHARGE_ACTION_REQUIRED"
    assert begun["data"]["paymentIntent"]["stripeClientSecret"]
    ((_, early, _),) = api.errors("checkoutComplete", id=id)
    assert early == "CHECKOUT_NOT_FULLY_PAID"
    confirm(provider, begun["transactionEvent"]["pspReference"])
    ended = api.run("transactionProcess", id=begun["transaction"]["id"])
    assert ended["transactionEvent"]["type"] == "CHARGE_SUCCESS"

    with django_capture_on_commit_callbacks(execute=True):
        order = api.run("checkoutComplete", id=id)["order"]
    assert order["chargeStatus"] == "FULL"
    project.refresh_from_db()
    assert project.stage == "DESIGN"
    assert who_sees(api, ORDER, order["id"]) == {"ada", "stella", "app"}


def test_money_by_hand_that_is_not_exact_is_vetoed(api: Any, commission: Any) -> None:
    project, id = commission
    walk(api, id, ADDRESS)
    total = api.run("checkout", id=id)["totalPrice"]["gross"]["amount"]
    money = {"currency": "USD", "amount": total + 1}
    api.run("transactionCreate", "stella", id=id, transaction={"amountCharged": money})
    found = api.errors("checkoutComplete", id=id)

    assert [field for field, _, _ in found] == [None]
    assert Order.objects.count() == 0
    project.refresh_from_db()
    assert project.stage == "CHECKOUT"


def test_a_guest_sees_the_commission_by_its_token(api: Any, commission: Any) -> None:
    project, id = commission
    token = token_new()
    BespokeProject.objects.filter(pk=project.pk).update(token_digest=digest(token))

    assert seen(api, CHECKOUT, id, None, token) == {"number": project.number}
    assert seen(api, CHECKOUT, id, None, token_new()) is None


def test_a_checkout_of_something_else_has_no_commission(api: Any) -> None:
    from tests.embedded.conftest import checkout_make

    assert seen(api, CHECKOUT, global_id("Checkout", checkout_make().pk), "stella") is None


def test_a_private_file_is_for_its_viewer_alone(
    api: Any, commission: Any, settings: Any, tmp_path: Path
) -> None:
    from saleor_bespoke.media.models import BespokeFile
    from saleor_bespoke.media.store import private_storage

    settings.BESPOKE = settings.BESPOKE | {"FILES_DIR": str(tmp_path)}
    project, _ = commission
    name = private_storage().save("a-test", ContentFile(b"0123456789"))
    file = BespokeFile.objects.create(
        project=project,
        purpose="REFERENCE",
        kind="PDF",
        name="sketch.pdf",
        size=10,
        sha256="0" * 64,
        storage_name=name,
        shared=True,
        created_at=clock.now(),
    )
    ada = actor_of("ada@example.com").ref
    link = links.link_make(file_pk=file.pk, token_version=project.token_version, viewer=ada)

    def fetch(caller: str | None, **headers: str) -> Any:
        return api.client.get(
            f"/plugins/saleor.bespoke/files/{link}", headers=api.headers(caller) | headers
        )

    whole = fetch("ada")
    assert (whole.status_code, whole.getvalue()) == (200, b"0123456789")
    assert whole["Content-Disposition"].startswith("attachment")
    assert fetch("ada", Range="bytes=2-4").getvalue() == b"234"
    for other in (None, "ben", "stella", "app"):
        assert fetch(other).status_code == 404
