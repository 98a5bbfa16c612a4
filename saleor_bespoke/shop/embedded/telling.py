"""How the embedded shop tells apps: metadata of an order, and webhooks in Saleor's form."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

import jwt
import requests
from django.db.models import F, JSONField, Value
from django.db.models.expressions import CombinedExpression
from django.utils.crypto import salted_hmac

from saleor_bespoke.shop.embedded import models
from saleor_bespoke.shop.embedded.checkouts import uuid_of
from saleor_bespoke.shop.port import Effect, Outcome

DOMAIN = "localhost"
TIMEOUT = (3.0, 5.0)  # seconds to connect and to wait for the next byte


def app_permissions(app_pk: str) -> frozenset[str] | None:
    """What an app may do now; nothing while it is deactivated, None when it is gone."""
    app = models.App.objects.filter(pk=app_pk).first() if app_pk.isdecimal() else None
    if app is None:
        return None
    return frozenset(app.permissions) if app.is_active else frozenset()


def order_note(order_id: str, metadata: Mapping[str, str]) -> Effect:
    """Write entries into an order's metadata; the others stay."""
    entries = Value(dict(metadata), output_field=JSONField())
    both = CombinedExpression(F("metadata"), "||", entries, output_field=JSONField())
    key = uuid_of(order_id)
    if key is None or not models.Order.objects.filter(pk=key).update(metadata=both):
        return Effect(Outcome.FAILED, reason="The shop has no such order.")
    return Effect(Outcome.SUCCEEDED, order_id)


def webhook_refusal(url: str) -> str:
    """The demo shop sends to the wide world and to itself, not into the network between."""
    try:
        address = ipaddress.ip_address(urlsplit(url).hostname or "")
    except ValueError:  # a name: judged when it is looked up
        return ""
    return "" if _allowed(address) else "The shop sends nothing to private addresses."


def _allowed(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return address.is_loopback or (address.is_global and not address.is_multicast)


def webhook_send(*, url: str, event: str, body: bytes, secret: str, key: str) -> Effect:
    """Post the message with Saleor's headers, signed with the secret or else with the shop's key.

    The shop's own key is symmetric here, so only a message signed with a secret can be verified.
    """
    headers = {
        "Content-Type": "application/json",
        "Saleor-Event": event,
        "Saleor-Domain": DOMAIN,
        "Saleor-Api-Url": f"http://{DOMAIN}/graphql/",
        "Saleor-Signature": signature(body, secret),
        "Saleor-Bespoke-Delivery": key,
    }
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
        if not all(_allowed(ipaddress.ip_address(entry[4][0])) for entry in found):
            return Effect(Outcome.FAILED, reason="The shop sends nothing to private addresses.")
        answer = requests.post(
            url, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False, stream=True
        )
    except (OSError, ValueError) as problem:  # requests' errors are OSErrors
        return Effect(Outcome.FAILED, reason=type(problem).__name__)
    with answer:
        if 200 <= answer.status_code < 300:
            return Effect(Outcome.SUCCEEDED, key)
        return Effect(Outcome.FAILED, reason=f"HTTP {answer.status_code}")


def signature(body: bytes, secret: str) -> str:
    """HMAC-SHA256 in hex under the secret; without one a JWS whose payload is the body itself."""
    if secret:
        return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    own = salted_hmac("embedded-webhooks", "signature", algorithm="sha256").hexdigest()
    return jwt.api_jws.encode(
        body, own, algorithm="HS256", headers={"crit": ["b64"]}, is_payload_detached=True
    )
