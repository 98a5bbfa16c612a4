"""How apps of a Saleor shop are told: order metadata with Saleor's event, and webhooks of our own.

The latter go by Saleor's own client, with its headers, signatures and address filter.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import transaction
from saleor.app.models import App
from saleor.core import EventDeliveryStatus
from saleor.core.utils import get_domain
from saleor.order.actions import call_order_event
from saleor.order.lock_objects import order_qs_select_for_update
from saleor.plugins.manager import get_plugins_manager
from saleor.webhook.event_types import WebhookEventAsyncType
from saleor.webhook.transport import signature_for_payload
from saleor.webhook.transport.utils import send_webhook_using_http

from saleor_bespoke.shop.port import Effect, Outcome

#: Key in an order's private metadata: the effect that changed the public ones last.
NOTED = "saleor_bespoke_noted"
TIMEOUT = (3, 10)  # seconds to connect and to wait for an answer
PRIVATE = "The shop sends nothing to private addresses."


def app_permissions(app_pk: str) -> frozenset[str] | None:
    """What an app may do now; nothing while it is deactivated, None when it is gone."""
    known = App.objects.filter(pk=app_pk, removed_at=None) if app_pk.isdecimal() else None
    app = known.first() if known is not None else None
    if app is None:
        return None
    return frozenset(name.rpartition(".")[2].upper() for name in app.get_permissions())


def order_note(order_id: UUID, metadata: Mapping[str, str], key: str) -> Any:
    """Write entries into an order's public metadata, and tell the apps if that changed any.

    What others wrote there stays. Who died between writing and telling is followed by a repetition
    under the same key, which tells again.
    """
    with transaction.atomic():
        order = order_qs_select_for_update().get(pk=order_id)
        noted = dict(order.metadata or {})
        if not noted.items() >= dict(metadata).items():
            order.store_value_in_metadata(dict(metadata))
            order.store_value_in_private_metadata({NOTED: key})
            order.save(update_fields=["metadata", "private_metadata", "updated_at"])
        elif (order.private_metadata or {}).get(NOTED) != key:
            return order
    # Not the manager's own method: inside somebody's transaction this one waits for the commit, on
    # every branch, and it runs the tax webhooks that an editable order's payload needs.
    manager = get_plugins_manager(allow_replica=False)
    call_order_event(manager, WebhookEventAsyncType.ORDER_METADATA_UPDATED, order)
    return order


def webhook_refusal(url: str) -> str:
    """Saleor's client sends to no private address; a name is judged when it is looked up."""
    host: Any = settings
    try:
        address = ipaddress.ip_address(urlsplit(url).hostname or "")
    except ValueError:
        return ""
    address = getattr(address, "ipv4_mapped", None) or address
    if not host.HTTP_IP_FILTER_ENABLED:
        return ""
    if address.is_loopback:
        return "" if host.HTTP_IP_FILTER_ALLOW_LOOPBACK_IPS else PRIVATE
    return "" if address.is_global and not address.is_multicast else PRIVATE


def webhook_send(*, url: str, event: str, body: bytes, secret: str, key: str) -> Effect:
    """Post a message as Saleor posts its own: the same headers, signature, client and filter."""
    answer = send_webhook_using_http(
        url,
        body,
        get_domain(),
        signature_for_payload(body, secret),
        event,
        timeout=TIMEOUT,
        custom_headers={"Saleor-Bespoke-Delivery": key},
    )
    if answer.status == EventDeliveryStatus.SUCCESS:
        return Effect(Outcome.SUCCEEDED, key)
    # What the address answered stays there; what the client says of it is kept.
    code = answer.response_status_code
    return Effect(Outcome.FAILED, reason=f"HTTP {code}" if code else str(answer.content)[:200])
