"""Who is calling: passwords, the users' JSON web tokens, the apps' tokens."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import jwt
from django.contrib.auth.hashers import check_password, make_password
from django.core.cache import cache
from django.utils.crypto import salted_hmac
from graphql_relay import from_global_id, to_global_id

from saleor_bespoke import clock, conf
from saleor_bespoke.shop import port
from saleor_bespoke.shop.embedded.models import App, User
from saleor_bespoke.shop.embedded.refusals import refuse

OWNER = "saleor"
LONGEST_DELAY = 3600


def login(email: str, password: str, *, address: str) -> User:
    """The user with this password; failures delay the next attempt from the same address."""
    key = f"embedded-login:{address}"
    failures, until = cache.get(key, (0, None))
    now = clock.now()
    if until is not None and now < until:
        raise refuse(
            "LOGIN_ATTEMPT_DELAYED",
            f"Logging has been suspended till {until} due to too many logging attempts "
            "originating from the same IP address.",
        )
    user = User.objects.filter(email=email.lower(), is_active=True).first()
    if user is None:
        make_password(password)  # an unknown address takes as long as a wrong password
    if user is None or not check_password(password, user.password):
        delay = min(2**failures, LONGEST_DELAY)
        cache.set(key, (failures + 1, now + timedelta(seconds=delay)), 2 * LONGEST_DELAY)
        raise refuse("INVALID_CREDENTIALS", "Please, enter valid credentials", "email")
    cache.delete(key)
    return user


def token_create(user: User, *, issuer: str) -> str:
    """An access token with the claims of a real Saleor's. It lives by the world's clock: how far
    the demo's clock was moved changes nobody's login."""
    issued = int(time.time())
    claims = {
        "iat": issued,
        "owner": OWNER,
        "iss": issuer,
        "exp": issued + 60 * int(conf.option("TOKEN_MINUTES", 60)),
        "token": user.jwt_key,
        "email": user.email,
        "type": "access",
        "user_id": to_global_id("User", user.pk),
        "is_staff": user.is_staff,
    }
    return jwt.encode(claims, _signing_key(), algorithm="HS256")


def _signing_key() -> str:
    """A key of our own, so that no other signature of this Django can pass for a login."""
    return salted_hmac("embedded-login", "access token").hexdigest()


def token_digest(token: str) -> str:
    """What is stored of an app's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def bearer(headers: Mapping[str, str]) -> str:
    """The token a request presents, or nothing."""
    direct = headers.get("Authorization-Bearer")
    if direct:
        return direct
    prefix, _, token = headers.get("Authorization", "").partition(" ")
    return token.strip() if prefix.lower() in ("bearer", "jwt") else ""


def authenticate(token: str) -> User | App | None:
    """Whose token this is. What is no token of ours is nobody's; a broken or outdated one of ours
    raises PyJWT's error, as the real shop answers it."""
    if not token:
        return None
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.DecodeError:
        return App.objects.filter(token_digest=token_digest(token), is_active=True).first()
    if claims.get("owner") != OWNER:
        return None
    claims = jwt.decode(
        token,
        _signing_key(),
        algorithms=["HS256"],
        options={"require": ["exp", "token", "user_id"], "verify_iat": False},
    )
    user = user_find(claims["user_id"])
    valid = claims.get("type") == "access" and user is not None and user.is_active
    if user is None or not valid or claims["token"] != user.jwt_key:
        raise jwt.InvalidTokenError("Invalid token. Create new one by using tokenCreate mutation.")
    return user


def user_find(reference: object) -> User | None:
    """The user with this global id, if there is one."""
    try:
        kind, pk = from_global_id(str(reference))
        return User.objects.filter(pk=int(pk)).first() if kind == "User" else None
    except ValueError:
        return None


def authenticated(request: Any) -> User | App | None:
    """Whose request this is, asked once for each request."""
    if not hasattr(request, "_embedded_caller"):
        request._embedded_caller = authenticate(bearer(request.headers))
    caller: User | App | None = request._embedded_caller
    return caller


def permissions_of(caller: User | App | None) -> frozenset[str]:
    """Saleor's names of what the caller may do; a shopper may nothing, whatever their row says."""
    if isinstance(caller, App) or (caller is not None and caller.is_staff):
        return frozenset(caller.permissions)
    return frozenset()


def person(user: User) -> port.Person:
    """A user as the product knows them."""
    return port.Person(
        pk=user.pk,
        email=user.email,
        name=user.get_full_name(),
        is_staff=user.is_staff,
        active=user.is_active,
    )


def user_delete(user: User) -> None:
    """Delete a user and tell the product."""
    pk = user.pk
    user.delete()
    port.tell("user_deleted", user_pk=pk)
