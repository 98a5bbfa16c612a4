"""Logging in and being recognised, as a real Saleor does it."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import jwt
import pytest
import time_machine

from saleor_bespoke.shop.embedded import accounts
from saleor_bespoke.shop.embedded.models import App, User


def test_token_create(api: Any) -> None:
    answer = api.run("tokenCreate", email="ADA@example.com", password="shop-ada")
    claims = jwt.decode(answer["token"], options={"verify_signature": False})

    assert answer["user"]["email"] == "ada@example.com"
    assert answer["errors"] == []
    assert claims["exp"] - claims["iat"] == 3600
    assert claims | {"exp": 0, "iat": 0} == {
        "iat": 0,
        "exp": 0,
        "owner": "saleor",
        "iss": "http://testserver/graphql/",
        "token": User.objects.get(email="ada@example.com").jwt_key,
        "email": "ada@example.com",
        "type": "access",
        "user_id": answer["user"]["id"],
        "is_staff": False,
    }


@pytest.mark.parametrize(
    ("email", "password"),
    [("ada@example.com", "nope"), ("nobody@example.com", "shop-ada"), ("", "")],
)
def test_token_create_refuses_alike(api: Any, email: str, password: str) -> None:
    assert api.errors("tokenCreate", email=email, password=password) == [
        ("email", "INVALID_CREDENTIALS", "Please, enter valid credentials")
    ]


def test_token_create_refuses_an_inactive_user(api: Any) -> None:
    User.objects.update(is_active=False)

    ((_, code, _),) = api.errors("tokenCreate", email="ada@example.com", password="shop-ada")

    assert code == "INVALID_CREDENTIALS"


def test_a_failed_login_delays_the_next_one_from_the_same_address(api: Any) -> None:
    with time_machine.travel("2026-03-02T12:00:00Z", tick=False) as clock:
        api.errors("tokenCreate", email="ada@example.com", password="nope")
        ((field, code, message),) = api.errors(
            "tokenCreate", email="ben@example.com", password="shop-ben"
        )
        assert (field, code) == (None, "LOGIN_ATTEMPT_DELAYED")
        assert message.startswith("Logging has been suspended till 2026-03-02 12:00:01+00:00")

        clock.shift(timedelta(seconds=1))
        assert api.run("tokenCreate", email="ben@example.com", password="shop-ben")["token"]


def test_repeated_failures_delay_longer(api: Any) -> None:
    with time_machine.travel("2026-03-02T12:00:00Z", tick=False) as clock:
        for delay in (1, 2, 4):
            api.errors("tokenCreate", email="ada@example.com", password="nope")
            clock.shift(timedelta(seconds=delay - 0.5))
            ((_, code, _),) = api.errors("tokenCreate", email="ada@example.com", password="nope")
            assert code == "LOGIN_ATTEMPT_DELAYED"
            clock.shift(timedelta(seconds=0.5))


@pytest.mark.parametrize(
    ("caller", "expected"),
    [
        (None, None),
        ("app", None),
        ("ada", ("ada@example.com", False, [])),
        (
            "stella",
            ("stella@example.com", True, ["HANDLE_PAYMENTS", "MANAGE_ORDERS", "MANAGE_USERS"]),
        ),
        ("nora", ("nora@example.com", True, [])),
    ],
)
def test_me(api: Any, caller: str | None, expected: Any) -> None:
    me = api.run("me", caller)

    seen = me and (me["email"], me["isStaff"], [entry["code"] for entry in me["userPermissions"]])
    assert seen == expected


def test_a_shopper_has_no_permissions_even_if_their_row_names_some(api: Any) -> None:
    User.objects.filter(email="ada@example.com").update(permissions=["MANAGE_ORDERS"])

    assert api.run("me", "ada")["userPermissions"] == []


@pytest.mark.parametrize(
    "header",
    [
        {"authorization": "JWT {}"},
        {"authorization": "bearer {}"},
        {"authorization-bearer": "{}"},
    ],
)
def test_a_token_is_read_from_each_header(api: Any, header: dict[str, str]) -> None:
    token = api.headers("ada")["authorization"].removeprefix("Bearer ")
    response = api.client.post(
        "/graphql/",
        {"query": "{ me { email } }"},
        content_type="application/json",
        headers={name: value.format(token) for name, value in header.items()},
    )

    assert response.json()["data"] == {"me": {"email": "ada@example.com"}}


def send(api: Any, document: str, token: str, **variables: Any) -> Any:
    """The answer to a document under any token."""
    api.headers = lambda caller: {"authorization": f"Bearer {token}"}
    return api.body(document, variables)


def claims_of(user: User, **changes: Any) -> dict[str, Any]:
    """A token's claims, changed."""
    token = accounts.token_create(user, issuer="test")
    return jwt.decode(token, options={"verify_signature": False}) | changes


@pytest.mark.parametrize("token", ["garbage", "A" * 30, "a.b.c"])
def test_what_is_no_token_of_ours_is_nobody(api: Any, token: str) -> None:
    assert send(api, "me", token)["data"] == {"me": None}


def test_an_app_that_was_switched_off_is_nobody(api: Any, ordered: str) -> None:
    App.objects.update(is_active=False)

    assert api.refused("orderCancel", "app", id=ordered)[0] == "PermissionDenied"


def test_a_token_of_another_signature_is_refused(api: Any) -> None:
    user = User.objects.get(email="ada@example.com")
    token = jwt.encode(claims_of(user), "a key of somebody else's making, long enough", "HS256")
    answer = send(api, "me", token)

    assert answer["data"] == {"me": None}
    assert answer["errors"][0]["message"] == "Signature verification failed"
    assert answer["errors"][0]["extensions"] == {"exception": {"code": "InvalidSignatureError"}}


def test_an_unsigned_token_is_refused(api: Any) -> None:
    token = jwt.encode(claims_of(User.objects.get(email="stella@example.com")), None, "none")

    assert send(api, "me", token)["data"] == {"me": None}


def test_an_expired_token_fails_every_operation(api: Any, ready: str) -> None:
    user = User.objects.get(email="ada@example.com")
    with time_machine.travel(time.time() - 7200):
        token = accounts.token_create(user, issuer="test")
    for document, variables in {
        "me": {},
        "checkout": {"id": ready},
        "checkoutComplete": {"id": ready},
        "tokenCreate": {"email": "ada@example.com", "password": "shop-ada"},
    }.items():
        answer = send(api, document, token, **variables)
        (payload,) = answer["data"].values()
        assert payload is None
        assert answer["errors"][0]["message"] == "Signature has expired"
        assert answer["errors"][0]["extensions"]["exception"]["code"] == "ExpiredSignatureError"


@pytest.mark.parametrize("change", ["key", "inactive", "deleted", "refresh"])
def test_a_token_ends_with_its_user(api: Any, change: str) -> None:
    user = User.objects.get(email="ada@example.com")
    token = accounts.token_create(user, issuer="test")
    if change == "key":
        User.objects.update(jwt_key="another")
    elif change == "inactive":
        User.objects.update(is_active=False)
    elif change == "deleted":
        user.delete()
    else:
        signed = accounts._signing_key()
        token = jwt.encode(claims_of(user, type="refresh"), signed, "HS256")
    answer = send(api, "me", token)

    assert answer["errors"][0]["extensions"] == {"exception": {"code": "InvalidTokenError"}}
    assert answer["data"] == {"me": None}


def test_deleting_a_user_tells_the_product(api: Any, product: Any) -> None:
    user = User.objects.get(email="ada@example.com")
    pk = user.pk

    accounts.user_delete(user)

    assert product.told == [("user_deleted", {"user_pk": pk})]
