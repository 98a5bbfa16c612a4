"""Saleor's rows as the audit reads them, in SQL (`port.Shop.audit_relations`).

The columns are those of all supported branches. Saleor's own times are the world's; the audit's
are the shop's, which on a demo or test host runs ahead of it.
"""

from __future__ import annotations

RELATIONS = {
    "order": """
        SELECT o.id::text AS id, o.checkout_token AS checkout_id, o.number::text AS number,
            o.currency, o.total_gross_amount AS total, upper(o.status) AS status,
            o.created_at + asked.ahead AS since
        FROM asked, order_order o JOIN bespoke_checkout k ON k.id = o.checkout_token
    """,
    "money": """
        SELECT t.token::text AS id, coalesce(t.checkout_id::text, o.checkout_token) AS checkout_id,
            t.order_id::text AS order_id, coalesce(t.psp_reference, '') AS reference, t.currency,
            t.charged_value AS charged,
            t.authorized_value + t.authorize_pending_value AS authorized,
            t.charge_pending_value AS pending, t.refunded_value AS refunded,
            t.refund_pending_value AS refund_pending, coalesce((
                SELECT sum(e.amount_value) FROM payment_transactionevent e
                WHERE e.transaction_id = t.id AND e.type = 'charge_back'
                    AND e.include_in_calculations), 0) AS charged_back,
            t.modified_at + asked.ahead AS since
        FROM asked, payment_transactionitem t LEFT JOIN order_order o ON o.id = t.order_id
        JOIN bespoke_checkout k ON k.id = coalesce(t.checkout_id::text, o.checkout_token)
    """,
    "parcel": """
        SELECT f.id::text AS id, f.order_id::text AS order_id,
            upper(replace(f.status, ' ', '_')) AS status, f.created_at + asked.ahead AS since
        FROM asked, order_fulfillment f
        JOIN host_order_row o ON o.id = f.order_id::text
    """,
    "stock": """
        SELECT v.sku AS code, CASE WHEN bool_or(v.track_inventory) THEN sum(s.quantity)
            ELSE count(*) END AS quantity  -- what is not counted is sold from any stock
        FROM product_productvariant v JOIN warehouse_stock s ON s.product_variant_id = v.id
        WHERE v.sku IS NOT NULL GROUP BY v.sku
    """,
    "letter": "SELECT NULL::text AS key, NULL::timestamptz AS since WHERE false",
}
