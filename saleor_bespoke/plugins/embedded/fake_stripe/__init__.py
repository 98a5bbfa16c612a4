"""A fake Stripe over HTTP, for the demo and the tests; the real client library talks to it.

    fake = FakeStripe.start(webhook_url="http://127.0.0.1:8000/stripe/webhook/")
    fake.control("faults", {"kind": "timeout_after_effect"})
    fake.stop()

The modules, from outside in: `server` (HTTP), `api` (keys, routes, idempotency), `intents`,
`refunds` and `methods` (operations), `lifecycle` and `charges` (what happens to the money),
`events` and `webhooks`, `controls` (`/_test/`), `state` (memory and file).
"""

from __future__ import annotations

from .server import FakeStripe

__all__ = ["FakeStripe"]
