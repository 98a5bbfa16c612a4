"""What the payment provider reported of an erased customer: what, of which payment, how much.

Reports may come for months after an erasure (a refund, a dispute). They are processed whole, as all
are, and give up what is personal in the transaction that says that they are done, or given up. One
that names the commission in another way than it was processed by is found by the daily sweep.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from saleor_bespoke.money.models import Payable, Payment, ProviderEvent, Refund
from saleor_bespoke.project.models import BespokeProject

_BLANK = """
    UPDATE saleor_bespoke_providerevent SET error = '', payload = jsonb_strip_nulls(
        jsonb_build_object(
            'id', payload -> 'id', 'type', payload -> 'type', 'object', payload -> 'object',
            'created', payload -> 'created', 'livemode', payload -> 'livemode',
            'account', payload -> 'account', 'erased', true,
            'data', jsonb_build_object('object', (
                SELECT jsonb_object_agg(key, value) FROM jsonb_each(payload #> '{data,object}')
                WHERE key IN ('id', 'object', 'amount', 'amount_received', 'currency', 'status',
                    'payment_intent', 'charge', 'created')
            ) || jsonb_build_object('metadata', jsonb_build_object(
                'payment', payload #> '{data,object,metadata,payment}',
                'payable', payload #> '{data,object,metadata,payable}')))))
    WHERE id = ANY(%s)
"""

#: Processed reports that name an erased commission's payment, sum or refund anywhere.
_LEFT = """
    WITH sums AS (
        SELECT p.id FROM saleor_bespoke_payable p JOIN saleor_bespoke_bespokeproject c
            ON c.id = p.project_id WHERE c.erased_at IS NOT NULL
    ), paid AS (
        SELECT y.id, y.provider_reference FROM saleor_bespoke_payment y
        JOIN saleor_bespoke_attempt a ON a.id = y.attempt_id JOIN sums ON sums.id = a.payable_id
    ), names AS (
        SELECT id::text AS name FROM sums
        UNION SELECT id::text FROM paid
        UNION SELECT provider_reference FROM paid
        UNION SELECT r.provider_reference FROM saleor_bespoke_refund r
            JOIN sums ON sums.id = r.payable_id
    )
    SELECT DISTINCT v.id FROM saleor_bespoke_providerevent v
    CROSS JOIN LATERAL jsonb_path_query(v.payload, '$.**') AS said
    JOIN names ON names.name = said #>> '{}'
    WHERE v.processed_at IS NOT NULL AND NOT v.payload ? 'erased'
"""


def reports_of(project: BespokeProject) -> QuerySet[ProviderEvent]:
    """The provider's reports that name a payment, a sum or a refund of this commission."""
    payments = Payment.objects.filter(attempt__payable__project=project)
    refunds = Refund.objects.filter(payable__project=project)
    names: Iterable[Any] = (
        *payments.values_list("pk", flat=True),
        *payments.exclude(provider_reference=None).values_list("provider_reference", flat=True),
        *refunds.exclude(provider_reference=None).values_list("provider_reference", flat=True),
        *Payable.objects.filter(project=project).values_list("pk", flat=True),
    )
    patterns = [f'%"{name}"%' for name in names]
    return ProviderEvent.objects.extra(
        where=["saleor_bespoke_providerevent.payload::text LIKE ANY(%s)"], params=[patterns]
    )


def reports_blank(keys: Iterable[UUID]) -> None:
    """Leave of these reports what was reported, of which payment, and how much."""
    with connection.cursor() as cursor:
        cursor.execute(_BLANK, [list(keys)])


def reports_forget() -> int:
    """Blank what came after an erasure and still names somebody; answers how many reports."""
    with connection.cursor() as cursor:
        cursor.execute(_LEFT)
        keys = [key for (key,) in cursor.fetchall()]
    reports_blank(keys)
    return len(keys)
