"""The relations that rules speak of besides our tables: the question, and the host's own rows."""

from __future__ import annotations

import json

from saleor_bespoke import conf
from saleor_bespoke.audit.rule import P
from saleor_bespoke.shop.port import shop

#: Which checkouts at the host are ours, as text and as the host's key.
CHECKOUTS = f"""
    SELECT checkout_id AS id, CASE WHEN checkout_id
        ~* '^[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}$' THEN checkout_id::uuid END AS key
    FROM {P}attempt
"""

#: An order of ours with all that was really taken for it: still there, given back, on its way.
#: A charge that the bank took back was taken too.
ORDERS = """
    SELECT o.id, o.checkout_id, o.number, o.currency, o.total, o.status,
        coalesce(m.taken, 0) AS taken, coalesce(m.refunded, 0) AS refunded,
        coalesce(m.foreign_money, false) AS foreign_money,
        greatest(o.since, m.since) AS since
    FROM host_order_row o LEFT JOIN (
        SELECT t.order_id, sum(t.charged + t.refunded + t.refund_pending + t.charged_back) AS taken,
            sum(t.refunded) AS refunded, max(t.since) AS since,
            bool_or(t.currency <> r.currency AND t.charged > 0) AS foreign_money
        FROM host_money t JOIN host_order_row r ON r.id = t.order_id GROUP BY t.order_id
    ) AS m ON m.order_id = o.id
"""


def relations() -> dict[str, str]:
    """Every relation by its name, each of them using only those before it.

    `asked` has the parameters: $1 the moment that is judged, $2 how far the shop's clock runs
    ahead of the world's, $3 the channels' policies.
    """
    host = shop().audit_relations()
    return {
        "asked": "SELECT $1::timestamptz AS now, $2::interval AS ahead, $3::jsonb AS policies",
        "bespoke_checkout": CHECKOUTS,
        "host_order_row": host["order"],
        "host_money": host["money"],
        "host_order": ORDERS,
        "host_parcel": host["parcel"],
        "host_stock": host["stock"],
        "host_letter": host["letter"],
    }


def policies() -> str:
    """What rules need of the channels' settings, as JSON; the default's channel is empty."""
    found = {}
    for channel in ("", *conf.option("CHANNELS", {})):
        policy = conf.policy(channel)
        found[channel] = {
            "ladder": {stage: str(share) for stage, share in policy.refund_ladder.items()},
            "release_minutes": policy.release_minutes,
            "resize_from": policy.resize_window_from,
            "transit_days": policy.transit_days,
        }
    return json.dumps(found)
