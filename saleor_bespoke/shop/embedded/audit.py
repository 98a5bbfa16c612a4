"""The embedded shop's rows as the audit reads them, in SQL (`port.Shop.audit_relations`)."""

from __future__ import annotations

RELATIONS = {
    "order": """
        SELECT o.id::text AS id, o.checkout_token::text AS checkout_id, o.number::text AS number,
            o.currency, o.total_gross AS total, o.status, o.created_at AS since
        FROM bespoke_embedded_order o JOIN bespoke_checkout k ON k.key = o.checkout_token
    """,
    "money": """
        SELECT t.token::text AS id, coalesce(t.checkout_id, o.checkout_token)::text AS checkout_id,
            t.order_id::text AS order_id, t.psp_reference AS reference, t.currency, t.charged,
            t.authorized, t.charge_pending AS pending, t.refunded, t.refund_pending,
            0::numeric AS charged_back, (SELECT max(e.created_at)
                FROM bespoke_embedded_transactionevent e WHERE e.transaction_id = t.id) AS since
        FROM bespoke_embedded_transactionitem t
        LEFT JOIN bespoke_embedded_order o ON o.id = t.order_id
        JOIN bespoke_checkout k ON k.key = coalesce(t.checkout_id, o.checkout_token)
    """,
    "parcel": """
        SELECT f.id::text AS id, f.order_id::text AS order_id, f.status, f.created_at AS since
        FROM bespoke_embedded_fulfillment f
    """,
    "stock": "SELECT NULL::text AS code, 0 AS quantity WHERE false",
    "letter": "SELECT l.key, l.created_at AS since FROM bespoke_embedded_mail l",
}
